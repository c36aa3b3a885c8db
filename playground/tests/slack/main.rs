//! The playground as a bot and a browser meet it: over HTTP and a socket.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail the test")]

mod app;
mod chat;
mod control;
mod conversations;
mod faults;
mod page;
mod reading;
mod socket;
mod things;
