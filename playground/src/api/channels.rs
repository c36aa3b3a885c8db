//! conversations.*, all but the reading of messages.

use serde_json::{Value, json};

use crate::api::args::page;
use crate::api::dispatch::missing_scope;
use crate::api::method::{Answer, Method, Request, Scope, TIER_2, TIER_3, TIER_4, done};
use crate::json;
use crate::limits::Tier;
use crate::model::{BOT_USER, Channel};
use crate::refused::Refused;

/// Channels or members of a page at most (conversations.list, conversations.members).
const MOST: usize = 1_000;
/// People that one call may invite (conversations.invite).
const MOST_INVITED: usize = 1_000;

const fn method(name: &'static str, scope: Scope, tier: Tier, run: fn(&mut Request<'_>) -> Answer) -> Method {
    Method { name, scope, tier, run }
}

pub(super) const METHODS: &[Method] = &[
    method("conversations.create", Scope::Bot, TIER_2, create),
    method("conversations.invite", Scope::Manage("invites"), TIER_3, invite),
    method("conversations.join", Scope::One("channels:join"), TIER_3, join),
    method("conversations.leave", Scope::Manage(""), TIER_3, leave),
    method("conversations.kick", Scope::Manage(""), TIER_3, kick),
    method("conversations.info", Scope::Kind("read"), TIER_3, info),
    method("conversations.list", Scope::Bot, TIER_2, list),
    method("conversations.members", Scope::Kind("read"), TIER_4, members),
    method("conversations.setTopic", Scope::Manage("topic"), TIER_2, set_topic),
    method("conversations.setPurpose", Scope::Manage("topic"), TIER_2, set_purpose),
    method("conversations.archive", Scope::Manage(""), TIER_2, archive),
    method("conversations.unarchive", Scope::Manage(""), TIER_2, unarchive),
    method("conversations.rename", Scope::Manage(""), TIER_2, rename),
    method("conversations.open", Scope::One("im:write"), TIER_3, open),
    method("users.conversations", Scope::Bot, TIER_3, of_user),
];

fn shown(request: &Request<'_>, id: &str) -> Answer {
    Ok(json!({ "channel": json::channel(request.state.channel(id)?, false) }))
}

fn create(request: &mut Request<'_>) -> Answer {
    let private = request.args.yes("is_private");
    let needed = if private { "groups:write" } else { "channels:manage" };
    if !request.state.scopes.contains(needed) {
        return Err(missing_scope(request.state, needed));
    }
    let name = request.args.text("name").unwrap_or_default();
    let id = request.state.create_channel(&name, private, BOT_USER)?;
    shown(request, &id)
}

/// Why this person cannot be invited.
fn uninvitable(request: &Request<'_>, channel: &Channel, user: &str) -> Option<&'static str> {
    let Some(person) = request.state.people.get(user) else { return Some("user_not_found") };
    if user == BOT_USER {
        Some("cant_invite_self")
    } else if person.deleted {
        Some("user_disabled")
    } else if channel.has(user) {
        Some("already_in_channel")
    } else if person.guest || person.stranger {
        Some("cant_invite")
    } else {
        None
    }
}

fn invite(request: &mut Request<'_>) -> Answer {
    let channel = request.writable()?;
    let users = request.args.list("users");
    if users.is_empty() {
        return Err("no_user".into());
    }
    if users.len() > MOST_INVITED {
        return Err("too_many_users".into());
    }
    let found = request.state.channel(&channel)?;
    let verdicts: Vec<_> = users.iter().map(|user| (user, uninvitable(request, found, user))).collect();
    let refused: Vec<(&String, &str)> = verdicts.iter().filter_map(|(user, why)| Some((*user, (*why)?))).collect();
    let willing: Vec<String> =
        verdicts.iter().filter(|(_, why)| why.is_none()).map(|(user, _)| (*user).clone()).collect();
    let errors: Vec<Value> =
        refused.iter().map(|(user, why)| json!({ "user": user, "ok": false, "error": why })).collect();
    let forced = request.args.yes("force") && !willing.is_empty();
    if let Some((_, why)) = refused.first().filter(|_| !forced) {
        return Err(Refused::from(*why).with("errors", errors));
    }
    for user in willing {
        request.state.enter(&channel, &user, Some(BOT_USER))?;
    }
    let mut answer = shown(request, &channel)?;
    if !errors.is_empty() {
        answer["errors"] = errors.into();
    }
    Ok(answer)
}

fn join(request: &mut Request<'_>) -> Answer {
    let channel = request.channel()?;
    let found = request.state.channel(&channel)?;
    if found.archived {
        return Err("is_archived".into());
    }
    if found.private {
        return Err("method_not_supported_for_channel_type".into());
    }
    if found.has(BOT_USER) {
        let mut answer = shown(request, &channel)?;
        answer["warning"] = "already_in_channel".into();
        answer["response_metadata"] = json!({ "warnings": ["already_in_channel"] });
        return Ok(answer);
    }
    request.state.enter(&channel, BOT_USER, None)?;
    shown(request, &channel)
}

fn leave(request: &mut Request<'_>) -> Answer {
    let channel = request.channel()?;
    let found = request.state.channel(&channel)?;
    if !found.has(BOT_USER) {
        return Ok(json!({ "not_in_channel": true }));
    }
    if found.archived {
        return Err("is_archived".into());
    }
    if channel == "C0GENERAL" {
        return Err("cant_leave_general".into());
    }
    request.state.exit(&channel, BOT_USER)?;
    done()
}

fn kick(request: &mut Request<'_>) -> Answer {
    let channel = request.joined()?;
    let user = request.args.text("user").ok_or("user_not_found")?;
    if user == BOT_USER {
        return Err("cant_kick_self".into());
    }
    if channel == "C0GENERAL" {
        return Err("cant_kick_from_general".into());
    }
    if !request.state.people.contains_key(&user) {
        return Err("user_not_found".into());
    }
    if !request.state.channel(&channel)?.has(&user) {
        return Err("not_in_channel".into());
    }
    request.state.exit(&channel, &user)?;
    done()
}

fn info(request: &mut Request<'_>) -> Answer {
    let channel = request.channel()?;
    let found = request.state.channel(&channel)?;
    Ok(json!({ "channel": json::channel(found, request.args.yes("include_num_members")) }))
}

/// The channels of the asked types that the bot may know of, and `test`.
fn listed(request: &Request<'_>, test: impl Fn(&Channel) -> bool) -> Answer {
    let mut types = request.args.list("types");
    if types.is_empty() {
        types.push("public_channel".to_owned());
    }
    for kind in &types {
        let needed = match kind.as_str() {
            "public_channel" => "channels:read",
            "private_channel" => "groups:read",
            "im" => "im:read",
            "mpim" => continue,
            _ => return Err("invalid_types".into()),
        };
        if !request.state.scopes.contains(needed) {
            return Err(missing_scope(request.state, needed));
        }
    }
    let skip_archived = request.args.yes("exclude_archived");
    let all: Vec<Value> = request
        .state
        .channels
        .values()
        .filter(|c| {
            let kind = match c.kind() {
                "im" => "im",
                "group" => "private_channel",
                _ => "public_channel",
            };
            types.iter().any(|t| t == kind)
                && (!c.private || c.has(BOT_USER))
                && !(skip_archived && c.archived)
                && test(c)
        })
        .map(|c| json::channel(c, true))
        .collect();
    let (channels, metadata) = page(request.args, &all, 100, MOST)?;
    Ok(json!({ "channels": channels, "response_metadata": metadata }))
}

fn list(request: &mut Request<'_>) -> Answer {
    listed(request, |_| true)
}

fn of_user(request: &mut Request<'_>) -> Answer {
    let user = request.args.text("user").unwrap_or_else(|| BOT_USER.to_owned());
    if !request.state.people.contains_key(&user) {
        return Err("user_not_found".into());
    }
    listed(request, |channel| channel.has(&user))
}

fn members(request: &mut Request<'_>) -> Answer {
    let channel = request.channel()?;
    let all: Vec<Value> = request.state.channel(&channel)?.members.iter().map(|m| m.clone().into()).collect();
    let (members, metadata) = page(request.args, &all, 100, MOST)?;
    Ok(json!({ "members": members, "response_metadata": metadata }))
}

fn set_topic(request: &mut Request<'_>) -> Answer {
    let channel = request.writable()?;
    let topic = request.args.text("topic").unwrap_or_default();
    request.state.set_topic(&channel, BOT_USER, &topic)?;
    let mut answer = shown(request, &channel)?;
    answer["topic"] = topic.into();
    Ok(answer)
}

fn set_purpose(request: &mut Request<'_>) -> Answer {
    let channel = request.writable()?;
    let purpose = request.args.text("purpose").unwrap_or_default();
    request.state.set_purpose(&channel, BOT_USER, &purpose)?;
    Ok(json!({ "purpose": purpose }))
}

fn archive(request: &mut Request<'_>) -> Answer {
    let channel = request.channel()?;
    if channel == "C0GENERAL" {
        return Err("cant_archive_general".into());
    }
    let channel = request.joined().map(|_| channel)?;
    request.state.archive(&channel, BOT_USER)?;
    done()
}

fn unarchive(request: &mut Request<'_>) -> Answer {
    let channel = request.joined()?;
    request.state.unarchive(&channel, BOT_USER)?;
    done()
}

fn rename(request: &mut Request<'_>) -> Answer {
    let channel = request.writable()?;
    // A bot may rename only the channels it made.
    if request.state.channel(&channel)?.creator != BOT_USER {
        return Err("not_authorized".into());
    }
    let name = request.args.text("name").unwrap_or_default();
    request.state.rename(&channel, BOT_USER, &name)?;
    shown(request, &channel)
}

fn open(request: &mut Request<'_>) -> Answer {
    let users = request.args.list("users");
    let [user] = users.as_slice() else {
        return Err(if users.is_empty() { "users_list_not_supplied" } else { "not_enough_users" }.into());
    };
    let person = request.state.people.get(user).ok_or("user_not_found")?;
    if person.deleted {
        return Err("user_disabled".into());
    }
    let user = user.clone();
    let (id, was_open) = request.state.direct(&user);
    let mut answer =
        if request.args.yes("return_im") { shown(request, &id)? } else { json!({ "channel": { "id": id } }) };
    if was_open {
        answer["no_op"] = true.into();
        answer["already_open"] = true.into();
    }
    Ok(answer)
}
