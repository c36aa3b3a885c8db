//! The gateway's door: recorded before acknowledged, once.

use breakingbot::core::event::Event;

use crate::house::{House, ROOM, live};

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
