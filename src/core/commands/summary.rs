//! `.summary`: shows or writes the executive summary.

use super::{Argument, Context, Decision, Needs, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::{Line, Message};
use crate::core::words::people;

pub(super) static SPEC: Spec = Spec {
    word: "summary",
    shape: Shape::Optional("[text]"),
    needs: Needs::SHOWS_OR_SETS,
    help: "shows the summary, or writes it anew, which counts as a comm update",
    example: ".summary Card payments fail in Europe since 16:40; the payment team rolls back",
    names_people: true,
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    if argument.is_empty() {
        return Ok(Decision::says(shown(incident, context)));
    }
    let text = argument.prose.clone();
    if incident.summary.as_ref() == Some(&text) {
        return Ok(Decision::already());
    }
    let message =
        Message::from(Line::new().bold(format!("Summary of incident {} now", incident.id))).line(Line::quote(&text));
    Ok(Decision::done_and_says(vec![Event::Summarized { text }], message))
}

/// The summary with its author, or how to write one.
fn shown(incident: &Incident, context: &Context) -> Message {
    let write = Line::new().code(".summary what is known");
    let written = incident.last(|event| matches!(event, Event::Summarized { .. }));
    let (Some(summary), Some(written)) = (&incident.summary, written) else {
        return Line::new()
            .text(format!("Incident {} has no summary yet; ", incident.id))
            .join(write)
            .text(" writes one.")
            .into();
    };
    let by = people::author(context.people, &written.author);
    let head = Line::new().bold(format!("Summary of incident {}", incident.id)).text(format!(" (by {by}, "));
    Message::from(head.time(written.at).text(")"))
        .line(Line::quote(&people::named(context.people, summary)))
        .line(Line::aside().join(write).text(" writes it anew."))
}
