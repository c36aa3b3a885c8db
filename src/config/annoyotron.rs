//! `[annoyotron]`: reminders.

use std::time::Duration;

use super::reader::Section;
use super::seconds;

/// How reminders are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annoyotron {
    /// Between looks for what is due.
    pub interval: Duration,
    /// After so many reminders of one kind without an answer the next one escalates.
    pub escalate_after: u32,
}

pub(super) fn read(root: &Section<'_>) -> Annoyotron {
    root.section("annoyotron", |section| Annoyotron {
        interval: seconds(section, "interval", 42, 1..=3_600),
        escalate_after: section.number("escalate_after", 1..=100).and_then(|n| u32::try_from(n).ok()).unwrap_or(3),
    })
}
