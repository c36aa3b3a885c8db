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

pub(super) fn read(root: &Section<'_>, call_timeout: Duration) -> Store {
    root.section("store", |section| {
        // A lease is renewed five times while it lasts, and must outlive a call that is begun just before that.
        let shortest = Duration::from_secs(10).max(call_timeout * 2);
        let lease = seconds(section, "lease", shortest.as_secs(), 10..=600);
        if lease < shortest {
            section.complain(
                "lease",
                format!(
                    "is {} s, too short for calls to Slack that may take {} s",
                    lease.as_secs(),
                    call_timeout.as_secs()
                ),
                format!("Write at least \"{}s\", twice slack.call_timeout.", shortest.as_secs()),
            );
        }
        Store { keep_finished: seconds(section, "keep_finished", 7 * 86_400, 3_600..=3_650 * 86_400), lease }
    })
}
