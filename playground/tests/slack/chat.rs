//! chat.*: what is posted, and what is refused.

use serde_json::{Value, json};

use crate::app::App;

#[tokio::test]
async fn posts_update_and_delete() {
    let app = App::new().await;
    let metadata = json!({ "event_type": "outbox", "event_payload": { "id": 7 } });
    let blocks = json!([{ "type": "section", "text": { "type": "mrkdwn", "text": "*hi*" } }]);
    let posted = app
        .ok(
            "chat.postMessage",
            json!({ "channel": "C0MAIN", "text": "a &amp; b", "blocks": blocks, "metadata": metadata }),
        )
        .await;
    assert_eq!(posted["channel"], "C0MAIN");
    let ts = posted["ts"].as_str().unwrap();
    let message = &posted["message"];
    for (field, value) in
        [("bot_id", json!("B0BOT")), ("user", json!("U0BOT")), ("text", json!("a &amp; b")), ("blocks", blocks.clone())]
    {
        assert_eq!(message[field], value, "{field}");
    }
    let stored = app.slack.message("breaking", ts).unwrap();
    assert_eq!(stored.metadata, Some(metadata.clone()));
    assert_eq!(app.slack.rendered(&stored), "*hi*");
    // Without blocks in the update the old ones stay; an empty list removes them.
    app.ok("chat.update", json!({ "channel": "C0MAIN", "ts": ts, "text": "new" })).await;
    let stored = app.slack.message("breaking", ts).unwrap();
    assert_eq!((stored.text.as_str(), stored.blocks.len(), stored.metadata.is_some()), ("new", 1, true));
    app.ok("chat.update", json!({ "channel": "C0MAIN", "ts": ts, "text": "new", "blocks": [] })).await;
    let stored = app.slack.message("breaking", ts).unwrap();
    assert_eq!(app.slack.rendered(&stored), "new");
    assert!(stored.edited.is_some());
    app.ok("chat.delete", json!({ "channel": "C0MAIN", "ts": ts })).await;
    assert!(app.slack.message("breaking", ts).is_none());
}

#[tokio::test]
async fn forms_and_json_mean_the_same() {
    let app = App::new().await;
    let blocks = json!([{ "type": "divider" }]).to_string();
    let form = [("token", playground::BOT_TOKEN), ("channel", "C0MAIN"), ("text", "x"), ("blocks", &blocks)];
    let address = format!("{}/chat.postMessage", app.playground.api_url());
    let answer: Value = app.http.post(&address).form(&form).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["ok"], true, "{answer}");
    let call = app.slack.calls().pop().unwrap();
    assert_eq!(call.method, "chat.postMessage");
    assert!(!call.arguments.contains_key("token") && call.arguments["text"] == "x");
    assert_eq!(app.slack.channel("breaking").unwrap().messages[0].blocks.len(), 1);
    let read = format!("{}/conversations.info?channel=C0MAIN", app.playground.api_url());
    let answer: Value =
        app.http.get(read).bearer_auth(playground::BOT_TOKEN).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["channel"]["name"], "breaking");
}

#[tokio::test]
async fn threads_direct_messages_and_ephemerals() {
    let app = App::new().await;
    let parent = app.post("#breaking", "parent").await;
    let reply = app.ok("chat.postMessage", json!({ "channel": "C0MAIN", "text": "reply", "thread_ts": parent })).await;
    let reply = reply["ts"].as_str().unwrap();
    // A reply to a reply goes to the same thread.
    let second = app.ok("chat.postMessage", json!({ "channel": "C0MAIN", "text": "x", "thread_ts": reply })).await;
    assert_eq!(second["message"]["thread_ts"], parent);
    let link = app.ok("chat.getPermalink", json!({ "channel": "C0MAIN", "message_ts": reply })).await;
    let expected = format!(
        "{}archives/C0MAIN/p{}?thread_ts={parent}&cid=C0MAIN",
        app.playground.page_url(),
        reply.replace('.', "")
    );
    assert_eq!(link["permalink"], expected);
    let direct = app.ok("chat.postMessage", json!({ "channel": "U0CAROL", "text": "psst" })).await;
    assert_eq!(direct["channel"], "D0CAROL");
    app.ok("chat.postEphemeral", json!({ "channel": "C0MAIN", "user": "U0BOB", "text": "only you" })).await;
    let whispered = app.slack.ephemerals("breaking").unwrap();
    assert_eq!(whispered[0].ephemeral_to.as_deref(), Some("U0BOB"));
    assert!(app.slack.channel("breaking").unwrap().messages.iter().all(|m| m.text != "only you"));
}

#[tokio::test]
async fn a_deleted_parent_leaves_a_tombstone() {
    let app = App::new().await;
    let parent = app.post("C0MAIN", "parent").await;
    app.ok("chat.postMessage", json!({ "channel": "C0MAIN", "text": "reply", "thread_ts": parent })).await;
    app.ok("chat.delete", json!({ "channel": "C0MAIN", "ts": parent })).await;
    assert_eq!(app.slack.message("breaking", &parent).unwrap().subtype, Some("tombstone"));
    app.refused("chat.update", json!({ "channel": "C0MAIN", "ts": parent, "text": "x" }), "cant_update_message").await;
}

#[tokio::test]
async fn refuses_what_slack_refuses() {
    let app = App::new().await;
    let theirs = app.slack.say("alice", "breaking", "mine", None).unwrap();
    app.slack.create_channel("old", false).unwrap();
    app.slack.invite("alice", "breakingbot", "old").unwrap();
    app.slack.archive("alice", "old").unwrap();
    let old = app.slack.channel("old").unwrap().id;
    let long = "x".repeat(40_001);
    let tall = json!(vec![json!({ "type": "divider" }); 51]);
    for (method, arguments, code) in [
        ("chat.postMessage", json!({ "text": "x" }), "channel_not_found"),
        ("chat.postMessage", json!({ "channel": "C9", "text": "x" }), "channel_not_found"),
        ("chat.postMessage", json!({ "channel": "G0PRIVATE", "text": "x" }), "channel_not_found"),
        ("chat.postMessage", json!({ "channel": "C0GENERAL", "text": "x" }), "not_in_channel"),
        ("chat.postMessage", json!({ "channel": old, "text": "x" }), "is_archived"),
        ("chat.postMessage", json!({ "channel": "C0MAIN" }), "no_text"),
        ("chat.postMessage", json!({ "channel": "C0MAIN", "text": " \n" }), "no_text"),
        ("chat.postMessage", json!({ "channel": "C0MAIN", "text": long }), "msg_too_long"),
        ("chat.postMessage", json!({ "channel": "C0MAIN", "blocks": tall }), "invalid_blocks"),
        ("chat.postMessage", json!({ "channel": "C0MAIN", "blocks": "[{" }), "invalid_blocks_format"),
        ("chat.postMessage", json!({ "channel": "C0MAIN", "blocks": {} }), "invalid_blocks_format"),
        ("chat.postMessage", json!({ "channel": "C0MAIN", "text": "x", "thread_ts": "1.000001" }), "thread_not_found"),
        (
            "chat.postMessage",
            json!({ "channel": "C0MAIN", "text": "x", "metadata": { "event_type": "x" } }),
            "invalid_metadata_schema",
        ),
        ("chat.postMessage", json!({ "channel": "C0MAIN", "text": "x", "metadata": "{" }), "invalid_metadata_format"),
        ("chat.postEphemeral", json!({ "channel": "C0MAIN", "user": "U9", "text": "x" }), "user_not_found"),
        ("chat.postEphemeral", json!({ "channel": "C0NOTIFY", "user": "U0GINA", "text": "x" }), "user_not_in_channel"),
        ("chat.update", json!({ "channel": "C0MAIN", "ts": theirs, "text": "x" }), "cant_update_message"),
        ("chat.update", json!({ "channel": "C0MAIN", "ts": "1.000001", "text": "x" }), "message_not_found"),
        ("chat.delete", json!({ "channel": "C0MAIN", "ts": theirs }), "cant_delete_message"),
        ("chat.getPermalink", json!({ "channel": "C0MAIN", "message_ts": "x" }), "message_not_found"),
    ] {
        app.refused(method, arguments, code).await;
    }
    // Nothing of this was posted.
    assert_eq!(app.slack.channel("breaking").unwrap().messages.len(), 1);
    app.slack.set_scopes(["chat:write", "chat:write.public"]);
    app.post("C0GENERAL", "from outside").await;
}
