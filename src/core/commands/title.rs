//! `.title`: what the incident is called.

use super::start::titled;
use super::{Argument, Context, Decision, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;

pub(super) static SPEC: Spec = Spec {
    word: "title",
    shape: Shape::Required("a title"),
    needs: Needs::UPDATABLE,
    help: "renames the incident; the channel's topic follows",
    example: ".title Checkout is slow in Europe",
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, _: &Context) -> Verdict {
    let (title, note) = titled(argument.prose);
    if title.is_blank() {
        return Err(Refusal::says(
            Line::new().text("There is nothing to see in that title; try ").code(SPEC.example).text("."),
        ));
    }
    let is_noted = note.as_ref().is_none_or(|note| incident.last(|event| event == note).is_some());
    if title == incident.title && is_noted {
        return Ok(Decision::already());
    }
    let renamed = (title != incident.title).then_some(Event::Titled { title });
    Ok(Decision::ok(renamed.into_iter().chain(note).collect()))
}
