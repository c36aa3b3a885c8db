//! Who is waited for.

use crate::core::incident::{Blocker, Incident};
use crate::core::message::Line;
use crate::core::words::people::{self, Names};

/// The open blockers in one line: `#1 the network team, #3 legal`.
pub fn named(incident: &Incident) -> Line {
    listed(incident.open_blockers())
}

/// Blockers in one line.
pub fn listed<'a>(blockers: impl Iterator<Item = &'a Blocker>) -> Line {
    let mut line = Line::new();
    for (i, blocker) in blockers.enumerate() {
        if i > 0 {
            line = line.text(", ");
        }
        line = line.text(format!("{} ", blocker.id)).prose(&blocker.whom.one_line());
    }
    line
}

/// Who waits for whom: `#1 Alice waits for the network team: DNS is broken`. Nobody is notified by it.
pub fn waiting(blocker: &Blocker, names: &Names) -> Line {
    let by = people::author(names, &blocker.by);
    let line = Line::new().text(format!("{} {by} waits for ", blocker.id)).prose(&people::named(names, &blocker.whom));
    match &blocker.reason {
        Some(reason) => line.text(": ").prose(&people::named(names, reason)),
        None => line,
    }
}
