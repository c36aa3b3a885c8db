//! The Annoyotron: it looks, again and again, for incidents of which a reminder may be due, and has each of them looked
//! at by its own actor. What is due is the core's to tell.

use std::sync::Arc;

use actix::prelude::*;
use jiff::{SignedDuration, Timestamp};

use super::Shared;
use super::supervisor::Remind;
use crate::core::ids::IncidentId;
use crate::core::nags::next_due;
use crate::data::{Due, Replan, StoreError};

/// So many incidents are looked at together.
const TOGETHER: u64 = 256;

/// The actor of the timer.
pub struct Annoyotron {
    shared: Arc<Shared>,
    /// It knows the incidents' actors.
    supervisor: Recipient<Remind>,
    /// Whether every incident is planned by the configuration that this process runs with.
    planned: bool,
}

impl Annoyotron {
    /// One that has incidents looked at by way of this supervisor.
    pub fn new(shared: Arc<Shared>, supervisor: Recipient<Remind>) -> Self {
        Self { shared, supervisor, planned: false }
    }
}

impl Actor for Annoyotron {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(self.shared.tuning.mailbox);
        self.look(ctx);
    }
}

impl Annoyotron {
    /// One look, and an interval after its beginning the next one, or at its end when it took longer: two never meet.
    fn look(&mut self, ctx: &mut Context<Self>) {
        let (shared, supervisor, planned) = (self.shared.clone(), self.supervisor.clone(), self.planned);
        let work = async move {
            let planned = planned || plan_anew(&shared).await;
            let now = shared.clock.now();
            if let Err(error) = look(&shared, &supervisor, now).await {
                tracing::warn!(%error, "could not look for reminders; what is due stays due");
            }
            let interval = SignedDuration::try_from(shared.tuning.nag_interval).unwrap_or(SignedDuration::MAX);
            shared.clock.sleep_until(now.checked_add(interval).unwrap_or(Timestamp::MAX)).await;
            planned
        };
        ctx.spawn(work.into_actor(self).map(|planned, annoyotron, ctx| {
            annoyotron.planned = planned;
            annoyotron.look(ctx);
        }));
    }
}

/// Has every incident looked at that is due, page by page; one query when none is.
async fn look(shared: &Shared, supervisor: &Recipient<Remind>, now: Timestamp) -> Result<(), StoreError> {
    let mut after: Option<Due> = None;
    loop {
        let due = shared.store.due(now, after, TOGETHER).await?;
        let Some(last) = due.last() else { return Ok(()) };
        after = Some(*last);
        let is_all = u64::try_from(due.len()).unwrap_or(u64::MAX) < TOGETHER;
        let incidents: Vec<IncidentId> = due.iter().map(|due| due.incident).collect();
        tracing::debug!(incidents = incidents.len(), "reminders may be due");
        // It waits for room in the supervisor's mailbox; one page at a time is on its way.
        if supervisor.send(Remind { incidents, now }).await.is_err() || is_all {
            return Ok(());
        }
    }
}

/// Plans every burning incident by this process's configuration, which may differ from the one by which it was planned
/// last. Gives whether that is done.
async fn plan_anew(shared: &Shared) -> bool {
    let mut after = IncidentId(0);
    loop {
        let page = match shared.store.burning(after, TOGETHER).await {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(%error, "could not plan reminders anew; the next look tries again");
                return false;
            }
        };
        let Some((last, _)) = page.last() else { return true };
        after = last.id;
        let now = shared.clock.now();
        let replans: Vec<Replan> = page
            .iter()
            .filter_map(|(incident, planned)| {
                let next_due = next_due(incident, shared.desk(&incident.desk), now);
                // What is overdue stays as it is: it is looked at now in any case.
                let same =
                    *planned == next_due || planned.is_some_and(|planned| planned <= now) && next_due == Some(now);
                (!same).then_some(Replan { incident: incident.id, version: incident.version, next_due })
            })
            .collect();
        if let Err(error) = shared.store.replan(&replans).await {
            tracing::warn!(%error, "could not plan reminders anew; the next look tries again");
            return false;
        }
    }
}
