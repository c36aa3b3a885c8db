//! `[annoyotron]`: reminders.

use std::time::Duration;

use super::reader::Section;
use super::seconds;

/// How reminders are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annoyotron {
    /// Between looks for what is due.
    pub interval: Duration,
}

pub(super) fn read(root: &Section<'_>) -> Annoyotron {
    root.section("annoyotron", |section| Annoyotron { interval: seconds(section, "interval", 42, 1..=3_600) })
}
