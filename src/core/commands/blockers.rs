//! `.blockers`: what is waited for.

use super::{Context, Decision, Needs, Run, Spec};
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::when::spoken;
use crate::core::words::blockers;
use crate::core::words::listing::Listing;

pub(super) static SPEC: Spec = Spec {
    word: "blockers",
    needs: Needs::INCIDENT,
    help: "lists what is waited for, who said so, for how long, and the time spent blocked",
    example: ".blockers",
    names_people: true,
    run: Run::Inside(|incident, _, context| Ok(blocked(incident, context))),
    ..Spec::PLAIN
};

fn blocked(incident: &Incident, context: &Context) -> Decision {
    let total = spoken(incident.time_blocked(context.now));
    let empty = if incident.blockers.is_empty() {
        Line::new().text("Nothing was waited for so far; ").code(".blocked whom => reason").text(" says that it is.")
    } else {
        Line::new().text(format!(
            "Nothing is waited for now. Blockers so far: {}, all closed; time spent blocked: {total}.",
            incident.blockers.len()
        ))
    };
    let entries = incident
        .open_blockers()
        .map(|blocker| {
            let waited = spoken(incident.waited(blocker, context.now));
            let line = blockers::waiting(blocker, context.people).text(" · ").time(blocker.since);
            line.text(format!(", {waited} so far"))
        })
        .collect();
    let closing = Some(Line::new().text(format!("Time spent blocked: {total}")));
    Listing { what: "open blockers", entries, numbered: false, closing, empty }.decision(incident, context)
}
