//! Places where a crash would be worst, by name. A build with the feature `crash-points` ends there without any
//! goodbye when the environment variable `CRASH_AT` names the place and how often it must have been passed before
//! (`inbox.recorded:17`); any other build does nothing here. `cargo run -p trial --bin chaos` uses it.

/// Only a copy that shares its database passes this place.
pub const ONLY_SHARED: &str = "listener.claimed";

/// The names, in the order in which a copy and then a command pass them.
pub const POINTS: [&str; 7] = [
    // It is for this copy to listen to Slack; it has not connected.
    ONLY_SHARED,
    // A command that was missed is on record; its channel has not been read to the end.
    "missed.recorded",
    // The inbox row is committed; Slack has not heard so.
    "inbox.recorded",
    // The decision is committed; the courier has not heard of it.
    "decision.committed",
    // The courier is about to call Slack.
    "effect.leaving",
    // Slack has done it; that is not on record.
    "effect.done",
    // It is on record; its outcome has not been handed on.
    "effect.recorded",
];

/// This place is passed.
#[cfg(not(feature = "crash-points"))]
pub fn point(_name: &'static str) {}

/// This place is passed, perhaps for the last time.
#[cfg(feature = "crash-points")]
pub fn point(name: &'static str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicI64, Ordering};
    static CRASH: OnceLock<Option<(String, AtomicI64)>> = OnceLock::new();
    let crash = CRASH.get_or_init(|| {
        let at = std::env::var("CRASH_AT").ok()?;
        let (name, passes) = at.split_once(':')?;
        Some((name.to_owned(), AtomicI64::new(passes.parse().ok()?)))
    });
    if let Some((wanted, left)) = crash
        && wanted == name
        && left.fetch_sub(1, Ordering::SeqCst) <= 0
    {
        std::process::abort();
    }
}
