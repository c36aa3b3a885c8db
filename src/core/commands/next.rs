//! `.next`: the guided review, one step after the other.

use super::spec::{not_so, wrong_state};
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
