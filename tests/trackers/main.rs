//! The issue trackers, against servers that are as strict as the vendors' own: one contract for all, and what is each
//! one's own.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "a test that meets an error fails")]

mod checking;
mod contract;
mod github;
mod http;
mod jira;
mod manual;
mod p2;
mod servers;

contract::contract! {
    jira_keeps_the_contract: crate::jira::Site,
    github_keeps_the_contract: crate::github::Repository,
    p2_keeps_the_contract: crate::p2::Blog,
}
