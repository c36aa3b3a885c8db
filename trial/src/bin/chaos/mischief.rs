//! What goes wrong around the bot.

use std::time::Duration;

use playground::{Fault, FaultKind, Workspace};
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use trial::bench::{Bench, Trouble};

/// What Slack does wrong for the next while.
pub fn slack(workspace: &Workspace, random: &mut StdRng) {
    workspace.clear_faults();
    workspace.deliver_twice(random.random_bool(0.3));
    let methods = [
        "*",
        "chat.postMessage",
        "reactions.add",
        "conversations.create",
        "conversations.setTopic",
        "conversations.history",
        "apps.connections.open",
    ];
    for _ in 0..random.random_range(0..3) {
        let kind = match random.random_range(0..7) {
            0 => FaultKind::Throttle { retry_after_s: 1 },
            1 => FaultKind::Error("internal_error".to_owned()),
            2 => FaultKind::Status(503),
            3 => FaultKind::Reset,
            4 => FaultKind::PerformThenReset,
            5 => FaultKind::Hang(Duration::from_secs(6)),
            _ => FaultKind::PerformThenHang(Duration::from_secs(6)),
        };
        let method = methods.choose(random).copied().unwrap_or("*").to_owned();
        workspace.fault(Fault { method, channel: None, kind, times: Some(random.random_range(1..6)) });
    }
    match random.random_range(0..10) {
        0 | 1 => workspace.drop_sockets(),
        2 => workspace.disconnect_sockets(),
        _ => {}
    }
}

/// From now on Slack does nothing wrong.
pub fn over(workspace: &Workspace) {
    workspace.clear_faults();
    workspace.deliver_twice(false);
}

/// The database ends, as if its machine lost power.
///
/// # Errors
/// When its server cannot be ended.
pub fn database_goes(bench: &Bench) -> Result<(), Trouble> {
    tokio::task::block_in_place(|| bench.stop_database())
}

/// The database is back.
///
/// # Errors
/// When its server cannot be started.
pub fn database_comes(bench: &Bench) -> Result<(), Trouble> {
    tokio::task::block_in_place(|| bench.start_database())
}
