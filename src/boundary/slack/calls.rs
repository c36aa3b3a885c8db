//! The arguments and answers of Slack's methods, as far as the bot uses them.

use serde::{Deserialize, Deserializer, Serialize};
use slack_morphism::blocks::SlackBlock;

use crate::boundary::comm_platform::OutboxKey;

/// The `event_type` of our messages' metadata.
pub const METADATA_TYPE: &str = "breakingbot";

/// What our messages carry, so that they can be found again.
#[derive(Debug, Serialize)]
pub struct Metadata {
    event_type: &'static str,
    event_payload: Payload,
}

#[derive(Debug, Serialize)]
struct Payload {
    outbox: i64,
    part: usize,
}

impl Metadata {
    /// Of a part of what an entry of the outbox says, counted from 1.
    pub fn new(key: OutboxKey, part: usize) -> Self {
        Self { event_type: METADATA_TYPE, event_payload: Payload { outbox: key.0, part } }
    }
}

/// chat.postMessage, and chat.postEphemeral with a `user`.
#[derive(Debug, Serialize)]
pub struct PostMessage<'a> {
    pub channel: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<&'a str>,
    pub text: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub blocks: &'a [SlackBlock],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_ts: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
    /// `none`: Slack links nothing of its own accord, so words that look like a mention stay words.
    pub parse: &'static str,
    pub link_names: bool,
    pub unfurl_links: bool,
    pub unfurl_media: bool,
}

/// chat.update, and chat.delete with nothing but `channel` and `ts`.
#[derive(Debug, Serialize)]
pub struct ChangeMessage<'a> {
    pub channel: &'a str,
    pub ts: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<&'a str>,
    /// Blocks that are left out stay as they were, so those of a message without any are an empty list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocks: Option<&'a [SlackBlock]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parse: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link_names: Option<bool>,
}

/// The message that was posted.
#[derive(Debug, Deserialize)]
pub struct Posted {
    pub ts: String,
}

/// reactions.add, pins.add.
#[derive(Debug, Serialize)]
pub struct OnMessage<'a> {
    pub channel: &'a str,
    pub timestamp: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
}

/// conversations.join, conversations.archive, conversations.setTopic.
#[derive(Debug, Default, Serialize)]
pub struct OnChannel<'a> {
    pub channel: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<&'a str>,
}

/// conversations.invite.
#[derive(Debug, Serialize)]
pub struct Invite<'a> {
    pub channel: &'a str,
    pub users: String,
    /// Invites those who can be, also when others cannot.
    pub force: bool,
}

/// conversations.create.
#[derive(Debug, Serialize)]
pub struct Create<'a> {
    pub name: &'a str,
    pub is_private: bool,
}

/// The answer of conversations.create and conversations.info.
#[derive(Debug, Deserialize)]
pub struct OneChannel {
    pub channel: Channel,
}

/// A page of conversations.list.
#[derive(Debug, Deserialize)]
pub struct Channels {
    #[serde(default)]
    pub channels: Vec<Channel>,
    #[serde(default)]
    pub response_metadata: Cursor,
}

/// A channel.
#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Channel {
    pub id: String,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub creator: String,
    #[serde(deserialize_with = "or_default")]
    pub created: i64,
    pub is_archived: bool,
    pub is_member: bool,
    pub is_private: bool,
    pub is_ext_shared: bool,
    pub topic: Described,
}

/// A channel's topic or purpose.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Described {
    #[serde(deserialize_with = "or_default")]
    pub value: String,
}

/// Where the next page begins; nowhere when empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Cursor {
    #[serde(deserialize_with = "or_default")]
    pub next_cursor: String,
}

/// A page of conversations.history or conversations.replies. The messages stay JSON: they are read as events are.
#[derive(Debug, Deserialize)]
pub struct Messages {
    #[serde(default)]
    pub messages: Vec<serde_json::Value>,
    #[serde(default, deserialize_with = "or_default")]
    pub response_metadata: Cursor,
}

/// bookmarks.add.
#[derive(Debug, Serialize)]
pub struct AddBookmark<'a> {
    pub channel_id: &'a str,
    pub title: &'a str,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub link: &'a str,
}

/// The answer of bookmarks.list.
#[derive(Debug, Deserialize)]
pub struct Bookmarks {
    #[serde(default)]
    pub bookmarks: Vec<Bookmark>,
}

/// A bookmark.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Bookmark {
    #[serde(deserialize_with = "or_default")]
    pub title: String,
    #[serde(deserialize_with = "or_default")]
    pub link: String,
}

/// The answer of files.getUploadURLExternal.
#[derive(Debug, Deserialize)]
pub struct UploadUrl {
    pub upload_url: slack_morphism::SlackFileUploadUrl,
    pub file_id: String,
}

/// files.completeUploadExternal.
#[derive(Debug, Serialize)]
pub struct CompleteUpload<'a> {
    pub files: [UploadedFile<'a>; 1],
    pub channel_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_ts: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_comment: Option<&'a str>,
}

/// A file that was uploaded.
#[derive(Debug, Serialize)]
pub struct UploadedFile<'a> {
    pub id: &'a str,
    pub title: &'a str,
}

/// The answer of usergroups.users.list.
#[derive(Debug, Deserialize)]
pub struct GroupUsers {
    #[serde(default)]
    pub users: Vec<String>,
}

/// The answer of users.info.
#[derive(Debug, Deserialize)]
pub struct OneUser {
    pub user: User,
}

/// A user.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct User {
    #[serde(deserialize_with = "or_default")]
    pub team_id: String,
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub real_name: String,
    #[serde(deserialize_with = "or_default")]
    pub tz: String,
    #[serde(deserialize_with = "or_default")]
    pub deleted: bool,
    #[serde(deserialize_with = "or_default")]
    pub is_bot: bool,
    #[serde(deserialize_with = "or_default")]
    pub is_restricted: bool,
    #[serde(deserialize_with = "or_default")]
    pub is_ultra_restricted: bool,
    #[serde(deserialize_with = "or_default")]
    pub is_stranger: bool,
    #[serde(deserialize_with = "or_default")]
    pub profile: Profile,
    #[serde(deserialize_with = "or_default")]
    pub enterprise_user: EnterpriseUser,
}

/// A user's profile.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Profile {
    #[serde(deserialize_with = "or_default")]
    pub display_name: String,
    #[serde(deserialize_with = "or_default")]
    pub real_name: String,
    pub email: Option<String>,
}

/// A user of an Enterprise Grid organisation: one account in several workspaces.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct EnterpriseUser {
    #[serde(deserialize_with = "or_default")]
    pub teams: Vec<String>,
}

/// Slack writes `null` where it has nothing to say.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(value: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(value)?.unwrap_or_default())
}
