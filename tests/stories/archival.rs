//! What is over is put away.

use insta::assert_snapshot;
use jiff::SignedDuration;
use playground::{Fault, FaultKind};

use crate::rooms::Room;
use crate::story::{Stage, Story};

stories!(
    a_quiet_day_after_its_end_it_is_archived,
    what_was_written_while_the_bot_was_away_postpones_it,
    archived_by_hand_and_taken_out_again,
    archived_by_hand_while_the_bot_was_away,
    a_channel_that_cannot_be_archived_is_tried_again,
    two_bots_archive_once,
    what_was_known_then,
);

const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// A look comes at the latest so long after it is due.
const LOOK: SignedDuration = SignedDuration::from_mins(42);

async fn completed(slack: &Story) -> Room {
    let room = slack.alice.says(".low Checkout is down").opens_channel().await;
    slack.alice.says_in(&room, ".stop").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".complete").gets_reaction("ok").await;
    slack.settles().await;
    room
}

async fn is_in_state(room: &Room, state: &'static str) {
    let id = breakingbot::core::ids::IncidentId(room.incident);
    room.house
        .until_on_record("the incident is in that state", move |store| async move {
            let incident = store.load(id).await.unwrap()?;
            (incident.state.word() == state).then_some(())
        })
        .await;
}

/// Waits until the archivist has postponed it so often.
async fn is_postponed(room: &Room, times: usize) {
    use breakingbot::core::event::Event;
    let id = breakingbot::core::ids::IncidentId(room.incident);
    room.house
        .until_on_record("it is postponed", move |store| async move {
            let incident = store.load(id).await.unwrap()?;
            let postponed = |one: &&_| matches!(one, Event::ArchivalPostponed { .. });
            (incident.events.iter().map(|one| &one.event).filter(postponed).count() == times).then_some(())
        })
        .await;
}

fn announcements(room: &Room) -> usize {
    room.posts().iter().filter(|post| post.contains("this channel will be archived")).count()
}

async fn a_quiet_day_after_its_end_it_is_archived(stage: Stage) {
    let slack = stage.begin().await;
    let room = completed(&slack).await;
    slack.later(HOUR * 22);
    slack.settles().await;
    assert_eq!(announcements(&room), 0);
    slack.later(HOUR + LOOK);
    assert_snapshot!(room.shows("this channel will be archived").await, @"Incident 1 is completed, so *this channel will be archived* at Feb 29, 2052 17:42. Any message by a person postpones that by 1 d.");
    slack.bob.says_in(&room, "wait, I still write this up").is_ignored().await;
    slack.later(HOUR + LOOK);
    is_postponed(&room, 1).await;
    assert!(!room.view().archived);
    slack.later(HOUR * 23);
    slack.until("it is announced again", |_| announcements(&room) == 2).await;
    slack.later(HOUR + LOOK);
    slack.until("the channel is archived", |_| room.view().archived).await;
    is_in_state(&room, "archived").await;
    assert_eq!(announcements(&room), 2);
    slack.end().await;
}

async fn what_was_written_while_the_bot_was_away_postpones_it(stage: Stage) {
    let slack = stage.begin().await;
    let room = completed(&slack).await;
    slack.later(HOUR + LOOK * 32);
    room.shows("this channel will be archived").await;
    slack.settles().await;
    slack.bot_dies().await;
    slack.bob.says_in(&room, "not yet, please").cannot_be_answered();
    slack.later(HOUR * 3);
    slack.bot_comes_back().await;
    is_postponed(&room, 1).await;
    assert!(!room.view().archived);
    slack.end().await;
}

async fn archived_by_hand_and_taken_out_again(stage: Stage) {
    let slack = stage.begin().await;
    let room = completed(&slack).await;
    slack.bob.archives(&room);
    is_in_state(&room, "archived").await;
    slack.later(HOUR * 24);
    slack.bob.unarchives(&room);
    is_in_state(&room, "completed").await;
    assert_snapshot!(room.shows("Taken out of the archive").await, @"*Taken out of the archive* by @bob. It is completed; `.restart` if it burns after all. After 1 d without a message by a person it is archived again.");
    slack.bob.says_in(&room, ".restart").gets_reaction("ok").await;
    slack.end().await;
}

async fn archived_by_hand_while_the_bot_was_away(stage: Stage) {
    let slack = stage.begin().await;
    let room = completed(&slack).await;
    slack.bot_stops().await;
    slack.bob.archives(&room);
    slack.later(HOUR * 24);
    // What Slack would deliver again is too old by then.
    slack.workspace.hold_events(true);
    slack.bot_starts().await;
    is_in_state(&room, "archived").await;
    slack.workspace.hold_events(false);
    slack.end().await;
}

async fn a_channel_that_cannot_be_archived_is_tried_again(stage: Stage) {
    let slack = stage.begin().await;
    let room = completed(&slack).await;
    let refused = Fault::new("conversations.archive", FaultKind::Error("restricted_action".to_owned())).times(2);
    slack.workspace.fault(refused);
    slack.later(HOUR * 24);
    room.shows("this channel will be archived").await;
    slack.later(HOUR + LOOK);
    is_in_state(&room, "archived").await;
    for failures in [1_u32, 2] {
        let id = breakingbot::core::ids::IncidentId(room.incident);
        slack
            .until_on_record("it is known that it failed", move |store| async move {
                let incident = store.load(id).await.unwrap()?;
                (incident.archival.failures == failures && incident.archival.failed.is_some()).then_some(())
            })
            .await;
        assert!(!room.view().archived);
        slack.later(HOUR + LOOK);
    }
    slack.until("the channel is archived", |_| room.view().archived).await;
    slack.end().await;
}

async fn two_bots_archive_once(stage: Stage) {
    if !stage.is_shared() {
        return;
    }
    let slack = stage.begin().await;
    slack.bot_starts().await;
    let room = completed(&slack).await;
    slack.later(HOUR * 24);
    room.shows("this channel will be archived").await;
    slack.settles().await;
    slack.later(HOUR + LOOK);
    slack.until("the channel is archived", |_| room.view().archived).await;
    slack.settles().await;
    assert_eq!(announcements(&room), 1);
    let calls = slack.workspace.calls();
    assert_eq!(calls.iter().filter(|call| call.method == "conversations.archive").count(), 1);
    slack.end().await;
}

async fn what_was_known_then(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.later(SignedDuration::from_mins(5));
    slack.alice.says_in(&room, ".summary Cards fail").reply().await;
    slack.later(SignedDuration::from_mins(5));
    slack.bob.says_in(&room, ".p1 everybody is hit").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".summary Everything fails").reply().await;
    slack.later(SignedDuration::from_mins(5));
    assert_snapshot!(slack.carol.says_in(&room, ".asof 17:07 utc").reply().await, @"
    *Incident 1 as of* 2052-02-29 02:07 JST (Asia/Tokyo), 2052-02-28 17:07 UTC
    :fire: [P2] *Checkout is down*
    It was started, 7 m after it was declared.
    • point: nobody, comms: nobody
    • started: Feb 28, 2052 17:00
    *Summary then*
    > Cards fail
    *Log until then* (3)
    • 2052-02-28 17:00 UTC (#breaking…) · event · alice declared it at P2: Checkout is down
    • 2052-02-28 17:00 UTC · event · its channel was opened: #breaking-1
    • 2052-02-28 17:05 UTC (#breaking-1…) · summary · alice wrote the summary: Cards fail
    ");
    slack.end().await;
}
