//! The real program, as a process.

#![allow(clippy::unwrap_used, reason = "a test that meets an error fails")]

mod check;
mod config;
mod export;
mod kills;
mod migrate;
mod process;
mod readme;
mod record;
mod render;
mod run;
#[path = "../reports/site.rs"]
#[allow(dead_code, reason = "the tests of reports use the rest")]
mod site;
mod slack;
mod tracking;
mod when;

#[path = "../trackers/servers/mod.rs"]
#[allow(dead_code, reason = "the trackers' own tests use the rest")]
mod servers;
