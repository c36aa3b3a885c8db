//! `.breakings`: the channel of every incident that is not put away.

use super::{Context, Decision, Run, Spec};
use crate::core::board::BoardEntry;
use crate::core::message::{Line, Message};
use crate::core::state::State;
use crate::core::words::board::{Telling, lines};

pub(super) static SPEC: Spec = Spec {
    word: "breakings",
    aliases: &["breakingchannels"],
    help: "lists the channels of all incidents: burning first, then mitigated, then inactive",
    example: ".breakings",
    reads_board: true,
    run: Run::Anywhere(|_, _, context| Ok(Decision::says(channels(context)))),
    ..Spec::PLAIN
};

/// How much an incident needs somebody, the most first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Heat {
    Burning,
    Mitigated,
    Inactive,
}

fn heat(entry: &BoardEntry) -> Heat {
    match entry.state {
        State::Mitigated => Heat::Mitigated,
        State::Blocked if entry.moments.mitigated.is_some() => Heat::Mitigated,
        State::Opening | State::Started | State::Acknowledged | State::Blocked => Heat::Burning,
        State::Resolved
        | State::Review(_)
        | State::ReadyForReview
        | State::Completed
        | State::Canceled
        | State::Archived => Heat::Inactive,
    }
}

fn channels(context: &Context) -> Message {
    // One that was canceled because its channel could not be made has none to list.
    let has_channel = |entry: &&BoardEntry| entry.channel.is_some() || entry.state == State::Opening;
    let mut live: Vec<&BoardEntry> =
        context.board.iter().filter(|entry| entry.state.is_live()).filter(has_channel).collect();
    if live.is_empty() {
        return Message::from(
            Line::new()
                .emoji("white_check_mark")
                .text(" All clear: no incident has a channel now. ")
                .code(".start")
                .text(" and a title in ")
                .channel(&context.desk.main_channel)
                .text(" declares one."),
        );
    }
    live.sort_by_key(|entry| (heat(entry), entry.level, entry.declared, entry.id));
    live.chunk_by(|a, b| heat(a) == heat(b)).fold(Message::new(), |message, same| {
        let head = match same.first().map(|entry| heat(entry)) {
            Some(Heat::Burning) => "Burning",
            Some(Heat::Mitigated) => "Mitigated",
            Some(Heat::Inactive) | None => "Inactive",
        };
        message.line(Line::new().bold(format!("{head} ({})", same.len()))).lines(lines(same, Telling::Places, context))
    })
}
