//! What comes in: once, in order, finished once.

use breakingbot::core::inbound::Inbound;
use breakingbot::data::{NewInbound, Received, StoreError};
use testing::Database;

use crate::fixtures::*;

crate::cases! {
    an_event_is_recorded_once,
    a_message_is_recorded_once_whatever_its_event,
    lanes_keep_the_order_of_their_messages,
    a_row_is_finished_once,
    panics_are_counted_once_each,
    what_is_set_aside_is_finished,
    marks_only_move_forward,
}

async fn an_event_is_recorded_once(database: Database) {
    let store = open(&database).await;
    let joined = || {
        let body = Inbound::Joined { channel: "C1".into(), user: "U1".into() };
        NewInbound::new("Ev1", body, at(1))
    };
    let row = receive(&store, joined()).await;
    assert_eq!(store.receive(joined()).await.unwrap(), Received::Known);
    let row = [row];
    assert_eq!(store.waiting_inbound(None, 10).await.unwrap(), row);
    assert_eq!(store.waiting_inbound(Some("C1"), 10).await.unwrap(), row);
    assert_eq!(store.waiting_inbound(Some("C2"), 10).await.unwrap(), []);
}

async fn a_message_is_recorded_once_whatever_its_event(database: Database) {
    let store = open(&database).await;
    let row = receive(&store, typed("Ev1", "C1", 5)).await;
    assert_eq!(store.receive(typed("Ev2", "C1", 5)).await.unwrap(), Received::Known);
    receive(&store, typed("Ev3", "C2", 5)).await;
    assert_eq!(store.waiting_inbound(Some("C1"), 10).await.unwrap(), [row]);

    let together = (0..40).map(|n| store.receive(typed(&format!("Both{}", n % 2), "C3", 7)));
    let new = futures(together).await.into_iter().filter(|got| matches!(got, Ok(Received::New(_)))).count();
    assert_eq!(new, 1);
}

async fn lanes_keep_the_order_of_their_messages(database: Database) {
    let store = open(&database).await;
    for second in [30, 10, 20] {
        receive(&store, typed(&format!("a{second}"), "C1", second)).await;
        receive(&store, typed(&format!("b{second}"), "C0", second)).await;
    }
    // Sorts by when it was received: after the message of second 20.
    let renamed = Inbound::ChannelRenamed { channel: "C1".into(), name: "other".into() };
    receive(&store, NewInbound::new("renamed", renamed, at(25))).await;
    let keys = |rows: Vec<breakingbot::data::InboxRow>| rows.into_iter().map(|row| row.key).collect::<Vec<_>>();
    let all = keys(store.waiting_inbound(None, 100).await.unwrap());
    assert_eq!(all, ["b10", "b20", "b30", "a10", "a20", "renamed", "a30"]);
    assert_eq!(keys(store.waiting_inbound(Some("C1"), 2).await.unwrap()), ["a10", "a20"]);
    assert_eq!(store.waiting_inbound_lanes().await.unwrap(), ["C0", "C1"]);
}

async fn a_row_is_finished_once(database: Database) {
    let store = open(&database).await;
    let incident = incident(&store, "C1").await;
    let row = receive(&store, typed("Ev1", "C1", 1)).await;
    assert!(!store.is_done(row.id).await.unwrap());
    let first = after(&incident, 1, [noted("one")]);
    store.commit(commit(&first, incident.version, vec![reaction("C1", 1)], Some(row.id), 2)).await.unwrap();
    assert!(store.is_done(row.id).await.unwrap());
    assert_eq!(store.waiting_inbound(None, 10).await.unwrap(), []);

    let again = after(&first, 1, [noted("two")]);
    let again = store.commit(commit(&again, first.version, vec![reaction("C1", 1)], Some(row.id), 3)).await;
    assert_eq!(again, Err(StoreError::AlreadyDone));
    assert_eq!(store.version(incident.id).await.unwrap(), first.version);
    assert_eq!(store.waiting_outbox(None, 10).await.unwrap().len(), 1);
    // A finished event that comes again stays finished.
    assert_eq!(store.receive(typed("Ev1", "C1", 1)).await.unwrap(), Received::Known);
}

async fn panics_are_counted_once_each(database: Database) {
    let store = open(&database).await;
    let row = receive(&store, typed("Ev1", "C1", 1)).await;
    assert_eq!(store.panicked(row.id, row.panics).await.unwrap(), 1);
    assert_eq!(store.panicked(row.id, row.panics).await.unwrap(), 1);
    let row = store.waiting_inbound(None, 1).await.unwrap().remove(0);
    assert_eq!(row.panics, 1);
    assert_eq!(store.panicked(row.id, row.panics).await.unwrap(), 2);
    assert_eq!(store.waiting_inbound(None, 1).await.unwrap()[0].panics, 2);
}

async fn what_is_set_aside_is_finished(database: Database) {
    let store = open(&database).await;
    let row = receive(&store, typed("Ev1", "C1", 1)).await;
    let said = store.set_aside(row.id, "it panicked\0twice", vec![reaction("C1", 1)], at(3)).await.unwrap();
    assert_eq!(said.outbox, store.waiting_outbox(None, 10).await.unwrap());
    assert_eq!(said.outbox[0].cause, Some(row.id));
    assert!(store.is_done(row.id).await.unwrap());
    assert_eq!(store.set_aside(row.id, "again", Vec::new(), at(4)).await, Err(StoreError::AlreadyDone));
}

async fn marks_only_move_forward(database: Database) {
    let store = open(&database).await;
    let channel = "C1".into();
    assert_eq!(store.mark(&channel).await.unwrap(), None);
    receive(&store, typed("Ev1", "C1", 10)).await;
    assert_eq!(store.mark(&channel).await.unwrap(), Some(ts(10)));
    store.advance_mark(&channel, &ts(30)).await.unwrap();
    receive(&store, typed("Ev2", "C1", 20)).await;
    store.advance_mark(&channel, &ts(5)).await.unwrap();
    assert_eq!(store.mark(&channel).await.unwrap(), Some(ts(30)));
    assert_eq!(store.marks().await.unwrap(), [(channel, ts(30))]);
}
