//! Breaking Bot: declare, run and resolve an incident from Slack.

pub mod actors;
pub mod app;
pub mod boundary;
pub mod clock;
pub mod config;
pub mod core;
pub mod crash;
pub mod data;
pub mod program;
