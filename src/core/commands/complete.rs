//! `.complete`: nothing is left to do.

use super::refusals::{already_done, not_so, way_back, wrong_state};
use super::{Argument, Context, Decision, Needs, Refusal, Run, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::state::{Action, State};

pub(super) static SPEC: Spec = Spec {
    word: "complete",
    aliases: &["done"],
    needs: Needs::INCIDENT,
    help: "ends the review, and drafts the report where the priority requires one",
    example: ".complete",
    names_people: true,
    reached: Some(|incident, context| {
        (incident.state == State::Completed).then_some(())?;
        already_done(incident, context, "completed", way_back(State::Completed), |event| *event == Event::Completed)
    }),
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    if !Action::Complete.is_possible_from(incident.state) {
        return Err(if incident.state.is_active() {
            not_so(incident, "resolved", Line::new().code(".stop").text(" first"))
        } else {
            wrong_state(argument.word, incident)
        });
    }
    if incident.state != State::ReadyForReview && context.desk.needs_review(incident.level) {
        return Err(Refusal::says(
            Line::new()
                .text(format!("{} needs a review before it is completed: ", incident.level))
                .code(".rfr")
                .text(" opens it or lists what is missing, ")
                .code(".next")
                .text(" leads there step by step."),
        ));
    }
    if !context.desk.priority(incident.level).is_some_and(|priority| priority.report) {
        return Ok(Decision::ok(vec![Event::Completed]));
    }
    if !context.services.report {
        return Ok(Decision::done_and_says(
            vec![Event::Completed],
            Line::new()
                .text(format!(
                    "Completed. {} asks for a report, and no report platform is configured: ",
                    incident.level
                ))
                .code(".export html")
                .text(" gives the whole record to write it from."),
        ));
    }
    Ok(Decision::done_and_says(
        vec![Event::Completed, Event::ReportAsked],
        "Completed. The report's draft is on its way, and its link comes in this channel.",
    ))
}

#[cfg(test)]
mod tests {
    use crate::core::effect::Effect;
    use crate::core::rehearsal::{ROOM, Rehearsal};
    use crate::core::state::State;

    #[test]
    fn after_the_review_it_is_done() {
        for word in [".complete", ".done"] {
            let mut room = Rehearsal::standing(State::ReadyForReview);
            room.services.report = true;
            let said = room.alice(word);
            said.says("Completed. The report's draft is on its way, and its link comes in this channel.");
            assert_eq!(said.effects.last(), Some(&Effect::DraftReport { known: None }));
            assert_eq!(room.incident().state, State::Completed);
            assert_eq!(said.posts_in(ROOM), ["Completed by @U0ALICE. Thank you all. `.restart` if it comes back."]);
            room.bob(word)
                .is_refused("Incident 1 was completed by Alice at 2024-02-28 17:02 UTC; `.restart` opens it again.");
        }
    }

    #[test]
    fn where_a_report_is_required_and_none_can_be_made_it_says_so() {
        Rehearsal::standing(State::ReadyForReview).alice(".complete").says(
            "Completed. P2 asks for a report, and no report platform is configured: \
             `.export html` gives the whole record to write it from.",
        );
    }

    #[test]
    fn without_a_required_review_the_all_clear_is_enough() {
        for state in [State::Resolved, State::Review(crate::core::state::ReviewStep::Core4), State::ReadyForReview] {
            let mut room = Rehearsal::standing(state);
            room.alice(".p3").is_ok();
            room.alice(".complete").is_ok();
            assert_eq!(room.incident().state, State::Completed);
        }
    }

    #[test]
    fn in_every_state() {
        insta::assert_snapshot!(Rehearsal::in_every_state(".complete"), @r"
        started: exclamation: Incident 1 is not resolved; `.stop` first.
        acknowledged: exclamation: Incident 1 is not resolved; `.stop` first.
        mitigated: exclamation: Incident 1 is not resolved; `.stop` first.
        blocked: exclamation: Incident 1 is not resolved; `.stop` first.
        resolved: exclamation: P2 needs a review before it is completed: `.rfr` opens it or lists what is missing, `.next` leads there step by step.
        review_…: exclamation: P2 needs a review before it is completed: `.rfr` opens it or lists what is missing, `.next` leads there step by step.
        ready_for_review: Completed. P2 asks for a report, and no report platform is configured: `.export html` gives the whole record to write it from.
        completed: exclamation: Incident 1 was completed by Bob at 2024-02-28 17:01 UTC; `.restart` opens it again.
        canceled: exclamation: `.complete` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.complete` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
    }
}
