//! Where one incident stands, as `.status` tells it in the incident's channel.

use jiff::{SignedDuration, Timestamp};

use crate::core::commands::Context;
use crate::core::incident::{Incident, Role};
use crate::core::message::{Line, Message};
use crate::core::prose::Prose;
use crate::core::when::spoken;
use crate::core::words::moments::instant;
use crate::core::words::{milestones, people, report, topic, tracking};

/// Everything that somebody who just came in asks for.
pub fn status(incident: &Incident, context: &Context) -> Message {
    let desk = context.desk;
    let head = Line::new()
        .emoji(topic::emoji(incident, desk))
        .text(format!(" [{}] ", incident.level))
        .bold_prose(&people::named(context.people, &incident.title).one_line());
    Message::from(head)
        .line(standing(incident, context.now))
        .lines(incident.open_blockers().map(|blocker| {
            let line = Line::item().text(format!("waiting for {} ", blocker.id));
            let line = line.prose(&people::named(context.people, &blocker.whom).one_line());
            line.text(format!(", for {}", spoken(incident.waited(blocker, context.now))))
        }))
        .line(roles(incident, context))
        .lines(report::moments(incident))
        .lines(report::time_blocked(incident, context.now))
        .lines(named("components", &incident.components, context))
        .lines(named("affected", &incident.affected, context))
        .line(tracking::in_status(incident, context.services.tracker))
        .lines(update(incident, context))
}

/// What was known of an incident at that time; `then` is the incident as it was.
pub fn as_of(then: &Incident, at: Timestamp, context: &Context) -> Message {
    let about = Line::new()
        .emoji(topic::emoji(then, context.desk))
        .text(format!(" [{}] ", then.level))
        .bold_prose(&people::named(context.people, &then.title).one_line());
    let state = Line::new().text(format!("It was {}", then.state.spoken()));
    let state = if then.moments.mitigated.is_some() && then.is_blocked() { state.text(", mitigated") } else { state };
    let state = match then.state.is_active() {
        true => state.text(format!(", {} after it was declared.", ago(then.declared, at))),
        false => state.text("."),
    };
    Message::from(Line::new().bold(format!("Incident {} as of ", then.id)).join(instant(at, context.author)))
        .line(about)
        .line(state)
        .lines(then.open_blockers().map(|blocker| {
            let line = Line::item().text(format!("waiting for {} ", blocker.id));
            let line = line.prose(&people::named(context.people, &blocker.whom).one_line());
            line.text(format!(", for {}", spoken(then.waited(blocker, at))))
        }))
        .line(roles(then, context))
        .lines(report::moments(then))
        .lines(named("components", &then.components, context))
        .lines(named("affected", &then.affected, context))
        .lines(match &then.summary {
            Some(summary) => {
                vec![Line::new().bold("Summary then"), Line::quote(&people::named(context.people, summary))]
            }
            None => vec![Line::item().text("no summary yet")],
        })
}

fn standing(incident: &Incident, now: Timestamp) -> Line {
    let line = Line::new().text(format!("Incident {} is {}", incident.id, incident.state.spoken()));
    let line =
        if incident.moments.mitigated.is_some() && incident.is_blocked() { line.text(", mitigated") } else { line };
    if incident.state.is_active() {
        line.text(format!(", {} after it was declared.", ago(incident.declared, now)))
    } else if incident.moments.resolved.is_some() && incident.moments.canceled.is_none() {
        line.text(format!(". {}", milestones::duration(incident)))
    } else {
        line.text(".")
    }
}

fn roles(incident: &Incident, context: &Context) -> Line {
    let told = Role::ALL.into_iter().filter_map(|role| {
        let name = match (incident.roles.get(role), role) {
            (Some(user), _) => context.name(user),
            (None, Role::Point | Role::Comms) => "nobody".to_owned(),
            (None, _) => return None,
        };
        Some(format!("{}: {name}", context.desk.role_name(role)))
    });
    Line::item().text(told.collect::<Vec<_>>().join(", "))
}

fn named(what: &str, names: &[Prose], context: &Context) -> Option<Line> {
    let (first, rest) = names.split_first()?;
    let called = |name: &Prose| people::named(context.people, name);
    let line = Line::item().text(format!("{what}: ")).prose(&called(first));
    Some(rest.iter().fold(line, |line, name| line.text(", ").prose(&called(name))))
}

/// When people were last told something, and whether the next update is due. Nobody waits for one once it is mitigated.
fn update(incident: &Incident, context: &Context) -> Option<Line> {
    if !incident.state.is_active() {
        return None;
    }
    let nag = context.desk.priority(incident.level).map(|priority| &priority.nag);
    let (line, since, interval) = match incident.last_update {
        Some(last) => {
            let line = Line::item().text(format!("last comm update: {} ago", ago(last, context.now)));
            // Whoever takes comms is given time.
            let since = incident.comms_since.map_or(last, |comms| comms.max(last));
            (line, since, nag.and_then(|nag| nag.update))
        }
        None => {
            let since = incident.comms_since.map_or(incident.declared, |comms| comms.max(incident.declared));
            (Line::item().text("no comm update yet"), since, nag.and_then(|nag| nag.first_update))
        }
    };
    let waits = incident.moments.mitigated.is_none() && !incident.is_blocked();
    let late = interval.map(|interval| context.now.duration_since(since) - interval).filter(|_| waits);
    Some(match late {
        Some(late) if late.is_positive() => {
            line.text(format!(", overdue for {}: ", spoken(late))).join(how_to_update())
        }
        Some(_) | None if incident.last_update.is_none() => line.text(": ").join(how_to_update()),
        Some(early) => line.text(format!(", the next is due in {}", spoken(early.abs()))),
        None => line,
    })
}

fn how_to_update() -> Line {
    Line::new().code(".notify what people should know").text(" sends one")
}

fn ago(then: Timestamp, now: Timestamp) -> String {
    spoken(now.duration_since(then).max(SignedDuration::ZERO))
}
