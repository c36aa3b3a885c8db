//! The page around a channel: navigation, speaker, composer, faults.

use std::fmt::Write;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::faults::FaultKind;
use crate::page::{Sight, channel};
use crate::state::State;
use crate::text::html::{Reader, escape};

/// Methods that the faults panel proposes; any other can be typed.
const METHODS: [&str; 12] = [
    "*",
    "chat.postMessage",
    "chat.postEphemeral",
    "chat.update",
    "reactions.add",
    "conversations.create",
    "conversations.invite",
    "conversations.setTopic",
    "conversations.history",
    "pins.add",
    "users.info",
    "apps.connections.open",
];

fn reader<'a>(state: &'a State, sight: &'a Sight) -> Reader<'a> {
    let zone = state.people.get(&sight.speaker).and_then(|p| TimeZone::get(&p.tz).ok()).unwrap_or(TimeZone::UTC);
    Reader { state, zone, user: &sight.speaker }
}

/// The parts that change, as the script asks for them.
pub(crate) fn parts(state: &State, sight: &Sight) -> Value {
    let reader = reader(state, sight);
    let Some(shown) = state.channels.get(&sight.channel) else { return json!({}) };
    json!({
        "title": format!("{} · Playground", channel::title(shown)),
        "channel": sight.channel,
        "name": if shown.name.is_empty() { &sight.channel } else { &shown.name },
        "speaker": sight.speaker,
        "open": sight.thread.is_some(),
        "app": app(state),
        "channels": channels(&reader, sight),
        "head": channel::head(&reader, shown),
        "messages": channel::messages(&reader, shown, sight),
        "thread": channel::thread(&reader, shown, sight),
        "speakers": speakers(state, sight),
        "faults": faults(state),
    })
}

fn app(state: &State) -> String {
    match state.hub.connections() {
        0 => "<span class=\"dot off\"></span>no app connected".to_owned(),
        1 => "<span class=\"dot\"></span>app connected".to_owned(),
        n => format!("<span class=\"dot\"></span>app connected {n} times"),
    }
}

fn channels(reader: &Reader<'_>, sight: &Sight) -> String {
    let mut seen: Vec<_> =
        reader.state.channels.values().filter(|c| channel::visible(c, &sight.speaker) && c.im.is_none()).collect();
    seen.sort_by(|a, b| (a.archived, &a.name).cmp(&(b.archived, &b.name)));
    let direct = reader.state.channels.values().filter(|c| c.im.as_deref() == Some(&sight.speaker));
    let mut out = String::new();
    for it in seen.into_iter().chain(direct) {
        let key = if it.im.is_some() { &it.id } else { &it.name };
        let label = if it.im.is_some() { "✉ messages with the app".to_owned() } else { channel::title(it) };
        let last = it.messages.back().map(|m| m.ts.to_string()).unwrap_or_default();
        let current = if it.id == sight.channel { " aria-current=\"page\"" } else { "" };
        let class = if it.archived { "archived" } else { "" };
        let _ = write!(
            out,
            "<a class=\"{class}\" href=\"/?channel={key}&amp;as={as_}\" data-channel=\"{key}\" data-id=\"{id}\" data-last=\"{last}\"{current}>{label}</a>",
            key = escape(key),
            as_ = escape(&sight.speaker),
            id = escape(&it.id),
            label = escape(&label),
        );
    }
    out
}

fn speakers(state: &State, sight: &Sight) -> String {
    let mut out = String::new();
    let mut people: Vec<_> = state.people.values().filter(|p| p.bot_id.is_none() && !p.deleted).collect();
    people.sort_by(|a, b| (a.guest, a.stranger, &a.name).cmp(&(b.guest, b.stranger, &b.name)));
    for person in people {
        let zone = TimeZone::get(&person.tz).unwrap_or(TimeZone::UTC);
        let local = Reader { state, zone, user: "" }.local(state.clock.now_ts()).strftime("%H:%M").to_string();
        let kind = match (person.guest, person.stranger) {
            (true, _) => " · guest",
            (_, true) => " · other organisation",
            _ => "",
        };
        let selected = if person.id == sight.speaker { " selected" } else { "" };
        let _ = write!(
            out,
            "<option value=\"{}\" title=\"{}\"{selected}>{}{kind} · {} {local}</option>",
            escape(&person.id),
            escape(&person.tz),
            escape(person.shown_name()),
            escape(&city(&person.tz)),
        );
    }
    out
}

/// `New York` of `America/New_York`.
fn city(zone: &str) -> String {
    zone.rsplit('/').next().unwrap_or(zone).replace('_', " ")
}

fn faults(state: &State) -> String {
    let mut out = String::new();
    for fault in state.faults.all() {
        let kind = match &fault.kind {
            FaultKind::Throttle { retry_after_s } => format!("throttled, retry after {retry_after_s} s"),
            FaultKind::Error(code) => format!("fails with {code}"),
            FaultKind::Status(status) => format!("answers HTTP {status}"),
            FaultKind::Hang(length) => format!("hangs {length:?}"),
            FaultKind::Reset => "is cut off".to_owned(),
            FaultKind::PerformThenReset => "is done, answer lost".to_owned(),
            FaultKind::PerformThenHang(length) => format!("is done, answer hangs {length:?}"),
            FaultKind::Delay(length) => format!("takes {length:?} longer"),
        };
        let times = fault.times.map(|t| format!(", {t} more")).unwrap_or_default();
        let place = fault.channel.as_deref().map(|c| format!(" in {c}")).unwrap_or_default();
        let _ = write!(out, "<li>{}</li>", escape(&format!("{}{place} {kind}{times}", fault.method)));
    }
    if state.limits.on {
        out.push_str("<li>Slack's rate limits are on</li>");
    }
    if state.hub.twice {
        out.push_str("<li>everything is delivered twice</li>");
    }
    if state.hub.hold {
        out.push_str("<li>events are held back</li>");
    }
    if state.revoked {
        out.push_str("<li>the tokens are revoked</li>");
    }
    out
}

/// The whole document.
pub(crate) fn page(state: &State, sight: &Sight, hint: Option<&str>) -> String {
    let parts = parts(state, sight);
    let part = |name: &str| parts[name].as_str().unwrap_or_default().to_owned();
    let hint = hint.map(|h| format!("<p id=\"hint\">{}</p>", with_code(h))).unwrap_or_default();
    let methods: String = METHODS.iter().map(|m| format!("<option value=\"{m}\">")).collect();
    let thread_open = if sight.thread.is_some() { "" } else { " hidden" };
    let sought = sight.message.map(|ts| ts.to_string()).unwrap_or_default();
    let thread = sight.thread.map(|ts| ts.to_string()).unwrap_or_default();
    fill(include_str!("page.html"), |name| match name {
        "title" => escape(&part("title")),
        "channel" => escape(&part("name")),
        "hint" => hint.clone(),
        "thread_hidden" => thread_open.to_owned(),
        "thread_ts" => thread.clone(),
        "sought" => sought.clone(),
        "methods" => methods.clone(),
        html => part(html),
    })
}

/// Puts parts in the places of a template that are named `{{so}}`. The parts themselves are not looked into.
fn fill(template: &str, part: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(template.len() * 4);
    let mut pieces = template.split("{{");
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (name, rest) = piece.split_once("}}").unwrap_or((piece, ""));
        out.push_str(&part(name));
        out.push_str(rest);
    }
    out
}

/// A line in which `code` is marked.
fn with_code(line: &str) -> String {
    line.split('`')
        .enumerate()
        .map(|(place, part)| if place % 2 == 1 { format!("<kbd>{}</kbd>", escape(part)) } else { escape(part) })
        .collect()
}
