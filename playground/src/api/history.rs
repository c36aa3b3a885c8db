//! conversations.history and conversations.replies.

use serde_json::{Value, json};

use crate::api::args::cursor;
use crate::api::dispatch::bound;
use crate::api::method::{Answer, Method, Request, Scope, TIER_3};
use crate::json;
use crate::model::Message;
use crate::refused::Refused;
use crate::ts::Ts;

/// Messages of a page when the call does not say (conversations.history).
const DEFAULT: usize = 100;
/// Messages of a page at most.
const MOST: usize = 999;

pub(super) const METHODS: &[Method] = &[
    Method { name: "conversations.history", scope: Scope::Kind("history"), tier: TIER_3, run: history },
    Method { name: "conversations.replies", scope: Scope::Kind("history"), tier: TIER_3, run: replies },
];

/// What lies between `oldest` and `latest`.
struct Range {
    oldest: Option<Ts>,
    latest: Option<Ts>,
    inclusive: bool,
}

impl Range {
    fn of(request: &Request<'_>) -> Result<Self, Refused> {
        let (oldest, latest) = (bound(request.args, "oldest")?, bound(request.args, "latest")?);
        Ok(Self { oldest, latest, inclusive: request.args.yes("inclusive") })
    }

    fn holds(&self, ts: Ts) -> bool {
        let after = self.oldest.is_none_or(|o| ts > o || (self.inclusive && ts == o));
        let before = self.latest.is_none_or(|l| ts < l || (self.inclusive && ts == l));
        after && before
    }
}

fn history(request: &mut Request<'_>) -> Answer {
    let channel = request.joined()?;
    let range = Range::of(request)?;
    let limit = request.args.limit(DEFAULT, MOST)?;
    // A cursor names the newest message of its page.
    let from = request.args.cursor()?.map(Ts::from_micros);
    let with_metadata = request.args.yes("include_all_metadata");
    let found = request.state.channel(&channel)?;
    let in_channel = |m: &&Message| m.thread_ts.is_none_or(|parent| parent == m.ts) || m.broadcast;
    let ceiling = from.into_iter().chain(range.latest).min();
    let end = ceiling.map_or(found.messages.len(), |top| found.messages.partition_point(|m| m.ts <= top));
    let start = range.oldest.map_or(0, |low| found.messages.partition_point(|m| m.ts < low)).min(end);
    let mut page: Vec<&Message> = found
        .messages
        .range(start..end)
        .rev()
        .filter(in_channel)
        .filter(|m| range.holds(m.ts))
        .take(limit + 1)
        .collect();
    let next = if page.len() > limit { page.pop().map(|m| m.ts.micros()) } else { None };
    let messages: Vec<Value> =
        page.into_iter().map(|m| json::message_in(request.state, found, m, with_metadata)).collect();
    let mut answer = json!({
        "messages": messages,
        "has_more": next.is_some(),
        "pin_count": found.pins.len(),
        "channel_actions_ts": null,
        "channel_actions_count": 0,
    });
    if next.is_some() {
        answer["response_metadata"] = cursor(next);
    }
    if let Some(latest) = request.args.text("latest") {
        answer["latest"] = latest.into();
    }
    Ok(answer)
}

fn replies(request: &mut Request<'_>) -> Answer {
    let channel = request.joined()?;
    let range = Range::of(request)?;
    let limit = request.args.limit(MOST, MOST)?;
    let from = request.args.cursor()?.map(Ts::from_micros);
    let with_metadata = request.args.yes("include_all_metadata");
    let named = request.args.text("ts").ok_or("thread_not_found")?;
    let found = request.state.channel(&channel)?;
    let named = request.state.message(&channel, &named).map_err(|_| Refused::from("thread_not_found"))?;
    let parent_ts = named.thread_ts.unwrap_or(named.ts);
    let parent = found.message(parent_ts).ok_or("thread_not_found")?;
    let none = Vec::new();
    let mut page: Vec<&Message> = found
        .threads
        .get(&parent_ts)
        .unwrap_or(&none)
        .iter()
        .filter(|ts| range.holds(**ts) && from.is_none_or(|from| **ts >= from))
        .take(limit + 1)
        .filter_map(|ts| found.message(*ts))
        .collect();
    let next = if page.len() > limit { page.pop().map(|m| m.ts.micros()) } else { None };
    // Every page begins with the parent, whatever the range.
    page.insert(0, parent);
    let messages: Vec<Value> =
        page.into_iter().map(|m| json::message_in(request.state, found, m, with_metadata)).collect();
    let mut answer = json!({ "messages": messages, "has_more": next.is_some() });
    if next.is_some() {
        answer["response_metadata"] = cursor(next);
    }
    Ok(answer)
}
