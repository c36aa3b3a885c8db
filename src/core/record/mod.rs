//! An incident's full record, to be kept outside of the chat: one structure, and a writer for each format.
//!
//! Everything that a person typed is encoded for the format that it is written in, people are called by their names, and
//! times are in UTC.

mod course;
pub(super) mod html;
mod json;
pub mod markdown;
mod outline;
mod picture;
pub mod said;
pub mod text;

use jiff::Timestamp;
use serde::Serialize;

use super::desk::Desk;
use super::event::{Author, EntryKind, Event, Recorded};
use super::history::History;
use super::ids::{BlockerId, ChannelId, DeskName, IncidentId, Source, UserId};
use super::incident::{Incident, Role};
use super::moments::Moments;
use super::words::people::{self, Names};
use super::words::{log, report};
use course::Course;
pub use course::{AtLevel, Revision, Subject, Tenure};
use text::Text;

/// The version of the JSON that a record is written as. A field may be added within a version; when one goes away or
/// changes its meaning, the version rises.
pub const SCHEMA_VERSION: u32 = 1;

/// A format that a record can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Markdown, to be pasted into a page.
    Markdown,
    /// JSON, for programs.
    Json,
    /// A whole HTML document, to be read and printed.
    Html,
}

impl Format {
    /// All.
    pub const ALL: [Self; 3] = [Self::Markdown, Self::Json, Self::Html];

    /// The word for it, which is also the ending of its files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Json => "json",
            Self::Html => "html",
        }
    }

    /// The format of that word, in any case; `markdown` is one of them.
    pub fn from_word(word: &str) -> Option<Self> {
        let word = word.to_lowercase();
        Self::ALL.into_iter().find(|format| format.word() == word || (*format == Self::Markdown && word == "markdown"))
    }
}

/// Everything that is on record about one incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// See [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// When this record was made.
    pub written_at: Timestamp,
    /// The incident's number.
    pub number: IncidentId,
    /// What it is called.
    pub title: Text,
    /// Where it stands, by the state's word.
    pub state: &'static str,
    /// Where it stands, as people say it.
    #[serde(skip)]
    pub spoken_state: &'static str,
    /// How bad it is.
    pub priority: Priority,
    /// Where it was declared.
    pub desk: DeskName,
    /// When it was declared.
    pub declared_at: Timestamp,
    /// Who declared it.
    pub declared_by: Who,
    /// Its channel, once there is one.
    pub channel: Option<Channel>,
    /// The moments, each set or not.
    pub moments: Moments,
    /// The metrics that follow from the moments.
    pub metrics: Vec<Metric>,
    /// For how long anything was waited for.
    pub blocked_seconds: i64,
    /// Who plays which part.
    pub roles: Vec<Part>,
    /// Who played which part from when until when, in the order in which they took it.
    pub role_history: Vec<Tenure>,
    /// Which priority it had from when until when.
    pub priority_history: Vec<AtLevel>,
    /// What was said of its title, summary, priority and moments, and is said differently since.
    pub revisions: Vec<Revision>,
    /// The executive summary.
    pub summary: Option<Text>,
    /// The parts of the system that are concerned.
    pub components: Vec<Text>,
    /// Who or what is hit.
    pub affected: Vec<Text>,
    /// Everything that was waited for.
    pub blockers: Vec<Blocker>,
    /// What is to be done.
    pub action_items: Vec<ActionItem>,
    /// What contributed.
    pub contributing_factors: Vec<Factor>,
    /// Code changes that have to do with it.
    pub code_changes: Vec<CodeChange>,
    /// The log, in the order of what it tells.
    pub log: Vec<Entry>,
    /// What was said in its channel beside the log; there when that is to be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<Vec<said::Message>>,
    /// What was said later than this is not among the messages, as it would be too much; there when that is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages_end_at: Option<Timestamp>,
}

/// A priority level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Priority {
    /// `P2`.
    pub level: String,
    /// What it means; empty when the desk does not have the level any more.
    pub meaning: String,
    /// Whether it is announced loudly.
    pub high: bool,
}

/// Somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Who {
    /// Their id in the chat; none when it was the bot by itself.
    pub id: Option<UserId>,
    /// What they are called.
    pub name: String,
}

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// Its id in the chat.
    pub id: ChannelId,
    /// What it is called.
    pub name: String,
}

/// A time between two moments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Metric {
    /// `TTD`.
    pub metric: &'static str,
    /// What that is.
    pub meaning: &'static str,
    /// How long it was.
    pub seconds: i64,
}

/// A part that somebody plays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The role.
    pub role: Role,
    /// What the desk calls it.
    pub called: String,
    /// Who has it.
    pub who: Who,
}

/// Somebody or something that was waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// Its number within the incident.
    pub id: BlockerId,
    /// Who or what is waited for.
    pub whom: Text,
    /// What for.
    pub reason: Option<Text>,
    /// Who said so.
    pub by: Who,
    /// Since when.
    pub since: Timestamp,
    /// Until when; none while it is open.
    pub until: Option<Timestamp>,
    /// How long that is, or has been so far.
    pub seconds: i64,
}

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActionItem {
    /// What.
    pub title: Text,
    /// More about it.
    pub detail: Option<Text>,
    /// Who said so.
    pub by: Who,
    /// When.
    pub at: Timestamp,
}

/// What contributed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Factor {
    /// What.
    pub text: Text,
    /// Who said so.
    pub by: Who,
    /// When.
    pub at: Timestamp,
}

/// A code change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CodeChange {
    /// Its address.
    pub url: String,
    /// Who said so.
    pub by: Who,
    /// When.
    pub at: Timestamp,
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// When what it tells happened.
    pub at: Timestamp,
    /// Of which type.
    pub kind: EntryKind,
    /// Who made it.
    pub by: Who,
    /// What it says, its author included.
    pub text: Text,
    /// The message that it came from.
    pub source: Option<Source>,
}

/// The record of an incident as it is at `now`. `names` has everybody who is involved.
pub fn record(incident: &Incident, names: &Names, desk: &Desk, now: Timestamp) -> Record {
    let text = |prose| Text::of_prose(prose, names);
    let priority = desk.priority(incident.level);
    let Course { tenures, levels, revisions } = Course::of(incident, names, desk);
    let mut record = Record {
        schema_version: SCHEMA_VERSION,
        written_at: now,
        number: incident.id,
        title: text(&incident.title),
        state: incident.state.word(),
        spoken_state: incident.state.spoken(),
        priority: Priority {
            level: incident.level.to_string(),
            meaning: priority.map_or_else(String::new, |priority| priority.meaning.clone()),
            high: desk.is_high(incident.level),
        },
        desk: incident.desk.clone(),
        declared_at: incident.declared,
        declared_by: person(names, &incident.starter),
        channel: incident.channel.clone().map(|id| Channel { id, name: incident.channel_name.clone() }),
        moments: incident.moments.clone(),
        metrics: incident
            .moments
            .metrics()
            .into_iter()
            .map(|(metric, length)| Metric {
                metric: metric.word(),
                meaning: metric.meaning(),
                seconds: length.as_secs(),
            })
            .collect(),
        blocked_seconds: incident.time_blocked(now).as_secs(),
        roles: Role::ALL
            .into_iter()
            .filter_map(|role| {
                let who = person(names, incident.roles.get(role)?);
                Some(Part { role, called: desk.role_name(role).to_owned(), who })
            })
            .collect(),
        role_history: tenures,
        priority_history: levels,
        revisions,
        summary: incident.summary.as_ref().map(text),
        components: incident.components.iter().map(text).collect(),
        affected: incident.affected.iter().map(text).collect(),
        blockers: blockers(incident, names, now),
        action_items: Vec::new(),
        contributing_factors: Vec::new(),
        code_changes: Vec::new(),
        log: log_of(incident, names),
        messages: None,
        messages_end_at: None,
    };
    for recorded in incident.standing_events() {
        add(&mut record, recorded, names);
    }
    record
}

/// The same with what was said in the incident's channel, where that is given. `names` has also those who said it.
pub fn record_with_history(
    incident: &Incident,
    history: Option<&History>,
    names: &Names,
    desk: &Desk,
    now: Timestamp,
) -> Record {
    let record = record(incident, names, desk, now);
    let Some(history) = history else { return record };
    let end = history.messages.last().filter(|_| !history.is_whole).map(|last| last.at);
    Record { messages: Some(said::messages(incident, history, names, desk)), messages_end_at: end, ..record }
}

/// Writes a record.
pub fn write(record: &Record, format: Format) -> String {
    match format {
        Format::Markdown => markdown::write(record),
        Format::Json => json::write(record),
        Format::Html => html::write(record),
    }
}

fn blockers(incident: &Incident, names: &Names, now: Timestamp) -> Vec<Blocker> {
    let blockers = incident.blockers.iter().map(|blocker| Blocker {
        id: blocker.id,
        whom: Text::of_prose(&blocker.whom, names),
        reason: blocker.reason.as_ref().map(|reason| Text::of_prose(reason, names)),
        by: author(names, &blocker.by),
        since: blocker.since,
        until: blocker.until,
        seconds: incident.waited(blocker, now).as_secs(),
    });
    blockers.collect()
}

/// Adds an event where it belongs in the record.
fn add(record: &mut Record, recorded: &Recorded, names: &Names) {
    let (at, by) = (recorded.at, author(names, &recorded.author));
    let text = |prose| Text::of_prose(prose, names);
    match &recorded.event {
        Event::ActionItemAdded { title, detail } => record.action_items.push(ActionItem {
            title: text(title),
            detail: detail.as_ref().map(text),
            by: by.clone(),
            at,
        }),
        Event::FactorFound { text: factor } => {
            record.contributing_factors.push(Factor { text: text(factor), by: by.clone(), at });
        }
        Event::CodeChanged { url } => record.code_changes.push(CodeChange { url: url.clone(), by: by.clone(), at }),
        _ => {}
    }
}

fn log_of(incident: &Incident, names: &Names) -> Vec<Entry> {
    let entry = |recorded: &Recorded| {
        let kind = recorded.event.entry()?;
        let text = Text::of_line(&log::entry(recorded, names), names, |channel| incident.channel_called(channel));
        let by = author(names, &recorded.author);
        Some(Entry { at: recorded.told_at(), kind, by, text, source: recorded.source.clone() })
    };
    report::timeline(incident).into_iter().filter_map(entry).collect()
}

fn person(names: &Names, user: &UserId) -> Who {
    Who { id: Some(user.clone()), name: people::name(names, user) }
}

fn author(names: &Names, author: &Author) -> Who {
    let id = match author {
        Author::Person(user) => Some(user.clone()),
        Author::Bot => None,
    };
    Who { id, name: people::author(names, author) }
}

#[cfg(test)]
mod tests;
