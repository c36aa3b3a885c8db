//! `.ai`, `.ais`: what is to be done afterwards.

use super::{Argument, Context, Decision, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::prose::Prose;
use crate::core::words::listing::{Listing, signed};
use crate::core::words::people;

pub(super) static AI: Spec = Spec {
    word: "ai",
    aliases: &["actionitem"],
    shape: Shape::Required("a title [=> detail]"),
    needs: Needs::UPDATABLE,
    help: "records an action item",
    example: ".ai limit the cache => 2 GB is plenty",
    run: Run::Inside(record),
    ..Spec::PLAIN
};

pub(super) static AIS: Spec = Spec {
    word: "ais",
    aliases: &["actionitems"],
    needs: Needs::INCIDENT,
    help: "lists the action items; `.ai` and a title adds one",
    example: ".ais",
    names_people: true,
    run: Run::Inside(|incident, _, context| Ok(list(incident, context))),
    ..Spec::PLAIN
};

fn record(incident: &Incident, argument: &Argument, _: &Context) -> Verdict {
    let (title, detail) = title_and_detail(argument.prose);
    if title.is_blank() {
        return Err(Refusal::says(
            Line::new()
                .text("What is to be done stands before ")
                .code("=>")
                .text(", for example ")
                .code(AI.example)
                .text("."),
        ));
    }
    let added = Event::ActionItemAdded { title, detail };
    if incident.standing_events().any(|recorded| recorded.event == added) {
        return Ok(Decision::already());
    }
    Ok(Decision::ok(vec![added]))
}

/// The title is one line, as a tracker's issue has; without `=>`, further lines are the detail.
fn title_and_detail(argument: &Prose) -> (Prose, Option<Prose>) {
    let (title, detail) = match argument.split_once("=>").or_else(|| argument.split_once("\n")) {
        Some((title, detail)) => (title, Some(detail.trimmed())),
        None => (argument.clone(), None),
    };
    (title.one_line(), detail.filter(|detail| !detail.is_blank()))
}

fn list(incident: &Incident, context: &Context) -> Decision {
    let named = |prose: &Prose| people::named(context.people, prose);
    let entries = incident.standing_events().filter_map(|recorded| match &recorded.event {
        Event::ActionItemAdded { title, detail } => {
            let line = Line::new().prose(&named(title));
            let line = match detail {
                Some(detail) => line.text(" — ").prose(&named(detail)),
                None => line,
            };
            let line = match incident.issue_of(recorded.seq) {
                Some(issue) => line.text(" · ").link(&issue.url, &issue.key),
                None => line,
            };
            Some(signed(line, recorded, context))
        }
        _ => None,
    });
    Listing {
        what: "action items",
        entries: entries.collect(),
        numbered: true,
        closing: None,
        empty: Line::new().text("No action item is recorded yet; ").code(AI.example).text(" records one."),
    }
    .decision(incident, context)
}

#[cfg(test)]
mod tests {
    use crate::core::event::Event;
    use crate::core::prose::Prose;
    use crate::core::rehearsal::Rehearsal;

    #[test]
    fn the_title_is_one_line_and_the_rest_is_detail() {
        for (said, title, detail) in [
            (".ai limit the cache", "limit the cache", None),
            (".AI limit the cache => 2 GB\nis plenty", "limit the cache", Some("2 GB\nis plenty")),
            (".actionitem limit the cache\n2 GB is plenty", "limit the cache", Some("2 GB is plenty")),
            (".ai limit\nthe cache =>\u{200b}", "limit the cache", None),
            (".ai ask <@U0BOB> => soon", "ask @U0BOB", Some("soon")),
        ] {
            let mut room = Rehearsal::burning();
            room.alice(said).is_ok();
            let Event::ActionItemAdded { title: t, detail: d } = &room.incident().events.last().unwrap().event else {
                panic!("{said}");
            };
            assert_eq!((t.readable(), d.as_ref().map(Prose::readable)), (title.into(), detail.map(Into::into)));
            room.bob(said).is_already();
        }
    }

    #[test]
    fn they_are_listed_with_who_wanted_them() {
        let mut room = Rehearsal::burning();
        room.alice(".ai limit the cache => 2 GB is plenty").is_ok();
        room.bob(".ai <@U0CAROL> reviews").is_ok();
        for word in [".ais", ".actionitems"] {
            room.alice(word).says(
                "Action items (2)\n\
                 1. limit the cache — 2 GB is plenty · Alice, 2024-02-28 17:01 UTC\n\
                 2. @Carol reviews · Bob, 2024-02-28 17:01 UTC",
            );
        }
    }

    #[test]
    fn what_is_missing_or_too_much_is_refused() {
        Rehearsal::burning().alice(".ai").is_refused(
            "`.ai` needs a title [=> detail] behind it, for example `.ai limit the cache => 2 GB is plenty`.",
        );
        Rehearsal::burning()
            .alice(".ai => 2 GB")
            .is_refused("What is to be done stands before `=>`, for example `.ai limit the cache => 2 GB is plenty`.");
        Rehearsal::burning().alice(".ais limit the cache").is_refused(
            "`.ais` takes no words behind it, so I did nothing; \
             `.ais` alone lists the action items; `.ai` and a title adds one.",
        );
    }

    #[test]
    fn it_is_recorded_in_an_updatable_incident_and_listed_in_every_state() {
        Rehearsal::burning().alice_in_main(".ai limit the cache").is_refused(
            "`.ai` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        Rehearsal::burning().alice_in_main(".ais").is_refused(
            "`.ais` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        insta::assert_snapshot!(Rehearsal::in_every_state(".ai limit the cache"), @r"
        started: ok
        acknowledged: ok
        mitigated: ok
        blocked: ok
        resolved: ok
        review_…: ok
        ready_for_review: ok
        completed: exclamation: `.ai` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.ai` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.ai` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
        insta::assert_snapshot!(Rehearsal::in_every_state(".ais"), @r"
        started: No action item is recorded yet; `.ai limit the cache => 2 GB is plenty` records one.
        acknowledged: No action item is recorded yet; `.ai limit the cache => 2 GB is plenty` records one.
        mitigated: No action item is recorded yet; `.ai limit the cache => 2 GB is plenty` records one.
        blocked: No action item is recorded yet; `.ai limit the cache => 2 GB is plenty` records one.
        resolved: No action item is recorded yet; `.ai limit the cache => 2 GB is plenty` records one.
        review_…: No action item is recorded yet; `.ai limit the cache => 2 GB is plenty` records one.
        ready_for_review: No action item is recorded yet; `.ai limit the cache => 2 GB is plenty` records one.
        completed: No action item is recorded yet; `.ai limit the cache => 2 GB is plenty` records one.
        canceled: No action item is recorded yet; `.ai limit the cache => 2 GB is plenty` records one.
        archived: No action item is recorded yet; `.ai limit the cache => 2 GB is plenty` records one.
        ");
    }
}
