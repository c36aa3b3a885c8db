//! conversations.history and conversations.replies.

use serde_json::{Value, json};

use crate::app::App;

fn texts(answer: &Value) -> Vec<&str> {
    answer["messages"].as_array().unwrap().iter().map(|m| m["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn history_goes_back_page_by_page() {
    let app = App::new().await;
    let mut stamps = Vec::new();
    for n in 0..7 {
        stamps.push(app.slack.say("alice", "breaking", &n.to_string(), None).unwrap());
    }
    app.slack.say("bob", "breaking", "in a thread", Some(&stamps[3])).unwrap();
    let mut seen = Vec::new();
    let mut arguments = json!({ "channel": "C0MAIN", "limit": 3 });
    loop {
        let page = app.ok("conversations.history", arguments.clone()).await;
        seen.extend(texts(&page).into_iter().map(str::to_owned));
        let next = page["response_metadata"]["next_cursor"].as_str().unwrap_or_default();
        assert_eq!(page["has_more"], !next.is_empty());
        if next.is_empty() {
            break;
        }
        arguments["cursor"] = json!(next);
    }
    assert_eq!(seen, ["6", "5", "4", "3", "2", "1", "0"]);
    for (bounds, expected) in [
        (json!({ "oldest": stamps[4] }), vec!["6", "5"]),
        (json!({ "oldest": stamps[4], "inclusive": true }), vec!["6", "5", "4"]),
        (json!({ "latest": stamps[1] }), vec!["0"]),
        (json!({ "latest": stamps[1], "inclusive": "true" }), vec!["1", "0"]),
        (json!({ "oldest": stamps[2], "latest": stamps[4] }), vec!["3"]),
        (json!({ "oldest": stamps[2], "latest": stamps[2], "inclusive": true, "limit": 1 }), vec!["2"]),
        (json!({ "oldest": "0", "limit": 2 }), vec!["6", "5"]),
    ] {
        let mut arguments = bounds.clone();
        arguments["channel"] = json!("C0MAIN");
        assert_eq!(texts(&app.ok("conversations.history", arguments).await), expected, "{bounds}");
    }
    for (argument, code) in
        [("oldest", "invalid_ts_oldest"), ("latest", "invalid_ts_latest"), ("limit", "invalid_limit")]
    {
        app.refused("conversations.history", json!({ "channel": "C0MAIN", argument: "x" }), code).await;
    }
}

#[tokio::test]
async fn a_thread_and_what_its_parent_says_of_it() {
    let app = App::new().await;
    let parent = app.slack.say("alice", "breaking", "parent", None).unwrap();
    let mut replies = Vec::new();
    for (who, text) in [("bob", "one"), ("carol", "two"), ("bob", "three")] {
        replies.push(app.slack.say(who, "breaking", text, Some(&parent)).unwrap());
    }
    app.ok(
        "chat.postMessage",
        json!({ "channel": "C0MAIN", "text": "seen", "thread_ts": parent, "reply_broadcast": true }),
    )
    .await;
    let history = app.ok("conversations.history", json!({ "channel": "C0MAIN" })).await;
    assert_eq!(texts(&history), ["seen", "parent"]);
    let shown = &history["messages"][1];
    assert_eq!(shown["reply_count"], 4);
    assert_eq!(shown["reply_users"], json!(["U0BOB", "U0CAROL", "U0BOT"]));
    assert_eq!(shown["latest_reply"], history["messages"][0]["ts"]);
    let whole = app.ok("conversations.replies", json!({ "channel": "C0MAIN", "ts": parent })).await;
    assert_eq!(texts(&whole), ["parent", "one", "two", "three", "seen"]);
    assert_eq!(whole["messages"][1]["parent_user_id"], "U0ALICE");
    let by_reply =
        app.ok("conversations.replies", json!({ "channel": "C0MAIN", "ts": replies[1], "oldest": replies[1] })).await;
    assert_eq!(texts(&by_reply), ["parent", "three", "seen"]);
    let first = app.ok("conversations.replies", json!({ "channel": "C0MAIN", "ts": parent, "limit": 2 })).await;
    assert_eq!(texts(&first), ["parent", "one", "two"]);
    let cursor = &first["response_metadata"]["next_cursor"];
    let rest = app
        .ok("conversations.replies", json!({ "channel": "C0MAIN", "ts": parent, "limit": 2, "cursor": cursor }))
        .await;
    assert_eq!((texts(&rest), &rest["has_more"]), (vec!["parent", "three", "seen"], &json!(false)));
    app.refused("conversations.replies", json!({ "channel": "C0MAIN", "ts": "1.000001" }), "thread_not_found").await;
}

#[tokio::test]
async fn metadata_is_given_only_when_asked_for() {
    let app = App::new().await;
    let metadata = json!({ "event_type": "outbox", "event_payload": { "id": "7" } });
    app.ok("chat.postMessage", json!({ "channel": "C0MAIN", "text": "x", "metadata": metadata })).await;
    let plain = app.ok("conversations.history", json!({ "channel": "C0MAIN" })).await;
    assert!(plain["messages"][0]["metadata"].is_null());
    let all = app.ok("conversations.history", json!({ "channel": "C0MAIN", "include_all_metadata": true })).await;
    assert_eq!(all["messages"][0]["metadata"], metadata);
}
