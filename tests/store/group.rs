//! Writes that come together share a transaction, and one that fails leaves the others alone.

use breakingbot::data::{Received, StoreError};
use testing::Database;

use crate::fixtures::*;

crate::cases! {
    one_bad_commit_among_many_fails_alone,
    an_inbox_row_that_two_finish_is_finished_by_one,
    two_that_change_an_incident_at_once_are_told_apart,
    repeating_after_an_unknown_outcome_changes_nothing,
    a_closed_store_says_so,
}

async fn one_bad_commit_among_many_fails_alone(database: Database) {
    let store = open(&database).await;
    let incidents = futures((0..100).map(|n| {
        let store = store.clone();
        async move { incident(&store, &format!("C{n}")).await }
    }))
    .await;
    let outcomes = futures(incidents.iter().enumerate().map(|(n, before)| {
        let next = after(before, 1, [noted("together")]);
        let expected = if n == 57 { before.version - 1 } else { before.version };
        let commit = commit(&next, expected, vec![reaction(&format!("C{n}"), 1)], None, 1);
        let store = store.clone();
        async move { store.commit(commit).await }
    }))
    .await;
    for (n, outcome) in outcomes.iter().enumerate() {
        let version = store.version(incidents[n].id).await.unwrap();
        if n == 57 {
            assert_eq!(outcome, &Err(StoreError::VersionConflict));
            assert_eq!(version, incidents[n].version);
        } else {
            assert_eq!(outcome.as_ref().unwrap().outbox.len(), 1);
            assert_eq!(version, incidents[n].version + 1);
        }
    }
    assert_eq!(store.waiting_outbox(None, 1000).await.unwrap().len(), 99);
}

async fn an_inbox_row_that_two_finish_is_finished_by_one(database: Database) {
    let store = open(&database).await;
    let row = receive(&store, typed("Ev1", "C1", 1)).await;
    let finish = |second| store.set_aside(row.id, "once", vec![reaction("C1", second)], at(second));
    let outcomes = futures((0..20).map(finish)).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Err(StoreError::AlreadyDone)).count(), 19);
    assert_eq!(store.waiting_outbox(None, 100).await.unwrap().len(), 1);
}

async fn two_that_change_an_incident_at_once_are_told_apart(database: Database) {
    let store = open(&database).await;
    let before = incident(&store, "C1").await;
    let change = |n: usize| {
        let next = after(&before, 1, [noted(&format!("{n}"))]);
        store.commit(commit(&next, before.version, Vec::new(), None, 1))
    };
    let outcomes = futures((0..20).map(change)).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Err(StoreError::VersionConflict)).count(), 19);
    assert_eq!(same_as_folded(&store, before.id).await.version, before.version + 1);
}

/// Whoever was not told whether a write took place repeats it.
async fn repeating_after_an_unknown_outcome_changes_nothing(database: Database) {
    let store = open(&database).await;
    let before = incident(&store, "C1").await;
    let row = receive(&store, typed("Ev1", "C1", 1)).await;
    let next = after(&before, 1, [noted("once")]);
    let with_inbox = || commit(&next, before.version, vec![reaction("C1", 1)], Some(row.id), 1);
    let outbox = store.commit(with_inbox()).await.unwrap().outbox;
    assert_eq!(store.receive(typed("Ev1", "C1", 1)).await.unwrap(), Received::Known);
    assert_eq!(store.commit(with_inbox()).await, Err(StoreError::AlreadyDone));
    let tick = || commit(&after(&next, 2, [noted("tick")]), next.version, vec![reaction("C1", 2)], None, 2);
    store.commit(tick()).await.unwrap();
    assert_eq!(store.commit(tick()).await, Err(StoreError::VersionConflict));
    assert!(store.sent(outbox[0].id, None, tried(3), None).await.unwrap().is_some());
    assert!(store.sent(outbox[0].id, None, tried(3), None).await.unwrap().is_none());
    assert_eq!(same_as_folded(&store, before.id).await.version, before.version + 2);
    assert_eq!(store.waiting_outbox(None, 10).await.unwrap().len(), 1);
}

async fn a_closed_store_says_so(database: Database) {
    let store = open(&database).await;
    let other = store.clone();
    let receiving = futures((0..50).map(|n| other.receive(typed(&format!("Ev{n}"), "C1", n)))).await;
    assert!(receiving.iter().all(Result::is_ok));
    store.close().await;
    assert!(other.receive(typed("late", "C1", 99)).await.is_err_and(|error| error.is_unavailable()));
    assert!(other.ping().await.is_err_and(|error| error.is_unavailable()));
    drop(other);
    let again = open(&database).await;
    assert_eq!(again.waiting_inbound(None, 100).await.unwrap().len(), 50);
}
