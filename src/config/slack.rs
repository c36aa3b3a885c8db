//! `[slack]`: how patient the bot is with Slack, and what it makes of what it missed.

use std::time::Duration;

use super::reader::Section;
use super::seconds;

/// How Slack is talked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slack {
    /// A call without an answer after this is of unknown outcome.
    pub call_timeout: Duration,
    /// A command that was typed while the bot was away runs when it is younger than this; the author of an older one
    /// is asked.
    pub catch_up: Duration,
}

pub(super) fn read(root: &Section<'_>) -> Slack {
    root.section("slack", |section| Slack {
        call_timeout: seconds(section, "call_timeout", 5, 1..=60),
        catch_up: seconds(section, "catch_up", 600, 0..=86_400),
    })
}
