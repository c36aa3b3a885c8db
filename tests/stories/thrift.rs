//! A command costs as few calls as its answer needs.

use std::time::Duration;

use breakingbot::core::ids::ChannelId;
use jiff::SignedDuration;
use playground::{Fault, FaultKind, Outcome};

use crate::story::{Stage, Story};

stories!(a_role_costs_two_calls, a_declaration_costs_ten, bursts_cost_one_topic);

/// The methods called by what happens, once everything is done.
async fn calls_of(slack: &Story) -> Vec<String> {
    slack.settles().await;
    let calls = slack.workspace.calls();
    assert!(calls.iter().all(|call| call.outcome == Outcome::Ok), "{calls:#?}");
    slack.workspace.clear_calls();
    calls.into_iter().map(|call| call.method).collect()
}

/// On a machine that is busy, a lease may end before it is renewed, and then the bot looks before it repeats.
fn with_long_leases(mut stage: Stage) -> Stage {
    stage.tuning.lease = Duration::from_secs(600);
    stage
}

async fn a_role_costs_two_calls(stage: Stage) {
    let slack = with_long_leases(stage).begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    // Where bots share a database, the first command of a channel reads it back.
    slack.alice.says_in(&room, ".eng").gets_reaction("ok").await;
    // And the Archivist reads once what was said there before it came.
    slack.later(SignedDuration::from_secs(2));
    let channel = ChannelId::new(&room.id);
    slack
        .until_on_record("what was said is kept", move |store| {
            let channel = channel.clone();
            async move { store.history_mark(&channel).await.unwrap() }
        })
        .await;
    calls_of(&slack).await;
    slack.alice.says_in(&room, ".point").gets_reaction("ok").await;
    assert_eq!(calls_of(&slack).await, ["reactions.add", "conversations.setTopic"]);
    slack.alice.says_in(&room, ".note the graphs recover").gets_reaction("ok").await;
    assert_eq!(calls_of(&slack).await, ["reactions.add"]);
    slack.alice.says_in(&room, ".status").reply().await;
    assert_eq!(calls_of(&slack).await, ["chat.postMessage"]);
    slack.alice.says_in(&room, ".point @nobody").refusal().await;
    assert_eq!(calls_of(&slack).await, ["reactions.add", "chat.postMessage"]);
    for _ in 0..20 {
        slack.alice.says_in(&room, "just talking").is_ignored().await;
    }
    assert_eq!(calls_of(&slack).await, [""; 0]);
    slack.end().await;
}

async fn a_declaration_costs_ten(stage: Stage) {
    let stage = stage.desk(|desk| {
        desk.initial_users = vec!["U0BOB".into(), "U0CAROL".into()];
        desk.runbooks.insert("root".to_owned(), "https://runbooks.example/breaking".to_owned());
    });
    let slack = with_long_leases(stage).begin().await;
    slack.bob.says(".status").reply().await;
    calls_of(&slack).await;
    let room = slack.alice.says(".start p1 Checkout is down").opens_channel().await;
    room.topic().shows("CHECKOUT IS DOWN").await;
    let mut calls = calls_of(&slack).await;
    assert!(calls.len() <= 10, "{calls:#?}");
    calls.sort();
    assert_eq!(
        calls,
        [
            "bookmarks.add",
            "chat.postMessage",
            "chat.postMessage",
            "chat.postMessage",
            "conversations.create",
            "conversations.invite",
            "conversations.setTopic",
            "pins.add",
            "reactions.add",
            "users.info",
        ]
    );
    slack.end().await;
}

async fn bursts_cost_one_topic(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    calls_of(&slack).await;
    // While the first answer is on its way, everything else is typed.
    let fault = FaultKind::Delay(Duration::from_secs(2));
    slack.workspace.fault(Fault::new("reactions.add", fault).in_channel(&room.id).times(1));
    let titles: Vec<_> = (1..=12).map(|n| slack.alice.says_in(&room, &format!(".title Title {n}"))).collect();
    room.topic().shows("TITLE 12 ").await;
    for title in titles {
        title.gets_reaction("ok").await;
    }
    let topics = calls_of(&slack).await.into_iter().filter(|method| method == "conversations.setTopic").count();
    assert!(topics < 12, "{topics} topics");
    slack.end().await;
}
