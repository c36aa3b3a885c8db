//! BEHAVIOUR §6, row by row, and what must hold whatever happens.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::core::desk::{Desk, Quiet};
use crate::core::effect::{Effect, Purpose};
use crate::core::event::{Author, Event, Recorded, evolve, fold};
use crate::core::ids::{ChannelId, IncidentId, Level, UserId};
use crate::core::inbound::{Inbound, Outcome};
use crate::core::incident::{Incident, Role};
use crate::core::quiet::QuietHours;
use crate::core::turn::{self, Turn};

/// An incident that was declared at second 0, and whatever happens to it at later seconds.
#[derive(Clone)]
struct Play {
    incident: Incident,
    desk: Desk,
}

/// 2024-02-28 17:00 UTC.
const START: i64 = 1_709_139_600;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(START + second).unwrap()
}

impl Play {
    fn new(level: u8) -> Self {
        let mut desk = Desk::with_defaults("main", "C0MAIN");
        desk.oncall_group = Some("S0ONCALL".into());
        let mut play = Self { incident: Incident::nothing(IncidentId(1)), desk };
        let declared = Event::Declared {
            desk: "main".into(),
            title: "Checkout is down".into(),
            level: Level(level),
            channel_name: "breaking-1".into(),
        };
        play.happens(0, declared);
        play.happens(1, Event::Opened { channel: "C0ROOM".into(), name: "breaking-1".into() });
        play
    }

    fn happens(&mut self, second: i64, event: Event) {
        let recorded = Recorded {
            seq: self.incident.version + 1,
            at: at(second),
            author: Author::Person("U0ALICE".into()),
            source: None,
            event,
        };
        evolve(&mut self.incident, &recorded);
    }

    fn takes(&mut self, second: i64, role: Role) {
        self.happens(second, Event::RoleTaken { role, user: "U0BOB".into() });
    }

    fn blocked(&mut self, second: i64, id: u32) {
        self.happens(second, Event::Blocked { id: BlockerId(id), whom: "the network team".into(), reason: None });
    }

    /// The incident as it is after a restart of the bot: read from what is stored.
    fn reload(&mut self) {
        let stored = serde_json::to_string(&self.incident.events).unwrap();
        let events: Vec<Recorded> = serde_json::from_str(&stored).unwrap();
        let folded = fold(self.incident.id, events);
        assert_eq!(folded, self.incident);
        self.incident = folded;
    }

    fn ticks(&mut self, second: i64) -> Vec<(i64, Nag)> {
        let turn = turn::tick(&self.incident, at(second), &self.desk);
        self.keep(second, turn)
    }

    fn keep(&mut self, second: i64, turn: Turn) -> Vec<(i64, Nag)> {
        let Some(after) = turn.after else { return Vec::new() };
        let new = after.events.iter().filter(|recorded| recorded.seq > self.incident.version);
        let sent = new
            .filter_map(|recorded| match recorded.event {
                Event::Nagged { nag, .. } => Some((second, nag)),
                _ => None,
            })
            .collect();
        self.incident = after;
        sent
    }

    /// What is sent from one second up to another, when the bot looks exactly when it has to.
    fn sent(&mut self, from: i64, until: i64, mut before: impl FnMut(&mut Self)) -> Vec<(i64, Nag)> {
        let mut all = Vec::new();
        let mut second = from;
        while let Some(next) = next_due(&self.incident, &self.desk, at(second)) {
            second = next.as_second() - START;
            if second >= until {
                break;
            }
            before(self);
            let sent = self.ticks(second);
            assert!(!sent.is_empty(), "it was looked at {second} for nothing");
            all.extend(sent);
        }
        all
    }
}

/// One rule of BEHAVIOUR §6, at each of P1 to P5.
struct Row {
    name: &'static str,
    nag: Nag,
    /// What happens so that it applies, and the second after which it is looked at.
    so_that: fn(&mut Play),
    from: i64,
    /// When the first one is due.
    first: [Option<i64>; 5],
    /// How often it is repeated.
    every: [i64; 5],
}

const NEVER: i64 = 0;

const ROWS: &[Row] = &[
    Row {
        name: "no point",
        nag: Nag::Point,
        so_that: |_| {},
        from: 1,
        first: [Some(180), Some(180), Some(180), None, None],
        every: [180, 1800, 1800, NEVER, NEVER],
    },
    Row {
        name: "no comms",
        nag: Nag::Comms,
        so_that: |_| {},
        from: 1,
        first: [Some(180), Some(180), Some(180), None, None],
        every: [120, 1200, 1200, NEVER, NEVER],
    },
    Row {
        name: "nothing was ever said, and comms was there from the start",
        nag: Nag::FirstUpdate,
        so_that: |play| play.takes(2, Role::Comms),
        from: 2,
        first: [Some(362), Some(362), Some(602), None, None],
        every: [120, 1200, 1200, NEVER, NEVER],
    },
    Row {
        name: "nothing was ever said, and comms took the role later",
        nag: Nag::FirstUpdate,
        so_that: |play| play.takes(1000, Role::Comms),
        from: 1000,
        first: [Some(1360), Some(1360), Some(1600), None, None],
        every: [120, 1200, 1200, NEVER, NEVER],
    },
    Row {
        name: "the last .notify is too old",
        nag: Nag::Update,
        so_that: |play| {
            play.takes(2, Role::Comms);
            play.happens(100, Event::Notified { text: "We look into it".into() });
        },
        from: 100,
        first: [Some(1900), Some(3700), None, None, None],
        every: [120, 1200, NEVER, NEVER, NEVER],
    },
    Row {
        name: "the last .summary is too old",
        nag: Nag::Update,
        so_that: |play| {
            play.takes(2, Role::Comms);
            play.happens(100, Event::Summarized { text: "Checkout fails".into() });
        },
        from: 100,
        first: [Some(1900), Some(3700), None, None, None],
        every: [120, 1200, NEVER, NEVER, NEVER],
    },
    Row {
        name: "comms took the role after the last update",
        nag: Nag::Update,
        so_that: |play| {
            play.happens(100, Event::Notified { text: "We look into it".into() });
            play.takes(500, Role::Comms);
        },
        from: 500,
        first: [Some(2300), Some(4100), None, None, None],
        every: [120, 1200, NEVER, NEVER, NEVER],
    },
    Row {
        name: "a blocker",
        nag: Nag::Blocker(BlockerId(1)),
        so_that: |play| play.blocked(100, 1),
        from: 100,
        first: [Some(1000), Some(3700), Some(14_500), None, None],
        every: [900, 3600, 14_400, NEVER, NEVER],
    },
];

/// So many of each are looked at: enough to escalate and to go on.
const SOME: usize = 6;
/// Longer than any of them takes for that.
const LONG: i64 = 2 * 86_400;

impl Row {
    fn levels(&self) -> impl Iterator<Item = (u8, Option<i64>, i64)> {
        (1..).zip(self.first).zip(self.every).map(|((level, first), every)| (level, first, every))
    }

    /// When the first of them are sent, beginning at `first`: three times, once more as the escalation, then at half the pace.
    fn times(first: Option<i64>, every: i64) -> Vec<i64> {
        let Some(first) = first else { return Vec::new() };
        let steps = std::iter::repeat_n(every, 3).chain(std::iter::repeat(2 * every));
        let later = steps.scan(first, |time, step| {
            *time += step;
            Some(*time)
        });
        std::iter::once(first).chain(later).take(SOME).collect()
    }

    fn play(&self, level: u8) -> Play {
        let mut play = Play::new(level);
        (self.so_that)(&mut play);
        play
    }

    /// When it is sent, as often as [`times`](Self::times) tells; the last of those at `until`.
    fn sent_in(&self, mut play: Play, until: Option<i64>, before: impl FnMut(&mut Play)) -> Vec<i64> {
        let sent = play.sent(self.from, until.map_or(20_000, |last| last + 1), before);
        sent.into_iter().filter(|(_, nag)| *nag == self.nag).map(|(second, _)| second).collect()
    }
}

/// Every row at every level under a condition; `expected` tells the first second from the usual one.
#[track_caller]
fn every_row(
    condition: &str,
    prepare: impl Fn(&Row, &mut Play, i64),
    mut before: impl FnMut(&mut Play),
    expected: impl Fn(&Row, i64) -> Option<i64>,
) {
    for row in ROWS {
        for (level, first, every) in row.levels() {
            let mut play = row.play(level);
            prepare(row, &mut play, first.unwrap_or(1000));
            let first = first.and_then(|first| expected(row, first));
            let expected = Row::times(first, every);
            let sent = row.sent_in(play, expected.last().copied(), &mut before);
            assert_eq!(sent, expected, "{}, P{level}, {condition}", row.name);
        }
    }
}

#[test]
fn each_is_sent_when_it_is_due_and_then_by_its_interval() {
    every_row("plain", |_, _, _| {}, |_| {}, |_, first| Some(first));
}

#[test]
fn a_blocked_incident_sends_no_update_nags() {
    let expected = |row: &Row, first| (!matches!(row.nag, Nag::FirstUpdate | Nag::Update)).then_some(first);
    every_row("blocked", |row, play, _| play.blocked(row.from, 9), |_| {}, expected);
}

#[test]
fn in_quiet_hours_none_is_sent_and_what_fell_due_comes_at_their_end() {
    // From 17:00 until 19:00 that day and every day; the first is sent at their end when it fell due in them.
    let quiet = |_: &Row, play: &mut Play, _: i64| {
        play.desk.quiet_hours = Some(QuietHours::utc(17, 19));
        for priority in play.desk.priorities.values_mut() {
            priority.nag.quiet = Quiet::AsDesk;
        }
    };
    for row in ROWS {
        for (level, first, _) in row.levels() {
            let mut play = row.play(level);
            quiet(row, &mut play, 0);
            let sent = row.sent_in(play, first.map(|_| 30_000), |_| {});
            assert_eq!(sent.first().copied(), first.map(|first| first.max(7200)), "{}, P{level}", row.name);
            for second in sent {
                assert!(second.rem_euclid(86_400) >= 7200, "{}, P{level}: sent at {second}", row.name);
            }
        }
    }
}

#[test]
fn what_does_not_hold_at_the_end_of_quiet_hours_is_not_sent() {
    let mut play = Play::new(1);
    play.desk.quiet_hours = Some(QuietHours::utc(17, 19));
    assert_eq!(play.ticks(3600), []);
    play.takes(3601, Role::Point);
    assert_eq!(play.ticks(7200), [(7200, Nag::Comms)]);
}

#[test]
fn a_restart_in_between_neither_repeats_nor_forgets() {
    every_row("restarts", |_, _, _| {}, Play::reload, |_, first| Some(first));
}

#[test]
fn two_copies_send_one() {
    for row in ROWS {
        for (level, first, every) in row.levels() {
            let mut play = row.play(level);
            let expected = Row::times(first, every);
            let last = expected.last().copied().unwrap_or(10_000);
            let (mut all, mut second) = (Vec::new(), row.from);
            while let Some(next) = next_due(&play.incident, &play.desk, at(second)) {
                second = next.as_second() - START;
                if second > last {
                    break;
                }
                // Both decide on the same version; the commit of the slower one is refused.
                let [faster, slower] = [0, 1].map(|_| turn::tick(&play.incident, at(second), &play.desk));
                let version = play.incident.version;
                all.extend(play.keep(second, faster));
                assert!(slower.after.is_some() && play.incident.version > version);
                // So it loads what the faster one stored, and decides again.
                play.reload();
                assert_eq!(turn::tick(&play.incident, at(second), &play.desk), Turn::default());
            }
            let sent: Vec<i64> = all.into_iter().filter(|(_, nag)| *nag == row.nag).map(|(second, _)| second).collect();
            assert_eq!(sent, expected, "{}, P{level}", row.name);
        }
    }
}

#[test]
fn a_snoozed_one_waits() {
    for what in [None, Some(Subject::All)] {
        let snooze = |row: &Row, play: &mut Play, first: i64| {
            let what = what.unwrap_or(row.nag.subject());
            play.happens(row.from, Event::Snoozed { what, until: at(first + 1000) });
        };
        every_row("snoozed", snooze, |_| {}, |_, first| Some(first + 1000));
    }
    let other = |row: &Row, play: &mut Play, first: i64| {
        let what = if row.nag == Nag::Point { Subject::Comms } else { Subject::Point };
        play.happens(row.from, Event::Snoozed { what, until: at(first + 1000) });
    };
    every_row("something else is snoozed", other, |_| {}, |_, first| Some(first));
    let back = |row: &Row, play: &mut Play, first: i64| {
        play.happens(row.from, Event::Snoozed { what: Subject::All, until: at(first + 1000) });
        play.happens(row.from, Event::Unsnoozed { what: row.nag.subject() });
    };
    every_row("brought back", back, |_| {}, |_, first| Some(first));
}

/// What can be so at once.
#[derive(Clone, Copy, Debug)]
struct Conditions {
    blocked: bool,
    quiet: bool,
    snoozed: bool,
    restarts: bool,
    two_copies: bool,
}

impl Conditions {
    fn all() -> impl Iterator<Item = Self> {
        (0..32).map(|n: u8| Self {
            blocked: n & 1 > 0,
            quiet: n & 2 > 0,
            snoozed: n & 4 > 0,
            restarts: n & 8 > 0,
            two_copies: n & 16 > 0,
        })
    }

    /// When it is sent, told from the rule alone: in quiet hours at their end, snoozed not before that is over, the
    /// fourth escalates, and from then on they come half as often. Restarts and copies change nothing.
    fn expected(self, row: &Row, first: Option<i64>, every: i64) -> Vec<i64> {
        let asks = !(self.blocked && matches!(row.nag, Nag::FirstUpdate | Nag::Update));
        let Some(first) = first.filter(|_| asks) else { return Vec::new() };
        let audible = |second: i64| {
            let in_the_day = second.rem_euclid(86_400);
            if self.quiet && in_the_day < 7200 { second - in_the_day + 7200 } else { second }
        };
        let mut out = vec![audible(if self.snoozed { first + 1000 } else { first })];
        while let (Some(last), true) = (out.last(), out.len() < SOME) {
            out.push(audible(last + if out.len() <= 3 { every } else { 2 * every }));
        }
        out
    }
}

#[test]
fn every_row_at_every_level_under_every_condition_at_once() {
    let mut cells = 0;
    for row in ROWS {
        for (level, first, every) in row.levels() {
            for conditions in Conditions::all() {
                let mut play = row.play(level);
                if conditions.quiet {
                    play.desk.quiet_hours = Some(QuietHours::utc(17, 19));
                    for priority in play.desk.priorities.values_mut() {
                        priority.nag.quiet = Quiet::AsDesk;
                    }
                }
                if conditions.blocked {
                    play.blocked(row.from, 9);
                }
                if conditions.snoozed {
                    let until = at(first.unwrap_or(1000) + 1000);
                    play.happens(row.from, Event::Snoozed { what: row.nag.subject(), until });
                }
                let expected = conditions.expected(row, first, every);
                let last = expected.last().copied().unwrap_or(20_000);
                let (mut sent, mut second) = (Vec::new(), row.from);
                while let Some(next) = next_due(&play.incident, &play.desk, at(second)) {
                    second = next.as_second() - START;
                    if second > last {
                        break;
                    }
                    if conditions.restarts {
                        play.reload();
                    }
                    let other = turn::tick(&play.incident, at(second), &play.desk);
                    sent.extend(play.ticks(second));
                    if conditions.two_copies {
                        // The slower one decided on what is no longer so, reads it again, and has nothing to send.
                        assert!(other.after.is_some());
                        play.reload();
                        assert_eq!(turn::tick(&play.incident, at(second), &play.desk), Turn::default());
                    }
                }
                let sent: Vec<i64> =
                    sent.iter().filter(|(_, nag)| *nag == row.nag).map(|(second, _)| *second).collect();
                assert_eq!(sent, expected, "{}, P{level}, {conditions:?}", row.name);
                let escalated = play.incident.nags.record(row.nag).is_some_and(|record| record.escalated);
                assert_eq!(escalated, expected.len() > 3, "{}, P{level}, {conditions:?}", row.name);
                cells += 1;
            }
        }
    }
    assert_eq!(cells, ROWS.len() * 5 * 32);
}

#[test]
fn what_ends_the_fire_ends_them_all() {
    for (name, end) in [
        ("mitigated", Event::Mitigated { at: at(1) }),
        ("resolved", Event::Resolved { at: at(1) }),
        ("canceled", Event::Canceled { why: None }),
        ("channel archived", Event::ChannelArchived),
        ("lowered", Event::Prioritized { level: Level(4), reason: None }),
    ] {
        every_row(name, |row, play, _| play.happens(row.from, end.clone()), |_| {}, |_, _| None);
    }
}

#[test]
fn what_takes_the_fire_up_again_gives_the_first_time_again() {
    for (end, again) in [
        (Event::Mitigated { at: at(300) }, Event::Unmitigated),
        (Event::Mitigated { at: at(300) }, Event::Restarted),
        (Event::Canceled { why: None }, Event::Uncanceled),
        (Event::ChannelArchived, Event::ChannelUnarchived),
    ] {
        let mut play = Play::new(1);
        play.happens(20, Event::Snoozed { what: Subject::All, until: at(50_000) });
        play.happens(300, end);
        play.happens(10_000, again);
        assert_eq!(
            play.sent(10_000, 10_301, |_| {}),
            [(10_180, Nag::Point), (10_180, Nag::Comms), (10_300, Nag::Comms)]
        );
    }
}

#[test]
fn raising_the_priority_plans_anew_and_lowering_it_quietens() {
    let mut play = Play::new(2);
    assert_eq!(play.sent(1, 300, |_| {}).len(), 2);
    play.happens(300, Event::Snoozed { what: Subject::All, until: at(3900) });
    play.happens(400, Event::Prioritized { level: Level(1), reason: None });
    assert_eq!(play.sent(400, 550, |_| {}), [(400, Nag::Comms), (400, Nag::Point), (520, Nag::Comms)].map(sorted));
    play.happens(550, Event::Prioritized { level: Level(3), reason: None });
    assert_eq!(play.sent(550, 2300, |_| {}), [(1720, Nag::Comms), (2200, Nag::Point)]);
    play.happens(2300, Event::Prioritized { level: Level(5), reason: None });
    assert_eq!(play.sent(2300, LONG, |_| {}), []);
    // A level that was raised from one that sends none is late from the first moment on.
    play.happens(9000, Event::Prioritized { level: Level(1), reason: None });
    assert_eq!(play.ticks(9042), [(9042, Nag::Point), (9042, Nag::Comms)]);
}

/// At one second point comes first.
fn sorted(sent: (i64, Nag)) -> (i64, Nag) {
    match sent {
        (400, Nag::Comms) => (400, Nag::Point),
        (400, Nag::Point) => (400, Nag::Comms),
        other => other,
    }
}

#[test]
fn one_that_is_late_is_sent_late() {
    let mut play = Play::new(1);
    assert_eq!(play.ticks(20_000), [(20_000, Nag::Point), (20_000, Nag::Comms)]);
    assert_eq!(play.ticks(20_119), []);
    assert_eq!(play.ticks(20_120), [(20_120, Nag::Comms)]);
}

#[test]
fn the_starter_is_asked_and_from_the_third_on_the_group() {
    let mut play = Play::new(1);
    let mut mentions = Vec::new();
    for second in [180, 360, 540, 720, 1080, 1440] {
        let before = play.incident.clone();
        let turn = turn::tick(&before, at(second), &play.desk);
        let text = posts(&turn.effects, "C0ROOM").into_iter().find(|text| text.contains("Nobody is point")).unwrap();
        assert!(text.starts_with("@U0ALICE "), "{text}");
        mentions.push((text.contains("@S0ONCALL"), text.contains("had no answer, so I ask wider")));
        play.keep(second, turn);
    }
    assert_eq!(mentions, [(false, false), (false, false), (true, false), (true, true), (true, false), (true, false)]);
}

#[test]
fn an_update_asks_comms_alone_and_the_escalation_asks_the_group_once() {
    let mut play = Play::new(1);
    play.takes(2, Role::Point);
    play.takes(2, Role::Comms);
    let mut told = Vec::new();
    for second in [362, 482, 602, 722, 962, 1202] {
        let turn = turn::tick(&play.incident, at(second), &play.desk);
        let room = posts(&turn.effects, "C0ROOM");
        assert_eq!(room.len(), 1, "{room:?}");
        assert!(room[0].starts_with("@U0BOB "), "{room:?}");
        told.push((room[0].contains("@S0ONCALL"), posts(&turn.effects, "C0MAIN").len()));
        play.keep(second, turn);
    }
    assert_eq!(told, [(false, 0), (false, 0), (false, 0), (true, 1), (false, 0), (false, 0)]);
}

#[test]
fn without_a_group_the_escalation_asks_who_leads() {
    let mut play = Play::new(1);
    play.desk.oncall_group = None;
    play.takes(2, Role::Comms);
    play.happens(2, Event::RoleTaken { role: Role::Point, user: "U0CAROL".into() });
    for second in [362, 482, 602] {
        play.ticks(second);
    }
    let turn = turn::tick(&play.incident, at(722), &play.desk);
    assert!(posts(&turn.effects, "C0ROOM")[0].starts_with("@U0BOB @U0CAROL "), "{:?}", turn.effects);
}

fn posts(effects: &[Effect], channel: &str) -> Vec<String> {
    crate::core::rehearsal::posts_in(effects, channel)
}

#[test]
fn what_people_read() {
    let mut play = Play::new(1);
    play.desk.role_names.insert("point".to_owned(), "incident commander".to_owned());
    let turn = turn::tick(&play.incident, at(200), &play.desk);
    insta::assert_snapshot!(told(&turn.effects));
    play.keep(200, turn);
    play.takes(210, Role::Point);
    play.takes(210, Role::Comms);
    play.happens(
        220,
        Event::Blocked { id: BlockerId(1), whom: "the network team".into(), reason: Some("the link is down".into()) },
    );
    insta::assert_snapshot!(told(&turn::tick(&play.incident, at(1200), &play.desk).effects));
    play.happens(1200, Event::Unblocked { id: BlockerId(1) });
    let turn = turn::tick(&play.incident, at(1300), &play.desk);
    insta::assert_snapshot!(told(&turn.effects));
    play.happens(1300, Event::Notified { text: "We look into it".into() });
    for second in [3100, 3220, 3340] {
        play.ticks(second);
    }
    insta::assert_snapshot!(told(&turn::tick(&play.incident, at(3460), &play.desk).effects));
}

/// Everything that is posted, with its buttons.
fn told(effects: &[Effect]) -> String {
    let mut out = String::new();
    for effect in effects {
        let (channel, message) = match effect {
            Effect::Post { channel, message, .. } => (channel, message),
            Effect::Rewrite { channel, to, .. } => (channel, to),
            other => panic!("{other:?}"),
        };
        out.push_str(&format!("#{channel}\n{message}\n"));
        for button in &message.buttons {
            out.push_str(&format!("[{} → {}] ", button.label, button.command));
        }
        out.push('\n');
    }
    out
}

/// The posts of the last tick are in their channels.
fn arrive(play: &mut Play, second: i64, effects: &[Effect]) -> Vec<Effect> {
    let mut all = Vec::new();
    for effect in effects {
        if let Effect::Post { channel, purpose: Purpose::Nag { nag, nagged }, .. } = effect {
            all.extend(arrives(play, second, *nag, *nagged, channel));
        }
    }
    all
}

fn arrives(play: &mut Play, second: i64, nag: Nag, nagged: u64, channel: &ChannelId) -> Vec<Effect> {
    let message = format!("{second}.{nagged}").as_str().into();
    let outcome = Outcome::NagPosted { nag, nagged, channel: channel.clone(), message };
    let inbound = Inbound::Came { incident: IncidentId(1), outcome };
    let turn = turn::happened(&play.incident, &inbound, at(second), &play.desk);
    if let Some(after) = turn.after {
        play.incident = after;
    }
    turn.effects
}

/// Something happens, and what is changed in the channels because of it.
fn changed(play: &mut Play, second: i64, event: Event) -> Vec<String> {
    let before = play.incident.clone();
    play.happens(second, event);
    let new: Vec<Recorded> = play.incident.events.iter().filter(|r| r.seq > before.version).cloned().collect();
    let effects = crate::core::effects::effects(&before, &play.incident, &new, &play.desk);
    effects.iter().filter_map(change).collect()
}

fn change(effect: &Effect) -> Option<String> {
    match effect {
        Effect::Rewrite { channel, to, .. } => Some(format!("{channel} {to}")),
        Effect::Remove { channel, message } => Some(format!("{channel} removed {message}")),
        _ => None,
    }
}

#[test]
fn a_reminder_that_is_repeated_replaces_the_earlier_post() {
    let mut play = Play::new(1);
    play.takes(2, Role::Comms);
    let turn = turn::tick(&play.incident, at(180), &play.desk);
    let posted = turn.effects.clone();
    play.keep(180, turn);
    assert_eq!(arrive(&mut play, 181, &posted), []);
    let turn = turn::tick(&play.incident, at(360), &play.desk);
    let removed: Vec<String> = turn.effects.iter().filter_map(change).collect();
    assert_eq!(removed, ["C0ROOM removed 181.4", "C0MAIN removed 181.4"]);
    let posted = turn.effects.clone();
    play.keep(360, turn);
    // Should the earlier one arrive only now, it is taken back at once.
    let late = arrives(&mut play, 361, Nag::Point, 4, &"C0ROOM".into());
    assert_eq!(late.iter().filter_map(change).collect::<Vec<_>>(), ["C0ROOM removed 361.4"]);
    assert_eq!(arrive(&mut play, 361, &posted), []);
}

#[test]
fn a_reminder_that_is_answered_no_longer_asks() {
    let cases: [(&str, Event, &str); 7] = [
        ("point", Event::RoleTaken { role: Role::Point, user: "U0BOB".into() }, "@U0BOB is point."),
        (
            "snooze",
            Event::Snoozed { what: Subject::Point, until: at(1100) },
            "Reminders about point are snoozed until 2024-02-28 17:18 UTC; `.unsnooze point` brings them back.",
        ),
        ("mitigated", Event::Mitigated { at: at(200) }, "Not asked for any more: it is mitigated."),
        ("stop", Event::Resolved { at: at(200) }, "Not asked for any more: it is resolved."),
        ("cancel", Event::Canceled { why: None }, "Not asked for any more: it is canceled."),
        ("p4", Event::Prioritized { level: Level(4), reason: None }, "Not asked for at P4."),
        ("archived", Event::ChannelArchived, "Not asked for any more: it is started."),
    ];
    for (name, event, text) in cases {
        let mut play = Play::new(1);
        play.takes(2, Role::Comms);
        let turn = turn::tick(&play.incident, at(180), &play.desk);
        let posted = turn.effects.clone();
        play.keep(180, turn);
        arrive(&mut play, 181, &posted);
        let changed = changed(&mut play, 200, event);
        // A channel that is archived takes no changes.
        if name != "archived" {
            assert_eq!(changed.first(), Some(&format!("C0ROOM {text}")), "{name}");
        }
        let main = changed.last().unwrap();
        assert!(main.starts_with("C0MAIN :"), "{name}: {main}");
        assert!(main.contains("Checkout is down · #C0ROOM: "), "{name}: {main}");
        // When the post arrives only after the answer, it is taken back.
        let late = arrives(&mut play, 210, Nag::Point, 4, &"C0MAIN".into());
        if name != "p4" {
            assert_eq!(late.iter().filter_map(change).collect::<Vec<_>>(), ["C0MAIN removed 210.4"], "{name}");
        }
    }
}

#[test]
fn an_update_and_an_unblocking_answer_too() {
    let mut play = Play::new(1);
    play.takes(2, Role::Comms);
    play.takes(2, Role::Point);
    let turn = turn::tick(&play.incident, at(362), &play.desk);
    let posted = turn.effects.clone();
    play.keep(362, turn);
    arrive(&mut play, 363, &posted);
    assert_eq!(changed(&mut play, 400, Event::Notified { text: "We know".into() }), ["C0ROOM There was an update."]);
    play.blocked(400, 1);
    let turn = turn::tick(&play.incident, at(1300), &play.desk);
    let posted = turn.effects.clone();
    play.keep(1300, turn);
    arrive(&mut play, 1301, &posted);
    assert_eq!(
        changed(&mut play, 1310, Event::Unblocked { id: BlockerId(1) }),
        ["C0ROOM No longer waiting for the network team."]
    );
    assert!(play.incident.nags.record(Nag::Blocker(BlockerId(1))).is_none());
}

/// Something that can happen in a long incident.
#[derive(Clone, Debug)]
enum Move {
    Takes(bool),
    Updates,
    Blocks,
    Unblocks,
    Level(u8),
    Snoozes(u8, i64),
    Unsnoozes(u8),
    Mitigates,
    Unmitigates,
    Looks,
}

fn moves() -> impl Strategy<Value = Vec<(i64, Move)>> {
    let one = prop_oneof![
        1 => any::<bool>().prop_map(Move::Takes),
        1 => Just(Move::Updates),
        1 => Just(Move::Blocks),
        1 => Just(Move::Unblocks),
        2 => (1_u8..=5).prop_map(Move::Level),
        1 => (0_u8..5, 60_i64..7200).prop_map(|(what, length)| Move::Snoozes(what, length)),
        1 => (0_u8..5).prop_map(Move::Unsnoozes),
        1 => Just(Move::Mitigates),
        1 => Just(Move::Unmitigates),
        40 => Just(Move::Looks),
    ];
    prop::collection::vec((1_i64..300, one), 1..250)
}

fn subject(number: u8) -> Subject {
    [Subject::All, Subject::Point, Subject::Comms, Subject::Update, Subject::Blocker(BlockerId(1))][usize::from(number)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A long incident that is looked at now and then: no kind is sent twice in an interval, none in quiet hours, none is
    /// forgotten, and the column tells the truth about when to look.
    #[test]
    fn never_twice_in_an_interval_and_never_forgotten(moves in moves(), quiet in prop::option::of((0_u8..24, 1_u8..10))) {
        let mut play = Play::new(1);
        play.desk.quiet_hours = quiet.map(|(from, hours)| QuietHours::utc(from, (from + hours) % 24));
        let (mut second, mut blockers) = (2, 0);
        let mut last: Vec<(Nag, i64)> = Vec::new();
        // Since when nothing happened that a reminder about point could have waited for.
        let mut undisturbed = 2;
        for (gap, one) in moves {
            second += gap;
            let burns = play.incident.moments.mitigated.is_none();
            if !matches!(one, Move::Looks) {
                undisturbed = second;
            }
            match one {
                Move::Takes(true) => play.takes(second, Role::Comms),
                Move::Takes(false) if gap < 30 => play.takes(second, Role::Point),
                Move::Updates => play.happens(second, Event::Notified { text: "news".into() }),
                Move::Blocks if burns => {
                    blockers += 1;
                    play.blocked(second, blockers);
                }
                Move::Unblocks => {
                    let open = play.incident.open_blockers().map(|blocker| blocker.id).next();
                    if let Some(id) = open {
                        play.happens(second, Event::Unblocked { id });
                    }
                }
                Move::Level(level) => play.happens(second, Event::Prioritized { level: Level(level), reason: None }),
                Move::Snoozes(what, length) => {
                    play.happens(second, Event::Snoozed { what: subject(what), until: at(second + length) });
                }
                Move::Unsnoozes(what) => play.happens(second, Event::Unsnoozed { what: subject(what) }),
                Move::Mitigates if burns && !play.incident.is_blocked() => {
                    play.happens(second, Event::Mitigated { at: at(second) });
                }
                Move::Unmitigates if !burns => play.happens(second, Event::Unmitigated),
                Move::Looks => {
                    let is_quiet = play.desk.quiet_end(play.incident.level, at(second)).is_some();
                    let next = next_due(&play.incident, &play.desk, at(second));
                    let expected = next == Some(at(second));
                    let level = play.incident.level;
                    let sent = play.ticks(second);
                    prop_assert_eq!(!sent.is_empty(), expected);
                    prop_assert!(!(is_quiet && expected));
                    if second % 8 == 0 {
                        play.reload();
                    }
                    let nag = &play.desk.priority(level).unwrap().nag;
                    for (second, kind) in sent {
                        let every = match kind {
                            Nag::Point => nag.point,
                            Nag::Comms | Nag::FirstUpdate | Nag::Update => nag.comms,
                            Nag::Blocker(_) => nag.blocker,
                        };
                        let every = every.unwrap().as_secs();
                        if let Some((_, before)) = last.iter_mut().find(|(earlier, _)| *earlier == kind) {
                            prop_assert!(second - *before >= every, "{:?} at {} and {}", kind, before, second);
                            *before = second;
                        } else {
                            last.push((kind, second));
                        }
                        let snoozed = play.incident.nags.snoozed_until(kind);
                        prop_assert!(snoozed.is_none_or(|until| until <= at(second)));
                    }
                    // Nothing that is due is left, and nothing is planned for the past.
                    prop_assert_eq!(due(&play.incident, &play.desk, at(second)), vec![]);
                    let next = next_due(&play.incident, &play.desk, at(second));
                    prop_assert!(next.is_none_or(|next| next > at(second)));
                    if let (true, None, Some(every)) = (burns, &play.incident.roles.point, nag.point)
                        && !is_quiet
                        && play.incident.nags.snoozed_until(Nag::Point).is_none_or(|until| until <= at(second))
                        && second - undisturbed > 2 * every.as_secs() + 180
                    {
                        let sent = last.iter().find(|(kind, _)| *kind == Nag::Point).map(|(_, second)| *second);
                        prop_assert!(sent.is_some_and(|sent| second - sent <= 2 * every.as_secs()), "forgotten at {}", second);
                    }
                }
                _ => {}
            }
        }
    }
}

#[test]
fn blockers_have_their_own_clocks() {
    let mut play = Play::new(1);
    play.takes(2, Role::Point);
    play.takes(2, Role::Comms);
    play.blocked(100, 1);
    play.blocked(400, 2);
    let (first, second) = (Nag::Blocker(BlockerId(1)), Nag::Blocker(BlockerId(2)));
    assert_eq!(play.sent(400, 2000, |_| {}), [(1000, first), (1300, second), (1900, first)]);
    play.happens(2000, Event::Unblocked { id: BlockerId(1) });
    assert_eq!(play.sent(2000, 3200, |_| {}), [(2200, second), (3100, second)]);
}

#[test]
fn the_clock_of_another_zone_and_daylight_saving_count() {
    // The night before Europe/Berlin moves its clocks forward: 22:00 is 21:00 UTC, and 06:00 is 04:00 UTC.
    let mut play = Play::new(1);
    play.desk.quiet_hours = Some(QuietHours {
        from: "22:00".parse().unwrap(),
        to: "06:00".parse().unwrap(),
        zone: "Europe/Berlin".to_owned(),
    });
    let evening: Timestamp = "2024-03-30T21:00:00Z".parse().unwrap();
    let second = evening.as_second() - START;
    assert_eq!(play.ticks(second - 1).len(), 2);
    assert_eq!(play.ticks(second + 3600), []);
    let morning: Timestamp = "2024-03-31T04:00:00Z".parse().unwrap();
    assert_eq!(next_due(&play.incident, &play.desk, at(second + 3600)), Some(morning));
    assert_eq!(play.ticks(second + 7 * 3600).len(), 2);
}

#[test]
fn who_takes_comms_over_is_given_time() {
    let mut play = Play::new(1);
    play.takes(2, Role::Point);
    play.takes(2, Role::Comms);
    assert_eq!(play.ticks(362), [(362, Nag::FirstUpdate)]);
    play.happens(400, Event::RoleTaken { role: Role::Comms, user: UserId::new("U0CAROL") });
    assert_eq!(play.sent(400, 900, |_| {}), [(760, Nag::FirstUpdate), (880, Nag::FirstUpdate)]);
    assert_eq!(SignedDuration::from_secs(180), FIRST);
}
