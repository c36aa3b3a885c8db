//! The topic of an incident's channel, which always tells the truth.

use crate::core::desk::Desk;
use crate::core::effect::Topic;
use crate::core::ids::Level;
use crate::core::incident::{Incident, Role};
use crate::core::message::Line;
use crate::core::prose::{Piece, Prose};
use crate::core::state::State;

/// Components beyond so many characters are left out: no topic is longer (BEHAVIOUR §5), so nobody would see them, and
/// there may be thousands.
const COMPONENTS_CHARS: usize = 250;

/// The topic as it should be now. Its parts are joined by a blank.
pub fn topic(incident: &Incident, desk: &Desk) -> Topic {
    let head = Line::new().emoji(emoji(incident, desk)).text(format!(" [{}]", incident.level));
    let head = if incident.is_blocked() && incident.state.is_active() { head.text(" [blocked]") } else { head };
    Topic {
        head,
        components: components(incident),
        title: Line::new().prose(&upper(&incident.title.one_line())),
        blockers: match incident.is_blocked() {
            true => incident.open_blockers().enumerate().fold(Line::new().text("· waiting for "), |line, (i, b)| {
                let line = if i > 0 { line.text(", ") } else { line };
                line.prose(&b.whom.one_line())
            }),
            false => Line::new(),
        },
        tail: match &incident.issue {
            Some(issue) => roles(incident, desk).text(" · ").link(&issue.url, &issue.key),
            None => roles(incident, desk),
        },
    }
}

/// The emoji that says where the incident stands: its level's while it burns.
pub fn emoji(incident: &Incident, desk: &Desk) -> String {
    emoji_of(incident.state, incident.level, desk)
}

/// The emoji of a state and level.
pub fn emoji_of(state: State, level: Level, desk: &Desk) -> String {
    match state {
        State::Opening | State::Started | State::Acknowledged | State::Mitigated | State::Blocked => {
            desk.priority(level).map_or("fire", |priority| &priority.emoji).to_owned()
        }
        State::Resolved | State::Review(_) | State::ReadyForReview | State::Completed => "white_check_mark".to_owned(),
        State::Canceled => "no_entry_sign".to_owned(),
        State::Archived => "file_cabinet".to_owned(),
    }
}

fn components(incident: &Incident) -> Line {
    if incident.components.is_empty() {
        return Line::new();
    }
    let mut line = Line::new().text("[");
    let mut length = 0;
    for (i, name) in incident.components.iter().enumerate() {
        if length > COMPONENTS_CHARS {
            break;
        }
        length += name.chars();
        line = if i > 0 { line.text(", ") } else { line };
        line = line.prose(name);
    }
    line.text("]")
}

fn roles(incident: &Incident, desk: &Desk) -> Line {
    let mut line = Line::new().text("·");
    for role in [Role::Point, Role::Comms, Role::Triage, Role::Eng] {
        let holder = incident.roles.get(role);
        let always = matches!(role, Role::Point | Role::Comms);
        if holder.is_none() && !always {
            continue;
        }
        if line.spans.len() > 1 {
            line = line.text(",");
        }
        line = line.text(format!(" {} ", desk.role_name(role)));
        line = match holder {
            Some(user) => line.person(user),
            None => line.text("nobody"),
        };
    }
    line
}

fn upper(title: &Prose) -> Prose {
    title
        .pieces()
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => Piece::Text(text.to_uppercase()),
            other => other.clone(),
        })
        .collect()
}
