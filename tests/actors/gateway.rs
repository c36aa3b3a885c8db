//! The gateway's door: recorded before acknowledged, once.

use std::time::Duration;

use breakingbot::actors::Tuning;
use breakingbot::boundary::comm_platform::Arrived;
use breakingbot::core::event::Event;

use crate::house::{House, MAIN, ROOM, live};

#[test]
fn what_is_delivered_again_is_acknowledged_and_runs_once() {
    live(async {
        let house = House::burning().await;
        let (message, arrival) = house.arrival("U0ALICE", ROOM, ".note once");
        let intake = house.app.intake();
        intake.take(arrival.clone()).await.unwrap();
        intake.take(arrival.clone()).await.unwrap();
        // The same message under another event, as when it mentions the bot.
        intake
            .take(breakingbot::boundary::comm_platform::Arrival { event_key: "EvOther".into(), ..arrival })
            .await
            .unwrap();
        let next = house.says("U0ALICE", ROOM, ".point").await;
        house.chat.until_told(&format!("react ok {next}")).await;
        let notes =
            house.incident(1).await.events.iter().filter(|one| matches!(one.event, Event::Noted { .. })).count();
        assert_eq!(notes, 1);
        let answers = house.chat.told().iter().filter(|one| one.contains(message.as_str())).count();
        assert_eq!(answers, 1);
    });
}

#[test]
fn chatter_is_acknowledged_and_needs_no_record() {
    live(async {
        let house = House::burning().await;
        for line in ["hello", "...", ".5% of requests fail", ".NET is down", "see .start"] {
            house.says("U0ALICE", ROOM, line).await;
        }
        assert_eq!(house.store.waiting_inbound(None, 100).await.unwrap(), []);
    });
}

#[test]
fn while_the_database_is_away_the_author_is_told_once_and_nothing_is_acknowledged() {
    live(async {
        let house = House::burning().await;
        house.store.clone().close().await;
        let (_, arrival) = house.arrival("U0ALICE", ROOM, ".stop");
        let intake = house.app.intake();
        assert!(intake.take(arrival.clone()).await.is_err());
        assert!(intake.take(arrival).await.is_err());
        let said = house.chat.said_at_once();
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(said[0].starts_with("My database is away"), "{said:?}");
    });
}

/// The connection gives an arrival up that is not recorded in time, and the chat delivers it again, perhaps after minutes.
#[test]
fn what_is_not_recorded_in_time_comes_first_all_the_same() {
    live(async {
        // Nothing is found by looking: it must be handed over.
        let house = House::tuned(Tuning { poll: Duration::from_secs(3600), ..Tuning::default() }).await;
        house.says("U0ALICE", MAIN, ".start Checkout is down").await;
        house.chat.until_told("topic C-breaking-1").await;
        let (given_up, arrival) = house.arrival("U0ALICE", ROOM, ".note first");
        let Arrived::Said(said) = arrival.what.clone() else { panic!("it is said") };
        house.chat.remembers(said);
        let intake = house.app.intake();
        assert!(tokio::time::timeout(Duration::ZERO, intake.take(arrival)).await.is_err(), "it is not that quick");
        let next = house.says("U0BOB", ROOM, ".note second").await;
        house.chat.until_told(&format!("react ok {next}")).await;
        let answers: Vec<_> = house.chat.told().into_iter().filter(|told| told.starts_with("react ok 1.")).collect();
        assert!(answers.ends_with(&[format!("react ok {given_up}"), format!("react ok {next}")]), "{answers:?}");
    });
}

/// As happens in the channel of an incident whose making is not on record yet.
#[test]
fn what_was_missed_in_an_unknown_channel_is_found() {
    live(async {
        let house = House::open().await;
        let (missed, arrival) = house.arrival("U0ALICE", "CELSEWHERE", ".note first");
        let Arrived::Said(said) = arrival.what else { panic!("it is said") };
        house.chat.remembers(said);
        let next = house.says("U0BOB", "CELSEWHERE", ".note second").await;
        house.chat.until_told(&format!("react exclamation {next}")).await;
        let answers: Vec<_> = house.chat.told().into_iter().filter(|told| told.starts_with("react")).collect();
        assert_eq!(answers, [format!("react exclamation {missed}"), format!("react exclamation {next}")]);
    });
}
