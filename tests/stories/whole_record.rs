//! The record of an incident that people ran, as it is handed on.

use jiff::SignedDuration;

use crate::rooms::Room;
use crate::story::{Stage, Story};

stories!(it_tells_all_of_it_in_every_format);

/// A bad afternoon of two hours, from the first bad request to the finished review on the next day.
async fn a_bad_afternoon(slack: &Story) -> Room {
    let minutes = |count| slack.later(SignedDuration::from_mins(count));
    let room = slack.alice.says(".start Checkout times out for some customers").opens_channel().await;
    minutes(3);
    slack.alice.says_in(&room, ".point").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".genesis 25 minutes ago").reply().await;
    slack.alice.says_in(&room, ".detected 9 minutes ago").reply().await;
    minutes(4);
    slack.carol.says_in(&room, ".comms").gets_reaction("ok").await;
    slack.carol.says_in(&room, ".summary Some card payments time out. We look for the cause.").reply().await;
    slack.dave.says_in(&room, ".eng").gets_reaction("ok").await;
    minutes(5);
    slack
        .dave
        .says_in(&room, ".note The error rate rose from 0.1 % to 12 % at 16:38 UTC, with the deploy of checkout 4.12")
        .gets_reaction("ok")
        .await;
    slack.dave.says_in(&room, ".components checkout, payments gateway").gets_reaction("ok").await;
    minutes(6);
    slack.alice.says_in(&room, ".p1 now every card payment in Europe fails").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".title Card payments fail in Europe").gets_reaction("ok").await;
    slack.carol.says_in(&room, ".notify Card payments in Europe fail since 16:38 UTC. We are rolling back; the next update comes in 30 minutes.").gets_reaction("ok").await;
    minutes(4);
    slack
        .dave
        .says_in(&room, ".blocked the payment provider => they must lift the rate limit for our retries")
        .reply()
        .await;
    slack
        .carol
        .says_in(&room, ".affected customers in Europe who pay by card, the partner shops")
        .gets_reaction("ok")
        .await;
    minutes(8);
    slack.bob.says_in(&room, ".point").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".note I hand over to Bob, who knows the gateway").gets_reaction("ok").await;
    minutes(12);
    slack.dave.says_in(&room, ".blocked network operations => the old gateway's routes").reply().await;
    slack
        .carol
        .says_in(&room, ".notify The rollback is through, the payment provider still limits us.")
        .gets_reaction("ok")
        .await;
    minutes(9);
    slack.dave.says_in(&room, ".unblocked 2").gets_reaction("ok").await;
    minutes(6);
    slack.dave.says_in(&room, ".unblocked 1").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".mitigated").gets_reaction("ok").await;
    slack.carol.says_in(&room, ".summary Card payments in Europe failed for 80 minutes after a deploy that dropped the gateway's connection limit.").reply().await;
    minutes(5);
    slack.dave.says_in(&room, ".pr https://github.example/shop/checkout/pull/812").gets_reaction("ok").await;
    minutes(22);
    slack.bob.says_in(&room, ".stop").gets_reaction("ok").await;
    slack.later(SignedDuration::from_hours(18));
    slack.bob.says_in(&room, ".detected 16:44 UTC").reply().await;
    slack
        .bob
        .says_in(&room, ".factor The new version had no limit on connections to the gateway")
        .gets_reaction("ok")
        .await;
    slack
        .bob
        .says_in(&room, ".factor The canary takes no card payments, so it looked healthy")
        .gets_reaction("ok")
        .await;
    slack.bob.says_in(&room, ".ai Let the canary take card payments => @dave has a plan").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".ai Agree on a higher limit with the payment provider").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".rfr").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".complete").reply().await;
    room
}

async fn it_tells_all_of_it_in_every_format(stage: Stage) {
    let slack = stage.begin().await;
    let room = a_bad_afternoon(&slack).await;
    let markdown = slack.alice.says_in(&room, ".export").file().await;
    insta::assert_snapshot!("markdown", markdown);

    let json: serde_json::Value =
        serde_json::from_str(&slack.alice.says_in(&room, ".export json").file().await).unwrap();
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../docs/incident.schema.json")).unwrap();
    assert_eq!(testing::schema::mistakes(&schema, &json), Vec::<String>::new());
    assert_eq!(json["role_history"].as_array().unwrap().len(), 4);
    assert_eq!(json["revisions"].as_array().unwrap().len(), 4, "{}", json["revisions"]);

    let html = slack.alice.says_in(&room, ".export html").file().await;
    // The lanes of the picture, and what stands in them.
    for drawn in [
        ">phase<",
        ">priority<",
        ">point<",
        ">comms<",
        ">eng<",
        ">blocked<",
        ">alice<",
        ">bob<",
        ">P1<",
        "mitigated 17:57",
    ] {
        assert!(html.contains(drawn), "{drawn} is not drawn:\n{html}");
    }
    // Everything of the log is in all three.
    for entry in json["log"].as_array().unwrap() {
        let said = entry["text"].as_str().unwrap();
        let words = said.split(|c: char| !(c.is_alphanumeric() || c == ' ')).max_by_key(|part| part.len()).unwrap();
        assert!(html.contains(words.trim()) && markdown.contains(words.trim()), "{words} is missing");
    }
    slack.end().await;
}
