//! Who plays which part.

use insta::assert_snapshot;

use crate::story::Stage;

stories!(are_taken_and_given, are_refused_to_who_is_not_here);

async fn are_taken_and_given(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.alice.says_in(&room, ".point @bob").gets_reaction("ok").await;
    slack.until("Bob is in", |_| room.view().members.iter().any(|member| member == "U0BOB")).await;
    slack.alice.says_in(&room, ".point @bob").gets_reaction("ok_hand").await;
    slack.bob.says_in(&room, ".comms @carol").gets_reaction("ok").await;
    room.topic().is(":fire: [P2] CHECKOUT IS DOWN · point @bob, comms @carol").await;
    slack.bob.says_in(&room, ".TRIAGE").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".eng @dave").gets_reaction("ok").await;
    room.topic().is(":fire: [P2] CHECKOUT IS DOWN · point @bob, comms @carol, triage @bob, eng @dave").await;
    assert_eq!(room.incident().await.state.word(), "acknowledged");
    slack.alice.says_in(&room, ".point").gets_reaction("ok").await;
    room.topic().shows("point @alice").await;
    slack.alice.says_in(&room, ".assign @dave").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".stop").gets_reaction("ok").await;
    assert_snapshot!(slack.alice.says_in(&room, ".point").refusal().await, @"`.point` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.");
    slack.end().await;
}

async fn are_refused_to_who_is_not_here(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    assert_snapshot!(slack.alice.sends_raw(&room, ".point <@U0NOBODY>").refusal().await, @"I don't know that person in this workspace; mention somebody who is, like `.point @name`.");
    assert_snapshot!(slack.alice.says_in(&room, ".point @dora").refusal().await, @"dora has a deactivated account; name somebody who is here.");
    assert_snapshot!(slack.alice.says_in(&room, ".point @robot").refusal().await, @"robot is a bot; name a person.");
    assert_snapshot!(slack.alice.sends_raw(&room, ".point <@U0BOT>").refusal().await, @"breakingbot is a bot; name a person.");
    assert_snapshot!(slack.alice.says_in(&room, ".comms @gina").refusal().await, @"gina is a guest, and this desk gives roles to members only; name a member.");
    assert_snapshot!(slack.alice.says_in(&room, ".comms @olga").refusal().await, @"olga belongs to another organisation, and this desk gives roles to members only; name a member.");
    assert_snapshot!(slack.alice.says_in(&room, ".eng somebody").refusal().await, @"I couldn't tell whom you mean: mention one person, like `.eng @name`, or nobody to take it yourself.");
    assert_snapshot!(slack.alice.says_in(&room, ".assign @bob @carol").refusal().await, @"I couldn't tell whom you mean: mention one person, like `.assign @name`, or nobody to take it yourself.");
    assert_snapshot!(slack.alice.says(".point").refusal().await, @"`.point` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.");
    room.topic().is(":fire: [P2] CHECKOUT IS DOWN · point nobody, comms nobody").await;
    slack.end().await;
}
