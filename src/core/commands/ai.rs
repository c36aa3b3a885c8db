//! `.ai`, `.ais`: what is to be done afterwards.

use super::{Argument, Context, Decision, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::prose::Prose;
use crate::core::words::listing::{Listing, signed};
use crate::core::words::people;

pub(super) static AI: Spec = Spec {
    word: "ai",
    aliases: &["actionitem"],
    shape: Shape::Required("title [=> detail]"),
    needs: Needs::UPDATABLE,
    help: "records an action item",
    example: ".ai limit the cache => 2 GB is plenty",
    run: Run::Inside(record),
    ..Spec::PLAIN
};

pub(super) static AIS: Spec = Spec {
    word: "ais",
    aliases: &["actionitems"],
    needs: Needs::INCIDENT,
    help: "lists the action items; `.ai` and a title adds one",
    example: ".ais",
    names_people: true,
    run: Run::Inside(|incident, _, context| Ok(list(incident, context))),
    ..Spec::PLAIN
};

fn record(incident: &Incident, argument: &Argument, _: &Context) -> Verdict {
    let (title, detail) = title_and_detail(argument.prose);
    if title.is_blank() {
        return Err(Refusal::says(
            Line::new()
                .text("What is to be done stands before ")
                .code("=>")
                .text(", for example ")
                .code(AI.example)
                .text("."),
        ));
    }
    let added = Event::ActionItemAdded { title, detail };
    if incident.last(|event| *event == added).is_some() {
        return Ok(Decision::already());
    }
    Ok(Decision::ok(vec![added]))
}

/// The title is one line, as a tracker's issue has; without `=>`, further lines are the detail.
fn title_and_detail(argument: &Prose) -> (Prose, Option<Prose>) {
    let (title, detail) = match argument.split_once("=>").or_else(|| argument.split_once("\n")) {
        Some((title, detail)) => (title, Some(detail.trimmed())),
        None => (argument.clone(), None),
    };
    (title.one_line(), detail.filter(|detail| !detail.is_blank()))
}

fn list(incident: &Incident, context: &Context) -> Decision {
    let named = |prose: &Prose| people::named(context.people, prose);
    let entries = incident.events.iter().filter_map(|recorded| match &recorded.event {
        Event::ActionItemAdded { title, detail } => {
            let line = Line::new().prose(&named(title));
            let line = match detail {
                Some(detail) => line.text(" — ").prose(&named(detail)),
                None => line,
            };
            Some(signed(line, recorded, context))
        }
        _ => None,
    });
    Listing {
        what: "action items",
        entries: entries.collect(),
        numbered: true,
        closing: None,
        empty: Line::new().text("No action item is recorded yet; ").code(AI.example).text(" records one."),
    }
    .decision(incident, context)
}
