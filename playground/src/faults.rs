//! Faults on purpose: what a bot must live with, made to happen when a test or a person wants it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What goes wrong. In JSON: `{"throttle": {"retry_after_s": 3}}`, `{"error": "fatal_error"}`, `{"status": 503}`,
/// `{"hang": 2.5}` (seconds), `"reset"`, `"perform_then_reset"`, `{"perform_then_hang": 10}`, `{"delay": 0.2}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// HTTP 429 with this Retry-After.
    Throttle {
        /// Seconds.
        retry_after_s: u64,
    },
    /// `ok: false` with this error code.
    Error(String),
    /// This HTTP status, with a body that is no JSON.
    Status(u16),
    /// Nothing is done, no answer comes for this long, then the connection closes.
    #[serde(with = "seconds")]
    Hang(Duration),
    /// Nothing is done, and the connection closes without an answer.
    Reset,
    /// It is done, and the connection closes without an answer.
    PerformThenReset,
    /// It is done, no answer comes for this long, then the connection closes.
    #[serde(with = "seconds")]
    PerformThenHang(Duration),
    /// Everything works, this much later. Adds to the other kinds.
    #[serde(with = "seconds")]
    Delay(Duration),
}

/// A fault, and which calls it befalls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// The method's name, or `*` for all.
    pub method: String,
    /// Only calls whose argument `channel` (or `channel_id`) is this id.
    #[serde(default)]
    pub channel: Option<String>,
    /// What goes wrong.
    pub kind: FaultKind,
    /// How many calls; none means until it is cleared.
    #[serde(default)]
    pub times: Option<u32>,
}

impl Fault {
    /// A fault of every call of this method until it is cleared.
    pub fn new(method: &str, kind: FaultKind) -> Self {
        Self { method: method.to_owned(), channel: None, kind, times: None }
    }

    /// Only this many calls.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Only in this channel.
    #[must_use]
    pub fn in_channel(mut self, channel: &str) -> Self {
        self.channel = Some(channel.to_owned());
        self
    }

    fn befalls(&self, method: &str, channel: Option<&str>) -> bool {
        (self.method == "*" || self.method == method)
            && self.channel.as_deref().is_none_or(|wanted| channel == Some(wanted))
            && self.times != Some(0)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Faults {
    set: Vec<Fault>,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.set.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.set.clear();
    }

    pub(crate) fn all(&self) -> &[Fault] {
        &self.set
    }

    /// What befalls this call: how much later it happens, and what else, the oldest fault first.
    pub(crate) fn strike(&mut self, method: &str, channel: Option<&str>) -> (Duration, Option<FaultKind>) {
        let mut delay = Duration::ZERO;
        let mut struck = None;
        for fault in self.set.iter_mut().filter(|f| f.befalls(method, channel)) {
            match &fault.kind {
                FaultKind::Delay(by) => delay += *by,
                kind if struck.is_none() => struck = Some(kind.clone()),
                _ => continue,
            }
            if let Some(times) = &mut fault.times {
                *times -= 1;
            }
        }
        self.set.retain(|f| f.times != Some(0));
        (delay, struck)
    }
}

/// Durations as seconds with a fraction.
mod seconds {
    use std::time::Duration;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strikes_where_and_as_often_as_it_was_told() {
        let mut faults = Faults::default();
        faults.add(Fault::new("*", FaultKind::Delay(Duration::from_millis(20))));
        faults.add(Fault::new("chat.postMessage", FaultKind::Reset).in_channel("C1").times(2));
        faults.add(Fault::new("chat.postMessage", FaultKind::Status(500)));
        let late = Duration::from_millis(20);
        assert_eq!(faults.strike("auth.test", None), (late, None));
        assert_eq!(faults.strike("chat.postMessage", Some("C2")), (late, Some(FaultKind::Status(500))));
        for _ in 0..2 {
            assert_eq!(faults.strike("chat.postMessage", Some("C1")), (late, Some(FaultKind::Reset)));
        }
        assert_eq!(faults.strike("chat.postMessage", Some("C1")), (late, Some(FaultKind::Status(500))));
        assert_eq!(faults.all().len(), 2);
    }

    #[test]
    fn reads_what_its_documentation_says() {
        for (json, kind) in [
            (r#"{"throttle":{"retry_after_s":3}}"#, FaultKind::Throttle { retry_after_s: 3 }),
            (r#"{"hang":2.5}"#, FaultKind::Hang(Duration::from_millis(2500))),
            (r#""perform_then_reset""#, FaultKind::PerformThenReset),
            (r#"{"error":"fatal_error"}"#, FaultKind::Error("fatal_error".to_owned())),
        ] {
            assert_eq!(serde_json::from_str::<FaultKind>(json).unwrap(), kind);
        }
    }
}
