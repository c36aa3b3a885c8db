//! Socket Mode: what is delivered, to whom, and how often.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use playground::{Options, Standing};
use serde_json::{Value, json};

use crate::app::{App, LIMIT, Socket};

fn quick() -> Options {
    Options { acknowledge_within: Duration::from_millis(40), ..Options::default() }
}

/// The next events' types and subtypes.
async fn kinds(socket: &mut Socket, count: usize) -> Vec<String> {
    let mut kinds = Vec::new();
    for _ in 0..count {
        let event = socket.event().await;
        let subtype = event["subtype"].as_str().map(|s| format!("/{s}")).unwrap_or_default();
        kinds.push(format!("{}{subtype}", event["type"].as_str().unwrap()));
    }
    kinds
}

#[tokio::test]
async fn a_message_arrives_as_slack_documents_it() {
    let app = App::new().await;
    let mut socket = app.connect().await;
    let ts = app.slack.say("alice", "breaking", "hello <b> @bob", None).unwrap();
    let envelope = socket.read().await;
    assert_eq!(envelope["type"], "events_api");
    assert_eq!((&envelope["retry_attempt"], &envelope["accepts_response_payload"]), (&json!(0), &json!(false)));
    let payload = &envelope["payload"];
    for (field, value) in [("type", "event_callback"), ("team_id", "T0PLAY"), ("api_app_id", "A0PLAY")] {
        assert_eq!(payload[field], value);
    }
    assert!(payload["event_id"].as_str().unwrap().starts_with("Ev"));
    assert_eq!(payload["authorizations"][0]["user_id"], "U0BOT");
    let event = &payload["event"];
    for (field, value) in [
        ("type", "message"),
        ("channel", "C0MAIN"),
        ("channel_type", "channel"),
        ("user", "U0ALICE"),
        ("team", "T0PLAY"),
        ("text", "hello &lt;b&gt; <@U0BOB>"),
        ("ts", &ts),
        ("event_ts", &ts),
    ] {
        assert_eq!(event[field], value, "{field} of {event}");
    }
    assert!(event["client_msg_id"].is_string() && event["subtype"].is_null() && event["bot_id"].is_null());
    assert_eq!(app.slack.events_unacknowledged().len(), 1);
    socket.acknowledge(&envelope).await;
    app.slack.until(LIMIT, |slack| slack.events_unacknowledged().is_empty().then_some(())).await.unwrap();
    assert_eq!(app.slack.envelopes()[0].standing, Standing::Acknowledged);
}

#[tokio::test]
async fn every_kind_of_event_arrives() {
    let app = App::new().await;
    let mut socket = app.connect().await;
    let slack = &app.slack;
    let ts = slack.say("bob", "breaking", "@breakingbot help", None).unwrap();
    assert_eq!(kinds(&mut socket, 2).await, ["message", "app_mention"]);
    slack.edit("breaking", &ts, "edited").unwrap();
    slack.react("bob", "breaking", &ts, "fire").unwrap();
    slack.unreact("bob", "breaking", &ts, "fire").unwrap();
    slack.delete("breaking", &ts).unwrap();
    assert_eq!(
        kinds(&mut socket, 4).await,
        ["message/message_changed", "reaction_added", "reaction_removed", "message/message_deleted"]
    );
    slack.set_topic("bob", "breaking", "calm").unwrap();
    slack.leave("bob", "breaking").unwrap();
    slack.join("bob", "breaking").unwrap();
    assert_eq!(
        kinds(&mut socket, 5).await,
        [
            "message/channel_topic",
            "message/channel_leave",
            "member_left_channel",
            "message/channel_join",
            "member_joined_channel"
        ]
    );
    let id = slack.create_channel("elsewhere", false).unwrap();
    slack.say("alice", "elsewhere", "nobody hears this", None).unwrap();
    slack.rename("alice", &id, "somewhere").unwrap();
    slack.archive("alice", &id).unwrap();
    slack.unarchive("alice", &id).unwrap();
    slack.delete_channel("alice", &id).unwrap();
    assert_eq!(
        kinds(&mut socket, 5).await,
        ["channel_created", "channel_rename", "channel_archive", "channel_unarchive", "channel_deleted"]
    );
    let ts = app.post("C0MAIN", "to be pinned").await;
    let event = socket.event().await;
    assert_eq!((&event["bot_id"], &event["user"], &event["subtype"]), (&json!("B0BOT"), &json!("U0BOT"), &Value::Null));
    app.ok("pins.add", json!({ "channel": "C0MAIN", "timestamp": ts })).await;
    app.ok("chat.postMessage", json!({ "channel": "C0MAIN", "text": "t", "thread_ts": ts, "reply_broadcast": true }))
        .await;
    slack.say_to_bot("carol", "psst").unwrap();
    assert_eq!(kinds(&mut socket, 3).await, ["pin_added", "message/thread_broadcast", "message"]);
    let stranger = slack.say("olga", "breaking", "hi", None).unwrap();
    let event = socket.event().await;
    assert_eq!((&event["ts"], &event["user_team"]), (&json!(stranger), &json!("T0OTHER")));
}

#[tokio::test]
async fn nothing_is_heard_of_channels_without_the_bot() {
    let app = App::new().await;
    let mut socket = app.connect().await;
    app.slack.say("alice", "general", "@breakingbot", None).unwrap();
    app.slack.say("alice", "security", "secret", None).unwrap();
    let heard = app.slack.say("alice", "breaking", "heard", None).unwrap();
    assert_eq!(socket.event().await["ts"], *heard);
}

#[tokio::test]
async fn what_is_not_acknowledged_comes_again_at_once_and_after_a_minute_and_five() {
    let app = App::with(quick()).await;
    let mut socket = app.connect().await;
    app.slack.say("alice", "breaking", "listen", None).unwrap();
    let attempt = |envelope: &Value| envelope["retry_attempt"].as_u64().unwrap();
    let first = socket.read().await;
    let second = socket.read().await;
    assert_eq!((attempt(&first), attempt(&second)), (0, 1));
    assert_eq!(second["retry_reason"], "timeout");
    assert_eq!(first["payload"]["event_id"], second["payload"]["event_id"]);
    for (number, minutes) in [(2, 1), (3, 5)] {
        app.slack.until(LIMIT, |s| (s.envelopes()[0].standing == Standing::Scheduled).then_some(())).await.unwrap();
        app.slack.advance(Duration::from_secs(minutes * 60));
        assert_eq!(attempt(&socket.read().await), number);
    }
    app.slack.until(LIMIT, |s| (s.envelopes()[0].standing == Standing::GivenUp).then_some(())).await.unwrap();
    assert_eq!(app.slack.envelopes()[0].attempts, 4);
}

#[tokio::test]
async fn a_dropped_socket_hands_its_envelopes_to_the_next_one() {
    let app = App::new().await;
    let mut socket = app.connect().await;
    app.slack.say("alice", "breaking", "one", None).unwrap();
    socket.read().await;
    app.slack.drop_sockets();
    assert_eq!(socket.next().await, None);
    app.slack.until(LIMIT, |s| (s.sockets() == 0).then_some(())).await.unwrap();
    app.slack.say("alice", "breaking", "two", None).unwrap();
    let mut socket = app.connect().await;
    for text in ["one", "two"] {
        let envelope = socket.read().await;
        socket.acknowledge(&envelope).await;
        assert_eq!(envelope["retry_attempt"], 1);
        assert_eq!(envelope["payload"]["event"]["text"], text);
    }
}

#[tokio::test]
async fn connections_take_turns_and_a_leaving_one_gets_no_more() {
    let app = App::new().await;
    let (mut a, mut b) = (app.connect().await, app.connect().await);
    for n in 0..4 {
        app.slack.say("alice", "breaking", &n.to_string(), None).unwrap();
    }
    for socket in [&mut a, &mut b] {
        socket.event().await;
        socket.event().await;
    }
    app.slack.disconnect_sockets();
    for socket in [&mut a, &mut b] {
        let frame = socket.read().await;
        assert_eq!((&frame["type"], &frame["reason"]), (&json!("disconnect"), &json!("refresh_requested")));
    }
    let mut fresh = app.connect().await;
    app.slack.say("alice", "breaking", "to the new one", None).unwrap();
    assert_eq!(fresh.event().await["text"], "to the new one");
    assert_eq!((a.next().await, b.next().await), (None, None));
}

#[tokio::test]
async fn a_ticket_opens_one_connection() {
    let app = App::new().await;
    let open: Value =
        app.send("apps.connections.open", playground::APP_TOKEN, &json!({})).await.unwrap().json().await.unwrap();
    let url = open["url"].as_str().unwrap();
    assert!(tokio_tungstenite::connect_async(url).await.is_ok());
    assert!(tokio_tungstenite::connect_async(url).await.is_err());
}

#[tokio::test]
async fn a_frozen_socket_is_silent_and_then_says_everything() {
    let app = App::with(quick()).await;
    let mut socket = app.connect().await;
    app.slack.freeze_sockets(true);
    app.slack.say("alice", "breaking", "later", None).unwrap();
    // Sent twice as far as the sender knows, and nothing came.
    app.slack.until(LIMIT, |s| (s.envelopes()[0].attempts == 2).then_some(())).await.unwrap();
    assert!(socket.stream.next().now_or_never().is_none(), "a frozen socket said something");
    app.slack.freeze_sockets(false);
    assert_eq!(socket.event().await["text"], "later");
}

#[tokio::test]
async fn doubled_and_held_events() {
    let app = App::new().await;
    let mut socket = app.connect().await;
    app.slack.deliver_twice(true);
    app.slack.say("alice", "breaking", "twice", None).unwrap();
    let (one, two) = (socket.read().await, socket.read().await);
    assert_eq!(one["payload"], two["payload"]);
    assert_eq!((&one["retry_attempt"], &two["retry_attempt"]), (&json!(0), &json!(1)));
    socket.acknowledge(&one).await;
    app.slack.deliver_twice(false);
    app.slack.hold_events(true);
    for text in ["a", "b"] {
        app.slack.say("alice", "breaking", text, None).unwrap();
    }
    assert!(app.slack.envelopes()[1..].iter().all(|e| e.standing == Standing::Held));
    app.slack.hold_events(false);
    assert_eq!(socket.event().await["text"], "a");
    assert_eq!(socket.event().await["text"], "b");
}

#[tokio::test]
async fn a_button_sends_an_interaction_once() {
    let app = App::with(quick()).await;
    let mut socket = app.connect().await;
    let button = json!({ "type": "button", "action_id": "take", "value": "42", "text": { "type": "plain_text", "text": "Take" } });
    let blocks = json!([{ "type": "actions", "block_id": "row", "elements": [button] }]);
    let sent = app.ok("chat.postMessage", json!({ "channel": "C0MAIN", "text": "t", "blocks": blocks })).await;
    socket.event().await;
    let ts = sent["ts"].as_str().unwrap();
    assert_eq!(app.slack.click("bob", "breaking", ts, "nothing").unwrap_err().code(), "action_not_found");
    let id = app.slack.click("bob", "breaking", ts, "take").unwrap();
    let envelope = socket.read().await;
    assert_eq!((&envelope["type"], &envelope["envelope_id"]), (&json!("interactive"), &json!(id)));
    let payload = &envelope["payload"];
    assert_eq!(payload["type"], "block_actions");
    assert_eq!(payload["user"]["id"], "U0BOB");
    assert_eq!(payload["container"]["message_ts"], ts);
    let action = &payload["actions"][0];
    assert_eq!(
        (&action["action_id"], &action["block_id"], &action["value"]),
        (&json!("take"), &json!("row"), &json!("42"))
    );
    app.slack.until(LIMIT, |s| (s.standing(&id) == Some(Standing::GivenUp)).then_some(())).await.unwrap();
}
