//! The steps of the guided review.

use crate::core::desk::Desk;
use crate::core::incident::Incident;
use crate::core::message::{Line, Message};
use crate::core::review;
use crate::core::state::ReviewStep;
use crate::core::words::milestones;

/// What a step is about, what is on record for it, which command mends it, and how to go on.
pub fn step(step: ReviewStep, incident: &Incident, desk: &Desk) -> Message {
    let place = ReviewStep::ALL.iter().take_while(|other| **other != step).count() + 1;
    let head = Line::new().bold(format!("Review, step {place} of {}: {}", ReviewStep::ALL.len(), about(step)));
    let message = match step {
        ReviewStep::Assignee => Message::from(head).line("Nobody owns the review yet.").line(
            Line::item().code(".assign @name").text(" names somebody, ").code(".assign").text(" takes it yourself"),
        ),
        ReviewStep::Core4 => Message::from(head)
            .line("Genesis and detected tell how long it took to notice, and how long people were hit.")
            .lines(incident.moments.genesis.is_none().then(|| {
                Line::item().text("genesis is not set: ").code(".genesis 40 minutes ago").text(" or a clock time")
            }))
            .lines(incident.moments.detected.is_none().then(|| {
                Line::item().text("detected is not set: ").code(".detected 30 minutes ago").text(" or a clock time")
            })),
        ReviewStep::Priority => {
            let meaning = desk.priority(incident.level).map_or("", |priority| &priority.meaning);
            let other = desk.priorities.keys().find(|level| **level != incident.level);
            Message::from(head).line(format!("It is {} ({meaning}).", incident.level)).lines(other.map(|other| {
                Line::item()
                    .code(format!(".priority {} and why", other.0))
                    .text(" changes it, to whichever level is right")
            }))
        }
        ReviewStep::Components => Message::from(head)
            .line("No component is named yet.")
            .line(Line::item().code(".components api, checkout").text(" names them")),
        ReviewStep::Factors => {
            let factors = milestones::factors(incident);
            let message = match factors.is_empty() {
                true => Message::from(head).line("No contributing factor is named yet."),
                false => Message::from(head).line("On record:").lines(factors),
            };
            message.line(Line::item().code(".factor the cache had no limit").text(" adds one"))
        }
        ReviewStep::Summary => {
            let (message, writes) = match &incident.summary {
                None => (Message::from(head).line("No summary is written yet."), " writes it"),
                Some(summary) => (Message::from(head).line("On record:").line(Line::quote(summary)), " writes it anew"),
            };
            message.line(Line::item().code(".summary what happened").text(writes))
        }
    };
    message.line(if review::is_met(step, incident) {
        Line::aside().code(".next").text(" goes on.")
    } else {
        Line::aside().text("Then ").code(".next").text(" goes on; until then it comes back to this step.")
    })
}

fn about(step: ReviewStep) -> &'static str {
    match step {
        ReviewStep::Assignee => "who owns the review?",
        ReviewStep::Core4 => "when did it begin, and when was it noticed?",
        ReviewStep::Priority => "is the priority right?",
        ReviewStep::Components => "which parts of the system are concerned?",
        ReviewStep::Factors => "what contributed to it?",
        ReviewStep::Summary => "does the summary tell the whole story?",
    }
}
