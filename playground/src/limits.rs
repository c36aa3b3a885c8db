//! Slack's rate limits, as token buckets on the workspace's clock.
//!
//! Sources: docs.slack.dev "Rate limits" (tiers 1 to 4; chat.postMessage about one message a second in a channel, with
//! short bursts tolerated, and several hundred a minute in a workspace).

use std::collections::HashMap;

/// Whole microseconds of a minute.
const MINUTE: u64 = 60_000_000;
/// Messages a channel takes at once before chat.postMessage is slowed to one a second there.
const CHANNEL_BURST: u64 = 5;
/// Messages a minute of the whole workspace (chat.postMessage).
const WORKSPACE_A_MINUTE: u64 = 600;

/// How often a method may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tier {
    /// So many calls a minute in the workspace.
    PerMinute(u64),
    /// chat.postMessage: one a second in a channel.
    Posting,
    /// No limit of its own.
    None,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// Microseconds' worth of calls that are saved up.
    credit: u64,
    seen: u64,
}

#[derive(Debug)]
pub(crate) struct Limits {
    pub(crate) on: bool,
    buckets: HashMap<String, Bucket>,
}

impl Limits {
    pub(crate) fn new(on: bool) -> Self {
        Self { on, buckets: HashMap::new() }
    }

    /// Forgets what was called.
    pub(crate) fn reset(&mut self) {
        self.buckets.clear();
    }

    /// Counts a call; `Err` has the seconds until one is allowed again.
    pub(crate) fn take(&mut self, method: &str, tier: Tier, channel: Option<&str>, now: u64) -> Result<(), u64> {
        if !self.on {
            return Ok(());
        }
        match tier {
            Tier::None => Ok(()),
            Tier::PerMinute(calls) => self.spend(method.to_owned(), MINUTE / calls, MINUTE, now),
            Tier::Posting => {
                let key = format!("{method} {}", channel.unwrap_or_default());
                self.spend(key, MINUTE / 60, MINUTE / 60 * CHANNEL_BURST, now)?;
                self.spend(method.to_owned(), MINUTE / WORKSPACE_A_MINUTE, MINUTE, now)
            }
        }
    }

    fn spend(&mut self, key: String, cost: u64, most: u64, now: u64) -> Result<(), u64> {
        let bucket = self.buckets.entry(key).or_insert(Bucket { credit: most, seen: now });
        bucket.credit = (bucket.credit + now.saturating_sub(bucket.seen)).min(most);
        bucket.seen = now;
        if bucket.credit < cost {
            return Err((cost - bucket.credit).div_ceil(1_000_000).max(1));
        }
        bucket.credit -= cost;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_takes_a_burst_and_then_one_a_second() {
        let mut limits = Limits::new(true);
        for _ in 0..CHANNEL_BURST {
            assert_eq!(limits.take("chat.postMessage", Tier::Posting, Some("C1"), 0), Ok(()));
        }
        assert_eq!(limits.take("chat.postMessage", Tier::Posting, Some("C1"), 0), Err(1));
        assert_eq!(limits.take("chat.postMessage", Tier::Posting, Some("C2"), 0), Ok(()));
        assert_eq!(limits.take("chat.postMessage", Tier::Posting, Some("C1"), 1_000_000), Ok(()));
        assert_eq!(limits.take("chat.postMessage", Tier::Posting, Some("C1"), 1_000_001), Err(1));
    }

    #[test]
    fn a_tier_counts_per_method() {
        let mut limits = Limits::new(true);
        for _ in 0..20 {
            assert_eq!(limits.take("conversations.create", Tier::PerMinute(20), None, 0), Ok(()));
        }
        assert_eq!(limits.take("conversations.create", Tier::PerMinute(20), None, 0), Err(3));
        limits.on = false;
        assert_eq!(limits.take("conversations.create", Tier::PerMinute(20), None, 0), Ok(()));
    }
}
