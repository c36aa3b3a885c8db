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

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use crate::core::board::BoardEntry;
    use crate::core::event::Event;
    use crate::core::ids::{BlockerId, IncidentId, Level};
    use crate::core::incident::Role;
    use crate::core::rehearsal::{MAIN, ROOM, Rehearsal};
    use crate::core::state::State;

    #[test]
    fn in_an_incidents_channel_it_tells_everything_about_it() {
        let mut room = Rehearsal::burning();
        room.advance(SignedDuration::from_mins(4));
        insta::assert_snapshot!(room.alice(".status").answer(), @r"
        :fire: [P2] Checkout is down
        Incident 1 is started, 5 m after it was declared.
        - point: nobody, comms: nobody
        - started: 2024-02-28 17:00 UTC
        - tracker: none is configured
        - no comm update yet: `.notify what people should know` sends one
        ");
        room.alice(".point").is_ok();
        room.bob(".comms").is_ok();
        room.alice(".eng <@U0CAROL>").is_ok();
        room.alice(".genesis 17:30").answer();
        room.records(Event::ComponentAdded { name: "checkout".into() });
        room.records(Event::ComponentAdded { name: "payments".into() });
        room.records(Event::AffectedAdded { name: "all customers".into() });
        room.records(Event::Blocked { id: BlockerId(1), whom: "the payment provider".into(), reason: None });
        room.advance(SignedDuration::from_mins(90));
        insta::assert_snapshot!(room.alice(".STATUS").answer(), @r"
        :fire: [P2] Checkout is down
        Incident 1 is blocked, 1 h 35 m after it was declared.
        - waiting for #1 the payment provider, for 1 h 30 m
        - point: Alice, comms: Bob, eng: Carol
        - started: 2024-02-28 17:00 UTC
        - genesis: 2024-02-28 16:30 UTC
        - acknowledged: 2024-02-28 17:05 UTC
        - time blocked: 1 h 30 m
        - components: checkout, payments
        - affected: all customers
        - tracker: none is configured
        - no comm update yet: `.notify what people should know` sends one
        ");
    }

    #[test]
    fn it_tells_whether_an_update_is_missing() {
        let update = |room: &mut Rehearsal| {
            let answer = room.alice(".status").answer();
            answer.lines().find(|line| line.contains("comm update")).map(str::to_owned)
        };
        let mut room = Rehearsal::burning();
        let told = |line: &str| Some(format!("- {line}"));
        let way_out = "`.notify what people should know` sends one";
        assert_eq!(update(&mut room), told(&format!("no comm update yet: {way_out}")));
        room.advance(SignedDuration::from_mins(10));
        assert_eq!(update(&mut room), told(&format!("no comm update yet, overdue for 5 m: {way_out}")));
        room.bob(".comms").is_ok();
        assert_eq!(update(&mut room), told(&format!("no comm update yet: {way_out}")));
        room.records(Event::Notified { text: "We are on it.".into() });
        room.advance(SignedDuration::from_mins(20));
        assert_eq!(update(&mut room), told("last comm update: 20 m ago, the next is due in 40 m"));
        room.advance(SignedDuration::from_mins(50));
        assert_eq!(update(&mut room), told(&format!("last comm update: 1 h 10 m ago, overdue for 10 m: {way_out}")));
        room.records(Event::Blocked { id: BlockerId(1), whom: "legal".into(), reason: None });
        assert_eq!(update(&mut room), told("last comm update: 1 h 10 m ago"));
        room.records(Event::Unblocked { id: BlockerId(1) });
        room.alice(".mitigated").is_ok();
        assert_eq!(update(&mut room), told("last comm update: 1 h 10 m ago"));
        room.alice(".stop").is_ok();
        assert_eq!(update(&mut room), None);
    }

    #[test]
    fn it_tells_how_each_state_stands() {
        let standing: Vec<String> = State::all()
            .filter(|state| *state != State::Opening)
            .map(|state| {
                Rehearsal::standing(state).alice(".status").answer().lines().take(2).collect::<Vec<_>>().join(" | ")
            })
            .collect();
        insta::assert_snapshot!(standing.join("\n"), @r"
        :fire: [P2] Checkout is down | Incident 1 is started, 2 m after it was declared.
        :fire: [P2] Checkout is down | Incident 1 is acknowledged, 2 m after it was declared.
        :fire: [P2] Checkout is down | Incident 1 is mitigated, 2 m after it was declared.
        :fire: [P2] Checkout is down | Incident 1 is blocked, 2 m after it was declared.
        :white_check_mark: [P2] Checkout is down | Incident 1 is resolved. It lasted 1 m from when it was declared.
        :white_check_mark: [P2] Checkout is down | Incident 1 is resolved, in review. It lasted 1 m from when it was declared.
        :white_check_mark: [P2] Checkout is down | Incident 1 is resolved, in review. It lasted 1 m from when it was declared.
        :white_check_mark: [P2] Checkout is down | Incident 1 is resolved, in review. It lasted 1 m from when it was declared.
        :white_check_mark: [P2] Checkout is down | Incident 1 is resolved, in review. It lasted 1 m from when it was declared.
        :white_check_mark: [P2] Checkout is down | Incident 1 is resolved, in review. It lasted 1 m from when it was declared.
        :white_check_mark: [P2] Checkout is down | Incident 1 is resolved, in review. It lasted 1 m from when it was declared.
        :white_check_mark: [P2] Checkout is down | Incident 1 is ready for review. It lasted 1 m from when it was declared.
        :white_check_mark: [P2] Checkout is down | Incident 1 is completed. It lasted 1 m from when it was declared.
        :no_entry_sign: [P2] Checkout is down | Incident 1 is canceled.
        :file_cabinet: [P2] Checkout is down | Incident 1 is archived.
        ");
    }

    /// Other incidents: their number, level, state and how many minutes ago they were declared.
    fn board(room: &Rehearsal, rows: &[(i64, u8, State, i64)]) -> Vec<BoardEntry> {
        let entries = rows.iter().map(|(id, level, state, minutes)| {
            let mut entry = BoardEntry::from(Rehearsal::standing(*state).incident());
            entry.id = IncidentId(*id);
            entry.level = Level(*level);
            entry.title = format!("Trouble {id}").as_str().into();
            entry.declared = room.now() - SignedDuration::from_mins(*minutes);
            entry.channel = Some(format!("C0ROOM{id}").as_str().into());
            *entry.roles.slot(Role::Point) = Some("U0ALICE".into());
            entry
        });
        entries.collect()
    }

    #[test]
    fn elsewhere_all_that_are_active_are_listed_by_priority_and_age() {
        let mut room = Rehearsal::burning();
        room.board = board(
            &room,
            &[
                (2, 3, State::Acknowledged, 500),
                (3, 1, State::Mitigated, 10),
                (4, 1, State::Blocked, 3000),
                (5, 1, State::Resolved, 20),
                (6, 2, State::Completed, 20),
                (7, 2, State::Canceled, 20),
            ],
        );
        let listed = room.alice_in_main(".status").answer();
        insta::assert_snapshot!(listed, @r"
        4 incidents are active, the most urgent first
        - :fire: [P1] Trouble 4: blocked, 2 d 2 h old, point: Alice, comms: nobody · #C0ROOM4
        - :fire: [P1] Trouble 3: mitigated, 10 m old, point: Alice, comms: nobody · #C0ROOM3
        - :fire: [P2] Checkout is down: started, 1 m old, point: nobody, comms: nobody · #C0ROOM
        - :dash: [P3] Trouble 2: acknowledged, 8 h 20 m old, point: Alice, comms: nobody · #C0ROOM2
        No issue tracker is configured.
        ");
        assert_eq!(room.says("U0BOB", "C0OTHER", ".status").answer(), listed);
        assert!(room.says("U0BOB", ROOM, ".status").answer().contains("Checkout is down"));
    }

    #[test]
    fn a_tracker_that_is_configured_is_not_said_to_be_missing() {
        let mut room = Rehearsal::burning();
        room.services.tracker = true;
        assert!(!room.alice(".status").answer().contains("none is configured"));
        assert!(!room.alice_in_main(".status").answer().contains("No issue tracker"));
    }

    #[test]
    fn when_nothing_burns_it_is_all_clear() {
        let answer =
            ":white_check_mark: All clear: no incident is active. `.start` and a title in #C0MAIN declares one.";
        Rehearsal::before_the_fire().alice_in_main(".status").says(answer);
        Rehearsal::standing(State::Resolved).alice_in_main(".status").says(answer);
    }

    #[test]
    fn a_long_board_stays_readable_and_leaves_nothing_out() {
        let mut room = Rehearsal::before_the_fire();
        let rows: Vec<_> = (1..=240).map(|id| (id, if id % 4 == 0 { 1 } else { 3 }, State::Started, id)).collect();
        room.board = board(&room, &rows);
        let answer = room.alice_in_main(".status").answer();
        assert_eq!(answer.lines().count(), 54);
        for id in 1..=240 {
            assert_eq!(
                answer.matches(&format!("#C0ROOM{id} ")).count() + answer.matches(&format!("#C0ROOM{id}\n")).count(),
                1
            );
        }
        let last: Vec<&str> = answer.lines().rev().take(3).map(|line| line.get(..18).unwrap()).collect();
        assert_eq!(last, ["No issue tracker i", "- 180 more at P3: ", "- 10 more at P1: #"]);
    }

    #[test]
    fn a_long_title_is_cut_at_a_word() {
        let mut room = Rehearsal::before_the_fire();
        room.board = board(&room, &[(1, 1, State::Started, 3)]);
        room.board[0].title = "all of it ".repeat(20).as_str().into();
        let answer = room.says("U0DAVE", MAIN, ".status").answer();
        assert!(answer.lines().all(|line| line.chars().count() < 160), "{answer}");
    }

    #[test]
    fn words_behind_it_are_refused() {
        Rehearsal::burning().alice(".status of checkout").is_refused(
            "`.status` takes no words behind it, so I did nothing; `.status` alone tells how this incident stands; \
             outside an incident's channel, lists all that are active.",
        );
    }
}
