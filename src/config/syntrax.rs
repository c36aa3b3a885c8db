//! `[syntrax]`: keeping the issue tracker current.

use std::time::Duration;

use super::reader::Section;
use super::seconds;

/// How incidents are written to the tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Syntrax {
    /// Between looks for incidents that changed.
    pub interval: Duration,
    /// At most so much random delay is added, so that many incidents do not call the tracker at once.
    pub jitter: Duration,
}

pub(super) fn read(root: &Section<'_>) -> Syntrax {
    root.section("syntrax", |section| Syntrax {
        interval: seconds(section, "interval", 64, 1..=86_400),
        jitter: seconds(section, "jitter", 60, 0..=86_400),
    })
}
