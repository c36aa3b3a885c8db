//! What counts as a command, where, and how often.

use insta::assert_snapshot;

use crate::story::Stage;

stories!(
    chatter_is_left_alone,
    near_misses_are_whispered,
    threads_are_answered_in_the_thread,
    edits_run_nothing,
    a_mention_counts_once,
    bots_are_not_heard,
);

async fn chatter_is_left_alone(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    for line in
        ["...", ".5% of the cards", ".NET is down", "point", "please .stop", ". stop", ".", "hello\n.stop", ".md"]
    {
        slack.alice.says_in(&room, line).is_ignored().await;
        slack.alice.says(line).is_ignored().await;
    }
    slack.dave.says_in(&slack.channel("general"), ".status").is_ignored().await;
    slack.end().await;
}

async fn near_misses_are_whispered(stage: Stage) {
    let slack = stage.begin().await;
    assert_snapshot!(slack.alice.says(".strat Checkout is down").whisper().await, @"
    I did nothing. If you meant this, copy and send it:
    .start Checkout is down
    ");
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    assert_snapshot!(slack.alice.says_in(&room, ".mitgated 5 minutes ago").whisper().await, @"
    I did nothing. If you meant this, copy and send it:
    .mitigated 5 minutes ago
    ");
    assert_snapshot!(slack.alice.says_in(&room, ".sumary Cards fail\nsays @bob <!channel>").whisper().await, @"
    I did nothing. If you meant this, copy and send it:
    .summary Cards fail
    says @bob <!channel>
    ");
    slack.alice.says_in(&room, ".sotp").is_ignored().await;
    slack.workspace.invite("alice", "breakingbot", "general").unwrap();
    slack.alice.says_in(&slack.channel("general"), ".mitgated").is_ignored().await;
    slack.end().await;
}

async fn threads_are_answered_in_the_thread(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    let chat = slack.bob.says_in(&room, "the graphs look bad");
    slack.alice.says_under(&chat, ".point").gets_reaction("ok").await;
    slack.alice.says_under(&chat, ".point @nobody").refusal().await;
    let status = slack.alice.says_under(&chat, ".status");
    status.reply().await;
    slack.bob.says_under(&status, ".stop").gets_reaction("ok").await;
    slack.main().shows("All clear").await;
    let under_main = slack.alice.says("anything new?");
    slack.alice.says_under(&under_main, ".breakings").reply().await;
    let other = slack.alice.says_under(&under_main, ".start In a thread").opens_channel().await;
    assert_eq!(other.incident, 2);
    assert_snapshot!(slack.main().transcript().await, @"
    alice: .start Checkout is down :ok:
    breakingbot: :fire: [P2] New incident: *Checkout is down* · #breaking-1
        Declared by @alice at P2 (serious, limited blast radius; several customers). To help, join its channel.
    breakingbot: :white_check_mark: [P2] All clear: *Checkout is down* · #breaking-1
        Resolved by @bob. It lasted 0 s from when it was declared.
    alice: anything new?
        alice: .breakings
        breakingbot: *Inactive (1)*
            • :white_check_mark: [P2] *Checkout is down*: resolved, 0 s old · #breaking-1
        alice: .start In a thread :ok:
    breakingbot: :fire: [P2] New incident: *In a thread* · #breaking-2
        Declared by @alice at P2 (serious, limited blast radius; several customers). To help, join its channel.
    ");
    slack.end().await;
}

async fn edits_run_nothing(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    let point = slack.alice.says_in(&room, ".point");
    point.gets_reaction("ok").await;
    point.is_edited(".stop");
    let chat = slack.alice.says_in(&room, "stop");
    chat.is_edited(".stop");
    chat.is_ignored().await;
    assert_eq!(room.incident().await.state.word(), "started");
    // Also when the channel's history is read back, where nobody can tell what it said at first.
    slack.bot_restarts().await;
    assert_snapshot!(chat.reply().await, @"
    You changed this before I read it, so I did not run it: I cannot tell what it said first. If you want it, copy and send it again:
    .stop
    ");
    assert_eq!(room.incident().await.state.word(), "started");
    slack.end().await;
}

async fn a_mention_counts_once(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says("@breakingbot .start Checkout is down").opens_channel().await;
    slack.alice.says_in(&room, "@breakingbot .point").gets_reaction("ok").await;
    slack.alice.says_in(&room, "@breakingbot").is_ignored().await;
    assert_eq!(room.incident, 1);
    slack.settles().await;
    assert_eq!(slack.workspace.channels().iter().filter(|channel| channel.name.starts_with("breaking-")).count(), 2);
    slack.end().await;
}

async fn bots_are_not_heard(stage: Stage) {
    let slack = stage.begin().await;
    slack.workspace.invite("alice", "robot", "breaking").unwrap();
    slack.workspace.say("robot", "breaking", ".start Checkout is down", None).unwrap();
    slack.settles().await;
    assert_eq!(slack.main().posts(), [""; 0]);
    slack.end().await;
}
