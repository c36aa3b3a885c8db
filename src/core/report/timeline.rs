//! The timeline of a report: what happened in the order in which it happened. The log tells in which order things were
//! typed; here the moments stand at their own time, and what other sections tell whole is left out.

use jiff::Timestamp;
use serde::Serialize;

use super::Permalinks;
use crate::core::event::{Event, Recorded};
use crate::core::incident::Incident;
use crate::core::moments::Moment;
use crate::core::record::text::Text;
use crate::core::words::log;
use crate::core::words::people::{self, Names};

/// One day (UTC) of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Day {
    /// The day: `2024-02-28`.
    pub day: String,
    /// What happened on it.
    pub rows: Vec<Row>,
}

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// When it happened.
    pub at: Timestamp,
    /// How long after the beginning that was, in seconds; `None` before it.
    pub after_seconds: Option<i64>,
    /// The moment's word, or the type of the log's entry.
    pub kind: &'static str,
    /// Whether it is one of the moments.
    pub is_moment: bool,
    /// What happened.
    pub text: Text,
    /// The message that it came from.
    pub url: Option<String>,
}

/// The moments that belong into a timeline, and how they are told. *Started* is told by the declaration.
const MOMENTS: [(Moment, &str); 5] = [
    (Moment::Genesis, "It began."),
    (Moment::Detected, "It was noticed."),
    (Moment::Acknowledged, "The response was under way."),
    (Moment::Mitigated, "People were no longer hit."),
    (Moment::Resolved, "It was over."),
];

pub(super) fn timeline(incident: &Incident, names: &Names, permalinks: Permalinks) -> Vec<Day> {
    let begun = incident.burning_since();
    let after = |at: Timestamp| (at >= begun).then(|| at.duration_since(begun).as_secs());
    let moments = MOMENTS.into_iter().filter_map(|(moment, words)| {
        let at = incident.moments.get(moment)?;
        let text = Text::default().words(words);
        Some(Row { at, after_seconds: after(at), kind: moment.word(), is_moment: true, text, url: None })
    });
    let entries = incident.events.iter().enumerate().filter_map(|(index, recorded)| {
        let kind = recorded.event.entry().filter(|_| is_told(incident, index, recorded))?;
        Some(Row {
            at: recorded.at,
            after_seconds: after(recorded.at),
            kind: kind.word(),
            is_moment: false,
            text: text(incident, recorded, names),
            url: recorded.source.as_ref().and_then(permalinks),
        })
    });
    let mut rows: Vec<Row> = moments.chain(entries).collect();
    // What was set later stands before what was said then; what was reached by it, behind.
    let is_reached = |row: &Row| row.is_moment && !matches!(row.kind, "genesis" | "detected");
    rows.sort_by_key(|row| (row.at, is_reached(row)));
    let mut days: Vec<Day> = Vec::new();
    for row in rows {
        let day = row.at.strftime("%Y-%m-%d").to_string();
        match days.last_mut() {
            Some(last) if last.day == day => last.rows.push(row),
            _ => days.push(Day { day, rows: vec![row] }),
        }
    }
    days
}

/// Whether the timeline tells it, rather than a moment or a section of its own.
fn is_told(incident: &Incident, index: usize, recorded: &Recorded) -> bool {
    let later = || incident.events.iter().skip(index + 1).map(|recorded| &recorded.event);
    match &recorded.event {
        // A mitigation or an all-clear that was taken back is a part of the story; the last one is its moment.
        Event::Mitigated { .. } => later().any(|event| matches!(event, Event::Unmitigated | Event::Restarted)),
        Event::Resolved { .. } => later().any(|event| matches!(event, Event::Unresolved | Event::Restarted)),
        Event::Acknowledged { .. }
        | Event::MomentSet { .. }
        | Event::Opened { .. }
        | Event::ChannelRenamed { .. }
        | Event::ChannelArchived
        | Event::ChannelUnarchived
        | Event::Archived
        | Event::Unarchived
        | Event::ReadyForReview
        | Event::Completed
        | Event::Snoozed { .. }
        | Event::Unsnoozed { .. }
        | Event::ComponentAdded { .. }
        | Event::ComponentRemoved { .. }
        | Event::AffectedAdded { .. }
        | Event::AffectedRemoved { .. }
        | Event::FactorFound { .. }
        | Event::ActionItemAdded { .. }
        | Event::Forgotten { .. }
        | Event::IssueLinked { .. }
        | Event::IssueMoved { .. }
        | Event::ReportDrafted { .. }
        | Event::ReportRefused { .. } => false,
        _ => true,
    }
}

/// The log's words. Of the summary only an earlier one is quoted: it tells what was thought then.
fn text(incident: &Incident, recorded: &Recorded, names: &Names) -> Text {
    match &recorded.event {
        Event::Summarized { text } if incident.summary.as_ref() == Some(text) => {
            Text::default().words(format!("{} wrote the summary.", people::author(names, &recorded.author)))
        }
        _ => Text::of_line(&log::entry(recorded, names), names, |channel| incident.channel_called(channel)),
    }
}
