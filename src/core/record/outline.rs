//! A record in the order in which people read it, for every format that people read.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

use super::Record;
use super::said::Message;
use super::text::Text;
use crate::core::history::Kind;
use crate::core::message::utc;
use crate::core::moments::Moment;
use crate::core::when::spoken;

/// A part of the record under its own heading.
pub(super) struct Section<'a> {
    /// The heading.
    pub head: &'static str,
    /// What is under it.
    pub body: Body<'a>,
}

/// What a section has.
pub(super) enum Body<'a> {
    /// Nothing, and how that is said.
    Nothing(&'static str),
    /// What somebody wrote.
    Quote(&'a Text),
    /// A list.
    List(Vec<Text>),
    /// A table: its columns, and its rows.
    Rows(&'static [&'static str], Vec<Vec<Text>>),
    /// The picture of how it went, where there can be one.
    Course,
    /// The timeline, and what it lacks.
    Timeline(Vec<Told<'a>>, Option<String>),
}

/// A line of the timeline.
pub(super) struct Told<'a> {
    /// When.
    pub at: Timestamp,
    /// Of which type.
    pub kind: &'static str,
    /// What.
    pub text: Cow<'a, Text>,
    /// Whether it was only said in the channel; the log has all others.
    pub is_said: bool,
}

/// What stands under the title.
pub(super) fn facts(record: &Record) -> Vec<(&'static str, Text)> {
    let priority = match record.priority.meaning.as_str() {
        "" => record.priority.level.clone(),
        meaning => format!("{} ({meaning})", record.priority.level),
    };
    let mut facts = vec![
        ("State", words(record.spoken_state.to_owned())),
        ("Priority", words(priority)),
        ("Declared", words(format!("{} by {}", utc(record.declared_at), record.declared_by.name))),
    ];
    facts.extend(record.channel.as_ref().map(|channel| ("Channel", words(format!("#{}", channel.name)))));
    facts.push(("Desk", words(record.desk.to_string())));
    facts.extend(metrics(record));
    facts.push(("This record", words(format!("written {}", utc(record.written_at)))));
    facts
}

/// The sections, in order.
pub(super) fn sections(record: &Record) -> Vec<Section<'_>> {
    let section = |head, body| Section { head, body };
    vec![
        section("Summary", record.summary.as_ref().map_or(Body::Nothing("Nobody wrote a summary."), Body::Quote)),
        section("Course", Body::Course),
        section("Moments", rows(&["moment", "when", "after the start"], moments(record), "No moment is set.")),
        section("People", rows(&["role", "who", "from", "until"], tenures(record), "Nobody took a role.")),
        section("Components", list(record.components.iter().cloned(), "No component was named.")),
        section("Affected", list(record.affected.iter().cloned(), "Nobody was named as affected.")),
        section("Blockers", list(record.blockers.iter().map(blocker), "Nothing was waited for.")),
        section(
            "Action items",
            list(
                record.action_items.iter().map(|item| {
                    let text = item.title.clone();
                    let text = match &item.detail {
                        Some(detail) => text.words(" — ").join(detail),
                        None => text,
                    };
                    signed(text, &item.by.name, item.at)
                }),
                "No action item was recorded.",
            ),
        ),
        section(
            "Contributing factors",
            list(
                record
                    .contributing_factors
                    .iter()
                    .map(|factor| signed(factor.text.clone(), &factor.by.name, factor.at)),
                "No contributing factor was named.",
            ),
        ),
        section(
            "Code changes",
            list(
                record.code_changes.iter().map(|change| signed(Text::link(&change.url), &change.by.name, change.at)),
                "No code change was recorded.",
            ),
        ),
        section(
            "Revisions",
            rows(&["when", "what", "by", "before", "since"], revisions(record), "Nothing was said differently before."),
        ),
        section("Timeline", Body::Timeline(timeline(record), lacking(record))),
    ]
}

/// The log, with what was said in between.
fn timeline(record: &Record) -> Vec<Told<'_>> {
    let mut told: Vec<Told<'_>> = record
        .log
        .iter()
        .map(|entry| Told { at: entry.at, kind: entry.kind.word(), text: Cow::Borrowed(&entry.text), is_said: false })
        .collect();
    let Some(messages) = &record.messages else { return told };
    let mut lines: Vec<(Timestamp, Line<'_>)> = told.drain(..).map(|one| (one.at, Line::Logged(one))).collect();
    lines.extend(messages.iter().map(|message| (message.at, Line::Said(message))));
    lines.sort_by_key(|(at, _)| *at);
    let mut moving: Vec<&Message> = Vec::new();
    for (_, line) in lines {
        if let Line::Said(message) = &line
            && matches!(message.kind, Kind::Joined | Kind::Left)
        {
            if moving.first().is_some_and(|first| first.kind != message.kind) {
                told.extend(moved(&std::mem::take(&mut moving)));
            }
            moving.push(message);
            continue;
        }
        told.extend(moved(&std::mem::take(&mut moving)));
        told.push(match line {
            Line::Logged(told) => told,
            Line::Said(message) => {
                Told { at: message.at, kind: message.word(), text: Cow::Owned(message.told()), is_said: true }
            }
        });
    }
    told.extend(moved(&moving));
    told
}

enum Line<'a> {
    Logged(Told<'a>),
    Said(&'a Message),
}

/// More people than this who came or went one after the other are counted, not named.
const NAMED_TOGETHER: usize = 6;

/// Those who came or went with nothing in between, in one line.
fn moved<'a>(moving: &[&'a Message]) -> Option<Told<'a>> {
    let first = moving.first()?;
    let mut names: Vec<&str> = Vec::new();
    for name in moving.iter().map(|message| message.by.name.as_str()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let (named, more) = names.split_at(names.len().min(NAMED_TOGETHER));
    let who = match (named, more.len()) {
        ([one], _) => (*one).to_owned(),
        ([all @ .., last], 0) => format!("{} and {last}", all.join(", ")),
        (named, more) => format!("{} and {more} more", named.join(", ")),
    };
    let what = if first.kind == Kind::Left { "left" } else { "joined" };
    Some(Told { at: first.at, kind: first.word(), text: Cow::Owned(words(format!("{who} {what}"))), is_said: true })
}

/// What the timeline does not tell, and where it is.
fn lacking(record: &Record) -> Option<String> {
    let end = record.messages_end_at?;
    Some(format!(
        "More was said than a record holds: what was said after {} is in the channel alone. The log is whole.",
        utc(end)
    ))
}

fn rows<'a>(heads: &'static [&'static str], rows: Vec<Vec<Text>>, nothing: &'static str) -> Body<'a> {
    if rows.is_empty() { Body::Nothing(nothing) } else { Body::Rows(heads, rows) }
}

fn words(words: impl Into<String>) -> Text {
    Text::default().words(words)
}

fn list<'a>(items: impl IntoIterator<Item = Text>, nothing: &'static str) -> Body<'a> {
    let items: Vec<Text> = items.into_iter().collect();
    if items.is_empty() { Body::Nothing(nothing) } else { Body::List(items) }
}

fn signed(text: Text, by: &str, at: Timestamp) -> Text {
    text.words(format!(" ({by}, {})", utc(at)))
}

/// How long what took, in one line.
fn metrics(record: &Record) -> Option<(&'static str, Text)> {
    let length = |seconds| spoken(SignedDuration::from_secs(seconds));
    let metrics = record
        .metrics
        .iter()
        .map(|metric| format!("{} {} ({})", metric.metric, length(metric.seconds), metric.meaning));
    let blocked = (!record.blockers.is_empty()).then(|| format!("time blocked {}", length(record.blocked_seconds)));
    let all: Vec<String> = metrics.chain(blocked).collect();
    (!all.is_empty()).then(|| ("Metrics", words(all.join(" · "))))
}

/// In the order in which they came.
fn moments(record: &Record) -> Vec<Vec<Text>> {
    let mut set: Vec<(Moment, Timestamp)> =
        Moment::ALL.into_iter().filter_map(|moment| Some((moment, record.moments.get(moment)?))).collect();
    set.sort_by_key(|(_, at)| *at);
    let start = record.moments.started.unwrap_or(record.declared_at);
    let row = |(moment, at): (Moment, Timestamp)| {
        vec![words(moment.word()), words(utc(at)), words(spoken(at.duration_since(start)))]
    };
    set.into_iter().map(row).collect()
}

fn tenures(record: &Record) -> Vec<Vec<Text>> {
    let open = if record.moments.resolved.or(record.moments.canceled).is_some() { "the end" } else { "now" };
    let row = |tenure: &super::Tenure| {
        let until = tenure.until.map_or_else(|| open.to_owned(), utc);
        vec![words(&tenure.called), words(&tenure.who.name), words(utc(tenure.from)), words(until)]
    };
    record.role_history.iter().map(row).collect()
}

fn revisions(record: &Record) -> Vec<Vec<Text>> {
    let row = |revision: &super::Revision| {
        let what = match (revision.what, revision.moment) {
            (super::Subject::Title, _) => "title",
            (super::Subject::Summary, _) => "summary",
            (super::Subject::Priority, _) => "priority",
            (super::Subject::Moment, moment) => moment.unwrap_or("moment"),
        };
        let since = revision.to.clone().unwrap_or_else(|| words("taken back"));
        vec![words(utc(revision.at)), words(what), words(&revision.by.name), revision.from.clone(), since]
    };
    record.revisions.iter().map(row).collect()
}

/// `#1 the network team (from … to …, 4 m, added by Alice): DNS is broken`.
fn blocker(blocker: &super::Blocker) -> Text {
    let length = spoken(SignedDuration::from_secs(blocker.seconds));
    let since = utc(blocker.since);
    let when = match blocker.until {
        Some(until) => format!("from {since} to {}, {length}", utc(until)),
        None => format!("since {since}, still open after {length}"),
    };
    let text = Text::default().words(format!("{} ", blocker.id)).join(&blocker.whom);
    let text = text.words(format!(" ({when}, added by {})", blocker.by.name));
    match &blocker.reason {
        Some(reason) => text.words(": ").join(reason),
        None => text,
    }
}
