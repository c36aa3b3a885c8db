//! Having an incident that is over put away, by its own actor.

use std::time::{Duration, Instant};

use actix::prelude::*;
use jiff::Timestamp;

use super::Supervisor;
use crate::actors::incident;
use crate::core::archival::Seen;
use crate::core::ids::IncidentId;

/// How long it may take before the next one is looked at.
const LOOK: Duration = Duration::from_secs(10);

/// Have this incident decide whether it is put away. Answered when that is done.
#[derive(Message)]
#[rtype(result = "()")]
pub struct PutAway {
    /// Which.
    pub incident: IncidentId,
    /// What time it is.
    pub now: Timestamp,
    /// What was seen in its channel.
    pub seen: Seen,
}

impl Handler<PutAway> for Supervisor {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, PutAway { incident: id, now, seen }: PutAway, _: &mut Self::Context) -> Self::Result {
        let awake = self.wake(id);
        awake.running += 1;
        let answer = awake.address.send(incident::PutAway { now, seen }).timeout(LOOK);
        Box::pin(answer.into_actor(self).map(move |answer, actor, _| {
            if let Some(awake) = actor.awake.get_mut(&id) {
                awake.running = awake.running.saturating_sub(1);
                awake.last_used = Instant::now();
            }
            match answer {
                Ok(Ok(())) => {}
                // What is due stays due; the next look finds it.
                Ok(Err(error)) => tracing::warn!(incident = %id, %error, "it waits to be put away"),
                Err(MailboxError::Timeout) => tracing::warn!(incident = %id, "too busy to be put away now"),
                Err(error @ MailboxError::Closed) => {
                    tracing::error!(incident = %id, %error, "putting it away ended the incident's actor");
                    if actor.awake.get(&id).is_some_and(|awake| !awake.address.connected()) {
                        actor.awake.remove(&id);
                    }
                }
            }
        }))
    }
}
