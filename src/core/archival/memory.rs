//! The part of the incident that only archival is about.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::core::event::{Event, Recorded};

/// What an incident remembers of being put away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Archival {
    /// When a person last did something that postponed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_since: Option<Timestamp>,
    /// When it was announced, since the last postponement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announced: Option<Timestamp>,
    /// How often the chat did not archive the channel, in a row.
    #[serde(skip_serializing_if = "is_zero")]
    pub failures: u32,
    /// When it did not last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<Timestamp>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Archival {
    /// The same with every instant changed.
    #[must_use]
    pub fn with_instants(&self, change: impl Fn(Timestamp) -> Timestamp) -> Self {
        Self {
            quiet_since: self.quiet_since.map(&change),
            announced: self.announced.map(&change),
            failures: self.failures,
            failed: self.failed.map(&change),
        }
    }

    /// Learns from what happened.
    pub(in crate::core) fn remember(&mut self, recorded: &Recorded) {
        match &recorded.event {
            Event::ArchivalAnnounced { .. } => self.announced = Some(recorded.at),
            Event::ArchivalPostponed { spoken } => {
                self.quiet_since = Some(*spoken);
                self.announced = None;
            }
            Event::ArchivingFailed { .. } => {
                self.failures = self.failures.saturating_add(1);
                self.failed = Some(recorded.at);
            }
            // Until it is known what came of it.
            Event::ArchivingRepeated => self.failed = None,
            Event::ChannelArchived => {
                self.failures = 0;
                self.failed = None;
            }
            // A person took it up again: the whole period begins anew.
            Event::Unarchived | Event::ChannelUnarchived => {
                *self = Self { quiet_since: Some(recorded.at), ..Self::default() };
            }
            Event::Completed | Event::Canceled { .. } | Event::Restarted | Event::Uncanceled => *self = Self::default(),
            _ => {}
        }
    }
}
