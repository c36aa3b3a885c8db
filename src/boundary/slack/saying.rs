//! Effects that people read: posts, replies, reactions, whispers and files.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use tracing::{debug, info};

use crate::boundary::comm_platform::{Doubt, OutboxKey, Receipt, SendError};
use crate::core::effect::{File, Reaction};
use crate::core::ids::{ChannelId, MessageId, Source, UserId};
use crate::core::message::Message;

use super::calls::{
    ChangeMessage, CompleteUpload, METADATA_TYPE, Metadata, OnMessage, PostMessage, Posted, UploadUrl, UploadedFile,
};
use super::client::{CallError, Done};
use super::platform::{Slack, thread_of};
use super::refusals::is_so_already;
use super::render::{self, Post};
use super::ts;

const POST: &str = "chat.postMessage";
const WHISPER: &str = "chat.postEphemeral";
const UPLOAD: &str = "files.completeUploadExternal";

/// The parts of an entry of the outbox that stand already, by their number.
type Standing = BTreeMap<usize, MessageId>;

impl Slack {
    pub(super) async fn react(&self, to: &Source, reaction: Reaction, doubt: Doubt) -> Result<(), SendError> {
        if let Some(presser) = ts::presser(&to.message) {
            // There is no message to react to: the presser is shown the emoji where the button is.
            let emoji = Message::from(crate::core::message::Line::new().emoji(reaction.emoji()));
            return self.whisper(&to.channel, to.thread.as_ref(), &presser, &emoji, doubt).await;
        }
        let request =
            OnMessage { channel: to.channel.as_str(), timestamp: ts::of(&to.message), name: Some(reaction.emoji()) };
        match self.client.post::<_, Done>("reactions.add", Some(&to.channel), &request).await {
            Ok(_) => Ok(()),
            Err(error) if is_so_already(&error) => Ok(()),
            Err(error) => Err(self.failed(error, "reactions.add", Some(&to.channel), false)),
        }
    }

    pub(super) async fn unreact(&self, to: &Source, reaction: Reaction) -> Result<(), SendError> {
        if ts::presser(&to.message).is_some() {
            // What a presser was shown is gone by itself when they look elsewhere.
            return Ok(());
        }
        let request =
            OnMessage { channel: to.channel.as_str(), timestamp: ts::of(&to.message), name: Some(reaction.emoji()) };
        match self.client.post::<_, Done>("reactions.remove", Some(&to.channel), &request).await {
            Ok(_) => Ok(()),
            Err(error) if is_so_already(&error) => Ok(()),
            Err(error) => Err(self.failed(error, "reactions.remove", Some(&to.channel), false)),
        }
    }

    /// Says something, in as many posts as it takes. After a doubtful attempt only what is missing is posted.
    pub(super) async fn say(
        &self,
        key: OutboxKey,
        channel: &ChannelId,
        thread: Option<&MessageId>,
        message: &Message,
        doubt: Doubt,
    ) -> Result<Receipt, SendError> {
        let posts = render::posts(message, &self.identity().await?.url);
        let mut standing = match doubt {
            Doubt::Fresh => Standing::new(),
            Doubt::MaybeDone { since } => self.standing(key, channel, thread, since).await?,
        };
        for (place, post) in posts.iter().enumerate() {
            let part = place + 1;
            if standing.contains_key(&part) {
                info!(%key, part, %channel, "found posted already");
                continue;
            }
            let begun = !standing.is_empty();
            let posted = self
                .post(channel, thread, post, Some((key, part)))
                .await
                .map_err(|error| self.failed(error, POST, Some(channel), begun))?;
            standing.insert(part, posted);
        }
        Ok(Receipt { message: standing.into_values().next(), ..Receipt::default() })
    }

    pub(super) async fn say_unrecorded(&self, to: &Source, message: &Message) -> Result<(), SendError> {
        for post in render::posts(message, &self.identity().await?.url) {
            let posted = self.post(&to.channel, thread_of(to), &post, None).await;
            posted.map_err(|error| self.failed(error, POST, Some(&to.channel), false))?;
        }
        Ok(())
    }

    /// Posts; mends what can be mended on the way: a public channel is entered, and blocks that Slack does not take are
    /// left away, since the text says the same.
    async fn post(
        &self,
        channel: &ChannelId,
        thread: Option<&MessageId>,
        post: &Post,
        recorded: Option<(OutboxKey, usize)>,
    ) -> Result<MessageId, CallError> {
        let send = async |blocks| {
            let request = PostMessage {
                channel: channel.as_str(),
                user: None,
                text: &post.text,
                blocks,
                thread_ts: thread.map(ts::of),
                metadata: recorded.map(|(key, part)| Metadata::new(key, part)),
                parse: "none",
                link_names: false,
                unfurl_links: false,
                unfurl_media: false,
            };
            let posted: Posted = self.client.post(POST, Some(channel), &request).await?;
            Ok::<_, CallError>(MessageId::new(posted.ts))
        };
        match send(post.blocks.as_slice()).await {
            Err(error) if error.code() == "not_in_channel" && self.enter(channel).await.is_ok() => {
                send(&post.blocks).await
            }
            Err(error) if !post.blocks.is_empty() && is_about_blocks(&error) => {
                info!(%channel, %error, "Slack does not take the blocks; saying it as text");
                send(&[]).await
            }
            sent => sent,
        }
    }

    /// Shows something to one person. It cannot be looked up, so a doubtful one counts as shown.
    pub(super) async fn whisper(
        &self,
        channel: &ChannelId,
        thread: Option<&MessageId>,
        to: &UserId,
        message: &Message,
        doubt: Doubt,
    ) -> Result<(), SendError> {
        if doubt != Doubt::Fresh {
            info!(%channel, %to, "a whisper that may have been shown is not repeated");
            return Ok(());
        }
        for (place, post) in render::posts(message, &self.identity().await?.url).iter().enumerate() {
            let request = PostMessage {
                channel: channel.as_str(),
                user: Some(to.as_str()),
                text: &post.text,
                blocks: &post.blocks,
                thread_ts: thread.map(ts::of),
                metadata: None,
                parse: "none",
                link_names: false,
                unfurl_links: false,
                unfurl_media: false,
            };
            let shown = self.client.post::<_, Done>(WHISPER, Some(channel), &request).await;
            shown.map_err(|error| self.failed(error, WHISPER, Some(channel), place > 0))?;
        }
        Ok(())
    }

    /// Changes what the bot said, which may be repeated. What takes more than one post is cut to the first: that a
    /// message becomes shorter is what it is changed for. A message that is gone needs no change.
    pub(super) async fn rewrite(&self, channel: &ChannelId, id: &MessageId, to: &Message) -> Result<(), SendError> {
        let posts = render::posts(to, &self.identity().await?.url);
        let Some(post) = posts.first() else { return self.remove(channel, id).await };
        let request = ChangeMessage {
            channel: channel.as_str(),
            ts: ts::of(id),
            text: Some(&post.text),
            blocks: Some(&post.blocks),
            parse: Some("none"),
            link_names: Some(false),
        };
        self.change("chat.update", channel, &request).await
    }

    /// Takes back what the bot said, which may be repeated: a message that is gone is what was wanted.
    pub(super) async fn remove(&self, channel: &ChannelId, id: &MessageId) -> Result<(), SendError> {
        let request = ChangeMessage {
            channel: channel.as_str(),
            ts: ts::of(id),
            text: None,
            blocks: None,
            parse: None,
            link_names: None,
        };
        self.change("chat.delete", channel, &request).await
    }

    async fn change(
        &self,
        method: &'static str,
        channel: &ChannelId,
        request: &ChangeMessage<'_>,
    ) -> Result<(), SendError> {
        match self.client.post::<_, Done>(method, Some(channel), request).await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == "message_not_found" => Ok(()),
            Err(error) => Err(self.failed(error, method, Some(channel), false)),
        }
    }

    /// Attaches a file. Slack takes no metadata with files, so one is found again by its name and size in the thread.
    pub(super) async fn attach(
        &self,
        key: OutboxKey,
        to: &Source,
        message: &Message,
        file: &File,
        doubt: Doubt,
    ) -> Result<Receipt, SendError> {
        let channel = &to.channel;
        let thread = thread_of(to);
        // Slack refuses an empty file.
        let content = if file.content.is_empty() { "\n" } else { file.content.as_str() };
        if let Doubt::MaybeDone { since } = doubt
            && let Some(found) = self.attached(channel, thread, file, content.len(), since).await?
        {
            info!(%key, %channel, "found attached already");
            return Ok(Receipt { message: Some(found), ..Receipt::default() });
        }
        let mut texts = render::text(message, &self.identity().await?.url);
        let comment = if texts.len() == 1 { texts.pop() } else { None };
        let said = comment.is_none() && !texts.is_empty();
        if said {
            self.say(key, channel, thread, message, doubt).await?;
        }
        let failed = |error, method| self.failed(error, method, Some(channel), said);
        let arguments = [("filename", Some(file.name.clone())), ("length", Some(content.len().to_string()))];
        let upload: UploadUrl = self
            .client
            .get("files.getUploadURLExternal", Some(channel), &arguments)
            .await
            .map_err(|error| failed(error, "files.getUploadURLExternal"))?;
        self.client.upload(upload.upload_url, content).await.map_err(|error| match error {
            // Bytes alone show nothing to anybody: a second upload is harmless.
            CallError::Lost(why) => failed(CallError::Unsent(why), "files.upload"),
            error => failed(error, "files.upload"),
        })?;
        let request = CompleteUpload {
            files: [UploadedFile { id: &upload.file_id, title: &file.name }],
            channel_id: channel.as_str(),
            thread_ts: thread.map(ts::of),
            initial_comment: comment.as_deref(),
        };
        let send = async || self.client.post::<_, Done>(UPLOAD, Some(channel), &request).await;
        let sent = match send().await {
            Err(error) if error.code() == "not_in_channel" && self.enter(channel).await.is_ok() => send().await,
            sent => sent,
        };
        sent.map(|_| Receipt::default()).map_err(|error| failed(error, UPLOAD))
    }

    /// Which parts of an entry of the outbox stand in a channel or thread already.
    async fn standing(
        &self,
        key: OutboxKey,
        channel: &ChannelId,
        thread: Option<&MessageId>,
        since: Timestamp,
    ) -> Result<Standing, SendError> {
        let messages = self.since(channel, thread, since).await?;
        debug!(%key, %channel, messages = messages.len(), "looked up what stands already");
        Ok(messages.iter().filter_map(|message| part_of(key, message)).collect())
    }

    async fn attached(
        &self,
        channel: &ChannelId,
        thread: Option<&MessageId>,
        file: &File,
        size: usize,
        since: Timestamp,
    ) -> Result<Option<MessageId>, SendError> {
        let me = self.identity().await?.user.clone();
        let is_it = |message: &Value| {
            let files = message.get("files").and_then(Value::as_array);
            message.get("user").and_then(Value::as_str) == Some(me.as_str())
                && files.into_iter().flatten().any(|shared| {
                    let title = shared.get("title").or_else(|| shared.get("name")).and_then(Value::as_str);
                    title == Some(&file.name) && shared.get("size").and_then(Value::as_u64) == Some(size as u64)
                })
        };
        let messages = self.since(channel, thread, since).await?;
        Ok(messages
            .iter()
            .find(|message| is_it(message))
            .and_then(|message| message.get("ts")?.as_str())
            .map(MessageId::new))
    }
}

fn is_about_blocks(error: &CallError) -> bool {
    matches!(error.code(), "invalid_blocks" | "invalid_blocks_format" | "msg_blocks_too_long")
}

/// The part of an entry of the outbox that a message is, when it is one.
fn part_of(key: OutboxKey, message: &Value) -> Option<(usize, MessageId)> {
    let metadata = message.get("metadata")?;
    let payload = metadata.get("event_payload")?;
    let is_ours = metadata.get("event_type")?.as_str()? == METADATA_TYPE && payload.get("outbox")?.as_i64()? == key.0;
    let part = usize::try_from(payload.get("part")?.as_u64()?).ok()?;
    is_ours.then_some((part, MessageId::new(message.get("ts")?.as_str()?)))
}
