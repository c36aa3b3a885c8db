//! Slack as the chat that the rest of the program knows.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::boundary::comm_platform::{
    ChannelState, CommPlatform, Doubt, HistoryPage, KnownChannels, LookupError, Me, Missed, OutboxKey, Pending,
    Permalink, Receipt, SendError,
};
use crate::core::effect::{Effect, Purpose};
use crate::core::history::Utterance;
use crate::core::ids::{ChannelId, GroupId, MessageId, Source, UserId};
use crate::core::inbound::Outcome;
use crate::core::message::Message;
use crate::core::person::Person;

use super::client::{CallError, Client};
use super::refusals::{lookup_error, send_error};
use super::render::permalink;
use super::ts;

/// Slack, for sending effects and asking questions.
pub struct Slack {
    pub(super) client: Arc<Client>,
    pub(super) known: Arc<dyn KnownChannels>,
}

impl Slack {
    /// Over a client. `known` tells which channels are an incident's already.
    pub fn new(client: Arc<Client>, known: Arc<dyn KnownChannels>) -> Self {
        Self { client, known }
    }

    /// The workspace's identity and address. Asked for once; every effect waits for it.
    pub(super) async fn identity(&self) -> Result<&Me, SendError> {
        self.client.me().await.map_err(|error| self.failed(error, "auth.test", None, false))
    }

    pub(super) fn failed(
        &self,
        error: CallError,
        method: &'static str,
        channel: Option<&ChannelId>,
        begun: bool,
    ) -> SendError {
        send_error(error, method, channel, self.client.name(), begun)
    }

    pub(super) fn unanswered(
        &self,
        error: CallError,
        method: &'static str,
        channel: Option<&ChannelId>,
    ) -> LookupError {
        lookup_error(error, method, channel, self.client.name())
    }

    async fn done(&self, key: OutboxKey, effect: &Effect, doubt: Doubt) -> Result<Receipt, SendError> {
        match effect {
            Effect::React { to, reaction } => self.react(to, *reaction, doubt).await.map(|()| Receipt::default()),
            Effect::Unreact { to, reaction } => self.unreact(to, *reaction).await.map(|()| Receipt::default()),
            Effect::Reply { to, message } => self.say(key, &to.channel, thread_of(to), message, doubt).await,
            Effect::Whisper { channel, thread, to, message } => {
                self.whisper(channel, thread.as_ref(), to, message, doubt).await.map(|()| Receipt::default())
            }
            Effect::Post { channel, message, purpose } => {
                let mut receipt = self.say(key, channel, None, message, doubt).await?;
                receipt.outcome = match (purpose, &receipt.message) {
                    (Purpose::Intro, Some(message)) => Some(Outcome::IntroPosted { message: message.clone() }),
                    (Purpose::Nag { nag, nagged }, Some(message)) => Some(Outcome::NagPosted {
                        nag: *nag,
                        nagged: *nagged,
                        channel: channel.clone(),
                        message: message.clone(),
                    }),
                    _ => None,
                };
                Ok(receipt)
            }
            Effect::Rewrite { channel, message, to } => {
                self.rewrite(channel, message, to).await.map(|()| Receipt::default())
            }
            Effect::Remove { channel, message } => self.remove(channel, message).await.map(|()| Receipt::default()),
            Effect::Attach { to, message, file } => self.attach(key, to, message, file, doubt).await,
            Effect::OpenChannel { name } => {
                let (channel, name) = self.open_channel(name, doubt).await?;
                let outcome = Some(Outcome::ChannelOpened { channel, name });
                Ok(Receipt { outcome, ..Receipt::default() })
            }
            housekeeping => self.keep_house(housekeeping, doubt).await.map(|()| Receipt::default()),
        }
    }
}

/// The thread in which a message is answered. A press on what only one person sees has none.
pub(super) fn thread_of(to: &Source) -> Option<&MessageId> {
    match (&to.thread, ts::presser(&to.message)) {
        (None, Some(_)) => None,
        _ => Some(to.answer_thread()),
    }
}

impl CommPlatform for Slack {
    fn perform<'a>(
        &'a self,
        key: OutboxKey,
        effect: &'a Effect,
        doubt: Doubt,
    ) -> Pending<'a, Result<Receipt, SendError>> {
        Box::pin(self.done(key, effect, doubt))
    }

    fn say_at_once<'a>(&'a self, to: &'a Source, message: &'a Message) -> Pending<'a, Result<(), SendError>> {
        Box::pin(self.say_unrecorded(to, message))
    }

    fn permalinks(&self) -> Pending<'_, Option<Permalink>> {
        Box::pin(async {
            let workspace = self.client.me().await.ok()?.url.clone();
            let made: Permalink = Box::new(move |source| permalink(&workspace, source));
            Some(made)
        })
    }

    fn me(&self) -> Pending<'_, Result<Me, LookupError>> {
        Box::pin(async { self.client.me().await.cloned().map_err(|error| self.unanswered(error, "auth.test", None)) })
    }

    fn person<'a>(&'a self, user: &'a UserId) -> Pending<'a, Result<Person, LookupError>> {
        Box::pin(self.ask_for_person(user))
    }

    fn group<'a>(&'a self, group: &'a GroupId) -> Pending<'a, Result<Vec<UserId>, LookupError>> {
        Box::pin(self.ask_for_group(group))
    }

    fn channel<'a>(&'a self, channel: &'a ChannelId) -> Pending<'a, Result<ChannelState, LookupError>> {
        Box::pin(self.ask_for_channel(channel))
    }

    fn page<'a>(&'a self, channel: &'a ChannelId) -> Pending<'a, Option<String>> {
        Box::pin(async move {
            let me = self.client.me().await.ok()?;
            Some(format!("{}archives/{channel}", me.url))
        })
    }

    fn message_before(&self, message: &MessageId, by: SignedDuration) -> MessageId {
        match ts::instant(message).map(|at| at.checked_sub(by)) {
            Some(Ok(at)) => MessageId::new(ts::at(at)),
            _ => message.clone(),
        }
    }

    fn message_at(&self, at: Timestamp) -> MessageId {
        MessageId::new(ts::at(at))
    }

    fn join<'a>(&'a self, channel: &'a ChannelId) -> Pending<'a, Result<(), LookupError>> {
        Box::pin(async {
            self.enter(channel).await.map_err(|error| self.unanswered(error, "conversations.join", Some(channel)))
        })
    }

    fn missed<'a>(
        &'a self,
        channel: &'a ChannelId,
        after: &'a MessageId,
        limit: usize,
    ) -> Pending<'a, Result<Missed, LookupError>> {
        Box::pin(self.catch_up(channel, after, limit))
    }

    fn history<'a>(
        &'a self,
        channel: &'a ChannelId,
        thread: Option<&'a MessageId>,
        after: &'a MessageId,
        from: Option<String>,
    ) -> Pending<'a, Result<HistoryPage, LookupError>> {
        Box::pin(self.history_page(channel, thread, after, from))
    }

    fn message<'a>(
        &'a self,
        channel: &'a ChannelId,
        message: &'a MessageId,
    ) -> Pending<'a, Result<Option<Utterance>, LookupError>> {
        Box::pin(self.ask_for_message(channel, message))
    }
}
