//! The supervisor: panics, full mailboxes, order, sleep.

use std::time::Duration;

use breakingbot::actors::Tuning;
use breakingbot::actors::supervisor::CountAwake;
use breakingbot::core::event::Event;
use breakingbot::core::person::{Person, Standing};

use crate::house::{House, MAIN, ROOM, live};

#[test]
fn a_panic_in_one_incident_leaves_the_others_answering() {
    live(async {
        let house = House::burning().await;
        house.says("U0ALICE", MAIN, ".start Another fire").await;
        house.chat.until_told("topic C-breaking-2").await;
        // The chat's description of this person makes whoever asks panic.
        house.chat.panics_on("U0TROUBLE");
        let bad = house.says("U0ALICE", ROOM, ".point <@U0TROUBLE>").await;
        let good = house.says("U0ALICE", "C-breaking-2", ".point").await;
        house.chat.until_told(&format!("react ok {good}")).await;
        // The row ends its actor twice, is set aside and answered; the incident is rebuilt and goes on.
        house.chat.until_told(&format!("reply {bad} Something broke on my side")).await;
        let next = house.says("U0BOB", ROOM, ".point").await;
        house.chat.until_told(&format!("react ok {next}")).await;
        assert_eq!(
            house.incident(1).await.roles.point.as_ref().map(breakingbot::core::ids::UserId::as_str),
            Some("U0BOB")
        );
        let answers = house.chat.told().into_iter().filter(|one| one.contains(&format!(" {bad}"))).count();
        assert_eq!(answers, 2, "one reaction and one sentence");
    });
}

#[test]
fn full_mailboxes_and_short_lanes_lose_nothing_and_keep_the_order() {
    live(async {
        let tight = Tuning { mailbox: 1, lane_rows: 2, poll: Duration::from_millis(20), ..Tuning::default() };
        let house = House::tuned(tight).await;
        house.says("U0ALICE", MAIN, ".start Checkout is down").await;
        house.chat.until_told("topic C-breaking-1").await;
        let intake = house.app.intake();
        let mut takes = Vec::new();
        for number in 0..200 {
            let (_, arrival) = house.arrival("U0ALICE", ROOM, &format!(".note number {number}"));
            let intake = intake.clone();
            takes.push(actix::spawn(async move { intake.take(arrival).await.unwrap() }));
        }
        for take in takes {
            take.await.unwrap();
        }
        house
            .chat
            .until(|all| {
                (all.iter().filter(|one| crate::chat::short(&one.effect).starts_with("react ok 1.")).count() >= 201)
                    .then_some(())
            })
            .await;
        let mut answered: Vec<String> =
            house.chat.told().into_iter().filter(|one| one.starts_with("react ok 1.")).collect();
        answered.sort();
        let each = answered.len();
        answered.dedup();
        assert_eq!(answered.len(), each, "nothing was sent twice");
        let notes: Vec<String> = house
            .incident(1)
            .await
            .events
            .iter()
            .filter_map(|recorded| match &recorded.event {
                Event::Noted { text } => Some(text.readable()),
                _ => None,
            })
            .collect();
        let expected: Vec<String> = (0..200).map(|number| format!("number {number}")).collect();
        assert_eq!(notes, expected);
    });
}

#[test]
fn an_idle_incident_sleeps_and_wakes_from_the_database() {
    live(async {
        let drowsy = Tuning { idle: Duration::ZERO, poll: Duration::from_millis(20), ..Tuning::default() };
        let house = House::tuned(drowsy).await;
        house.says("U0ALICE", MAIN, ".start Checkout is down").await;
        house.chat.until_told("pin").await;
        house.says("U0ALICE", ROOM, ".point").await;
        house.chat.until_told("react ok 1.000002").await;
        while house.app.supervisor().send(CountAwake).await.unwrap() > 0 {
            tokio::task::yield_now().await;
        }
        let typed = house.says("U0ALICE", ROOM, ".point").await;
        house.chat.until_told(&format!("react ok_hand {typed}")).await;
    });
}

#[test]
fn what_bots_say_is_no_command() {
    live(async {
        let house = House::burning().await;
        house.chat.knows(Person {
            id: "U0ROBOT".into(),
            name: "robot".into(),
            email: None,
            timezone: "UTC".into(),
            standing: Standing::Bot,
        });
        let by_bot = house.says("U0ROBOT", ROOM, ".stop").await;
        let by_person = house.says("U0ALICE", ROOM, ".point").await;
        house.chat.until_told(&format!("react ok {by_person}")).await;
        assert!(!house.chat.told().iter().any(|one| one.contains(&format!(" {by_bot}"))));
    });
}
