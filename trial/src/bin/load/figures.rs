//! What was measured, as a table and as JSON.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// All figures, in the order they were measured.
#[derive(Debug, Default, Serialize)]
pub struct Figures(Vec<Figure>);

#[derive(Debug, Serialize)]
struct Figure {
    what: String,
    value: f64,
    unit: &'static str,
}

impl Figures {
    /// Adds one.
    pub fn add(&mut self, what: impl Into<String>, value: f64, unit: &'static str) {
        self.0.push(Figure { what: what.into(), value, unit });
    }

    /// Adds the percentiles of some latencies.
    pub fn latencies(&mut self, what: &str, latencies: &Latencies) {
        for (name, share) in [("p50", 0.50), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)] {
            self.add(format!("{what}, {name}"), latencies.percentile(share).as_secs_f64() * 1_000.0, "ms");
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | figure |\n|---|---:|")?;
        for Figure { what, value, unit } in &self.0 {
            writeln!(f, "| {what} | {value:.2} {unit} |")?;
        }
        Ok(())
    }
}

/// Some latencies.
#[derive(Clone, Debug, Default)]
pub struct Latencies(Vec<Duration>);

impl Latencies {
    /// Adds one.
    pub fn add(&mut self, latency: Duration) {
        self.0.push(latency);
    }

    /// Adds those of another.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The latency that this share of them does not exceed; zero when there are none.
    pub fn percentile(&self, share: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let last = sorted.len().saturating_sub(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index of some thousands, rounded on purpose"
        )]
        let place = (last as f64 * share).round() as usize;
        sorted.get(place.min(last)).copied().unwrap_or_default()
    }
}
