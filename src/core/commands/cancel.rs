//! `.cancel`, `.uncancel`: a false alarm, or none after all.

use super::spec::{already_done, done_before, not_so, way_back, wrong_state};
use super::{Argument, Context, Decision, Needs, Refusal, Run, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::state::{Action, State};

pub(super) static CANCEL: Spec = Spec {
    word: "cancel",
    needs: Needs::INCIDENT,
    help: "calls it off: a false alarm",
    example: ".cancel",
    names_people: true,
    reached: Some(|incident, context| {
        incident.moments.canceled?;
        let canceled = |event: &Event| matches!(event, Event::Canceled { .. });
        already_done(incident, context, "canceled", way_back(incident.state), canceled)
    }),
    run: Run::Inside(cancel),
    ..Spec::PLAIN
};

pub(super) static UNCANCEL: Spec = Spec {
    word: "uncancel",
    needs: Needs::INCIDENT,
    help: "takes it up again: it was no false alarm",
    example: ".uncancel",
    names_people: true,
    run: Run::Inside(uncancel),
    ..Spec::PLAIN
};

fn cancel(incident: &Incident, argument: &Argument, _: &Context) -> Verdict {
    if Action::Cancel.is_possible_from(incident.state) {
        return Ok(Decision::ok(vec![Event::Canceled { why: None }]));
    }
    Err(match incident.state {
        State::Review(_) | State::ReadyForReview => Refusal::says(
            Line::new()
                .text(format!("Incident {} is in review and can't be canceled from there: ", incident.id))
                .code(".unresolve")
                .text(", then ")
                .code(".cancel")
                .text("."),
        ),
        _ => wrong_state(argument.word, incident),
    })
}

fn uncancel(incident: &Incident, _: &Argument, context: &Context) -> Verdict {
    if Action::Uncancel.is_possible_from(incident.state) {
        return Ok(Decision::ok(vec![Event::Uncanceled]));
    }
    if incident.state == State::Archived {
        return Err(wrong_state(UNCANCEL.word, incident));
    }
    let way_out = Line::new().code(".cancel").text(" calls it off");
    let concerned = |event: &Event| matches!(event, Event::Canceled { .. } | Event::Uncanceled);
    Err(match incident.last(concerned) {
        Some(recorded) if recorded.event == Event::Uncanceled => {
            done_before(recorded, incident, context, "uncanceled", way_out)
        }
        _ => not_so(incident, "canceled", way_out),
    })
}
