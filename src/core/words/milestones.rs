//! What an incident's channel reads, once each, when its state changes.

use jiff::{SignedDuration, Timestamp};

use crate::core::desk::Desk;
use crate::core::event::{Author, Event, Recorded};
use crate::core::incident::Incident;
use crate::core::message::{Line, Message};
use crate::core::moments::Metric;
use crate::core::state::State;
use crate::core::when::spoken;
use crate::core::words::tracking;

/// What the incident's channel reads because of an event: the state that was reached, by whom, and the next step.
pub fn milestone(recorded: &Recorded, after: &Incident, desk: &Desk) -> Option<Message> {
    let line = Line::new();
    let (word, then) = match &recorded.event {
        Event::Mitigated { .. } => (
            "Mitigated",
            line.text("Keep watching: ")
                .code(".stop")
                .text(" when it is over, ")
                .code(".unmitigated")
                .text(" if people are still hit."),
        ),
        Event::Unmitigated => {
            ("Unmitigated", line.text("People are still hit; ").code(".mitigated").text(" when that has ended."))
        }
        Event::Resolved { .. } => return Some(all_clear(recorded, after, desk)),
        Event::Unresolved => (
            "Unresolved",
            line.text("It is not over, but still mitigated: ")
                .code(".stop")
                .text(" when it is over, ")
                .code(".restart")
                .text(" if people are hit again."),
        ),
        Event::Restarted => (
            "Restarted",
            line.text("It is burning again; ").code(".mitigated").text(" when people are not hit any more."),
        ),
        Event::Canceled { why: Some(why) } => ("Canceled", line.text(format!("I did that because {why}."))),
        Event::Canceled { why: None } => {
            ("Canceled", line.text("A false alarm; ").code(".uncancel").text(" if it was none."))
        }
        Event::Uncanceled => ("Uncanceled", line.text(format!("It is {} again.", after.state.spoken()))),
        Event::ReadyForReview => (
            "Ready for review",
            line.text("The report as it stands follows: discuss each section in its thread; ")
                .code(".complete")
                .text(" when the review is done."),
        ),
        Event::ArchivalAnnounced { end } => return Some(soon_archived(*end, after, desk)),
        Event::Unarchived => (
            "Taken out of the archive",
            line.text(format!("It is {}; ", after.state.spoken()))
                .code(if after.state == State::Canceled { ".uncancel" } else { ".restart" })
                .text(format!(" if it burns after all. {}", archived_again(desk))),
        ),
        Event::Completed => ("Completed", line.text("Thank you all. ").code(".restart").text(" if it comes back.")),
        Event::IssueMoved { status } => return after.issue.as_ref().map(|issue| tracking::moved(issue, status)),
        _ => return None,
    };
    Some(Message::from(reached(word, recorded).join(then)))
}

/// The channel is told that it will be archived, and what keeps it.
fn soon_archived(end: Timestamp, incident: &Incident, desk: &Desk) -> Message {
    let line = Line::new()
        .text(format!("Incident {} is {}, so ", incident.id, incident.state.spoken()))
        .bold("this channel will be archived")
        .text(" at ")
        .time(end)
        .text(". ");
    match desk.archive_after {
        Some(after) => line.text(format!("Any message by a person postpones that by {}.", spoken(after))).into(),
        None => line.into(),
    }
}

/// When a channel that a person unarchived is archived again.
fn archived_again(desk: &Desk) -> String {
    desk.archive_after.map_or_else(String::new, |after| {
        format!("After {} without a message by a person it is archived again.", spoken(after))
    })
}

/// `Mitigated by @U1 as of 17:00.`
fn reached(word: &str, recorded: &Recorded) -> Line {
    let line = Line::new().bold(word);
    let line = match &recorded.author {
        Author::Person(user) => line.text(" by ").person(user),
        Author::Bot => line,
    };
    let line = match recorded.event {
        Event::Mitigated { at } | Event::Resolved { at } if at != recorded.at => line.text(" as of ").time(at),
        _ => line,
    };
    line.text(". ")
}

/// `It lasted 1 h 05 m.`, told from genesis where it is known.
pub fn duration(incident: &Incident) -> String {
    let Some(resolved) = incident.moments.resolved else { return String::new() };
    let ttr = incident.moments.metrics().into_iter().find(|(metric, _)| *metric == Metric::Ttr);
    match ttr {
        Some((_, length)) => format!("It lasted {}.", spoken(length)),
        None => {
            let length = resolved.duration_since(incident.declared).max(SignedDuration::ZERO);
            format!("It lasted {} from when it was declared.", spoken(length))
        }
    }
}

/// The all-clear: how long it took, what is on record to be done, and the next step.
fn all_clear(recorded: &Recorded, incident: &Incident, desk: &Desk) -> Message {
    let mut message = Message::from(reached("Resolved", recorded).text(format!("All clear. {}", duration(incident))));
    let mut lacking = Line::new();
    for (head, lines, command) in [
        ("Action items", action_items(incident), ".ai"),
        ("Code changes", code_changes(incident), ".pr"),
        ("Contributing factors", factors(incident), ".factor"),
    ] {
        if lines.is_empty() {
            let separator = if lacking.spans.is_empty() { "" } else { ", " };
            lacking = lacking.text(format!("{separator}{} (", head.to_lowercase())).code(command).text(")");
        } else {
            message = message.line(Line::new().bold(head)).lines(lines);
        }
    }
    if !lacking.spans.is_empty() {
        message = message.line(Line::new().text("Not on record yet: ").join(lacking).text("."));
    }
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
            .text(" says that it is burning again."),
    )
}

/// The action items as a list.
pub fn action_items(incident: &Incident) -> Vec<Line> {
    let items = incident.standing_events().filter_map(|recorded| match &recorded.event {
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
    let found = incident.standing_events().filter_map(|recorded| match &recorded.event {
        Event::FactorFound { text } => Some(Line::item().prose(text)),
        _ => None,
    });
    found.collect()
}
