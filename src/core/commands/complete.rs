//! `.complete`: nothing is left to do.

use super::spec::{already_done, not_so, way_back, wrong_state};
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
    let events = vec![Event::Completed];
    let requires_report = context.desk.priority(incident.level).is_some_and(|priority| priority.report);
    if requires_report && !context.services.report {
        return Ok(Decision::done_and_says(
            events,
            Line::new()
                .text(format!(
                    "Completed. {} asks for a report, and no report platform is configured: ",
                    incident.level
                ))
                .code(".export html")
                .text(" gives the whole record to write it from."),
        ));
    }
    Ok(Decision::ok(events))
}
