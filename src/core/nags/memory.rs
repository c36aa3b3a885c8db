//! What was sent when, and what was snoozed until when: the part of the incident that only reminders are about.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Nag, Subject};
use crate::core::event::{Event, Recorded};
use crate::core::ids::{ChannelId, Level, MessageId};
use crate::core::incident::Role;

/// What an incident remembers of its reminders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Nags {
    /// When it began to burn again after it had not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumed: Option<Timestamp>,
    /// One for each kind that was ever sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<Record>,
    /// What is silent until when, at most one for each subject.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub snoozes: Vec<Snooze>,
}

/// What was sent of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Which.
    pub nag: Nag,
    /// When the last one was sent. It stays when that is answered, so that none follows it too soon.
    pub last: Timestamp,
    /// The event of the last one, while nobody answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<u64>,
    /// How many were sent since the last answer.
    #[serde(default)]
    pub unanswered: u32,
    /// Whether one of them was the escalation, after which they come more slowly.
    #[serde(default)]
    pub escalated: bool,
    /// Where the last one stands.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub posts: Vec<Posted>,
}

/// A message that stands in a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// The channel.
    pub channel: ChannelId,
    /// The message.
    pub message: MessageId,
}

/// Something that is silent for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snooze {
    /// What.
    pub what: Subject,
    /// Until when.
    pub until: Timestamp,
}

impl Nags {
    /// What was sent of that kind.
    pub fn record(&self, nag: Nag) -> Option<&Record> {
        self.records.iter().find(|record| record.nag == nag)
    }

    /// Until when that is snoozed; it may be over. What was said of it counts before what was said of all.
    pub fn snoozed(&self, what: Subject) -> Option<Timestamp> {
        let of = |what| self.snoozes.iter().find(|snooze| snooze.what == what).map(|snooze| snooze.until);
        of(what).or_else(|| of(Subject::All))
    }

    /// Until when that kind is snoozed.
    pub fn snoozed_until(&self, nag: Nag) -> Option<Timestamp> {
        self.snoozed(nag.subject())
    }

    /// The same with every instant changed.
    #[must_use]
    pub fn with_instants(&self, change: impl Fn(Timestamp) -> Timestamp) -> Self {
        let mut changed = self.clone();
        changed.resumed = changed.resumed.map(&change);
        for record in &mut changed.records {
            record.last = change(record.last);
        }
        for snooze in &mut changed.snoozes {
            snooze.until = change(snooze.until);
        }
        changed
    }

    /// Learns from what happened to an incident of that level.
    pub(in crate::core) fn remember(&mut self, level: Level, recorded: &Recorded) {
        match &recorded.event {
            Event::Nagged { nag, escalated } => self.nagged(*nag, *escalated, recorded),
            Event::NagPosted { nag, nagged, channel, message } => {
                let posted = Posted { channel: channel.clone(), message: message.clone() };
                if let Some(record) = self.records.iter_mut().find(|record| record.nag == *nag)
                    && record.open == Some(*nagged)
                    && !record.posts.contains(&posted)
                {
                    record.posts.push(posted);
                }
            }
            Event::Snoozed { what, until } => {
                self.answer(|nag| what.covers(nag));
                self.snoozes.retain(|snooze| *what != Subject::All && snooze.what != *what);
                self.snoozes.push(Snooze { what: *what, until: *until });
            }
            Event::Unsnoozed { what } => self.unsnooze(*what, recorded.at),
            Event::RoleTaken { role: Role::Point, .. } => self.answer(|nag| nag == Nag::Point),
            // Whoever takes comms is given time for the update too.
            Event::RoleTaken { role: Role::Comms, .. } => {
                self.answer(|nag| matches!(nag, Nag::Comms | Nag::FirstUpdate | Nag::Update));
            }
            // While it is blocked no update is asked for.
            Event::Notified { .. } | Event::Summarized { .. } | Event::Blocked { .. } => {
                self.answer(|nag| matches!(nag, Nag::FirstUpdate | Nag::Update));
            }
            Event::Unblocked { id } => {
                self.answer(|nag| nag == Nag::Blocker(*id));
                self.records.retain(|record| record.nag != Nag::Blocker(*id));
                self.snoozes.retain(|snooze| snooze.what != Subject::Blocker(*id));
            }
            Event::Prioritized { level: new, .. } if *new != level => {
                // Another level counts anew; a more urgent one also ends what was snoozed at the old one.
                for record in &mut self.records {
                    record.unanswered = 0;
                    record.escalated = false;
                }
                if *new < level {
                    self.snoozes.clear();
                }
            }
            Event::Mitigated { .. }
            | Event::Resolved { .. }
            | Event::Canceled { .. }
            | Event::Archived
            | Event::ChannelArchived => self.answer(|_| true),
            Event::Restarted
            | Event::Unmitigated
            | Event::Uncanceled
            | Event::Unarchived
            | Event::ChannelUnarchived => {
                self.answer(|_| true);
                self.snoozes.clear();
                self.resumed = Some(recorded.at);
            }
            _ => {}
        }
    }

    fn nagged(&mut self, nag: Nag, escalated: bool, recorded: &Recorded) {
        let before = self.record(nag);
        let record = Record {
            nag,
            last: recorded.at,
            open: Some(recorded.seq),
            unanswered: before.map_or(0, |record| record.unanswered).saturating_add(1),
            escalated: escalated || before.is_some_and(|record| record.escalated),
            posts: Vec::new(),
        };
        match self.records.iter_mut().find(|record| record.nag == nag) {
            Some(before) => *before = record,
            None => self.records.push(record),
        }
    }

    /// Nobody need answer these any more.
    fn answer(&mut self, which: impl Fn(Nag) -> bool) {
        for record in self.records.iter_mut().filter(|record| which(record.nag)) {
            record.open = None;
            record.unanswered = 0;
            record.escalated = false;
            record.posts.clear();
        }
    }

    fn unsnooze(&mut self, what: Subject, at: Timestamp) {
        self.snoozes.retain(|snooze| what != Subject::All && snooze.what != what);
        // All the rest stays snoozed.
        if self.snoozes.iter().any(|snooze| snooze.what == Subject::All) {
            self.snoozes.push(Snooze { what, until: at });
        }
    }
}
