//! The courier: it empties the outbox. Each lane keeps its order within a class, lanes do not wait for each other, and
//! nothing is slowed before the chat asks for it. What is done beside the chat goes the same way, in lanes of its own.

mod circuit;
mod lane;
mod pace;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::prelude::*;
use jiff::SignedDuration;

use super::Shared;
use super::beside::Beside;
use super::leases::Hold;
use super::outlets::Order;
use super::supervisor::Arrived;
use crate::boundary::backoff::Backoff;
use crate::boundary::comm_platform::{Doubt, OutboxKey, Receipt, SendError};
use crate::core::effect::{Destination, Effect, Reaction};
use crate::core::inbound::{Inbound, Outcome};
use crate::core::message::Line;
use crate::crash;
use crate::data::{Attempt, NewInbound, OutboxId, OutboxRow, Settled, Side, StoreError};
use circuit::{Admission, Circuits};
use lane::{Job, Lane};
use pace::Paces;

/// No message waits longer than this in the courier's mailbox.
const MAILBOX_AGE: Duration = Duration::from_secs(60);
/// The first retry comes within a second (DESIGN, invariant 5).
const FIRST_PAUSE: Duration = Duration::from_millis(800);

/// The actor that sends.
pub struct Courier {
    shared: Arc<Shared>,
    /// Where outcomes go; set once the supervisor is there.
    supervisor: Option<Recipient<Arrived>>,
    lanes: HashMap<String, Lane>,
    /// Up to which row each lane was read from the database lately, and when: what a message that was sent before says of
    /// these rows is old.
    read: HashMap<String, (OutboxId, Instant)>,
    /// What the destinations taught about their limits.
    paces: Paces,
    /// Which of them answer, and what is on its way there.
    circuits: Circuits,
    /// What is under way: calls, notes of what became of them, rests.
    beside: Beside<Self>,
}

impl Courier {
    /// A courier with nothing to send yet; it finds in the database what is waiting.
    pub fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            supervisor: None,
            lanes: HashMap::new(),
            read: HashMap::new(),
            paces: Paces::default(),
            circuits: Circuits::default(),
            beside: Beside::default(),
        }
    }
}

impl Actor for Courier {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.shared.tuning.mailbox);
    }
}

/// Outcomes go to this supervisor. With it the courier begins.
#[derive(Message)]
#[rtype(result = "()")]
pub struct ReportTo(pub Recipient<Arrived>);

impl Handler<ReportTo> for Courier {
    type Result = ();

    fn handle(&mut self, ReportTo(supervisor): ReportTo, ctx: &mut Self::Context) {
        self.supervisor = Some(supervisor);
        self.beside.begin(ctx);
        self.poll(ctx);
    }
}

/// These rows are in the outbox since a moment ago, and nobody tried them yet.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Dispatch(pub Vec<OutboxRow>);

impl Handler<Dispatch> for Courier {
    type Result = ();

    fn handle(&mut self, Dispatch(rows): Dispatch, _: &mut Self::Context) {
        self.take_overflow();
        self.take(rows);
    }
}

/// Rows of this lane are in the outbox and were not handed over.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Waiting(pub String);

impl Handler<Waiting> for Courier {
    type Result = ();

    fn handle(&mut self, Waiting(name): Waiting, _: &mut Self::Context) {
        self.lanes.entry(name.clone()).or_default().behind = true;
        self.advance(&name);
    }
}

/// Nothing is on its way and nothing fresh waits: for a stop that finishes what is in hand.
#[derive(Message)]
#[rtype(result = "bool")]
pub struct IsQuiet;

impl Handler<IsQuiet> for Courier {
    type Result = bool;

    fn handle(&mut self, _: IsQuiet, _: &mut Self::Context) -> Self::Result {
        self.circuits.are_quiet() && self.lanes.values().all(|lane| lane.is_empty() || lane.rests())
    }
}

impl Courier {
    /// Lanes whose rows did not fit into the mailbox are read from the database before anything later of them leaves.
    fn take_overflow(&mut self) {
        for name in self.shared.outbox_overflow.take() {
            self.lanes.entry(name.clone()).or_default().behind = true;
            self.advance(&name);
        }
    }

    /// Takes rows that nobody tried yet.
    fn take(&mut self, rows: Vec<OutboxRow>) {
        let bound = self.shared.tuning.lane_rows;
        let mut touched = Vec::new();
        for row in rows {
            let name = row.lane.clone();
            if self.read.get(&name).is_some_and(|(read, _)| row.id <= *read) {
                continue;
            }
            self.lanes.entry(name.clone()).or_default().admit(Job::fresh(row), bound);
            if !touched.contains(&name) {
                touched.push(name);
            }
        }
        for name in touched {
            self.advance(&name);
        }
    }

    /// Sends the lane's next effect, unless one is on its way.
    fn advance(&mut self, name: &str) {
        let now = Instant::now();
        let Some(lane) = self.lanes.get_mut(name) else { return };
        if let Some(class) = lane.promoted() {
            self.circuits.queue(lane.destination(), class, name);
        }
        if lane.is_busy() {
            return;
        }
        if lane.settling > 0 && lane.destination() != Destination::Chat {
            // What is done beside the chat begins with what the last of it left on record: an order that came too early
            // would make again what was just made. The last settlement comes back here.
            return;
        }
        if lane.behind && !lane.has_ready() {
            if lane.settling > 0 {
                // What is being settled would be found as waiting; the last settlement comes back here.
                return;
            }
            self.fetch(name.to_owned());
            return;
        }
        if !lane.has_ready() {
            if lane.is_empty() {
                self.lanes.remove(name);
            }
            return;
        }
        let destination = lane.destination();
        match self.circuits.admits(destination, FIRST_PAUSE, now) {
            Admission::Go => {}
            Admission::Rest(pause) => {
                lane.rest(&self.beside, name, pause);
                return;
            }
            Admission::Queue => {
                let class = lane.class();
                lane.queue(class);
                self.circuits.queue(destination, class, name);
                return;
            }
        }
        let job = match lane.next(|effect| self.paces.rest(name, effect, now)) {
            lane::Next::Job(job) => *job,
            lane::Next::Rest(pause) => {
                lane.rest(&self.beside, name, pause);
                return;
            }
        };
        self.paces.used(name, &job.row.effect, now);
        self.circuits.leaves(destination);
        let (shared, name) = (self.shared.clone(), name.to_owned());
        let work = async move {
            let mut job = job;
            match shared.hold(Side::Outbox, &job.row.lane).await {
                Ok(Hold::Had) => {}
                Ok(Hold::New { .. }) => return (job, Flight::Refetch),
                Ok(Hold::Elsewhere) => return (job, Flight::NotOurs),
                Err(error) => return (job, Flight::Lost(error)),
            }
            let began = shared.clock.now();
            crash::point("effect.leaving");
            let row = &job.row;
            let key = OutboxKey(row.id.0);
            let order = Order { key, incident: row.incident, effect: &row.effect, doubt: job.doubt };
            let result = shared.perform(order).await;
            if result.is_ok() {
                crash::point("effect.done");
            }
            job.latest = Attempt { began, ended: shared.clock.now() };
            (job, Flight::Landed { result })
        };
        // The call itself runs beside the actors, so that reading an answer never waits for their thread.
        let flight = tokio::spawn(work);
        self.beside.run(flight, move |landed, courier| {
            courier.circuits.is_back(destination);
            match landed {
                Ok((job, flight)) => courier.landed(job, flight),
                Err(error) => {
                    tracing::error!(lane = %name, %error, "a call ended in a panic; its effect is fetched again");
                    if let Some(lane) = courier.lanes.get_mut(&name) {
                        lane.crashed();
                    }
                    courier.later(&name, Duration::from_secs(1));
                }
            }
            courier.go_on(destination);
        });
    }

    /// Lanes that waited for room there go on.
    fn go_on(&mut self, destination: Destination) {
        while let Some(name) = self.circuits.next(destination, Instant::now()) {
            if let Some(lane) = self.lanes.get_mut(&name) {
                lane.rested();
            }
            self.advance(&name);
        }
    }

    fn landed(&mut self, mut job: Job, flight: Flight) {
        let name = job.row.lane.clone();
        let result = match flight {
            Flight::Landed { result } => result,
            Flight::NotOurs => {
                // Another copy has the lane and was told of its rows.
                self.lanes.remove(&name);
                return;
            }
            Flight::Refetch => {
                if let Some(lane) = self.lanes.get_mut(&name) {
                    lane.refetch(job);
                }
                self.advance(&name);
                return;
            }
            Flight::Lost(error) => {
                tracing::warn!(lane = %name, outbox = job.row.id.0, %error, "an effect waits for the database");
                self.retry(job, FIRST_PAUSE);
                return;
            }
        };
        let destination = job.row.effect.destination();
        let Err(error) = result else {
            self.circuits.answered(destination);
            self.finish(job, result);
            return;
        };
        if error.leaves_doubt() && job.doubt == Doubt::Fresh {
            job.doubt = Doubt::MaybeDone { since: job.latest.began };
        }
        job.last_error = Some(error.to_string());
        match &error {
            SendError::Throttled { retry_after, pace, .. } => {
                self.circuits.answered(destination);
                tracing::warn!(lane = %name, outbox = job.row.id.0, %error, "throttled");
                self.paces.throttled(&name, &job.row.effect, pace, *retry_after, Instant::now());
                self.note_attempt(&job, *retry_after);
                self.put_back(job);
                self.advance(&name);
            }
            SendError::Unknown { .. } | SendError::Transient { .. } => {
                let longest = self.shared.tuning.longest_pause;
                self.circuits.was_silent(destination, FIRST_PAUSE, longest, Instant::now());
                let pause = job.backoff.next(FIRST_PAUSE, longest);
                let age = self.shared.clock.now().duration_since(job.row.decided_at);
                let patience = self.shared.tuning.patience(destination);
                let end = SignedDuration::try_from(patience).unwrap_or(SignedDuration::MAX);
                if age > end {
                    tracing::error!(lane = %name, outbox = job.row.id.0, incident = ?job.row.incident, %error, "given up");
                    self.finish(job, Err(error));
                    return;
                }
                // It is said once of each effect; of what is away, it was said that it is.
                if job.attempts > 0 || self.circuits.is_away(destination) {
                    tracing::debug!(lane = %name, outbox = job.row.id.0, %error, ?pause, "will be tried again");
                } else {
                    tracing::warn!(lane = %name, outbox = job.row.id.0, %error, ?pause, "will be tried again");
                }
                self.retry(job, pause);
            }
            SendError::Refused { code, sentence, operator } => {
                self.circuits.answered(destination);
                let (outbox, incident, by) = (job.row.id.0, job.row.incident, destination.word());
                if matches!(job.row.effect, Effect::ArchiveChannel { .. }) {
                    // It is tried again for days; its incident tells the operator, once.
                    tracing::info!(lane = %name, outbox, ?incident, code, cause = sentence, "the channel is not archived");
                } else if *operator {
                    tracing::error!(lane = %name, outbox, ?incident, by, code, cause = sentence, "an effect was refused");
                } else {
                    tracing::warn!(lane = %name, outbox, ?incident, by, code, cause = sentence, "an effect was refused");
                }
                self.finish(job, Err(error));
            }
        }
    }

    /// The job is done or refused: that is recorded while the lane goes on.
    fn finish(&mut self, job: Job, result: Result<Receipt, SendError>) {
        let name = job.row.lane.clone();
        let lane = self.lanes.entry(name.clone()).or_default();
        lane.landed();
        lane.settling += 1;
        self.settle(job, result, Backoff::default());
        self.advance(&name);
    }

    fn put_back(&mut self, job: Job) {
        let lane = self.lanes.entry(job.row.lane.clone()).or_default();
        lane.landed();
        lane.put_back(job);
    }

    /// The job is the lane's next again after the pause; other classes of the lane need not wait for it.
    fn retry(&mut self, mut job: Job, pause: Duration) {
        let name = job.row.lane.clone();
        job.not_before = Some(Instant::now() + pause);
        job.attempts += 1;
        self.note_attempt(&job, pause);
        self.put_back(job);
        self.advance(&name);
    }

    /// Notes why the job waits, and for how long. Only for receipts: losing it changes nothing about what is sent.
    fn note_attempt(&self, job: &Job, pause: Duration) {
        let (store, row, error) = (self.shared.store.clone(), job.row.id, job.last_error.clone().unwrap_or_default());
        let pause = SignedDuration::try_from(pause).unwrap_or(SignedDuration::MAX);
        let Ok(next) = self.shared.clock.now().checked_add(pause) else { return };
        actix::spawn(async move {
            if let Err(error) = store.postponed(row, &error, next).await {
                tracing::debug!(outbox = row.0, %error, "could not note an attempt");
            }
        });
    }

    fn later(&self, name: &str, pause: Duration) {
        let name = name.to_owned();
        self.beside.run(tokio::time::sleep(pause), move |(), courier| {
            if let Some(lane) = courier.lanes.get_mut(&name) {
                lane.rested();
            }
            courier.advance(&name);
        });
    }

    /// Records what became of an effect. Until that is on record the effect counts as waiting: a crash finds it again,
    /// and the look-up finds that it was done.
    fn settle(&self, job: Job, result: Result<Receipt, SendError>, mut backoff: Backoff) {
        let shared = self.shared.clone();
        let work = async move {
            let settled = record(&shared, &job, &result).await;
            if settled.is_ok() {
                crash::point("effect.recorded");
            }
            (job, result, settled)
        };
        self.beside.run(work, move |(job, result, settled), courier| {
            match settled {
                Ok(None) => {}
                Ok(Some(Settled { came_back, outbox })) => {
                    if let (Some(row), Some(supervisor)) = (came_back, &courier.supervisor) {
                        // When its mailbox is full, the row waits in the inbox for the supervisor's next look.
                        let _ = supervisor.try_send(Arrived(row));
                    }
                    courier.take(outbox);
                }
                Err(error) if error.is_unavailable() => {
                    let pause = backoff.next(FIRST_PAUSE, Duration::from_secs(5));
                    tracing::warn!(outbox = job.row.id.0, %error, ?pause, "could not record what was sent");
                    courier.beside.run(tokio::time::sleep(pause), move |(), courier| {
                        courier.settle(job, result, backoff);
                    });
                    return;
                }
                Err(error) => tracing::error!(outbox = job.row.id.0, %error, "could not record what was sent"),
            }
            if let Some(lane) = courier.lanes.get_mut(&job.row.lane) {
                lane.settling = lane.settling.saturating_sub(1);
            }
            courier.advance(&job.row.lane);
        });
    }

    /// Fetches the lane's rows. Nobody knows whether an earlier life of this process, or another copy, tried them.
    fn fetch(&mut self, name: String) {
        let Some(lane) = self.lanes.get_mut(&name) else { return };
        lane.begin_fetch();
        let shared = self.shared.clone();
        let limit = self.shared.tuning.lane_rows;
        let work = async move {
            let rows = match shared.hold(Side::Outbox, &name).await {
                Ok(Hold::Had | Hold::New { .. }) => {
                    shared.store.waiting_outbox(Some(&name), u64::try_from(limit).unwrap_or(u64::MAX)).await
                }
                Ok(Hold::Elsewhere) => Ok(Vec::new()),
                Err(error) => Err(error),
            };
            (name, rows)
        };
        self.beside.run(work, move |(name, rows), courier| {
            let Some(lane) = courier.lanes.get_mut(&name) else { return };
            match rows {
                Ok(rows) => {
                    if let Some(last) = rows.iter().map(|row| row.id).max() {
                        courier.read.insert(name.clone(), (last, Instant::now()));
                    }
                    lane.fetched(rows, limit);
                    courier.advance(&name);
                }
                Err(error) => {
                    lane.fetched(Vec::new(), limit);
                    tracing::warn!(lane = %name, %error, "could not fetch what waits; the next look tries again");
                }
            }
        });
    }

    /// Looks for lanes with rows that nobody handed over, again and again.
    fn poll(&mut self, ctx: &mut Context<Self>) {
        let shared = self.shared.clone();
        let work = async move { shared.store.waiting_outbox_lanes().await };
        ctx.spawn(work.into_actor(self).map(|lanes, courier, ctx| {
            match lanes {
                Ok(lanes) => {
                    for name in lanes {
                        let lane = courier.lanes.entry(name.clone()).or_default();
                        // A lane that has rows here was told of them.
                        if lane.is_empty() {
                            lane.behind = true;
                        }
                        courier.advance(&name);
                    }
                }
                Err(error) => tracing::warn!(%error, "could not look for what waits"),
            }
            courier.take_overflow();
            for destination in courier.circuits.idle() {
                courier.go_on(destination);
            }
            courier.read.retain(|_, (_, at)| at.elapsed() < MAILBOX_AGE);
            ctx.run_later(courier.shared.tuning.poll, Self::poll);
        }));
    }
}

/// What became of a call.
enum Flight {
    Landed {
        result: Result<Receipt, SendError>,
    },
    /// The lane is ours since now: what waits in the database comes first.
    Refetch,
    NotOurs,
    Lost(StoreError),
}

async fn record(
    shared: &Shared,
    job: &Job,
    result: &Result<Receipt, SendError>,
) -> Result<Option<Settled>, StoreError> {
    let (row, now) = (&job.row, shared.clock.now());
    let came = |outcome: Outcome| {
        let incident = row.incident?;
        Some(NewInbound::of_outbox(row.id, Inbound::Came { incident, outcome }, now))
    };
    match result {
        Ok(receipt) => {
            let comes_back = receipt.outcome.clone().and_then(came);
            match (row.incident, &receipt.synced) {
                (Some(incident), Some(synced)) => {
                    shared.store.synced(row.id, incident, synced, job.latest, comes_back).await
                }
                _ => shared.store.sent(row.id, receipt.message.clone(), job.latest, comes_back).await,
            }
        }
        Err(error) => {
            let mut outcome = error.outcome(&row.effect);
            if outcome.is_none() {
                outcome = given_up(&row.effect);
            }
            shared
                .store
                .refused(row, &error.to_string(), job.latest, outcome.and_then(came), consolation(row, error))
                .await
        }
    }
}

/// What it means for its incident that an effect was given up.
fn given_up(effect: &Effect) -> Option<Outcome> {
    match effect {
        Effect::OpenChannel { .. } => {
            Some(Outcome::ChannelRefused { why: "The chat did not answer for too long.".to_owned() })
        }
        Effect::DraftReport { .. } => {
            Some(Outcome::ReportRefused { why: "the report platform did not answer for too long.".to_owned() })
        }
        _ => None,
    }
}

/// What the person who waits is told when their answer could not be given and what was asked for can be mended. A reply
/// that was refused is not replied to, and a refusal's reaction has its sentence beside it.
fn consolation(row: &OutboxRow, error: &SendError) -> Vec<Effect> {
    let SendError::Refused { sentence, operator: true, .. } = error else { return Vec::new() };
    let (to, begins) = match &row.effect {
        Effect::React { to, reaction: Reaction::Ok } => {
            (to, "This is done; only the reaction that says so is missing.")
        }
        Effect::React { to, reaction: Reaction::OkHand } => {
            (to, "This is so already; only the reaction that says so is missing.")
        }
        Effect::Attach { to, .. } => (to, "I could not give you the file."),
        _ => return Vec::new(),
    };
    let line = Line::new().text(format!("{begins} {sentence}"));
    vec![Effect::Reply { to: to.clone(), message: line.into() }]
}

impl Shared {
    /// Hands committed effects to the courier. When its mailbox is full they wait in the outbox, and the courier is made
    /// to look there before it sends anything later of these lanes.
    pub fn dispatch(&self, courier: &Recipient<Dispatch>, rows: Vec<OutboxRow>) {
        if rows.is_empty() {
            return;
        }
        let lanes: Vec<String> = rows.iter().map(|row| row.lane.clone()).collect();
        if courier.try_send(Dispatch(rows)).is_err() {
            lanes.into_iter().for_each(|lane| self.outbox_overflow.note(lane));
        }
    }
}
