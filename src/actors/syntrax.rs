//! Syntrax: it looks, again and again, for incidents whose tracking issue is behind, and orders that each be brought up to
//! date. What an issue has to know is the core's to tell; the courier carries the orders.

mod clerk;

use std::sync::Arc;

use actix::prelude::*;
use jiff::{SignedDuration, Timestamp};

use super::Shared;
use super::courier::Dispatch;
use crate::core::commands::Components;
use crate::core::effect::Effect;
use crate::core::ids::IncidentId;
use crate::core::tracking::changes::{Tracking, Waiting};
use crate::data::StoreError;

pub use clerk::Clerk;

/// So many incidents are read together.
const TOGETHER: u64 = 256;
/// What was refused is ordered again after so long, or as soon as the incident changes: somebody may have mended it.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// So many effects on their way to an issue are looked at; there are one or two.
const ON_ITS_WAY: u64 = 8;
/// A command does not wait longer for the tracker.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);

/// The actor of the timer.
pub struct Syntrax {
    shared: Arc<Shared>,
    /// Where orders go once they are on record.
    courier: Recipient<Dispatch>,
    /// Whether what changed while nobody noted it is noted.
    begun: bool,
}

impl Syntrax {
    /// One whose orders go to this courier.
    pub fn new(shared: Arc<Shared>, courier: Recipient<Dispatch>) -> Self {
        Self { shared, courier, begun: false }
    }
}

impl Actor for Syntrax {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.shared.tuning.mailbox);
        self.look(ctx);
    }
}

impl Syntrax {
    /// One look, and an interval after its beginning the next one, or at its end when it took longer: two never meet.
    fn look(&mut self, ctx: &mut Context<Self>) {
        let (shared, courier, begun) = (self.shared.clone(), self.courier.clone(), self.begun);
        let work = async move {
            let now = shared.clock.now();
            let begun = begun || begin(&shared).await;
            if let Err(error) = look(&shared, &courier, now).await {
                tracing::warn!(%error, "could not look for issues that are behind; they stay behind until the next look");
            }
            shared.clock.sleep_until(later(now, shared.tuning.sync_interval)).await;
            begun
        };
        ctx.spawn(work.into_actor(self).map(|begun, syntrax, ctx| {
            syntrax.begun = begun;
            syntrax.look(ctx);
        }));
    }
}

async fn begin(shared: &Shared) -> bool {
    match shared.store.begin_tracking().await {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!(%error, "could not note what is to be tracked; the next look tries again");
            false
        }
    }
}

/// Orders every issue that is behind, each after a delay of its own, so that many incidents do not call the tracker at
/// once; one query when none is.
async fn look(shared: &Shared, courier: &Recipient<Dispatch>, now: Timestamp) -> Result<(), StoreError> {
    let mut behind: Vec<(Timestamp, IncidentId)> = Vec::new();
    loop {
        let after = behind.last().map_or(IncidentId(0), |(_, incident)| *incident);
        let page = shared.store.behind(now, after, TOGETHER).await?;
        let is_all = u64::try_from(page.len()).unwrap_or(u64::MAX) < TOGETHER;
        let jitter = shared.tuning.sync_jitter;
        behind.extend(page.into_iter().map(|incident| {
            let delay = jitter.mul_f64(rand::random_range(0.0..=1.0));
            (later(now, delay), incident)
        }));
        if is_all {
            break;
        }
    }
    behind.sort_unstable();
    for (at, incident) in behind {
        shared.clock.sleep_until(at).await;
        let now = shared.clock.now();
        let again_at = now.checked_add(AGAIN).unwrap_or(Timestamp::MAX);
        // Another copy that was faster has ordered it.
        if let Some(row) = shared.store.order_sync(incident, now, again_at).await? {
            shared.dispatch(courier, vec![row]);
        }
    }
    Ok(())
}

impl Shared {
    /// How an incident's tracking issue stands, with what is on its way to it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tracking(&self, incident: IncidentId) -> Result<Option<Tracking>, StoreError> {
        let Some(tracking) = self.store.tracking(incident).await? else { return Ok(None) };
        let lane = Effect::TrackSync.lane(Some(incident));
        let rows = self.store.waiting_outbox(Some(&lane), ON_ITS_WAY).await?;
        let waiting = rows.first().map(|first| Waiting {
            since: rows.iter().map(|row| row.decided_at).min().unwrap_or(first.decided_at),
            attempts: first.attempts,
            why: first.last_error.clone(),
        });
        Ok(Some(Tracking { waiting, ..tracking }))
    }

    /// The components that can be named in a desk where the tracker's list decides. A command waits for it, so not long.
    pub async fn components(&self) -> Components {
        let Some(tracker) = self.outlets.tracker() else { return Components::Any };
        let why = match tokio::time::timeout(PATIENCE, tracker.components()).await {
            Ok(Ok(names)) => return Components::These(names),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it did not answer in time".to_owned(),
        };
        tracing::warn!(why, "the tracker does not tell its components");
        Components::NotTold
    }
}

fn later(now: Timestamp, by: std::time::Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}
