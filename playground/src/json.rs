//! Things as Slack's answers and events write them.

use serde_json::{Map, Value, json};

use crate::model::{APP_ID, BOT_ID, Channel, File, Message, OTHER_TEAM_ID, Person, Remark, TEAM_ID, UserGroup};
use crate::state::State;
use crate::ts::Ts;

/// A message as conversations.history and message events have it, without the channel.
pub(crate) fn message(state: &State, message: &Message, with_metadata: bool) -> Map<String, Value> {
    let mut out = Map::new();
    let mut put = |key: &str, value: Value| {
        out.insert(key.to_owned(), value);
    };
    put("type", "message".into());
    if let Some(subtype) = message.subtype {
        put("subtype", subtype.into());
    }
    put("user", message.user.clone().into());
    put("text", message.text.clone().into());
    put("ts", message.ts.as_str().into());
    put("team", team_of(state, &message.user).into());
    if let Some(person) = state.people.get(&message.user).filter(|p| p.stranger) {
        put("user_team", person.team_id.clone().into());
        put("source_team", person.team_id.clone().into());
    }
    if let Some(id) = &message.client_msg_id {
        put("client_msg_id", id.clone().into());
    }
    if let Some(bot) = &message.bot_id {
        put("bot_id", bot.clone().into());
        if bot == BOT_ID {
            put("app_id", APP_ID.into());
            put("bot_profile", bot_profile(state));
        }
    }
    if !message.blocks.is_empty() {
        put("blocks", message.blocks.clone().into());
    }
    if !message.attachments.is_empty() {
        put("attachments", message.attachments.clone().into());
    }
    if let Some(thread) = message.thread_ts {
        put("thread_ts", thread.as_str().into());
    }
    if let Some(edited) = &message.edited {
        put("edited", json!({ "user": edited.user, "ts": edited.ts }));
    }
    if !message.reactions.is_empty() {
        let reactions: Vec<Value> = message
            .reactions
            .iter()
            .map(|r| json!({ "name": r.name, "users": r.users, "count": r.users.len() }))
            .collect();
        put("reactions", reactions.into());
    }
    if !message.files.is_empty() {
        put("files", message.files.iter().map(|f| file(f, "")).collect::<Vec<_>>().into());
        put("upload", false.into());
    }
    if let Some((key, value)) = &message.extra {
        put(key, value.clone().into());
    }
    if with_metadata && let Some(metadata) = &message.metadata {
        put("metadata", metadata.clone());
    }
    out
}

/// A message with what its parent fields tell about its thread.
pub(crate) fn message_in(state: &State, channel: &Channel, it: &Message, with_metadata: bool) -> Value {
    let mut out = message(state, it, with_metadata);
    if let Some(replies) = channel.threads.get(&it.ts).filter(|r| !r.is_empty()) {
        let mut users: Vec<&str> = Vec::new();
        for reply in replies.iter().filter_map(|ts| channel.message(*ts)) {
            if !users.contains(&reply.user.as_str()) {
                users.push(&reply.user);
            }
        }
        out.insert("thread_ts".to_owned(), it.ts.as_str().into());
        out.insert("reply_count".to_owned(), replies.len().into());
        out.insert("reply_users_count".to_owned(), users.len().into());
        out.insert("reply_users".to_owned(), users.into());
        out.insert("latest_reply".to_owned(), replies.last().map(Ts::as_str).into());
        out.insert("is_locked".to_owned(), false.into());
        out.insert("subscribed".to_owned(), false.into());
    } else if let Some(parent) = it.thread_ts
        && let Some(parent) = channel.message(parent)
    {
        out.insert("parent_user_id".to_owned(), parent.user.clone().into());
    }
    if channel.pins.iter().any(|p| p.ts == it.ts) {
        out.insert("pinned_to".to_owned(), json!([channel.id]));
    }
    Value::Object(out)
}

fn team_of(state: &State, user: &str) -> String {
    state.people.get(user).map_or_else(|| TEAM_ID.to_owned(), |p| p.team_id.clone())
}

fn bot_profile(state: &State) -> Value {
    let name = state.people.values().find(|p| p.bot_id.as_deref() == Some(BOT_ID)).map(|p| p.name.clone());
    json!({ "id": BOT_ID, "app_id": APP_ID, "name": name, "deleted": false, "updated": 0, "team_id": TEAM_ID })
}

fn remark(remark: &Remark) -> Value {
    json!({ "value": remark.value, "creator": remark.creator, "last_set": remark.last_set })
}

/// A channel as conversations.info has it.
pub(crate) fn channel(channel: &Channel, num_members: bool) -> Value {
    let direct = channel.im.is_some();
    let mut out = json!({
        "id": channel.id,
        "created": channel.created,
        "creator": channel.creator,
        "context_team_id": TEAM_ID,
        "is_archived": channel.archived,
        "is_channel": !direct && !channel.private,
        "is_group": !direct && channel.private,
        "is_im": direct,
        "is_mpim": false,
        "is_private": channel.private,
        "is_general": channel.id == "C0GENERAL",
        "is_shared": false,
        "is_ext_shared": false,
        "is_org_shared": false,
        "is_member": channel.has(crate::model::BOT_USER),
        "shared_team_ids": [TEAM_ID],
        "updated": channel.created * 1000,
    });
    if let Some(map) = out.as_object_mut() {
        if let Some(person) = &channel.im {
            map.insert("user".to_owned(), person.clone().into());
        } else {
            map.insert("name".to_owned(), channel.name.clone().into());
            map.insert("name_normalized".to_owned(), channel.name.clone().into());
            map.insert("topic".to_owned(), remark(&channel.topic));
            map.insert("purpose".to_owned(), remark(&channel.purpose));
            map.insert("previous_names".to_owned(), channel.previous_names.clone().into());
        }
        if num_members {
            map.insert("num_members".to_owned(), channel.members.len().into());
        }
    }
    out
}

/// A channel as the channel_created and channel_rename events have it.
pub(crate) fn channel_in_event(channel: &Channel) -> Value {
    json!({
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": !channel.private,
        "is_group": channel.private,
        "is_im": false,
        "is_private": channel.private,
        "is_shared": false,
        "is_org_shared": false,
        "created": channel.created,
        "creator": channel.creator,
        "context_team_id": TEAM_ID,
    })
}

/// A person as users.info has it. The address is left out for apps that may not see it.
pub(crate) fn person(state: &State, person: &Person, with_email: bool) -> Value {
    let zone = jiff::tz::TimeZone::get(&person.tz).unwrap_or(jiff::tz::TimeZone::UTC);
    let now =
        jiff::Timestamp::from_second(i64::try_from(state.clock.seconds()).unwrap_or_default()).unwrap_or_default();
    let mut profile = json!({
        "real_name": person.real_name,
        "real_name_normalized": person.real_name,
        "display_name": person.display_name,
        "display_name_normalized": person.display_name,
        "status_text": "",
        "status_emoji": "",
        "avatar_hash": "0",
        "team": person.team_id,
    });
    if let Some(map) = profile.as_object_mut() {
        if with_email && !person.email.is_empty() {
            map.insert("email".to_owned(), person.email.clone().into());
        }
        if let Some(bot) = &person.bot_id {
            map.insert("bot_id".to_owned(), bot.clone().into());
            if bot == BOT_ID {
                map.insert("api_app_id".to_owned(), APP_ID.into());
            }
        }
    }
    let mut out = json!({
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "profile": profile,
        "is_bot": person.bot_id.is_some(),
        "is_app_user": false,
        "updated": 0,
    });
    if let Some(map) = out.as_object_mut() {
        // Slack leaves these out of a deactivated account.
        if !person.deleted {
            map.insert("real_name".to_owned(), person.real_name.clone().into());
            map.insert("tz".to_owned(), person.tz.clone().into());
            map.insert("tz_label".to_owned(), zone.to_offset_info(now).abbreviation().into());
            map.insert("tz_offset".to_owned(), zone.to_offset(now).seconds().into());
            for flag in ["is_admin", "is_owner", "is_primary_owner"] {
                map.insert(flag.to_owned(), false.into());
            }
            map.insert("is_restricted".to_owned(), person.guest.into());
            map.insert("is_ultra_restricted".to_owned(), false.into());
        }
        if person.stranger || person.team_id == OTHER_TEAM_ID {
            map.insert("is_stranger".to_owned(), person.stranger.into());
        }
    }
    out
}

/// A user group as usergroups.list has it.
pub(crate) fn group(group: &UserGroup, with_users: bool) -> Value {
    let mut out = json!({
        "id": group.id,
        "team_id": TEAM_ID,
        "is_usergroup": true,
        "is_subteam": true,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": false,
        "date_create": 0,
        "date_update": 0,
        "date_delete": 0,
        "auto_type": null,
        "created_by": "U0ALICE",
        "updated_by": "U0ALICE",
        "deleted_by": null,
        "prefs": { "channels": [], "groups": [] },
        "user_count": group.users.len(),
    });
    if with_users && let Some(map) = out.as_object_mut() {
        map.insert("users".to_owned(), group.users.clone().into());
    }
    out
}

/// A file as messages and files.completeUploadExternal have it; its addresses begin with `base`.
pub(crate) fn file(file: &File, base: &str) -> Value {
    let kind = file.name.rsplit_once('.').map_or("text", |(_, ending)| ending);
    let (mimetype, pretty) = match kind {
        "md" => ("text/markdown", "Markdown"),
        "json" => ("application/json", "JSON"),
        "html" => ("text/html", "HTML"),
        "png" => ("image/png", "PNG"),
        "csv" => ("text/csv", "CSV"),
        _ => ("text/plain", "Plain Text"),
    };
    let address = format!("{base}files/{}/{}", file.id, file.name);
    json!({
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title,
        "mimetype": mimetype,
        "filetype": kind,
        "pretty_type": pretty,
        "user": file.user,
        "size": file.content.len(),
        "mode": "hosted",
        "is_external": false,
        "is_public": true,
        "url_private": address,
        "url_private_download": address,
        "permalink": address,
    })
}
