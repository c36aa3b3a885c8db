//! `.factor`, `.factors`: what contributed to the incident.

use super::{Argument, Context, Decision, Needs, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::words::listing::{Listing, signed};
use crate::core::words::people;

pub(super) static FACTOR: Spec = Spec {
    word: "factor",
    aliases: &["cause", "rootcause", "chain", "iamsorry", "mybad"],
    shape: Shape::Required("a text or URL"),
    needs: Needs::UPDATABLE,
    help: "records a contributing factor",
    example: ".factor the cache had no limit",
    run: Run::Inside(record),
    ..Spec::PLAIN
};

pub(super) static FACTORS: Spec = Spec {
    word: "factors",
    aliases: &["causes", "rootcauses", "chains"],
    needs: Needs::INCIDENT,
    help: "lists the contributing factors; `.factor` and a text adds one",
    example: ".factors",
    names_people: true,
    run: Run::Inside(|incident, _, context| Ok(list(incident, context))),
    ..Spec::PLAIN
};

fn record(incident: &Incident, argument: &Argument, _: &Context) -> Verdict {
    let found = Event::FactorFound { text: argument.prose.clone() };
    if incident.last(|event| *event == found).is_some() {
        return Ok(Decision::already());
    }
    Ok(Decision::ok(vec![found]))
}

fn list(incident: &Incident, context: &Context) -> Decision {
    let entries = incident.events.iter().filter_map(|recorded| match &recorded.event {
        Event::FactorFound { text } => {
            Some(signed(Line::new().prose(&people::named(context.people, text)), recorded, context))
        }
        _ => None,
    });
    Listing {
        what: "contributing factors",
        entries: entries.collect(),
        numbered: true,
        closing: None,
        empty: Line::new().text("No contributing factor is recorded yet; ").code(FACTOR.example).text(" records one."),
    }
    .decision(incident, context)
}
