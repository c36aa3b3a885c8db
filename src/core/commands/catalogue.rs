//! `.commands`: everything the bot can do.

use super::{ALL, Context, Decision, Need, Run, Spec, table};
use crate::core::message::{Line, Message};

pub(super) static SPEC: Spec = Spec {
    word: "commands",
    help: "lists everything I can do",
    example: ".commands",
    run: Run::Anywhere(|_, _, context| Ok(Decision::says(catalogue(context)))),
    ..Spec::PLAIN
};

fn catalogue(context: &Context) -> Message {
    ALL.chunk_by(|a, b| place(a) == place(b)).fold(Message::new(), |message, same| {
        let head = Line::new();
        let head = match same.first().map(|spec| place(spec)) {
            Some(Place::Main) => head.bold("In ").channel(&context.desk.main_channel),
            Some(Place::Anywhere) => head.bold("Anywhere"),
            Some(Place::Incident) | None => head.bold("In an incident's channel"),
        };
        message.line(head).lines(same.iter().map(|spec| line(spec)))
    })
}

#[derive(PartialEq, Eq)]
enum Place {
    Main,
    Anywhere,
    Incident,
}

/// Where the command does its work.
fn place(spec: &Spec) -> Place {
    match spec.needs.with_argument {
        Need::MainChannel => Place::Main,
        Need::Anywhere => Place::Anywhere,
        Need::Incident | Need::Active | Need::Updatable => Place::Incident,
    }
}

/// `.stop` (`.allclear`, `.clear`): resolves.
fn line(spec: &Spec) -> Line {
    let line = Line::item().code(format!(".{} {}", spec.word, table::argument(spec)).trim_end());
    let line = match spec.aliases.split_first() {
        None => line,
        Some((first, rest)) => {
            let line = line.text(" (").code(format!(".{first}"));
            rest.iter().fold(line, |line, alias| line.text(" ").code(format!(".{alias}"))).text(")")
        }
    };
    line.text(format!(" {}", spec.help))
}
