//! Reactions, pins, bookmarks, people, groups, files, views, tokens and scopes.

use playground::{APP_TOKEN, Options};
use serde_json::{Value, json};

use crate::app::App;

#[tokio::test]
async fn reactions() {
    let app = App::new().await;
    let ts = app.slack.say("alice", "breaking", "x", None).unwrap();
    app.ok("reactions.add", json!({ "channel": "C0MAIN", "timestamp": ts, "name": "ok_hand" })).await;
    app.slack.react("bob", "breaking", &ts, "ok_hand").unwrap();
    let got = app.ok("reactions.get", json!({ "channel": "C0MAIN", "timestamp": ts })).await;
    assert_eq!(got["message"]["reactions"], json!([{ "name": "ok_hand", "users": ["U0BOT", "U0BOB"], "count": 2 }]));
    for (method, arguments, code) in [
        ("reactions.add", json!({ "channel": "C0MAIN", "timestamp": ts, "name": "ok_hand" }), "already_reacted"),
        ("reactions.add", json!({ "channel": "C0MAIN", "timestamp": ts, "name": ":ok:" }), "invalid_name"),
        ("reactions.add", json!({ "channel": "C0MAIN", "timestamp": ts }), "invalid_name"),
        ("reactions.add", json!({ "channel": "C0MAIN", "timestamp": "1.000001", "name": "ok" }), "message_not_found"),
        ("reactions.add", json!({ "channel": "C0MAIN", "timestamp": "x", "name": "ok" }), "bad_timestamp"),
        ("reactions.add", json!({ "name": "ok" }), "no_item_specified"),
        ("reactions.remove", json!({ "channel": "C0MAIN", "timestamp": ts, "name": "fire" }), "no_reaction"),
    ] {
        app.refused(method, arguments, code).await;
    }
    app.ok("reactions.remove", json!({ "channel": "C0MAIN", "timestamp": ts, "name": "ok_hand" })).await;
    app.refused("reactions.remove", json!({ "channel": "C0MAIN", "timestamp": ts, "name": "ok_hand" }), "no_reaction")
        .await;
    let left = app.slack.message("breaking", &ts).unwrap().reactions;
    assert_eq!(left[0].users, ["U0BOB"]);
}

#[tokio::test]
async fn pins_and_bookmarks() {
    let app = App::new().await;
    let ts = app.post("C0MAIN", "x").await;
    app.ok("pins.add", json!({ "channel": "C0MAIN", "timestamp": ts })).await;
    app.refused("pins.add", json!({ "channel": "C0MAIN", "timestamp": ts }), "already_pinned").await;
    app.refused("pins.add", json!({ "channel": "C0MAIN" }), "no_item_specified").await;
    app.refused("pins.add", json!({ "channel": "C0GENERAL", "timestamp": ts }), "not_in_channel").await;
    let pins = app.ok("pins.list", json!({ "channel": "C0MAIN" })).await;
    assert_eq!(pins["items"][0]["message"]["ts"], ts);
    app.ok("pins.remove", json!({ "channel": "C0MAIN", "timestamp": ts })).await;
    app.refused("pins.remove", json!({ "channel": "C0MAIN", "timestamp": ts }), "no_pin").await;

    let add = json!({ "channel_id": "C0MAIN", "title": "Runbook", "type": "link", "link": "https://e.example/" });
    let id = app.ok("bookmarks.add", add.clone()).await["bookmark"]["id"].clone();
    app.ok("bookmarks.edit", json!({ "channel_id": "C0MAIN", "bookmark_id": id, "title": "Book" })).await;
    let listed = app.ok("bookmarks.list", json!({ "channel_id": "C0MAIN" })).await;
    assert_eq!(
        (&listed["bookmarks"][0]["title"], &listed["bookmarks"][0]["link"]),
        (&json!("Book"), &json!("https://e.example/"))
    );
    for (field, value, code) in [
        ("link", "javascript:alert(1)", "invalid_link"),
        ("type", "file", "invalid_bookmark_type"),
        ("title", "", "invalid_arguments"),
        ("channel_id", "C0GENERAL", "not_in_channel"),
    ] {
        let mut wrong = add.clone();
        wrong[field] = json!(value);
        app.refused("bookmarks.add", wrong, code).await;
    }
    app.ok("bookmarks.remove", json!({ "channel_id": "C0MAIN", "bookmark_id": id })).await;
    app.refused("bookmarks.remove", json!({ "channel_id": "C0MAIN", "bookmark_id": id }), "not_found").await;
}

#[tokio::test]
async fn people_and_groups() {
    let app = App::new().await;
    let user = |id: &'static str| app.ok("users.info", json!({ "user": id }));
    let tokyo = user("U0CAROL").await;
    assert_eq!((&tokyo["user"]["tz"], &tokyo["user"]["tz_offset"]), (&json!("Asia/Tokyo"), &json!(32_400)));
    assert_eq!(user("U0GINA").await["user"]["is_restricted"], true);
    assert_eq!(user("U0DORA").await["user"]["deleted"], true);
    let robot = user("U0ROBOT").await;
    assert_eq!((&robot["user"]["is_bot"], &robot["user"]["profile"]["bot_id"]), (&json!(true), &json!("B0ROBOT")));
    let stranger = user("U0OLGA").await;
    assert_eq!((&stranger["user"]["is_stranger"], &stranger["user"]["team_id"]), (&json!(true), &json!("T0OTHER")));
    app.refused("users.info", json!({ "user": "U9" }), "user_not_found").await;
    let found = app.ok("users.lookupByEmail", json!({ "email": "alice@playground.example" })).await;
    assert_eq!(found["user"]["id"], "U0ALICE");
    for nobody in ["dora@playground.example", "x@y.example", ""] {
        app.refused("users.lookupByEmail", json!({ "email": nobody }), "users_not_found").await;
    }
    assert_eq!(app.ok("users.list", json!({})).await["members"].as_array().unwrap().len(), 8);
    let groups = app.ok("usergroups.list", json!({ "include_users": true })).await;
    assert_eq!(groups["usergroups"][0]["users"], json!(["U0ALICE", "U0BOB"]));
    app.slack.set_group("oncall", &["carol"]).unwrap();
    let group = app.ok("usergroups.users.list", json!({ "usergroup": "S0ONCALL" })).await;
    assert_eq!(group["users"], json!(["U0CAROL"]));
    app.refused("usergroups.users.list", json!({ "usergroup": "S9" }), "no_such_subteam").await;
    // Without the scope for it, nobody's address is given.
    app.slack.set_scopes(["users:read"]);
    assert!(app.ok("users.info", json!({ "user": "U0ALICE" })).await["user"]["profile"]["email"].is_null());
}

#[tokio::test]
async fn an_upload_is_announced_sent_completed_and_downloaded() {
    let app = App::new().await;
    let mut files = Vec::new();
    for multipart in [false, true] {
        let announced = app.ok("files.getUploadURLExternal", json!({ "filename": "log.md", "length": 5 })).await;
        let mut request = app.http.post(announced["upload_url"].as_str().unwrap());
        request = if multipart {
            let body = "--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"log.md\"\r\n\r\nhello\r\n--xyz--\r\n";
            request.header("content-type", "multipart/form-data; boundary=xyz").body(body)
        } else {
            request.body("hello")
        };
        assert_eq!(request.send().await.unwrap().text().await.unwrap(), "OK - 5");
        files.push(json!({ "id": announced["file_id"], "title": "The log" }));
    }
    let complete = json!({ "files": files, "channel_id": "C0MAIN", "initial_comment": "here" });
    let done = app.ok("files.completeUploadExternal", complete.clone()).await;
    for file in done["files"].as_array().unwrap() {
        let response = app.http.get(file["url_private"].as_str().unwrap()).send().await.unwrap();
        assert!(response.headers()["content-disposition"].to_str().unwrap().starts_with("attachment"));
        assert_eq!(response.text().await.unwrap(), "hello");
    }
    let shared = &app.slack.channel("breaking").unwrap().messages[0];
    assert_eq!((shared.subtype, shared.text.as_str(), shared.files.len()), (Some("file_share"), "here", 2));
    app.refused("files.completeUploadExternal", complete, "file_not_found").await;
    app.refused("files.getUploadURLExternal", json!({ "filename": "x" }), "invalid_arguments").await;
}

#[tokio::test]
async fn tokens_and_scopes() {
    let app = App::new().await;
    let me = app.ok("auth.test", json!({})).await;
    assert_eq!((&me["user_id"], &me["url"]), (&json!("U0BOT"), &json!(app.playground.page_url())));
    for (method, token, code) in [
        ("auth.test", "", "not_authed"),
        ("auth.test", "xoxb-wrong", "invalid_auth"),
        ("auth.test", APP_TOKEN, "not_allowed_token_type"),
        ("apps.connections.open", playground::BOT_TOKEN, "not_allowed_token_type"),
        ("no.such", playground::BOT_TOKEN, "unknown_method"),
    ] {
        let answer: Value = app.send(method, token, &json!({})).await.unwrap().json().await.unwrap();
        assert_eq!(answer["error"], code, "{method}");
    }
    app.slack.set_scopes(["users:read", "channels:history"]);
    let scoped = app.send("users.info", playground::BOT_TOKEN, &json!({ "user": "U0BOB" })).await.unwrap();
    assert_eq!(scoped.headers()["x-oauth-scopes"], "channels:history,users:read");
    assert_eq!(scoped.headers()["x-accepted-oauth-scopes"], "users:read");
    let missing = app.refused("chat.postMessage", json!({ "channel": "C0MAIN", "text": "x" }), "missing_scope").await;
    assert_eq!(
        (&missing["needed"], &missing["provided"]),
        (&json!("chat:write"), &json!("channels:history,users:read"))
    );
    // What a private channel needs is a scope of its own.
    app.slack.invite("alice", "breakingbot", "security").unwrap();
    app.ok("conversations.history", json!({ "channel": "C0MAIN" })).await;
    let missing = app.refused("conversations.history", json!({ "channel": "G0PRIVATE" }), "missing_scope").await;
    assert_eq!(missing["needed"], "groups:history");
    app.slack.revoke_tokens(true);
    app.refused("auth.test", json!({}), "token_revoked").await;
}

#[tokio::test]
async fn rate_limits_hold_until_the_clock_moves_on() {
    let app = App::with(Options { rate_limits: true, ..Options::default() }).await;
    for n in 0..5 {
        app.post("C0MAIN", &n.to_string()).await;
    }
    let slow = app
        .send("chat.postMessage", playground::BOT_TOKEN, &json!({ "channel": "C0MAIN", "text": "x" }))
        .await
        .unwrap();
    assert_eq!((slow.status().as_u16(), slow.headers()["retry-after"].to_str().unwrap()), (429, "1"));
    assert_eq!(slow.json::<Value>().await.unwrap()["error"], "ratelimited");
    app.post("C0NOTIFY", "another channel").await;
    app.slack.advance(std::time::Duration::from_secs(1));
    app.post("C0MAIN", "again").await;
}

#[tokio::test]
async fn views_are_kept() {
    let app = App::new().await;
    let view =
        json!({ "type": "modal", "title": { "type": "plain_text", "text": "t" }, "blocks": [{ "type": "divider" }] });
    let trigger = format!("{}.x", app.slack.now().micros());
    let opened = app.ok("views.open", json!({ "trigger_id": trigger, "view": view })).await;
    let id = opened["view"]["id"].clone();
    app.ok("views.update", json!({ "view_id": id, "view": view })).await;
    app.ok("views.publish", json!({ "user_id": "U0BOB", "view": { "type": "home", "blocks": [] } })).await;
    app.refused("views.update", json!({ "view_id": "V9", "view": view }), "not_found").await;
    app.slack.advance(std::time::Duration::from_secs(4));
    app.refused("views.open", json!({ "trigger_id": trigger, "view": view }), "expired_trigger_id").await;
    let broken = json!({ "type": "modal", "title": {}, "blocks": [{ "type": "nonsense" }] });
    let trigger = format!("{}.x", app.slack.now().micros());
    app.refused("views.open", json!({ "trigger_id": trigger, "view": broken }), "invalid_blocks").await;
}
