//! Several copies on one PostgreSQL database: lanes are leased, and others are woken.

use std::time::Duration;

use breakingbot::core::incident::Incident;
use breakingbot::data::{Claim, Listener, Received, Side, Store, StoreError, Wake};
use testing::Database;
use tokio::sync::broadcast::Receiver;

use crate::fixtures::*;

const LONG: Duration = Duration::from_secs(600);

async fn two() -> Option<(Database, Store, Store)> {
    let database = testing::postgres::database()?;
    let (one, other) = (open(&database).await, open(&database).await);
    assert!(!one.is_exclusive());
    Some((database, one, other))
}

/// Two copies that hear each other.
async fn two_that_hear(database: &Database) -> [(Store, Receiver<Wake>); 2] {
    let mut copies = Vec::new();
    for _ in 0..2 {
        let store = open(database).await;
        let wakes = store.wakes();
        copies.push((store, wakes));
    }
    let mut copies: [_; 2] = copies.try_into().unwrap();
    for (_, wakes) in &mut copies {
        stands(wakes).await;
    }
    copies
}

/// The listening connection says when it stands.
async fn stands(wakes: &mut Receiver<Wake>) {
    while wakes.recv().await.unwrap() != Wake::Anywhere {}
}

fn names(claims: &[Claim]) -> Vec<(&str, bool)> {
    claims.iter().map(|claim| (claim.lane.as_str(), claim.taken_over)).collect()
}

#[tokio::test]
async fn copies_that_declare_at_once_take_each_number_once_and_leave_none_out() {
    let Some((_database, one, other)) = two().await else { return };
    let declare = async |store: &Store| loop {
        let number = store.next_number().await.unwrap();
        let declared = after(&Incident::nothing(number.id), 0, [declared()]);
        match store.commit(commit(&declared, 0, Vec::new(), None, 0)).await {
            Ok(_) => return number.id.0,
            // The other was faster.
            Err(error) => assert_eq!(error, StoreError::VersionConflict),
        }
    };
    let mut numbers = futures((0..25).flat_map(|_| [declare(&one), declare(&other)])).await;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=50).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_lane_has_one_holder_until_its_lease_ends() {
    let Some((_database, one, other)) = two().await else { return };
    receive(&one, typed("Ev1", "C1", 1)).await;
    receive(&one, typed("Ev2", "C2", 1)).await;
    let lanes = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();

    let first = lanes(&["C1"]);
    assert_eq!(names(&one.claim_lanes("one", Side::Inbox, Some(&first), LONG).await.unwrap()), [("C1", false)]);
    assert_eq!(names(&other.claim_lanes("other", Side::Inbox, Some(&first), LONG).await.unwrap()), []);
    assert_eq!(names(&other.claim_lanes("other", Side::Inbox, None, LONG).await.unwrap()), [("C2", false)]);
    assert_eq!(names(&one.claim_lanes("one", Side::Inbox, None, LONG).await.unwrap()), [("C1", false)]);
    // The other side of the same channel is another lane.
    assert_eq!(names(&other.claim_lanes("other", Side::Outbox, Some(&first), LONG).await.unwrap()), [("C1", false)]);

    // A lease that ends leaves the lane to whoever comes, who is told that it was somebody's.
    assert_eq!(one.renew_lanes("one", Duration::ZERO).await.unwrap(), [(Side::Inbox, "C1".to_owned())]);
    assert_eq!(names(&other.claim_lanes("other", Side::Inbox, Some(&first), LONG).await.unwrap()), [("C1", true)]);
    assert_eq!(names(&one.claim_lanes("one", Side::Inbox, Some(&first), LONG).await.unwrap()), []);
    assert_eq!(one.renew_lanes("one", LONG).await.unwrap(), []);

    // One that is given up leaves no trace.
    other.release_lanes("other", Side::Inbox, &first).await.unwrap();
    assert_eq!(names(&one.claim_lanes("one", Side::Inbox, Some(&first), LONG).await.unwrap()), [("C1", false)]);
    other.release("other").await.unwrap();
    assert_eq!(names(&one.claim_lanes("one", Side::Inbox, None, LONG).await.unwrap()), [("C1", false), ("C2", false)]);
}

#[tokio::test]
async fn one_listens_until_it_stops_or_its_lease_ends() {
    let Some(database) = testing::postgres::database() else { return };
    let [(one, _), (other, mut wakes)] = two_that_hear(&database).await;
    let listener = |gap, taken_over| Some(Listener { gap, taken_over });
    assert_eq!(one.listen(LONG).await.unwrap(), listener(1, false));
    assert_eq!(other.listen(LONG).await.unwrap(), None);
    assert_eq!(one.listen(LONG).await.unwrap(), listener(1, false));

    // What was begun is on record before the next row is.
    assert_eq!(one.begin_gap().await.unwrap(), 2);
    assert_eq!(other.gap().await.unwrap(), 2);

    other.stop_listening().await.unwrap();
    assert_eq!(other.listen(LONG).await.unwrap(), None, "it was not its to stop");
    one.stop_listening().await.unwrap();
    while wakes.recv().await.unwrap() != Wake::Listener {}
    assert_eq!(other.listen(Duration::ZERO).await.unwrap(), listener(3, false));
    assert_eq!(one.listen(LONG).await.unwrap(), listener(4, true));
    assert_eq!(other.listen(LONG).await.unwrap(), None);
}

#[tokio::test]
async fn one_that_listened_and_is_gone_is_not_waited_for() {
    let Some(database) = testing::postgres::database() else { return };
    let [(one, _), (other, _)] = two_that_hear(&database).await;
    assert_eq!(one.listen(LONG).await.unwrap(), Some(Listener { gap: 1, taken_over: false }));
    assert_eq!(other.listen(LONG).await.unwrap(), None);
    // It says nothing; only its connections end.
    one.close().await;
    let taken_over = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            if let Some(listener) = other.listen(LONG).await.unwrap() {
                return listener;
            }
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(taken_over.await.unwrap(), Listener { gap: 2, taken_over: true });
}

#[tokio::test]
async fn after_a_restart_of_the_database_the_one_that_listened_goes_on() {
    let Some(server) = testing::postgres::Server::start() else { return };
    let database = server.database();
    let [(one, mut ones), (other, mut others)] = two_that_hear(&database).await;
    let listens = Some(Listener { gap: 1, taken_over: false });
    assert_eq!(one.listen(Duration::ZERO).await.unwrap(), listens);
    server.stop().unwrap();
    server.resume().unwrap();
    // Both are back. Everybody looked as if they were gone, and the lease is over; the other still lets it go first.
    stands(&mut ones).await;
    stands(&mut others).await;
    assert_eq!(other.listen(LONG).await.unwrap(), None);
    assert_eq!(one.listen(LONG).await.unwrap(), listens);
    assert_eq!(other.listen(LONG).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_leases_of_one_that_is_gone_are_ended_and_taken_over() {
    let Some((_database, one, other)) = two().await else { return };
    let lanes = ["C1".to_owned()];
    one.claim_lanes("gone", Side::Inbox, Some(&lanes), LONG).await.unwrap();
    other.claim_lanes("other", Side::Inbox, Some(&["C2".to_owned()]), LONG).await.unwrap();
    let mut owners = other.lease_owners().await.unwrap();
    owners.sort();
    assert_eq!(owners, ["gone", "other"]);
    other.end_leases("gone").await.unwrap();
    assert_eq!(other.lease_owners().await.unwrap(), ["other"]);
    assert_eq!(names(&other.claim_lanes("other", Side::Inbox, Some(&lanes), LONG).await.unwrap()), [("C1", true)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lanes_that_many_claim_at_once_go_to_one_each() {
    let Some((_database, one, other)) = two().await else { return };
    let lanes: Vec<String> = (0..50).map(|n| format!("C{n}")).collect();
    let claims = futures((0..16).map(|n| {
        let (store, lanes) = (if n % 2 == 0 { one.clone() } else { other.clone() }, lanes.clone());
        async move { store.claim_lanes(&format!("owner {n}"), Side::Outbox, Some(&lanes), LONG).await.unwrap() }
    }))
    .await;
    let mut held: Vec<String> = claims.concat().into_iter().map(|claim| claim.lane).collect();
    held.sort_unstable();
    let mut all = lanes;
    all.sort_unstable();
    assert_eq!(held, all);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_copies_receive_is_recorded_once() {
    let Some((_database, one, other)) = two().await else { return };
    let received = futures((0..100).map(|n| {
        let (store, second) = (if n % 2 == 0 { one.clone() } else { other.clone() }, n / 2);
        async move { store.receive(typed(&format!("Ev{n}"), "C1", second)).await.unwrap() }
    }))
    .await;
    assert_eq!(received.iter().filter(|received| **received != Received::Known).count(), 50);
    assert_eq!(one.waiting_inbound(None, 1000).await.unwrap().len(), 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_that_decide_on_one_incident_reload_and_decide_again() {
    let Some((_database, one, other)) = two().await else { return };
    let id = incident(&one, "C1").await.id;
    let notes = |store: Store, who: &'static str| async move {
        for n in 0..25 {
            let row = receive(&store, typed(&format!("{who}{n}"), who, n)).await;
            loop {
                let before: Incident = store.load(id).await.unwrap().unwrap();
                let next = after(&before, n, [noted(who)]);
                match store.commit(commit(&next, before.version, vec![topic(who, "t")], Some(row.id), n)).await {
                    Ok(_) => break,
                    Err(error) => assert_eq!(error, StoreError::VersionConflict),
                }
            }
        }
    };
    tokio::join!(notes(one.clone(), "CA"), notes(other.clone(), "CB"));
    assert_eq!(same_as_folded(&other, id).await.version, 2 + 50);
    assert_eq!(one.waiting_outbox(None, 100).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_are_woken_for_lanes_that_are_not_ours() {
    let Some((_database, one, other)) = two().await else { return };
    let (mut own, mut wakes) = (one.wakes(), other.wakes());
    stands(&mut wakes).await;

    receive(&one, typed("Ev1", "C1", 1)).await;
    assert_eq!(wakes.recv().await.unwrap(), Wake::Lane(Side::Inbox, "C1".to_owned()));
    let before = incident(&one, "C1").await;
    one.commit(commit(&before, before.version, vec![post("C1", "x")], None, 1)).await.unwrap();
    assert_eq!(wakes.recv().await.unwrap(), Wake::Lane(Side::Outbox, "C1".to_owned()));

    // Once the lane is ours, nobody need know.
    one.claim_lanes("one", Side::Inbox, Some(&["C1".to_owned()]), LONG).await.unwrap();
    receive(&one, typed("Ev2", "C1", 2)).await;
    receive(&one, typed("Ev3", "C2", 3)).await;
    assert_eq!(wakes.recv().await.unwrap(), Wake::Lane(Side::Inbox, "C2".to_owned()));
    while let Ok(wake) = own.try_recv() {
        assert_eq!(wake, Wake::Anywhere);
    }
}
