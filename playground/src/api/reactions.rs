//! reactions.*

use serde_json::json;

use crate::api::chat::permalink_of;
use crate::api::method::{Answer, Method, Request, Scope, TIER_2, TIER_3, done};
use crate::json;
use crate::model::BOT_USER;
use crate::refused::Refused;
use crate::ts::Ts;

pub(super) const METHODS: &[Method] = &[
    Method { name: "reactions.add", scope: Scope::One("reactions:write"), tier: TIER_3, run: add },
    Method { name: "reactions.remove", scope: Scope::One("reactions:write"), tier: TIER_2, run: remove },
    Method { name: "reactions.get", scope: Scope::One("reactions:read"), tier: TIER_3, run: get },
];

fn target(request: &Request<'_>) -> Result<(String, Ts), Refused> {
    if request.args.text("channel").is_none() && request.args.text("timestamp").is_none() {
        return Err("no_item_specified".into());
    }
    let channel = request.channel()?;
    let ts = request.args.text("timestamp").ok_or("bad_timestamp")?;
    let ts = Ts::parse(&ts).ok_or("bad_timestamp")?;
    let ts = request.state.message(&channel, &ts)?.ts;
    Ok((channel, ts))
}

/// An emoji's name, perhaps with a skin tone (`wave::skin-tone-2`).
fn name(request: &Request<'_>) -> Result<String, Refused> {
    let name = request.args.text("name").ok_or("invalid_name")?;
    let plain = name.split_once("::").map_or(name.as_str(), |(plain, _)| plain);
    let good = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+' | '\'');
    if !plain.is_empty() && plain.chars().all(good) { Ok(name) } else { Err("invalid_name".into()) }
}

fn add(request: &mut Request<'_>) -> Answer {
    let name = name(request)?;
    let (channel, ts) = target(request)?;
    let found = request.state.channel(&channel)?;
    if !found.has(BOT_USER) {
        return Err("not_in_channel".into());
    }
    if found.archived {
        return Err("is_archived".into());
    }
    request.state.react(&channel, ts, BOT_USER, &name)?;
    done()
}

fn remove(request: &mut Request<'_>) -> Answer {
    let name = name(request)?;
    let (channel, ts) = target(request)?;
    if request.state.channel(&channel)?.archived {
        return Err("is_archived".into());
    }
    request.state.unreact(&channel, ts, BOT_USER, &name)?;
    done()
}

fn get(request: &mut Request<'_>) -> Answer {
    let (channel, ts) = target(request)?;
    let found = request.state.channel(&channel)?;
    let message = found.message(ts).ok_or("message_not_found")?;
    let mut shown = json::message_in(request.state, found, message, false);
    let permalink = permalink_of(&request.base, &channel, ts, message.thread_ts);
    shown["permalink"] = permalink.clone().into();
    Ok(json!({ "type": "message", "channel": channel, "message": shown, "permalink": permalink }))
}
