//! The Slack boundary against the playground: what leaves, what is found again, what is asked, what comes in.

#![allow(clippy::unwrap_used)]

mod asking;
mod doubt;
mod listening;
mod sending;
mod world;
