//! Which copy listens to Slack, when several share a database: one listens and the others stand by, so that what is said
//! in a channel comes in by one connection, in its order. All of them share the work that follows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::watch;

use crate::actors::Shared;
use crate::boundary::slack::{Duty, SocketState};
use crate::crash;
use crate::data::Wake;

/// How often a copy that stands by looks whether the one that listened is gone.
const LOOK: Duration = Duration::from_millis(300);
/// Before a copy connects in another's place: should that one be alive, it hears of it and closes its connection.
const BREATH: Duration = Duration::from_millis(100);
/// How long a copy that cannot connect leaves listening to the others before it claims it again.
const STEP_ASIDE: Duration = Duration::from_secs(1);

/// Tells this copy's socket whether to listen, for ever.
pub async fn keep(shared: Arc<Shared>, duty: watch::Sender<Duty>, socket: watch::Receiver<SocketState>) {
    let lease = shared.tuning.lease;
    let mut wakes = shared.store.wakes();
    let mut heard = Instant::now();
    loop {
        let before = *duty.borrow();
        let pause = match shared.store.listen(lease).await {
            Ok(Some(listener)) => {
                shared.gaps.learn(listener.gap, shared.clock.now());
                if before != Duty::Listen {
                    crash::point("listener.claimed");
                    if listener.taken_over {
                        tracing::info!("the copy that listened to Slack is gone; this one does now");
                        tokio::time::sleep(BREATH).await;
                    }
                    duty.send_replace(Duty::Listen);
                    heard = Instant::now();
                }
                if socket.borrow().connected > 0 {
                    heard = Instant::now();
                } else if heard.elapsed() > lease {
                    step_aside(&shared, &duty).await;
                    continue;
                }
                lease / 5
            }
            Ok(None) => {
                match before {
                    Duty::StandBy => {}
                    Duty::Undecided => tracing::info!("another copy listens to Slack; this one stands by"),
                    Duty::Listen => tracing::warn!("another copy has begun to listen to Slack; this one stands by"),
                }
                duty.send_if_modified(|duty| std::mem::replace(duty, Duty::StandBy) != Duty::StandBy);
                LOOK
            }
            Err(error) => {
                tracing::debug!(%error, "could not look who listens to Slack");
                LOOK
            }
        };
        // It is not an error that nothing is told meanwhile.
        let _ = tokio::time::timeout(pause, changed(&mut wakes)).await;
    }
}

/// Another copy may reach Slack when this one does not.
async fn step_aside(shared: &Shared, duty: &watch::Sender<Duty>) {
    tracing::warn!("Slack cannot be reached; another copy may try");
    if let Err(error) = shared.store.stop_listening().await {
        tracing::debug!(%error, "could not leave listening to another copy");
    }
    duty.send_replace(Duty::Undecided);
    tokio::time::sleep(STEP_ASIDE).await;
}

/// Waits until who listens may have changed.
async fn changed(wakes: &mut broadcast::Receiver<Wake>) {
    loop {
        match wakes.recv().await {
            Ok(Wake::Listener | Wake::Anywhere) | Err(RecvError::Lagged(_)) => return,
            Ok(Wake::Lane(..)) => {}
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
