//! Slack: envelopes in, Web API calls out. The only place that knows how Slack writes a mention.

pub mod limits;
pub mod mrkdwn;
pub mod render;
mod split;
pub mod topic;
pub mod ts;
