//! auth.test, api.test, team.info, apps.connections.open.

use serde_json::{Value, json};

use crate::api::method::{Answer, Method, Request, Scope, TIER_1, TIER_2, TIER_3};
use crate::hub::MOST_CONNECTIONS;
use crate::limits::Tier;
use crate::model::{APP_ID, BOT_ID, BOT_USER, TEAM_ID};

/// Addresses of sockets that were given and not used yet.
const MOST_TICKETS: usize = 1_000;

pub(super) const METHODS: &[Method] = &[
    Method { name: "api.test", scope: Scope::Open, tier: Tier::None, run: api_test },
    Method { name: "auth.test", scope: Scope::Bot, tier: Tier::None, run: auth_test },
    Method { name: "team.info", scope: Scope::One("team:read"), tier: TIER_3, run: team_info },
    // Slack's limit is tier 1; a client with several connections opens them in a burst, which it allows.
    Method { name: "apps.connections.open", scope: Scope::App, tier: Tier::None, run: open_connection },
    Method { name: "bots.info", scope: Scope::One("users:read"), tier: TIER_3, run: bot_info },
    Method { name: "emoji.list", scope: Scope::One("emoji:read"), tier: TIER_2, run: emoji_list },
    Method { name: "auth.revoke", scope: Scope::Bot, tier: TIER_1, run: revoke },
];

fn api_test(request: &mut Request<'_>) -> Answer {
    if let Some(code) = request.args.text("error") {
        return Err(crate::Refused::new(code).with("args", Value::Object(request.args.0.clone())));
    }
    Ok(json!({ "args": request.args.0 }))
}

fn auth_test(request: &mut Request<'_>) -> Answer {
    Ok(json!({
        "url": request.base,
        "team": "Playground",
        "user": "breakingbot",
        "team_id": TEAM_ID,
        "user_id": BOT_USER,
        "bot_id": BOT_ID,
        "app_id": APP_ID,
        "is_enterprise_install": false,
    }))
}

fn team_info(request: &mut Request<'_>) -> Answer {
    Ok(json!({ "team": {
        "id": TEAM_ID,
        "name": "Playground",
        "url": request.base,
        "domain": "playground",
        "email_domain": "playground.example",
        "icon": { "image_default": true },
    }}))
}

fn bot_info(request: &mut Request<'_>) -> Answer {
    let id = request.args.text("bot").unwrap_or_else(|| BOT_ID.to_owned());
    let person = request.state.people.values().find(|p| p.bot_id.as_deref() == Some(&id)).ok_or("bot_not_found")?;
    Ok(json!({ "bot": {
        "id": id,
        "deleted": false,
        "name": person.name,
        "updated": 0,
        "app_id": if id == BOT_ID { APP_ID } else { "A0ROBOT" },
        "user_id": person.id,
    }}))
}

fn emoji_list(_: &mut Request<'_>) -> Answer {
    Ok(json!({ "emoji": {} }))
}

fn revoke(request: &mut Request<'_>) -> Answer {
    let test = request.args.yes("test");
    if !test {
        request.state.revoked = true;
    }
    Ok(json!({ "revoked": !test }))
}

fn open_connection(request: &mut Request<'_>) -> Answer {
    if request.state.hub.connections() >= MOST_CONNECTIONS {
        return Err("too_many_websockets".into());
    }
    let ticket = format!("{:x}-{:x}", request.state.clock.now(), request.state.serial());
    if request.state.tickets.len() >= MOST_TICKETS {
        request.state.tickets.clear();
    }
    request.state.tickets.insert(ticket.clone());
    let base = request.base.replacen("http://", "ws://", 1);
    Ok(json!({ "url": format!("{base}link/?ticket={ticket}&app_id={APP_ID}") }))
}
