//! The database: sea-orm entities and the one [`Store`], the only place that knows tables. SQLite and PostgreSQL.
//!
//! The events are the truth, the incident's row is their projection, and both change in the transaction that also
//! stores the effects and finishes the inbox row ([`Store::commit`]). Everything that comes in passes the inbox,
//! everything that goes out passes the outbox.
//!
//! Each event holds the hash of itself and the one before (`chain`), so that an edit of the record is found.
//!
//! Instants are stored as microseconds since 1970 (UTC). What is finer is cut off on the way in, in the row and in
//! the events alike, so that folding the events gives the row.

mod archival;
mod batch;
mod chain;
mod connect;
mod delivery;
mod entity;
mod error;
mod history;
mod inbox;
mod incidents;
mod instant;
mod leases;
mod listener;
mod outbox;
mod people;
#[cfg(test)]
mod plans;
mod projection;
mod prune;
mod reminders;
pub mod schema;
mod sql;
mod store;
mod tracking;
mod wakes;
mod write;
mod writer;

pub use chain::{Damage, Forgotten, Verified};
pub use error::StoreError;
pub use history::{HistoryBatch, HistoryMark, Standing as StandingMessage};
pub use inbox::{InboxId, InboxRow, NewInbound, Received};
pub use incidents::{After, BoardFilter, Commit, Committed, NextNumber};
pub use leases::{Claim, Side};
pub use listener::Listener;
pub use outbox::{Attempt, OutboxId, OutboxRow, Settled};
pub use prune::Pruned;
pub use reminders::{Due, Replan};
pub use store::{Store, StoreOptions};
pub use wakes::Wake;
