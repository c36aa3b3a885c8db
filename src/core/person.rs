//! What is known about a person of the workspace.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::ids::UserId;

/// What somebody is to the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A full member.
    Member,
    /// A guest of the workspace.
    Guest,
    /// A member of another organisation, met in a shared channel.
    OtherOrganisation,
    /// An account that was deactivated.
    Deactivated,
    /// Not a person.
    Bot,
    /// The chat does not know anybody of that name.
    Unknown,
}

/// A person, as the chat describes them. Kept for 72 hours, then asked for again (BEHAVIOUR §10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// What they wish to be called.
    pub name: String,
    /// Their mail address, when the chat tells.
    pub email: Option<String>,
    /// Their timezone's IANA name; UTC when the chat does not tell.
    pub timezone: String,
    /// What they are to the workspace.
    pub standing: Standing,
}

impl Person {
    /// Somebody of whom nothing is known but the id: a member in UTC, so that the chat's silence locks nobody out.
    pub fn unheard_of(id: UserId) -> Self {
        Self { name: id.to_string(), id, email: None, timezone: "UTC".to_owned(), standing: Standing::Member }
    }

    /// The timezone's rules; UTC when the name is not one that the timezone database has.
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.timezone).unwrap_or(TimeZone::UTC)
    }
}
