//! Incidents in lists: one line each, and the rest of a long list by channel only. Nobody is notified by them.

use jiff::{SignedDuration, Timestamp};

use crate::core::board::BoardEntry;
use crate::core::commands::Context;
use crate::core::incident::Role;
use crate::core::message::Line;
use crate::core::nags;
use crate::core::when::spoken;
use crate::core::words::{people, topic};

/// So many incidents of a list have a line of their own; who reads more than that is looking for a channel.
const OWN_LINES: usize = 50;

/// A title in a list has at most so many characters, so that each incident stays on about one line.
const TITLE_CHARS: usize = 80;

/// What a list tells of each incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// Who leads, too.
    Leads,
    /// Only what and where.
    Places,
}

/// The incidents as list items, in the order given; of a long list the rest by channel, level by level.
pub fn lines(entries: &[&BoardEntry], telling: Telling, context: &Context) -> Vec<Line> {
    let (first, rest) = entries.split_at(entries.len().min(OWN_LINES));
    let mut lines: Vec<Line> = first.iter().map(|entry| line(entry, telling, context)).collect();
    for same_level in rest.chunk_by(|a, b| a.level == b.level) {
        let mut line = Line::item().text(format!("{} more at {}:", same_level.len(), entry_level(same_level)));
        for entry in same_level {
            line = place(line.text(" "), entry);
        }
        lines.push(line);
    }
    lines
}

fn entry_level(entries: &[&BoardEntry]) -> String {
    entries.first().map_or_else(String::new, |entry| entry.level.to_string())
}

/// One incident: `:fire: [P1] Checkout is down: blocked, 1 h 05 m old, point: Alice, comms: nobody · #channel`.
fn line(entry: &BoardEntry, telling: Telling, context: &Context) -> Line {
    let desk = context.desks.iter().find(|desk| desk.name == entry.desk).unwrap_or(context.desk);
    let line = Line::item()
        .emoji(topic::emoji_of(entry.state, entry.level, desk))
        .text(format!(" [{}] ", entry.level))
        .bold_prose(&people::named(context.people, &entry.title).one_line().cut(TITLE_CHARS))
        .text(format!(": {}, {} old", entry.state.spoken(), age(entry.declared, context.now)));
    let line = match telling {
        Telling::Leads => [Role::Point, Role::Comms].into_iter().fold(line, |line, role| {
            let holder = entry.roles.get(role).map_or_else(|| "nobody".to_owned(), |user| context.name(user));
            line.text(format!(", {}: {holder}", desk.role_name(role)))
        }),
        Telling::Places => line,
    };
    let line = match nags::update_overdue(entry, desk, context.now) {
        Some(due) => line.text(format!(", update overdue for {}", age(due, context.now))),
        None => line,
    };
    let line = match &entry.issue {
        Some(issue) => line.text(" · ").link(&issue.url, &issue.key),
        None => line,
    };
    let line = if context.desks.len() > 1 { line.text(format!(" · {}", desk.name)) } else { line };
    place(line.text(" · "), entry)
}

fn place(line: Line, entry: &BoardEntry) -> Line {
    match &entry.channel {
        Some(channel) => line.channel(channel),
        None => line.text(format!("incident {}, its channel is being made", entry.id)),
    }
}

/// How long ago that was.
fn age(then: Timestamp, now: Timestamp) -> String {
    spoken(now.duration_since(then).max(SignedDuration::ZERO))
}
