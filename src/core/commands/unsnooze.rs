//! `.unsnooze`: brings snoozed reminders back.

use super::snooze::subjects;
use super::{Argument, Context, Decision, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::nags::Subject;

pub(super) static SPEC: Spec = Spec {
    word: "unsnooze",
    shape: Shape::Optional("[point, comms, update, #1]"),
    needs: Needs::ACTIVE,
    help: "brings snoozed reminders back",
    example: ".unsnooze point",
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    let text = argument.readable();
    let (which, rest) = subjects(text.trim(), incident)?;
    if !rest.is_empty() {
        return Err(Refusal::says(
            Line::new()
                .text("I don't know reminders about ")
                .code(rest.to_owned())
                .text("; there are ")
                .code(".unsnooze point")
                .text(", ")
                .code(".unsnooze comms")
                .text(", ")
                .code(".unsnooze update")
                .text(", ")
                .code(".unsnooze #1")
                .text(" and ")
                .code(".unsnooze")
                .text(" alone for all."),
        ));
    }
    let is_silent = |what: &Subject| match what {
        Subject::All => incident.nags.snoozes.iter().any(|snooze| snooze.until > context.now),
        one => incident.nags.snoozed(*one).is_some_and(|until| until > context.now),
    };
    let events: Vec<Event> = which.into_iter().filter(is_silent).map(|what| Event::Unsnoozed { what }).collect();
    Ok(if events.is_empty() { Decision::already() } else { Decision::ok(events) })
}

#[cfg(test)]
mod tests {
    use crate::core::nags::Nag;
    use crate::core::rehearsal::Rehearsal;

    fn is_silent(room: &Rehearsal, nag: Nag) -> bool {
        room.incident().nags.snoozed_until(nag).is_some_and(|until| until > room.now())
    }

    #[test]
    fn it_brings_back_one_or_all() {
        let mut room = Rehearsal::burning();
        room.alice(".unsnooze").is_already();
        room.alice(".snooze").answer();
        room.alice(".unsnooze point").is_ok();
        room.alice(".unsnooze point").is_already();
        assert!(!is_silent(&room, Nag::Point));
        assert!(is_silent(&room, Nag::Comms) && is_silent(&room, Nag::FirstUpdate));
        room.alice(".unsnooze").is_ok();
        assert!(!is_silent(&room, Nag::Comms));
        room.alice(".unsnooze all").is_already();
    }

    #[test]
    fn what_it_does_not_know_it_says() {
        Rehearsal::burning().alice(".unsnooze pont").is_refused(
            "I don't know reminders about `pont`; there are `.unsnooze point`, `.unsnooze comms`, `.unsnooze update`, `.unsnooze #1` and `.unsnooze` alone for all.",
        );
    }
}
