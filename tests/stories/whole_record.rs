//! The record of an incident that people ran, as it is handed on.

use jiff::SignedDuration;

use crate::history::until_kept;
use crate::rooms::Room;
use crate::story::{Stage, Story};

stories!(it_tells_all_of_it_in_every_format, where_no_history_is_kept_it_tells_the_log_alone);

/// A bad afternoon of two hours, from the first bad request to the finished review on the next day.
async fn a_bad_afternoon(slack: &Story) -> Room {
    let minutes = async |count| {
        slack.settles().await;
        slack.later(SignedDuration::from_mins(count));
    };
    let room = slack.alice.says(".start Checkout times out for some customers").opens_channel().await;
    minutes(3).await;
    slack.alice.says_in(&room, ".point").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".genesis 25 minutes ago").reply().await;
    slack.alice.says_in(&room, ".detected 9 minutes ago").reply().await;
    minutes(4).await;
    slack.carol.says_in(&room, ".comms").gets_reaction("ok").await;
    slack.carol.says_in(&room, ".summary Some card payments time out. We look for the cause.").reply().await;
    slack.dave.says_in(&room, ".eng").gets_reaction("ok").await;
    let slow = slack.dave.says_in(&room, "the gateway answers, but slowly: p99 went from 300 ms to 9 s");
    minutes(1).await;
    let _since = slack.alice.says_under(&slow, "since when? the *graph* has a gap");
    let guess = slack.bob.says_in(&room, "could it be teh 4.12 deploy? https://ci.example/checkout/4.12");
    guess.is_edited("could it be the 4.12 deploy? https://ci.example/checkout/4.12");
    minutes(1).await;
    let _since = slack.dave.says_under(&slow, "since 16:38\nthe gap is the exporter's");
    minutes(3).await;
    slack
        .dave
        .says_in(&room, ".note The error rate rose from 0.1 % to 12 % at 16:38 UTC, with the deploy of checkout 4.12")
        .gets_reaction("ok")
        .await;
    slack.dave.says_in(&room, ".components checkout, payments gateway").gets_reaction("ok").await;
    minutes(6).await;
    slack.alice.says_in(&room, ".p1 now every card payment in Europe fails").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".title Card payments fail in Europe").gets_reaction("ok").await;
    slack.carol.says_in(&room, ".notify Card payments in Europe fail since 16:38 UTC. We are rolling back; the next update comes in 30 minutes.").gets_reaction("ok").await;
    let slip = slack.dave.says_in(&room, "the console's password is hunter2");
    slack.workspace.delete(&room.id, &slip.line.ts).unwrap();
    let found = slack.bob.says_in(&room, "found it: 4.12 dropped the limit on connections to the gateway");
    slack.workspace.react("U0CAROL", &room.id, &found.line.ts, "pushpin").unwrap();
    let _asked = slack.alice.says_in(&room, ".status").reply().await;
    minutes(4).await;
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
    minutes(8).await;
    slack.bob.says_in(&room, ".point").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".note I hand over to Bob, who knows the gateway").gets_reaction("ok").await;
    minutes(12).await;
    slack.dave.says_in(&room, ".blocked network operations => the old gateway's routes").reply().await;
    slack
        .carol
        .says_in(&room, ".notify The rollback is through, the payment provider still limits us.")
        .gets_reaction("ok")
        .await;
    minutes(9).await;
    slack.dave.says_in(&room, ".unblocked 2").gets_reaction("ok").await;
    minutes(6).await;
    slack.dave.says_in(&room, ".unblocked 1").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".mitigated").gets_reaction("ok").await;
    slack.carol.says_in(&room, ".summary Card payments in Europe failed for 80 minutes after a deploy that dropped the gateway's connection limit.").reply().await;
    minutes(5).await;
    slack.dave.says_in(&room, ".pr https://github.example/shop/checkout/pull/812").gets_reaction("ok").await;
    minutes(22).await;
    slack.bob.says_in(&room, ".stop").gets_reaction("ok").await;
    slack.settles().await;
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
    until_kept(&slack, &room).await;
    let markdown = slack.alice.says_in(&room, ".export").file().await;
    insta::assert_snapshot!("markdown", markdown);
    assert!(!markdown.contains("hunter2"));

    let json: serde_json::Value =
        serde_json::from_str(&slack.alice.says_in(&room, ".export json").file().await).unwrap();
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../docs/incident.schema.json")).unwrap();
    assert_eq!(testing::schema::mistakes(&schema, &json), Vec::<String>::new());
    assert_eq!(json["role_history"].as_array().unwrap().len(), 4);
    assert_eq!(json["revisions"].as_array().unwrap().len(), 4, "{}", json["revisions"]);

    assert_eq!(
        json["messages"].as_array().unwrap().iter().filter(|message| message["kind"] == "said").count(),
        5,
        "{}",
        json["messages"]
    );

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
    // Everything of the log, and all that was said, is in all three.
    let said = |entry: &serde_json::Value| entry["text"].as_str().map(ToOwned::to_owned);
    let all = ["log", "messages"].into_iter().flat_map(|list| json[list].as_array().unwrap().iter().filter_map(said));
    for said in all {
        let words = said.split(|c: char| !(c.is_alphanumeric() || c == ' ')).max_by_key(|part| part.len()).unwrap();
        assert!(html.contains(words.trim()) && markdown.contains(words.trim()), "{words} is missing");
    }
    slack.end().await;
}

async fn where_no_history_is_kept_it_tells_the_log_alone(stage: Stage) {
    let slack = stage.desk(|desk| desk.record_history = false).begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.bob.says_in(&room, "the db is slow").is_ignored().await;
    slack.alice.says_in(&room, ".note hello").gets_reaction("ok").await;
    slack.is_written_down().await;
    for (export, log) in [(".export md", "· note · alice noted: hello"), (".export json", "alice noted: hello")] {
        let file = slack.alice.says_in(&room, export).file().await;
        let lacks =
            ["the db is slow", "joined", "messages", "· message ·"].into_iter().all(|said| !file.contains(said));
        assert!(file.contains(log) && lacks, "{file}");
    }
    slack.end().await;
}
