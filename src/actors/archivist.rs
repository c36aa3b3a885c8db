//! The Archivist: it keeps what is said in incidents' channels, in batches, fetches what was missed, and has what is over
//! put away after its grace period.

mod archival;
pub mod buffer;
mod reading;
mod writing;

use std::sync::Arc;
use std::time::Duration;

use actix::prelude::*;
use jiff::{SignedDuration, Timestamp};

use super::Shared;
use super::supervisor::PutAway;
use crate::boundary::backoff::Backoff;
use buffer::Extent;
use writing::Places;

/// So much is written in one transaction. Commands wait for a transaction that is under way, so it is a short one.
pub const BATCH: usize = 64;
/// So much when more waits than that, since many rows in one transaction cost less than in several.
const BACKLOG: usize = 256;

/// The actor of the history and of archival.
pub struct Archivist {
    shared: Arc<Shared>,
    /// It knows the incidents' actors.
    supervisor: Recipient<PutAway>,
    /// Whether every incident is planned by the configuration that this process runs with.
    planned: bool,
    /// What is known of channels; away while it is in use by a batch.
    places: Option<Places>,
    /// Whether something younger than a batch waits for its age.
    aging: bool,
    /// How often in a row a batch could not be written.
    backoff: Backoff,
    /// Whether gaps are being closed.
    reading: bool,
    /// Who waits until nothing is left to write.
    finishing: Vec<tokio::sync::oneshot::Sender<()>>,
}

impl Archivist {
    /// One that has incidents put away by way of this supervisor.
    pub fn new(shared: Arc<Shared>, supervisor: Recipient<PutAway>) -> Self {
        Self {
            shared,
            supervisor,
            planned: false,
            places: Some(Places::default()),
            aging: false,
            backoff: Backoff::default(),
            reading: false,
            finishing: Vec::new(),
        }
    }
}

impl Actor for Archivist {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.shared.tuning.mailbox);
        // An earlier life may have ended with something overheard and not written.
        self.shared.overheard.lacks_everywhere(Extent { changes_too: true });
        self.look(ctx);
    }
}

/// Something was overheard, or may have been missed.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Heard;

impl Handler<Heard> for Archivist {
    type Result = ();

    fn handle(&mut self, _: Heard, ctx: &mut Self::Context) {
        self.write_when_due(ctx);
        self.read(ctx);
    }
}

/// Write what waits, whatever its age. Answered when that is done.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Finish;

impl Handler<Finish> for Archivist {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, _: Finish, ctx: &mut Self::Context) -> Self::Result {
        let (tell, told) = tokio::sync::oneshot::channel();
        self.finishing.push(tell);
        self.write(ctx);
        Box::pin(async move {
            // The actor that would tell is gone: then nothing is left to be done either.
            let _ = told.await;
        })
    }
}

impl Archivist {
    /// A batch is written when it is full, or when its first entry has waited long enough.
    fn write_when_due(&mut self, ctx: &mut Context<Self>) {
        if self.shared.overheard.is_empty() {
            return;
        }
        if self.shared.overheard.len() >= BATCH || !self.finishing.is_empty() {
            self.write(ctx);
            return;
        }
        if self.aging {
            return;
        }
        self.aging = true;
        let shared = self.shared.clone();
        let age = async move {
            let age = SignedDuration::try_from(shared.tuning.history_age).unwrap_or(SignedDuration::MAX);
            let until = shared.clock.now().checked_add(age).unwrap_or(Timestamp::MAX);
            shared.clock.sleep_until(until).await;
        };
        ctx.spawn(age.into_actor(self).map(|(), archivist, ctx| {
            archivist.aging = false;
            archivist.write(ctx);
        }));
    }

    /// Writes the next batch, unless one is being written: they keep their order.
    fn write(&mut self, ctx: &mut Context<Self>) {
        let Some(mut places) = self.places.take() else { return };
        let most = if self.shared.overheard.len() > BACKLOG { BACKLOG } else { BATCH };
        let batch = self.shared.overheard.take(most);
        if batch.is_empty() {
            self.places = Some(places);
            for waiting in self.finishing.drain(..) {
                // Nobody waits any longer.
                let _ = waiting.send(());
            }
            return;
        }
        let shared = self.shared.clone();
        let work = async move {
            let written = writing::write(&shared, &mut places, &batch).await;
            (places, batch, written)
        };
        ctx.spawn(work.into_actor(self).map(|(places, batch, written), archivist, ctx| match written {
            Ok(()) => {
                archivist.places = Some(places);
                archivist.backoff = Backoff::default();
                archivist.write_when_due(ctx);
                if archivist.shared.overheard.is_empty() {
                    archivist.write(ctx);
                }
                archivist.read(ctx);
            }
            Err(error) => {
                archivist.shared.overheard.put_back(batch);
                let pause = archivist.backoff.next(Duration::from_millis(200), Duration::from_secs(5));
                tracing::warn!(%error, ?pause, "what was overheard waits for the database");
                ctx.run_later(pause, |archivist, ctx| {
                    archivist.places = Some(places);
                    archivist.write(ctx);
                });
            }
        }));
    }

    /// Closes the gaps that are known, unless that is being done.
    fn read(&mut self, ctx: &mut Context<Self>) {
        if self.reading || !self.shared.overheard.has_gaps() {
            return;
        }
        self.reading = true;
        let shared = self.shared.clone();
        let work = async move { reading::close_gaps(&shared).await };
        // What could not be read now is tried again at the next look.
        ctx.spawn(work.into_actor(self).map(|(), archivist, _| archivist.reading = false));
    }

    /// One look, and an interval after its beginning the next one, or at its end when it took longer: two never meet.
    fn look(&mut self, ctx: &mut Context<Self>) {
        self.read(ctx);
        let (shared, supervisor, planned) = (self.shared.clone(), self.supervisor.clone(), self.planned);
        let work = async move {
            let planned = planned || archival::plan_anew(&shared).await;
            let now = shared.clock.now();
            if let Err(error) = archival::look(&shared, &supervisor, now).await {
                tracing::warn!(%error, "could not look for what is to be archived; what is due stays due");
            }
            if let Err(error) = reading::prune(&shared, now).await {
                tracing::warn!(%error, "could not forget what was said too long ago; the next look tries again");
            }
            let interval = SignedDuration::try_from(shared.tuning.archive_interval).unwrap_or(SignedDuration::MAX);
            shared.clock.sleep_until(now.checked_add(interval).unwrap_or(Timestamp::MAX)).await;
            planned
        };
        ctx.spawn(work.into_actor(self).map(|planned, archivist, ctx| {
            archivist.planned = planned;
            archivist.look(ctx);
        }));
    }
}
