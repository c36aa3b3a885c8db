//! `.status`: how this incident stands, or all of them.

use super::{Argument, Context, Decision, Run, Spec, Verdict};
use crate::core::board::BoardEntry;
use crate::core::incident::Incident;
use crate::core::message::{Line, Message};
use crate::core::words::board::{Telling, lines};
use crate::core::words::status::status;

pub(super) static SPEC: Spec = Spec {
    word: "status",
    help: "tells how this incident stands; outside an incident's channel, lists all that are active",
    example: ".status",
    names_people: true,
    reads_board: true,
    run: Run::Anywhere(decide),
    ..Spec::PLAIN
};

fn decide(incident: Option<&Incident>, _: &Argument, context: &Context) -> Verdict {
    Ok(Decision::says(match incident {
        Some(incident) => status(incident, context),
        None => all(context),
    }))
}

fn all(context: &Context) -> Message {
    let mut active: Vec<&BoardEntry> = context.board.iter().filter(|entry| entry.state.is_active()).collect();
    active.sort_by_key(|entry| (entry.level, entry.declared, entry.id));
    let head = match active.len() {
        0 => {
            return Message::from(
                Line::new()
                    .emoji("white_check_mark")
                    .text(" All clear: no incident is active. ")
                    .code(".start")
                    .text(" and a title in ")
                    .channel(&context.desk.main_channel)
                    .text(" declares one."),
            );
        }
        1 => "One incident is active".to_owned(),
        several => format!("{several} incidents are active, the most urgent first"),
    };
    let tracker = (!context.services.tracker).then(|| Line::aside().text("No issue tracker is configured."));
    Message::from(Line::new().bold(head)).lines(lines(&active, Telling::Leads, context)).lines(tracker)
}
