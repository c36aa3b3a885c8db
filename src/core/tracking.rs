//! What the bot keeps current in an issue tracker, in words of its own: which issue, what it says, where it stands.

use serde::{Deserialize, Serialize};

pub mod changes;
mod description;

pub use description::{Writing, told};

use super::document::Document;
use super::ids::Level;
use super::incident::Role;
use super::moments::Moments;
use super::state::State;

/// An issue in the tracker.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Issue {
    /// The tracker's own id, by which it is called: Jira's issue id, GitHub's issue number, WordPress's post id.
    pub id: String,
    /// What people call it: `OPS-12`, `#12`.
    pub key: String,
    /// The page where people read it.
    pub url: String,
}

/// Where an incident stands, as far as a tracker can tell it: each phase has a status by configuration, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Burning, not yet acknowledged.
    Started,
    /// Burning, somebody leads and somebody speaks.
    Acknowledged,
    /// The effect on people has ended.
    Mitigated,
    /// Waiting for somebody outside.
    Blocked,
    /// Over; the review, if there is one, is being prepared.
    Resolved,
    /// The review can begin.
    ReadyForReview,
    /// Done.
    Completed,
    /// Called off.
    Canceled,
}

impl Phase {
    /// All, in the order of an incident's life.
    pub const ALL: [Self; 8] = [
        Self::Started,
        Self::Acknowledged,
        Self::Mitigated,
        Self::Blocked,
        Self::Resolved,
        Self::ReadyForReview,
        Self::Completed,
        Self::Canceled,
    ];

    /// The word for it, as the configuration writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Acknowledged => "acknowledged",
            Self::Mitigated => "mitigated",
            Self::Blocked => "blocked",
            Self::Resolved => "resolved",
            Self::ReadyForReview => "ready_for_review",
            Self::Completed => "completed",
            Self::Canceled => "canceled",
        }
    }

    /// Whether nothing more is to be done.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Canceled)
    }

    /// The phase of a state. An archived incident stays what it was, so it has none of its own.
    pub fn of(state: State) -> Option<Self> {
        Some(match state {
            State::Opening | State::Started => Self::Started,
            State::Acknowledged => Self::Acknowledged,
            State::Mitigated => Self::Mitigated,
            State::Blocked => Self::Blocked,
            State::Resolved | State::Review(_) => Self::Resolved,
            State::ReadyForReview => Self::ReadyForReview,
            State::Completed => Self::Completed,
            State::Canceled => Self::Canceled,
            State::Archived => return None,
        })
    }
}

/// Somebody, as a tracker can find them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Who {
    /// What they wish to be called.
    pub name: String,
    /// Their mail address, when the chat tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// All that an incident's issue says by the bot's doing. It is always the whole: what is not here is not so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields {
    /// The title, on one line.
    pub title: String,
    /// The bot's part of the description.
    pub description: Document,
    /// The priority.
    pub level: Level,
    /// The components, by name. One that the tracker does not have is left out, unless it can be made by naming it.
    pub components: Vec<String>,
    /// Who plays which part.
    pub people: Vec<(Role, Who)>,
    /// The moments.
    pub moments: Moments,
}

impl Fields {
    /// Who plays a part.
    pub fn person(&self, role: Role) -> Option<&Who> {
        self.people.iter().find(|(played, _)| *played == role).map(|(_, who)| who)
    }
}

/// Something to be done after the incident: an issue of its own under the incident's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionItem {
    /// The title, on one line.
    pub title: String,
    /// What more is to be said.
    #[serde(default)]
    pub detail: Document,
}

/// Something that an issue points to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// A page: the incident's channel, its report.
    Page {
        /// Its address.
        url: String,
        /// The words shown in its place.
        label: String,
    },
    /// Another issue of the same tracker.
    Issue(Issue),
}

/// Where an issue stands in the tracker.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Standing {
    /// The tracker's own name of the status.
    pub status: String,
    /// Whether somebody else put it there since the bot's last change of it. Then the bot leaves it, until it is back
    /// where the bot had left it or where the incident stands.
    pub by_hand: bool,
}
