//! The outside, each part behind a trait in the core's words: the chat, the issue tracker, the report platform, HTTP.

pub mod backoff;
pub mod comm_platform;
pub mod http;
pub mod issue_tracker;
pub mod report_platform;
pub mod slack;
pub mod wordpress;
