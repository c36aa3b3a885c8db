//! The one commit: all or nothing, checked against the version.

use breakingbot::core::event::Event;
use breakingbot::core::ids::{BlockerId, IncidentId};
use breakingbot::core::incident::{Incident, Role};
use breakingbot::data::{BoardFilter, Commit, InboxId, StoreError};
use testing::Database;

use crate::fixtures::*;

crate::cases! {
    numbers_are_taken_once_and_none_is_left_out,
    a_version_is_replaced_once,
    nothing_of_a_failed_commit_stays,
    a_channel_belongs_to_one_incident,
    reading_checks_the_version,
    the_board_lists_what_is_live,
}

async fn numbers_are_taken_once_and_none_is_left_out(database: Database) {
    let store = open(&database).await;
    // Nobody takes the number of a commit that fails, or that never comes.
    let given_up = store.next_number().await.unwrap().id;
    let unread = InboxId(99);
    let failed = after(&Incident::nothing(given_up), 0, [declared()]);
    let failed = store.commit(commit(&failed, 0, Vec::new(), Some(unread), 0)).await;
    assert_eq!((failed, store.version(given_up).await), (Err(StoreError::AlreadyDone), Ok(0)));

    let declare = async || {
        let number = store.next_number().await.unwrap();
        let declared = after(&Incident::nothing(number.id), 0, [declared()]);
        store.commit(commit(&declared, 0, Vec::new(), None, 0)).await.unwrap();
        number.id.0
    };
    let mut numbers = futures((0..50).map(|_| declare())).await;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=50).collect::<Vec<_>>());

    // One that does not follow the last is somebody's mistake, and so is one that another copy took.
    for number in [50, 52] {
        let wrong = after(&Incident::nothing(IncidentId(number)), 0, [declared()]);
        let wrong = store.commit(commit(&wrong, 0, Vec::new(), None, 0)).await;
        assert_eq!(wrong, Err(StoreError::VersionConflict), "{number}");
    }
    assert_eq!(declare().await, 51);
}

async fn a_version_is_replaced_once(database: Database) {
    let store = open(&database).await;
    let first = incident(&store, "C1").await;
    assert_eq!(same_as_folded(&store, first.id).await, first);
    let one = after(&first, 5, [noted("one")]);
    let other = after(&first, 6, [noted("other")]);
    store.commit(commit(&one, first.version, Vec::new(), None, 5)).await.unwrap();
    let late = store.commit(commit(&other, first.version, Vec::new(), None, 6)).await;
    assert_eq!(late, Err(StoreError::VersionConflict));
    assert_eq!(same_as_folded(&store, first.id).await, one);
    let again = after(&Incident::nothing(first.id), 0, [declared()]);
    let again = store.commit(commit(&again, 0, Vec::new(), None, 7)).await;
    assert_eq!(again, Err(StoreError::VersionConflict));
}

async fn nothing_of_a_failed_commit_stays(database: Database) {
    let store = open(&database).await;
    let first = incident(&store, "C1").await;
    let row = receive(&store, typed("Ev1", "C1", 5)).await;
    let stale = after(&Incident { version: first.version - 1, ..first.clone() }, 5, [noted("stale")]);
    let failed = store.commit(commit(&stale, first.version - 1, vec![reaction("C1", 5)], Some(row.id), 6)).await;
    assert_eq!(failed, Err(StoreError::VersionConflict));
    assert!(!store.is_done(row.id).await.unwrap());
    assert_eq!(store.waiting_outbox(None, 10).await.unwrap(), []);
    assert_eq!(same_as_folded(&store, first.id).await, first);
}

async fn a_channel_belongs_to_one_incident(database: Database) {
    let store = open(&database).await;
    let first = incident(&store, "C1").await;
    let id = store.next_number().await.unwrap().id;
    let second = after(&Incident::nothing(id), 0, [declared(), opened("C1")]);
    let taken = store.commit(commit(&second, 0, Vec::new(), None, 0)).await;
    assert_eq!(taken, Err(StoreError::ChannelTaken));
    assert_eq!(store.load(id).await.unwrap(), None);
    assert_eq!(store.incident_of_channel(&"C1".into()).await.unwrap(), Some(first.id));
    assert_eq!(store.incident_of_channel(&"C2".into()).await.unwrap(), None);
    assert_eq!(store.live_channels().await.unwrap(), [("C1".into(), first.id)]);
}

async fn reading_checks_the_version(database: Database) {
    let store = open(&database).await;
    let first = incident(&store, "C1").await;
    let read = |version| commit(&first, version, vec![reaction("C1", 1)], None, 1);
    assert_eq!(store.commit(read(first.version)).await.unwrap().outbox.len(), 1);
    store.commit(commit(&after(&first, 2, [noted("x")]), first.version, Vec::new(), None, 2)).await.unwrap();
    assert_eq!(store.commit(read(first.version)).await, Err(StoreError::VersionConflict));
    let unchecked = Commit { incident: None, effects: vec![reaction("C1", 2)], inbox: None, at: at(2) };
    assert_eq!(store.commit(unchecked).await.unwrap().outbox.len(), 1);
}

async fn the_board_lists_what_is_live(database: Database) {
    let store = open(&database).await;
    let burning = incident(&store, "C1").await;
    let blocked = Event::Blocked { id: BlockerId(1), whom: "the bank".into(), reason: None };
    let taken = Event::RoleTaken { role: Role::Point, user: "U0BOB".into() };
    let changed = after(&burning, 3, [blocked, taken]);
    store.commit(commit(&changed, burning.version, Vec::new(), None, 3)).await.unwrap();
    let over = incident(&store, "C2").await;
    let canceled = after(&over, 4, [Event::Canceled { why: None }]);
    store.commit(commit(&canceled, over.version, Vec::new(), None, 4)).await.unwrap();
    let archived = incident(&store, "C3").await;
    let put_away = after(&archived, 5, [Event::Canceled { why: None }, Event::Archived]);
    store.commit(commit(&put_away, archived.version, Vec::new(), None, 5)).await.unwrap();

    let active = store.board(BoardFilter::Active).await.unwrap();
    assert_eq!(active.iter().map(|entry| entry.id).collect::<Vec<_>>(), [burning.id]);
    assert_eq!(active[0].open_blockers, changed.blockers);
    assert_eq!(active[0].roles, changed.roles);
    assert_eq!(active[0].moments, changed.moments);
    let live = store.board(BoardFilter::Live).await.unwrap();
    assert_eq!(live.iter().map(|entry| entry.id).collect::<Vec<_>>(), [burning.id, over.id]);
    assert_eq!(store.live_incidents().await.unwrap(), [burning.id, over.id]);
    assert_eq!(store.live_channels().await.unwrap(), [("C1".into(), burning.id), ("C2".into(), over.id)]);
}
