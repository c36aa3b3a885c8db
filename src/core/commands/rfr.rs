//! `.rfr`: opens the review, or lists what is missing.

use super::refusals::{already_done, not_so, wrong_state};
use super::{Argument, Context, Decision, Needs, Refusal, Run, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::{Line, Message};
use crate::core::review;
use crate::core::state::{Action, State};

pub(super) static SPEC: Spec = Spec {
    word: "rfr",
    aliases: &["readyforreview"],
    needs: Needs::INCIDENT,
    help: "opens the review, or lists what is missing for it",
    example: ".rfr",
    names_people: true,
    reached: Some(reached),
    run: Run::Inside(|incident, argument, _| decide(incident, argument)),
    ..Spec::PLAIN
};

/// The refusal of a review that is open already.
pub(super) fn reached(incident: &Incident, context: &Context) -> Option<Refusal> {
    (incident.state == State::ReadyForReview).then_some(())?;
    let way_out = Line::new().code(".complete").text(" when the review is done");
    already_done(incident, context, "declared ready for review", way_out, |event| *event == Event::ReadyForReview)
}

/// Opens the review when nothing is missing.
pub(super) fn decide(incident: &Incident, argument: &Argument) -> Verdict {
    if !Action::Rfr.is_possible_from(incident.state) {
        return Err(if incident.state.is_active() {
            not_so(incident, "resolved", Line::new().code(".stop").text(" first"))
        } else {
            wrong_state(argument.word, incident)
        });
    }
    let missing = review::missing(incident);
    if missing.is_empty() {
        return Ok(Decision::ok(vec![Event::ReadyForReview]));
    }
    let sentence = Line::new()
        .text(match missing.len() {
            1 => "Not ready for review yet, one thing is missing; mend it, then ".to_owned(),
            several => format!("Not ready for review yet, {several} things are missing; mend them, then "),
        })
        .code(".rfr")
        .text(" again:");
    Err(Refusal::says(Message::from(sentence).lines(missing)))
}

#[cfg(test)]
mod tests {
    use crate::core::event::Event;
    use crate::core::moments::Moment;
    use crate::core::rehearsal::{ROOM, Rehearsal};
    use crate::core::state::State;

    /// An incident with everything on record that a review asks for.
    fn complete_record(said_first: &str) -> Rehearsal {
        let mut room = Rehearsal::burning();
        room.alice(said_first);
        room.alice(".stop").is_ok();
        room.records(Event::Summarized { text: "The deploy broke it.".into() });
        room.records(Event::ComponentAdded { name: "checkout".into() });
        room.alice(".genesis 17:30").answer();
        room.alice(".detected 17:40").answer();
        room
    }

    #[test]
    fn with_everything_on_record_the_review_opens_at_any_priority() {
        for (priority, word) in [(".p1", ".rfr"), (".p2", ".readyforreview"), (".p5", ".rfr")] {
            let mut room = complete_record(priority);
            let said = room.alice(word);
            said.is_ok();
            assert_eq!(room.incident().state, State::ReadyForReview);
            let posts = said.posts_in(ROOM);
            assert!(posts[0].starts_with("Ready for review by @U0ALICE."), "{posts:?}");
            assert_eq!(posts.len(), 11);
            room.bob(".rfr").is_refused(
                "Incident 1 was declared ready for review by Alice at 2024-02-28 17:01 UTC; \
                 `.complete` when the review is done.",
            );
        }
    }

    #[test]
    fn each_thing_that_is_missing_has_its_line_and_its_command() {
        let mut room = Rehearsal::standing(State::Resolved);
        insta::assert_snapshot!(room.alice(".rfr").told(), @r"
        exclamation: Not ready for review yet, 4 things are missing; mend them, then `.rfr` again:
        - the summary is not written: `.summary what happened`
        - genesis, when it began, is not set: `.genesis yesterday 17:00`
        - detected, when it was noticed, is not set: `.detected yesterday 17:00`
        - no component is named: `.components api, checkout`
        ");
    }

    #[test]
    fn the_order_of_the_moments_is_checked() {
        let mut room = complete_record(".p2");
        let early = "2024-02-28T12:00:00Z".parse().unwrap();
        for moment in [Moment::Detected, Moment::Resolved] {
            room.records(Event::MomentSet { moment, at: early });
        }
        room.records(Event::MomentSet { moment: Moment::Acknowledged, at: "2024-02-28T11:00:00Z".parse().unwrap() });
        insta::assert_snapshot!(room.alice(".rfr").told(), @r"
        exclamation: Not ready for review yet, 3 things are missing; mend them, then `.rfr` again:
        - genesis (2024-02-28 16:30 UTC) lies after detected (2024-02-28 12:00 UTC): correct one of them with `.genesis` or `.detected`
        - detected (2024-02-28 12:00 UTC) lies after acknowledged (2024-02-28 11:00 UTC): correct one of them with `.detected` or `.acknowledged`
        - mitigated (2024-02-28 17:01 UTC) lies after resolved (2024-02-28 12:00 UTC): correct one of them with `.mitigated` or `.resolved-at`
        ");
        let mut room = complete_record(".p2");
        room.records(Event::MomentSet { moment: Moment::Mitigated, at: early });
        insta::assert_snapshot!(room.alice(".rfr").told(), @r"
        exclamation: Not ready for review yet, one thing is missing; mend it, then `.rfr` again:
        - genesis (2024-02-28 16:30 UTC) lies after mitigated (2024-02-28 12:00 UTC): correct one of them with `.genesis` or `.mitigated`
        ");
    }

    #[test]
    fn in_every_state() {
        insta::assert_snapshot!(Rehearsal::in_every_state(".rfr"), @r"
        started: exclamation: Incident 1 is not resolved; `.stop` first.
        acknowledged: exclamation: Incident 1 is not resolved; `.stop` first.
        mitigated: exclamation: Incident 1 is not resolved; `.stop` first.
        blocked: exclamation: Incident 1 is not resolved; `.stop` first.
        resolved: exclamation: Not ready for review yet, 4 things are missing; mend them, then `.rfr` again:
        - the summary is not written: `.summary what happened`
        - genesis, when it began, is not set: `.genesis yesterday 17:00`
        - detected, when it was noticed, is not set: `.detected yesterday 17:00`
        - no component is named: `.components api, checkout`
        review_…: exclamation: Not ready for review yet, 4 things are missing; mend them, then `.rfr` again:
        - the summary is not written: `.summary what happened`
        - genesis, when it began, is not set: `.genesis yesterday 17:00`
        - detected, when it was noticed, is not set: `.detected yesterday 17:00`
        - no component is named: `.components api, checkout`
        ready_for_review: exclamation: Incident 1 was declared ready for review by Bob at 2024-02-28 17:01 UTC; `.complete` when the review is done.
        completed: exclamation: `.rfr` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.rfr` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.rfr` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
    }
}
