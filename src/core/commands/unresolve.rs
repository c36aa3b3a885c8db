//! `.unresolve`: the all-clear was premature.

use super::spec::{done_before, not_so, way_back, wrong_state};
use super::{Argument, Context, Decision, Needs, Run, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::state::{Action, State};

pub(super) static SPEC: Spec = Spec {
    word: "unresolve",
    aliases: &["unresolved"],
    needs: Needs::INCIDENT,
    help: "takes the all-clear back: it is mitigated, not over",
    example: ".unresolve",
    names_people: true,
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    if Action::Unresolve.is_possible_from(incident.state) {
        return Ok(Decision::ok(vec![Event::Unresolved]));
    }
    let concerned = |event: &Event| matches!(event, Event::Resolved { .. } | Event::Unresolved | Event::Restarted);
    Err(match incident.last(concerned) {
        _ if !incident.state.is_active() => wrong_state(argument.word, incident),
        Some(recorded) if recorded.event == Event::Unresolved => {
            let way_out = way_back(State::Started);
            done_before(recorded, incident, context, "unresolved", way_out)
        }
        _ => not_so(incident, "resolved", way_back(State::Started)),
    })
}
