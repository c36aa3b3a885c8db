//! Log lines: for a person, or as JSON, on the standard error.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{LogFormat, Settings};

/// Starts writing log lines: those that `RUST_LOG` asks for, or else of a usual level. The first call of a process
/// counts.
pub(super) fn start(settings: &Settings, usual: &str) {
    let filter = EnvFilter::builder().parse_lossy(settings.log_filter.as_deref().unwrap_or(usual));
    let lines = fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match settings.log_format {
        LogFormat::Human => lines.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    // Somebody else writes already, and then they write these lines too.
    let _ = started;
}
