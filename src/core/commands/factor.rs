//! `.factor`, `.factors`: what contributed to the incident.

use super::{Argument, Context, Decision, Needs, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::words::listing::{Listing, signed};
use crate::core::words::people;

pub(super) static FACTOR: Spec = Spec {
    word: "factor",
    aliases: &["cause", "rootcause", "chain", "iamsorry", "mybad"],
    shape: Shape::Required("a text or URL"),
    needs: Needs::UPDATABLE,
    help: "records a contributing factor",
    example: ".factor the cache had no limit",
    run: Run::Inside(record),
    ..Spec::PLAIN
};

pub(super) static FACTORS: Spec = Spec {
    word: "factors",
    aliases: &["causes", "rootcauses", "chains"],
    needs: Needs::INCIDENT,
    help: "lists the contributing factors; `.factor` and a text adds one",
    example: ".factors",
    names_people: true,
    run: Run::Inside(|incident, _, context| Ok(list(incident, context))),
    ..Spec::PLAIN
};

fn record(incident: &Incident, argument: &Argument, _: &Context) -> Verdict {
    let found = Event::FactorFound { text: argument.prose.clone() };
    if incident.standing_events().any(|recorded| recorded.event == found) {
        return Ok(Decision::already());
    }
    Ok(Decision::ok(vec![found]))
}

fn list(incident: &Incident, context: &Context) -> Decision {
    let entries = incident.standing_events().filter_map(|recorded| match &recorded.event {
        Event::FactorFound { text } => {
            Some(signed(Line::new().prose(&people::named(context.people, text)), recorded, context))
        }
        _ => None,
    });
    Listing {
        what: "contributing factors",
        entries: entries.collect(),
        numbered: true,
        closing: None,
        empty: Line::new().text("No contributing factor is recorded yet; ").code(FACTOR.example).text(" records one."),
    }
    .decision(incident, context)
}

#[cfg(test)]
mod tests {
    use crate::core::rehearsal::Rehearsal;

    #[test]
    fn it_is_recorded_once_by_any_of_its_words() {
        let mut room = Rehearsal::burning();
        for word in ["factor", "cause", "rootcause", "chain", "iamsorry", "MyBad"] {
            room.alice(&format!(".{word} found by {word}")).is_ok();
        }
        room.bob(".cause found by factor").is_already();
        assert_eq!(room.log().last().unwrap(), "Alice named a contributing factor: found by MyBad");
    }

    #[test]
    fn they_are_listed_with_who_named_them() {
        let mut room = Rehearsal::burning();
        room.alice(".factor <@U0BOB> and I merged\nwithout a review").is_ok();
        room.bob(".factor <https://example.com/postmortem|an old one>").is_ok();
        for word in [".factors", ".causes", ".rootcauses", ".chains"] {
            room.alice(word).says(
                "Contributing factors (2)\n\
                 1. @Bob and I merged\nwithout a review · Alice, 2024-02-28 17:01 UTC\n\
                 2. an old one · Bob, 2024-02-28 17:01 UTC",
            );
        }
    }

    #[test]
    fn what_is_missing_or_too_much_is_refused() {
        Rehearsal::burning()
            .alice(".mybad")
            .is_refused("`.mybad` needs a text or URL behind it, for example `.factor the cache had no limit`.");
        Rehearsal::burning().alice(".factors the cache").is_refused(
            "`.factors` takes no words behind it, so I did nothing; \
             `.factors` alone lists the contributing factors; `.factor` and a text adds one.",
        );
    }

    #[test]
    fn it_is_recorded_in_an_updatable_incident_and_listed_in_every_state() {
        Rehearsal::burning().alice_in_main(".factor the cache").is_refused(
            "`.factor` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        Rehearsal::burning().alice_in_main(".factors").is_refused(
            "`.factors` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        insta::assert_snapshot!(Rehearsal::in_every_state(".factor the cache"), @r"
        started: ok
        acknowledged: ok
        mitigated: ok
        blocked: ok
        resolved: ok
        review_…: ok
        ready_for_review: ok
        completed: exclamation: `.factor` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.factor` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.factor` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
        insta::assert_snapshot!(Rehearsal::in_every_state(".factors"), @r"
        started: No contributing factor is recorded yet; `.factor the cache had no limit` records one.
        acknowledged: No contributing factor is recorded yet; `.factor the cache had no limit` records one.
        mitigated: No contributing factor is recorded yet; `.factor the cache had no limit` records one.
        blocked: No contributing factor is recorded yet; `.factor the cache had no limit` records one.
        resolved: No contributing factor is recorded yet; `.factor the cache had no limit` records one.
        review_…: No contributing factor is recorded yet; `.factor the cache had no limit` records one.
        ready_for_review: No contributing factor is recorded yet; `.factor the cache had no limit` records one.
        completed: No contributing factor is recorded yet; `.factor the cache had no limit` records one.
        canceled: No contributing factor is recorded yet; `.factor the cache had no limit` records one.
        archived: No contributing factor is recorded yet; `.factor the cache had no limit` records one.
        ");
    }
}
