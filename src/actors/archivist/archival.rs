//! Looking for incidents that may be put away, one at a time: nothing about them is urgent.

use std::time::Duration;

use actix::prelude::*;
use jiff::Timestamp;

use crate::actors::Shared;
use crate::actors::supervisor::PutAway;
use crate::boundary::comm_platform::LookupError;
use crate::core::archival::{self, Seen, Step};
use crate::core::ids::{ChannelId, IncidentId, MessageId};
use crate::core::incident::Incident;
use crate::data::{Due, Replan, StoreError};

/// So many are fetched together.
const TOGETHER: u64 = 64;
/// The longest that the chat may ask to wait before the look goes on without this incident.
const PATIENCE: Duration = Duration::from_secs(120);

/// Has every incident looked at that may be put away, the longest due first.
pub async fn look(shared: &Shared, supervisor: &Recipient<PutAway>, now: Timestamp) -> Result<(), StoreError> {
    let mut after: Option<Due> = None;
    loop {
        let page = shared.store.archivable(now, after, TOGETHER).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(*last);
        for due in &page {
            let Some(incident) = shared.store.load(due.incident).await? else { continue };
            let seen = match see(shared, &incident, now).await {
                Ok(seen) => seen,
                Err(error) => {
                    tracing::warn!(incident = %incident.id, %error, "its channel cannot be looked at; the next look tries again");
                    continue;
                }
            };
            if supervisor.send(PutAway { incident: incident.id, now, seen }).await.is_err() {
                return Ok(());
            }
        }
        if u64::try_from(page.len()).unwrap_or(u64::MAX) < TOGETHER {
            return Ok(());
        }
    }
}

/// What its channel shows, as far as that matters to the step that is due.
async fn see(shared: &Shared, incident: &Incident, now: Timestamp) -> Result<Seen, LookupError> {
    let step = archival::due(incident, shared.desk(&incident.desk), now);
    let (Some(step), Some(channel), false) = (step, &incident.channel, incident.channel_archived) else {
        return Ok(Seen::default());
    };
    let archived = match patiently(shared, async || shared.platform.channel(channel).await).await {
        Ok(state) => state.archived,
        // Archiving will be refused for the same reason, which is then told.
        Err(LookupError::Refused { .. }) => return Ok(Seen::default()),
        Err(error) => return Err(error),
    };
    if archived || step == Step::Repeat {
        return Ok(Seen { archived, spoken: None });
    }
    let Some(quiet) = archival::quiet_since(incident) else { return Ok(Seen::default()) };
    // What was typed to end it is no reason to keep it, also when the chat's clock is ahead of ours.
    let typed = incident.events.iter().filter_map(|recorded| recorded.source.as_ref());
    let last = typed.filter(|source| source.channel == *channel).map(|source| &source.message).max();
    let quiet = shared.platform.message_at(quiet);
    let after = last.map_or(&quiet, |last| last.max(&quiet));
    Ok(Seen { archived, spoken: spoken_after(shared, channel, after).await? })
}

/// When a person wrote in a channel last, after that message. The chat itself is asked: it knows also what was missed here.
async fn spoken_after(
    shared: &Shared,
    channel: &ChannelId,
    after: &MessageId,
) -> Result<Option<Timestamp>, LookupError> {
    match patiently(shared, async || shared.platform.missed(channel, after, 1).await).await {
        Ok(missed) => Ok(missed.said.last().map(|said| said.at)),
        Err(LookupError::Refused { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Asks once more when the chat says that it was asked too often, after the time that it wants.
async fn patiently<T>(shared: &Shared, ask: impl AsyncFn() -> Result<T, LookupError>) -> Result<T, LookupError> {
    match ask().await {
        Err(LookupError::Throttled { retry_after, method }) if retry_after <= PATIENCE => {
            tracing::info!(method, ?retry_after, "archival waits");
            let wait = jiff::SignedDuration::try_from(retry_after).unwrap_or_default();
            let until = shared.clock.now().checked_add(wait).unwrap_or(Timestamp::MAX);
            shared.clock.sleep_until(until).await;
            ask().await
        }
        other => other,
    }
}

/// Plans every incident that is over by this process's configuration, which may differ from the one by which it was
/// planned last. Gives whether that is done.
pub async fn plan_anew(shared: &Shared) -> bool {
    let mut after = IncidentId(0);
    loop {
        let page = match shared.store.finished(after, TOGETHER).await {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(%error, "could not plan archival anew; the next look tries again");
                return false;
            }
        };
        let Some((last, _)) = page.last() else { return true };
        after = last.id;
        let replans: Vec<Replan> = page
            .iter()
            .filter_map(|(incident, planned)| {
                let next_due = archival::next_due(incident, shared.desk(&incident.desk));
                (*planned != next_due).then_some(Replan { incident: incident.id, version: incident.version, next_due })
            })
            .collect();
        if let Err(error) = shared.store.replan_archival(&replans).await {
            tracing::warn!(%error, "could not plan archival anew; the next look tries again");
            return false;
        }
    }
}
