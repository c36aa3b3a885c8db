//! The real program in a real browser: what a newcomer sees who types `cargo run` and opens the page.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop there")]
#![allow(missing_docs, reason = "tests explain themselves")]

mod browser;
mod incident;
mod page;
#[expect(dead_code, reason = "the program's own tests use all of it")]
#[path = "../program/process.rs"]
mod process;
