//! `.rfr`: opens the review, or lists what is missing.

use super::spec::{already_done, not_so, wrong_state};
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
