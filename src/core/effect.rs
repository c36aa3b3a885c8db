//! What is said and done outside because of a decision. Effects are stored with it and leave through the outbox only.

use serde::{Deserialize, Serialize};

use super::ids::{ChannelId, IncidentId, MessageId, Source, UserId};
use super::message::{Line, Message};
use super::nags::Nag;
use super::report::Draft;

/// The three reactions that answer a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reaction {
    /// Done.
    Ok,
    /// It is so already.
    OkHand,
    /// Refused; a sentence says why.
    Exclamation,
}

impl Reaction {
    /// The emoji's name, without colons.
    pub fn emoji(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::OkHand => "ok_hand",
            Self::Exclamation => "exclamation",
        }
    }
}

/// Something to be done outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Effect {
    /// Put a reaction on what somebody typed.
    React {
        /// The message.
        to: Source,
        /// Which.
        reaction: Reaction,
    },
    /// Take a reaction back that turned out to be wrong. One that is not there is as good as taken back.
    Unreact {
        /// The message.
        to: Source,
        /// Which.
        reaction: Reaction,
    },
    /// Answer in the thread of what somebody typed.
    Reply {
        /// The message that is answered.
        to: Source,
        /// The answer.
        message: Message,
    },
    /// Show something to one person only.
    Whisper {
        /// In which channel.
        channel: ChannelId,
        /// In which thread, if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thread: Option<MessageId>,
        /// To whom.
        to: UserId,
        /// What.
        message: Message,
    },
    /// Say something in a channel's root.
    Post {
        /// Where.
        channel: ChannelId,
        /// What.
        message: Message,
        /// Why, which also decides how urgent it is.
        purpose: Purpose,
    },
    /// Change what the bot said. Gone is as good as changed.
    Rewrite {
        /// Where.
        channel: ChannelId,
        /// Which message.
        message: MessageId,
        /// What it says from now on.
        to: Message,
    },
    /// Take back what the bot said.
    Remove {
        /// Where.
        channel: ChannelId,
        /// Which message.
        message: MessageId,
    },
    /// Attach a file in the thread of what somebody typed.
    Attach {
        /// The message that is answered.
        to: Source,
        /// What is said with it.
        message: Message,
        /// The file.
        file: File,
    },
    /// Make the incident's channel. Its outcome comes back as an [`Outcome`](super::inbound::Outcome).
    OpenChannel {
        /// The name that is asked for; a taken one gets a suffix.
        name: String,
    },
    /// Set a channel's topic. A later one replaces an earlier one that has not left.
    SetTopic {
        /// Where.
        channel: ChannelId,
        /// The topic, by decreasing importance of its parts.
        topic: Topic,
    },
    /// Invite people. Who cannot be invited is skipped.
    Invite {
        /// Where.
        channel: ChannelId,
        /// Whom.
        users: Vec<UserId>,
    },
    /// Pin a message.
    Pin {
        /// Where.
        channel: ChannelId,
        /// Which.
        message: MessageId,
    },
    /// Put a bookmark at the top of a channel.
    Bookmark {
        /// Where.
        channel: ChannelId,
        /// What it says.
        title: String,
        /// Where it leads.
        url: String,
    },
    /// Archive a channel.
    ArchiveChannel {
        /// Which.
        channel: ChannelId,
    },
    /// Make the incident's tracking issue. Which one it is comes back as an outcome.
    TrackOpen,
    /// Bring the incident's tracking issue up to date: whatever the incident is when this leaves. A later one replaces an
    /// earlier one that has not left.
    TrackSync,
    /// Draft the incident's report on the report platform, as the incident is when that is done. Its outcome comes back.
    DraftReport {
        /// The draft that stood when this was decided.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        known: Option<Draft>,
    },
}

/// Why something is said in a channel's root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The first message of an incident's channel. Its message comes back as an outcome, to be pinned.
    Intro,
    /// An announcement in a main or notify channel.
    Announcement,
    /// A change of state, said once in the incident's channel.
    Milestone,
    /// A section of the emerging report.
    ReportSection,
    /// Where the report's draft is, or why there is none.
    Report,
    /// A reminder. Its message comes back as an outcome, to be changed or taken back when it is answered or repeated.
    Nag {
        /// What it asks for.
        nag: Nag,
        /// The event that sent it.
        nagged: u64,
    },
}

/// A file made by the bot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name, with the ending that tells its format.
    pub name: String,
    /// Its content; everything that the bot makes is text.
    pub content: String,
}

/// A topic in parts. The limit is the chat's: the boundary lets the parts give way in the order BEHAVIOUR §5 gives,
/// components first, then blockers, then the title; the rest stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// Emoji, `[P1]` and `[blocked]`.
    pub head: Line,
    /// The components.
    pub components: Line,
    /// The title in capitals.
    pub title: Line,
    /// Who is waited for.
    pub blockers: Line,
    /// Who plays which part, and the tracker.
    pub tail: Line,
}

/// Where an effect is done. Each destination has lanes of its own, so that one that is away delays no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination {
    /// The chat.
    Chat,
    /// The issue tracker.
    Tracker,
    /// The report platform.
    ReportPlatform,
}

impl Destination {
    /// What an operator reads.
    pub fn word(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Tracker => "issue tracker",
            Self::ReportPlatform => "report platform",
        }
    }
}

/// How soon an effect leaves, within its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Somebody waits for it.
    Answer,
    /// Many want to know it.
    Announcement,
    /// It can wait.
    Housekeeping,
    /// The incident goes on well without it.
    Optional,
}

impl Class {
    /// The number that is stored; a lower one leaves first.
    pub fn rank(self) -> i32 {
        match self {
            Self::Answer => 0,
            Self::Announcement => 1,
            Self::Housekeeping => 2,
            Self::Optional => 3,
        }
    }

    /// The class of that number.
    pub fn from_rank(rank: i32) -> Self {
        match rank {
            0 => Self::Answer,
            1 => Self::Announcement,
            2 => Self::Housekeeping,
            _ => Self::Optional,
        }
    }
}

impl Effect {
    /// The lane in which it keeps its order: its channel, its incident while there is none, or its tracking issue.
    pub fn lane(&self, incident: Option<IncidentId>) -> String {
        match self {
            Self::React { to, .. } | Self::Unreact { to, .. } | Self::Reply { to, .. } | Self::Attach { to, .. } => {
                to.channel.to_string()
            }
            Self::Whisper { channel, .. }
            | Self::Post { channel, .. }
            | Self::Rewrite { channel, .. }
            | Self::Remove { channel, .. }
            | Self::SetTopic { channel, .. }
            | Self::Invite { channel, .. }
            | Self::Pin { channel, .. }
            | Self::Bookmark { channel, .. }
            | Self::ArchiveChannel { channel } => channel.to_string(),
            Self::OpenChannel { .. } => format!("incident:{}", incident.map_or(0, |id| id.0)),
            Self::DraftReport { .. } => format!("report:{}", incident.map_or(0, |id| id.0)),
            Self::TrackOpen | Self::TrackSync => format!("tracker:{}", incident.map_or(0, |id| id.0)),
        }
    }

    /// Where it is done. All effects of a lane have the same.
    pub fn destination(&self) -> Destination {
        match self {
            Self::React { .. }
            | Self::Unreact { .. }
            | Self::Reply { .. }
            | Self::Whisper { .. }
            | Self::Post { .. }
            | Self::Rewrite { .. }
            | Self::Remove { .. }
            | Self::Attach { .. }
            | Self::OpenChannel { .. }
            | Self::SetTopic { .. }
            | Self::Invite { .. }
            | Self::Pin { .. }
            | Self::Bookmark { .. }
            | Self::ArchiveChannel { .. } => Destination::Chat,
            Self::TrackOpen | Self::TrackSync => Destination::Tracker,
            Self::DraftReport { .. } => Destination::ReportPlatform,
        }
    }

    /// How soon it leaves.
    pub fn class(&self) -> Class {
        match self {
            Self::React { .. }
            | Self::Unreact { .. }
            | Self::Reply { .. }
            | Self::Attach { .. }
            | Self::Whisper { .. }
            | Self::OpenChannel { .. } => Class::Answer,
            Self::Post { .. } => Class::Announcement,
            Self::SetTopic { .. }
            | Self::Rewrite { .. }
            | Self::Remove { .. }
            | Self::ArchiveChannel { .. }
            | Self::TrackOpen
            | Self::TrackSync
            | Self::DraftReport { .. } => Class::Housekeeping,
            Self::Invite { .. } | Self::Pin { .. } | Self::Bookmark { .. } => Class::Optional,
        }
    }

    /// Whether a later effect of the same kind in the same lane makes this one needless while it has not left.
    pub fn is_replaceable(&self) -> bool {
        matches!(self, Self::SetTopic { .. } | Self::TrackSync | Self::DraftReport { .. })
    }

    /// Whether what came of it goes back to its incident.
    pub fn reports_back(&self) -> bool {
        matches!(
            self,
            Self::OpenChannel { .. }
                | Self::TrackOpen
                | Self::TrackSync
                | Self::DraftReport { .. }
                | Self::Post { purpose: Purpose::Intro | Purpose::Nag { .. }, .. }
        )
    }

    /// The message whose author waits for it, to be told when it cannot be done.
    pub fn answers(&self) -> Option<&Source> {
        match self {
            Self::React { to, .. } | Self::Reply { to, .. } | Self::Attach { to, .. } => Some(to),
            _ => None,
        }
    }
}
