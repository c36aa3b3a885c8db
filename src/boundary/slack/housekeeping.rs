//! Effects on channels: making one, its topic, who is in it, what is pinned.

use jiff::{SignedDuration, Timestamp};
use tracing::info;

use crate::boundary::comm_platform::{Doubt, SendError};
use crate::core::effect::Effect;
use crate::core::ids::{ChannelId, UserId};

use super::calls::{AddBookmark, Bookmarks, Channel, Channels, Create, Invite, OnChannel, OnMessage, OneChannel};
use super::client::{CallError, Done};
use super::limits;
use super::platform::Slack;
use super::refusals::{concerns_one_invitee, is_so_already};
use super::topic::{channel_name, topic};
use super::ts;

/// How many names are tried before the incident is told that there is no channel for it.
const NAMES: u32 = 20;

/// How far our clock and Slack's may differ.
pub(super) const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(2);

impl Slack {
    pub(super) async fn keep_house(&self, effect: &Effect, doubt: Doubt) -> Result<(), SendError> {
        match effect {
            Effect::SetTopic { channel, topic: parts } => {
                let topic = topic(parts);
                let request = OnChannel { channel: channel.as_str(), topic: Some(&topic) };
                self.on_channel("conversations.setTopic", channel, &request).await
            }
            Effect::Invite { channel, users } => self.invite(channel, users).await,
            Effect::Pin { channel, message } => {
                let request = OnMessage { channel: channel.as_str(), timestamp: ts::of(message), name: None };
                self.on_channel("pins.add", channel, &request).await
            }
            Effect::Bookmark { channel, title, url } => self.bookmark(channel, title, url, doubt).await,
            Effect::ArchiveChannel { channel } => {
                let request = OnChannel { channel: channel.as_str(), ..OnChannel::default() };
                self.on_channel("conversations.archive", channel, &request).await
            }
            Effect::React { .. }
            | Effect::Unreact { .. }
            | Effect::Reply { .. }
            | Effect::Whisper { .. }
            | Effect::Post { .. }
            | Effect::Rewrite { .. }
            | Effect::Remove { .. }
            | Effect::Attach { .. }
            | Effect::OpenChannel { .. }
            | Effect::TrackOpen
            | Effect::TrackSync
            | Effect::DraftReport { .. } => Ok(()),
        }
    }

    /// A call that may be repeated: what is so already is success.
    async fn on_channel(
        &self,
        method: &'static str,
        channel: &ChannelId,
        request: &(impl serde::Serialize + Send + Sync),
    ) -> Result<(), SendError> {
        match self.client.post::<_, Done>(method, Some(channel), request).await {
            Ok(_) => Ok(()),
            Err(error) if is_so_already(&error) => Ok(()),
            Err(error) => Err(self.failed(error, method, Some(channel), false)),
        }
    }

    pub(super) async fn enter(&self, channel: &ChannelId) -> Result<(), CallError> {
        let request = OnChannel { channel: channel.as_str(), ..OnChannel::default() };
        self.client.post::<_, Done>("conversations.join", Some(channel), &request).await.map(|_| ())
    }

    /// Invites people; who cannot be invited is skipped. One call, unless Slack refuses somebody and does not say whom.
    async fn invite(&self, channel: &ChannelId, users: &[UserId]) -> Result<(), SendError> {
        const METHOD: &str = "conversations.invite";
        let call = async |users: &[UserId]| {
            let users = users.iter().map(UserId::as_str).collect::<Vec<_>>().join(",");
            let request = Invite { channel: channel.as_str(), users, force: true };
            self.client.post::<_, Done>(METHOD, Some(channel), &request).await
        };
        for some in users.chunks(limits::INVITEES) {
            let Err(error) = call(some).await else { continue };
            if !concerns_one_invitee(&error) {
                return Err(self.failed(error, METHOD, Some(channel), false));
            }
            for one in if some.len() > 1 { some } else { &[] } {
                match call(std::slice::from_ref(one)).await {
                    Err(error) if concerns_one_invitee(&error) => info!(%channel, user = %one, %error, "not invited"),
                    Err(error) => return Err(self.failed(error, METHOD, Some(channel), false)),
                    Ok(_) => {}
                }
            }
            if let [one] = some {
                info!(%channel, user = %one, %error, "not invited");
            }
        }
        Ok(())
    }

    async fn bookmark(&self, channel: &ChannelId, title: &str, url: &str, doubt: Doubt) -> Result<(), SendError> {
        if doubt != Doubt::Fresh {
            const METHOD: &str = "bookmarks.list";
            let arguments = [("channel_id", Some(channel.to_string()))];
            let listed: Bookmarks = self
                .client
                .get(METHOD, Some(channel), &arguments)
                .await
                .map_err(|error| self.failed(error, METHOD, Some(channel), true))?;
            if listed.bookmarks.iter().any(|bookmark| bookmark.title == title && bookmark.link == url) {
                return Ok(());
            }
        }
        let request = AddBookmark { channel_id: channel.as_str(), title, kind: "link", link: url };
        self.on_channel("bookmarks.add", channel, &request).await
    }

    /// Makes a channel. A taken name gets a suffix; after a doubtful attempt a taken name may be the one that this
    /// attempt made, which is then taken over.
    pub(super) async fn open_channel(&self, name: &str, doubt: Doubt) -> Result<(ChannelId, String), SendError> {
        const METHOD: &str = "conversations.create";
        let mut listed: Option<Vec<Channel>> = None;
        let mut refusal = CallError::Lost("no name was tried".to_owned());
        for attempt in 1..=NAMES {
            let candidate = channel_name(name, attempt);
            let request = Create { name: &candidate, is_private: false };
            match self.client.post::<_, OneChannel>(METHOD, None, &request).await {
                Ok(OneChannel { channel }) => return Ok((ChannelId::new(channel.id), candidate)),
                Err(error) if error.code() == "name_taken" => refusal = error,
                Err(error) => return Err(self.failed(error, METHOD, None, false)),
            }
            if let Doubt::MaybeDone { since } = doubt {
                if listed.is_none() {
                    listed = Some(self.channels_made_since(since).await?);
                }
                for channel in listed.iter().flatten().filter(|channel| channel.name == candidate) {
                    let id = ChannelId::new(&channel.id);
                    let known = self.known.is_known(&id).await;
                    if !known.map_err(|why| SendError::Transient { method: METHOD, why, begun: true })? {
                        info!(channel = %id, name = candidate, "found made already");
                        return Ok((id, candidate));
                    }
                }
            }
        }
        Err(self.failed(refusal, METHOD, None, false))
    }

    /// The channels that the bot made since then. Slack has no way to ask for a channel by its name.
    async fn channels_made_since(&self, since: Timestamp) -> Result<Vec<Channel>, SendError> {
        const METHOD: &str = "conversations.list";
        let me = self.identity().await?.user.clone();
        let earliest = (since - CLOCKS_DIFFER).as_second();
        let mut made = Vec::new();
        let mut cursor = None;
        loop {
            let arguments = [
                ("types", Some("public_channel".to_owned())),
                ("exclude_archived", Some("false".to_owned())),
                ("limit", Some(limits::CHANNEL_PAGE.to_string())),
                ("cursor", cursor),
            ];
            let page: Channels = self
                .client
                .get(METHOD, None, &arguments)
                .await
                .map_err(|error| self.failed(error, METHOD, None, true))?;
            let ours = |channel: &Channel| channel.creator == me.as_str() && channel.created >= earliest;
            made.extend(page.channels.into_iter().filter(ours));
            if page.response_metadata.next_cursor.is_empty() {
                return Ok(made);
            }
            cursor = Some(page.response_metadata.next_cursor);
        }
    }
}
