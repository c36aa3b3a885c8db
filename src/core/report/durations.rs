//! The metrics in words: from when to when, what that time means, and what is missing where one cannot be told.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::core::incident::Incident;
use crate::core::message::utc;
use crate::core::moments::{Metric, Moment};
use crate::core::when::spoken;

/// A length of time, explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// Its short name: `TTD`, or `blocked`.
    pub metric: &'static str,
    /// What it measures, in words: `time to detect`.
    pub meaning: &'static str,
    /// How long it was; `None` when it cannot be told.
    pub seconds: Option<i64>,
    /// What that time was, or why it cannot be told: a whole sentence.
    pub explanation: String,
}

/// All metrics, and the time spent waiting for others where there was any.
pub(super) fn durations(incident: &Incident, now: Timestamp) -> Vec<Explained> {
    let mut all: Vec<Explained> = Metric::ALL.into_iter().map(|metric| explained(metric, incident)).collect();
    all.extend(blocked(incident, now));
    all
}

fn explained(metric: Metric, incident: &Incident) -> Explained {
    let (from, to) = metric.ends();
    let (seconds, explanation) = match (incident.moments.get(from), incident.moments.get(to)) {
        (Some(a), Some(b)) if a <= b => (Some(b.duration_since(a).as_secs()), told(metric, a, b)),
        (Some(_), Some(_)) => {
            let sentence = format!(
                "It cannot be told: {} is on record as later than {}, so one of the two is wrong.",
                from.word(),
                to.word()
            );
            (None, sentence)
        }
        (a, b) => {
            let missing: Vec<&str> = [(from, a), (to, b)]
                .into_iter()
                .filter(|(_, at)| at.is_none())
                .map(|(moment, _)| noun(moment))
                .collect();
            let are = if missing.len() == 1 { "is" } else { "are" };
            (None, format!("It cannot be told: {} {are} not on record.", missing.join(" and ")))
        }
    };
    Explained { metric: metric.word(), meaning: metric.meaning(), seconds, explanation }
}

fn told(metric: Metric, from: Timestamp, to: Timestamp) -> String {
    let span = span(from, to);
    match metric {
        Metric::Ttd => format!("It went on unnoticed {span}."),
        Metric::Tta => format!("It was known, and the response not yet under way, {span}."),
        Metric::Ttm => format!("It hit people {span}."),
        Metric::Ttr => format!("It was not over {span}."),
    }
}

/// `from 16:40 to 16:50 UTC on 2024-02-28`, with both days where they differ.
pub(super) fn span(from: Timestamp, to: Timestamp) -> String {
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    if day(from) == day(to) {
        format!("from {} to {} UTC on {}", from.strftime("%H:%M"), to.strftime("%H:%M"), day(from))
    } else {
        format!("from {} to {}", utc(from), utc(to))
    }
}

fn noun(moment: Moment) -> &'static str {
    match moment {
        Moment::Genesis => "when it began (genesis)",
        Moment::Detected => "when it was noticed (detected)",
        Moment::Acknowledged => "when the response was under way (acknowledged)",
        Moment::Mitigated => "when people were no longer hit (mitigated)",
        Moment::Resolved => "when it was over (resolved)",
        other => other.word(),
    }
}

fn blocked(incident: &Incident, now: Timestamp) -> Option<Explained> {
    if incident.blockers.is_empty() {
        return None;
    }
    let blocked = incident.time_blocked(now);
    let whole = incident.moments.resolved.map(|resolved| resolved.duration_since(incident.burning_since()));
    let share = whole.filter(|whole| *whole >= blocked && !whole.is_zero()).map(|whole| share(blocked, whole));
    let explanation = match share {
        Some(share) => format!("For {share} % of the time until it was over, something outside was waited for."),
        None => "For so long, something outside was waited for.".to_owned(),
    };
    Some(Explained { metric: "blocked", meaning: "time blocked", seconds: Some(blocked.as_secs()), explanation })
}

/// How many hundredths the part is of the whole.
pub(super) fn share(part: SignedDuration, whole: SignedDuration) -> i64 {
    (part.as_secs().saturating_mul(100)).checked_div(whole.as_secs()).unwrap_or_default()
}

/// A length as people read it.
pub(super) fn length(seconds: i64) -> String {
    spoken(SignedDuration::from_secs(seconds))
}
