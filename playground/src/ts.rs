//! Slack's message timestamps, which are also the messages' names.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

/// Ten digits of seconds, a point, six digits of microseconds.
const LENGTH: usize = 17;
const MICROS: u64 = 1_000_000;

/// A timestamp as Slack writes it: Unix seconds, a point, six digits (`1700000000.000100`).
///
/// In a workspace no two messages share one, and a later message has a greater one. It derefs to `str`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ts([u8; LENGTH]);

impl Ts {
    /// The timestamp of an instant in Unix microseconds.
    pub fn from_micros(micros: u64) -> Self {
        let mut digits = [b'0'; LENGTH];
        let mut rest = micros;
        for place in (0..LENGTH).rev() {
            if place == 10 {
                digits[place] = b'.';
                continue;
            }
            digits[place] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
        Self(digits)
    }

    /// Unix microseconds.
    pub fn micros(self) -> u64 {
        self.0.iter().filter(|b| **b != b'.').fold(0, |sum, b| sum * 10 + u64::from(b - b'0'))
    }

    /// Whole Unix seconds.
    pub fn seconds(self) -> u64 {
        self.micros() / MICROS
    }

    /// As `&str`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Reads `seconds` or `seconds.fraction`, as the `oldest` and `latest` of conversations.history allow.
    pub fn parse(text: &str) -> Option<Self> {
        let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
        if seconds.is_empty() || seconds.len() > 10 || !seconds.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        if fraction.len() > 6 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let micros: u64 = format!("{fraction:0<6}").parse().ok()?;
        Some(Self::from_micros(seconds.parse::<u64>().ok()? * MICROS + micros))
    }
}

impl FromStr for Ts {
    type Err = NotATs;

    fn from_str(text: &str) -> Result<Self, NotATs> {
        Self::parse(text).ok_or(NotATs)
    }
}

/// The text is no timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotATs;

impl fmt::Display for NotATs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a Slack timestamp: expected seconds.micros")
    }
}

impl std::error::Error for NotATs {}

impl Deref for Ts {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Ts {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq<str> for Ts {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Ts {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl Serialize for Ts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The workspace's clock: real time, which a test may push forward, and never twice the same `ts`.
#[derive(Debug)]
pub(crate) struct Clock {
    epoch: u64,
    started: Instant,
    ahead: u64,
    last: u64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { epoch: micros(epoch), started: Instant::now(), ahead: 0, last: 0 }
    }

    /// Unix microseconds.
    pub(crate) fn now(&self) -> u64 {
        self.epoch + micros(self.started.elapsed()) + self.ahead
    }

    pub(crate) fn now_ts(&self) -> Ts {
        Ts::from_micros(self.now())
    }

    pub(crate) fn seconds(&self) -> u64 {
        self.now() / MICROS
    }

    /// A timestamp that nobody had before.
    pub(crate) fn next(&mut self) -> Ts {
        self.last = self.now().max(self.last + 1);
        Ts::from_micros(self.last)
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.ahead += micros(by);
    }
}

/// Whole microseconds of a duration.
pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_and_reads_what_slack_writes() {
        let ts = Ts::from_micros(1_700_000_000_000_100);
        assert_eq!(ts, "1700000000.000100");
        assert_eq!(ts.micros(), 1_700_000_000_000_100);
        for (text, micros) in
            [("0", 0), ("12", 12_000_000), ("12.5", 12_500_000), ("1700000000.000001", 1_700_000_000_000_001)]
        {
            assert_eq!(Ts::parse(text).map(Ts::micros), Some(micros), "{text}");
        }
        for text in ["", "x", "1.x", "1.1234567", "-1", "12345678901"] {
            assert_eq!(Ts::parse(text), None, "{text}");
        }
    }

    #[test]
    fn never_gives_a_timestamp_twice() {
        let mut clock = Clock::new();
        let many: Vec<Ts> = (0..10_000).map(|_| clock.next()).collect();
        assert!(many.windows(2).all(|pair| pair[0] < pair[1]));
        clock.advance(Duration::from_secs(3600));
        assert!(clock.next().seconds() >= many[0].seconds() + 3600);
    }
}
