//! Levels that change, and who is told.

use insta::assert_snapshot;

use crate::story::Stage;

stories!(rise_and_fall);

async fn rise_and_fall(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".low Search is slow").opens_channel().await;
    assert_snapshot!(slack.alice.says_in(&room, ".priority").reply().await, @"
    *Priorities*
    • :fire: *P1*: critical: many customers or a severe security breach, all hands. Start with `.p1`, `.hi`, `.high`, `.critical`, `.crit`
    • :fire: *P2* (the default): serious, limited blast radius; several customers. Start with `.p2`, `.mid`, `.med`, `.medium`, `.normal`
    • :dash: *P3*: minor or one customer, still needs prompt work. Start with `.p3`, `.lo`, `.low`, `.lite`, `.light`
    • :heavy_multiplication_x: *P4*: not an incident, ordinary backlog work. Start with `.p4`, `.backlog`, `.none`
    • :heavy_multiplication_x: *P5*: nothing wrong. Start with `.p5`, `.wontfix`
    `.start` and a title declares at P2; any of these words and a title at its level, in #breaking. In an incident's channel `.p1 reason` changes the level.
    ");
    assert_snapshot!(slack.alice.says_in(&room, ".p9 why not").refusal().await, @"There is no level `p9` here; the levels are P1, P2, P3, P4, P5 (`.priorities` tells what they mean).");
    assert_snapshot!(slack.alice.says_in(&room, ".priority urgent").refusal().await, @"There is no level `urgent` here; the levels are P1, P2, P3, P4, P5 (`.priorities` tells what they mean).");
    slack.alice.says_in(&room, ".p3").gets_reaction("ok_hand").await;
    slack.alice.says_in(&room, ".p2 more customers call").gets_reaction("ok").await;
    room.topic().is(":fire: [P2] SEARCH IS SLOW · point nobody, comms nobody").await;
    slack.notify().shows("@channel :fire: [P2]").await;
    slack.bob.says_in(&room, ".priority crit all of them").gets_reaction("ok").await;
    slack.notify().shows("@channel :fire: [P1]").await;
    slack.bob.says_in(&room, ".priority 2").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".priority p4 it was a test").gets_reaction("ok").await;
    room.topic().is(":heavy_multiplication_x: [P4] SEARCH IS SLOW · point nobody, comms nobody").await;
    slack.bob.says_in(&room, ".stop").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".p1 for the record").gets_reaction("ok").await;
    assert_snapshot!(slack.main().transcript().await, @"
    alice: .low Search is slow :ok:
    breakingbot: :dash: [P3] New incident: *Search is slow* · #breaking-1
        Declared by @alice at P3 (minor or one customer, still needs prompt work). To help, join its channel.
    breakingbot: :fire: [P2] More urgent now: *Search is slow* · #breaking-1
        Raised to P2 by @alice. To help, join its channel.
        > more customers call
    breakingbot: :fire: [P1] More urgent now: *Search is slow* · #breaking-1
        Raised to P1 by @bob. To help, join its channel.
        > all of them
    breakingbot: :white_check_mark: [P4] All clear: *Search is slow* · #breaking-1
        Resolved by @bob. It lasted 0 s from when it was declared.
    ");
    assert_snapshot!(slack.notify().transcript().await, @"
    breakingbot: @channel :fire: [P2] More urgent now: *Search is slow* · #breaking-1
        Raised to P2 by @alice. To help, join its channel.
        > more customers call
    breakingbot: @channel :fire: [P1] More urgent now: *Search is slow* · #breaking-1
        Raised to P1 by @bob. To help, join its channel.
        > all of them
    ");
    slack.end().await;
}
