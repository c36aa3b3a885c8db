//! The moments of an incident, and the metrics that follow from them.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A moment of an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// When `.start` was typed.
    Started,
    /// When the trouble began.
    Genesis,
    /// When somebody or something noticed.
    Detected,
    /// When the response was under way.
    Acknowledged,
    /// When the effect on people ended.
    Mitigated,
    /// When it was over.
    Resolved,
    /// When the review could begin.
    ReadyForReview,
    /// When the review was done.
    Completed,
    /// When it was called off.
    Canceled,
    /// When it was put away.
    Archived,
}

impl Moment {
    /// All, in the order of an incident's life.
    pub const ALL: [Self; 10] = [
        Self::Started,
        Self::Genesis,
        Self::Detected,
        Self::Acknowledged,
        Self::Mitigated,
        Self::Resolved,
        Self::ReadyForReview,
        Self::Completed,
        Self::Canceled,
        Self::Archived,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Genesis => "genesis",
            Self::Detected => "detected",
            Self::Acknowledged => "acknowledged",
            Self::Mitigated => "mitigated",
            Self::Resolved => "resolved",
            Self::ReadyForReview => "ready for review",
            Self::Completed => "completed",
            Self::Canceled => "canceled",
            Self::Archived => "archived",
        }
    }
}

/// UTC instants, each set or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Moments {
    /// When `.start` was typed.
    pub started: Option<Timestamp>,
    /// When the trouble began.
    pub genesis: Option<Timestamp>,
    /// When it was noticed.
    pub detected: Option<Timestamp>,
    /// When the response was under way.
    pub acknowledged: Option<Timestamp>,
    /// When the effect on people ended.
    pub mitigated: Option<Timestamp>,
    /// When it was over.
    pub resolved: Option<Timestamp>,
    /// When the review could begin.
    pub ready_for_review: Option<Timestamp>,
    /// When the review was done.
    pub completed: Option<Timestamp>,
    /// When it was called off.
    pub canceled: Option<Timestamp>,
    /// When it was put away.
    pub archived: Option<Timestamp>,
}

impl Moments {
    /// The instant of a moment.
    pub fn get(&self, moment: Moment) -> Option<Timestamp> {
        match moment {
            Moment::Started => self.started,
            Moment::Genesis => self.genesis,
            Moment::Detected => self.detected,
            Moment::Acknowledged => self.acknowledged,
            Moment::Mitigated => self.mitigated,
            Moment::Resolved => self.resolved,
            Moment::ReadyForReview => self.ready_for_review,
            Moment::Completed => self.completed,
            Moment::Canceled => self.canceled,
            Moment::Archived => self.archived,
        }
    }

    /// Where a moment is kept.
    pub fn slot(&mut self, moment: Moment) -> &mut Option<Timestamp> {
        match moment {
            Moment::Started => &mut self.started,
            Moment::Genesis => &mut self.genesis,
            Moment::Detected => &mut self.detected,
            Moment::Acknowledged => &mut self.acknowledged,
            Moment::Mitigated => &mut self.mitigated,
            Moment::Resolved => &mut self.resolved,
            Moment::ReadyForReview => &mut self.ready_for_review,
            Moment::Completed => &mut self.completed,
            Moment::Canceled => &mut self.canceled,
            Moment::Archived => &mut self.archived,
        }
    }

    /// The metrics that can be told from what is set, in the order TTD, TTA, TTM, TTR. One that would be negative is
    /// left out: the review names the two moments that stand the wrong way round.
    pub fn metrics(&self) -> Vec<(Metric, SignedDuration)> {
        Metric::ALL
            .into_iter()
            .filter_map(|metric| {
                let (from, to) = metric.ends();
                let length = self.get(to)?.duration_since(self.get(from)?);
                (!length.is_negative()).then_some((metric, length))
            })
            .collect()
    }
}

/// A time between two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Metric {
    /// Time to detect.
    Ttd,
    /// Time to acknowledge.
    Tta,
    /// Time to mitigate.
    Ttm,
    /// Time to resolve.
    Ttr,
}

impl Metric {
    /// All, in the order they are shown.
    pub const ALL: [Self; 4] = [Self::Ttd, Self::Tta, Self::Ttm, Self::Ttr];

    /// Its short name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ttd => "TTD",
            Self::Tta => "TTA",
            Self::Ttm => "TTM",
            Self::Ttr => "TTR",
        }
    }

    /// What it measures, in words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Ttd => "time to detect",
            Self::Tta => "time to acknowledge",
            Self::Ttm => "time to mitigate",
            Self::Ttr => "time to resolve",
        }
    }

    /// The two moments that it lies between.
    pub fn ends(self) -> (Moment, Moment) {
        match self {
            Self::Ttd => (Moment::Genesis, Moment::Detected),
            Self::Tta => (Moment::Detected, Moment::Acknowledged),
            Self::Ttm => (Moment::Genesis, Moment::Mitigated),
            Self::Ttr => (Moment::Genesis, Moment::Resolved),
        }
    }
}
