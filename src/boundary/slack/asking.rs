//! Questions to Slack: people, groups, channels, and what was said.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tracing::info;

use crate::boundary::comm_platform::{ChannelState, HistoryPage, LookupError, Missed, SendError};
use crate::core::history::Utterance;
use crate::core::ids::{ChannelId, GroupId, MessageId, UserId};
use crate::core::person::{Person, Standing};

use super::calls::{GroupUsers, Messages, OneChannel, OneUser, User};
use super::client::CallError;
use super::housekeeping::CLOCKS_DIFFER;
use super::incoming;
use super::limits;
use super::mrkdwn;
use super::platform::Slack;
use super::ts;

const HISTORY: &str = "conversations.history";
const REPLIES: &str = "conversations.replies";

/// How far back threads are looked at for new replies. Slack does not tell of replies otherwise.
const THREADS_LIVE: SignedDuration = SignedDuration::from_hours(24);

/// How many messages are read for one question at most, whatever is asked: a bound for a channel that never rests.
const MESSAGES: usize = 10_000;

impl Slack {
    pub(super) async fn ask_for_person(&self, user: &UserId) -> Result<Person, LookupError> {
        const METHOD: &str = "users.info";
        let me = self.client.me().await.map_err(|error| self.unanswered(error, "auth.test", None))?;
        let answer: Result<OneUser, CallError> =
            self.client.get(METHOD, None, &[("user", Some(user.to_string()))]).await;
        match answer {
            Ok(OneUser { user: known }) => Ok(person(user, known, &me.team)),
            Err(error) if matches!(error.code(), "user_not_found" | "user_not_visible" | "users_not_found") => {
                Ok(Person { standing: Standing::Unknown, ..Person::unheard_of(user.clone()) })
            }
            Err(error) => Err(self.unanswered(error, METHOD, None)),
        }
    }

    pub(super) async fn ask_for_group(&self, group: &GroupId) -> Result<Vec<UserId>, LookupError> {
        const METHOD: &str = "usergroups.users.list";
        let answer: Result<GroupUsers, CallError> =
            self.client.get(METHOD, None, &[("usergroup", Some(group.to_string()))]).await;
        answer
            .map(|group| group.users.into_iter().map(UserId::from).collect())
            .map_err(|error| self.unanswered(error, METHOD, None))
    }

    pub(super) async fn ask_for_channel(&self, channel: &ChannelId) -> Result<ChannelState, LookupError> {
        const METHOD: &str = "conversations.info";
        let answer: Result<OneChannel, CallError> =
            self.client.get(METHOD, Some(channel), &[("channel", Some(channel.to_string()))]).await;
        let OneChannel { channel: known } = answer.map_err(|error| self.unanswered(error, METHOD, Some(channel)))?;
        Ok(ChannelState {
            id: channel.clone(),
            name: known.name,
            topic: mrkdwn::decode(&known.topic.value).readable(),
            archived: known.is_archived,
            member: known.is_member,
            private: known.is_private,
            shared: known.is_ext_shared,
        })
    }

    /// What people wrote after a message, in the channel and in threads that were begun in the day before it or later.
    pub(super) async fn catch_up(
        &self,
        channel: &ChannelId,
        after: &MessageId,
        limit: usize,
    ) -> Result<Missed, LookupError> {
        let me = self.client.me().await.map_err(|error| self.unanswered(error, "auth.test", None))?;
        let mark = ts::of(after).to_owned();
        let begin = ts::instant(after).map_or_else(|| mark.clone(), |instant| ts::at(instant - THREADS_LIVE));
        let (history, mut complete) =
            self.pages(channel, None, begin).await.map_err(|error| self.unanswered(error, HISTORY, Some(channel)))?;
        let mut messages: Vec<Value> = Vec::new();
        for message in history {
            let latest_reply = message.get("latest_reply").and_then(Value::as_str);
            if latest_reply.is_some_and(|latest| latest > mark.as_str())
                && let Some(parent) = message.get("ts").and_then(Value::as_str).map(MessageId::new)
            {
                let (replies, all) = self
                    .pages(channel, Some(&parent), mark.clone())
                    .await
                    .map_err(|error| self.unanswered(error, REPLIES, Some(channel)))?;
                complete &= all;
                messages.extend(replies);
            }
            messages.push(message);
        }
        let mut said: Vec<_> = messages
            .iter()
            .filter_map(|message| incoming::said(message, channel, me))
            .filter(|said| said.source.message > MessageId::new(&mark))
            .collect();
        // A thread's first message comes with its replies as well, and so does a reply that was shown in the channel.
        said.sort_by(|a, b| a.source.message.cmp(&b.source.message));
        said.dedup_by(|a, b| a.source.message == b.source.message);
        if said.len() > limit {
            said.drain(..said.len() - limit);
            complete = false;
        }
        Ok(Missed { said, complete })
    }

    /// The messages of a channel or thread since an instant of our clock, for looking up what stands already.
    pub(super) async fn since(
        &self,
        channel: &ChannelId,
        thread: Option<&MessageId>,
        since: Timestamp,
    ) -> Result<Vec<Value>, SendError> {
        let method = if thread.is_some() { REPLIES } else { HISTORY };
        match self.pages(channel, thread, ts::at(since - CLOCKS_DIFFER)).await {
            Ok((messages, _)) => Ok(messages),
            // The thread is gone, and what was in it with it.
            Err(error) if matches!(error.code(), "thread_not_found" | "message_not_found") => Ok(Vec::new()),
            // The attempt that is in doubt is still in doubt.
            Err(error) => Err(self.failed(error, method, Some(channel), true)),
        }
    }

    /// One page of a channel or thread, for the history.
    pub(super) async fn history_page(
        &self,
        channel: &ChannelId,
        thread: Option<&MessageId>,
        after: &MessageId,
        from: Option<String>,
    ) -> Result<HistoryPage, LookupError> {
        let method = if thread.is_some() { REPLIES } else { HISTORY };
        let arguments = [
            ("channel", Some(channel.to_string())),
            ("ts", thread.map(|thread| ts::of(thread).to_owned())),
            ("oldest", Some(ts::of(after).to_owned())),
            ("limit", Some(limits::HISTORY_PAGE.to_string())),
            ("cursor", from),
        ];
        let asked = async {
            let me = self.client.me().await?;
            let page: Messages = self.client.get(method, Some(channel), &arguments).await?;
            Ok::<_, CallError>((me, page))
        };
        match asked.await {
            Ok((me, page)) => Ok(HistoryPage {
                found: page.messages.iter().filter_map(|message| incoming::found(message, channel, me)).collect(),
                next: Some(page.response_metadata.next_cursor).filter(|cursor| !cursor.is_empty()),
            }),
            // The thread is gone, and what was in it with it.
            Err(error) if matches!(error.code(), "thread_not_found" | "message_not_found") => {
                Ok(HistoryPage::default())
            }
            Err(error) => Err(self.unanswered(error, method, Some(channel))),
        }
    }

    /// One message, which may stand in a thread: only conversations.replies gives that by its own id.
    pub(super) async fn ask_for_message(
        &self,
        channel: &ChannelId,
        message: &MessageId,
    ) -> Result<Option<Utterance>, LookupError> {
        let id = ts::of(message);
        let arguments = [
            ("channel", Some(channel.to_string())),
            ("ts", Some(id.to_owned())),
            ("oldest", Some(id.to_owned())),
            ("latest", Some(id.to_owned())),
            ("inclusive", Some("true".to_owned())),
            ("limit", Some("2".to_owned())),
        ];
        let answer: Result<Messages, CallError> = self.client.get(REPLIES, Some(channel), &arguments).await;
        match answer {
            Ok(page) => Ok(page
                .messages
                .iter()
                .find(|found| found.get("ts").and_then(Value::as_str) == Some(id))
                .and_then(|found| incoming::one(found, channel))),
            Err(error) if matches!(error.code(), "thread_not_found" | "message_not_found") => Ok(None),
            Err(error) => Err(self.unanswered(error, REPLIES, Some(channel))),
        }
    }

    /// All pages since a message id, newest first in a channel, and whether that was all.
    async fn pages(
        &self,
        channel: &ChannelId,
        thread: Option<&MessageId>,
        oldest: String,
    ) -> Result<(Vec<Value>, bool), CallError> {
        let method = if thread.is_some() { REPLIES } else { HISTORY };
        let mut messages = Vec::new();
        let mut cursor = None;
        loop {
            let arguments = [
                ("channel", Some(channel.to_string())),
                ("ts", thread.map(|thread| ts::of(thread).to_owned())),
                ("oldest", Some(oldest.clone())),
                ("limit", Some(limits::HISTORY_PAGE.to_string())),
                ("include_all_metadata", Some("true".to_owned())),
                ("cursor", cursor),
            ];
            let page: Messages = self.client.get(method, Some(channel), &arguments).await?;
            messages.extend(page.messages);
            if page.response_metadata.next_cursor.is_empty() {
                return Ok((messages, true));
            }
            if messages.len() >= MESSAGES {
                info!(%channel, messages = messages.len(), "more was said than is read at once");
                return Ok((messages, false));
            }
            cursor = Some(page.response_metadata.next_cursor);
        }
    }
}

/// A person of whom Slack tells; `team` is our own workspace.
fn person(id: &UserId, user: User, team: &str) -> Person {
    let is_ours =
        user.team_id.is_empty() || user.team_id == team || user.enterprise_user.teams.iter().any(|t| t == team);
    let standing = if user.deleted {
        Standing::Deactivated
    } else if user.is_bot || id.as_str() == "USLACKBOT" {
        Standing::Bot
    } else if user.is_stranger || !is_ours {
        Standing::OtherOrganisation
    } else if user.is_restricted || user.is_ultra_restricted {
        Standing::Guest
    } else {
        Standing::Member
    };
    let names = [user.profile.display_name, user.profile.real_name, user.real_name, user.name];
    let name = names.into_iter().find(|name| !name.trim().is_empty()).unwrap_or_else(|| id.to_string());
    let timezone = if user.tz.is_empty() { "UTC".to_owned() } else { user.tz };
    Person { id: id.clone(), name, email: user.profile.email.filter(|email| !email.is_empty()), timezone, standing }
}
