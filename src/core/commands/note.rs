//! `.note`, `.notes`: internal notes.

use super::{Argument, Context, Decision, Needs, Run, Shape, Spec};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::words::listing::{Listing, signed};
use crate::core::words::people;

pub(super) static NOTE: Spec = Spec {
    word: "note",
    shape: Shape::Required("a text"),
    needs: Needs::UPDATABLE,
    help: "writes an internal note",
    example: ".note the graphs recover since 17:05",
    run: Run::Inside(|_, argument, _| Ok(noted(argument))),
    ..Spec::PLAIN
};

pub(super) static NOTES: Spec = Spec {
    word: "notes",
    shape: Shape::Optional("[text]"),
    needs: Needs::SHOWS_OR_SETS,
    help: "lists the internal notes, or writes one",
    example: ".notes",
    names_people: true,
    run: Run::Inside(|incident, argument, context| {
        Ok(if argument.is_empty() { list(incident, context) } else { noted(argument) })
    }),
    ..Spec::PLAIN
};

fn noted(argument: &Argument) -> Decision {
    Decision::ok(vec![Event::Noted { text: argument.prose.clone() }])
}

fn list(incident: &Incident, context: &Context) -> Decision {
    let entries = incident.events.iter().filter_map(|recorded| match &recorded.event {
        Event::Noted { text } => {
            Some(signed(Line::new().prose(&people::named(context.people, text)), recorded, context))
        }
        _ => None,
    });
    Listing {
        what: "notes",
        entries: entries.collect(),
        numbered: true,
        closing: None,
        empty: Line::new().text("No note is written yet; ").code(NOTE.example).text(" writes one."),
    }
    .decision(incident, context)
}
