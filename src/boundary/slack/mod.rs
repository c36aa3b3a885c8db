//! Slack: envelopes in, Web API calls out. The only place that knows how Slack writes a mention.

mod asking;
mod calls;
mod checking;
mod client;
mod connection;
mod housekeeping;
pub mod incoming;
pub mod limits;
pub mod mrkdwn;
mod platform;
mod refusals;
pub mod render;
mod saying;
pub mod scopes;
mod socket;
mod split;
pub mod topic;
pub mod ts;

pub use checking::MissingScope;
pub use client::{
    CALL_TIMEOUT, CallError, Client, Failure, SLACK_API_URL, SettingsError, SlackSettings, Token, api_base,
};
pub use platform::Slack;
pub use socket::{Duty, Socket, SocketSettings, SocketState};
