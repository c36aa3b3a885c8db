//! The supervisor: it knows the living incidents' actors, gives each row of the inbox to the right one, lane by lane in
//! order, wakes and rebuilds actors, and puts idle ones to sleep.

mod put_away;
mod remind;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;

use super::Shared;
use super::beside::Beside;
use super::catch_up::{NotRead, PATIENCE};
use super::courier::Dispatch;
use super::front_desk::FrontDesk;
use super::incident::{IncidentActor, Run, Sleep};
use super::leases::Hold;
use super::run::NotRun;
use crate::boundary::backoff::Backoff;
use crate::boundary::comm_platform::LookupError;
use crate::core::commands::Refusal;
use crate::core::effect::Effect;
use crate::core::ids::{DeskName, IncidentId};
use crate::core::inbound::Inbound;
use crate::core::message::{Line, Message, Span};
use crate::core::turn;
use crate::data::{InboxId, InboxRow, Side, StoreError};

pub use put_away::PutAway;
pub use remind::Remind;

/// A row that ended its actor so often is set aside.
const PANICS: u32 = 2;

/// The actor above the incidents.
pub struct Supervisor {
    shared: Arc<Shared>,
    /// Where effects go once they are committed.
    courier: Recipient<Dispatch>,
    /// What waits in memory, by lane. A lane without rows is not kept.
    lanes: HashMap<String, Lane>,
    /// The incidents that are awake, and since when each has had nothing to do.
    awake: HashMap<IncidentId, Awake>,
    /// One counter for each desk, made when it is first needed.
    front_desks: HashMap<DeskName, Addr<FrontDesk>>,
    /// What rows are waiting for.
    beside: Beside<Self>,
}

/// The rows of one lane, in the order of what was typed; at most one is running.
#[derive(Default)]
struct Lane {
    rows: BTreeMap<(String, InboxId), InboxRow>,
    running: Option<InboxId>,
    /// The database has rows of this lane that are not in memory: they are fetched before anything that came later runs.
    behind: bool,
    /// Whether they are being fetched.
    fetching: bool,
    /// How often in a row the database failed.
    backoff: Backoff,
    /// Until when the lane rests after a failure.
    resting: bool,
}

struct Awake {
    address: Addr<IncidentActor>,
    last_used: Instant,
    running: usize,
}

impl Supervisor {
    /// A supervisor of nothing yet; it finds in the database what is waiting.
    pub fn new(shared: Arc<Shared>, courier: Recipient<Dispatch>) -> Self {
        Self {
            shared,
            courier,
            lanes: HashMap::new(),
            awake: HashMap::new(),
            front_desks: HashMap::new(),
            beside: Beside::default(),
        }
    }
}

impl Actor for Supervisor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.shared.tuning.mailbox);
        self.beside.begin(ctx);
        self.poll(ctx);
    }
}

/// A row was recorded in the inbox.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Arrived(pub InboxRow);

impl Handler<Arrived> for Supervisor {
    type Result = ();

    fn handle(&mut self, Arrived(row): Arrived, _: &mut Self::Context) {
        self.take_overflow();
        let name = row.lane.clone();
        if self.admit(row) {
            self.advance(&name);
        }
    }
}

/// Rows of this lane were recorded and could not be handed over, or another copy recorded them.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Behind(pub String);

impl Handler<Behind> for Supervisor {
    type Result = ();

    fn handle(&mut self, Behind(name): Behind, _: &mut Self::Context) {
        self.lanes.entry(name.clone()).or_default().behind = true;
        self.advance(&name);
    }
}

/// Nothing waits and nothing runs: for a stop that finishes what is in hand.
#[derive(Message)]
#[rtype(result = "bool")]
pub struct IsIdle;

impl Handler<IsIdle> for Supervisor {
    type Result = bool;

    fn handle(&mut self, _: IsIdle, _: &mut Self::Context) -> Self::Result {
        self.lanes.values().all(|lane| lane.running.is_none() && lane.rows.is_empty())
    }
}

/// How many incidents are awake, for tests and for looking at a running bot.
#[derive(Message)]
#[rtype(result = "usize")]
pub struct CountAwake;

impl Handler<CountAwake> for Supervisor {
    type Result = usize;

    fn handle(&mut self, _: CountAwake, _: &mut Self::Context) -> Self::Result {
        self.awake.len()
    }
}

impl Supervisor {
    /// Lanes whose rows did not fit into the mailbox are read from the database before anything later of them runs.
    fn take_overflow(&mut self) {
        for name in self.shared.inbox_overflow.take() {
            self.lanes.entry(name.clone()).or_default().behind = true;
            self.advance(&name);
        }
    }

    /// Takes a row into its lane; `false` when it has to be fetched later.
    fn admit(&mut self, row: InboxRow) -> bool {
        let bound = self.shared.tuning.lane_rows;
        let lane = self.lanes.entry(row.lane.clone()).or_default();
        if lane.running == Some(row.id) {
            return false;
        }
        if lane.behind || lane.fetching || lane.rows.len() >= bound {
            lane.behind = true;
            return true;
        }
        lane.rows.insert((row.sort_key.clone(), row.id), row);
        true
    }

    /// Runs the lane's next row, unless one is running.
    fn advance(&mut self, name: &str) {
        let Some(lane) = self.lanes.get_mut(name) else { return };
        if lane.running.is_some() || lane.resting || lane.fetching {
            return;
        }
        if lane.behind && lane.rows.is_empty() {
            lane.fetching = true;
            lane.behind = false;
            self.fetch(name.to_owned());
            return;
        }
        let Some((_, row)) = lane.rows.pop_first() else {
            self.lanes.remove(name);
            return;
        };
        lane.running = Some(row.id);
        let shared = self.shared.clone();
        let work = async move {
            let mut row = row;
            match shared.hold(Side::Inbox, &row.lane).await {
                Ok(Hold::Had) => {}
                Ok(Hold::New { taken_over }) => {
                    if let Some(channel) = row.body.channel()
                        && !matches!(row.body, Inbound::Reacted { .. })
                    {
                        shared.gaps.begin_in(channel, taken_over);
                    }
                    return (row, Routed::Refetch);
                }
                Ok(Hold::Elsewhere) => return (row, Routed::Elsewhere),
                Err(error) => return (row, Routed::Failed(error.into())),
            }
            match shared.read_back(&row).await {
                Ok(false) => {}
                Ok(true) => return (row, Routed::Refetch),
                Err(error) => return (row, Routed::Failed(error)),
            }
            if let Err(error) = shared.look_up(&mut row).await {
                return (row, Routed::Failed(error));
            }
            let routed = match &row.body {
                Inbound::Came { incident, .. } | Inbound::Typed { on: Some(incident), .. } => {
                    Routed::Incident(*incident)
                }
                other => match other.channel() {
                    Some(channel) => match shared.rooms.incident(channel).await {
                        Ok(Some(incident)) => Routed::Incident(incident),
                        Ok(None) => Routed::FrontDesk(shared.desk_of_channel(channel).name.clone()),
                        Err(error) => Routed::Failed(error.into()),
                    },
                    None => Routed::Failed(StoreError::Corrupt { what: "a row without a place".to_owned() }.into()),
                },
            };
            (row, routed)
        };
        self.beside.run(work, |(row, routed), actor| actor.route(row, routed));
    }

    fn route(&mut self, row: InboxRow, routed: Routed) {
        let (recipient, incident) = match routed {
            Routed::Incident(id) => {
                let awake = self.wake(id);
                awake.running += 1;
                (awake.address.clone().recipient::<Run>(), Some(id))
            }
            Routed::FrontDesk(desk) => {
                let (shared, courier) = (self.shared.clone(), self.courier.clone());
                let address = self.front_desks.entry(desk).or_insert_with(|| FrontDesk::new(shared, courier).start());
                if !address.connected() {
                    *address = FrontDesk::new(self.shared.clone(), self.courier.clone()).start();
                }
                (address.clone().recipient(), None)
            }
            Routed::Elsewhere => {
                // Another copy has the lane and was told of the row.
                self.lanes.remove(&row.lane);
                return;
            }
            Routed::Refetch => {
                let lane = self.lanes.entry(row.lane.clone()).or_default();
                lane.running = None;
                lane.rows.clear();
                lane.behind = true;
                self.advance(&row.lane);
                return;
            }
            Routed::Failed(error) => {
                self.failed(row, &error);
                return;
            }
        };
        let work = recipient.send(Run(row.clone()));
        self.beside.run(work, move |ran, actor| {
            if let Some(id) = incident
                && let Some(awake) = actor.awake.get_mut(&id)
            {
                awake.running = awake.running.saturating_sub(1);
                awake.last_used = Instant::now();
            }
            match ran {
                Ok(Ok(())) => actor.finished(&row.lane),
                Ok(Err(error)) => actor.failed(row, &error),
                // The mailbox closed before the answer: the actor's handler panicked.
                Err(_) => actor.panicked(row, incident),
            }
        });
    }

    fn wake(&mut self, id: IncidentId) -> &mut Awake {
        let (shared, courier) = (self.shared.clone(), self.courier.clone());
        let start = || Awake {
            address: IncidentActor::new(id, shared, courier).start(),
            last_used: Instant::now(),
            running: 0,
        };
        let closed = self.awake.get(&id).is_some_and(|awake| !awake.address.connected());
        if closed {
            self.awake.remove(&id);
        }
        self.awake.entry(id).or_insert_with(start)
    }

    fn finished(&mut self, name: &str) {
        if let Some(lane) = self.lanes.get_mut(name) {
            lane.running = None;
            lane.backoff = Backoff::default();
        }
        self.advance(name);
    }

    /// The row cannot run now: it stays the lane's first, and the lane rests.
    fn failed(&mut self, row: InboxRow, error: &NotRun) {
        let name = row.lane.clone();
        let lane = self.lanes.entry(name.clone()).or_default();
        lane.running = None;
        lane.resting = true;
        let pause =
            lane.backoff.next(Duration::from_millis(200), self.shared.tuning.longest_pause.min(Duration::from_secs(5)));
        match error {
            NotRun::NotYet(_) => tracing::info!(lane = %name, inbox = row.id.0, %error, ?pause, "a row waits"),
            NotRun::Store(StoreError::Unavailable(_) | StoreError::VersionConflict) => {
                tracing::warn!(lane = %name, inbox = row.id.0, %error, ?pause, "a row waits for the database");
            }
            NotRun::Store(_) => {
                tracing::error!(lane = %name, inbox = row.id.0, %error, ?pause, "a row cannot be run now");
            }
        }
        lane.rows.insert((row.sort_key.clone(), row.id), row);
        self.beside.run(tokio::time::sleep(pause), move |(), actor| {
            if let Some(lane) = actor.lanes.get_mut(&name) {
                lane.resting = false;
            }
            actor.advance(&name);
        });
    }

    /// The row ended its actor. It is tried once more with an actor built anew; then it is set aside and answered.
    fn panicked(&mut self, row: InboxRow, incident: Option<IncidentId>) {
        if let Some(id) = incident {
            self.awake.remove(&id);
        }
        let shared = self.shared.clone();
        let work = async move {
            let outcome = match shared.store.panicked(row.id, row.panics).await {
                Ok(panics) if panics >= PANICS => shared.set_aside(&row, incident).await.map(|outbox| (panics, outbox)),
                Ok(panics) => Ok((panics, Vec::new())),
                Err(error) => Err(error),
            };
            (row, outcome)
        };
        self.beside.run(work, |(mut row, outcome), actor| match outcome {
            Ok((panics, outbox)) if panics >= PANICS => {
                actor.shared.dispatch(&actor.courier, outbox);
                actor.finished(&row.lane);
            }
            Ok((panics, _)) => {
                tracing::error!(lane = %row.lane, inbox = row.id.0, panics, "a row ended its actor; it is tried once more");
                row.panics = panics;
                let name = row.lane.clone();
                if let Some(lane) = actor.lanes.get_mut(&name) {
                    lane.running = None;
                    lane.rows.insert((row.sort_key.clone(), row.id), row);
                }
                actor.advance(&name);
            }
            Err(error) => actor.failed(row, &error.into()),
        });
    }

    /// Fetches the lane's rows from the database.
    fn fetch(&self, name: String) {
        let shared = self.shared.clone();
        let limit = u64::try_from(shared.tuning.lane_rows).unwrap_or(u64::MAX);
        let work = async move {
            let rows = match shared.hold(Side::Inbox, &name).await {
                Ok(Hold::Had | Hold::New { .. }) => shared.fetch(&name, limit).await,
                Ok(Hold::Elsewhere) => Ok(Vec::new()),
                Err(error) => Err(error),
            };
            (name, limit, rows)
        };
        self.beside.run(work, |(name, limit, rows), actor| {
            let Some(lane) = actor.lanes.get_mut(&name) else { return };
            lane.fetching = false;
            match rows {
                Ok(rows) => {
                    lane.behind |= u64::try_from(rows.len()).unwrap_or(u64::MAX) >= limit;
                    for row in rows {
                        lane.rows.insert((row.sort_key.clone(), row.id), row);
                    }
                    actor.advance(&name);
                }
                Err(error) => {
                    tracing::warn!(lane = %name, %error, "could not fetch what waits; the next poll tries again");
                }
            }
        });
    }

    /// Looks for lanes with rows that nobody handed over, again and again; and puts idle actors to sleep.
    fn poll(&mut self, ctx: &mut Context<Self>) {
        let shared = self.shared.clone();
        let work = async move { shared.store.waiting_inbound_lanes().await };
        ctx.spawn(work.into_actor(self).map(|lanes, actor, ctx| {
            match lanes {
                Ok(lanes) => {
                    for name in lanes {
                        let lane = actor.lanes.entry(name.clone()).or_default();
                        if lane.running.is_none() && lane.rows.is_empty() {
                            lane.behind = true;
                        }
                        actor.advance(&name);
                    }
                }
                Err(error) => tracing::warn!(%error, "could not look for what waits"),
            }
            actor.take_overflow();
            actor.rest();
            ctx.run_later(actor.shared.tuning.poll, Self::poll);
        }));
    }

    fn rest(&mut self) {
        let idle = self.shared.tuning.idle;
        let sleepy: HashSet<IncidentId> = self
            .awake
            .iter()
            .filter(|(_, awake)| awake.running == 0 && awake.last_used.elapsed() >= idle)
            .map(|(id, _)| *id)
            .collect();
        for id in sleepy {
            if let Some(awake) = self.awake.remove(&id) {
                // Its mailbox is empty, since nothing of it is running; if it is gone already, it sleeps.
                awake.address.do_send(Sleep);
            }
        }
    }
}

/// Where a row goes.
enum Routed {
    Incident(IncidentId),
    FrontDesk(DeskName),
    /// The lane is ours since now: what waits in the database comes first.
    Refetch,
    Elsewhere,
    Failed(NotRun),
}

impl Shared {
    /// A lane's rows, and after them the gaps: what was recorded after a gap is not run before that is known.
    async fn fetch(&self, lane: &str, limit: u64) -> Result<Vec<InboxRow>, StoreError> {
        let rows = self.store.waiting_inbound(Some(lane), limit).await?;
        if !rows.is_empty() {
            self.learn_gaps().await?;
        }
        Ok(rows)
    }

    /// Reads the row's channel back when something may have been missed there; gives whether what was found, by
    /// whomever, is still to be fetched. A command does not wait for ever for a chat that does not tell.
    async fn read_back(&self, row: &InboxRow) -> Result<bool, NotRun> {
        let Inbound::Typed { source, late: false, .. } = &row.body else { return Ok(false) };
        if self.gaps.is_fetched(&source.channel) {
            return Ok(false);
        }
        if !self.gaps.is_read(&source.channel) {
            match self.catch_up(&source.channel).await {
                Ok(_) => {}
                Err(NotRead::Store(error)) => return Err(error.into()),
                Err(NotRead::Chat(error)) if self.clock.now().duration_since(row.received_at) < PATIENCE => {
                    return Err(NotRun::NotYet(error.to_string()));
                }
                Err(NotRead::Chat(error)) => {
                    tracing::warn!(channel = %source.channel, %error, "running without knowing what was missed before");
                    return Ok(false);
                }
            }
        }
        self.gaps.fetches(&source.channel);
        Ok(true)
    }

    /// Looks up the message that a row is about, when its words matter. The row does not wait for ever for a chat that
    /// does not tell.
    async fn look_up(&self, row: &mut InboxRow) -> Result<(), NotRun> {
        let received = row.received_at;
        let Inbound::Reacted { channel, message, there: true, found, .. } = &mut row.body else { return Ok(()) };
        match self.platform.message(channel, message).await {
            Ok(looked_up) => *found = looked_up.map(Box::new),
            Err(error @ LookupError::Refused { .. }) => {
                tracing::warn!(%channel, %message, %error, "a message that somebody captured cannot be read");
            }
            Err(error) if self.clock.now().duration_since(received) < PATIENCE => {
                return Err(NotRun::NotYet(error.to_string()));
            }
            Err(error) => tracing::warn!(%channel, %message, %error, "a message that somebody captured cannot be read"),
        }
        Ok(())
    }

    /// Finishes a row that cannot be run, and tells its author.
    async fn set_aside(
        &self,
        row: &InboxRow,
        incident: Option<IncidentId>,
    ) -> Result<Vec<crate::data::OutboxRow>, StoreError> {
        let id = format!("in-{}", row.id.0);
        tracing::error!(failure = %id, lane = %row.lane, inbox = row.id.0, incident = ?incident, body = ?row.body,
            "a row ended its actor again and is set aside");
        let effects = match &row.body {
            Inbound::Typed { source, .. } => {
                let desk = self.desk_of_channel(&source.channel);
                turn::refused(Refusal::says(failure(&id, desk)), source)
            }
            _ => Vec::<Effect>::new(),
        };
        match self.store.set_aside(row.id, "it ended its actor", effects, self.clock.now()).await {
            Ok(committed) => Ok(committed.outbox),
            Err(StoreError::AlreadyDone) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// What the author of a command reads when it failed on our side.
pub fn failure(id: &str, desk: &crate::core::desk::Desk) -> Message {
    let line =
        Line::new().text("Something broke on my side, and nothing was changed. My operator finds it in the log as ");
    let line = line.code(id).text("; try it again, or go on without me meanwhile.");
    Message::from(match &desk.oncall_group {
        Some(group) => line.text(" ").with(Span::Group(group.clone())),
        None => line,
    })
}
