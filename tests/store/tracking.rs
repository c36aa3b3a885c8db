//! How far tracking issues are brought up to date.

use breakingbot::core::effect::Effect;
use breakingbot::core::event::Event;
use breakingbot::core::ids::IncidentId;
use breakingbot::core::incident::Incident;
use breakingbot::core::tracking::changes::{Synced, Tracking};
use breakingbot::core::tracking::{Issue, Phase};
use breakingbot::data::{After, Commit, OutboxRow, Store};
use testing::Database;

use crate::cases;
use crate::fixtures::*;

cases!(
    what_is_behind_is_found_ordered_once_and_found_no_more,
    what_was_refused_is_ordered_again_later_or_when_something_changes,
    how_an_issue_stands_is_stored_with_the_end_of_the_effect,
    two_copies_never_order_the_same,
    what_nobody_noted_is_noted_at_the_start,
    an_issue_is_part_of_its_incident,
);

fn issue() -> Issue {
    Issue { id: "10001".into(), key: "OPS-1".into(), url: "https://tracker.example/OPS-1".into() }
}

/// An incident with something that its issue has to know.
async fn changed(store: &Store, before: &Incident, second: i64) -> Incident {
    let incident = after(before, second, [noted("news")]);
    let rows = After::new(&incident, before.version, at(second), None).unwrap().to_be_tracked();
    store.commit(Commit { incident: Some(rows), effects: Vec::new(), inbox: None, at: at(second) }).await.unwrap();
    incident
}

async fn behind(store: &Store, second: i64) -> Vec<i64> {
    let found = store.behind(at(second), IncidentId(0), 10).await.unwrap();
    found.into_iter().map(|incident| incident.0).collect()
}

async fn order(store: &Store, incident: &Incident, second: i64) -> Option<OutboxRow> {
    store.order_sync(incident.id, at(second), at(second + 3600)).await.unwrap()
}

fn synced(seq: u64) -> Synced {
    Synced {
        issue: Some(issue()),
        seq,
        phase: Some(Phase::Started),
        status: Some("In progress".into()),
        by_hand: false,
    }
}

async fn what_is_behind_is_found_ordered_once_and_found_no_more(database: Database) {
    let store = open(&database).await;
    let quiet = incident(&store, "C1").await;
    let one = changed(&store, &incident(&store, "C2").await, 1).await;
    let other = changed(&store, &incident(&store, "C3").await, 1).await;
    assert_eq!(behind(&store, 2).await, [one.id.0, other.id.0]);
    assert_eq!(store.behind(at(2), one.id, 10).await.unwrap(), [other.id]);
    assert_eq!(store.behind(at(2), IncidentId(0), 1).await.unwrap(), [one.id]);
    let row = order(&store, &one, 2).await.unwrap();
    assert_eq!((row.effect.clone(), row.incident, row.lane.as_str()), (Effect::TrackSync, Some(one.id), "tracker:2"));
    assert_eq!(order(&store, &one, 3).await, None, "it is ordered");
    assert_eq!(order(&store, &quiet, 3).await, None, "there is nothing to know");
    assert_eq!(behind(&store, 4).await, [other.id.0]);
    // What changes meanwhile is ordered, too, and replaces what has not left.
    let one = changed(&store, &one, 5).await;
    let later = order(&store, &one, 6).await.unwrap();
    let waiting = store.waiting_outbox(Some("tracker:2"), 10).await.unwrap();
    assert_eq!(waiting.iter().map(|row| row.id).collect::<Vec<_>>(), [later.id]);
}

async fn what_was_refused_is_ordered_again_later_or_when_something_changes(database: Database) {
    let store = open(&database).await;
    let one = changed(&store, &incident(&store, "C1").await, 1).await;
    let row = order(&store, &one, 2).await.unwrap();
    store.refused(&row, "the bot may not do that", tried(3), None, Vec::new()).await.unwrap().unwrap();
    let trouble = store.tracking(one.id).await.unwrap().unwrap().trouble.unwrap();
    assert_eq!((trouble.why.as_str(), trouble.at), ("the bot may not do that", at(3)));
    assert_eq!(behind(&store, 3601).await, [0; 0]);
    assert_eq!(behind(&store, 3602).await, [one.id.0]);
    assert!(order(&store, &one, 3602).await.is_some());
    assert_eq!(behind(&store, 3603).await, [0; 0]);
    changed(&store, &one, 3604).await;
    assert_eq!(behind(&store, 3605).await, [one.id.0]);
}

async fn how_an_issue_stands_is_stored_with_the_end_of_the_effect(database: Database) {
    let store = open(&database).await;
    assert_eq!(store.tracking(IncidentId(1)).await.unwrap(), None);
    let one = changed(&store, &incident(&store, "C1").await, 1).await;
    let row = order(&store, &one, 2).await.unwrap();
    store.attempt(one.id, one.version, at(5)).await.unwrap();
    store.attempt(one.id, 1, at(6)).await.unwrap();
    let attempted = store.tracking(one.id).await.unwrap().unwrap();
    assert_eq!((attempted.attempted, attempted.attempted_at), (one.version, Some(at(5))));
    let settled = store.synced(row.id, one.id, &synced(one.version), tried(9), None).await.unwrap();
    assert!(settled.is_some());
    let expected = Tracking {
        changed: one.version,
        attempted: one.version,
        synced: one.version,
        synced_at: Some(at(9)),
        issue: Some(issue()),
        phase: Some(Phase::Started),
        status: Some("In progress".into()),
        ..Tracking::default()
    };
    assert_eq!(store.tracking(one.id).await.unwrap(), Some(expected.clone()));
    assert_eq!(behind(&store, 99_999).await, [0; 0]);
    // Once more changes nothing, nor does an effect that was replaced meanwhile.
    let again = store.synced(row.id, one.id, &Synced { seq: 99, ..synced(99) }, tried(10), None).await.unwrap();
    assert_eq!(again, None);
    assert_eq!(store.tracking(one.id).await.unwrap(), Some(expected));
    // An older one never takes it back.
    let two = changed(&store, &one, 11).await;
    let row = order(&store, &two, 12).await.unwrap();
    store
        .synced(row.id, one.id, &Synced { issue: None, phase: None, status: None, ..synced(0) }, tried(13), None)
        .await
        .unwrap();
    let kept = store.tracking(one.id).await.unwrap().unwrap();
    assert_eq!((kept.synced, kept.issue, kept.phase), (one.version, Some(issue()), Some(Phase::Started)));
}

async fn two_copies_never_order_the_same(database: Database) {
    let one = open(&database).await;
    let mut incidents = Vec::new();
    for i in 0..20 {
        incidents.push(changed(&one, &incident(&one, &format!("C{i}")).await, 1).await);
    }
    let other = if one.is_exclusive() { one.clone() } else { open(&database).await };
    let orders = incidents.iter().flat_map(|incident| [(&one, incident), (&other, incident)]);
    let orders = futures(orders.map(|(store, incident)| order(store, incident, 2))).await;
    assert_eq!(orders.iter().flatten().count(), 20);
    assert_eq!(one.waiting_outbox(None, 100).await.unwrap().len(), 20);
}

async fn what_nobody_noted_is_noted_at_the_start(database: Database) {
    let store = open(&database).await;
    let burning = incident(&store, "C1").await;
    let over = incident(&store, "C2").await;
    let over = {
        let after = after(&over, 2, [Event::Canceled { why: None }]);
        store.commit(commit(&after, over.version, Vec::new(), None, 2)).await.unwrap();
        after
    };
    let id = store.next_number().await.unwrap().id;
    let opening = after(&Incident::nothing(id), 0, [declared()]);
    store.commit(commit(&opening, 0, Vec::new(), None, 0)).await.unwrap();
    assert_eq!(behind(&store, 3).await, [0; 0]);
    for _ in 0..2 {
        store.begin_tracking().await.unwrap();
        assert_eq!(behind(&store, 3).await, [burning.id.0], "{over:?}");
    }
}

async fn an_issue_is_part_of_its_incident(database: Database) {
    let store = open(&database).await;
    let one = incident(&store, "C1").await;
    let linked = after(&one, 3, [Event::IssueLinked { issue: issue() }]);
    store.commit(commit(&linked, one.version, Vec::new(), None, 3)).await.unwrap();
    let folded = same_as_folded(&store, one.id).await;
    assert_eq!(folded.issue, Some(issue()));
    let board = store.board(breakingbot::data::BoardFilter::Live).await.unwrap();
    assert_eq!(board.first().and_then(|entry| entry.issue.clone()), Some(issue()));
}
