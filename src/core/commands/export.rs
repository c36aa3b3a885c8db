//! `.export`: the full record as a file.

use super::{Answer, Argument, Context, Decision, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::effect::File;
use crate::core::incident::Incident;
use crate::core::message::{Line, Message};
use crate::core::record::{Format, record, write};

pub(super) static SPEC: Spec = Spec {
    word: "export",
    shape: Shape::Optional("[md, json, html]"),
    needs: Needs::INCIDENT,
    help: "gives the full record as a file: Markdown, JSON or HTML",
    example: ".export html",
    names_people: true,
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    let format = if argument.is_empty() { Some(Format::Markdown) } else { Format::from_word(&argument.readable()) };
    let Some(format) = format else {
        return Err(Refusal::says(
            Line::new()
                .text("I can export as ")
                .code(".export md")
                .text(" (also without a word behind it), ")
                .code(".export json")
                .text(" or ")
                .code(".export html")
                .text("."),
        ));
    };
    let content = write(&record(incident, context.people, context.desk, context.now), format);
    let file = File { name: format!("incident-{}.{}", incident.id, format.word()), content };
    let message = Message::from(format!("The full record of incident {}, times in UTC.", incident.id));
    Ok(Decision { events: Vec::new(), answer: Answer::Gives(message, file) })
}
