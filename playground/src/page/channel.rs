//! A channel in the page: its head, its messages, its threads.

use std::fmt::Write;

use crate::model::{Channel, Message};
use crate::page::Sight;
use crate::page::message::{Manner, follows, message};
use crate::text::html::{Reader, escape, link};
use crate::text::plain;

/// Messages that are shown, counted from the newest or around the one that a permalink led to.
const SHOWN: usize = 200;

/// Whether this person may see the channel.
pub(crate) fn visible(channel: &Channel, person: &str) -> bool {
    match &channel.im {
        Some(other) => other == person,
        None => !channel.private || channel.has(person),
    }
}

/// `#name`, or the bot's name in a direct conversation.
pub(crate) fn title(channel: &Channel) -> String {
    let mark = if channel.private { "◆ " } else { "# " };
    if channel.im.is_some() { "Direct messages with the app".to_owned() } else { format!("{mark}{}", channel.name) }
}

/// Name, topic, members, pins, bookmarks.
pub(crate) fn head(reader: &Reader<'_>, channel: &Channel) -> String {
    let mut out = String::new();
    let _ = write!(out, "<div class=\"names\"><h1>{}</h1>", escape(&title(channel)));
    if channel.archived {
        out.push_str("<span class=\"badge\">archived</span>");
    }
    let topic = reader.mrkdwn(&channel.topic.value);
    let plain = escape(&plain::mrkdwn(reader.state, &channel.topic.value));
    let _ = write!(out, "<div id=\"topic\" title=\"{plain}\">{topic}</div></div>");
    if channel.im.is_some() {
        return out;
    }
    out.push_str("<div class=\"facts\">");
    let names: Vec<String> = channel.members.iter().map(|m| member(reader, m)).collect();
    details(&mut out, "members", &counted(channel.members.len(), "member"), "Members", &names, channel, reader);
    if !channel.pins.is_empty() {
        let pins: Vec<String> =
            channel.pins.iter().filter_map(|p| Some(pin(reader, channel, channel.message(p.ts)?))).collect();
        details(&mut out, "pins", &counted(channel.pins.len(), "pin"), "Pins", &pins, channel, reader);
    }
    for bookmark in &channel.bookmarks {
        let label = escape(&bookmark.title);
        let _ = write!(
            out,
            "<span class=\"bookmark\" data-bookmark=\"{}\">{}</span>",
            escape(&bookmark.id),
            link(&bookmark.link, &label)
        );
    }
    out.push_str("</div>");
    out
}

fn details(
    out: &mut String,
    id: &str,
    label: &str,
    title: &str,
    lines: &[String],
    channel: &Channel,
    reader: &Reader<'_>,
) {
    let _ = write!(
        out,
        "<details class=\"menu\" id=\"{id}\"><summary title=\"{title}\" aria-label=\"{title}\">{label}</summary><div class=\"sheet\">"
    );
    if id == "members" {
        out.push_str("<div class=\"menu-acts\">");
        let inside = channel.has(reader.user);
        for (act, label, shown) in [
            ("set_topic", "Set topic…", !channel.archived),
            ("invite", "Invite…", !channel.archived),
            ("rename", "Rename…", !channel.archived),
            ("join", "Join", !inside && !channel.archived),
            ("leave", "Leave", inside && !channel.archived),
            ("archive", "Archive", !channel.archived),
            ("unarchive", "Unarchive", channel.archived),
        ] {
            if shown {
                let _ = write!(out, "<button data-channel-act=\"{act}\">{label}</button>");
            }
        }
        out.push_str("</div>");
    }
    out.push_str("<ul>");
    for line in lines {
        let _ = write!(out, "<li>{line}</li>");
    }
    out.push_str("</ul></div></details>");
}

/// `1 pin`, `2 pins`.
fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn member(reader: &Reader<'_>, id: &str) -> String {
    let Some(person) = reader.state.people.get(id) else { return escape(id) };
    let kind = if person.bot_id.is_some() {
        " <small>app</small>"
    } else if person.guest {
        " <small>guest</small>"
    } else if person.stranger {
        " <small>other organisation</small>"
    } else {
        ""
    };
    format!("{}{kind}", escape(person.shown_name()))
}

fn pin(reader: &Reader<'_>, channel: &Channel, it: &Message) -> String {
    let text: String = plain::message(reader.state, it).chars().take(140).collect();
    let digits = it.ts.as_str().replace('.', "");
    format!("<a href=\"/archives/{}/p{digits}\">{}</a>", escape(&channel.id), escape(&text))
}

/// The messages of the channel, with what only this reader sees, days between them.
pub(crate) fn messages(reader: &Reader<'_>, channel: &Channel, sight: &Sight) -> String {
    let in_channel = |m: &&Message| m.thread_ts.is_none_or(|parent| parent == m.ts) || m.broadcast;
    let end = match sight.message.filter(|ts| channel.message(*ts).is_some()) {
        // Some messages after the one that is sought, so that it has its surroundings.
        Some(ts) => (channel.messages.partition_point(|m| m.ts <= ts) + SHOWN / 2).min(channel.messages.len()),
        None => channel.messages.len(),
    };
    let mut shown: Vec<&Message> = channel.messages.range(..end).rev().filter(in_channel).take(SHOWN).collect();
    let oldest = shown.last().map(|m| m.ts);
    let more = oldest.is_some_and(|oldest| channel.messages.front().is_some_and(|first| first.ts < oldest));
    shown.extend(
        channel
            .ephemerals
            .iter()
            .rev()
            .take(SHOWN)
            .filter(|m| m.ephemeral_to.as_deref() == Some(reader.user))
            .filter(|m| m.thread_ts.is_none() && (!more || oldest.is_none_or(|oldest| m.ts >= oldest))),
    );
    shown.sort_by_key(|m| m.ts);
    let mut out = String::with_capacity(shown.len() * 1024);
    if more {
        out.push_str("<p class=\"edge\" data-key=\"edge\">Earlier messages are not shown.</p>");
    } else if shown.is_empty() {
        out.push_str("<p class=\"edge\" data-key=\"edge\">Nothing has been said here yet.</p>");
    }
    let mut day = None;
    let mut before: Option<&Message> = None;
    for it in shown {
        let local = reader.local(it.ts);
        if day.replace(local.date()) != Some(local.date()) {
            let (key, label) = (local.strftime("%F"), local.strftime("%A, %-d %B"));
            let _ = write!(out, "<h2 class=\"day\" data-key=\"day-{key}\"><span>{label}</span></h2>");
            before = None;
        }
        let manner = Manner { follows: follows(before, it), in_thread: false, target: sight.message == Some(it.ts) };
        out.push_str(&message(reader, channel, it, manner));
        before = Some(it);
    }
    out
}

/// The open thread: the parent and its replies. Empty when none is open.
pub(crate) fn thread(reader: &Reader<'_>, channel: &Channel, sight: &Sight) -> String {
    let Some(parent) = sight.thread.and_then(|ts| channel.message(ts)) else { return String::new() };
    let manner = |target| Manner { follows: false, in_thread: true, target };
    let mut out = message(reader, channel, parent, manner(sight.message == Some(parent.ts)));
    let replies = channel.threads.get(&parent.ts).map(Vec::as_slice).unwrap_or_default();
    let mut shown: Vec<&Message> = replies.iter().filter_map(|ts| channel.message(*ts)).collect();
    shown.extend(
        channel
            .ephemerals
            .iter()
            .filter(|m| m.ephemeral_to.as_deref() == Some(reader.user) && m.thread_ts == Some(parent.ts)),
    );
    shown.sort_by_key(|m| m.ts);
    let count = replies.len();
    let noun = if count == 1 { "reply" } else { "replies" };
    let _ = write!(out, "<h2 class=\"day\" data-key=\"count-{count}\"><span>{count} {noun}</span></h2>");
    let mut before = None;
    for it in shown.iter().rev().take(SHOWN).rev() {
        let manner = Manner { follows: follows(before, it), ..manner(sight.message == Some(it.ts)) };
        out.push_str(&message(reader, channel, it, manner));
        before = Some(it);
    }
    out
}
