//! `.mitigated`, `.unmitigated`: the effect on people has ended, or not after all.

use super::moments::{set, shown, time};
use super::spec::{done_before, not_so, still_blocked, way_back, wrong_state};
use super::{Argument, Context, Decision, Need, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::moments::Moment;
use crate::core::state::{Action, State};

pub(super) static MITIGATED: Spec = Spec {
    word: "mitigated",
    aliases: &["mitigate"],
    shape: Shape::Optional("[a time]"),
    needs: Needs { bare: Need::Active, with_argument: Need::Updatable },
    help: "marks that the effect on people has ended; with a time, sets or corrects when",
    example: ".mitigated 20 minutes ago",
    names_people: true,
    reached: Some(mitigated_before),
    run: Run::Inside(mitigated),
    ..Spec::PLAIN
};

pub(super) static UNMITIGATED: Spec = Spec {
    word: "unmitigated",
    aliases: &["unmitigate"],
    needs: Needs::INCIDENT,
    help: "takes the mitigation back: it was premature",
    example: ".unmitigated",
    names_people: true,
    run: Run::Inside(unmitigated),
    ..Spec::PLAIN
};

fn mitigated(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    let understood = if argument.is_empty() { None } else { Some(time(argument, context)?) };
    if let Some(understood) = understood
        && incident.moments.mitigated.is_some()
    {
        return Ok(set(Moment::Mitigated, understood, incident, context));
    }
    if incident.is_blocked() {
        return Err(still_blocked(MITIGATED.word, incident));
    }
    if !Action::Mitigate.is_possible_from(incident.state) {
        return Err(wrong_state(argument.word, incident));
    }
    Ok(match understood {
        Some(when) => shown(Moment::Mitigated, when, Event::Mitigated { at: when.at }, incident, context),
        None => Decision::ok(vec![Event::Mitigated { at: context.now }]),
    })
}

/// Who marked the mitigation that holds now: `.mitigated`, or `.stop` when nobody had.
fn mitigated_before(incident: &Incident, context: &Context) -> Option<Refusal> {
    incident.moments.mitigated?;
    let way_out = match incident.state {
        State::Canceled | State::Archived => return None,
        State::Completed => way_back(State::Completed),
        State::Mitigated => {
            way_back(State::Mitigated).text(", and ").code(".mitigated 20 minutes ago").text(" corrects when")
        }
        _ => Line::new().code(".mitigated 20 minutes ago").text(" corrects when"),
    };
    let cleared = |event: &Event| matches!(event, Event::Unmitigated | Event::Restarted);
    let since = incident.events.iter().rposition(|recorded| cleared(&recorded.event)).map_or(0, |last| last + 1);
    let recorded = incident
        .events
        .iter()
        .skip(since)
        .find(|recorded| matches!(recorded.event, Event::Mitigated { .. } | Event::Resolved { .. }))?;
    Some(done_before(recorded, incident, context, "mitigated", way_out))
}

fn unmitigated(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    if Action::Unmitigate.is_possible_from(incident.state) {
        return Ok(Decision::ok(vec![Event::Unmitigated]));
    }
    let way_out = Line::new().code(".mitigated").text(" when the effect on people ends");
    let concerned = |event: &Event| {
        matches!(event, Event::Mitigated { .. } | Event::Unmitigated | Event::Resolved { .. } | Event::Restarted)
    };
    Err(match incident.state {
        State::Blocked if incident.moments.mitigated.is_some() => still_blocked(UNMITIGATED.word, incident),
        State::Started | State::Acknowledged | State::Blocked => match incident.last(concerned) {
            Some(recorded) if recorded.event == Event::Unmitigated => {
                done_before(recorded, incident, context, "unmitigated", way_out)
            }
            _ => not_so(incident, "mitigated", way_out),
        },
        _ => wrong_state(argument.word, incident),
    })
}
