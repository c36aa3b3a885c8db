//! What goes out: in order, settled once, topics replaced.

use breakingbot::core::delivery::{Fate, Undecided};
use breakingbot::core::effect::{Class, Effect};
use breakingbot::core::inbound::{Inbound, Outcome};
use breakingbot::data::{Attempt, Commit, NewInbound, OutboxRow, Store};
use testing::Database;

use crate::fixtures::*;

crate::cases! {
    effects_wait_by_lane_and_class_and_age,
    a_later_topic_replaces_what_waits,
    an_effect_is_settled_once_and_its_outcome_comes_back_once,
    a_refusal_is_told,
    an_attempt_is_put_off,
    receipts_tell_what_became_of_what,
    what_came_in_and_led_to_nothing_is_told,
    finished_rows_are_pruned_and_their_ids_not_used_again,
}

async fn say(store: &Store, effects: Vec<Effect>, second: i64) -> Vec<OutboxRow> {
    let commit = Commit { incident: None, effects, inbox: None, at: at(second) };
    store.commit(commit).await.unwrap().outbox
}

async fn effects_wait_by_lane_and_class_and_age(database: Database) {
    let store = open(&database).await;
    let first =
        say(&store, vec![topic("C1", "a"), post("C1", "b"), reaction("C1", 1), post("C0", "c"), reaction("C1", 2)], 1)
            .await;
    let second = say(&store, vec![reaction("C1", 3)], 2).await;
    let [topic, post, one, other, two] = first.as_slice() else { panic!("{first:?}") };
    let expected = [other, one, two, &second[0], post, topic].map(Clone::clone);
    assert_eq!(store.waiting_outbox(None, 10).await.unwrap(), expected);
    assert_eq!(store.waiting_outbox(Some("C1"), 2).await.unwrap(), expected[1..3]);
    assert_eq!(store.waiting_outbox_lanes().await.unwrap(), ["C0", "C1"]);
    assert_eq!(topic.class, Class::Housekeeping);
}

async fn a_later_topic_replaces_what_waits(database: Database) {
    let store = open(&database).await;
    let one = say(&store, vec![topic("C1", "one"), topic("C2", "other")], 1).await;
    let two = say(&store, vec![topic("C1", "two"), reaction("C1", 1), topic("C1", "three")], 2).await;
    assert_eq!(two.iter().map(|row| &row.effect).collect::<Vec<_>>(), [&reaction("C1", 1), &topic("C1", "three")]);
    assert_eq!(store.waiting_outbox(Some("C1"), 10).await.unwrap(), two);
    assert_eq!(store.waiting_outbox(Some("C2"), 10).await.unwrap(), one[1..]);
    // It was on its way when it was replaced.
    assert_eq!(store.sent(one[0].id, None, tried(3), None).await.unwrap(), None);

    let many = futures((0..30).map(|n| say(&store, vec![topic("C3", &format!("topic {n}"))], n))).await;
    let waiting = store.waiting_outbox(Some("C3"), 10).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert!(many.concat().iter().all(|row| row.id <= waiting[0].id));
}

async fn an_effect_is_settled_once_and_its_outcome_comes_back_once(database: Database) {
    let store = open(&database).await;
    let incident = incident(&store, "C1").await;
    let open_channel = vec![Effect::OpenChannel { name: "breaking-1".into() }];
    let row = store.commit(commit(&incident, incident.version, open_channel, None, 1)).await.unwrap().outbox.remove(0);
    assert_eq!(row.lane, format!("incident:{}", incident.id));
    let outcome = Outcome::ChannelOpened { channel: "C1".into(), name: "breaking-1".into() };
    let came = Inbound::Came { incident: incident.id, outcome };
    let comes_back = || Some(NewInbound::of_outbox(row.id, came.clone(), at(2)));
    let settled = store.sent(row.id, Some(ts(2)), tried(2), comes_back()).await.unwrap().unwrap();
    let back = settled.came_back.unwrap();
    assert_eq!(back.body, came);
    assert_eq!(store.waiting_inbound(Some(&row.lane), 10).await.unwrap(), [back]);
    assert_eq!(store.sent(row.id, Some(ts(2)), tried(3), comes_back()).await.unwrap(), None);
    assert_eq!(store.refused(&row, "no", tried(3), comes_back(), vec![reaction("C1", 1)]).await.unwrap(), None);
    assert_eq!(store.waiting_outbox(None, 10).await.unwrap(), []);
    assert_eq!(store.waiting_inbound(None, 10).await.unwrap().len(), 1);
}

async fn a_refusal_is_told(database: Database) {
    let store = open(&database).await;
    let row = say(&store, vec![post("C1", "hello")], 1).await.remove(0);
    let told = vec![post("C0", "C1 is archived"), reaction("C2", 1)];
    let settled = store.refused(&row, "is_archived", tried(2), None, told.clone()).await.unwrap().unwrap();
    assert_eq!(settled.outbox.iter().map(|row| row.effect.clone()).collect::<Vec<_>>(), told);
    assert_eq!(store.waiting_outbox(None, 10).await.unwrap(), settled.outbox);
}

async fn an_attempt_is_put_off(database: Database) {
    let store = open(&database).await;
    let row = say(&store, vec![post("C1", "hello")], 1).await.remove(0);
    store.postponed(row.id, "ratelimited", at(30)).await.unwrap();
    let waiting = store.waiting_outbox(None, 10).await.unwrap().remove(0);
    assert_eq!((waiting.attempts, waiting.next_attempt_at), (1, at(30)));
    assert_eq!(waiting.last_error.as_deref(), Some("ratelimited"));
    store.sent(row.id, None, tried(31), None).await.unwrap().unwrap();
    store.postponed(row.id, "late", at(60)).await.unwrap();
    assert_eq!(store.waiting_outbox(None, 10).await.unwrap(), []);
}

async fn receipts_tell_what_became_of_what(database: Database) {
    let store = open(&database).await;
    let incident = incident(&store, "C1").await;
    let command = receive(&store, typed("Ev1", "C1", 1)).await;
    let effects = vec![reaction("C1", 1), topic("C1", "one"), post("C1", "refused")];
    let one = after(&incident, 1, [noted("one")]);
    let rows = store.commit(commit(&one, incident.version, effects, Some(command.id), 3)).await.unwrap().outbox;
    store.sent(rows[0].id, Some(ts(4)), Attempt { began: at(3), ended: at(4) }, None).await.unwrap().unwrap();
    store.refused(&rows[2], "msg_too_long", tried(5), None, Vec::new()).await.unwrap().unwrap();
    let waits = store.commit(commit(&one, one.version, vec![topic("C1", "two")], None, 6)).await.unwrap().outbox;
    store.postponed(waits[0].id, "ratelimited", at(30)).await.unwrap();

    let told = store.delivery(incident.id, None, 10).await.unwrap();
    let fates: Vec<_> = told.entries.iter().map(|entry| (entry.fate, entry.settled_at)).collect();
    let expected =
        [(Fate::Sent, Some(at(4))), (Fate::Replaced, Some(at(6))), (Fate::Refused, Some(at(5))), (Fate::Waiting, None)];
    assert_eq!(fates, expected);
    let [sent, _, refused, waiting] = told.entries.as_slice() else { panic!("{told:?}") };
    assert_eq!((sent.received_at, sent.decided_at, sent.sent_at), (Some(command.received_at), at(3), Some(at(3))));
    assert_eq!((sent.cause.as_ref(), sent.receipt.as_ref()), (Some(&command.body), Some(&ts(4))));
    assert_eq!((refused.last_error.as_deref(), refused.attempts), (Some("msg_too_long"), 1));
    assert_eq!((waiting.cause.as_ref(), waiting.next_attempt_at, waiting.attempts), (None, at(30), 1));
    let [first, .., last] = told.entries.as_slice() else { panic!("{told:?}") };
    // Of the older ones, only what waits.
    store.commit(commit(&one, one.version, vec![reaction("C1", 9)], None, 7)).await.unwrap();
    let latest = store.delivery(incident.id, None, 1).await.unwrap().entries;
    assert!(latest.len() == 2 && latest[0] == *last && latest[1].effect == reaction("C1", 9), "{latest:?}");
    assert_ne!(first.effect, last.effect);
}

async fn what_came_in_and_led_to_nothing_is_told(database: Database) {
    let store = open(&database).await;
    let incident = incident(&store, "C1").await;
    let broken = receive(&store, typed("Ev1", "C1", 1)).await;
    store.set_aside(broken.id, "it ended its actor", Vec::new(), at(2)).await.unwrap();
    let waiting = receive(&store, typed("Ev2", "C1", 3)).await;
    receive(&store, typed("Ev3", "C2", 4)).await;
    let undecided = |row: &breakingbot::data::InboxRow, set_aside: Option<&str>| Undecided {
        inbound: row.body.clone(),
        received_at: row.received_at,
        set_aside: set_aside.map(str::to_owned),
    };
    let told = store.delivery(incident.id, incident.channel.as_ref(), 10).await.unwrap();
    assert_eq!(told.undecided, [undecided(&broken, Some("it ended its actor")), undecided(&waiting, None)]);
    assert_eq!(store.delivery(incident.id, None, 10).await.unwrap().undecided, []);
}

async fn finished_rows_are_pruned_and_their_ids_not_used_again(database: Database) {
    let store = open(&database).await;
    let mut last = None;
    for n in 0..600 {
        last = say(&store, vec![reaction("C1", n)], n).await.pop();
    }
    let rows = store.waiting_outbox(None, 1000).await.unwrap();
    futures(
        rows.iter().map(|row| store.sent(row.id, None, Attempt { began: row.decided_at, ended: row.decided_at }, None)),
    )
    .await;
    let old = receive(&store, typed("Ev1", "C1", 1)).await;
    store.set_aside(old.id, "old", Vec::new(), at(1)).await.unwrap();
    let waiting = receive(&store, typed("Ev2", "C1", 2)).await;

    let pruned = store.prune(at(599)).await.unwrap();
    assert_eq!((pruned.inbox, pruned.outbox), (1, 599));
    assert_eq!(store.prune(at(10_000)).await.unwrap().outbox, 1);
    assert_eq!(store.waiting_inbound(None, 10).await.unwrap(), [waiting]);
    let next = say(&store, vec![reaction("C1", 1)], 1).await.pop();
    assert!(next.unwrap().id > last.unwrap().id);
    // A pruned event that comes again is new: its id is not.
    assert!(receive(&store, typed("Ev1", "C1", 1)).await.id > old.id);
}
