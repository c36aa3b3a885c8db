//! What is said in an incident's channel, as it is kept: messages with all that they said over time, the fact of their
//! deletion, reactions, files' names, threads, who came and went, topics.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{ChannelId, MessageId, Source, UserId};
use super::prose::Prose;

/// What kind of message it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody said it.
    Said,
    /// Somebody came in.
    Joined,
    /// Somebody left.
    Left,
    /// Somebody set the channel's topic.
    Topic,
    /// Something else that the chat notes about the channel.
    Notice,
}

impl Kind {
    /// All.
    pub const ALL: [Self; 5] = [Self::Said, Self::Joined, Self::Left, Self::Topic, Self::Notice];

    /// The word that is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Said => "said",
            Self::Joined => "joined",
            Self::Left => "left",
            Self::Topic => "topic",
            Self::Notice => "notice",
        }
    }

    /// The kind of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// A file with a message. Its content stays in the chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Its name.
    pub name: String,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

fn size_of_files(files: &[Attached]) -> usize {
    files.iter().map(|file| file.name.len() + file.link.as_ref().map_or(0, String::len)).sum()
}

/// A message as it stands in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Utterance {
    /// Where.
    pub source: Source,
    /// When it was sent (UTC), by the chat's clock.
    pub at: Timestamp,
    /// Of which kind.
    pub kind: Kind,
    /// Who; `None` for a bot without a user.
    pub author: Option<UserId>,
    /// Whether a bot said it.
    pub by_bot: bool,
    /// What it says.
    pub text: Prose,
    /// The files with it.
    pub files: Vec<Attached>,
    /// When it was changed last; then nobody knows from it what it said at first.
    pub changed: Option<Timestamp>,
}

impl Utterance {
    /// Since when it says what it says.
    pub fn says_so_since(&self) -> Timestamp {
        self.changed.unwrap_or(self.at)
    }

    fn size(&self) -> usize {
        self.text.size() + size_of_files(&self.files)
    }
}

/// Something that goes on in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chatter {
    /// A message.
    Said(Box<Utterance>),
    /// A message was changed.
    Changed {
        /// As it is now.
        now: Box<Utterance>,
        /// As it was, when the chat tells.
        before: Option<Box<Utterance>>,
    },
    /// A message was deleted.
    Deleted {
        /// In which channel.
        channel: ChannelId,
        /// Which.
        message: MessageId,
        /// When.
        at: Timestamp,
        /// As it was, when the chat tells.
        before: Option<Box<Utterance>>,
    },
    /// Somebody put an emoji on a message or took it away.
    Reacted {
        /// In which channel.
        channel: ChannelId,
        /// On which message.
        message: MessageId,
        /// Who.
        by: UserId,
        /// The emoji's name.
        emoji: String,
        /// When.
        at: Timestamp,
        /// Whether it is there now.
        there: bool,
    },
}

impl Chatter {
    /// In which channel.
    pub fn channel(&self) -> &ChannelId {
        match self {
            Self::Said(said) | Self::Changed { now: said, .. } => &said.source.channel,
            Self::Deleted { channel, .. } | Self::Reacted { channel, .. } => channel,
        }
    }

    /// About which message.
    pub fn message(&self) -> &MessageId {
        match self {
            Self::Said(said) | Self::Changed { now: said, .. } => &said.source.message,
            Self::Deleted { message, .. } | Self::Reacted { message, .. } => message,
        }
    }

    /// About how many bytes of memory it takes.
    pub fn size(&self) -> usize {
        /// Ids, instants and the allocations around them.
        const REST: usize = 512;
        let before = |before: &Option<Box<Utterance>>| before.as_ref().map_or(0, |before| before.size() + REST);
        REST + match self {
            Self::Said(said) => said.size(),
            Self::Changed { now, before: earlier } => now.size() + before(earlier),
            Self::Deleted { before: earlier, .. } => before(earlier),
            Self::Reacted { emoji, .. } => emoji.len(),
        }
    }
}

/// A message as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Where.
    pub source: Source,
    /// When it was sent (UTC).
    pub at: Timestamp,
    /// Of which kind.
    pub kind: Kind,
    /// Who; `None` for a bot without a user, or when that is not known.
    pub author: Option<UserId>,
    /// Whether a bot said it.
    pub by_bot: bool,
    /// The files with it.
    pub files: Vec<Attached>,
    /// What it said, the earliest first; empty when that is not known.
    pub versions: Vec<Version>,
    /// When it was deleted, if it was.
    pub deleted: Option<Timestamp>,
    /// The reactions that are on it, by emoji and person.
    pub reactions: Vec<Reaction>,
}

impl Kept {
    /// About how many bytes there are to tell of it: words, files, and how often it was changed or reacted to.
    pub fn size(&self) -> usize {
        /// An instant, a person.
        const EACH: usize = 64;
        let versions: usize =
            self.versions.iter().map(|version| EACH + version.text.as_ref().map_or(0, Prose::size)).sum();
        versions + EACH * self.reactions.len() + size_of_files(&self.files)
    }

    /// What it said last; `None` when that is not known or was not to be kept.
    pub fn text(&self) -> Option<&Prose> {
        self.versions.last()?.text.as_ref()
    }

    /// What it said before it was changed.
    pub fn earlier(&self) -> &[Version] {
        self.versions.split_last().map_or(&[], |(_, earlier)| earlier)
    }
}

/// What a message said from an instant on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Since when.
    pub since: Timestamp,
    /// What; `None` when it was deleted and its words were not to be kept.
    pub text: Option<Prose>,
}

/// An emoji that somebody put on a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reaction {
    /// The emoji's name.
    pub emoji: String,
    /// Who.
    pub by: UserId,
    /// When; for one that was found later, when the message was sent.
    pub at: Timestamp,
}

/// What was said in an incident's channel, from its beginning on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The messages, oldest first, deleted ones among them.
    pub messages: Vec<Kept>,
    /// Whether that is all; what is left out was said later.
    pub is_whole: bool,
}

impl History {
    /// Those whose names are needed to tell it, each once: first who said anything, then who is mentioned, then who only
    /// came and went.
    pub fn people(&self) -> Vec<&UserId> {
        let (said, rest): (Vec<&Kept>, Vec<&Kept>) = self.messages.iter().partition(|kept| kept.kind == Kind::Said);
        let mentioned = self.messages.iter().filter_map(Kept::text).flat_map(Prose::people);
        let mut met = BTreeSet::new();
        let said = said.into_iter().filter_map(|kept| kept.author.as_ref());
        let rest = rest.into_iter().filter_map(|kept| kept.author.as_ref());
        let everybody = said.chain(mentioned).chain(rest);
        everybody.filter(|user| met.insert(*user)).collect()
    }
}
