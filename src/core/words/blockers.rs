//! Who is waited for.

use crate::core::incident::{Blocker, Incident};
use crate::core::message::Line;

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
