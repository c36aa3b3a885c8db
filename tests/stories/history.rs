//! What is said in an incident's channel is kept as it was said, and what is pinned is in the log.

use std::collections::{BTreeMap, BTreeSet};

use breakingbot::boundary::slack::mrkdwn;
use breakingbot::core::capture::Capture;
use breakingbot::core::history::{Kept, Kind};
use breakingbot::core::ids::IncidentId;
use breakingbot::core::moments::Moment;
use insta::assert_snapshot;
use jiff::SignedDuration;
use playground::BOT_USER;

use crate::people::{Person, Said};
use crate::rooms::Room;
use crate::story::{LIMIT, Stage, Story};

stories!(
    the_history_is_what_the_channel_holds,
    what_happened_while_the_bot_was_away_is_found,
    a_bot_that_is_killed_loses_no_word,
    a_pinned_message_is_in_the_log_until_it_is_taken_out,
    a_message_is_when_it_was_detected,
    what_was_pinned_while_the_bot_was_away,
    a_guest_pins_in_vain,
    nothing_but_commands,
    words_that_are_kept_long_enough,
);

impl Person {
    fn reacts(&self, to: &Said, emoji: &str) {
        self.house.workspace.react(self.id, &to.line.channel, &to.line.ts, emoji).unwrap();
    }

    fn unreacts(&self, to: &Said, emoji: &str) {
        self.house.workspace.unreact(self.id, &to.line.channel, &to.line.ts, emoji).unwrap();
    }

    /// Says something that is no command.
    fn chats(&self, room: &Room, text: &str) -> Said {
        self.says_in(room, text)
    }
}

/// A message in short: who said what, in which thread, with which reactions.
type Short = (String, String, Option<String>, BTreeSet<(String, String)>);

/// What the channel holds. The bot's own words are made of blocks, so only that they are there is
/// compared; its reactions are its answers and no history.
fn held(room: &Room) -> BTreeMap<String, Short> {
    let messages = room.view().messages.into_iter().filter(|message| message.subtype != Some("tombstone"));
    messages
        .map(|message| {
            let said = message.subtype.is_none() && message.user != BOT_USER;
            let thread = message.thread_ts.filter(|thread| *thread != message.ts).map(|thread| thread.to_string());
            let users =
                message.reactions.iter().flat_map(|one| one.users.iter().map(|user| (one.name.clone(), user.clone())));
            let users = users.filter(|(_, user)| user != BOT_USER);
            let text = if said { mrkdwn::decode(&message.text).to_string() } else { String::new() };
            (message.ts.to_string(), (message.user.clone(), text, thread, users.collect()))
        })
        .collect()
}

fn kept_in_short(kept: &[Kept]) -> BTreeMap<String, Short> {
    let standing = kept.iter().filter(|one| one.deleted.is_none());
    standing
        .map(|one| {
            let author = one.author.as_ref().map_or_else(String::new, ToString::to_string);
            let said = one.kind == Kind::Said && author != BOT_USER && !one.by_bot;
            let text = one.text().filter(|_| said).map_or_else(String::new, ToString::to_string);
            let thread = one.source.thread.as_ref().map(ToString::to_string);
            let users = one.reactions.iter().map(|reaction| (reaction.emoji.clone(), reaction.by.to_string()));
            (one.source.message.to_string(), (author, text, thread, users.collect()))
        })
        .collect()
}

async fn kept(slack: &Story, room: &Room) -> Vec<Kept> {
    let id = IncidentId(room.incident);
    slack.ask(move |store| async move { store.history_of(id, None, 10_000).await.unwrap() }).await
}

/// Waits until the history is what the channel holds, and gives it.
pub async fn until_kept(slack: &Story, room: &Room) -> Vec<Kept> {
    let waited = tokio::time::timeout(LIMIT, async {
        loop {
            slack.settles().await;
            slack.is_written_down().await;
            let kept = kept(slack, room).await;
            if kept_in_short(&kept) == held(room) {
                return kept;
            }
        }
    });
    match waited.await {
        Ok(kept) => kept,
        Err(_) => {
            let kept = kept(slack, room).await;
            assert_eq!(kept_in_short(&kept), held(room));
            kept
        }
    }
}

async fn the_history_is_what_the_channel_holds(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    let first = slack.bob.chats(&room, "the db is slow");
    let reply = slack.carol.says_under(&first, "since when?");
    let _heard = slack.bob.says_under(&first, "since noon");
    let typo = slack.carol.chats(&room, "it is teh deploy");
    let slip = slack.dave.chats(&room, "password: hunter2");
    slack.alice.says_in(&room, ".note hello").gets_reaction("ok").await;
    typo.is_edited("it is the deploy");
    typo.is_edited("it is the deploy, surely");
    slack.workspace.delete(&room.id, &slip.line.ts).unwrap();
    slack.workspace.delete(&room.id, &first.line.ts).unwrap();
    slack.alice.reacts(&reply, "eyes");
    slack.bob.reacts(&reply, "eyes");
    slack.alice.unreacts(&reply, "eyes");
    slack.dave.joins_and_leaves(&room);
    let kept = until_kept(&slack, &room).await;
    let of = |said: &Said| kept.iter().find(|one| *one.source.message.as_str() == *said.line.ts.to_string()).unwrap();
    let words: Vec<String> = of(&typo).versions.iter().map(|one| one.text.as_ref().unwrap().to_string()).collect();
    assert_eq!(words, ["it is teh deploy", "it is the deploy", "it is the deploy, surely"]);
    for said in [&slip, &first] {
        assert!(of(said).deleted.is_some() && of(said).text().is_none(), "{:?}", of(said));
    }
    for kind in [Kind::Joined, Kind::Left, Kind::Topic] {
        assert!(kept.iter().any(|one| one.kind == kind), "{kind:?}");
    }
    slack.end().await;
}

async fn what_happened_while_the_bot_was_away_is_found(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    let first = slack.bob.chats(&room, "first");
    let second = slack.bob.chats(&room, "second");
    let _heard = slack.carol.says_under(&first, "a reply");
    let gone = slack.carol.says_under(&first, "another reply");
    slack.alice.reacts(&second, "eyes");
    until_kept(&slack, &room).await;
    slack.bot_stops().await;
    for number in 0..450 {
        let _heard = slack.dave.chats(&room, &format!("word {number}"));
    }
    let _heard = slack.bob.says_under(&first, "a late reply");
    first.is_edited("first, corrected");
    slack.workspace.delete(&room.id, &gone.line.ts).unwrap();
    slack.workspace.delete(&room.id, &second.line.ts).unwrap();
    slack.workspace.hold_events(true);
    slack.bot_starts().await;
    let kept = until_kept(&slack, &room).await;
    let corrected = kept.iter().find(|one| *one.source.message.as_str() == *first.line.ts.to_string()).unwrap();
    assert_eq!(corrected.earlier().len(), 1);
    slack.workspace.hold_events(false);
    until_kept(&slack, &room).await;
    slack.end().await;
}

async fn a_bot_that_is_killed_loses_no_word(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    let mut said: Vec<Said> = Vec::new();
    for round in 0..3 {
        for number in 0..60 {
            said.push(slack.bob.chats(&room, &format!("word {round} {number}")));
            if number % 7 == 3 {
                said[round * 60 + number].is_edited(&format!("changed {round} {number}"));
            }
            if number % 11 == 5 {
                let gone = &said[round * 60 + number - 1];
                slack.workspace.delete(&room.id, &gone.line.ts).unwrap();
            }
        }
        // What is in its memory, and what is on its way, is gone.
        slack.bot_dies().await;
        slack.bot_starts().await;
    }
    until_kept(&slack, &room).await;
    slack.end().await;
}

/// Waits until so many captures stand.
async fn captured(room: &Room, count: usize) {
    let id = IncidentId(room.incident);
    room.house
        .until_on_record("it is captured or taken out", move |store| async move {
            let incident = store.load(id).await.unwrap()?;
            (breakingbot::core::capture::standing(&incident).len() == count).then_some(())
        })
        .await;
}

async fn a_pinned_message_is_in_the_log_until_it_is_taken_out(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.later(SignedDuration::from_mins(5));
    let said = slack.carol.chats(&room, "the db is at 100 %, ask @dave");
    let reply = slack.dave.says_under(&said, "it was the migration");
    slack.later(SignedDuration::from_mins(5));
    slack.bob.reacts(&said, "pushpin");
    slack.alice.reacts(&said, "pushpin");
    slack.alice.reacts(&said, "eyes");
    captured(&room, 1).await;
    slack.bob.reacts(&reply, "pushpin");
    captured(&room, 2).await;
    slack.settles().await;
    assert_snapshot!(slack.alice.says_in(&room, ".history").reply().await, @"
    *History* (4)
    • 2052-02-28 17:00 UTC (#breaking…) · event · alice declared it at P2: Checkout is down
    • 2052-02-28 17:00 UTC · event · its channel was opened: #breaking-1
    • 2052-02-28 17:05 UTC (#breaking-1…) · event · carol wrote: the db is at 100 %, ask @dave (captured by bob)
    • 2052-02-28 17:05 UTC (#breaking-1…) · event · dave wrote: it was the migration (captured by bob)
    ");
    slack.bob.unreacts(&said, "pushpin");
    slack.bob.unreacts(&reply, "pushpin");
    captured(&room, 1).await;
    slack.alice.unreacts(&said, "pushpin");
    captured(&room, 0).await;
    let told = slack.alice.says_in(&room, ".history").reply().await;
    assert!(!told.contains("captured"), "{told}");
    slack.end().await;
}

async fn a_message_is_when_it_was_detected(stage: Stage) {
    let detected = |desk: &mut breakingbot::core::desk::Desk| {
        desk.captures.insert("eyes".to_owned(), Capture::Moment(Moment::Detected));
        desk.captures.insert("hammer".to_owned(), Capture::ActionItem);
    };
    let slack = stage.desk(detected).begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.bob.joins(&room);
    let said = slack.carol.chats(&room, "there it is in the graph");
    slack.later(SignedDuration::from_mins(5));
    slack.bob.reacts(&said, "eyes");
    let told = slack.bob.is_whispered_in(&room).await;
    assert!(told.starts_with("*Detected*: 2052-02-28 12:00 EST"), "{told}");
    assert!(room.incident().await.moments.detected.is_some());
    slack.bob.reacts(&said, "hammer");
    captured(&room, 2).await;
    assert_snapshot!(slack.alice.says_in(&room, ".ais").reply().await, @"
    *Action items* (1)
    1. there it is in the graph · bob, Feb 28, 2052 17:05
    ");
    slack.bob.unreacts(&said, "eyes");
    captured(&room, 1).await;
    assert_eq!(room.incident().await.moments.detected, None);
    slack.end().await;
}

async fn what_was_pinned_while_the_bot_was_away(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    let (one, other) = (slack.carol.chats(&room, "one"), slack.carol.chats(&room, "other"));
    slack.bob.reacts(&one, "pushpin");
    captured(&room, 1).await;
    until_kept(&slack, &room).await;
    slack.bot_dies().await;
    slack.bob.unreacts(&one, "pushpin");
    slack.bob.reacts(&other, "pushpin");
    slack.workspace.hold_events(true);
    slack.bot_starts().await;
    let id = IncidentId(room.incident);
    slack
        .until_on_record("the other is captured instead", move |store| async move {
            let incident = store.load(id).await.unwrap()?;
            let standing = breakingbot::core::capture::standing(&incident);
            let [only] = standing.as_slice() else { return None };
            let is_other = matches!(&only.captured.event, breakingbot::core::event::Event::Captured { text, .. } if text.readable() == "other");
            is_other.then_some(())
        })
        .await;
    slack.workspace.hold_events(false);
    slack.end().await;
}

async fn a_guest_pins_in_vain(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    let said = slack.carol.chats(&room, "the db is slow");
    slack.workspace.invite("alice", "gina", &room.id).unwrap();
    slack.gina.reacts(&said, "pushpin");
    assert_snapshot!(slack.gina.is_whispered_in(&room).await, @"Guests can't use my commands at this desk; ask a member of the workspace to type it for you.");
    captured(&room, 0).await;
    slack.end().await;
}

async fn nothing_but_commands(stage: Stage) {
    let slack = stage.desk(|desk| desk.record_history = false).begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.bob.chats(&room, "the db is slow").is_ignored().await;
    slack.alice.says_in(&room, ".note hello").gets_reaction("ok").await;
    let id = IncidentId(room.incident);
    slack.later(SignedDuration::from_secs(2));
    let kept = slack
        .until_on_record("the command is kept", move |store| async move {
            let kept = store.history_of(id, None, 100).await.unwrap();
            (!kept.is_empty()).then_some(kept)
        })
        .await;
    assert_eq!(kept.iter().map(|one| one.text().unwrap().readable()).collect::<Vec<_>>(), [".note hello"]);
    slack.end().await;
}

async fn words_that_are_kept_long_enough(stage: Stage) {
    let slack = stage
        .desk(|desk| {
            desk.history_keep = Some(SignedDuration::from_hours(400 * 24));
            desk.keep_deleted_text = true;
        })
        .begin()
        .await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    let said = slack.bob.chats(&room, "the db is slow");
    slack.workspace.delete(&room.id, &said.line.ts).unwrap();
    let before = until_kept(&slack, &room).await;
    let gone = before.iter().find(|one| one.deleted.is_some()).unwrap();
    assert_eq!(gone.text().unwrap().readable(), "the db is slow");
    slack.later(SignedDuration::from_hours(401 * 24));
    let id = IncidentId(room.incident);
    // What the bot says after so long a time is young.
    let old: BTreeSet<String> = before.iter().map(|one| one.source.message.to_string()).collect();
    slack
        .until_on_record("it is forgotten", move |store| {
            let old = old.clone();
            async move {
                let kept = store.history_of(id, None, 100).await.unwrap();
                kept.iter().all(|one| !old.contains(&one.source.message.to_string())).then_some(())
            }
        })
        .await;
    slack.end().await;
}
