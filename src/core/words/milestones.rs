//! What an incident's channel reads, once each, when its state changes.

use crate::core::desk::Desk;
use crate::core::event::Event;
use crate::core::ids::UserId;
use crate::core::incident::Incident;
use crate::core::message::{Line, Message};
use crate::core::moments::Metric;
use crate::core::when::spoken;

/// `It lasted 1 h 05 m.`, told from genesis where it is known.
pub fn duration(incident: &Incident) -> String {
    let Some(resolved) = incident.moments.resolved else { return String::new() };
    let ttr = incident.moments.metrics().into_iter().find(|(metric, _)| *metric == Metric::Ttr);
    match ttr {
        Some((_, length)) => format!("It lasted {}.", spoken(length)),
        None => {
            let length = resolved.duration_since(incident.declared);
            let length = if length.is_negative() { jiff::SignedDuration::ZERO } else { length };
            format!("It lasted {} from when it was declared.", spoken(length))
        }
    }
}

/// A state that was reached, and by whom.
pub fn reached(word: &str, by: Option<&UserId>, next: Line) -> Message {
    let line = Line::new().bold(word);
    let line = match by {
        Some(user) => line.text(" by ").person(user),
        None => line,
    };
    Message::from(line.text(". ").join(next))
}

/// The all-clear: how long it took, what is left to do, and the next step.
pub fn all_clear(incident: &Incident, desk: &Desk, by: Option<&UserId>) -> Message {
    let mut message = reached("Resolved", by, Line::new().text("All clear. ").text(duration(incident)));
    let mut told = |head: &str, lines: Vec<Line>| {
        if !lines.is_empty() {
            message.lines.push(Line::new().bold(head));
            message.lines.extend(lines);
        }
    };
    told("Action items", action_items(incident));
    told("Code changes", code_changes(incident));
    told("Contributing factors", factors(incident));
    let next = if desk.needs_review(incident.level) {
        Line::new().text("Next: ").code(".next").text(" walks you through the review, step by step.")
    } else {
        Line::new().text("Next: ").code(".complete").text(" when nothing is left to write down.")
    };
    message.line(next).line(
        Line::aside()
            .text("If it is not over: ")
            .code(".unresolve")
            .text(" takes the all-clear back, ")
            .code(".restart")
            .text(" says that it burns again."),
    )
}

/// The action items as a list.
pub fn action_items(incident: &Incident) -> Vec<Line> {
    let items = incident.events.iter().filter_map(|recorded| match &recorded.event {
        Event::ActionItemAdded { title, detail } => {
            let line = Line::item().prose(title);
            Some(match detail {
                Some(detail) => line.text(" — ").prose(detail),
                None => line,
            })
        }
        _ => None,
    });
    items.collect()
}

/// The code changes as a list.
pub fn code_changes(incident: &Incident) -> Vec<Line> {
    let changes = incident.events.iter().filter_map(|recorded| match &recorded.event {
        Event::CodeChanged { url } => Some(Line::item().link(url, url)),
        _ => None,
    });
    changes.collect()
}

/// The contributing factors as a list.
pub fn factors(incident: &Incident) -> Vec<Line> {
    let found = incident.events.iter().filter_map(|recorded| match &recorded.event {
        Event::FactorFound { text } => Some(Line::item().prose(text)),
        _ => None,
    });
    found.collect()
}
