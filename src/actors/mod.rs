//! The actors: they order things in time and hold state, and decide nothing that the core could decide.
//!
//! ```text
//! gateway ─────Arrived──► supervisor ──Run───► incident, front desk ──Dispatch──► courier
//! annoyotron ──Remind───►      ▲       ──Tick──► incident                             │
//! archivist ──PutAway───►      │                                                      │
//!                              └────────────────── Arrived (outcomes) ────────────────┘
//! ```

pub mod annoyotron;
pub mod archivist;
pub mod beside;
pub mod catch_up;
pub mod courier;
pub mod front_desk;
pub mod gateway;
pub mod incident;
pub mod leases;
pub mod outlets;
pub mod owner;
pub mod people;
pub mod reporter;
pub mod rooms;
pub mod run;
pub mod supervisor;
pub mod syntrax;
pub mod system;

use std::sync::Arc;
use std::time::Duration;

use crate::boundary::comm_platform::CommPlatform;
use crate::clock::Clock;
use crate::core::commands::Services;
use crate::core::desk::Desk;
use crate::core::effect::Destination;
use crate::core::ids::DeskName;
use crate::data::Store;
use archivist::buffer::{Bounds, Buffer};
use catch_up::Gaps;
use leases::Overflow;
use outlets::Outlets;
use people::People;
use rooms::Rooms;

/// What all actors share. Cheap to clone through its `Arc`.
pub struct Shared {
    /// The database.
    pub store: Store,
    /// The chat.
    pub platform: Arc<dyn CommPlatform>,
    /// The desks, in the order of the configuration; there is at least one.
    pub desks: Arc<[Desk]>,
    /// What is configured beside the chat.
    pub outlets: Outlets,
    /// What commands need to know of it.
    pub services: Services,
    /// Where the time is read.
    pub clock: Clock,
    /// Times and bounds.
    pub tuning: Tuning,
    /// Who people are.
    pub people: People,
    /// Which channel belongs to which incident.
    pub rooms: Rooms,
    /// This process, as the owner of its leases.
    pub owner: String,
    /// Whether the leases of processes that are gone have been ended once.
    pub gone: tokio::sync::OnceCell<()>,
    /// Lanes of the inbox whose rows did not fit into the supervisor's mailbox.
    pub inbox_overflow: Overflow,
    /// Lanes of the outbox whose rows did not fit into the courier's mailbox.
    pub outbox_overflow: Overflow,
    /// Which channels have been read back since something may have been missed.
    pub gaps: Gaps,
    /// What was overheard and is not written yet.
    pub overheard: Buffer,
}

impl Shared {
    /// The desk of that name; the first when it is not configured any more.
    pub fn desk(&self, name: &DeskName) -> &Desk {
        self.desks.iter().find(|desk| desk.name == *name).unwrap_or_else(|| self.first_desk())
    }

    /// The desk whose main channel it is; outside the desks' channels the first desk answers (BEHAVIOUR §4).
    pub fn desk_of_channel(&self, channel: &crate::core::ids::ChannelId) -> &Desk {
        let mine = |desk: &&Desk| desk.main_channel == *channel || desk.notify_channel.as_ref() == Some(channel);
        self.desks.iter().find(mine).unwrap_or_else(|| self.first_desk())
    }

    #[expect(clippy::indexing_slicing, reason = "the configuration refuses to have no desk, and App::start asserts it")]
    fn first_desk(&self) -> &Desk {
        &self.desks[0]
    }
}

/// Times and bounds of the actors. The defaults are the program's; tests shorten some.
#[derive(Clone, Debug)]
pub struct Tuning {
    /// How many messages an actor's mailbox holds.
    pub mailbox: usize,
    /// How many rows of one lane are held in memory; the rest waits in the database.
    pub lane_rows: usize,
    /// How often the database is asked for what was not told: rows that did not fit, other copies' leftovers.
    pub poll: Duration,
    /// How long an incident's actor lives without work.
    pub idle: Duration,
    /// How long a lane's lease lasts unless it is renewed.
    pub lease: Duration,
    /// A lease that ends sooner is not relied on: longer than a call takes at most, so that a call never outlives it.
    pub call_margin: Duration,
    /// The gateway tells the author so soon that what was typed could not be recorded yet.
    pub notice_after: Duration,
    /// The courier's longest pause between attempts.
    pub longest_pause: Duration,
    /// How long the courier tries before it gives an effect in the chat up.
    pub give_up_after: Duration,
    /// The same for what is done beside the chat, for which nobody waits.
    pub give_up_beside_after: Duration,
    /// How old a missed command may be and still run.
    pub catch_up: Duration,
    /// How often the Annoyotron looks for reminders that are due.
    pub nag_interval: Duration,
    /// How often Syntrax looks for tracking issues that are behind.
    pub sync_interval: Duration,
    /// At most so long each of them waits then, by chance.
    pub sync_jitter: Duration,
    /// How often the Archivist looks for what can be put away.
    pub archive_interval: Duration,
    /// How long something that was overheard waits at most for a batch to be full.
    pub history_age: Duration,
    /// How much that was overheard is held at most.
    pub overheard: Bounds,
    /// How long finished rows of the inbox and outbox are kept.
    pub keep_finished: Duration,
}

impl Tuning {
    /// How long the courier tries before it gives an effect up.
    pub fn patience(&self, destination: Destination) -> Duration {
        match destination {
            Destination::Chat => self.give_up_after,
            Destination::Tracker | Destination::ReportPlatform => self.give_up_beside_after,
        }
    }
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            mailbox: 256,
            lane_rows: 512,
            poll: Duration::from_secs(1),
            idle: Duration::from_secs(15 * 60),
            lease: Duration::from_secs(10),
            call_margin: Duration::from_secs(6),
            notice_after: Duration::from_secs(2),
            longest_pause: Duration::from_secs(30),
            give_up_after: Duration::from_secs(60 * 60),
            give_up_beside_after: Duration::from_secs(24 * 60 * 60),
            catch_up: Duration::from_secs(10 * 60),
            nag_interval: Duration::from_secs(42),
            sync_interval: Duration::from_secs(64),
            sync_jitter: Duration::from_secs(60),
            archive_interval: Duration::from_secs(42 * 60),
            history_age: Duration::from_secs(1),
            overheard: Bounds::default(),
            keep_finished: Duration::from_secs(7 * 24 * 60 * 60),
        }
    }
}
