//! Refusals that several commands share: each is one sentence with the way out.

use super::spec::{Context, Refusal, Spec};
use crate::core::event::{Author, Event, Recorded};
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::state::State;
use crate::core::words::blockers;

pub(super) const GUEST: &str =
    "Guests can't use my commands at this desk; ask a member of the workspace to type it for you.";
pub(super) const OUTSIDER: &str = "People of other organisations can't use my commands at this desk; ask a member of this workspace to type it for you.";

pub(super) fn takes_nothing(spec: &Spec, word: &str) -> Refusal {
    Refusal::says(
        Line::new()
            .code(format!(".{word}"))
            .text(" takes no words behind it, so I did nothing; ")
            .code(format!(".{word}"))
            .text(format!(" alone {}.", spec.help)),
    )
}

pub(super) fn lacks_argument(spec: &Spec, word: &str, shown: &str) -> Refusal {
    Refusal::says(
        Line::new()
            .code(format!(".{word}"))
            .text(format!(" needs {shown} behind it, for example "))
            .code(spec.example)
            .text("."),
    )
}

pub(super) fn belongs_in_main(word: &str, context: &Context) -> Refusal {
    Refusal::says(
        Line::new()
            .code(format!(".{word}"))
            .text(" declares a new incident, and that is done in ")
            .channel(&context.desk.main_channel)
            .text("."),
    )
}

pub(super) fn belongs_in_incident(word: &str, context: &Context) -> Refusal {
    let line = Line::new().code(format!(".{word}")).text(" works in an incident's channel; ");
    Refusal::says(if context.is_main_channel() {
        line.code(".breakings").text(" lists them, ").code(".start").text(" and a title declares a new one.")
    } else {
        line.code(".breakings").text(" lists them.")
    })
}

/// The refusal of a command that needs an active or updatable incident, with the way back to one.
pub(super) fn wrong_state(word: &str, incident: &Incident) -> Refusal {
    let fact = match incident.state {
        State::Opening => "is still being opened",
        State::Resolved | State::Review(_) | State::ReadyForReview => "is resolved",
        State::Completed => "is completed",
        State::Canceled => "is canceled",
        State::Archived => "is archived",
        State::Started | State::Acknowledged | State::Mitigated | State::Blocked => "is active",
    };
    let line =
        Line::new().code(format!(".{word}")).text(format!(" can't be used now: incident {} {fact}; ", incident.id));
    Refusal::says(line.join(way_back(incident.state)).text("."))
}

/// What takes an incident back from where it stands.
pub(super) fn way_back(state: State) -> Line {
    let line = Line::new();
    match state {
        State::Mitigated => line.code(".unmitigated").text(" takes that back"),
        State::Resolved | State::Review(_) | State::ReadyForReview => {
            line.code(".unresolve").text(" takes the all-clear back")
        }
        State::Completed => line.code(".restart").text(" opens it again"),
        State::Canceled => line.code(".uncancel").text(" takes it up again"),
        State::Archived => line.text("unarchive the channel to take it up again"),
        State::Started | State::Acknowledged | State::Blocked => line.code(".stop").text(" when it is over"),
        State::Opening => line.text("try again in a moment"),
    }
}

/// The refusal of taking back what is not so: `Incident 1 is not canceled; …`.
pub(super) fn not_so(incident: &Incident, what: &str, way_out: Line) -> Refusal {
    Refusal::says(Line::new().text(format!("Incident {} is not {what}; ", incident.id)).join(way_out).text("."))
}

/// The refusal of what an open blocker holds up, with the way out.
pub(super) fn still_blocked(word: &str, incident: &Incident) -> Refusal {
    Refusal::says(
        Line::new()
            .text("Still blocked by ")
            .join(blockers::named(incident))
            .text(": ")
            .code(".unblockall")
            .text(", then ")
            .code(format!(".{word}"))
            .text("."),
    )
}

/// The refusal of what was done already: who did it and when, and the way out. `None` when no such event is on record.
pub(super) fn already_done(
    incident: &Incident,
    context: &Context,
    done: &str,
    way_out: Line,
    matches: impl Fn(&Event) -> bool,
) -> Option<Refusal> {
    Some(done_before(incident.last(matches)?, incident, context, done, way_out))
}

/// The refusal of what this event did: by whom and when, and the way out.
pub(super) fn done_before(
    recorded: &Recorded,
    incident: &Incident,
    context: &Context,
    done: &str,
    way_out: Line,
) -> Refusal {
    let by = match &recorded.author {
        Author::Person(user) => format!(" by {}", context.name(user)),
        Author::Bot => String::new(),
    };
    let line = Line::new().text(format!("Incident {} was {done}{by} at ", incident.id)).time(recorded.at);
    Refusal::says(line.text("; ").join(way_out).text("."))
}
