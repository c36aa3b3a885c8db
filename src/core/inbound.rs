//! What comes in: everything that is recorded in the inbox before it is acknowledged, and run once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::history::Utterance;
use super::ids::{ChannelId, IncidentId, MessageId, Source, UserId};
use super::nags::Nag;
use super::prose::Prose;
use super::report::{Draft, Drafted};
use super::tracking::Issue;

/// What came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Inbound {
    /// Somebody typed something that is, or nearly is, a command, or pressed the button that stands for one.
    Typed {
        /// Where.
        source: Source,
        /// Who.
        author: UserId,
        /// When (UTC), by the chat's clock.
        at: Timestamp,
        /// What, with the text decoded.
        text: Prose,
        /// Whether the chat said that the author belongs to another organisation.
        #[serde(default)]
        from_outside: bool,
        /// Whether it was found in the channel's history, too late to be run without asking.
        #[serde(default)]
        late: bool,
        /// The incident that it is about, when that is not told by the channel: the button stood elsewhere.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<IncidentId>,
    },
    /// Somebody put an emoji on a message that captures it, or took it away.
    Reacted {
        /// In which channel.
        channel: ChannelId,
        /// On which message.
        message: MessageId,
        /// Who.
        by: UserId,
        /// The emoji's name.
        emoji: String,
        /// Whether it is there now.
        there: bool,
        /// The message as it stands, once it was looked up; that is done for each run anew.
        #[serde(skip)]
        found: Option<Box<Utterance>>,
    },
    /// Somebody came into a channel.
    Joined {
        /// Which.
        channel: ChannelId,
        /// Who.
        user: UserId,
    },
    /// A channel was archived by somebody.
    ChannelArchived {
        /// Which.
        channel: ChannelId,
        /// By whom, when the chat tells.
        by: Option<UserId>,
    },
    /// A channel was unarchived by somebody.
    ChannelUnarchived {
        /// Which.
        channel: ChannelId,
        /// By whom, when the chat tells.
        by: Option<UserId>,
    },
    /// A channel got another name.
    ChannelRenamed {
        /// Which.
        channel: ChannelId,
        /// The new name.
        name: String,
    },
    /// A channel is gone.
    ChannelDeleted {
        /// Which.
        channel: ChannelId,
    },
    /// What came of an effect that reports back.
    Came {
        /// The incident.
        incident: IncidentId,
        /// What came of it.
        outcome: Outcome,
    },
}

/// What came of an effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "came", rename_all = "snake_case")]
pub enum Outcome {
    /// The incident's channel exists.
    ChannelOpened {
        /// The channel.
        channel: ChannelId,
        /// The name it got.
        name: String,
    },
    /// The channel cannot be made, for good.
    ChannelRefused {
        /// Why, as one sentence with the way out.
        why: String,
    },
    /// The intro stands.
    IntroPosted {
        /// Which message it is.
        message: MessageId,
    },
    /// The channel cannot be archived now.
    ArchivingFailed {
        /// Why, as one sentence with the way out.
        why: String,
    },
    /// A reminder stands.
    NagPosted {
        /// What it asks for.
        nag: Nag,
        /// The event that sent it.
        nagged: u64,
        /// In which channel.
        channel: ChannelId,
        /// Which message it is.
        message: MessageId,
    },
    /// Something is so in the issue tracker.
    Tracked {
        /// The incident's issue, when it was made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        issue: Option<Issue>,
        /// The issues that were made for action items.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        items: Vec<TrackedItem>,
        /// The status to which somebody else moved the incident's issue, when that is news.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by_hand: Option<String>,
    },
    /// The draft of the report stands.
    ReportDrafted {
        /// Where.
        draft: Draft,
        /// What became of it.
        done: Drafted,
    },
    /// The draft of the report cannot be made, for good.
    ReportRefused {
        /// Why, as one sentence with the way out.
        why: String,
    },
}

/// The issue of an action item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackedItem {
    /// The event that recorded the action item.
    pub item: u64,
    /// Its issue.
    pub issue: Issue,
}

impl Outcome {
    /// Whether its incident learns anything by it.
    pub fn tells_anything(&self) -> bool {
        !matches!(self, Self::Tracked { issue: None, items, by_hand: None } if items.is_empty())
    }
}

impl Inbound {
    /// The lane in which it keeps its order: its channel, or its incident.
    pub fn lane(&self) -> String {
        match self {
            Self::Typed { source, .. } => source.channel.to_string(),
            // A message that cannot be looked up now keeps no command waiting.
            Self::Reacted { channel, .. } => format!("reactions:{channel}"),
            Self::Joined { channel, .. }
            | Self::ChannelArchived { channel, .. }
            | Self::ChannelUnarchived { channel, .. }
            | Self::ChannelRenamed { channel, .. }
            | Self::ChannelDeleted { channel } => channel.to_string(),
            Self::Came { incident, .. } => format!("incident:{incident}"),
        }
    }

    /// The channel in which it happened, if in one.
    pub fn channel(&self) -> Option<&ChannelId> {
        match self {
            Self::Typed { source, .. } => Some(&source.channel),
            Self::Reacted { channel, .. }
            | Self::Joined { channel, .. }
            | Self::ChannelArchived { channel, .. }
            | Self::ChannelUnarchived { channel, .. }
            | Self::ChannelRenamed { channel, .. }
            | Self::ChannelDeleted { channel } => Some(channel),
            Self::Came { .. } => None,
        }
    }
}
