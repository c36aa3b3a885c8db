//! The emerging report, in sections that each can have their thread.

use jiff::Timestamp;

use crate::core::desk::Desk;
use crate::core::event::Recorded;
use crate::core::incident::{Incident, Role};
use crate::core::message::{Line, Message};
use crate::core::moments::Moment;
use crate::core::prose::Prose;
use crate::core::report::prompts::ALWAYS;
use crate::core::report::{Draft, Drafted};
use crate::core::when::spoken;
use crate::core::words::{milestones, people};

/// The report's sections, one message each.
pub fn sections(incident: &Incident, desk: &Desk) -> Vec<Message> {
    let mut out = Vec::new();
    let mut section = |head: &str, lines: Vec<Line>, empty: &str| {
        let lines = if lines.is_empty() { vec![Line::new().text(empty)] } else { lines };
        out.push(Message::from(Line::heading().text(head)).lines(lines));
    };
    section(
        "Summary",
        incident.summary.iter().map(Line::quote).collect(),
        "No summary is written: `.summary what happened`.",
    );
    // Nothing is waited for once it is resolved.
    let over = incident.moments.resolved.unwrap_or(incident.declared);
    let measured = moments(incident).into_iter().chain(time_blocked(incident, over)).collect();
    section("Moments and metrics", measured, "No moment is set.");
    section("People", roles(incident, desk), "Nobody took a role.");
    section("Components", names(&incident.components), "No component is named: `.components api, checkout`.");
    section("Affected", names(&incident.affected), "Nobody is named as affected: `.affected all customers in Europe`.");
    section(
        "Contributing factors",
        milestones::factors(incident),
        "No contributing factor is named: `.factor what contributed`.",
    );
    section("Code changes", milestones::code_changes(incident), "No code change is recorded: `.pr https://…`.");
    section("Action items", milestones::action_items(incident), "No action item is recorded: `.ai what to do`.");
    section(
        "Timeline",
        vec![
            Line::new().code(".history").text(" shows it, ").code(".export").text(" gives the whole record as a file."),
        ],
        "",
    );
    section("Discussion", ALWAYS.into_iter().map(|question| Line::item().text(question)).collect(), "");
    out
}

/// The draft of the report stands.
pub fn drafted(draft: &Draft, done: Drafted) -> Message {
    let line = Line::new();
    let line = match done {
        Drafted::Made => line
            .text("The report is drafted. Read it, add what it lacks, and publish it from there: ")
            .join(place(&draft.link)),
        Drafted::Refreshed => line.text("The report's draft is up to date again: ").join(place(&draft.link)),
        Drafted::Kept => line
            .text("The report's draft stands, and may have been changed since I wrote it, so I left it as it is: ")
            .join(place(&draft.link)),
    };
    line.into()
}

/// The draft of the report cannot be made.
pub fn refused(why: &str) -> Message {
    Line::new()
        .text(format!("I could not draft the report: {why} When that is mended, "))
        .code(".report")
        .text(" tries again; until then ")
        .code(".export html")
        .text(" gives the whole record.")
        .into()
}

/// Where a draft is: a link, or a file's name to take literally.
pub fn place(link: &str) -> Line {
    if link.starts_with("http://") || link.starts_with("https://") {
        Line::new().link(link, link)
    } else {
        Line::new().code(link)
    }
}

/// The moments that are set, and the metrics that follow from them.
pub fn moments(incident: &Incident) -> Vec<Line> {
    let mut lines: Vec<Line> = Moment::ALL
        .into_iter()
        .filter_map(|moment| {
            let at = incident.moments.get(moment)?;
            Some(Line::item().text(format!("{}: ", moment.word())).time(at))
        })
        .collect();
    lines.extend(incident.moments.metrics().into_iter().map(|(metric, length)| {
        Line::item().text(format!("{} ({}): {}", metric.word(), metric.meaning(), spoken(length)))
    }));
    lines
}

/// How long it was blocked in all, once it was.
pub fn time_blocked(incident: &Incident, now: Timestamp) -> Option<Line> {
    let length = spoken(incident.time_blocked(now));
    (!incident.blockers.is_empty()).then(|| Line::item().text(format!("time blocked: {length}")))
}

/// Who plays which part.
pub fn roles(incident: &Incident, desk: &Desk) -> Vec<Line> {
    Role::ALL
        .into_iter()
        .filter_map(|role| {
            let user = incident.roles.get(role)?;
            Some(Line::item().text(format!("{}: ", desk.role_name(role))).person(user))
        })
        .collect()
}

fn names(names: &[Prose]) -> Vec<Line> {
    names.iter().map(|name| Line::item().prose(name)).collect()
}

/// The log's entries that people care about and that were not taken out again, in the order of what they tell.
pub fn timeline(incident: &Incident) -> Vec<&Recorded> {
    let mut entries: Vec<&Recorded> =
        incident.standing_events().filter(|recorded| recorded.event.entry().is_some()).collect();
    if entries.iter().any(|recorded| recorded.told_at() != recorded.at) {
        entries.sort_by_key(|recorded| recorded.told_at());
    }
    entries
}

/// What somebody is called in a report.
pub fn called(names: &people::Names, user: &crate::core::ids::UserId) -> String {
    people::name(names, user)
}
