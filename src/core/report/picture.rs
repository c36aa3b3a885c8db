//! The phases of an incident as bars of characters: a picture that every page can show, also one that takes no images.

use jiff::{SignedDuration, Timestamp};

use super::durations::length;
use crate::core::incident::Incident;
use crate::core::message::utc;
use crate::core::moments::Moment;

/// How many characters the whole incident takes.
const WIDTH: i64 = 48;

/// The moments between which phases lie, in their order, and what each begins.
const PHASES: [(Moment, &str); 4] = [
    (Moment::Genesis, "not noticed yet"),
    (Moment::Detected, "noticed"),
    (Moment::Acknowledged, "worked on"),
    (Moment::Mitigated, "mitigated, watched"),
];

/// A stretch of time with a name.
struct Phase {
    name: &'static str,
    from: Timestamp,
    to: Timestamp,
}

/// One line for each phase, with its bar where it lies and its length, between the times of beginning and end. Empty
/// while it is not resolved, and when the moments are not in their order.
pub(super) fn picture(incident: &Incident) -> Vec<String> {
    let Some(phases) = phases(incident) else { return Vec::new() };
    let (Some(first), Some(last)) = (phases.first(), phases.last()) else { return Vec::new() };
    let (begin, end) = (first.from, last.to);
    if begin >= end {
        return Vec::new();
    }
    let mut rows: Vec<(&str, Vec<(Timestamp, Timestamp)>)> =
        phases.iter().map(|phase| (phase.name, vec![(phase.from, phase.to)])).collect();
    let waits: Vec<_> = incident
        .blockers
        .iter()
        .map(|blocker| (blocker.since.max(begin), blocker.until.unwrap_or(end).min(end)))
        .filter(|(from, to)| from < to)
        .collect();
    if !waits.is_empty() {
        rows.push(("waiting for others", waits));
    }
    let label = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let width = usize::try_from(WIDTH).unwrap_or_default();
    let (from, to) = (utc(begin), utc(end));
    let gap = width.saturating_sub(from.len() + to.len()).max(1);
    let mut lines = vec![format!("{:label$}  {from}{:gap$}{to}", "", "")];
    for (name, stretches) in rows {
        let seconds = if name == "waiting for others" {
            incident.time_blocked(end).as_secs()
        } else {
            stretches.iter().map(|(from, to)| to.duration_since(*from).as_secs()).sum()
        };
        let bar: String = (0..WIDTH).map(|column| cell(column, &stretches, begin, end)).collect();
        lines.push(format!("{name:label$}  {bar}  {}", length(seconds)));
    }
    lines
}

/// Full where the column lies in one of the stretches. A stretch is never without a column.
fn cell(column: i64, stretches: &[(Timestamp, Timestamp)], begin: Timestamp, end: Timestamp) -> char {
    let whole = end.duration_since(begin);
    let column_of = |at: Timestamp| scaled(at.duration_since(begin), whole);
    let is_in = stretches.iter().any(|(from, to)| {
        let first = column_of(*from).min(WIDTH - 1);
        let behind = column_of(*to).max(first + 1);
        (first..behind).contains(&column)
    });
    if is_in { '█' } else { '·' }
}

fn scaled(part: SignedDuration, whole: SignedDuration) -> i64 {
    let columns = i128::from(part.as_secs()) * i128::from(WIDTH) / i128::from(whole.as_secs()).max(1);
    i64::try_from(columns).unwrap_or_default()
}

fn phases(incident: &Incident) -> Option<Vec<Phase>> {
    let resolved = incident.moments.resolved?;
    let mut begins: Vec<(&str, Timestamp)> =
        PHASES.into_iter().filter_map(|(moment, name)| Some((name, incident.moments.get(moment)?))).collect();
    // What nobody set is told from when it was declared.
    if incident.moments.genesis.is_none() && incident.moments.detected.is_none() {
        begins.insert(0, ("declared", incident.declared));
    }
    let ends = begins.iter().skip(1).map(|(_, at)| *at).chain([resolved]);
    let phases: Vec<Phase> =
        begins.iter().zip(ends).map(|((name, from), to)| Phase { name, from: *from, to }).collect();
    let in_order = phases.iter().all(|phase| phase.from <= phase.to);
    in_order.then(|| phases.into_iter().filter(|phase| phase.from < phase.to).collect())
}
