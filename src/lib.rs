//! Breaking Bot: declare, run and resolve an incident from Slack.

pub mod boundary;
pub mod config;
pub mod core;
pub mod data;
pub mod program;
