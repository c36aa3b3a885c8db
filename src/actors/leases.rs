//! Which lanes this process works on. With SQLite all of them; with PostgreSQL those whose lease it holds.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::{Shared, owner};
use crate::data::{Side, StoreError};

/// How this process stands to a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It had it already: whatever waits there was told to it.
    Had,
    /// It has it since now: the database may have rows of it that were never told to this process.
    New {
        /// Whether another process had it before and did not give it up.
        taken_over: bool,
    },
    /// Another process has it, and was told of its rows.
    Elsewhere,
}

impl Shared {
    /// Whether this process works on the lane, claiming it when nobody does.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn hold(&self, side: Side, lane: &str) -> Result<Hold, StoreError> {
        if self.store.is_exclusive() || self.store.holds_lane(side, lane, self.tuning.call_margin) {
            return Ok(Hold::Had);
        }
        // Those of an earlier life of this process must not stand in its way.
        self.gone.get_or_init(|| self.end_leases_of_the_gone()).await;
        let claimed = self.store.claim_lanes(&self.owner, side, Some(&[lane.to_owned()]), self.tuning.lease).await?;
        Ok(claimed.first().map_or(Hold::Elsewhere, |claim| Hold::New { taken_over: claim.taken_over }))
    }
}

impl Shared {
    /// Ends the leases of processes that ran on this machine and are gone.
    pub async fn end_leases_of_the_gone(&self) {
        let ended = async {
            for other in self.store.lease_owners().await? {
                if other != self.owner && owner::is_gone(&other) {
                    self.store.end_leases(&other).await?;
                    tracing::info!(owner = other, "a process on this machine is gone; its lanes are free");
                }
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = ended.await {
            tracing::warn!(%error, "could not look for leases of processes that are gone; they end by themselves");
        }
    }
}

/// Lanes whose rows could not be handed over because a mailbox was full. They are noted before anything later of the lane
/// is handed over, so that its receiver looks in the database first.
#[derive(Debug, Default)]
pub struct Overflow(Mutex<BTreeSet<String>>);

impl Overflow {
    /// Notes a lane.
    pub fn note(&self, lane: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(lane);
    }

    /// Takes the lanes noted so far.
    pub fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
