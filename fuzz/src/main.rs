//! Fuzzing with libFuzzer. `fuzz/run SECONDS [TARGET…]` builds and runs it; `FUZZ_TARGET` says which target a process
//! fuzzes. Every target panics when something that must hold does not.

#![no_main]

mod commands;
mod configuration;
mod frames;
mod mrkdwn;
mod time;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| match std::env::var("FUZZ_TARGET").as_deref() {
    Ok("commands") => commands::run,
    Ok("configuration") => configuration::run,
    Ok("frames") => frames::run,
    Ok("mrkdwn") => mrkdwn::run,
    Ok("time") => time::run,
    other => panic!("FUZZ_TARGET is {other:?}; there are commands, configuration, frames, mrkdwn and time"),
});

fuzz_target!(|data: &[u8]| TARGET(data));
