//! `.note`, `.notes`: internal notes.

use super::{Argument, Context, Decision, Needs, Run, Shape, Spec};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::words::listing::{Listing, signed};
use crate::core::words::people;

pub(super) static NOTE: Spec = Spec {
    word: "note",
    shape: Shape::Required("a text"),
    needs: Needs::UPDATABLE,
    help: "writes an internal note",
    example: ".note the graphs recover since 17:05",
    run: Run::Inside(|_, argument, _| Ok(noted(argument))),
    ..Spec::PLAIN
};

pub(super) static NOTES: Spec = Spec {
    word: "notes",
    shape: Shape::Optional("[text]"),
    needs: Needs::SHOWS_OR_SETS,
    help: "lists the internal notes, or writes one",
    example: ".notes",
    names_people: true,
    run: Run::Inside(|incident, argument, context| {
        Ok(if argument.is_empty() { list(incident, context) } else { noted(argument) })
    }),
    ..Spec::PLAIN
};

fn noted(argument: &Argument) -> Decision {
    Decision::ok(vec![Event::Noted { text: argument.prose.clone() }])
}

fn list(incident: &Incident, context: &Context) -> Decision {
    let entries = incident.events.iter().filter_map(|recorded| match &recorded.event {
        Event::Noted { text } => {
            Some(signed(Line::new().prose(&people::named(context.people, text)), recorded, context))
        }
        _ => None,
    });
    Listing {
        what: "notes",
        entries: entries.collect(),
        numbered: true,
        closing: None,
        empty: Line::new().text("No note is written yet; ").code(NOTE.example).text(" writes one."),
    }
    .decision(incident, context)
}

#[cfg(test)]
mod tests {
    use crate::core::rehearsal::Rehearsal;

    #[test]
    fn they_are_kept_whole_and_the_same_may_be_noted_twice() {
        let mut room = Rehearsal::burning();
        room.alice(".note graphs:\n  * up 🔥\n<!channel> ask <@U0BOB>").is_ok();
        room.bob(".NOTES still up").is_ok();
        room.bob(".note still up").is_ok();
        room.alice(".notes").says(
            "Notes (3)\n\
             1. graphs:\n  * up 🔥\n<!channel> ask @Bob · Alice, 2024-02-28 17:01 UTC\n\
             2. still up · Bob, 2024-02-28 17:01 UTC\n\
             3. still up · Bob, 2024-02-28 17:01 UTC",
        );
    }

    #[test]
    fn a_long_list_shows_its_end_and_gives_the_whole() {
        let mut room = Rehearsal::burning();
        for i in 1..=200 {
            room.alice(&format!(".note note {i}")).is_ok();
        }
        let whole = room.alice(".notes");
        assert_eq!(whole.answer().lines().count(), 201);
        assert_eq!(whole.file(), None);
        room.alice(".note # no heading").is_ok();
        let shortened = room.alice(".notes");
        let lines: Vec<String> = shortened.answer().lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 51);
        assert_eq!(lines[0], "Notes (201): here are the last 50, the file has all of them");
        assert_eq!(lines[1], "152. note 152 · Alice, 2024-02-28 17:01 UTC");
        let (name, content) = shortened.file().unwrap();
        assert_eq!(name, "incident-1-notes.md");
        assert_eq!(content.lines().count(), 203);
        assert!(content.ends_with("\n201. \\# no heading · Alice, 2024-02-28 17:01 UTC\n"), "{content}");
    }

    #[test]
    fn it_is_written_in_an_updatable_incident_and_listed_in_every_state() {
        Rehearsal::burning()
            .alice(".note \u{2060}")
            .is_refused("`.note` needs a text behind it, for example `.note the graphs recover since 17:05`.");
        Rehearsal::burning().alice_in_main(".note still up").is_refused(
            "`.note` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        Rehearsal::burning().alice_in_main(".notes").is_refused(
            "`.notes` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        insta::assert_snapshot!(Rehearsal::in_every_state(".note still up"), @r"
        started: ok
        acknowledged: ok
        mitigated: ok
        blocked: ok
        resolved: ok
        review_…: ok
        ready_for_review: ok
        completed: exclamation: `.note` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.note` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.note` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
        insta::assert_snapshot!(Rehearsal::in_every_state(".notes still up"), @r"
        started: ok
        acknowledged: ok
        mitigated: ok
        blocked: ok
        resolved: ok
        review_…: ok
        ready_for_review: ok
        completed: exclamation: `.notes` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.notes` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.notes` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
        insta::assert_snapshot!(Rehearsal::in_every_state(".notes"), @r"
        started: No note is written yet; `.note the graphs recover since 17:05` writes one.
        acknowledged: No note is written yet; `.note the graphs recover since 17:05` writes one.
        mitigated: No note is written yet; `.note the graphs recover since 17:05` writes one.
        blocked: No note is written yet; `.note the graphs recover since 17:05` writes one.
        resolved: No note is written yet; `.note the graphs recover since 17:05` writes one.
        review_…: No note is written yet; `.note the graphs recover since 17:05` writes one.
        ready_for_review: No note is written yet; `.note the graphs recover since 17:05` writes one.
        completed: No note is written yet; `.note the graphs recover since 17:05` writes one.
        canceled: No note is written yet; `.note the graphs recover since 17:05` writes one.
        archived: No note is written yet; `.note the graphs recover since 17:05` writes one.
        ");
    }
}
