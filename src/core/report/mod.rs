//! The report of an incident: its record, put so that people learn from it. What happened is told in the order in which
//! it happened, durations are explained, and the discussion has questions to begin with.
//!
//! It is data, for templates and for programs; how it is written is [`templates`](super::templates)' business.

pub mod draft;
mod durations;
pub mod example;
mod picture;
pub mod prompts;
mod timeline;

use jiff::Timestamp;
use serde::Serialize;

pub use draft::{Draft, Drafted, Drafting};
pub use durations::Explained;
pub use prompts::Prompt;
pub use timeline::{Day, Row};

use super::desk::Desk;
use super::event::Event;
use super::ids::{IncidentId, Source};
use super::incident::Incident;
use super::record::text::Text;
use super::record::{self, Record};
use super::words::people::Names;

/// The address of a message in the chat; `None` when the chat has none for it.
pub type Permalinks<'a> = &'a dyn Fn(&Source) -> Option<String>;

/// Everything that a report tells. In JSON the record's fields and these are one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The whole record.
    #[serde(flatten)]
    pub record: Record,
    /// Where it stands, as people say it.
    pub spoken_state: &'static str,
    /// For how long it went on until it was resolved, in seconds, from genesis or else from when it was declared.
    pub lasted_seconds: Option<i64>,
    /// For how long people were hit, in seconds: from genesis to mitigated.
    pub hit_seconds: Option<i64>,
    /// The metrics, each with what it means here, also those that cannot be told.
    pub durations: Vec<Explained>,
    /// How the priority changed.
    pub priority_changes: Vec<PriorityChange>,
    /// What happened, by days (UTC).
    pub timeline: Vec<Day>,
    /// The phases of the incident as a picture of characters, one line each; empty when the moments do not tell them.
    pub picture: Vec<String>,
    /// Questions for the discussion.
    pub prompts: Vec<Prompt>,
    /// Where to read on.
    pub links: Vec<Link>,
}

/// A change of priority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PriorityChange {
    /// When.
    pub at: Timestamp,
    /// What it was before: `P2`.
    pub from: String,
    /// What it was from then on.
    pub to: String,
    /// Why, when somebody said so.
    pub reason: Option<Text>,
}

/// An address to read on at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What is there.
    pub label: String,
    /// The address.
    pub url: Text,
}

/// A comm update, for a comment on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Update {
    /// When it was sent.
    pub at: Timestamp,
    /// What the person who sent it is called.
    pub by: String,
    /// What it says.
    pub text: Text,
}

/// The slug by which a report is found again: the number, and when the incident was declared, so that a database that
/// begins anew does not take an old report for its own.
pub fn slug(incident: IncidentId, declared: Timestamp) -> String {
    format!("incident-{incident}-{}", declared.strftime("%Y%m%dt%H%M%Sz"))
}

/// The report of an incident as it is at `now`. `names` has everybody who is involved.
pub fn report(incident: &Incident, names: &Names, desk: &Desk, permalinks: Permalinks, now: Timestamp) -> Report {
    let record = record::record(incident, names, desk, now);
    let moments = &incident.moments;
    let between = |from: Option<Timestamp>, to: Option<Timestamp>| {
        let length = to?.duration_since(from?);
        (!length.is_negative()).then(|| length.as_secs())
    };
    Report {
        spoken_state: record.spoken_state,
        lasted_seconds: between(Some(incident.burning_since()), moments.resolved),
        hit_seconds: between(moments.genesis, moments.mitigated),
        durations: durations::durations(incident, now),
        priority_changes: priority_changes(incident, names),
        timeline: timeline::timeline(incident, names, permalinks),
        picture: picture::picture(incident),
        prompts: prompts::prompts(incident, now),
        links: links(incident, desk, permalinks),
        record,
    }
}

/// The comm updates of an incident, the first one first.
pub fn updates(incident: &Incident, names: &Names) -> Vec<Update> {
    let updates = incident.events.iter().filter_map(|recorded| match &recorded.event {
        Event::Notified { text } => Some(Update {
            at: recorded.at,
            by: super::words::people::author(names, &recorded.author),
            text: Text::of_prose(text, names),
        }),
        _ => None,
    });
    updates.collect()
}

fn priority_changes(incident: &Incident, names: &Names) -> Vec<PriorityChange> {
    let mut level = None;
    let mut changes = Vec::new();
    for recorded in &incident.events {
        match &recorded.event {
            Event::Declared { level: first, .. } => level = Some(*first),
            Event::Prioritized { level: new, reason } => {
                changes.push(PriorityChange {
                    at: recorded.at,
                    from: level.map_or_else(String::new, |level| level.to_string()),
                    to: new.to_string(),
                    reason: reason.as_ref().map(|reason| Text::of_prose(reason, names)),
                });
                level = Some(*new);
            }
            _ => {}
        }
    }
    changes
}

fn links(incident: &Incident, desk: &Desk, permalinks: Permalinks) -> Vec<Link> {
    let link = |label: &str, url: &str| Link { label: label.to_owned(), url: Text::link(url) };
    let mut links = Vec::new();
    // The intro is the first thing in the channel.
    let intro = incident.events.iter().find_map(|recorded| match &recorded.event {
        Event::IntroPosted { message } => {
            Some(Source { channel: incident.channel.clone()?, message: message.clone(), thread: None })
        }
        _ => None,
    });
    if let Some(url) = intro.as_ref().and_then(permalinks) {
        links.push(link("the incident's channel", &url));
    }
    if let Some(url) = incident.declaration.as_ref().and_then(permalinks) {
        links.push(link("where it was declared", &url));
    }
    if let Some(issue) = &incident.issue {
        links.push(link(&format!("the tracking issue {}", issue.key), &issue.url));
    }
    if let Some(url) = desk.root_runbook() {
        links.push(link("the runbook", url));
    }
    links
}

#[cfg(test)]
mod tests;
