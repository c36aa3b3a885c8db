//! The scripted control over HTTP, for tests in another process.

use serde_json::{Value, json};

use crate::app::App;

async fn act(app: &App, verb: &str, body: Value) -> Value {
    let response = app.http.post(app.at(&format!("control/{verb}"))).json(&body).send().await.unwrap();
    let status = response.status();
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["ok"] == true, status == 200, "{verb}: {answer}");
    answer
}

async fn look(app: &App, what: &str) -> Value {
    app.http.get(app.at(&format!("control/{what}"))).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn everything_can_be_done_from_outside() {
    let app = App::new().await;
    let said = act(&app, "say", json!({ "user": "alice", "channel": "breaking", "text": "hi @bob" })).await;
    let ts = said["ts"].as_str().unwrap();
    act(&app, "react", json!({ "user": "bob", "channel": "breaking", "ts": ts, "name": "eyes" })).await;
    act(&app, "add_person", json!({ "id": "U0EVE", "name": "eve", "tz": "Asia/Kolkata" })).await;
    act(&app, "join", json!({ "user": "eve", "channel": "breaking" })).await;
    act(&app, "set_topic", json!({ "user": "eve", "channel": "breaking", "topic": "a & b" })).await;
    let seen = look(&app, "messages?channel=breaking").await;
    let message = &seen["messages"][0];
    assert_eq!((&message["rendered"], &message["reactions"][0]["users"][0]), (&json!("hi @bob"), &json!("U0BOB")));
    let channel = look(&app, "channel?channel=breaking").await;
    assert_eq!(channel["channel"]["topic"], "a &amp; b");
    act(&app, "fault", json!({ "method": "chat.postMessage", "kind": { "error": "fatal_error" }, "times": 1 })).await;
    app.refused("chat.postMessage", json!({ "channel": "C0MAIN", "text": "x" }), "fatal_error").await;
    let calls = look(&app, "calls").await;
    assert_eq!(calls["calls"][0]["outcome"], json!({ "error": "fatal_error" }));
    for (verb, body, code) in [
        ("say", json!({ "user": "nobody", "channel": "breaking", "text": "x" }), "user_not_found"),
        ("say", json!({ "user": "alice", "channel": "nowhere", "text": "x" }), "channel_not_found"),
        ("say", json!({ "user": "gina", "channel": "general", "text": "x" }), "not_in_channel"),
        ("say", json!({ "usr": "alice" }), "invalid_arguments"),
        ("fault", json!({ "method": "*", "kind": "nonsense" }), "invalid_arguments"),
        ("dance", json!({}), "unknown_verb"),
    ] {
        assert_eq!(act(&app, verb, body).await["error"], code, "{verb}");
    }
}

#[tokio::test]
async fn waiting_ends_with_the_next_change() {
    let app = App::new().await;
    let version = look(&app, "status").await["version"].as_u64().unwrap();
    let path = format!("control/wait?since={version}&limit=20");
    let waiting = app.http.get(app.at(&path)).send();
    let change = async { app.slack.say("alice", "breaking", "now", None).unwrap() };
    let (answer, _) = futures_util::future::join(waiting, change).await;
    assert_eq!(answer.unwrap().json::<Value>().await.unwrap()["changed"], true);
}

#[tokio::test]
async fn other_pages_and_other_names_are_refused() {
    let app = App::new().await;
    let own = app.playground.page_url();
    for (path, header, value, status) in [
        ("control/channels", "origin", own.trim_end_matches('/'), 200),
        ("control/channels", "origin", "http://evil.example", 403),
        ("control/channels", "origin", "null", 403),
        ("control/channels", "host", "evil.example", 403),
        ("control/channels", "host", "localhost:1", 200),
        ("", "host", "evil.example", 403),
        ("page/view", "host", "evil.example", 403),
    ] {
        let response = app.http.get(app.at(path)).header(header, value).send().await.unwrap();
        assert_eq!(response.status(), status, "{path} {header}: {value}");
    }
}
