//! Breaking Bot: declare, run and resolve an incident from Slack.

pub mod core;
