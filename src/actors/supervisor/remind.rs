//! Looking at many incidents for reminders, each by its own actor.

use std::time::{Duration, Instant};

use actix::prelude::*;
use jiff::Timestamp;

use super::Supervisor;
use crate::actors::incident::Tick;
use crate::core::ids::IncidentId;

/// How long an incident may take to be looked at before the others go on without it.
const LOOK: Duration = Duration::from_secs(10);

/// Have these incidents looked at for reminders. Answered when all of them were.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Remind {
    /// Which.
    pub incidents: Vec<IncidentId>,
    /// What time it is.
    pub now: Timestamp,
}

impl Handler<Remind> for Supervisor {
    type Result = ResponseActFuture<Self, ()>;

    fn handle(&mut self, Remind { incidents, now }: Remind, _: &mut Self::Context) -> Self::Result {
        let asked: Vec<_> = incidents
            .into_iter()
            .map(|id| {
                let awake = self.wake(id);
                awake.running += 1;
                // One that is busy for longer, or whose mailbox stays full, stays due.
                (id, awake.address.send(Tick { now }).timeout(LOOK))
            })
            .collect();
        let work = async move {
            let mut looked = Vec::new();
            for (id, answer) in asked {
                looked.push((id, answer.await));
            }
            looked
        };
        Box::pin(work.into_actor(self).map(|looked, actor, _| {
            for (id, answer) in looked {
                if let Some(awake) = actor.awake.get_mut(&id) {
                    awake.running = awake.running.saturating_sub(1);
                    awake.last_used = Instant::now();
                }
                match answer {
                    Ok(Ok(())) => {}
                    // What is due stays due; the next look finds it.
                    Ok(Err(error)) => tracing::warn!(incident = %id, %error, "a reminder waits"),
                    Err(MailboxError::Timeout) => tracing::warn!(incident = %id, "too busy to be reminded now"),
                    Err(error @ MailboxError::Closed) => {
                        tracing::error!(incident = %id, %error, "looking for reminders ended the incident's actor");
                        if actor.awake.get(&id).is_some_and(|awake| !awake.address.connected()) {
                            actor.awake.remove(&id);
                        }
                    }
                }
            }
        }))
    }
}
