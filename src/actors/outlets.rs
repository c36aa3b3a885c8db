//! Where effects are done: in the chat, and in what is configured beside it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Shared;
use super::syntrax::Clerk;
use crate::boundary::comm_platform::{Doubt, OutboxKey, Pending, Receipt, SendError};
use crate::boundary::issue_tracker::IssueTracker;
use crate::core::commands::Services;
use crate::core::effect::{Destination, Effect};
use crate::core::ids::IncidentId;
use crate::core::templates::Templates;

/// What is done beside the chat may take several calls, each with a timeout of its own; together no longer than this.
const LONGEST: Duration = Duration::from_secs(120);

/// An effect that is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// Its entry of the outbox.
    pub key: OutboxKey,
    /// The incident, when it concerns one.
    pub incident: Option<IncidentId>,
    /// What.
    pub effect: &'a Effect,
    /// What is known of earlier attempts.
    pub doubt: Doubt,
}

/// Does the effects of one destination beside the chat.
pub trait Outlet: Send + Sync + 'static {
    /// Does an effect, as one visible outcome however often it is ordered. The courier orders one at a time of each lane,
    /// and pauses, gives up and records by what this gives. It must come to an end by itself: whatever takes longer than
    /// two minutes counts as of unknown outcome.
    fn perform<'a>(&'a self, shared: &'a Shared, order: Order<'a>) -> Pending<'a, Result<Receipt, SendError>>;
}

/// What is configured beside the chat.
#[derive(Clone, Default)]
pub struct Outlets {
    by_destination: BTreeMap<Destination, Arc<dyn Outlet>>,
    tracker: Option<Arc<dyn IssueTracker>>,
}

impl Outlets {
    /// With this tracker, too; issues are written with these templates.
    pub fn tracked_in(self, tracker: Arc<dyn IssueTracker>, templates: Arc<Templates>) -> Self {
        let outlets = Self { tracker: Some(tracker.clone()), ..self };
        outlets.with(Destination::Tracker, Arc::new(Clerk::new(tracker, templates)))
    }

    /// The tracker, to be asked something.
    pub fn tracker(&self) -> Option<&Arc<dyn IssueTracker>> {
        self.tracker.as_ref()
    }

    /// With this one, too.
    pub fn with(mut self, destination: Destination, outlet: Arc<dyn Outlet>) -> Self {
        self.by_destination.insert(destination, outlet);
        self
    }

    /// What the core needs to know of it.
    pub fn services(&self) -> Services {
        let has = |destination| self.by_destination.contains_key(&destination);
        Services { tracker: has(Destination::Tracker), report: has(Destination::ReportPlatform) }
    }
}

impl Shared {
    /// Does an effect where it is done.
    ///
    /// # Errors
    /// As [`CommPlatform::perform`](crate::boundary::comm_platform::CommPlatform::perform).
    pub async fn perform(&self, order: Order<'_>) -> Result<Receipt, SendError> {
        let destination = order.effect.destination();
        if destination == Destination::Chat {
            return self.platform.perform(order.key, order.effect, order.doubt).await;
        }
        let Some(outlet) = self.outlets.by_destination.get(&destination) else {
            return Err(SendError::Refused {
                code: "not_configured".to_owned(),
                sentence: format!("no {} is configured any more.", destination.word()),
                operator: true,
            });
        };
        match tokio::time::timeout(LONGEST, outlet.perform(self, order)).await {
            Ok(result) => result,
            Err(_) => Err(SendError::Unknown { method: destination.word(), why: "it took too long".to_owned() }),
        }
    }
}
