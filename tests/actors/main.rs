//! The actors with typed messages alone: no network, no waiting for time.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop there")]
#![allow(missing_docs, reason = "tests explain themselves")]

mod annoyotron;
mod archivist;
mod chat;
mod courier;
mod gateway;
mod house;
mod incident;
mod supervisor;
mod syntrax;
#[path = "../recording/tracker.rs"]
mod tracker;
