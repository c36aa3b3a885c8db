//! One live incident: it runs what concerns the incident, one row at a time, and holds the incident as it is on record.
//! When it has been idle for long the supervisor puts it to sleep; the next row wakes it from the database.

use std::sync::Arc;

use actix::prelude::*;
use jiff::Timestamp;

use super::Shared;
use super::courier::Dispatch;
use super::run::{self, NotRun};
use crate::core::archival::Seen;
use crate::core::ids::IncidentId;
use crate::core::incident::Incident;
use crate::data::{InboxRow, StoreError};

/// The actor of one incident.
pub struct IncidentActor {
    id: IncidentId,
    shared: Arc<Shared>,
    /// Where effects go once they are committed.
    courier: Recipient<Dispatch>,
    /// The incident as of the last commit that this actor saw; `None` before the first row and after a failure.
    held: Option<Incident>,
}

impl IncidentActor {
    /// The actor of that incident, which will load it when it has something to do.
    pub fn new(id: IncidentId, shared: Arc<Shared>, courier: Recipient<Dispatch>) -> Self {
        Self { id, shared, courier, held: None }
    }
}

impl Actor for IncidentActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.shared.tuning.mailbox);
    }
}

/// Run this row of the inbox. `Ok` means that it is finished, here or elsewhere.
#[derive(Message)]
#[rtype(result = "Result<(), NotRun>")]
pub struct Run(pub InboxRow);

impl Handler<Run> for IncidentActor {
    type Result = AtomicResponse<Self, Result<(), NotRun>>;

    fn handle(&mut self, Run(row): Run, _: &mut Self::Context) -> Self::Result {
        let (shared, id, held) = (self.shared.clone(), self.id, self.held.take());
        let work = async move { run::against_incident(&shared, id, held, &row).await };
        AtomicResponse::new(Box::pin(work.into_actor(self).map(|(held, ran), actor, _| {
            actor.held = held;
            actor.shared.dispatch(&actor.courier, ran?.outbox);
            Ok(())
        })))
    }
}

/// Look whether reminders are due at that time.
#[derive(Message)]
#[rtype(result = "Result<(), StoreError>")]
pub struct Tick {
    /// The time.
    pub now: Timestamp,
}

impl Handler<Tick> for IncidentActor {
    type Result = AtomicResponse<Self, Result<(), StoreError>>;

    fn handle(&mut self, Tick { now }: Tick, _: &mut Self::Context) -> Self::Result {
        let (shared, id, held) = (self.shared.clone(), self.id, self.held.take());
        let work = async move { run::reminders(&shared, id, held, now).await };
        AtomicResponse::new(Box::pin(work.into_actor(self).map(|(held, ran), actor, _| {
            actor.held = held;
            ran.map(|ran| actor.shared.dispatch(&actor.courier, ran.outbox))
        })))
    }
}

/// Look whether the incident is to be put away at that time.
#[derive(Message)]
#[rtype(result = "Result<(), StoreError>")]
pub struct PutAway {
    /// The time.
    pub now: Timestamp,
    /// What was seen in the incident's channel.
    pub seen: Seen,
}

impl Handler<PutAway> for IncidentActor {
    type Result = AtomicResponse<Self, Result<(), StoreError>>;

    fn handle(&mut self, PutAway { now, seen }: PutAway, _: &mut Self::Context) -> Self::Result {
        let (shared, id, held) = (self.shared.clone(), self.id, self.held.take());
        let work = async move { run::archival(&shared, id, held, now, seen).await };
        AtomicResponse::new(Box::pin(work.into_actor(self).map(|(held, ran), actor, _| {
            actor.held = held;
            ran.map(|ran| actor.shared.dispatch(&actor.courier, ran.outbox))
        })))
    }
}

/// Go to sleep: what is held is on record.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Sleep;

impl Handler<Sleep> for IncidentActor {
    type Result = ();

    fn handle(&mut self, _: Sleep, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

/// Which version the actor holds, for tests and for looking at a running bot.
#[derive(Message)]
#[rtype(result = "Option<u64>")]
pub struct Observe;

impl Handler<Observe> for IncidentActor {
    type Result = Option<u64>;

    fn handle(&mut self, _: Observe, _: &mut Self::Context) -> Self::Result {
        self.held.as_ref().map(|incident| incident.version)
    }
}
