//! `.history`: everything that happened, in UTC, each entry linked to the message it came from.

use super::{Context, Decision, Needs, Run, Spec};
use crate::core::event::Recorded;
use crate::core::incident::Incident;
use crate::core::message::{Line, Span, utc};
use crate::core::words::listing::Listing;
use crate::core::words::{log, report};

pub(super) static SPEC: Spec = Spec {
    word: "history",
    aliases: &["timeline", "log"],
    needs: Needs::INCIDENT,
    help: "tells everything that happened, in UTC, with links to the messages",
    example: ".history",
    names_people: true,
    run: Run::Inside(|incident, _, context| Ok(history(incident, context))),
    ..Spec::PLAIN
};

fn history(incident: &Incident, context: &Context) -> Decision {
    let entries = report::timeline(incident).filter_map(|recorded| {
        let kind = recorded.event.entry()?.word();
        Some(Line::new().with(time(recorded)).text(format!(" · {kind} · ")).join(log::entry(recorded, context.people)))
    });
    Listing {
        what: "history",
        entries: entries.collect(),
        numbered: false,
        closing: None,
        empty: Line::new().text("Nothing has happened yet."),
    }
    .decision(incident, context)
}

/// When it happened, linked to the message that made it happen.
fn time(recorded: &Recorded) -> Span {
    match &recorded.source {
        Some(source) => Span::Permalink { source: source.clone(), label: utc(recorded.at) },
        None => Span::UtcTime(recorded.at),
    }
}
