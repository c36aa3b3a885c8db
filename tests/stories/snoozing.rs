//! Reminders that are asked to be quiet.

use insta::assert_snapshot;

use crate::story::Stage;

stories!(for_a_while_and_back_again);

async fn for_a_while_and_back_again(stage: Stage) {
    let slack = stage.reminding().begin().await;
    let room = slack.alice.says(".p1 Checkout is down").opens_channel().await;
    assert_snapshot!(slack.alice.says_in(&room, ".snooze").reply().await, @"All reminders are snoozed for 1 h, until Feb 28, 2052 18:00; `.unsnooze` brings them back.");
    assert_snapshot!(slack.alice.says_in(&room, ".snooze point 15m").reply().await, @"Reminders about point are snoozed for 15 m, until Feb 28, 2052 17:15; `.unsnooze point` brings them back.");
    assert_snapshot!(slack.alice.says_in(&room, ".snooze for ever").refusal().await, @"I can't tell for how long from `ever`; try `.snooze 30m`, `.snooze point 15m`, `.snooze update 2 hours`, or nothing for an hour.");
    assert_snapshot!(slack.alice.says_in(&room, ".snooze #3").refusal().await, @"There is no open blocker #3: nothing is waited for.");
    assert_snapshot!(slack.alice.says_in(&room, ".snooze 3 days").refusal().await, @"Longer than 1 d would be forgetting. A lower priority, such as `.p4`, ends reminders for good.");
    slack.alice.says_in(&room, ".unsnooze").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".unsnooze").gets_reaction("ok_hand").await;
    slack.alice.says_in(&room, ".stop").gets_reaction("ok").await;
    assert_snapshot!(slack.alice.says_in(&room, ".snooze").refusal().await, @"`.snooze` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.");
    slack.end().await;
}
