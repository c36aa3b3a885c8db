//! The review: what has to be on record before it can begin, and the steps that lead there.

use super::incident::Incident;
use super::message::{Line, Span};
use super::moments::Moment;
use super::state::ReviewStep;

/// The moments that stand the right way round when the first is not after the second.
const ORDER: [(Moment, Moment); 4] = [
    (Moment::Genesis, Moment::Detected),
    (Moment::Genesis, Moment::Mitigated),
    (Moment::Detected, Moment::Acknowledged),
    (Moment::Mitigated, Moment::Resolved),
];

/// The review checklist: what is still missing, each as a list item that names the command that mends it. The review can
/// begin when it is empty.
pub fn missing(incident: &Incident) -> Vec<Line> {
    let mut lines = Vec::new();
    if incident.summary.is_none() {
        lines.push(Line::item().text("the summary is not written: ").code(".summary what happened"));
    }
    for (moment, what) in [
        (Moment::Genesis, "when it began"),
        (Moment::Detected, "when it was noticed"),
        (Moment::Acknowledged, "when the response began"),
        (Moment::Mitigated, "when the effect on people ended"),
        (Moment::Resolved, "when it was over"),
    ] {
        if incident.moments.get(moment).is_none() {
            let line = Line::item().text(format!("{}, {what}, is not set: ", moment.word()));
            lines.push(line.code(format!(".{} yesterday 17:00", sets(moment))));
        }
    }
    if incident.components.is_empty() {
        lines.push(Line::item().text("no component is named: ").code(".components api, checkout"));
    }
    lines.extend(out_of_order(incident, None).into_iter().map(|line| Line::item().join(line)));
    lines
}

/// The moments that stand the wrong way round, all of them or those that one moment is part of.
pub fn out_of_order(incident: &Incident, concerned: Option<Moment>) -> Vec<Line> {
    ORDER
        .into_iter()
        .filter(|(first, second)| concerned.is_none_or(|moment| moment == *first || moment == *second))
        .filter_map(|(first, second)| {
            let (early, late) = (incident.moments.get(first)?, incident.moments.get(second)?);
            (early > late).then(|| {
                Line::new()
                    .text(format!("{} (", first.word()))
                    .with(Span::UtcTime(early))
                    .text(format!(") lies after {} (", second.word()))
                    .with(Span::UtcTime(late))
                    .text("): correct one of them with ")
                    .code(format!(".{}", sets(first)))
                    .text(" or ")
                    .code(format!(".{}", sets(second)))
            })
        })
        .collect()
}

/// The command that sets a moment.
fn sets(moment: Moment) -> &'static str {
    match moment {
        Moment::Resolved => "resolved-at",
        other => other.word(),
    }
}

/// Whether the step has what it asks for; the three that are only looked at have.
pub fn is_met(step: ReviewStep, incident: &Incident) -> bool {
    match step {
        ReviewStep::Assignee => incident.roles.assigned.is_some(),
        ReviewStep::Core4 => incident.moments.genesis.is_some() && incident.moments.detected.is_some(),
        ReviewStep::Components => !incident.components.is_empty(),
        ReviewStep::Priority | ReviewStep::Factors | ReviewStep::Summary => true,
    }
}

/// Whether the step is shown once to everybody, and then passed.
fn is_shown_once(step: ReviewStep) -> bool {
    matches!(step, ReviewStep::Priority | ReviewStep::Factors | ReviewStep::Summary)
}

/// The step that comes now: the one that the incident is at while that is not met, else the next that is not met or is to
/// be looked at. `None` after the last.
pub fn next_step(incident: &Incident) -> Option<ReviewStep> {
    match incident.review_step {
        Some(step) if !is_met(step, incident) => Some(step),
        at => ReviewStep::ALL
            .into_iter()
            .filter(|step| at.is_none_or(|at| *step > at))
            .find(|step| is_shown_once(*step) || !is_met(*step, incident)),
    }
}
