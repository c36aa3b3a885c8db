//! Reminders ("nags", BEHAVIOUR §6): what is due is told from the incident, the desk and the time alone.
//!
//! What was sent when is part of the incident ([`Nags`], made of its events like everything else), so a restart neither
//! repeats nor forgets a reminder, and the version check of the commit keeps two copies from both sending one.

mod memory;
mod plan;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use memory::{Nags, Posted, Record, Snooze};
pub use plan::{FIRST, Planned, Wait, due, is_asked_for, next_due, plan, update_overdue};

use super::ids::BlockerId;

/// What a reminder asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nag {
    /// Nobody is point.
    Point,
    /// Nobody is comms.
    Comms,
    /// Nothing was said yet, and it is time.
    FirstUpdate,
    /// The last update is too old.
    Update,
    /// A blocker has been waited for too long.
    Blocker(BlockerId),
}

impl Nag {
    /// What has to be snoozed to silence it.
    pub fn subject(self) -> Subject {
        match self {
            Self::Point => Subject::Point,
            Self::Comms => Subject::Comms,
            Self::FirstUpdate | Self::Update => Subject::Update,
            Self::Blocker(id) => Subject::Blocker(id),
        }
    }

    /// Whether it asks for somebody to take a role: then it is said in the main channel too.
    pub fn is_about_a_role(self) -> bool {
        matches!(self, Self::Point | Self::Comms)
    }
}

/// What can be snoozed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Everything.
    All,
    /// That nobody is point.
    Point,
    /// That nobody is comms.
    Comms,
    /// The updates, the first one and those after it.
    Update,
    /// One blocker.
    Blocker(BlockerId),
}

impl Subject {
    /// Whether this reminder is about it.
    pub fn covers(self, nag: Nag) -> bool {
        self == Self::All || self == nag.subject()
    }
}

/// As it is typed behind `.snooze`.
impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Point => f.write_str("point"),
            Self::Comms => f.write_str("comms"),
            Self::Update => f.write_str("update"),
            Self::Blocker(id) => id.fmt(f),
        }
    }
}
