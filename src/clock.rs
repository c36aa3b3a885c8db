//! The time of day, and waiting for it. Tests turn it by hand.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// Where the program reads the time. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's.
    #[default]
    System,
    /// One that stands until it is turned.
    Manual(Arc<ManualClock>),
}

/// A clock that stands until it is turned.
#[derive(Debug)]
pub struct ManualClock {
    now: watch::Sender<Timestamp>,
}

impl Clock {
    /// What it shows (UTC), in whole microseconds, which is what the database keeps.
    pub fn now(&self) -> Timestamp {
        let now = match self {
            Self::System => Timestamp::now(),
            Self::Manual(clock) => *clock.now.borrow(),
        };
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// Waits until this clock shows it; not at all when it is past.
    pub async fn sleep_until(&self, until: Timestamp) {
        match self {
            Self::System => {
                let length = until.duration_since(Timestamp::now());
                tokio::time::sleep(Duration::try_from(length).unwrap_or_default()).await;
            }
            Self::Manual(clock) => {
                let mut turned = clock.now.subscribe();
                // The sender lives in the clock that is borrowed here, so it is never closed.
                let _ = turned.wait_for(|now| *now >= until).await;
            }
        }
    }
}

impl ManualClock {
    /// A clock that shows this.
    pub fn at(now: Timestamp) -> Arc<Self> {
        Arc::new(Self { now: watch::Sender::new(now) })
    }

    /// Turns it forward.
    pub fn advance(&self, by: SignedDuration) {
        self.now.send_modify(|now| *now = now.checked_add(by).unwrap_or(Timestamp::MAX));
    }
}

impl From<Arc<ManualClock>> for Clock {
    fn from(clock: Arc<ManualClock>) -> Self {
        Self::Manual(clock)
    }
}
