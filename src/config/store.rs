//! `[store]`: what the database keeps of finished work, and for how long a copy of the bot may hold a row.

use std::time::Duration;

use super::reader::Section;
use super::seconds;

/// How rows are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// Rows of the inbox and the outbox that are done are deleted after this. Not less than Slack goes on redelivering.
    pub keep_finished: Duration,
    /// Work that a copy of the bot took and did not finish is free for the others after this.
    pub lease: Duration,
}

pub(super) fn read(root: &Section<'_>) -> Store {
    root.section("store", |section| Store {
        keep_finished: seconds(section, "keep_finished", 30 * 86_400, 3_600..=3_650 * 86_400),
        lease: seconds(section, "lease", 30, 10..=600),
    })
}
