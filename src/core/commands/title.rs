//! `.title`: what the incident is called.

use super::start::titled;
use super::{Argument, Context, Decision, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;

pub(super) static SPEC: Spec = Spec {
    word: "title",
    shape: Shape::Required("a title"),
    needs: Needs::UPDATABLE,
    help: "renames the incident; the channel's topic follows",
    example: ".title Checkout is slow in Europe",
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, _: &Context) -> Verdict {
    let (title, note) = titled(argument.prose);
    if title.is_blank() {
        return Err(Refusal::says(
            Line::new().text("There is nothing to see in that title; try ").code(SPEC.example).text("."),
        ));
    }
    let is_noted = note.as_ref().is_none_or(|note| incident.last(|event| event == note).is_some());
    if title == incident.title && is_noted {
        return Ok(Decision::already());
    }
    let renamed = (title != incident.title).then_some(Event::Titled { title });
    Ok(Decision::ok(renamed.into_iter().chain(note).collect()))
}

#[cfg(test)]
mod tests {
    use crate::core::event::Event;
    use crate::core::rehearsal::Rehearsal;

    #[test]
    fn it_renames_and_the_topic_follows() {
        let mut room = Rehearsal::burning();
        let renamed = room.alice(".TITLE  Checkout is <slow>\u{202e}, ask <@U0BOB> 🔥");
        renamed.is_ok();
        assert_eq!(room.incident().title.readable(), "Checkout is <slow>, ask @U0BOB 🔥");
        assert_eq!(renamed.title_in_topic().as_deref(), Some("CHECKOUT IS <SLOW>, ASK @U0BOB 🔥"));
        room.bob(".title Checkout is <slow>, ask <@U0BOB> 🔥").is_already();
        room.bob(".title checkout is <slow>, ask <@U0BOB> 🔥").is_ok();
    }

    #[test]
    fn what_does_not_fit_becomes_a_note() {
        let mut room = Rehearsal::burning();
        let long = "word ".repeat(60);
        let said = format!(".title {long}");
        room.alice(&said).is_ok();
        assert_eq!(room.incident().title.chars(), 249);
        assert_eq!(room.log().last().unwrap(), &format!("Alice noted: {}", long.trim()));
        room.alice(&said).is_already();

        room.alice(".title Search is down\nsince the deploy").is_ok();
        assert_eq!(room.incident().title.readable(), "Search is down since the deploy");
        assert!(matches!(&room.incident().events.last().unwrap().event, Event::Noted { text } if text.chars() == 31));
    }

    #[test]
    fn it_needs_a_title_that_can_be_seen() {
        for said in [".title", ".title   ", ".title \u{200b}\u{202e}\u{200f}", ".title \u{3164}\u{2800}\u{61c}"] {
            Rehearsal::burning()
                .alice(said)
                .is_refused("`.title` needs a title behind it, for example `.title Checkout is slow in Europe`.");
        }
    }

    #[test]
    fn it_works_in_an_updatable_incident() {
        Rehearsal::burning().alice_in_main(".title Search is down").is_refused(
            "`.title` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        insta::assert_snapshot!(Rehearsal::in_every_state(".title Search is down"), @r"
        started: ok
        acknowledged: ok
        mitigated: ok
        blocked: ok
        resolved: ok
        review_…: ok
        ready_for_review: ok
        completed: exclamation: `.title` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.title` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.title` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
    }
}
