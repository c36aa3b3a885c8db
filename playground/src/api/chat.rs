//! chat.*

use serde_json::{Value, json};

use crate::api::args::Args;
use crate::api::blocks;
use crate::api::method::{Answer, Method, Request, Scope, TIER_3, TIER_4};
use crate::deeds::{Change, Draft};
use crate::json;
use crate::limits::Tier;
use crate::model::{BOT_ID, BOT_USER};
use crate::refused::Refused;
use crate::ts::Ts;

/// Characters of a message's text (chat.postMessage: longer texts are refused or cut at 40,000).
const LONGEST_TEXT: usize = 40_000;
/// Legacy attachments of a message (chat.postMessage, too_many_attachments).
const MOST_ATTACHMENTS: usize = 100;

pub(super) const METHODS: &[Method] = &[
    Method { name: "chat.postMessage", scope: Scope::One("chat:write"), tier: Tier::Posting, run: post_message },
    Method { name: "chat.postEphemeral", scope: Scope::One("chat:write"), tier: TIER_4, run: post_ephemeral },
    Method { name: "chat.update", scope: Scope::One("chat:write"), tier: TIER_3, run: update },
    Method { name: "chat.delete", scope: Scope::One("chat:write"), tier: TIER_3, run: delete },
    Method { name: "chat.getPermalink", scope: Scope::Bot, tier: Tier::None, run: permalink },
];

/// The content of a message, checked.
fn content(args: &Args) -> Result<Draft, Refused> {
    let text = args.text("text").unwrap_or_default();
    let listed = |name, code: &'static str| match args.structure(name, code)? {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(Refused::from(code)),
    };
    let sent_blocks = listed("blocks", "invalid_blocks_format")?;
    let attachments = listed("attachments", "invalid_attachments")?;
    if text.trim().is_empty() && sent_blocks.is_empty() && attachments.is_empty() {
        return Err("no_text".into());
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err("msg_too_long".into());
    }
    if attachments.len() > MOST_ATTACHMENTS {
        return Err("too_many_attachments".into());
    }
    blocks::check(&sent_blocks, blocks::Surface::Message)?;
    Ok(Draft { text, blocks: sent_blocks, attachments, metadata: metadata(args)?, ..Draft::default() })
}

/// `metadata`, which must be `{event_type, event_payload}`.
fn metadata(args: &Args) -> Result<Option<Value>, Refused> {
    let Some(metadata) = args.structure("metadata", "invalid_metadata_format")? else { return Ok(None) };
    let Some(fields) = metadata.as_object() else { return Err("invalid_metadata_format".into()) };
    if fields.is_empty() {
        return Ok(None);
    }
    match (metadata["event_type"].as_str(), metadata["event_payload"].as_object()) {
        (Some(kind), Some(_)) if !kind.is_empty() => Ok(Some(metadata)),
        _ => Err("invalid_metadata_schema".into()),
    }
}

/// The parent that `thread_ts` means.
fn thread(request: &Request<'_>, channel: &str) -> Result<Option<Ts>, Refused> {
    let Some(text) = request.args.text("thread_ts") else { return Ok(None) };
    let parent = request.state.message(channel, &text).map_err(|_| Refused::from("thread_not_found"))?;
    Ok(Some(parent.thread_ts.unwrap_or(parent.ts)))
}

/// Where a message goes: a channel by id or name, or a person by id.
fn destination(request: &mut Request<'_>) -> Result<String, Refused> {
    let key = request.args.text("channel").ok_or("channel_not_found")?;
    if request.state.people.contains_key(&key) {
        return if key == BOT_USER { Err("channel_not_found".into()) } else { Ok(request.state.direct(&key).0) };
    }
    let id = request.state.channel_id(&key)?;
    let channel = request.state.channel(&id)?;
    if !channel.has(BOT_USER) {
        if channel.private {
            return Err("channel_not_found".into());
        }
        if !request.state.scopes.contains("chat:write.public") {
            return Err("not_in_channel".into());
        }
    }
    if channel.archived {
        return Err("is_archived".into());
    }
    Ok(id)
}

fn post_message(request: &mut Request<'_>) -> Answer {
    let channel = destination(request)?;
    let mut draft = content(request.args)?;
    draft.thread_ts = thread(request, &channel)?;
    draft.broadcast = draft.thread_ts.is_some() && request.args.yes("reply_broadcast");
    let ts = request.state.post(&channel, BOT_USER, draft);
    let message = request.state.message(&channel, &ts)?;
    let message = json::message(request.state, message, true);
    Ok(json!({ "channel": channel, "ts": ts, "message": message }))
}

fn post_ephemeral(request: &mut Request<'_>) -> Answer {
    let channel = destination(request)?;
    let user = request.args.required("user")?;
    if !request.state.people.contains_key(&user) {
        return Err("user_not_found".into());
    }
    if !request.state.channel(&channel)?.has(&user) {
        return Err("user_not_in_channel".into());
    }
    let mut draft = content(request.args)?;
    draft.thread_ts = thread(request, &channel)?;
    let ts = request.state.post_ephemeral(&channel, &user, draft);
    Ok(json!({ "message_ts": ts }))
}

fn own_message(request: &Request<'_>, refusal: &'static str) -> Result<(String, Ts), Refused> {
    let channel = request.channel()?;
    let text = request.args.text("ts").ok_or("message_not_found")?;
    let message = request.state.message(&channel, &text)?;
    let own = message.bot_id.as_deref() == Some(BOT_ID);
    if own { Ok((channel, message.ts)) } else { Err(refusal.into()) }
}

fn update(request: &mut Request<'_>) -> Answer {
    let (channel, ts) = own_message(request, "cant_update_message")?;
    if request.state.channel(&channel)?.archived {
        return Err("is_archived".into());
    }
    let args = request.args;
    if !["text", "blocks", "attachments", "metadata"].iter().any(|name| args.has(name)) {
        return Err("no_text".into());
    }
    let listed = |name: &str, code: &'static str| match args.structure(name, code)? {
        None => Ok(None),
        Some(Value::Array(items)) => Ok(Some(items)),
        Some(_) => Err(Refused::from(code)),
    };
    let change = Change {
        text: args.text("text"),
        blocks: listed("blocks", "invalid_blocks_format")?,
        attachments: listed("attachments", "invalid_attachments")?,
        metadata: if args.has("metadata") { Some(metadata(args)?) } else { None },
    };
    if change.text.as_ref().is_some_and(|t| t.chars().count() > LONGEST_TEXT) {
        return Err("msg_too_long".into());
    }
    blocks::check(change.blocks.as_deref().unwrap_or_default(), blocks::Surface::Message)?;
    request.state.change_message(&channel, ts, BOT_USER, change)?;
    let message = request.state.message(&channel, &ts)?;
    let text = message.text.clone();
    let message = json::message(request.state, message, true);
    Ok(json!({ "channel": channel, "ts": ts, "text": text, "message": message }))
}

fn delete(request: &mut Request<'_>) -> Answer {
    let (channel, ts) = own_message(request, "cant_delete_message")?;
    request.state.delete_message(&channel, ts)?;
    Ok(json!({ "channel": channel, "ts": ts }))
}

fn permalink(request: &mut Request<'_>) -> Answer {
    let channel = request.channel()?;
    let ts = request.message(&channel, "message_ts")?;
    let thread = request.state.message(&channel, &ts)?.thread_ts;
    Ok(json!({ "channel": channel, "permalink": permalink_of(&request.base, &channel, ts, thread) }))
}

/// `https://team/archives/C/pTS`, with the thread when the message is a reply.
pub(super) fn permalink_of(base: &str, channel: &str, ts: Ts, thread: Option<Ts>) -> String {
    let digits = ts.as_str().replace('.', "");
    let thread = thread.map(|parent| format!("?thread_ts={parent}&cid={channel}")).unwrap_or_default();
    format!("{base}archives/{channel}/p{digits}{thread}")
}
