//! `[archivist]`: archival of what is over.

use std::time::Duration;

use super::reader::Section;
use super::seconds;

/// How finished incidents are archived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archivist {
    /// Between looks for what can be archived.
    pub interval: Duration,
}

pub(super) fn read(root: &Section<'_>) -> Archivist {
    root.section("archivist", |section| Archivist { interval: seconds(section, "interval", 42 * 60, 1..=7 * 86_400) })
}
