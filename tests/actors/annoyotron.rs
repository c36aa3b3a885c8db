//! Reminders as the clock is turned.

use std::sync::Arc;

use breakingbot::actors::Tuning;
use breakingbot::actors::outlets::Outlets;
use breakingbot::app::{App, Parts};
use breakingbot::clock::{Clock, ManualClock};
use breakingbot::core::desk::Desk;
use breakingbot::core::effect::{Effect, Purpose};
use breakingbot::core::event::Event;
use breakingbot::core::ids::{ChannelId, IncidentId, Source};
use breakingbot::core::inbound::Inbound;
use breakingbot::core::nags::Nag;
use breakingbot::data::{Replan, Store, StoreOptions};
use jiff::SignedDuration;

use crate::chat::{Chat, Performed};
use crate::house::{House, MAIN, ROOM, live};

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// How often a reminder was posted in a channel.
fn count(all: &[Performed], channel: &str, wanted: Nag) -> usize {
    let is_it = |one: &&Performed| match &one.effect {
        Effect::Post { channel: to, purpose: Purpose::Nag { nag, .. }, .. } => to.as_str() == channel && *nag == wanted,
        _ => false,
    };
    all.iter().filter(is_it).count()
}

async fn until_nagged(chat: &Chat, channel: &str, nag: Nag, times: usize) {
    chat.until(|all| (count(all, channel, nag) >= times).then_some(())).await;
}

/// Until it is on record where the reminders stand.
async fn until_posted(store: &Store, times: usize) {
    loop {
        let incident = store.load(IncidentId(1)).await.unwrap().unwrap();
        let posted = incident.events.iter().filter(|one| matches!(one.event, Event::NagPosted { .. })).count();
        if posted >= times {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn they_come_when_the_clock_is_turned_and_go_when_they_are_answered() {
    live(async {
        let house = House::burning().await;
        house.clock.advance(seconds(179));
        house.says("U0ALICE", ROOM, ".status").await;
        house.chat.until_told("reply 1.000002").await;
        assert_eq!(count(&house.chat.performed(), ROOM, Nag::Point), 0);
        house.clock.advance(seconds(42));
        for channel in [ROOM, MAIN] {
            for nag in [Nag::Point, Nag::Comms] {
                until_nagged(&house.chat, channel, nag, 1).await;
            }
        }
        until_posted(&house.store, 4).await;
        house.says("U0BOB", ROOM, ".point").await;
        let rewritten = |channel: &'static str| {
            move |all: &[Performed]| {
                all.iter().find_map(|one| match &one.effect {
                    Effect::Rewrite { channel: at, to, .. } if at.as_str() == channel => Some(to.to_string()),
                    _ => None,
                })
            }
        };
        assert_eq!(house.chat.until(rewritten(ROOM)).await, "@U0BOB is point.");
        assert!(
            house.chat.until(rewritten(MAIN)).await.ends_with("Checkout is down · #C-breaking-1: @U0BOB is point.")
        );
        // The next one of the other kind replaces the earlier one.
        house.clock.advance(seconds(1200));
        until_nagged(&house.chat, ROOM, Nag::Comms, 2).await;
        house.chat.until_told("remove").await;
        assert_eq!(count(&house.chat.performed(), ROOM, Nag::Point), 1);
    });
}

#[test]
fn a_button_in_the_main_channel_acts_on_its_incident() {
    live(async {
        let house = House::burning().await;
        house.clock.advance(seconds(200));
        until_nagged(&house.chat, MAIN, Nag::Point, 1).await;
        let button = house
            .chat
            .until(|all| {
                all.iter().find_map(|one| match &one.effect {
                    Effect::Post { channel, message, purpose: Purpose::Nag { nag: Nag::Point, .. } }
                        if channel.as_str() == MAIN =>
                    {
                        message.buttons.first().cloned()
                    }
                    _ => None,
                })
            })
            .await;
        assert_eq!((button.command.as_str(), button.on), (".point", Some(IncidentId(1))));
        let press = Inbound::Typed {
            source: Source { channel: MAIN.into(), message: "9.000001:U0BOB".into(), thread: Some("8.000001".into()) },
            author: "U0BOB".into(),
            at: Clock::from(house.clock.clone()).now(),
            text: button.command.into(),
            from_outside: false,
            late: false,
            on: button.on,
        };
        house.happens("press", press).await;
        house.chat.until_told("react ok 9.000001:U0BOB").await;
        assert_eq!(house.incident(1).await.roles.point, Some("U0BOB".into()));
        // Who was not in the incident's channel is invited.
        house
            .chat
            .until(|all| {
                let invited = |effect: &Effect| matches!(effect, Effect::Invite { channel, users } if *channel == ChannelId::new(ROOM) && users.contains(&"U0BOB".into()));
                all.iter().any(|one| invited(&one.effect)).then_some(())
            })
            .await;
    });
}

#[test]
fn a_button_that_is_pressed_too_late_is_answered_with_one_sentence() {
    live(async {
        let house = House::burning().await;
        house.says("U0ALICE", ROOM, ".stop").await;
        house.chat.until_told("react ok 1.000002").await;
        let press = |second: i64, command: &str| Inbound::Typed {
            source: Source {
                channel: MAIN.into(),
                message: format!("{second}.000001:U0BOB").into(),
                thread: Some("8.000001".into()),
            },
            author: "U0BOB".into(),
            at: Clock::from(house.clock.clone()).now(),
            text: command.into(),
            from_outside: false,
            late: false,
            on: Some(IncidentId(1)),
        };
        for (second, command) in (9..).zip([".point", ".unblocked #1", ".snooze comms 15m"]) {
            house.happens(&format!("press {second}"), press(second, command)).await;
            let answered = format!("{second}.000001:U0BOB");
            house.chat.until_told(&format!("react exclamation {answered}")).await;
            house.chat.until_told(&format!("reply {answered}")).await;
            let sentences: Vec<String> = house
                .chat
                .performed()
                .iter()
                .filter_map(|one| match &one.effect {
                    Effect::Reply { to, message } if to.message.as_str() == answered => Some(message.to_string()),
                    _ => None,
                })
                .collect();
            assert_eq!(sentences.len(), 1, "{sentences:?}");
            assert_eq!(sentences[0].lines().count(), 1, "{sentences:?}");
        }
        assert_eq!(house.incident(1).await.roles.point, None);
    });
}

#[test]
fn what_another_configuration_planned_is_planned_anew_at_the_start() {
    live(async {
        let house = House::burning().await;
        // As if the level had had no reminders when the incident was stored last.
        let version = house.store.version(IncidentId(1)).await.unwrap();
        house.store.replan(&[Replan { incident: IncidentId(1), version, next_due: None }]).await.unwrap();
        house.clock.advance(seconds(500));
        let other = copy(&house.store, &house.chat, &house.clock);
        until_nagged(&house.chat, ROOM, Nag::Point, 1).await;
        drop(other);
    });
}

fn copy(store: &Store, chat: &Arc<Chat>, clock: &Arc<ManualClock>) -> App {
    App::start(Parts {
        store: store.clone(),
        platform: chat.clone(),
        desks: vec![Desk::with_defaults("main", MAIN)],
        outlets: Outlets::default(),
        clock: Clock::from(clock.clone()),
        tuning: Tuning::default(),
    })
}

#[test]
fn two_copies_on_one_database_send_one_of_each() {
    live(async {
        let Some(database) = testing::postgres::database() else { return };
        let open = || Store::open(database.url(), StoreOptions::default());
        let (one, other) = (open().await.unwrap(), open().await.unwrap());
        let chat = Chat::new();
        let clock = ManualClock::at("2024-02-28T17:00:00Z".parse().unwrap());
        let copies = [copy(&one, &chat, &clock), copy(&other, &chat, &clock)];
        let start = Inbound::Typed {
            source: Source { channel: MAIN.into(), message: "1.000001".into(), thread: None },
            author: "U0ALICE".into(),
            at: Clock::from(clock.clone()).now(),
            text: ".p1 Checkout is down".into(),
            from_outside: false,
            late: false,
            on: None,
        };
        let arrival = breakingbot::boundary::comm_platform::Arrival {
            event_key: "Ev1".into(),
            what: breakingbot::boundary::comm_platform::Arrived::Happened(start),
        };
        copies[0].intake().take(arrival).await.unwrap();
        chat.until_told("topic C-breaking-1").await;
        for round in 1..=10 {
            clock.advance(seconds(180));
            until_nagged(&chat, ROOM, Nag::Comms, round.min(3)).await;
            until_nagged(&chat, MAIN, Nag::Comms, round.min(3)).await;
        }
        let incident = one.load(IncidentId(1)).await.unwrap().unwrap();
        for nag in [Nag::Point, Nag::Comms] {
            let times: Vec<_> = incident
                .events
                .iter()
                .filter(|one| matches!(one.event, Event::Nagged { nag: it, .. } if it == nag))
                .map(|one| one.at)
                .collect();
            let mut apart = times.clone();
            apart.dedup();
            assert_eq!(times, apart, "{nag:?} was sent twice at once");
            chat.until(|all| (count(all, ROOM, nag) >= times.len()).then_some(())).await;
            assert_eq!(count(&chat.performed(), ROOM, nag), times.len());
        }
        for copy in copies {
            copy.stop(std::time::Duration::from_secs(5)).await;
        }
    });
}
