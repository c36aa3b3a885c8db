//! A message in the page.

use std::fmt::Write;

use jiff::Zoned;

use crate::model::{Channel, Message};
use crate::page::block;
use crate::text::html::{Reader, escape};
use crate::text::{emoji, plain};
use crate::ts::Ts;

/// Seconds within which the next message of the same author needs no name above it.
const SAME_BREATH: u64 = 300;

impl Reader<'_> {
    /// The reader's local time of an instant.
    pub(crate) fn local(&self, ts: Ts) -> Zoned {
        let at = jiff::Timestamp::from_second(i64::try_from(ts.seconds()).unwrap_or_default()).unwrap_or_default();
        at.to_zoned(self.zone.clone())
    }
}

/// Whether this message follows the one before without a name of its own.
pub(crate) fn follows(before: Option<&Message>, message: &Message) -> bool {
    before.is_some_and(|b| {
        b.user == message.user
            && b.bot_id == message.bot_id
            && !is_note(b)
            && !is_note(message)
            && b.ephemeral_to == message.ephemeral_to
            && message.ts.seconds().saturating_sub(b.ts.seconds()) < SAME_BREATH
    })
}

/// A line about the channel rather than something said.
fn is_note(message: &Message) -> bool {
    !matches!(message.subtype, None | Some("thread_broadcast" | "file_share" | "tombstone"))
}

/// How a message is shown.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manner {
    /// Without name and picture, since the one before had them.
    pub(crate) follows: bool,
    /// In the thread's pane.
    pub(crate) in_thread: bool,
    /// What a permalink led to.
    pub(crate) target: bool,
}

pub(crate) fn message(reader: &Reader<'_>, channel: &Channel, it: &Message, manner: Manner) -> String {
    let mut out = String::with_capacity(1024);
    let person = reader.state.people.get(&it.user);
    let name = reader.state.shown_name(&it.user);
    let note = is_note(it);
    let mut class = "message".to_owned();
    for (on, name) in [
        (manner.follows, " follows"),
        (manner.target, " target"),
        (note, " note"),
        (it.bot_id.is_some(), " from-bot"),
        (it.ephemeral_to.is_some(), " ephemeral"),
        (it.subtype == Some("tombstone"), " tombstone"),
    ] {
        if on {
            class.push_str(name);
        }
    }
    let local = reader.local(it.ts);
    let (clock, full) = (local.strftime("%H:%M"), local.strftime("%Y-%m-%d %H:%M:%S %Z"));
    let digits = it.ts.as_str().replace('.', "");
    let ts = it.ts;
    let _ = write!(
        out,
        "<article class=\"{class}\" data-key=\"{ts}\" data-ts=\"{ts}\" data-user=\"{}\" tabindex=\"-1\">",
        escape(&it.user)
    );
    let _ = write!(
        out,
        "<span class=\"face\" data-hue=\"{}\" aria-hidden=\"true\">{}</span>",
        hue(&it.user),
        initial(&name)
    );
    out.push_str("<div class=\"body\"><header>");
    let _ = write!(out, "<b class=\"who\">{}</b>", escape(&name));
    if it.bot_id.is_some() {
        out.push_str("<span class=\"badge\">app</span>");
    }
    if person.is_some_and(|p| p.guest) {
        out.push_str("<span class=\"badge\">guest</span>");
    }
    if person.is_some_and(|p| p.stranger) {
        out.push_str("<span class=\"badge\">other organisation</span>");
    }
    let _ = write!(
        out,
        "<a class=\"when\" href=\"/archives/{}/p{digits}\" title=\"{full}\"><time>{clock}</time></a></header>",
        escape(&channel.id)
    );
    if it.ephemeral_to.is_some() {
        out.push_str("<p class=\"only-you\">Only visible to you</p>");
    }
    if it.broadcast && !manner.in_thread {
        out.push_str("<p class=\"only-you\">also sent from a thread</p>");
    }
    content(reader, it, &mut out);
    if it.edited.is_some() {
        out.push_str("<span class=\"edited\">(edited)</span>");
    }
    reactions(reader, it, &mut out);
    if !manner.in_thread {
        thread_link(reader, channel, it, &mut out);
    }
    out.push_str("</div>");
    if it.ephemeral_to.is_none() && it.subtype != Some("tombstone") {
        tools(reader, it, manner, &mut out);
    }
    out.push_str("</article>");
    out
}

fn content(reader: &Reader<'_>, it: &Message, out: &mut String) {
    out.push_str("<div class=\"text\">");
    if it.blocks.is_empty() {
        out.push_str(&reader.mrkdwn(&it.text));
    } else {
        for one in &it.blocks {
            out.push_str(&block::block(reader, one));
        }
    }
    for attachment in &it.attachments {
        out.push_str("<div class=\"attachment\">");
        let text = attachment["text"].as_str().or(attachment["fallback"].as_str()).unwrap_or_default();
        out.push_str(&reader.mrkdwn(text));
        for one in attachment["blocks"].as_array().into_iter().flatten() {
            out.push_str(&block::block(reader, one));
        }
        out.push_str("</div>");
    }
    for file in &it.files {
        let _ = write!(
            out,
            "<a class=\"file\" href=\"/files/{}/{}\" download>{} <small>{} bytes</small></a>",
            escape(&file.id),
            path_segment(&file.name),
            escape(&file.title),
            file.content.len()
        );
    }
    out.push_str("</div>");
}

/// A name as one segment of an address.
fn path_segment(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect()
}

fn reactions(reader: &Reader<'_>, it: &Message, out: &mut String) {
    if it.reactions.is_empty() {
        return;
    }
    out.push_str("<div class=\"reactions\">");
    for reaction in &it.reactions {
        let mine = reaction.users.iter().any(|u| u == reader.user);
        let people: Vec<_> = reaction.users.iter().map(|u| reader.state.shown_name(u)).collect();
        let name = escape(&reaction.name);
        let shown = emoji::find(&reaction.name).map_or_else(|| format!(":{name}:"), str::to_owned);
        let people = escape(&people.join(", "));
        let _ = write!(
            out,
            "<button class=\"reaction\" data-name=\"{name}\" aria-pressed=\"{mine}\" title=\":{name}: {people}\" \
             aria-label=\"{name}, {} by {people}\"><span class=\"emoji\" title=\":{name}:\">{shown}</span> {}</button>",
            reaction.users.len(),
            reaction.users.len()
        );
    }
    out.push_str("</div>");
}

fn thread_link(reader: &Reader<'_>, channel: &Channel, it: &Message, out: &mut String) {
    let Some(replies) = channel.threads.get(&it.ts).filter(|r| !r.is_empty()) else { return };
    let last = replies.last().map(|ts| reader.local(*ts).strftime("%H:%M").to_string()).unwrap_or_default();
    let count = replies.len();
    let noun = if count == 1 { "reply" } else { "replies" };
    let _ = write!(
        out,
        "<button class=\"open-thread\" data-thread=\"{}\">{count} {noun} <small>last at {last}</small></button>",
        it.ts
    );
}

fn tools(reader: &Reader<'_>, it: &Message, manner: Manner, out: &mut String) {
    out.push_str("<div class=\"tools\">");
    out.push_str("<button data-do=\"react\" title=\"React\" aria-label=\"React\">☺</button>");
    if !manner.in_thread && !it.broadcast {
        let _ = write!(
            out,
            "<button class=\"reply\" data-thread=\"{}\" title=\"Reply in thread\" aria-label=\"Reply in thread\">↩</button>",
            it.ts
        );
    }
    if it.user == reader.user && !is_note(it) {
        out.push_str("<button data-do=\"edit\" title=\"Edit\" aria-label=\"Edit\">✎</button>");
        out.push_str("<button data-do=\"delete\" title=\"Delete\" aria-label=\"Delete\">✕</button>");
        // What the author would type again, for editing.
        let _ = write!(out, "<template class=\"source\">{}</template>", escape(&plain::mrkdwn(reader.state, &it.text)));
    }
    out.push_str("</div>");
}

fn initial(name: &str) -> String {
    escape(&name.chars().next().unwrap_or('?').to_uppercase().to_string())
}

/// One of eight colours, always the same for one person.
fn hue(user: &str) -> u32 {
    user.bytes().fold(7_u32, |sum, b| sum.wrapping_mul(31).wrapping_add(u32::from(b))) % 8
}
