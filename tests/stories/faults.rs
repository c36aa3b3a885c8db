//! Slack and the bot at their worst.

use std::time::Duration;

use insta::assert_snapshot;
use playground::{Fault, FaultKind};

use crate::people::Answer;
use crate::story::{Stage, Story};

stories!(
    everything_comes_twice,
    slack_stutters,
    calls_hang_and_are_done_all_the_same,
    the_bot_dies_while_a_channel_is_made,
    the_bot_is_away,
    connections_break,
    a_throttled_channel_delays_itself_alone,
    scopes_are_missing,
    the_bot_is_thrown_out,
    a_channel_is_archived_under_the_answer,
);

/// An incident with a little of everything.
async fn plays(slack: &Story) {
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.alice.says_in(&room, ".point").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".comms").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".summary Cards fail").reply().await;
    slack.bob.says_in(&room, ".notify We roll back").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".unblocked").refusal().await;
    slack.bob.says_in(&room, ".export").reply().await;
    slack.alice.says_in(&room, ".stop").gets_reaction("ok").await;
    room.topic().is(":white_check_mark: [P2] CHECKOUT IS DOWN · point @alice, comms @bob").await;
    slack.settles().await;
    assert_eq!(slack.main().posts().len(), 2, "{:#?}", slack.main().posts());
    assert_eq!(slack.notify().posts().len(), 3, "{:#?}", slack.notify().posts());
    assert_eq!(room.posts().len(), 2, "{:#?}", room.posts());
    assert_eq!(room.view().pins.len(), 1);
}

async fn everything_comes_twice(stage: Stage) {
    let slack = stage.begin().await;
    slack.workspace.deliver_twice(true);
    plays(&slack).await;
    slack.end().await;
}

async fn slack_stutters(stage: Stage) {
    let slack = stage.begin().await;
    for method in ["chat.postMessage", "reactions.add", "conversations.create", "conversations.setTopic", "users.info"]
    {
        slack.workspace.fault(Fault::new(method, FaultKind::Status(503)).times(1));
        slack.workspace.fault(Fault::new(method, FaultKind::Error("internal_error".to_owned())).times(1));
        slack.workspace.fault(Fault::new(method, FaultKind::Throttle { retry_after_s: 1 }).times(1));
    }
    plays(&slack).await;
    slack.end().await;
}

/// The worst of answers is none: nobody knows whether it was done.
async fn calls_hang_and_are_done_all_the_same(stage: Stage) {
    let slack = stage.begin().await;
    for method in [
        "chat.postMessage",
        "reactions.add",
        "conversations.create",
        "conversations.setTopic",
        "conversations.invite",
        "pins.add",
        "files.completeUploadExternal",
    ] {
        slack.workspace.fault(Fault::new(method, FaultKind::PerformThenReset).times(1));
    }
    plays(&slack).await;
    slack.end().await;
}

async fn the_bot_dies_while_a_channel_is_made(stage: Stage) {
    let slack = stage.begin().await;
    // The channel comes to be, and its answer never arrives.
    slack.workspace.fault(Fault::new("conversations.create", FaultKind::PerformThenHang(Duration::from_secs(3))));
    let declaration = slack.alice.says(".start Checkout is down");
    slack.until("the channel is there", |slack| slack.channel("breaking-1").is_ok()).await;
    slack.bot_dies().await;
    slack.workspace.clear_faults();
    slack.bot_starts().await;
    let room = declaration.opens_channel().await;
    assert_eq!(room.view().name, "breaking-1");
    // And once more, while its first messages are on their way.
    slack.workspace.fault(Fault::new("chat.postMessage", FaultKind::PerformThenHang(Duration::from_secs(3))));
    let declaration = slack.bob.says(".start Search is slow");
    slack
        .until("the intro is there", |slack| slack.channel("breaking-2").is_ok_and(|room| room.messages.len() > 1))
        .await;
    slack.bot_dies().await;
    slack.workspace.clear_faults();
    slack.bot_starts().await;
    let room = declaration.opens_channel().await;
    slack.settles().await;
    assert_eq!(room.posts().len(), 1, "{:#?}", room.posts());
    assert_eq!(slack.main().posts().len(), 2, "{:#?}", slack.main().posts());
    slack.end().await;
}

async fn the_bot_is_away(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.settles().await;
    slack.bot_stops().await;
    let chat = slack.alice.says_in(&room, "is it still down?");
    let old = slack.bob.says_in(&room, ".eng");
    slack.later(jiff::SignedDuration::from_mins(11));
    let recent = slack.bob.says_in(&room, ".point");
    let in_thread = slack.carol.says_under(&chat, ".comms");
    let declaration = slack.dave.says(".start Search is slow");
    slack.bot_comes_back().await;
    recent.gets_reaction("ok").await;
    in_thread.gets_reaction("ok").await;
    assert_snapshot!(old.reply().await, @"
    I was away when you sent this at Feb 28, 2052 17:00, so I did not run it. If you still want it, copy and send it again:
    .eng
    ");
    assert_eq!(declaration.opens_channel().await.incident, 2);
    room.topic().is(":fire: [P2] CHECKOUT IS DOWN · point @bob, comms @carol").await;
    slack.end().await;
}

async fn connections_break(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    for round in 0..4 {
        match round % 2 {
            0 => slack.workspace.drop_sockets(),
            _ => slack.workspace.disconnect_sockets(),
        }
        slack.alice.says_in(&room, &format!(".note round {round}")).gets_reaction("ok").await;
    }
    let notes = slack.alice.says_in(&room, ".notes").reply().await;
    let order: Vec<_> = (0..4).map(|round| notes.find(&format!("round {round}"))).collect();
    assert!(order.is_sorted() && order.iter().all(Option::is_some), "{notes}");
    slack.end().await;
}

async fn a_throttled_channel_delays_itself_alone(stage: Stage) {
    let slack = stage.begin().await;
    let slow = slack.alice.says(".start Checkout is down").opens_channel().await;
    let quick = slack.bob.says(".start Search is slow").opens_channel().await;
    let fault = Fault::new("chat.postMessage", FaultKind::Throttle { retry_after_s: 3 }).in_channel(&slow.id).times(1);
    slack.workspace.fault(fault);
    let waiting = slack.alice.says_in(&slow, ".status");
    let gets_on = slack.alice.says_in(&slow, ".point");
    slack.bob.says_in(&quick, ".status").reply().await;
    slack.bob.says_in(&quick, ".point").gets_reaction("ok").await;
    assert_eq!(waiting.answer(), Default::default(), "it is throttled");
    waiting.reply().await;
    gets_on.gets_reaction("ok").await;
    slack.end().await;
}

async fn scopes_are_missing(stage: Stage) {
    let slack = stage.begin().await;
    slack.extra_answers.set(true);
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.settles().await;
    let scopes = slack.workspace.scopes();
    slack.workspace.set_scopes(scopes.iter().filter(|scope| *scope != "reactions:write").cloned());
    assert_snapshot!(slack.alice.says_in(&room, ".point").reply().await, @"This is done; only the reaction that says so is missing. The Slack app lacks the scope `reactions:write`, without which reactions.add fails: whoever manages the app adds it under OAuth & Permissions and reinstalls the app to the workspace.");
    slack.workspace.set_scopes(scopes.iter().filter(|scope| *scope != "files:write").cloned());
    assert_snapshot!(slack.alice.says_in(&room, ".export").reply().await, @"I could not give you the file. The Slack app lacks the scope `files:write`, without which files.getUploadURLExternal fails: whoever manages the app adds it under OAuth & Permissions and reinstalls the app to the workspace.");
    slack.workspace.set_scopes(scopes);
    slack.alice.says_in(&room, ".comms").gets_reaction("ok").await;
    room.topic().is(":fire: [P2] CHECKOUT IS DOWN · point @alice, comms @alice").await;
    slack.end().await;
}

async fn the_bot_is_thrown_out(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.settles().await;
    // It comes back into a public channel by itself.
    slack.workspace.leave("breakingbot", "breaking-notify").unwrap();
    slack.alice.says_in(&room, ".notify We roll back").gets_reaction("ok").await;
    slack.notify().shows("We roll back").await;
    slack.end().await;
}

/// Nobody reads the answer, and nothing waits for it for ever.
async fn a_channel_is_archived_under_the_answer(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.settles().await;
    slack.workspace.hold_events(true);
    let said = slack.alice.says_in(&room, ".status");
    slack.bob.archives(&room);
    slack.workspace.hold_events(false);
    slack.main().shows("was archived by @bob").await;
    slack.settles().await;
    assert_eq!(said.answer(), Answer::default());
    slack.bob.unarchives(&room);
    slack.settles().await;
    slack.alice.says_in(&room, ".status").reply().await;
    said.cannot_be_answered();
    slack.end().await;
}

#[test]
fn the_database_goes_and_comes() {
    let Some(server) = testing::postgres::Server::start() else { return };
    crate::story::run(server.database(), async |stage: Stage| {
        let slack = stage.begin().await;
        // Besides the answer, somebody is told that it takes longer.
        slack.extra_answers.set(true);
        let room = slack.alice.says(".start Checkout is down").opens_channel().await;
        slack.settles().await;
        server.stop().unwrap();
        let first = slack.alice.says_in(&room, ".point");
        assert_snapshot!(first.told().await, @"My database is away, so I could not record this yet. I keep trying and run it as soon as it is back; go on without me meanwhile.");
        let second = slack.alice.says_in(&room, ".point @bob");
        server.resume().unwrap();
        first.is_answered_with("ok").await;
        second.is_answered_with("ok").await;
        room.topic().shows("point @bob").await;
        slack.end().await;
    });
}
