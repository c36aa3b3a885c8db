//! One incident's actor.

use breakingbot::core::event::{Author, Event, Recorded, evolve};
use breakingbot::core::ids::IncidentId;
use breakingbot::core::inbound::{Inbound, Outcome};
use breakingbot::core::incident::Role;
use breakingbot::core::state::State;
use breakingbot::data::{After, Commit};

use crate::house::{House, MAIN, ROOM, live};

#[test]
fn declaring_opens_a_channel_and_its_outcome_starts_the_incident() {
    live(async {
        let house = House::burning().await;
        let incident = house.incident(1).await;
        assert_eq!(incident.state, State::Started);
        assert_eq!(incident.channel.as_ref().map(breakingbot::core::ids::ChannelId::as_str), Some(ROOM));
        house.chat.until_told("pin").await;
        let told = house.chat.told();
        assert!(told.len() <= 10, "{told:#?}");
        assert_eq!(told.iter().filter(|one| one.starts_with("open")).count(), 1, "{told:#?}");
    });
}

#[test]
fn a_plain_point_costs_one_reaction_and_one_topic() {
    live(async {
        let house = House::burning().await;
        house.chat.until_told("pin").await;
        let before = house.chat.told().len();
        let typed = house.says("U0ALICE", ROOM, ".point").await;
        house.chat.until(|all| (all.len() >= before + 2).then_some(())).await;
        let told = house.chat.told().split_off(before);
        assert_eq!(told, [format!("react ok {typed}"), format!("topic {ROOM}")]);
    });
}

#[test]
fn a_version_conflict_is_decided_again() {
    live(async {
        let house = House::burning().await;
        house.says("U0ALICE", ROOM, ".point").await;
        house.chat.until_told("react ok 1.000002").await;
        // Somebody else writes beside the actor, which still holds the older version.
        let mut incident = house.incident(1).await;
        let before = incident.version;
        let taken = Recorded {
            seq: before + 1,
            at: incident.declared,
            author: Author::Person("U0CAROL".into()),
            source: None,
            event: Event::RoleTaken { role: Role::Comms, user: "U0CAROL".into() },
        };
        evolve(&mut incident, &taken);
        let after = After::new(&incident, before, incident.declared, None).unwrap();
        let commit = Commit { incident: Some(after), effects: Vec::new(), inbox: None, at: incident.declared };
        house.store.commit(commit).await.unwrap();
        house.says("U0BOB", ROOM, ".point").await;
        house.chat.until_told("react ok 1.000003").await;
        let incident = house.incident(1).await;
        assert_eq!(incident.roles.point.as_ref().map(breakingbot::core::ids::UserId::as_str), Some("U0BOB"));
        assert_eq!(incident.roles.comms.as_ref().map(breakingbot::core::ids::UserId::as_str), Some("U0CAROL"));
        // It was decided on what the other wrote: with both roles set, the incident is acknowledged.
        assert_eq!(incident.state, State::Acknowledged);
    });
}

#[test]
fn an_outcome_that_comes_twice_changes_nothing() {
    live(async {
        let house = House::burning().await;
        let opened = Outcome::ChannelOpened { channel: "C-other".into(), name: "other".into() };
        house.happens("again", Inbound::Came { incident: IncidentId(1), outcome: opened }).await;
        house.says("U0ALICE", ROOM, ".point").await;
        house.chat.until_told("react ok 1.000002").await;
        assert_eq!(house.incident(1).await.channel.as_ref().map(breakingbot::core::ids::ChannelId::as_str), Some(ROOM));
    });
}

#[test]
fn several_incidents_burn_at_once_each_with_its_number_and_channel() {
    live(async {
        let house = House::open().await;
        for _ in 0..5 {
            house.says("U0ALICE", MAIN, ".start Fire").await;
        }
        for number in 1..=5 {
            house.chat.until_told(&format!("topic C-breaking-{number}")).await;
            assert_eq!(house.incident(number).await.state, State::Started);
        }
    });
}
