//! What was measured, as a table and as JSON.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// All figures, in the order they were measured.
#[derive(Debug, Default, Serialize)]
pub struct Figures(Vec<Figure>);

/// One figure.
#[derive(Debug, Serialize)]
struct Figure {
    what: String,
    value: f64,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    aim: Option<Aim>,
}

/// What a figure should be.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aim {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Aim {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "≤ {most:.2}"),
            Self::AtLeast(least) => write!(f, "≥ {least:.0}"),
        }
    }
}

impl Figures {
    /// Adds one.
    pub fn add(&mut self, what: impl Into<String>, value: f64, unit: &'static str) {
        self.0.push(Figure { what: what.into(), value, unit, aim: None });
    }

    /// Adds one that should be something.
    pub fn aimed(&mut self, what: impl Into<String>, value: f64, unit: &'static str, aim: Aim) {
        self.0.push(Figure { what: what.into(), value, unit, aim: Some(aim) });
    }

    /// Adds the percentiles of some latencies.
    pub fn latencies(&mut self, what: &str, latencies: &Latencies) {
        for (name, share) in [("p50", 0.50), ("p95", 0.95), ("p99", 0.99), ("max", 1.0)] {
            self.add(format!("{what}, {name}"), latencies.milliseconds(share), "ms");
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | figure | aim | met |\n|---|---:|---:|---|")?;
        for Figure { what, value, unit, aim } in &self.0 {
            write!(f, "| {what} | {value:.2} {unit} |")?;
            match aim {
                Some(aim) => writeln!(f, " {aim} | {} |", if aim.is_met(*value) { "yes" } else { "no" })?,
                None => writeln!(f, " | |")?,
            }
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

    /// The latency that this share of them does not exceed, in milliseconds; zero when there are none.
    pub fn milliseconds(&self, share: f64) -> f64 {
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
        sorted.get(place.min(last)).copied().unwrap_or_default().as_secs_f64() * 1_000.0
    }
}
