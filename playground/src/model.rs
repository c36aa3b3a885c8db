//! What a workspace consists of.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ts::Ts;

/// The workspace's team id.
pub const TEAM_ID: &str = "T0PLAY";
/// The team id of the other organisation, from which strangers come.
pub const OTHER_TEAM_ID: &str = "T0OTHER";
/// The app under development.
pub const APP_ID: &str = "A0PLAY";
/// The user the app speaks as.
pub const BOT_USER: &str = "U0BOT";
/// The bot id in the app's messages.
pub const BOT_ID: &str = "B0BOT";
/// The bot token of the seeded app.
pub const BOT_TOKEN: &str = "xoxb-playground";
/// The app-level token of the seeded app, for Socket Mode.
pub const APP_TOKEN: &str = "xapp-playground";

/// Somebody with an account, bots included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    /// `U…`
    pub id: String,
    /// The handle, which `@` in a typed text finds.
    pub name: String,
    /// The full name.
    pub real_name: String,
    /// What others see; the handle when empty.
    pub display_name: String,
    /// The address users.lookupByEmail finds; may be empty.
    pub email: String,
    /// An IANA time zone.
    pub tz: String,
    /// The home organisation.
    pub team_id: String,
    /// A guest (`is_restricted`).
    pub guest: bool,
    /// From another organisation (`is_stranger`).
    pub stranger: bool,
    /// A deactivated account.
    pub deleted: bool,
    /// The bot id when this is a bot's account.
    pub bot_id: Option<String>,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            real_name: String::new(),
            display_name: String::new(),
            email: String::new(),
            tz: "Etc/UTC".to_owned(),
            team_id: TEAM_ID.to_owned(),
            guest: false,
            stranger: false,
            deleted: false,
            bot_id: None,
        }
    }
}

impl Person {
    /// A member of the team in UTC, with names and address made from the handle.
    pub fn new(id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            real_name: name.to_owned(),
            display_name: name.to_owned(),
            email: format!("{name}@playground.example"),
            ..Self::default()
        }
    }

    /// What others see.
    pub fn shown_name(&self) -> &str {
        if self.display_name.is_empty() { &self.name } else { &self.display_name }
    }
}

/// A user group, which `@` in a typed text finds by its handle.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UserGroup {
    /// `S…`
    pub id: String,
    /// What is typed after `@`.
    pub handle: String,
    /// The full name.
    pub name: String,
    /// User ids.
    pub users: Vec<String>,
}

/// One emoji under a message and who put it there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reaction {
    /// The emoji's name without colons.
    pub name: String,
    /// User ids, the first to react first.
    pub users: Vec<String>,
}

/// A reaction at the moment when it was put under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reacted {
    /// The message's channel.
    pub channel: String,
    /// The message.
    pub ts: Ts,
    /// When.
    pub at: Instant,
}

/// Who changed a message last, and when.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Edited {
    /// User id.
    pub user: String,
    /// When.
    pub ts: Ts,
}

/// An uploaded file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct File {
    /// `F…`
    pub id: String,
    /// The file's name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Who uploaded it.
    pub user: String,
    /// Unix seconds.
    pub created: u64,
    /// The bytes.
    #[serde(skip)]
    pub content: Arc<[u8]>,
}

/// A message, an ephemeral one too.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// Its timestamp and name.
    pub ts: Ts,
    /// Who wrote it; the bot's user for the bot's messages.
    pub user: String,
    /// Set when a bot wrote it.
    pub bot_id: Option<String>,
    /// Slack's subtype (`channel_join`, …); none for a plain message.
    pub subtype: Option<&'static str>,
    /// Slack's mrkdwn, encoded.
    pub text: String,
    /// Block Kit, as it was sent.
    pub blocks: Vec<Value>,
    /// Legacy attachments, as they were sent.
    pub attachments: Vec<Value>,
    /// The parent's timestamp when this is a reply.
    pub thread_ts: Option<Ts>,
    /// A reply that is shown in the channel as well.
    pub broadcast: bool,
    /// In the order of their first appearance.
    pub reactions: Vec<Reaction>,
    /// `{event_type, event_payload}`.
    pub metadata: Option<Value>,
    /// The last change.
    pub edited: Option<Edited>,
    /// The only person who sees it.
    pub ephemeral_to: Option<String>,
    /// Uploads shared with it.
    pub files: Vec<File>,
    /// Given by people's clients.
    pub client_msg_id: Option<String>,
    /// Who invited, in a join message; the topic, in a topic message; as (field, value) of the event.
    pub extra: Option<(&'static str, String)>,
}

/// A message as the looking verbs give it.
pub type MessageView = Message;

/// A topic or purpose.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Remark {
    pub(crate) value: String,
    pub(crate) creator: String,
    pub(crate) last_set: u64,
}

/// A pinned message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pin {
    /// The message.
    pub ts: Ts,
    /// Who pinned it.
    pub user: String,
    /// Unix seconds.
    pub created: u64,
}

/// A bookmark of a channel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bookmark {
    /// `Bk…`
    pub id: String,
    /// What is shown.
    pub title: String,
    /// Where it leads.
    pub link: String,
    /// `:name:`, or empty.
    pub emoji: String,
    /// Unix seconds.
    pub created: u64,
    /// Unix seconds; 0 when never changed.
    pub updated: u64,
    /// Who changed it last.
    pub user: String,
}

#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) private: bool,
    /// The other person when this is a direct conversation with the bot.
    pub(crate) im: Option<String>,
    pub(crate) archived: bool,
    pub(crate) creator: String,
    pub(crate) created: u64,
    pub(crate) topic: Remark,
    pub(crate) purpose: Remark,
    pub(crate) previous_names: Vec<String>,
    pub(crate) members: BTreeSet<String>,
    /// Ascending by `ts`, replies among them.
    pub(crate) messages: VecDeque<Message>,
    pub(crate) ephemerals: VecDeque<Message>,
    /// Replies of each parent, ascending.
    pub(crate) threads: HashMap<Ts, Vec<Ts>>,
    pub(crate) pins: Vec<Pin>,
    pub(crate) bookmarks: Vec<Bookmark>,
}

impl Channel {
    fn place(&self, ts: Ts) -> Option<usize> {
        self.messages.binary_search_by(|m| m.ts.cmp(&ts)).ok()
    }

    pub(crate) fn message(&self, ts: Ts) -> Option<&Message> {
        self.place(ts).and_then(|at| self.messages.get(at))
    }

    pub(crate) fn message_mut(&mut self, ts: Ts) -> Option<&mut Message> {
        self.place(ts).and_then(|at| self.messages.get_mut(at))
    }

    pub(crate) fn take(&mut self, ts: Ts) -> Option<Message> {
        self.place(ts).and_then(|at| self.messages.remove(at))
    }

    pub(crate) fn has(&self, user: &str) -> bool {
        self.members.contains(user)
    }

    /// `channel_type` of message events.
    pub(crate) fn kind(&self) -> &'static str {
        match (&self.im, self.private) {
            (Some(_), _) => "im",
            (None, true) => "group",
            (None, false) => "channel",
        }
    }

    /// `channel_type` of membership events.
    pub(crate) fn letter(&self) -> &'static str {
        if self.private { "G" } else { "C" }
    }
}

/// A channel as the looking verbs give it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelView {
    /// `C…`, `G…` or `D…`
    pub id: String,
    /// Without `#`.
    pub name: String,
    /// As it was set.
    pub topic: String,
    /// As it was set.
    pub purpose: String,
    /// Whether it is archived.
    pub archived: bool,
    /// Whether it is private.
    pub private: bool,
    /// User ids, sorted.
    pub members: Vec<String>,
    /// Oldest first, thread replies among them.
    pub messages: Vec<Message>,
    /// In the order of pinning.
    pub pins: Vec<Pin>,
    /// In the order of adding.
    pub bookmarks: Vec<Bookmark>,
}

impl From<&Channel> for ChannelView {
    fn from(channel: &Channel) -> Self {
        Self {
            id: channel.id.clone(),
            name: channel.name.clone(),
            topic: channel.topic.value.clone(),
            purpose: channel.purpose.value.clone(),
            archived: channel.archived,
            private: channel.private,
            members: channel.members.iter().cloned().collect(),
            messages: channel.messages.iter().cloned().collect(),
            pins: channel.pins.clone(),
            bookmarks: channel.bookmarks.clone(),
        }
    }
}
