//! `.next`: the guided review, one step after the other.

use super::refusals::{not_so, wrong_state};
use super::{Argument, Context, Decision, Needs, Refusal, Run, Spec, Verdict, rfr};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::review;
use crate::core::state::{Action, ReviewStep};
use crate::core::words::review::step;

pub(super) static SPEC: Spec = Spec {
    word: "next",
    aliases: &["tutorial"],
    needs: Needs::INCIDENT,
    help: "walks you through the review, step by step",
    example: ".next",
    names_people: true,
    reached: Some(rfr::reached),
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    if !Action::Next(ReviewStep::Assignee).is_possible_from(incident.state) {
        return Err(if incident.state.is_active() {
            not_so(incident, "resolved", Line::new().code(".stop").text(" first; the review comes after"))
        } else {
            wrong_state(argument.word, incident)
        });
    }
    if !context.desk.needs_review(incident.level) {
        return Err(Refusal::says(
            Line::new()
                .text(format!("{} needs no review here: ", incident.level))
                .code(".complete")
                .text(" is enough, and ")
                .code(".rfr")
                .text(" opens a review all the same."),
        ));
    }
    let Some(next) = review::next_step(incident) else { return rfr::decide(incident, argument) };
    let events =
        if incident.review_step == Some(next) { Vec::new() } else { vec![Event::ReviewStepped { step: next }] };
    Ok(Decision::done_and_says(events, step(next, incident, context.desk)))
}

#[cfg(test)]
mod tests {
    use crate::core::event::Event;
    use crate::core::rehearsal::Rehearsal;
    use crate::core::state::{ReviewStep, State};

    #[test]
    fn it_leads_from_step_to_step_and_comes_back_to_what_is_not_met() {
        let mut room = Rehearsal::standing(State::Resolved);
        insta::assert_snapshot!(room.alice(".next").answer(), @r"
        Review, step 1 of 6: who owns the review?
        Nobody owns the review yet.
        - `.assign @name` names somebody, `.assign` takes it yourself
        Then `.next` goes on; until then it comes back to this step.
        ");
        let version = room.incident().version;
        insta::assert_snapshot!(room.alice(".tutorial").answer(), @r"
        Review, step 1 of 6: who owns the review?
        Nobody owns the review yet.
        - `.assign @name` names somebody, `.assign` takes it yourself
        Then `.next` goes on; until then it comes back to this step.
        ");
        assert_eq!(room.incident().version, version, "a step that is repeated is no event");
        room.alice(".assign").is_ok();
        insta::assert_snapshot!(room.alice(".next").answer(), @r"
        Review, step 2 of 6: when did it begin, and when was it noticed?
        Genesis and detected tell how long it took to notice, and how long people were hit.
        - genesis is not set: `.genesis 40 minutes ago` or a clock time
        - detected is not set: `.detected 30 minutes ago` or a clock time
        Then `.next` goes on; until then it comes back to this step.
        ");
        room.alice(".genesis 17:30").answer();
        insta::assert_snapshot!(room.alice(".next").answer(), @r"
        Review, step 2 of 6: when did it begin, and when was it noticed?
        Genesis and detected tell how long it took to notice, and how long people were hit.
        - detected is not set: `.detected 30 minutes ago` or a clock time
        Then `.next` goes on; until then it comes back to this step.
        ");
        room.alice(".detected 17:40").answer();
        insta::assert_snapshot!(room.alice(".next").answer(), @r"
        Review, step 3 of 6: is the priority right?
        It is P2 (serious, limited blast radius; several customers).
        - `.priority 1 and why` changes it, to whichever level is right
        `.next` goes on.
        ");
        insta::assert_snapshot!(room.alice(".next").answer(), @r"
        Review, step 4 of 6: which parts of the system are concerned?
        No component is named yet.
        - `.components api, checkout` names them
        Then `.next` goes on; until then it comes back to this step.
        ");
        room.records(Event::ComponentAdded { name: "checkout".into() });
        insta::assert_snapshot!(room.alice(".next").answer(), @r"
        Review, step 5 of 6: what contributed to it?
        No contributing factor is named yet.
        - `.factor the cache had no limit` adds one
        `.next` goes on.
        ");
        insta::assert_snapshot!(room.alice(".next").answer(), @r"
        Review, step 6 of 6: does the summary tell the whole story?
        No summary is written yet.
        - `.summary what happened` writes it
        `.next` goes on.
        ");
        insta::assert_snapshot!(room.alice(".next").told(), @r"
        exclamation: Not ready for review yet, one thing is missing; mend it, then `.rfr` again:
        - the summary is not written: `.summary what happened`
        ");
        room.records(Event::Summarized { text: "The deploy broke it.".into() });
        room.alice(".next").is_ok();
        assert_eq!(room.incident().state, State::ReadyForReview);
    }

    #[test]
    fn what_is_met_is_passed_and_what_is_to_be_looked_at_is_shown_once() {
        let mut room = Rehearsal::standing(State::Resolved);
        room.alice(".assign").is_ok();
        room.alice(".genesis 17:30").answer();
        room.alice(".detected 17:40").answer();
        room.records(Event::ComponentAdded { name: "checkout".into() });
        room.records(Event::Summarized { text: "The deploy broke it.\nIt was rolled back.".into() });
        room.records(Event::FactorFound { text: "no canary".into() });
        let steps: Vec<ReviewStep> = (0..3)
            .map(|_| {
                room.alice(".next").answer();
                room.incident().review_step.unwrap()
            })
            .collect();
        assert_eq!(steps, [ReviewStep::Priority, ReviewStep::Factors, ReviewStep::Summary]);
        room.alice(".next").is_ok();
        assert_eq!(room.incident().state, State::ReadyForReview);
    }

    #[test]
    fn factors_and_summary_show_what_is_on_record() {
        let mut room = Rehearsal::standing(State::Review(ReviewStep::Components));
        room.records(Event::ComponentAdded { name: "checkout".into() });
        room.records(Event::Summarized { text: "The deploy broke it.\nIt was rolled back.".into() });
        room.records(Event::FactorFound { text: "no canary".into() });
        insta::assert_snapshot!(room.alice(".next").answer(), @r"
        Review, step 5 of 6: what contributed to it?
        On record:
        - no canary
        - `.factor the cache had no limit` adds one
        `.next` goes on.
        ");
        insta::assert_snapshot!(room.alice(".next").answer(), @r"
        Review, step 6 of 6: does the summary tell the whole story?
        On record:
        > The deploy broke it.
        It was rolled back.
        - `.summary what happened` writes it anew
        `.next` goes on.
        ");
    }

    #[test]
    fn without_a_required_review_completing_is_enough() {
        let mut room = Rehearsal::burning();
        room.alice(".p3").is_ok();
        room.alice(".stop").is_ok();
        room.alice(".next")
            .is_refused("P3 needs no review here: `.complete` is enough, and `.rfr` opens a review all the same.");
        assert_eq!(room.incident().state, State::Resolved);
    }

    #[test]
    fn in_every_state() {
        let answers = Rehearsal::in_every_state(".next");
        let refused: Vec<&str> = answers.lines().filter(|line| line.contains("exclamation")).collect();
        insta::assert_snapshot!(refused.join("\n"), @r"
        started: exclamation: Incident 1 is not resolved; `.stop` first; the review comes after.
        acknowledged: exclamation: Incident 1 is not resolved; `.stop` first; the review comes after.
        mitigated: exclamation: Incident 1 is not resolved; `.stop` first; the review comes after.
        blocked: exclamation: Incident 1 is not resolved; `.stop` first; the review comes after.
        review_summary: exclamation: Not ready for review yet, 4 things are missing; mend them, then `.rfr` again:
        ready_for_review: exclamation: Incident 1 was declared ready for review by Bob at 2024-02-28 17:01 UTC; `.complete` when the review is done.
        completed: exclamation: `.next` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.next` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.next` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
    }
}
