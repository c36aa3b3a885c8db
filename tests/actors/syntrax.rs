//! The tracking issue, kept current as the clock is turned, by a tracker that is strict.

use std::sync::Arc;
use std::time::Duration;

use breakingbot::actors::Tuning;
use breakingbot::actors::outlets::Outlets;
use breakingbot::app::{App, Parts};
use breakingbot::clock::{Clock, ManualClock};
use breakingbot::core::desk::Desk;
use breakingbot::core::effect::Effect;
use breakingbot::core::event::{Author, Event, Recorded, evolve};
use breakingbot::core::ids::{IncidentId, Level, Source};
use breakingbot::core::inbound::Inbound;
use breakingbot::core::incident::Incident;
use breakingbot::core::tracking::changes::Synced;
use breakingbot::data::{After, Attempt, Commit, Store, StoreOptions};
use jiff::SignedDuration;

use crate::chat::{Chat, short};
use crate::house::{House, MAIN, ROOM, live};
use crate::tracker::{Kept, Tracker, Trouble};

const INTERVAL: SignedDuration = SignedDuration::from_secs(64);

fn tuning() -> Tuning {
    Tuning { sync_jitter: Duration::ZERO, longest_pause: Duration::from_millis(20), ..Tuning::default() }
}

/// An incident that burns and whose issue is linked and up to date.
async fn tracked() -> (House, Arc<Tracker>) {
    let tracker = Tracker::new();
    let house = House::with(tuning(), Outlets::default().tracked_in(tracker.clone(), Arc::default())).await;
    house.says("U0ALICE", MAIN, ".start Checkout is down").await;
    linked(&house).await;
    house.clock.advance(INTERVAL);
    is_synced(&house.store, 1).await;
    (house, tracker)
}

async fn linked(house: &House) {
    let is_linked = |all: &[crate::chat::Performed]| {
        all.iter()
            .any(|one| matches!(&one.effect, Effect::Bookmark { title, .. } if title == "Tracking issue OPS-1"))
            .then_some(())
    };
    house.chat.until(is_linked).await;
}

/// Until everything that the issue has to know is there, and that is on record.
async fn is_synced(store: &Store, incident: i64) {
    let until = async {
        loop {
            let tracking = store.tracking(IncidentId(incident)).await.unwrap();
            if tracking.is_some_and(|tracking| tracking.changed > 0 && tracking.synced >= tracking.changed) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), until).await.expect("it is brought up to date");
}

/// Something is said in the incident's channel and done.
async fn says(house: &House, line: &str) {
    let typed = house.says("U0ALICE", ROOM, line).await;
    house.chat.until(|all| all.iter().any(|one| answers(&one.effect, &typed)).then_some(())).await;
}

fn answers(effect: &Effect, typed: &breakingbot::core::ids::MessageId) -> bool {
    effect.answers().is_some_and(|to| to.message == *typed)
}

async fn ticks(house: &House) {
    house.clock.advance(INTERVAL);
    is_synced(&house.store, 1).await;
}

fn answer_to(house: &House, line: &str) -> impl Future<Output = String> {
    let (chat, line) = (house.chat.clone(), line.to_owned());
    async move {
        let typed = house.says("U0ALICE", ROOM, &line).await;
        let told = |all: &[crate::chat::Performed]| {
            all.iter().find_map(|one| match &one.effect {
                Effect::Reply { to, message } if to.message == typed => Some(message.to_string()),
                _ => None,
            })
        };
        chat.until(told).await
    }
}

fn comments(kept: &Kept) -> Vec<String> {
    let text = |document: &breakingbot::core::document::Document| match document.blocks.last() {
        Some(breakingbot::core::document::Block::Quote(text)) => text.plain(),
        other => panic!("{other:?}"),
    };
    kept.comments.iter().map(|(_, document)| text(document)).collect()
}

#[test]
fn the_issue_is_made_linked_and_kept_current() {
    live(async {
        let (house, tracker) = tracked().await;
        assert_eq!(tracker.calls(), ["create", "update OPS-1", "transition OPS-1 started"]);
        assert_eq!(house.incident(1).await.issue.map(|issue| issue.key), Some("OPS-1".to_owned()));
        tracker.forget_calls();
        for line in [
            ".title Cards fail",
            ".p1",
            ".point",
            ".notify We look",
            ".ai limit the cache => 2 GB",
            ".notify We found it",
        ] {
            says(&house, line).await;
        }
        assert_eq!(tracker.calls(), [""; 0], "it is not told at once");
        ticks(&house).await;
        assert_eq!(tracker.calls(), ["update OPS-1", "comment OPS-1", "comment OPS-1", "child OPS-1"]);
        let kept = tracker.issues().pop().unwrap();
        assert_eq!((kept.fields.title.as_str(), kept.fields.level), ("Cards fail", Level(1)));
        assert_eq!(comments(&kept), ["We look", "We found it"]);
        let listed = loop {
            let listed = answer_to(&house, ".ais").await;
            if listed.contains("OPS") {
                break listed;
            }
        };
        assert!(
            listed.contains("limit the cache — 2 GB · OPS-1-1 (https://tracker.example/browse/OPS-1-1) · alice"),
            "{listed}"
        );
        tracker.forget_calls();
        says(&house, ".stop").await;
        ticks(&house).await;
        assert_eq!(tracker.calls(), ["update OPS-1", "transition OPS-1 resolved"]);
        assert_eq!(tracker.issues().pop().unwrap().status, "In review");
    });
}

#[test]
fn what_did_not_change_is_not_told_and_what_the_tracker_caused_is_no_change() {
    live(async {
        let (house, tracker) = tracked().await;
        tracker.forget_calls();
        // Reminders are sent meanwhile, and their events are stored.
        for _ in 0..40 {
            house.clock.advance(INTERVAL);
            house.store.ping().await.unwrap();
        }
        house.chat.until_told("post C-breaking-1 Nag").await;
        says(&house, ".snooze point 2h").await;
        ticks(&house).await;
        ticks(&house).await;
        assert_eq!(tracker.calls(), [""; 0]);
    });
}

#[test]
fn a_burst_is_told_once() {
    live(async {
        let (house, tracker) = tracked().await;
        tracker.forget_calls();
        for i in 0..30 {
            says(&house, &format!(".note {i}")).await;
        }
        ticks(&house).await;
        assert_eq!(tracker.calls(), ["update OPS-1"]);
    });
}

#[test]
fn a_delay_by_chance_delays_and_loses_nothing() {
    live(async {
        let tracker = Tracker::new();
        let tuning = Tuning { sync_jitter: Duration::from_secs(60), ..tuning() };
        let house = House::with(tuning, Outlets::default().tracked_in(tracker.clone(), Arc::default())).await;
        house.says("U0ALICE", MAIN, ".start Checkout is down").await;
        linked(&house).await;
        // It comes as the clock is turned beyond the interval; how far is chance.
        house.clock.advance(INTERVAL);
        while house.store.tracking(IncidentId(1)).await.unwrap().is_none_or(|tracking| tracking.synced == 0) {
            house.clock.advance(SignedDuration::from_secs(1));
        }
        assert_eq!(tracker.calls(), ["create", "update OPS-1", "transition OPS-1 started"]);
    });
}

#[test]
fn while_the_tracker_is_away_everything_waits_and_then_comes_once() {
    live(async {
        let tracker = Tracker::new();
        tracker.is_away(true);
        let house = House::with(tuning(), Outlets::default().tracked_in(tracker.clone(), Arc::default())).await;
        house.says("U0ALICE", MAIN, ".start Checkout is down").await;
        house.chat.until_told("topic C-breaking-1").await;
        for minute in 0..60 {
            house.clock.advance(SignedDuration::from_mins(1));
            match minute {
                5 => says(&house, ".notify We look").await,
                20 => says(&house, ".ai limit the cache").await,
                40 => says(&house, ".notify We found it").await,
                50 => says(&house, ".stop").await,
                _ => {}
            }
        }
        let told = answer_to(&house, ".issue").await;
        assert!(told.starts_with("Incident 1 is not linked to a tracking issue yet. I tried "), "{told}");
        assert!(told.contains("create did not work: nobody answers. I keep trying; nothing is lost."), "{told}");
        assert!(tracker.issues().is_empty());
        tracker.is_away(false);
        linked(&house).await;
        ticks(&house).await;
        let issues = tracker.issues();
        assert_eq!(issues.len(), 1);
        assert_eq!(comments(&issues[0]), ["We look", "We found it"]);
        assert_eq!(issues[0].children.len(), 1);
        assert_eq!(issues[0].status, "In review");
        let told = answer_to(&house, ".issue").await;
        assert!(told.contains("nothing is waiting"), "{told}");
    });
}

#[test]
fn what_was_done_though_no_answer_came_is_done_once() {
    live(async {
        let tracker = Tracker::new();
        for call in ["create", "update", "transition", "comment", "comment", "child"] {
            tracker.troubles(call, Trouble::LosesAnswer);
        }
        let house = House::with(tuning(), Outlets::default().tracked_in(tracker.clone(), Arc::default())).await;
        house.says("U0ALICE", MAIN, ".start Checkout is down").await;
        linked(&house).await;
        for line in [".notify one", ".ai two", ".notify three"] {
            says(&house, line).await;
        }
        ticks(&house).await;
        let issues = tracker.issues();
        assert_eq!(issues.len(), 1);
        assert_eq!((comments(&issues[0]), issues[0].children.len()), (vec!["one".to_owned(), "three".to_owned()], 1));
    });
}

#[test]
fn a_hundred_lost_answers_double_nothing() {
    live(async {
        let (house, tracker) = tracked().await;
        for i in 1..=100 {
            tracker.troubles("comment", Trouble::LosesAnswer);
            says(&house, &format!(".notify {i}")).await;
            ticks(&house).await;
        }
        let expected: Vec<String> = (1..=100).map(|i| i.to_string()).collect();
        assert_eq!(comments(&tracker.issues()[0]), expected);
    });
}

#[test]
fn what_is_refused_is_told_to_who_asks_and_tried_again_when_something_changes() {
    live(async {
        let (house, tracker) = tracked().await;
        tracker.troubles("update", Trouble::Refuses);
        says(&house, ".title Cards fail").await;
        house.clock.advance(INTERVAL);
        let told = loop {
            let told = answer_to(&house, ".issue").await;
            if told.contains("My last try failed") {
                break told;
            }
        };
        assert!(told.contains("waiting: what the issue says"), "{told}");
        assert!(told.contains("refused (403): The bot may not do that."), "{told}");
        says(&house, ".p1").await;
        ticks(&house).await;
        let told = answer_to(&house, ".issue").await;
        assert!(told.contains("nothing is waiting") && !told.contains("refused"), "{told}");
        assert_eq!(tracker.issues().pop().unwrap().fields.title, "Cards fail");
    });
}

#[test]
fn a_tracker_that_is_too_fast_for_is_given_the_time_it_asks_for() {
    live(async {
        let (house, tracker) = tracked().await;
        tracker.troubles("update", Trouble::Throttles(Duration::from_millis(30)));
        says(&house, ".title Cards fail").await;
        ticks(&house).await;
        assert_eq!(tracker.calls().iter().filter(|call| *call == "update OPS-1").count(), 3);
    });
}

#[test]
fn a_status_set_by_hand_stays_and_is_told_once() {
    live(async {
        let (house, tracker) = tracked().await;
        tracker.is_moved("OPS-1", "Won't fix");
        says(&house, ".notify We look").await;
        ticks(&house).await;
        let told = |all: &[crate::chat::Performed]| -> Vec<String> {
            let posts = all.iter().filter_map(|one| match &one.effect {
                Effect::Post { channel, message, .. } if channel.as_str() == ROOM => Some(message.to_string()),
                _ => None,
            });
            posts.filter(|text| text.contains("by hand")).collect()
        };
        house.chat.until(|all| (!told(all).is_empty()).then_some(())).await;
        for line in [".point", ".comms", ".mitigated", ".notify Still at it", ".stop"] {
            says(&house, line).await;
            ticks(&house).await;
        }
        assert_eq!(tracker.issues().pop().unwrap().status, "Won't fix");
        assert_eq!(told(&house.chat.performed()).len(), 1, "{:?}", told(&house.chat.performed()));
        let told = answer_to(&house, ".issue").await;
        assert!(told.starts_with("Incident 1 is tracked as OPS-1 (https://tracker.example/browse/OPS-1), status “Won't fix”, set by hand."), "{told}");
    });
}

/// A bot on the store, without people who talk.
fn copy(store: &Store, chat: &Arc<Chat>, tracker: &Arc<Tracker>, clock: &Arc<ManualClock>) -> App {
    App::start(Parts {
        store: store.clone(),
        platform: chat.clone(),
        desks: vec![Desk::with_defaults("main", MAIN)],
        outlets: Outlets::default().tracked_in(tracker.clone(), Arc::default()),
        clock: Clock::from(clock.clone()),
        tuning: tuning(),
    })
}

#[test]
fn two_copies_on_one_database_tell_the_tracker_once() {
    live(async {
        let Some(database) = testing::postgres::database() else { return };
        let open = || Store::open(database.url(), StoreOptions::default());
        let (one, other) = (open().await.unwrap(), open().await.unwrap());
        let (chat, tracker) = (Chat::new(), Tracker::new());
        let clock = ManualClock::at("2024-02-28T17:00:00Z".parse().unwrap());
        let copies = [copy(&one, &chat, &tracker, &clock), copy(&other, &chat, &tracker, &clock)];
        let typed = |number: u32, channel: &str, text: &str| breakingbot::boundary::comm_platform::Arrival {
            event_key: format!("Ev{number}"),
            what: breakingbot::boundary::comm_platform::Arrived::Happened(Inbound::Typed {
                source: Source {
                    channel: channel.into(),
                    message: format!("1.{number:06}").as_str().into(),
                    thread: None,
                },
                author: "U0ALICE".into(),
                at: Clock::from(clock.clone()).now(),
                text: text.into(),
                from_outside: false,
                late: false,
                on: None,
            }),
        };
        copies[0].intake().take(typed(1, MAIN, ".p1 Checkout is down")).await.unwrap();
        chat.until(|all| all.iter().any(|one| short(&one.effect) == "bookmark").then_some(())).await;
        for round in 2..8 {
            copies[round % 2]
                .intake()
                .take(typed(u32::try_from(round).unwrap(), ROOM, &format!(".notify {round}")))
                .await
                .unwrap();
            chat.until_told(&format!("react ok 1.{round:06}")).await;
            clock.advance(INTERVAL);
            is_synced(&one, 1).await;
        }
        assert_eq!(tracker.calls().iter().filter(|call| *call == "create").count(), 1);
        assert_eq!(comments(&tracker.issues()[0]), ["2", "3", "4", "5", "6", "7"]);
        for copy in copies {
            copy.stop(Duration::from_secs(5)).await;
        }
    });
}

/// An incident that burns, put on record without anybody's help, its issue up to date.
async fn put_on_record(store: &Store, number: i64) {
    let id = store.next_number().await.unwrap().id;
    assert_eq!(id, IncidentId(number));
    let channel = format!("C-breaking-{number}");
    let events = [
        Event::Declared {
            desk: "main".into(),
            title: "Checkout is down".into(),
            level: Level(4),
            channel_name: channel.clone(),
        },
        Event::Opened { channel: channel.as_str().into(), name: channel },
    ];
    let at = "2024-02-28T16:00:00Z".parse().unwrap();
    let mut incident = Incident::nothing(id);
    for (seq, event) in (1..).zip(events) {
        evolve(&mut incident, &Recorded { seq, at, author: Author::Person("U0ALICE".into()), source: None, event });
    }
    let after = After::new(&incident, 0, at, None).unwrap().to_be_tracked();
    let effects = vec![Effect::TrackOpen];
    let committed = store.commit(Commit { incident: Some(after), effects, inbox: None, at }).await.unwrap();
    let issue = breakingbot::core::tracking::Issue {
        id: format!("{}", 10_000 + number),
        key: format!("OPS-{number}"),
        url: format!("https://tracker.example/browse/OPS-{number}"),
    };
    let phase = Some(breakingbot::core::tracking::Phase::Started);
    let synced = Synced { issue: Some(issue), seq: incident.version, phase, ..Synced::default() };
    store.synced(committed.outbox[0].id, id, &synced, Attempt { began: at, ended: at }, None).await.unwrap().unwrap();
}

#[test]
fn of_a_thousand_incidents_only_those_that_changed_cost_calls() {
    live(async {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("bot.db").display());
        let store = Store::open(&url, StoreOptions::default()).await.unwrap();
        let tracker = Tracker::new();
        for number in 1..=1000 {
            put_on_record(&store, number).await;
            tracker.has_issue(&format!("OPS-{number}"));
        }
        let (chat, clock) = (Chat::new(), ManualClock::at("2024-02-28T17:00:00Z".parse().unwrap()));
        let app = copy(&store, &chat, &tracker, &clock);
        for number in (100..=1000).step_by(100) {
            let source = Source {
                channel: format!("C-breaking-{number}").as_str().into(),
                message: format!("1.{number:06}").as_str().into(),
                thread: None,
            };
            let at = Clock::from(clock.clone()).now();
            let (author, text) = ("U0ALICE".into(), ".title Cards fail".into());
            let what = Inbound::Typed { source, author, at, text, from_outside: false, late: false, on: None };
            let what = breakingbot::boundary::comm_platform::Arrived::Happened(what);
            let event_key = format!("Ev{number}");
            app.intake().take(breakingbot::boundary::comm_platform::Arrival { event_key, what }).await.unwrap();
            chat.until_told(&format!("react ok 1.{number:06}")).await;
        }
        clock.advance(INTERVAL);
        for number in (100..=1000).step_by(100) {
            is_synced(&store, number).await;
        }
        for _ in 0..5 {
            clock.advance(INTERVAL);
            store.ping().await.unwrap();
        }
        let mut calls = tracker.calls();
        calls.sort();
        let mut expected: Vec<String> =
            (100..=1000).step_by(100).map(|number| format!("update OPS-{number}")).collect();
        expected.sort();
        assert_eq!(calls, expected);
    });
}
