//! The gateway: what the chat delivers is recorded, acknowledged, and handed to the supervisor; what was missed is
//! fetched from the channels' history.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix::prelude::*;

use super::Shared;
use super::archivist::buffer::Extent;
use super::archivist::{BATCH, Heard};
use super::catch_up::NotRead;
use super::supervisor::Arrived;
use crate::boundary::backoff::Backoff;
use crate::boundary::comm_platform::{Arrival, Arrived as What, Intake, LookupError, NotTaken, Pending, Said};
use crate::core::desk::Desk;
use crate::core::history::Chatter;
use crate::core::ids::{ChannelId, MessageId, Source};
use crate::core::inbound::Inbound;
use crate::core::message::{Line, Message as Words};
use crate::crash;
use crate::data::{InboxRow, NewInbound, Received, StoreError};

/// So many messages are remembered whose authors were told that the database is away.
const TOLD: usize = 1_000;
/// A channel that cannot be read back so often is left until the next gap, or until somebody types a command there.
const ATTEMPTS: u32 = 10;
/// Between two attempts to read back, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The actor that knows whether the chat is listened to, and fetches what was missed.
pub struct Gateway {
    shared: Arc<Shared>,
    /// A catch-up is going on; one more was asked for meanwhile.
    catching_up: Option<bool>,
}

impl Gateway {
    /// A gateway with nothing to catch up yet.
    pub fn new(shared: Arc<Shared>) -> Self {
        Self { shared, catching_up: None }
    }
}

impl Actor for Gateway {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.shared.tuning.mailbox);
    }
}

/// Something may have been missed: before a connection to the chat stood, or while the database was away.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Listening;

impl Handler<Listening> for Gateway {
    type Result = ();

    fn handle(&mut self, _: Listening, ctx: &mut Self::Context) {
        match &mut self.catching_up {
            Some(again) => *again = true,
            None => self.catch_up(ctx),
        }
    }
}

impl Gateway {
    fn catch_up(&mut self, ctx: &mut Context<Self>) {
        self.catching_up = Some(false);
        let shared = self.shared.clone();
        let work = async move { catch_up(&shared).await };
        ctx.spawn(work.into_actor(self).map(|(), gateway, ctx| {
            if gateway.catching_up.take() == Some(true) {
                gateway.catch_up(ctx);
            }
        }));
    }
}

/// Reads back the desks' and the incidents' channels that no command has made be read back.
async fn catch_up(shared: &Shared) {
    let mut channels: Vec<ChannelId> = shared.desks.iter().map(|desk| desk.main_channel.clone()).collect();
    let mut away = Backoff::default();
    let live = loop {
        match shared.store.live_channels().await {
            Ok(live) => break live,
            // What was missed while the database was away is to be found once it is back.
            Err(error) => {
                tracing::warn!(%error, "could not list the incidents' channels");
                tokio::time::sleep(away.next(FIRST_PAUSE, LONGEST_PAUSE)).await;
            }
        }
    };
    for (channel, incident) in live {
        shared.rooms.learn(&channel, incident);
        channels.push(channel);
    }
    for channel in channels {
        let (mut silent, mut away) = (Backoff::default(), Backoff::default());
        while !shared.gaps.is_read(&channel) && silent.failures() < ATTEMPTS {
            match shared.catch_up(&channel).await {
                // The supervisor's next look finds them.
                Ok(true) => shared.inbox_overflow.note(channel.to_string()),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%channel, %error, "could not read what was missed");
                    let pause = match error {
                        NotRead::Chat(LookupError::Throttled { retry_after, .. }) => {
                            retry_after + silent.next(FIRST_PAUSE, LONGEST_PAUSE)
                        }
                        NotRead::Chat(_) => silent.next(FIRST_PAUSE, LONGEST_PAUSE),
                        NotRead::Store(_) => away.next(FIRST_PAUSE, LONGEST_PAUSE),
                    };
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }
}

/// Something that is being recorded. Until it is, nothing later of its lane is handed over.
struct Recording<'a> {
    door: &'a Door,
    lane: &'a str,
    /// What has no place in the order of messages waits for nothing.
    message: Option<MessageId>,
    done: bool,
}

impl<'a> Recording<'a> {
    fn begin(door: &'a Door, lane: &'a str, message: Option<MessageId>) -> Self {
        if let Some(message) = &message {
            door.arriving().entry(lane.to_owned()).or_default().insert(message.clone(), None);
        }
        Self { door, lane, message, done: false }
    }

    /// It is on record; `row` is handed over, unless it was before.
    fn done(&mut self, row: Option<InboxRow>) {
        self.done = true;
        match self.message.take() {
            Some(message) => self.door.hand_over_in_order(self.lane, &message, row),
            None => row.into_iter().for_each(|row| self.door.hand_over(row)),
        }
    }
}

impl Drop for Recording<'_> {
    /// Not recorded, or given up before that was known: it comes again, perhaps after minutes and after what was typed
    /// later. Its channel's history has it as soon as the database is back, and tells the order.
    fn drop(&mut self) {
        if self.done {
            return;
        }
        self.door.shared.gaps.begin(self.door.shared.clock.now());
        if let Some(message) = self.message.take() {
            self.door.hand_over_in_order(self.lane, &message, None);
        }
        self.door.ask_to_catch_up();
    }
}

/// Where the chat's deliveries come in.
pub struct Door {
    shared: Arc<Shared>,
    supervisor: Recipient<Arrived>,
    gateway: Mutex<Option<Recipient<Listening>>>,
    archivist: Mutex<Option<Recipient<Heard>>>,
    /// Whether a connection stood at least once.
    listening: AtomicBool,
    /// By lane, what is being recorded or waits for an earlier one to be: two connections may deliver one channel's
    /// messages, and what was typed first is handed over first.
    arriving: Mutex<HashMap<String, BTreeMap<MessageId, Option<InboxRow>>>>,
    told: Mutex<VecDeque<Source>>,
}

impl Door {
    /// A door to that supervisor.
    pub fn new(shared: Arc<Shared>, supervisor: Recipient<Arrived>) -> Arc<Self> {
        Arc::new(Self {
            shared,
            supervisor,
            gateway: Mutex::default(),
            archivist: Mutex::default(),
            listening: AtomicBool::new(false),
            arriving: Mutex::default(),
            told: Mutex::default(),
        })
    }

    /// Tells this gateway when a connection stands.
    pub fn tell(&self, gateway: Recipient<Listening>) {
        *self.gateway.lock().unwrap_or_else(PoisonError::into_inner) = Some(gateway);
    }

    /// Tells this archivist when something was overheard.
    pub fn tell_archivist(&self, archivist: Recipient<Heard>) {
        *self.archivist.lock().unwrap_or_else(PoisonError::into_inner) = Some(archivist);
    }

    fn wake_archivist(&self) {
        if let Some(archivist) = self.archivist.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            // Full means that it was woken already.
            let _ = archivist.try_send(Heard);
        }
    }

    async fn said(&self, key: String, said: Said) -> Result<(), NotTaken> {
        if !self.shared.is_for_us(&said) {
            return Ok(());
        }
        let message = said.source.message.clone();
        // The chat may deliver late, too.
        let late = self.shared.is_late(&said, self.shared.clock.now());
        let inbound = said.typed(late);
        self.record(
            NewInbound::new(key, inbound.clone(), self.shared.clock.now()).with_message(message.clone()),
            &inbound,
            Some(message),
        )
        .await
    }

    async fn happened(&self, key: String, inbound: Inbound) -> Result<(), NotTaken> {
        if let Inbound::Joined { channel, .. } = &inbound {
            // Only incidents welcome people; a channel that cannot be looked up now is taken for one.
            if matches!(self.shared.rooms.incident(channel).await, Ok(None)) {
                return Ok(());
            }
        }
        if let Inbound::Reacted { channel, emoji, .. } = &inbound {
            // Nearly every reaction is just that.
            if !self.shared.desks.iter().any(|desk| desk.captures(emoji).is_some())
                || matches!(self.shared.rooms.incident(channel).await, Ok(None))
            {
                return Ok(());
            }
        }
        self.record(NewInbound::new(key, inbound.clone(), self.shared.clock.now()), &inbound, None).await
    }

    async fn record(&self, new: NewInbound, inbound: &Inbound, message: Option<MessageId>) -> Result<(), NotTaken> {
        let lane = inbound.lane();
        let mut recording = Recording::begin(self, &lane, message);
        let receive = async {
            self.shared.tell_gaps().await?;
            self.shared.store.receive(new).await
        };
        tokio::pin!(receive);
        let received = tokio::select! {
            received = &mut receive => received,
            () = tokio::time::sleep(self.shared.tuning.notice_after) => {
                self.tell_author(inbound).await;
                receive.await
            }
        };
        match received {
            Ok(received) => {
                crash::point("inbox.recorded");
                recording.done(match received {
                    Received::New(row) => Some(*row),
                    Received::Known => None,
                });
                Ok(())
            }
            Err(error) => {
                drop(recording);
                tracing::error!(%lane, %error, "what came in could not be recorded; the chat will deliver it again");
                self.tell_author(inbound).await;
                Err(NotTaken(error.to_string()))
            }
        }
    }

    fn ask_to_catch_up(&self) {
        let gateway = self.gateway.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gateway) = gateway.as_ref() {
            // Full means that a catch-up is asked for already.
            let _ = gateway.try_send(Listening);
        }
    }

    fn arriving(&self) -> std::sync::MutexGuard<'_, HashMap<String, BTreeMap<MessageId, Option<InboxRow>>>> {
        self.arriving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hand_over_in_order(&self, lane: &str, message: &MessageId, row: Option<InboxRow>) {
        let mut arriving = self.arriving();
        let Some(waiting) = arriving.get_mut(lane) else { return };
        match row {
            Some(row) => {
                waiting.insert(message.clone(), Some(row));
            }
            None => {
                waiting.remove(message);
            }
        }
        while let Some(first) = waiting.first_entry() {
            if first.get().is_none() {
                break;
            }
            if let Some(row) = first.remove() {
                self.hand_over(row);
            }
        }
        if waiting.is_empty() {
            arriving.remove(lane);
        }
    }

    /// To the supervisor; when its mailbox is full the row waits in the inbox, and the supervisor is made to look there
    /// before it runs anything later of the lane.
    fn hand_over(&self, row: InboxRow) {
        let lane = row.lane.clone();
        if self.supervisor.try_send(Arrived(row)).is_err() {
            self.shared.inbox_overflow.note(lane);
        }
    }

    /// Says straight to the chat that the database is away, once for each message.
    async fn tell_author(&self, inbound: &Inbound) {
        let Inbound::Typed { source, .. } = inbound else { return };
        {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.contains(source) {
                return;
            }
            if told.len() >= TOLD {
                told.pop_front();
            }
            told.push_back(source.clone());
        }
        let desk = self.shared.desk_of_channel(&source.channel);
        let line = Line::new().text(
            "My database is away, so I could not record this yet. I keep trying and run it as soon as it is back; go on without me meanwhile.",
        );
        let words = Words::from(match &desk.oncall_group {
            Some(group) => line.text(" ").with(crate::core::message::Span::Group(group.clone())),
            None => line,
        });
        if let Err(error) = self.shared.platform.say_at_once(source, &words).await {
            tracing::error!(channel = %source.channel, %error, "could not even say that the database is away");
        }
    }
}

impl Intake for Door {
    fn take(&self, arrival: Arrival) -> Pending<'_, Result<(), NotTaken>> {
        Box::pin(async move {
            match arrival.what {
                What::Said(said) => self.said(arrival.event_key, said).await,
                What::Happened(inbound) => self.happened(arrival.event_key, inbound).await,
            }
        })
    }

    fn overhear(&self, chatter: Chatter) {
        let channel = chatter.channel();
        let is_desks = |desk: &Desk| desk.main_channel == *channel || desk.notify_channel.as_ref() == Some(channel);
        if self.shared.rooms.is_stranger(channel) || self.shared.desks.iter().any(is_desks) {
            return;
        }
        // It is woken for the first entry and for a full batch; more would only fill its mailbox.
        let waiting = self.shared.overheard.push(chatter);
        if waiting == 1 || waiting.is_multiple_of(BATCH) {
            self.wake_archivist();
        }
    }

    fn disordered(&self) {
        self.shared.gaps.begin(self.shared.clock.now());
    }

    fn listening(&self, after_gap: bool) {
        let first = !self.listening.swap(true, Ordering::Relaxed);
        if !(first || after_gap) {
            return;
        }
        if !first {
            self.shared.gaps.begin(self.shared.clock.now());
            self.shared.overheard.lacks_everywhere(Extent::default());
            self.wake_archivist();
        }
        self.ask_to_catch_up();
    }
}

impl Shared {
    /// Enters the desks' public channels and says which ones the bot must be invited to.
    pub async fn enter_desks(&self) {
        for desk in self.desks.iter() {
            for channel in std::iter::once(&desk.main_channel).chain(&desk.notify_channel) {
                let state = match self.platform.channel(channel).await {
                    Ok(state) => state,
                    Err(error) => {
                        tracing::error!(desk = %desk.name, %channel, %error, "a desk's channel cannot be looked at");
                        continue;
                    }
                };
                if state.archived {
                    tracing::error!(desk = %desk.name, %channel, name = state.name, "a desk's channel is archived");
                } else if state.member {
                    tracing::debug!(desk = %desk.name, %channel, "in the desk's channel");
                } else if state.private {
                    tracing::error!(desk = %desk.name, %channel, name = state.name, "a desk's channel is private: invite the bot there");
                } else if let Err(error) = self.platform.join(channel).await {
                    tracing::error!(desk = %desk.name, %channel, %error, "a desk's channel cannot be entered");
                }
            }
        }
    }
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}
