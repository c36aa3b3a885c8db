//! The history: merged whatever comes first, withheld, marked, pruned.

use breakingbot::core::forget::{Forget, placeholder};
use breakingbot::core::history::{Attached, Chatter, Kept, Kind, Utterance};
use breakingbot::core::ids::{ChannelId, DeskName, IncidentId, Source, UserId};
use breakingbot::core::incident::Incident;
use breakingbot::core::prose::{Piece, Prose};
use breakingbot::data::{After, Commit, HistoryBatch, Store};
use testing::Database;

use crate::cases;
use crate::fixtures::*;

cases!(
    batches_merge_in_any_order,
    words_are_withheld_when_a_desk_wants_that,
    marks_go_forward_and_gaps_back,
    it_is_read_page_by_page,
    it_is_read_from_the_beginning_up_to_a_bound,
    each_desk_forgets_by_itself,
    what_stands_is_listed_for_comparing,
    a_person_is_forgotten,
);

const ROOM: &str = "C0ROOM";

fn woo() -> DeskName {
    DeskName::new("woo")
}

async fn room(database: &Database) -> (Store, IncidentId) {
    let store = open(database).await;
    let id = store.next_number().await.unwrap().id;
    let incident = after(&Incident::nothing(id), 0, [declared(), opened(ROOM)]);
    let rows = After::new(&incident, 0, at(0), None).unwrap();
    store.commit(Commit { incident: Some(rows), effects: Vec::new(), inbox: None, at: at(0) }).await.unwrap();
    (store, id)
}

fn utterance(second: i64, text: &str) -> Utterance {
    Utterance {
        source: source(ROOM, second),
        at: at(second),
        kind: Kind::Said,
        author: Some("U0ALICE".into()),
        by_bot: false,
        text: text.into(),
        files: Vec::new(),
        changed: None,
    }
}

fn said(second: i64) -> Chatter {
    Chatter::Said(Box::new(utterance(second, &format!("word {second}"))))
}

fn gone(second: i64, when: i64) -> Chatter {
    Chatter::Deleted { channel: ROOM.into(), message: ts(second), at: at(when), before: None }
}

fn reacted(second: i64, when: i64, there: bool) -> Chatter {
    let (channel, message, by) = (ChannelId::new(ROOM), ts(second), "U0BOB".into());
    Chatter::Reacted { channel, message, by, emoji: "eyes".to_owned(), at: at(when), there }
}

async fn keep(store: &Store, all: &[Chatter], keeps_deleted: bool) {
    let mut batch = HistoryBatch::default();
    for one in all {
        batch.add(&woo(), one, keeps_deleted).unwrap();
    }
    store.keep_history(batch).await.unwrap();
}

async fn kept(store: &Store, id: IncidentId) -> Vec<Kept> {
    store.history_of(id, None, 1_000).await.unwrap()
}

async fn batches_merge_in_any_order(database: Database) {
    let (store, id) = room(&database).await;
    let changed = Utterance { changed: Some(at(50)), ..utterance(1, "second\0") };
    let reply = Utterance {
        source: Source { thread: Some(ts(1)), ..source(ROOM, 2) },
        files: vec![Attached { name: "graph.png".to_owned(), link: Some("https://x.example/1".to_owned()) }],
        ..utterance(2, "look")
    };
    let all = [
        Chatter::Said(Box::new(utterance(1, "first"))),
        Chatter::Changed { now: Box::new(changed), before: None },
        Chatter::Said(Box::new(reply.clone())),
        reacted(2, 60, true),
        reacted(2, 61, false),
        reacted(2, 62, true),
        gone(3, 70),
        said(3),
    ];
    // One by one, backwards, all at once, and from two sides at a time.
    for one in all.iter().chain(all.iter().rev()) {
        keep(&store, std::slice::from_ref(one), true).await;
    }
    keep(&store, &all, true).await;
    let backwards: Vec<Chatter> = all.iter().rev().cloned().collect();
    tokio::join!(keep(&store, &all, true), keep(&store, &backwards, true));
    let kept = kept(&store, id).await;
    assert_eq!(kept.len(), 3);
    let words = |kept: &Kept| -> Vec<String> {
        kept.versions.iter().map(|version| version.text.as_ref().map_or_else(String::new, Prose::readable)).collect()
    };
    assert_eq!(words(&kept[0]), ["first", "second\0"]);
    assert_eq!((kept[0].earlier().len(), kept[0].deleted), (1, None));
    assert_eq!((&kept[1].source, &kept[1].files), (&reply.source, &reply.files));
    assert_eq!(kept[1].reactions.iter().map(|one| one.at).collect::<Vec<_>>(), [at(62)]);
    assert_eq!((words(&kept[2]), kept[2].deleted), (vec!["word 3".to_owned()], Some(at(70))));
    assert_eq!(kept[2].author, Some("U0ALICE".into()));
}

async fn words_are_withheld_when_a_desk_wants_that(database: Database) {
    let (store, id) = room(&database).await;
    let secret =
        Utterance { files: vec![Attached { name: "secret.txt".to_owned(), link: None }], ..utterance(1, "secret") };
    let later = Utterance { changed: Some(at(30)), ..secret.clone() };
    let gone = gone(1, 50);
    keep(&store, &[Chatter::Said(Box::new(secret.clone()))], false).await;
    keep(&store, std::slice::from_ref(&gone), false).await;
    // What comes late does not bring them back.
    keep(&store, &[Chatter::Changed { now: Box::new(later), before: Some(Box::new(secret)) }, gone], false).await;
    let kept = kept(&store, id).await;
    assert_eq!((kept.len(), kept[0].text(), kept[0].deleted), (1, None, Some(at(50))));
    assert!(kept[0].versions.iter().all(|version| version.text.is_none()));
    assert_eq!(kept[0].files, []);
}

async fn marks_go_forward_and_gaps_back(database: Database) {
    let (store, _) = room(&database).await;
    let channel = ChannelId::new(ROOM);
    assert_eq!(store.history_mark(&channel).await.unwrap(), None);
    let keep = async |change: &dyn Fn(&mut HistoryBatch)| {
        let mut batch = HistoryBatch::default();
        change(&mut batch);
        store.keep_history(batch).await.unwrap();
        let mark = store.history_mark(&channel).await.unwrap().unwrap();
        (mark.message.to_string(), mark.gap.map(|gap| gap.to_string()))
    };
    let told = |second: i64| ts(second).to_string();
    assert_eq!(keep(&|batch| batch.mark(&channel, &ts(5))).await, (told(5), None));
    assert_eq!(keep(&|batch| batch.mark(&channel, &ts(3))).await, (told(5), None));
    assert_eq!(keep(&|batch| batch.lacks(&channel, &ts(4))).await, (told(5), Some(told(4))));
    assert_eq!(keep(&|batch| batch.lacks(&channel, &ts(6))).await, (told(5), Some(told(4))));
    assert_eq!(keep(&|batch| batch.lacks(&channel, &ts(2))).await, (told(5), Some(told(2))));
    let whole = |batch: &mut HistoryBatch| {
        batch.mark(&channel, &ts(9));
        batch.is_whole(&channel);
    };
    assert_eq!(keep(&whole).await, (told(9), None));
}

async fn it_is_read_page_by_page(database: Database) {
    let (store, id) = room(&database).await;
    keep(&store, &(1..=25).map(said).collect::<Vec<_>>(), false).await;
    let mut after = None;
    let mut all = Vec::new();
    loop {
        let page = store.history_of(id, after.as_ref(), 10).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.source.message.clone());
        all.extend(page);
    }
    assert_eq!(
        all.iter().map(|one| one.source.message.clone()).collect::<Vec<_>>(),
        (1..=25).map(ts).collect::<Vec<_>>()
    );
    assert_eq!(store.history_of(IncidentId(99), None, 10).await.unwrap(), []);
}

async fn it_is_read_from_the_beginning_up_to_a_bound(database: Database) {
    const ALL: usize = usize::MAX;
    let (store, id) = room(&database).await;
    keep(&store, &(1..=1_200).map(said).collect::<Vec<_>>(), false).await;
    let read = async |messages, bytes| {
        let history = store.history(id, messages, bytes).await.unwrap();
        let in_order = history.messages.iter().zip(1..).all(|(one, second)| one.source.message == ts(second));
        assert!(in_order, "{messages} messages, {bytes} bytes");
        (history.messages.len(), history.is_whole)
    };
    assert_eq!(read(ALL, ALL).await, (1_200, true));
    assert_eq!(read(1_200, ALL).await, (1_200, true));
    assert_eq!(read(1_199, ALL).await, (1_199, false));
    assert_eq!(read(3, ALL).await, (3, false));
    let ten: usize = kept(&store, id).await.iter().take(10).map(Kept::size).sum();
    assert_eq!(read(ALL, ten).await, (10, false));
    assert_eq!(read(ALL, ten - 1).await, (9, false));
    let nothing = store.history(IncidentId(99), ALL, ALL).await.unwrap();
    assert!(nothing.messages.is_empty() && nothing.is_whole);
}

async fn each_desk_forgets_by_itself(database: Database) {
    let (store, id) = room(&database).await;
    keep(&store, &(1..=1_200).map(said).collect::<Vec<_>>(), false).await;
    keep(&store, &[reacted(7, 50, true), reacted(1_200, 50, true)], false).await;
    assert_eq!(store.prune_history(&DeskName::new("other"), at(2_000)).await.unwrap(), 0);
    assert_eq!(store.prune_history(&woo(), at(1_200)).await.unwrap(), 1_199);
    let kept = kept(&store, id).await;
    assert_eq!((kept.len(), &kept[0].source.message, kept[0].reactions.len()), (1, &ts(1_200), 1));
}

async fn a_person_is_forgotten(database: Database) {
    let (store, id) = room(&database).await;
    let by_bob = Utterance { author: Some("U0BOB".into()), ..utterance(1, "my secret") };
    let about: Prose = [Piece::Text("ask ".to_owned()), Piece::Person("U0BOB".into())].into_iter().collect();
    let about_bob = Utterance { text: about, ..utterance(2, "") };
    let changed = Utterance { changed: Some(at(30)), text: "my other secret".into(), ..by_bob.clone() };
    let all = [
        Chatter::Changed { now: Box::new(changed), before: Some(Box::new(by_bob)) },
        Chatter::Said(Box::new(about_bob)),
        said(3),
        reacted(3, 40, true),
    ];
    keep(&store, &all, true).await;
    let (user, by) = (UserId::new("U0BOB"), placeholder(7));
    let forget = Forget { user: &user, by: &by };
    let done = store.forget(&forget, at(100), |_| None).await.unwrap();
    assert_eq!(done.said, 3);
    let kept = kept(&store, id).await;
    assert_eq!(kept[0].author.as_ref(), Some(&by));
    let words: Vec<String> = kept[0].versions.iter().map(|one| one.text.as_ref().unwrap().readable()).collect();
    assert_eq!(words, ["[forgotten]", "[forgotten]"]);
    assert_eq!(kept[1].text().unwrap().readable(), "ask @forgotten-00000007");
    assert_eq!(kept[2].text().unwrap().readable(), "word 3");
    assert_eq!(kept[2].reactions[0].by, by);
    assert_eq!(store.forget(&forget, at(101), |_| None).await.unwrap().said, 0);
}

async fn what_stands_is_listed_for_comparing(database: Database) {
    let (store, _) = room(&database).await;
    keep(&store, &(1..=5).map(said).collect::<Vec<_>>(), false).await;
    keep(&store, &[gone(4, 50), reacted(5, 50, true), reacted(3, 50, true)], false).await;
    let mut standing = store.standing(&ROOM.into(), &ts(1), 100).await.unwrap();
    standing.sort_by(|a, b| a.message.cmp(&b.message));
    let ids: Vec<_> = standing.iter().map(|one| one.message.clone()).collect();
    assert_eq!(ids, [ts(2), ts(3), ts(5)]);
    assert_eq!(standing.iter().map(|one| one.reactions.len()).collect::<Vec<_>>(), [0, 1, 1]);
}
