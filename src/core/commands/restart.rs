//! `.restart`: it burns again.

use super::spec::{done_before, still_blocked, wrong_state};
use super::{Argument, Context, Decision, Needs, Refusal, Run, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::state::{Action, State};

pub(super) static SPEC: Spec = Spec {
    word: "restart",
    needs: Needs::INCIDENT,
    help: "says that it burns again, and announces it like a start",
    example: ".restart",
    names_people: true,
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    if Action::Restart.is_possible_from(incident.state) {
        return Ok(Decision::ok(vec![Event::Restarted]));
    }
    let way_out =
        Line::new().code(".mitigated").text(" when the effect on people ends, ").code(".stop").text(" when it is over");
    let concerned = |event: &Event| matches!(event, Event::Declared { .. } | Event::Uncanceled | Event::Restarted);
    Err(match incident.state {
        State::Blocked if incident.moments.mitigated.is_some() => still_blocked(SPEC.word, incident),
        State::Started | State::Acknowledged | State::Blocked => match incident.last(concerned) {
            Some(recorded) if recorded.event == Event::Restarted => {
                done_before(recorded, incident, context, "restarted", way_out)
            }
            _ => Refusal::says(
                Line::new().text(format!("Incident {} is still burning; ", incident.id)).join(way_out).text("."),
            ),
        },
        _ => wrong_state(argument.word, incident),
    })
}
