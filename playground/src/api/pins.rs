//! pins.*

use serde_json::{Value, json};

use crate::api::method::{Answer, Method, Request, Scope, TIER_2, done};
use crate::json;
use crate::model::BOT_USER;

/// Pins of a channel (pins.add, too_many_pins).
const MOST: usize = 100;

pub(super) const METHODS: &[Method] = &[
    Method { name: "pins.add", scope: Scope::One("pins:write"), tier: TIER_2, run: add },
    Method { name: "pins.list", scope: Scope::One("pins:read"), tier: TIER_2, run: list },
    Method { name: "pins.remove", scope: Scope::One("pins:write"), tier: TIER_2, run: remove },
];

fn add(request: &mut Request<'_>) -> Answer {
    let channel = request.writable()?;
    if request.args.text("timestamp").is_none() {
        return Err("no_item_specified".into());
    }
    let ts = request.message(&channel, "timestamp")?;
    if request.state.channel(&channel)?.pins.len() >= MOST {
        return Err("too_many_pins".into());
    }
    request.state.pin(&channel, ts, BOT_USER)?;
    done()
}

fn list(request: &mut Request<'_>) -> Answer {
    let channel = request.joined()?;
    let found = request.state.channel(&channel)?;
    let items: Vec<Value> = found
        .pins
        .iter()
        .filter_map(|pin| {
            let message = json::message_in(request.state, found, found.message(pin.ts)?, false);
            Some(json!({
                "type": "message",
                "channel": channel,
                "created": pin.created,
                "created_by": pin.user,
                "message": message,
            }))
        })
        .collect();
    Ok(json!({ "items": items }))
}

fn remove(request: &mut Request<'_>) -> Answer {
    let channel = request.writable()?;
    if request.args.text("timestamp").is_none() {
        return Err("no_item_specified".into());
    }
    let ts = request.message(&channel, "timestamp")?;
    let pins = &mut request.state.channel_mut(&channel)?.pins;
    let before = pins.len();
    pins.retain(|p| p.ts != ts);
    if pins.len() == before { Err("no_pin".into()) } else { done() }
}
