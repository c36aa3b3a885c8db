//! conversations.*: making, filling, naming, closing.

use serde_json::json;

use crate::app::App;

#[tokio::test]
async fn a_channel_from_beginning_to_end() {
    let app = App::new().await;
    let made = app.ok("conversations.create", json!({ "name": "breaking-1" })).await;
    let id = made["channel"]["id"].as_str().unwrap();
    assert_eq!((&made["channel"]["is_member"], &made["channel"]["creator"]), (&json!(true), &json!("U0BOT")));
    app.ok("conversations.invite", json!({ "channel": id, "users": "U0ALICE,U0BOB" })).await;
    let topic = app.ok("conversations.setTopic", json!({ "channel": id, "topic": "🔥".repeat(250) })).await;
    assert_eq!(topic["channel"]["topic"]["creator"], "U0BOT");
    app.ok("conversations.setTopic", json!({ "channel": id, "topic": "calm" })).await;
    app.ok("conversations.setTopic", json!({ "channel": id, "topic": "calm" })).await;
    app.ok("conversations.setPurpose", json!({ "channel": id, "purpose": "why" })).await;
    app.ok("conversations.rename", json!({ "channel": id, "name": "breaking-one" })).await;
    app.ok("conversations.kick", json!({ "channel": id, "user": "U0BOB" })).await;
    let info = app.ok("conversations.info", json!({ "channel": id, "include_num_members": true })).await;
    for (field, value) in [
        ("name", json!("breaking-one")),
        ("num_members", json!(2)),
        ("previous_names", json!(["breaking-1"])),
        ("is_private", json!(false)),
    ] {
        assert_eq!(info["channel"][field], value, "{field}");
    }
    app.ok("conversations.archive", json!({ "channel": id })).await;
    app.refused("conversations.archive", json!({ "channel": id }), "already_archived").await;
    app.refused("conversations.setTopic", json!({ "channel": id, "topic": "x" }), "is_archived").await;
    app.ok("conversations.unarchive", json!({ "channel": id })).await;
    app.refused("conversations.unarchive", json!({ "channel": id }), "not_archived").await;
    let view = app.slack.channel("breaking-one").unwrap();
    assert_eq!((view.topic.as_str(), view.purpose.as_str(), view.archived), ("calm", "why", false));
    let notes: Vec<_> = view.messages.iter().map(|m| m.subtype.unwrap()).collect();
    let expected = [
        "channel_join",
        "channel_join",
        "channel_join",
        "channel_topic",
        "channel_topic",
        "channel_purpose",
        "channel_name",
        "channel_leave",
        "channel_archive",
        "channel_unarchive",
    ];
    assert_eq!(notes, expected);
}

#[tokio::test]
async fn names_of_channels() {
    let app = App::new().await;
    app.slack.create_channel("gone", false).unwrap();
    app.slack.archive("alice", "gone").unwrap();
    for (name, code) in [
        ("", "invalid_name_required"),
        ("Upper", "invalid_name_specials"),
        ("two words", "invalid_name_specials"),
        ("ünï", "invalid_name_specials"),
        ("a.b", "invalid_name_specials"),
        ("--", "invalid_name_punctuation"),
        (&"x".repeat(81), "invalid_name_maxlength"),
        ("breaking", "name_taken"),
        ("gone", "name_taken"),
        ("security", "name_taken"),
    ] {
        app.refused("conversations.create", json!({ "name": name }), code).await;
    }
    app.ok("conversations.create", json!({ "name": "x".repeat(80) })).await;
    app.refused("conversations.rename", json!({ "channel": "C0MAIN", "name": "other" }), "not_authorized").await;
}

#[tokio::test]
async fn invitations() {
    let app = App::new().await;
    let id = app.ok("conversations.create", json!({ "name": "room" })).await["channel"]["id"].clone();
    for (users, code) in [
        ("", "no_user"),
        ("U9", "user_not_found"),
        ("U0BOT", "cant_invite_self"),
        ("U0GINA", "cant_invite"),
        ("U0OLGA", "cant_invite"),
        ("U0DORA", "user_disabled"),
        ("U0ALICE,U0GINA", "cant_invite"),
    ] {
        app.refused("conversations.invite", json!({ "channel": id, "users": users }), code).await;
    }
    assert_eq!(app.slack.channel("room").unwrap().members, ["U0BOT"]);
    let forced = json!({ "channel": id, "users": "U0ALICE,U0GINA", "force": true });
    let answer = app.ok("conversations.invite", forced).await;
    assert_eq!(answer["errors"][0], json!({ "user": "U0GINA", "ok": false, "error": "cant_invite" }));
    app.refused("conversations.invite", json!({ "channel": id, "users": "U0ALICE" }), "already_in_channel").await;
    app.refused("conversations.invite", json!({ "channel": "C0GENERAL", "users": "U0ALICE" }), "not_in_channel").await;
}

#[tokio::test]
async fn joining_leaving_and_what_is_hidden() {
    let app = App::new().await;
    let joined = app.ok("conversations.join", json!({ "channel": "C0GENERAL" })).await;
    assert_eq!(joined["channel"]["is_member"], true);
    let again = app.ok("conversations.join", json!({ "channel": "C0GENERAL" })).await;
    assert_eq!(again["warning"], "already_in_channel");
    app.refused("conversations.leave", json!({ "channel": "C0GENERAL" }), "cant_leave_general").await;
    app.ok("conversations.leave", json!({ "channel": "C0NOTIFY" })).await;
    assert_eq!(app.ok("conversations.leave", json!({ "channel": "C0NOTIFY" })).await["not_in_channel"], true);
    for (method, arguments, code) in [
        ("conversations.join", json!({ "channel": "G0PRIVATE" }), "channel_not_found"),
        ("conversations.info", json!({ "channel": "G0PRIVATE" }), "channel_not_found"),
        ("conversations.history", json!({ "channel": "C0NOTIFY" }), "not_in_channel"),
        ("conversations.setTopic", json!({ "channel": "C0NOTIFY", "topic": "x" }), "not_in_channel"),
        ("conversations.setTopic", json!({ "channel": "C0MAIN", "topic": "x".repeat(251) }), "too_long"),
        ("conversations.archive", json!({ "channel": "C0GENERAL" }), "cant_archive_general"),
        ("conversations.kick", json!({ "channel": "C0MAIN", "user": "U0BOT" }), "cant_kick_self"),
        ("conversations.list", json!({ "types": "nonsense" }), "invalid_types"),
        ("conversations.open", json!({}), "users_list_not_supplied"),
        ("conversations.open", json!({ "users": "U9" }), "user_not_found"),
    ] {
        app.refused(method, arguments, code).await;
    }
    let open = app.ok("conversations.open", json!({ "users": "U0BOB" })).await;
    assert_eq!(open["channel"]["id"], "D0BOB");
    app.slack.invite("alice", "breakingbot", "security").unwrap();
    let info = app.ok("conversations.info", json!({ "channel": "G0PRIVATE" })).await;
    assert_eq!((&info["channel"]["is_private"], &info["channel"]["is_group"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn lists_come_in_pages() {
    let app = App::new().await;
    let mut names = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app.ok("conversations.list", json!({ "limit": 2, "cursor": cursor })).await;
        names.extend(page["channels"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap().to_owned()));
        cursor = page["response_metadata"]["next_cursor"].as_str().unwrap().to_owned();
        if cursor.is_empty() {
            break;
        }
        assert!(cursor.ends_with('='), "a cursor must be encoded in a form: {cursor}");
    }
    assert_eq!(names, ["general", "breaking", "breaking-notify"]);
    app.refused("conversations.list", json!({ "cursor": "made up" }), "invalid_cursor").await;
    let members = app.ok("conversations.members", json!({ "channel": "C0MAIN", "limit": 3 })).await;
    assert_eq!(members["members"].as_array().unwrap().len(), 3);
    let mine = app.ok("users.conversations", json!({ "types": "public_channel,private_channel" })).await;
    assert_eq!(mine["channels"].as_array().unwrap().len(), 2);
}
