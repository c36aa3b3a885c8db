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

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use crate::core::board::BoardEntry;
    use crate::core::ids::IncidentId;
    use crate::core::rehearsal::Rehearsal;
    use crate::core::state::{ReviewStep, State};

    #[test]
    fn the_burning_come_first_then_the_mitigated_then_the_rest() {
        let mut room = Rehearsal::before_the_fire();
        let states = [
            State::Completed,
            State::Mitigated,
            State::Acknowledged,
            State::Canceled,
            State::Archived,
            State::Blocked,
            State::Review(ReviewStep::Core4),
            State::Started,
            State::Opening,
        ];
        for (id, state) in (1..).zip(states) {
            let mut entry = BoardEntry::from(Rehearsal::standing(state).incident());
            entry.id = IncidentId(id);
            entry.title = format!("Trouble {id}").as_str().into();
            entry.channel = entry.channel.map(|_| format!("C0ROOM{id}").as_str().into());
            room.board.push(entry);
        }
        room.advance(SignedDuration::from_hours(5));
        let listed = room.alice_in_main(".breakings").answer();
        insta::assert_snapshot!(listed, @r"
        Burning (4)
        - :fire: [P2] Trouble 3: acknowledged, 5 h old · #C0ROOM3
        - :fire: [P2] Trouble 6: blocked, 5 h old · #C0ROOM6
        - :fire: [P2] Trouble 8: started, 5 h old · #C0ROOM8
        - :fire: [P2] Trouble 9: opening, 5 h old · incident 9, its channel is being made
        Mitigated (1)
        - :fire: [P2] Trouble 2: mitigated, 5 h old · #C0ROOM2
        Inactive (3)
        - :white_check_mark: [P2] Trouble 1: completed, 5 h old · #C0ROOM1
        - :no_entry_sign: [P2] Trouble 4: canceled, 5 h old · #C0ROOM4
        - :white_check_mark: [P2] Trouble 7: resolved, in review, 5 h old · #C0ROOM7
        ");
        assert_eq!(room.says("U0BOB", "C0OTHER", ".breakingchannels").answer(), listed);
    }

    #[test]
    fn what_never_had_a_channel_is_not_listed() {
        let mut room = Rehearsal::before_the_fire();
        let mut entry = BoardEntry::from(Rehearsal::standing(State::Canceled).incident());
        entry.channel = None;
        room.board.push(entry);
        room.alice_in_main(".breakings").says(
            ":white_check_mark: All clear: no incident has a channel now. `.start` and a title in #C0MAIN declares one.",
        );
    }

    #[test]
    fn hundreds_of_channels_are_all_there() {
        let mut room = Rehearsal::before_the_fire();
        for (id, state) in (1..=260).zip([State::Started, State::Completed].into_iter().cycle()) {
            let mut entry = BoardEntry::from(Rehearsal::standing(state).incident());
            entry.id = IncidentId(id);
            entry.channel = Some(format!("C0ROOM{id}").as_str().into());
            room.board.push(entry);
        }
        let answer = room.alice_in_main(".breakings").answer();
        assert_eq!(answer.lines().count(), 2 * (1 + 50 + 1));
        assert_eq!(answer.matches("#C0ROOM").count(), 260);
    }
}
