//! views.*: modals and home tabs are kept and given back; the page does not show them.

use serde_json::{Value, json};

use crate::api::blocks;
use crate::api::method::{Answer, Method, Request, Scope, TIER_4};
use crate::model::{APP_ID, BOT_ID, TEAM_ID};
use crate::refused::Refused;

/// Views that are remembered.
const KEPT: usize = 1_000;

pub(super) const METHODS: &[Method] = &[
    Method { name: "views.open", scope: Scope::Bot, tier: TIER_4, run: open },
    Method { name: "views.push", scope: Scope::Bot, tier: TIER_4, run: open },
    Method { name: "views.update", scope: Scope::Bot, tier: TIER_4, run: update },
    Method { name: "views.publish", scope: Scope::Bot, tier: TIER_4, run: publish },
];

fn sent(request: &Request<'_>) -> Result<Value, Refused> {
    let view = request.args.structure("view", "invalid_arguments")?.ok_or_else(|| Refused::missing("view"))?;
    let kind = view["type"].as_str().unwrap_or_default();
    if !matches!(kind, "modal" | "home") {
        return Err(Refused::missing("view.type"));
    }
    if kind == "modal" && !view["title"].is_object() {
        return Err(Refused::missing("view.title"));
    }
    let blocks = view["blocks"].as_array().ok_or_else(|| Refused::missing("view.blocks"))?;
    blocks::check(blocks, blocks::Surface::View)?;
    Ok(view)
}

fn keep(request: &mut Request<'_>, mut view: Value, id: String) -> Answer {
    let at = request.state.clock.next();
    let defaults = [
        ("id", json!(id)),
        ("team_id", json!(TEAM_ID)),
        ("app_id", json!(APP_ID)),
        ("bot_id", json!(BOT_ID)),
        ("hash", json!(format!("{at}.play"))),
        ("root_view_id", json!(id)),
        ("state", json!({ "values": {} })),
    ];
    if let Some(fields) = view.as_object_mut() {
        for (key, value) in defaults {
            fields.insert(key.to_owned(), value);
        }
        for (key, value) in [("private_metadata", json!("")), ("callback_id", json!("")), ("external_id", json!(""))] {
            fields.entry(key).or_insert(value);
        }
    }
    if request.state.views.len() >= KEPT {
        request.state.views.pop_first();
    }
    request.state.views.insert(id, view.clone());
    Ok(json!({ "view": view }))
}

fn open(request: &mut Request<'_>) -> Answer {
    let trigger = request.args.text("trigger_id").ok_or_else(|| Refused::missing("trigger_id"))?;
    // Slack's trigger ids hold for three seconds.
    let born = trigger.split('.').next().and_then(|micros| micros.parse::<u64>().ok()).ok_or("invalid_trigger_id")?;
    if request.state.clock.now().saturating_sub(born) > 3_000_000 {
        return Err("expired_trigger_id".into());
    }
    let view = sent(request)?;
    let id = format!("V{:09}", request.state.serial());
    keep(request, view, id)
}

fn update(request: &mut Request<'_>) -> Answer {
    let view = sent(request)?;
    let id = request.args.text("view_id").filter(|id| request.state.views.contains_key(id)).ok_or("not_found")?;
    keep(request, view, id)
}

fn publish(request: &mut Request<'_>) -> Answer {
    let user = request.args.text("user_id").ok_or_else(|| Refused::missing("user_id"))?;
    if !request.state.people.contains_key(&user) {
        return Err("user_not_found".into());
    }
    let view = sent(request)?;
    keep(request, view, format!("VHOME{user}"))
}
