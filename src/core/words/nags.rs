//! Reminders: each tells who is asked, what for, since when, by which rule, and the command that ends it.

use jiff::{SignedDuration, Timestamp};

use crate::core::commands::snooze::SHORT;
use crate::core::desk::Desk;
use crate::core::event::Author;
use crate::core::ids::{Level, UserId};
use crate::core::incident::{Blocker, Incident, Role};
use crate::core::message::{Line, Message, Span};
use crate::core::nags::{Nag, Planned, Subject};
use crate::core::state::State;
use crate::core::when::spoken;
use crate::core::words::topic::emoji;

/// A reminder that is sent so long after it was due says so.
const LATE: SignedDuration = SignedDuration::from_mins(5);

/// The reminder as the incident's channel reads it, sent at that time.
pub fn reminder(planned: &Planned, incident: &Incident, desk: &Desk, at: Timestamp) -> Message {
    buttons(said(Message::new(), planned, incident, desk, at), planned.nag, desk)
}

/// The reminder as the main channel reads it, with the incident that it is about.
pub fn reminder_in_main(planned: &Planned, incident: &Incident, desk: &Desk, at: Timestamp) -> Message {
    let message = said(Message::from(head(incident, desk)), planned, incident, desk, at);
    buttons(message, planned.nag, desk).acting_on(incident.id)
}

fn said(message: Message, planned: &Planned, incident: &Incident, desk: &Desk, at: Timestamp) -> Message {
    let in_main = !message.lines.is_empty();
    let way_out = way_out(planned.nag);
    let way_out = match &incident.channel {
        Some(channel) if in_main => Line::new().text("In ").channel(channel).text(": ").join(way_out),
        _ => way_out,
    };
    let mut message =
        message.line(asked(planned, incident, desk).join(asking(planned.nag, incident, desk))).line(way_out);
    if planned.escalates {
        let count = planned.number.saturating_sub(1);
        message = message
            .line(format!("{count} reminders had no answer, so I ask wider; from now on I remind half as often."));
    }
    let mut line = Line::aside()
        .text(format!("{} ", since_when(planned.nag)))
        .time(planned.since)
        .text(format!(" · {}", rule(planned, incident.level)));
    if at.duration_since(planned.due) >= LATE {
        line = line.text(" · it was due at ").time(planned.due);
    }
    message.line(line)
}

/// Whom it mentions.
fn asked(planned: &Planned, incident: &Incident, desk: &Desk) -> Line {
    let mut people: Vec<&UserId> = Vec::new();
    match planned.nag {
        Nag::Point | Nag::Comms => people.push(&incident.starter),
        Nag::FirstUpdate | Nag::Update => people.extend(&incident.roles.comms),
        Nag::Blocker(id) => {
            let by = blocker(incident, id).and_then(|blocker| match &blocker.by {
                Author::Person(user) => Some(user),
                Author::Bot => None,
            });
            people.push(incident.roles.point.as_ref().or(by).unwrap_or(&incident.starter));
        }
    }
    if planned.escalates && desk.oncall_group.is_none() {
        people.extend(incident.roles.point.as_ref().or(Some(&incident.starter)));
    }
    let mut line = Line::new();
    for (i, user) in people.iter().enumerate() {
        if people.iter().take(i).all(|earlier| earlier != user) {
            line = line.person(user).text(" ");
        }
    }
    match &desk.oncall_group {
        Some(group) if planned.mentions_group() => line.with(Span::Group(group.clone())).text(" "),
        _ => line,
    }
}

/// What is asked for.
fn asking(nag: Nag, incident: &Incident, desk: &Desk) -> Line {
    match nag {
        Nag::Point => {
            Line::new().bold(format!("Nobody is {}", desk.role_name(Role::Point))).text(": who runs the response?")
        }
        Nag::Comms => Line::new()
            .bold(format!("Nobody is {}", desk.role_name(Role::Comms)))
            .text(": who keeps everybody informed?"),
        Nag::FirstUpdate => Line::new().bold("The first update is due").text(": one sentence is enough."),
        Nag::Update => Line::new().bold("The next update is due").text(": also when there is nothing new."),
        Nag::Blocker(id) => {
            let line = Line::new().bold("Still waiting").text(format!(" ({id}) for "));
            match blocker(incident, id) {
                Some(Blocker { whom, reason: Some(reason), .. }) => {
                    line.prose(&whom.one_line()).text(": ").prose(&reason.one_line())
                }
                Some(Blocker { whom, .. }) => line.prose(&whom.one_line()).text(": is there news?"),
                None => line.text("somebody"),
            }
        }
    }
}

/// The command that ends it.
fn way_out(nag: Nag) -> Line {
    let line = Line::new();
    match nag {
        Nag::Point => line.code(".point").text(" takes it, ").code(".point @name").text(" gives it."),
        Nag::Comms => line.code(".comms").text(" takes it, ").code(".comms @name").text(" gives it."),
        Nag::FirstUpdate | Nag::Update => line.code(".notify what is known").text(" sends it."),
        Nag::Blocker(id) => line.code(format!(".unblocked {id}")).text(" when it is over."),
    }
}

fn since_when(nag: Nag) -> &'static str {
    match nag {
        Nag::Point | Nag::Comms => "Nobody since",
        Nag::FirstUpdate | Nag::Update => "No update since",
        Nag::Blocker(_) => "Waiting since",
    }
}

/// The rule by which it is due: `P1 asks 3 m after the start, then every 2 m`.
pub fn rule(planned: &Planned, level: Level) -> String {
    let (after, every) = (spoken(planned.after), spoken(planned.every));
    let rule = match planned.nag {
        Nag::Point | Nag::Comms => format!("{level} asks {after} after the start, then every {every}"),
        Nag::FirstUpdate => format!("{level} wants the first update within {after}, and asks again every {every}"),
        Nag::Update => format!("{level} wants an update every {after}, and asks again every {every}"),
        Nag::Blocker(_) => format!("{level} asks about a blocker every {every}"),
    };
    if planned.slowed { format!("{rule}; half as often since nobody answered") } else { rule }
}

fn buttons(message: Message, nag: Nag, desk: &Desk) -> Message {
    let message = match nag {
        Nag::Point => message.button(format!("I am {}", desk.role_name(Role::Point)), ".point"),
        Nag::Comms => message.button(format!("I am {}", desk.role_name(Role::Comms)), ".comms"),
        Nag::FirstUpdate | Nag::Update => message,
        Nag::Blocker(id) => message.button("It is over", format!(".unblocked {id}")),
    };
    let subject = nag.subject();
    message
        .button("Snooze 15 min", format!(".snooze {subject} {SHORT}"))
        .button("Not now", format!(".snooze {subject}"))
}

/// What stands in a reminder's place once it need not be answered any more.
pub fn settled(nag: Nag, before: &Incident, after: &Incident, desk: &Desk, at: Timestamp) -> Line {
    let line = Line::new();
    if let Some(until) = after.nags.snoozed_until(nag).filter(|until| *until > at) {
        let subject = nag.subject();
        return line
            .text(format!("{} are snoozed until ", about(subject)))
            .time(until)
            .text("; ")
            .code(format!(".unsnooze {subject}"))
            .text(" brings them back.");
    }
    let role = |role: Role| {
        let user = after.roles.get(role).filter(|user| before.roles.get(role) != Some(user))?;
        Some(Line::new().person(user).text(format!(" is {}.", desk.role_name(role))))
    };
    let answer = match nag {
        Nag::Point => role(Role::Point),
        Nag::Comms => role(Role::Comms),
        Nag::FirstUpdate | Nag::Update if after.last_update != before.last_update => {
            Some(Line::new().text("There was an update."))
        }
        Nag::FirstUpdate | Nag::Update if after.is_blocked() => {
            Some(Line::new().text("No update is asked for while it is blocked."))
        }
        Nag::FirstUpdate | Nag::Update => role(Role::Comms),
        Nag::Blocker(id) => blocker(after, id)
            .filter(|blocker| !blocker.is_open())
            .map(|blocker| Line::new().text("No longer waiting for ").prose(&blocker.whom.one_line()).text(".")),
    };
    answer.unwrap_or_else(|| match after.state {
        State::Started | State::Acknowledged | State::Blocked if after.moments.mitigated.is_none() => {
            line.text(format!("Not asked for at {}.", after.level))
        }
        State::Blocked => line.text("Not asked for any more: it is mitigated."),
        state => line.text(format!("Not asked for any more: it is {}.", state.spoken())),
    })
}

/// The same in the main channel, with the incident that it is about.
pub fn settled_in_main(nag: Nag, before: &Incident, after: &Incident, desk: &Desk, at: Timestamp) -> Line {
    head(after, desk).text(": ").join(settled(nag, before, after, desk, at))
}

/// Which incident it is, for who is not in its channel.
fn head(incident: &Incident, desk: &Desk) -> Line {
    let line =
        Line::new().emoji(emoji(incident, desk)).text(format!(" [{}] ", incident.level)).bold_prose(&incident.title);
    match &incident.channel {
        Some(channel) => line.text(" · ").channel(channel),
        None => line,
    }
}

/// What is snoozed, at the start of a sentence.
pub fn about(subject: Subject) -> String {
    match subject {
        Subject::All => "All reminders".to_owned(),
        Subject::Point => "Reminders about point".to_owned(),
        Subject::Comms => "Reminders about comms".to_owned(),
        Subject::Update => "Reminders about updates".to_owned(),
        Subject::Blocker(id) => format!("Reminders about blocker {id}"),
    }
}

/// What is missing, in a list: `nobody is point`.
pub fn missing(nag: Nag, incident: &Incident, desk: &Desk) -> Line {
    let line = Line::new();
    match nag {
        Nag::Point => line.text(format!("nobody is {}", desk.role_name(Role::Point))),
        Nag::Comms => line.text(format!("nobody is {}", desk.role_name(Role::Comms))),
        Nag::FirstUpdate => line.text("the first update"),
        Nag::Update => line.text("the next update"),
        Nag::Blocker(id) => match blocker(incident, id) {
            Some(blocker) => line.text(format!("blocker {id}, ")).prose(&blocker.whom.one_line()),
            None => line.text(format!("blocker {id}")),
        },
    }
}

fn blocker(incident: &Incident, id: crate::core::ids::BlockerId) -> Option<&Blocker> {
    incident.blockers.iter().find(|blocker| blocker.id == id)
}
