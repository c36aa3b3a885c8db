//! `.asof`: what was known at a time.

use jiff::{SignedDuration, Timestamp};

use super::{Answer, Argument, Context, Decision, Needs, Refusal, Run, Shape, Spec, Verdict, history, moments};
use crate::core::event::fold;
use crate::core::incident::Incident;
use crate::core::message::{Line, Message};
use crate::core::when::spoken;
use crate::core::words::listing::Listing;
use crate::core::words::moments::instant;
use crate::core::words::status;

pub(super) static SPEC: Spec = Spec {
    word: "asof",
    shape: Shape::Required("when"),
    needs: Needs::INCIDENT,
    help: "tells what was known at a time: state, roles, priority, summary and log",
    example: ".asof 20 minutes ago",
    names_people: true,
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    let at = moments::time(argument, context)?.at;
    if at < incident.declared {
        return Err(not_yet(incident, at, context));
    }
    let then = fold(incident.id, incident.events.iter().filter(|recorded| recorded.at <= at).cloned());
    let log = Listing {
        what: "log until then",
        entries: history::entries(&then, context),
        numbered: false,
        closing: None,
        empty: Line::new(),
    };
    let above = status::as_of(&then, at, context);
    let under = |message: Message| Message { lines: [above.lines.clone(), message.lines.clone()].concat(), ..message };
    let Decision { events, answer } = log.decision(&then, context);
    let answer = match answer {
        Answer::Says(message) => Answer::Says(under(message)),
        Answer::Gives(message, file) => Answer::Gives(under(message), file),
        other => other,
    };
    Ok(Decision { events, answer })
}

/// The time is before the incident. Both are told to the minute, so within one it is told how far they are apart.
fn not_yet(incident: &Incident, at: Timestamp, context: &Context) -> Refusal {
    let minute = |at: Timestamp| at.as_second().div_euclid(60);
    let line = Line::new()
        .text(format!("Nothing was known yet: incident {} was declared at ", incident.id))
        .join(instant(incident.declared, context.author));
    let line = if minute(at) == minute(incident.declared) {
        line.text(format!(", {} after the time that you gave", spoken(incident.declared.duration_since(at))))
    } else {
        line.text("; I read yours as ").join(instant(at, context.author))
    };
    let age = context.now.duration_since(incident.declared);
    let later = if age > SignedDuration::from_mins(5) { ".asof 5 minutes ago" } else { ".asof now" };
    Refusal::says(line.text(". Give a later time, for example ").code(later).text("."))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use crate::core::rehearsal::Rehearsal;
    use crate::core::state::State;

    #[test]
    fn it_tells_what_was_known_then_and_nothing_later() {
        let mut room = Rehearsal::burning();
        room.alice(".point").is_ok();
        room.alice(".summary Cards fail").answer();
        room.alice(".blocked legal").answer();
        room.advance(SignedDuration::from_mins(10));
        room.bob(".comms").is_ok();
        room.bob(".unblocked").is_ok();
        room.bob(".p1 everybody is hit").is_ok();
        room.alice(".summary Everything fails").answer();
        room.alice(".title The shop is down").is_ok();
        room.advance(SignedDuration::from_mins(10));
        room.alice(".stop").is_ok();
        insta::assert_snapshot!(room.alice(".asof 15 minutes ago").answer(), @"
        Incident 1 as of 2024-02-28 18:06 CET (Europe/Berlin), 2024-02-28 17:06 UTC
        :fire: [P2] Checkout is down
        It was blocked, 6 m after it was declared.
        - waiting for #1 legal, for 5 m
        - point: Alice, comms: nobody
        - started: 2024-02-28 17:00 UTC
        Summary then
        > Cards fail
        Log until then (5)
        - 2024-02-28 17:00 UTC · event · Alice declared it at P2: Checkout is down
        - 2024-02-28 17:00 UTC · event · its channel was opened: #C0ROOM
        - 2024-02-28 17:01 UTC · role · Alice took the role point
        - 2024-02-28 17:01 UTC · summary · Alice wrote the summary: Cards fail
        - 2024-02-28 17:01 UTC · blocker · Alice added blocker #1: waiting for legal
        ");
        insta::assert_snapshot!(room.bob(".ASOF 17:12 utc").answer(), @"
        Incident 1 as of 2024-02-28 12:12 EST (America/New_York), 2024-02-28 17:12 UTC
        :fire: [P1] The shop is down
        It was acknowledged, 12 m after it was declared.
        - point: Alice, comms: Bob
        - started: 2024-02-28 17:00 UTC
        - acknowledged: 2024-02-28 17:11 UTC
        Summary then
        > Everything fails
        Log until then (11)
        - 2024-02-28 17:00 UTC · event · Alice declared it at P2: Checkout is down
        - 2024-02-28 17:00 UTC · event · its channel was opened: #C0ROOM
        - 2024-02-28 17:01 UTC · role · Alice took the role point
        - 2024-02-28 17:01 UTC · summary · Alice wrote the summary: Cards fail
        - 2024-02-28 17:01 UTC · blocker · Alice added blocker #1: waiting for legal
        - 2024-02-28 17:11 UTC · role · Bob took the role comms
        - 2024-02-28 17:11 UTC · event · acknowledged
        - 2024-02-28 17:11 UTC · unblock · Bob closed blocker #1
        - 2024-02-28 17:11 UTC · priority · Bob changed the priority to P1: everybody is hit
        - 2024-02-28 17:11 UTC · summary · Alice wrote the summary: Everything fails
        - 2024-02-28 17:11 UTC · event · Alice renamed it: The shop is down
        ");
    }

    #[test]
    fn what_was_typed_at_that_very_moment_was_known() {
        let mut room = Rehearsal::burning();
        room.alice(".note first").is_ok();
        assert!(room.alice(".asof now").answer().contains("Alice noted: first"));
        assert!(!room.alice(".asof 17:00 utc").answer().contains("first"));
    }

    #[test]
    fn refusals_name_the_way_out() {
        Rehearsal::burning().alice(".asof yesterday 9am").is_refused(
            "Nothing was known yet: incident 1 was declared at 2024-02-28 18:00 CET (Europe/Berlin), 2024-02-28 17:00 UTC; \
             I read yours as 2024-02-27 09:00 CET (Europe/Berlin), 2024-02-27 08:00 UTC. \
             Give a later time, for example `.asof now`.",
        );
        let mut room = Rehearsal::burning();
        room.advance(SignedDuration::from_mins(6));
        assert!(room.alice(".asof yesterday").told().ends_with("for example `.asof 5 minutes ago`."));
        // Typed within the first minute.
        let mut room = Rehearsal::before_the_fire();
        room.advance(SignedDuration::from_secs(50));
        room.alice_in_main(".start Checkout is down").is_ok();
        room.opens();
        room.advance(SignedDuration::from_secs(5));
        room.alice(".asof 30 seconds ago").is_refused(
            "Nothing was known yet: incident 1 was declared at 2024-02-28 18:00 CET (Europe/Berlin), 2024-02-28 17:00 UTC, \
             25 s after the time that you gave. Give a later time, for example `.asof now`.",
        );
        let told = Rehearsal::burning().alice(".asof 2030-01-01").told();
        assert!(told.starts_with("exclamation: That is in the future: "), "{told}");
        let told = Rehearsal::burning().alice(".asof").told();
        assert!(told.contains("`.asof 20 minutes ago`"), "{told}");
    }

    #[test]
    fn a_long_log_comes_as_a_file() {
        let mut room = Rehearsal::burning();
        for i in 1..=2_000 {
            room.alice(&format!(".note {i}")).is_ok();
        }
        room.advance(SignedDuration::from_mins(1));
        let told = room.alice(".asof 1 minute ago");
        let (name, content) = told.file().unwrap();
        assert_eq!((name.as_str(), content.lines().count()), ("incident-1-log-until-then.md", 2_004));
        assert_eq!(told.answer().lines().filter(|line| line.contains("Alice noted")).count(), 50);
        let history = room.alice(".history");
        assert_eq!(history.answer().lines().count(), 51);
        assert_eq!(history.file().unwrap().1.lines().count(), 2_004);
    }

    #[test]
    fn it_is_told_in_every_state() {
        for state in State::all().filter(|state| *state != State::Opening) {
            let told = Rehearsal::standing(state).alice(".asof now").answer();
            assert!(told.contains(&format!("was {}", state.spoken())), "{told}");
        }
    }
}
