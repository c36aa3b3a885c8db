//! `[archivist]`: archival of what is over.

use std::time::Duration;

use jiff::SignedDuration;

use super::reader::Section;
use super::seconds;

/// How finished incidents are archived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archivist {
    /// Between looks for what can be archived.
    pub interval: Duration,
    /// So long before a channel is archived it is told.
    pub announce_before: SignedDuration,
}

pub(super) fn read(root: &Section<'_>) -> Archivist {
    root.section("archivist", |section| {
        let announce_before = section
            .duration_or_never("announce_before", SignedDuration::ZERO..=SignedDuration::from_hours(30 * 24))
            .unwrap_or(Some(SignedDuration::from_hours(1)));
        Archivist {
            interval: seconds(section, "interval", 42 * 60, 1..=7 * 86_400),
            announce_before: announce_before.unwrap_or(SignedDuration::ZERO),
        }
    })
}
