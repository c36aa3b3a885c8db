//! The history: batches by size, by age and at the end; a full buffer; what was missed.

use std::sync::Arc;
use std::time::Duration;

use breakingbot::actors::Tuning;
use breakingbot::actors::archivist::buffer::Bounds;
use breakingbot::actors::archivist::{BATCH, Finish};
use breakingbot::boundary::comm_platform::Found;
use breakingbot::core::capture;
use breakingbot::core::history::{Chatter, Kept, Kind, Utterance};
use breakingbot::core::ids::{IncidentId, MessageId, Source};
use jiff::{SignedDuration, Timestamp};

use crate::chat::Chat;
use crate::house::{House, KEEP, ROOM, live};

/// The message of that number, by the chat's clock a second after the one before.
fn id(number: usize) -> MessageId {
    MessageId::new(format!("{}.000000", 1_709_139_600 + number))
}

fn utterance(number: usize, text: &str) -> Utterance {
    Utterance {
        source: Source { channel: ROOM.into(), message: id(number), thread: None },
        at: Timestamp::from_second(1_709_139_600 + i64::try_from(number).unwrap()).unwrap(),
        kind: Kind::Said,
        author: Some("U0ALICE".into()),
        by_bot: false,
        text: text.into(),
        files: Vec::new(),
        changed: None,
    }
}

fn said(number: usize) -> Chatter {
    Chatter::Said(Box::new(utterance(number, &format!("word {number}"))))
}

fn stands(chat: &Arc<Chat>, number: usize) {
    chat.stands(Found {
        utterance: utterance(number, &format!("word {number}")),
        gone: false,
        reactions: Vec::new(),
        all_reactions: true,
        latest_reply: None,
    });
}

async fn kept(house: &House) -> Vec<Kept> {
    house.store.history_of(IncidentId(1), None, 100_000).await.unwrap()
}

/// Waits until so many messages are kept.
async fn until_kept(house: &House, count: usize) -> Vec<Kept> {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let kept = kept(house).await;
            if kept.len() >= count {
                return kept;
            }
            tokio::task::yield_now().await;
        }
    });
    waited.await.expect("the history is kept")
}

/// An incident whose channel was read from its beginning, where there was nothing yet.
async fn quiet(tuning: Tuning) -> House {
    let house = House::tuned(tuning).await;
    house.says("U0ALICE", crate::house::MAIN, ".start Checkout is down").await;
    house.chat.until_told("topic C-breaking-1").await;
    // The first thing that is heard makes the channel known.
    house.app.intake().overhear(said(0));
    stands(&house.chat, 0);
    house.app.archivist().send(Finish).await.unwrap();
    until_read(&house).await;
    house
}

/// Waits until no gap is left.
async fn until_read(house: &House) {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        while house.app.shared().overheard.has_gaps() || house.app.shared().overheard.has_gap(&ROOM.into()) {
            tokio::task::yield_now().await;
        }
    });
    waited.await.expect("the gaps are closed");
}

#[test]
fn a_full_batch_is_written_at_once() {
    live(async {
        let house = quiet(Tuning::default()).await;
        for number in 1..BATCH {
            house.app.intake().overhear(said(number));
        }
        assert_eq!(kept(&house).await.len(), 1, "it waits for its age or for one more");
        house.app.intake().overhear(said(BATCH));
        let all = until_kept(&house, BATCH + 1).await;
        assert_eq!(all[3].text().unwrap().readable(), "word 3");
        assert_eq!(house.store.history_mark(&ROOM.into()).await.unwrap().unwrap().message, id(BATCH));
    });
}

#[test]
fn what_is_alone_is_written_when_it_is_old_enough() {
    live(async {
        let house = quiet(Tuning::default()).await;
        house.app.intake().overhear(said(1));
        // The archivist has heard of it when it has answered to something later.
        house.clock.advance(SignedDuration::from_millis(900));
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(kept(&house).await.len(), 1);
        house.clock.advance(SignedDuration::from_millis(1_100));
        until_kept(&house, 2).await;
    });
}

#[test]
fn what_waits_is_written_at_the_end() {
    live(async {
        let house = quiet(Tuning::default()).await;
        for number in 1..=2 * BATCH + 7 {
            house.app.intake().overhear(said(number));
        }
        let House { app, store, .. } = house;
        app.stop(Duration::from_secs(20)).await;
        let kept = store.history_of(IncidentId(1), None, 100_000).await.unwrap();
        assert_eq!(kept.len(), 2 * BATCH + 8);
    });
}

#[test]
fn what_does_not_fit_is_fetched_again() {
    live(async {
        let tuning = Tuning { overheard: Bounds { entries: 10, bytes: 1024 * 1024 }, ..Tuning::default() };
        let house = quiet(tuning).await;
        let asked = house.chat.asked().len();
        for number in 1..=25 {
            stands(&house.chat, number);
            house.app.intake().overhear(said(number));
        }
        assert_eq!(house.app.shared().overheard.len(), 10, "memory is bounded");
        house.app.archivist().send(Finish).await.unwrap();
        let all = until_kept(&house, 26).await;
        assert!(all.iter().enumerate().all(|(number, kept)| kept.source.message == id(number)));
        until_read(&house).await;
        assert!(house.chat.asked().len() > asked);
        let mark = house.store.history_mark(&ROOM.into()).await.unwrap().unwrap();
        assert_eq!((mark.message, mark.gap), (id(25), None));
    });
}

#[test]
fn big_messages_are_bounded_by_their_size() {
    live(async {
        let tuning = Tuning { overheard: Bounds { entries: 1_000, bytes: 100_000 }, ..Tuning::default() };
        let house = quiet(tuning).await;
        for number in 1..=20 {
            house.app.intake().overhear(Chatter::Said(Box::new(utterance(number, &"x".repeat(40_000)))));
        }
        assert_eq!(house.app.shared().overheard.len(), 2);
        assert!(house.app.shared().overheard.bytes() <= 100_000);
    });
}

#[test]
fn what_is_told_twice_or_out_of_order_is_kept_once() {
    live(async {
        let house = quiet(Tuning::default()).await;
        let changed = |second: i64, text: &str| Utterance {
            changed: Some(Timestamp::from_second(1_709_139_700 + second).unwrap()),
            ..utterance(1, text)
        };
        let react = |second: i64, there| Chatter::Reacted {
            channel: ROOM.into(),
            message: id(1),
            by: "U0BOB".into(),
            emoji: "eyes".into(),
            at: Timestamp::from_second(1_709_139_700 + second).unwrap(),
            there,
        };
        let all = [
            Chatter::Changed { now: Box::new(changed(20, "third")), before: Some(Box::new(changed(10, "second"))) },
            react(30, true),
            Chatter::Changed { now: Box::new(changed(10, "second")), before: Some(Box::new(utterance(1, "first"))) },
            react(5, true),
            react(10, false),
            Chatter::Said(Box::new(utterance(1, "first"))),
        ];
        for order in [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [2, 2, 5, 0, 1, 4]] {
            for one in order {
                house.app.intake().overhear(all[one].clone());
            }
            house.app.archivist().send(Finish).await.unwrap();
            let kept = until_kept(&house, 2).await.remove(1);
            let versions: Vec<String> =
                kept.versions.iter().map(|version| version.text.as_ref().unwrap().readable()).collect();
            assert_eq!(versions, ["first", "second", "third"]);
            assert_eq!(kept.reactions.iter().map(|one| one.emoji.as_str()).collect::<Vec<_>>(), ["eyes"]);
        }
    });
}

#[test]
fn a_deleted_message_leaves_the_fact_and_no_word() {
    live(async {
        let house = quiet(Tuning::default()).await;
        let gone = Chatter::Deleted {
            channel: ROOM.into(),
            message: id(1),
            at: Timestamp::from_second(1_709_139_800).unwrap(),
            before: Some(Box::new(utterance(1, "secret"))),
        };
        for one in [said(1), gone.clone(), said(1), gone] {
            house.app.intake().overhear(one);
            house.app.archivist().send(Finish).await.unwrap();
        }
        let kept = until_kept(&house, 2).await.remove(1);
        assert_eq!(kept.deleted, Some(Timestamp::from_second(1_709_139_800).unwrap()));
        assert_eq!((kept.text(), &kept.author), (None, &Some("U0ALICE".into())));
    });
}

#[test]
fn a_channel_is_read_again_after_a_gap_and_what_is_gone_is_noted() {
    live(async {
        let house = quiet(Tuning::default()).await;
        for number in 1..=5 {
            stands(&house.chat, number);
            house.app.intake().overhear(said(number));
        }
        house.app.archivist().send(Finish).await.unwrap();
        until_kept(&house, 6).await;
        // Meanwhile one was deleted, one was added, and nobody told.
        house.chat.falls(&id(5));
        stands(&house.chat, 6);
        house.app.intake().listening(true);
        house.app.intake().listening(true);
        let all = until_kept(&house, 7).await;
        until_read(&house).await;
        assert!(all.iter().take(4).all(|kept| kept.deleted.is_none()));
        let all = kept(&house).await;
        assert_eq!(all.iter().filter(|kept| kept.deleted.is_some()).count(), 1);
        assert!(all[5].deleted.is_some() && all[5].text().is_none());
        assert_eq!(all[6].source.message, id(6));
    });
}

#[test]
fn what_grew_too_old_while_it_was_being_read_is_not_kept() {
    live(async {
        // Nothing is forgotten later: it must not come in.
        let tuning = Tuning { archive_interval: (2 * KEEP).unsigned_abs(), ..Tuning::default() };
        let house = quiet(tuning).await;
        stands(&house.chat, 1);
        let clock = house.clock.clone();
        house.chat.meanwhile(move || clock.advance(KEEP + SignedDuration::from_hours(1)));
        house.app.intake().listening(true);
        house.app.intake().listening(true);
        until_read(&house).await;
        assert!(kept(&house).await.iter().all(|one| one.source.message != id(1)));
    });
}

#[test]
fn an_emoji_that_went_while_it_was_being_read_captures_nothing() {
    live(async {
        let house = quiet(Tuning::default()).await;
        house.app.intake().overhear(said(1));
        house.app.archivist().send(Finish).await.unwrap();
        until_kept(&house, 2).await;
        // Nobody told that two people pinned it. One takes it back just after that was read.
        house.chat.stands(Found {
            utterance: utterance(1, "word 1"),
            gone: false,
            reactions: ["U0BOB", "U0ALICE"].map(|user| ("pushpin".to_owned(), user.into())).to_vec(),
            all_reactions: true,
            latest_reply: None,
        });
        let intake = house.app.intake();
        house.chat.meanwhile(move || {
            intake.overhear(Chatter::Reacted {
                channel: ROOM.into(),
                message: id(1),
                by: "U0BOB".into(),
                emoji: "pushpin".to_owned(),
                at: Timestamp::from_second(1_709_139_700).unwrap(),
                there: false,
            });
        });
        house.app.intake().listening(true);
        house.app.intake().listening(true);
        let captured = async {
            loop {
                let incident = house.store.load(IncidentId(1)).await.unwrap().unwrap();
                if let [one] = &capture::standing(&incident)[..] {
                    return one.by.iter().map(ToString::to_string).collect::<Vec<_>>();
                }
                tokio::task::yield_now().await;
            }
        };
        assert_eq!(tokio::time::timeout(Duration::from_secs(20), captured).await.unwrap(), ["U0ALICE"]);
    });
}

#[test]
fn other_channels_are_not_listened_to() {
    live(async {
        let house = quiet(Tuning::default()).await;
        for channel in [crate::house::MAIN, "C0ELSEWHERE"] {
            let mut elsewhere = utterance(1, "hello");
            elsewhere.source.channel = channel.into();
            house.app.intake().overhear(Chatter::Said(Box::new(elsewhere)));
        }
        house.app.archivist().send(Finish).await.unwrap();
        assert_eq!(kept(&house).await.len(), 1);
        assert!(house.app.shared().rooms.is_stranger(&"C0ELSEWHERE".into()));
    });
}
