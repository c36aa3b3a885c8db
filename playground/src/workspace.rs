//! The handle on a workspace: looking at it, waiting for it, setting it up. What people do is in `people.rs`.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;

use crate::Options;
use crate::calls::Call;
use crate::faults::Fault;
use crate::hub::{EnvelopeView, Standing};
use crate::model::{ChannelView, Message, MessageView, Person, Reacted};
use crate::refused::Refused;
use crate::socket;
use crate::state::State;
use crate::text::plain;
use crate::ts::Ts;

pub(crate) struct Inner {
    state: Mutex<State>,
    version: watch::Sender<u64>,
    frozen: watch::Sender<bool>,
    closing: watch::Sender<bool>,
    keeper: Arc<Notify>,
    hint: Option<String>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The keeper holds no reference: this lets it see that the workspace is gone.
        self.keeper.notify_one();
    }
}

/// A workspace. Clones are handles on the same one.
#[derive(Clone)]
pub struct Workspace {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Workspace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workspace").field("version", &*self.inner.version.borrow()).finish_non_exhaustive()
    }
}

impl From<Arc<Inner>> for Workspace {
    fn from(inner: Arc<Inner>) -> Self {
        Self { inner }
    }
}

impl Workspace {
    pub(crate) fn new(options: &Options) -> Self {
        let inner = Inner {
            state: Mutex::new(State::new(options)),
            version: watch::Sender::new(0),
            frozen: watch::Sender::new(false),
            closing: watch::Sender::new(false),
            keeper: Arc::new(Notify::new()),
            hint: options.hint.clone(),
        };
        let workspace = Self { inner: Arc::new(inner) };
        tokio::spawn(socket::keep(Arc::downgrade(&workspace.inner)));
        workspace
    }

    /// Looks at the state (or does what nobody is to notice).
    pub(crate) fn look<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.inner.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state, and wakes whoever waits for changes.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let (done, early) = self.look(|state| {
            let done = change(state);
            (done, state.hub.next_deadline().is_some_and(|at| at < state.keeper_wakes))
        });
        if early {
            self.wake_keeper();
        }
        self.bump();
        done
    }

    pub(crate) fn bump(&self) {
        self.inner.version.send_modify(|version| *version += 1);
    }

    pub(crate) fn wake_keeper(&self) {
        self.inner.keeper.notify_one();
    }

    pub(crate) fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.inner.keeper)
    }

    pub(crate) fn frozen(&self) -> watch::Receiver<bool> {
        self.inner.frozen.subscribe()
    }

    /// Ends what would otherwise stay open for long: sockets, streams, hanging answers.
    pub(crate) fn close(&self) {
        self.inner.closing.send_replace(true);
        self.drop_sockets();
    }

    pub(crate) fn closing(&self) -> watch::Receiver<bool> {
        self.inner.closing.subscribe()
    }

    pub(crate) fn hint(&self) -> Option<&str> {
        self.inner.hint.as_deref()
    }
}

/// Looking.
impl Workspace {
    /// The channel with this id or name, messages and all.
    pub fn channel(&self, key: &str) -> Result<ChannelView, Refused> {
        self.look(|state| Ok(ChannelView::from(state.channel(&state.channel_id(key)?)?)))
    }

    /// Every channel without its messages; direct conversations are among them.
    pub fn channels(&self) -> Vec<ChannelView> {
        self.look(|state| {
            let bare = |c: &crate::model::Channel| ChannelView {
                id: c.id.clone(),
                name: c.name.clone(),
                topic: c.topic.value.clone(),
                purpose: c.purpose.value.clone(),
                archived: c.archived,
                private: c.private,
                members: c.members.iter().cloned().collect(),
                messages: Vec::new(),
                pins: c.pins.clone(),
                bookmarks: c.bookmarks.clone(),
            };
            state.channels.values().map(bare).collect()
        })
    }

    /// The channel's messages after this timestamp (all when it is `None`), oldest first, replies among them.
    pub fn messages(&self, channel: &str, after: Option<Ts>) -> Result<Vec<MessageView>, Refused> {
        self.look(|state| {
            let channel = state.channel(&state.channel_id(channel)?)?;
            let from = after.map_or(0, |after| channel.messages.partition_point(|m| m.ts <= after));
            Ok(channel.messages.range(from..).cloned().collect())
        })
    }

    /// One message.
    pub fn message(&self, channel: &str, ts: &str) -> Option<MessageView> {
        self.look(|state| state.message(&state.channel_id(channel).ok()?, ts).ok().cloned())
    }

    /// Whether anybody has reacted to the message; cheaper than looking at all of it.
    pub fn has_reaction(&self, channel: &str, ts: &str) -> bool {
        self.look(|state| state.message(channel, ts).is_ok_and(|message| !message.reactions.is_empty()))
    }

    /// The channel's ephemeral messages, oldest first.
    pub fn ephemerals(&self, channel: &str) -> Result<Vec<MessageView>, Refused> {
        self.look(|state| {
            let channel = state.channel(&state.channel_id(channel)?)?;
            Ok(channel.ephemerals.iter().cloned().collect())
        })
    }

    /// Everybody, bots and deactivated accounts among them.
    pub fn people(&self) -> Vec<Person> {
        self.look(|state| state.people.values().cloned().collect())
    }

    /// The calls of the Web API, oldest first, as many as are kept (`Options::calls_kept`).
    pub fn calls(&self) -> Vec<Call> {
        self.look(|state| state.calls.all())
    }

    /// Forgets the calls.
    pub fn clear_calls(&self) {
        self.change(|state| state.calls.clear());
    }

    /// The envelopes of Socket Mode, oldest first, as many as are kept (`Options::envelopes_kept`).
    pub fn envelopes(&self) -> Vec<EnvelopeView> {
        self.look(|state| state.hub.views(false))
    }

    /// The events that nobody has acknowledged, those given up among them.
    pub fn events_unacknowledged(&self) -> Vec<EnvelopeView> {
        self.look(|state| state.hub.views(true))
    }

    /// Where an envelope is on its way.
    pub fn standing(&self, envelope_id: &str) -> Option<Standing> {
        self.look(|state| state.hub.standing(envelope_id))
    }

    /// Open Socket Mode connections.
    pub fn sockets(&self) -> usize {
        self.look(|state| state.hub.connections())
    }

    /// The message as a person sees it, in plain text: its blocks or else its text; dates in UTC.
    pub fn rendered(&self, message: &MessageView) -> String {
        self.look(|state| plain::message(state, message))
    }

    /// Any mrkdwn as a person sees it, in plain text.
    pub fn rendered_text(&self, mrkdwn: &str) -> String {
        self.look(|state| plain::mrkdwn(state, mrkdwn))
    }

    /// The workspace's time.
    pub fn now(&self) -> Ts {
        self.look(|state| state.clock.now_ts())
    }
}

/// Waiting.
impl Workspace {
    /// Counts changes: a new value for each.
    pub fn changed(&self) -> watch::Receiver<u64> {
        self.inner.version.subscribe()
    }

    /// Every reaction from now on, in its order; for who must know the moment of each.
    pub fn reactions(&self) -> mpsc::UnboundedReceiver<Reacted> {
        let (tell, told) = mpsc::unbounded_channel();
        self.look(|state| state.told_of_reactions.push(tell));
        told
    }

    /// Waits until the closure gives something, asking it again after changes. `None` when the time is over.
    pub async fn until<T>(&self, limit: Duration, mut found: impl FnMut(&Self) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + limit;
        let mut changes = self.changed();
        loop {
            if let Some(found) = found(self) {
                return Some(found);
            }
            match tokio::time::timeout_at(deadline, changes.changed()).await {
                Ok(Ok(())) => {}
                _ => return found(self),
            }
        }
    }

    /// Waits for a message of the channel that the closure recognises, those already there included.
    pub async fn until_message(
        &self,
        limit: Duration,
        channel: &str,
        mut is_it: impl FnMut(&Message) -> bool,
    ) -> Option<MessageView> {
        let mut seen = None;
        self.until(limit, |workspace| {
            let fresh = workspace.messages(channel, seen).ok()?;
            seen = fresh.last().map(|m| m.ts).or(seen);
            fresh.into_iter().find(|m| is_it(m))
        })
        .await
    }
}

/// Faults and settings.
impl Workspace {
    /// Makes calls of the Web API go wrong.
    pub fn fault(&self, fault: Fault) {
        self.change(|state| state.faults.add(fault));
    }

    /// The faults that are still to come.
    pub fn faults(&self) -> Vec<Fault> {
        self.look(|state| state.faults.all().to_vec())
    }

    /// Ends the faults of the Web API.
    pub fn clear_faults(&self) {
        self.change(|state| state.faults.clear());
    }

    /// Closes every Socket Mode connection without a close frame.
    pub fn drop_sockets(&self) {
        self.change(|state| state.hub.drop_all());
    }

    /// Asks every Socket Mode connection to be replaced (`disconnect`, reason `refresh_requested`), then closes it.
    pub fn disconnect_sockets(&self) {
        let frame = socket::disconnect_frame("refresh_requested");
        self.change(|state| state.hub.disconnect_all(&frame));
    }

    /// Leaves the connections open and says nothing on them, not even a pong.
    pub fn freeze_sockets(&self, frozen: bool) {
        self.inner.frozen.send_replace(frozen);
        self.bump();
    }

    /// Sends each envelope a second time at once, marked as a retry.
    pub fn deliver_twice(&self, twice: bool) {
        self.change(|state| state.hub.twice = twice);
    }

    /// Keeps events back, and delivers them in order when it ends.
    pub fn hold_events(&self, hold: bool) {
        self.change(|state| {
            if hold {
                state.hub.hold = true;
            } else {
                let now = state.clock.now();
                state.hub.release(now);
            }
        });
    }

    /// What the bot token may do. Without a scope that a method needs, the method answers `missing_scope`.
    pub fn set_scopes<S: Into<String>>(&self, scopes: impl IntoIterator<Item = S>) {
        self.change(|state| state.scopes = scopes.into_iter().map(Into::into).collect());
    }

    /// What the bot token may do.
    pub fn scopes(&self) -> Vec<String> {
        self.look(|state| state.scopes.iter().cloned().collect())
    }

    /// Slack's rate limits: about one message a second in a channel, and the tiers of the other methods.
    pub fn rate_limits(&self, on: bool) {
        self.change(|state| {
            state.limits.on = on;
            state.limits.reset();
        });
    }

    /// Revokes both tokens (`token_revoked`), or gives them back.
    pub fn revoke_tokens(&self, revoked: bool) {
        self.change(|state| state.revoked = revoked);
    }

    /// Tells the scopes in the headers of its answers, as Slack does, or not, as a proxy may have it.
    pub fn tell_scopes(&self, told: bool) {
        self.change(|state| state.tells_scopes = told);
    }

    /// Pushes the workspace's clock forward: timestamps, rate limits and redelivery.
    pub fn advance(&self, by: Duration) {
        self.change(|state| state.clock.advance(by));
        self.wake_keeper();
    }
}
