//! BEHAVIOUR §7, archival, as tables.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::core::effect::{Effect, Purpose};
use crate::core::ids::UserId;
use crate::core::inbound::{Inbound, Outcome};
use crate::core::rehearsal::{ROOM, Rehearsal};
use crate::core::turn::{self, Turn};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// An incident that is over since 17:01, and its desk.
fn over(state: State) -> (Incident, Desk) {
    let room = Rehearsal::standing(state);
    (room.incident().clone(), room.desk.clone())
}

fn end(incident: &Incident) -> Timestamp {
    quiet_since(incident).unwrap()
}

/// The incident after a look.
fn looked(incident: &Incident, desk: &Desk, now: Timestamp, seen: Seen) -> (Incident, Vec<Effect>) {
    let Turn { after, effects } = turn::put_away(incident, now, desk, seen);
    (after.unwrap_or_else(|| incident.clone()), effects)
}

#[test]
fn only_what_is_completed_or_canceled_is_heading_for_it() {
    for state in State::all() {
        let (incident, desk) = over(state);
        assert_eq!(plan(&incident, &desk).is_some(), matches!(state, State::Completed | State::Canceled), "{state:?}");
    }
    let (incident, mut desk) = over(State::Completed);
    desk.archive_after = None;
    assert_eq!(plan(&incident, &desk), None, "never");
}

#[test]
fn it_is_announced_and_then_done() {
    let hours = SignedDuration::from_hours;
    // Grace period, notice; when it is announced and archived, counted from its end.
    let table = [
        (hours(24), hours(1), Some(hours(23)), hours(24)),
        (hours(24), hours(30), Some(hours(0)), hours(24)),
        (hours(24), hours(0), None, hours(24)),
        (hours(0), hours(1), None, hours(0)),
        (hours(2), hours(2), Some(hours(0)), hours(2)),
    ];
    for state in [State::Completed, State::Canceled] {
        for (after, before, announced, archived) in table {
            let (mut incident, mut desk) = over(state);
            (desk.archive_after, desk.announce_before) = (Some(after), before);
            let end = end(&incident);
            if let Some(announced) = announced {
                let planned = Planned { step: Step::Announce, at: end + announced };
                assert_eq!(plan(&incident, &desk), Some(planned), "{after:?} {before:?}");
                let early = looked(&incident, &desk, planned.at - SignedDuration::from_secs(1), Seen::default());
                assert_eq!((early.0.version, early.1), (incident.version, Vec::new()));
                let (told, effects) = looked(&incident, &desk, planned.at, Seen::default());
                let [Effect::Post { channel, message, purpose: Purpose::Milestone }] = effects.as_slice() else {
                    panic!("{effects:?}");
                };
                assert_eq!(channel.as_str(), ROOM);
                assert!(message.to_string().contains("this channel will be archived at"), "{message}");
                incident = told;
            }
            assert_eq!(plan(&incident, &desk), Some(Planned { step: Step::Archive, at: end + archived }));
            let (put_away, effects) = looked(&incident, &desk, end + archived, Seen::default());
            assert_eq!(put_away.state, State::Archived);
            assert_eq!(effects, [Effect::ArchiveChannel { channel: ROOM.into() }]);
            assert_eq!(plan(&put_away, &desk), None);
        }
    }
}

#[test]
fn who_is_told_late_has_the_whole_time() {
    let (incident, desk) = over(State::Completed);
    let late = end(&incident) + HOUR * 40;
    let (told, effects) = looked(&incident, &desk, late, Seen::default());
    assert_eq!(plan(&told, &desk), Some(Planned { step: Step::Archive, at: late + HOUR }));
    let [Effect::Post { message, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    insta::assert_snapshot!(message, @"Incident 1 is completed, so this channel will be archived at 2024-03-01 10:01 UTC. Any message by a person postpones that by 1 d.");
}

#[test]
fn a_message_by_a_person_postpones_it_by_the_whole_period() {
    let (incident, desk) = over(State::Completed);
    let end = end(&incident);
    let spoke = |hours: i32| Seen { archived: false, spoken: Some(end + HOUR * hours) };
    // Before the announcement: nothing is said.
    let (later, effects) = looked(&incident, &desk, end + HOUR * 23, spoke(20));
    assert_eq!(effects, []);
    assert_eq!(plan(&later, &desk), Some(Planned { step: Step::Announce, at: end + HOUR * 43 }));
    // After it: it is announced again.
    let (told, _) = looked(&later, &desk, end + HOUR * 43, Seen::default());
    let (later, effects) = looked(&told, &desk, end + HOUR * 44, spoke(43));
    assert_eq!(effects, []);
    assert_eq!(plan(&later, &desk), Some(Planned { step: Step::Announce, at: end + HOUR * 66 }));
    // What was written before it counted as quiet does not count again.
    let (told, _) = looked(&later, &desk, end + HOUR * 66, spoke(43));
    assert_eq!(plan(&told, &desk), Some(Planned { step: Step::Archive, at: end + HOUR * 67 }));
    let (put_away, _) = looked(&told, &desk, end + HOUR * 67, spoke(43));
    assert_eq!(put_away.state, State::Archived);
}

#[test]
fn a_channel_that_is_archived_already_is_fine() {
    let (incident, desk) = over(State::Canceled);
    let seen = Seen { archived: true, spoken: None };
    let (put_away, effects) = looked(&incident, &desk, end(&incident) + HOUR * 23, seen);
    assert_eq!((put_away.state, put_away.channel_archived, effects), (State::Archived, true, Vec::new()));
}

#[test]
fn what_never_had_a_channel_is_put_away_without_a_word() {
    let mut room = Rehearsal::standing(State::Opening);
    room.comes(&Outcome::ChannelRefused { why: "no.".to_owned() });
    let (incident, desk) = (room.incident().clone(), room.desk.clone());
    let planned = plan(&incident, &desk).unwrap();
    assert_eq!(planned, Planned { step: Step::Archive, at: end(&incident) + HOUR * 24 });
    let (put_away, effects) = looked(&incident, &desk, planned.at, Seen::default());
    assert_eq!((put_away.state, effects), (State::Archived, Vec::new()));
}

#[test]
fn a_channel_that_is_not_archived_is_tried_again_more_and_more_slowly_and_not_for_ever() {
    let (incident, mut desk) = over(State::Completed);
    desk.announce_before = SignedDuration::ZERO;
    let mut now = end(&incident) + HOUR * 24;
    let (mut incident, _) = looked(&incident, &desk, now, Seen::default());
    let mut pauses = Vec::new();
    let fails = |incident: &Incident, now| {
        let outcome = Outcome::ArchivingFailed { why: "the bot is not in it.".to_owned() };
        let turn = turn::happened(incident, &Inbound::Came { incident: incident.id, outcome }, now, &desk);
        assert_eq!(turn.effects.iter().filter(|effect| matches!(effect, Effect::ArchiveChannel { .. })).count(), 0);
        turn.after.unwrap()
    };
    loop {
        incident = fails(&incident, now);
        assert_eq!(incident.state, State::Archived);
        let Some(planned) = plan(&incident, &desk) else { break };
        pauses.push(planned.at.duration_since(now).as_secs() / 60);
        now = planned.at;
        let (repeated, effects) = looked(&incident, &desk, now, Seen::default());
        assert_eq!(effects, [Effect::ArchiveChannel { channel: ROOM.into() }]);
        assert_eq!(plan(&repeated, &desk), None, "until it is known what came of it");
        incident = repeated;
    }
    assert_eq!(pauses, [30, 60, 120, 240, 480, 960, 1440, 1440, 1440, 1440, 1440, 1440, 1440, 1440, 1440]);
}

#[test]
fn by_hand_it_is_put_away_at_once_and_taken_out_again() {
    for (state, way_back) in [(State::Completed, ".restart"), (State::Canceled, ".uncancel")] {
        let mut room = Rehearsal::standing(state);
        let bob = Some(UserId::new("U0BOB"));
        let effects = room.happens(&Inbound::ChannelArchived { channel: ROOM.into(), by: bob.clone() });
        assert_eq!((room.incident().state, effects), (State::Archived, Vec::new()));
        room.advance(HOUR * 30);
        let effects = room.happens(&Inbound::ChannelUnarchived { channel: ROOM.into(), by: bob });
        let [Effect::Post { message, .. }, Effect::SetTopic { .. }] = effects.as_slice() else { panic!("{effects:?}") };
        assert!(message.to_string().contains(way_back), "{message}");
        assert_eq!(room.incident().state, state);
        // The whole period begins anew.
        let planned = plan(room.incident(), &room.desk).unwrap();
        assert_eq!(planned, Planned { step: Step::Announce, at: room.now() + HOUR * 23 });
    }
}

#[test]
fn a_deleted_channel_puts_away_what_was_over() {
    let mut room = Rehearsal::standing(State::Completed);
    assert_eq!(room.happens(&Inbound::ChannelDeleted { channel: ROOM.into() }), []);
    assert_eq!(room.incident().state, State::Archived);
}
