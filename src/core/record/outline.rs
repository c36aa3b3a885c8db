//! A record in the order in which people read it, for every format that people read.

use jiff::{SignedDuration, Timestamp};

use super::Record;
use super::text::Text;
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
    /// The history: when, of which type, and what.
    History(Vec<(Timestamp, &'static str, &'a Text)>),
}

/// What stands under the title.
pub(super) fn facts(record: &Record) -> Vec<(&'static str, Text)> {
    let words = |words: String| Text::default().words(words);
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
    facts.push(("This record", words(format!("written {}", utc(record.written_at)))));
    facts
}

/// The sections, in order.
pub(super) fn sections(record: &Record) -> Vec<Section<'_>> {
    let section = |head, body| Section { head, body };
    vec![
        section("Summary", record.summary.as_ref().map_or(Body::Nothing("Nobody wrote a summary."), Body::Quote)),
        section("Moments and metrics", list(moments(record), "No moment is set.")),
        section(
            "People",
            list(record.roles.iter().map(|part| labelled(&part.called, &part.who.name)), "Nobody took a role."),
        ),
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
            "Log",
            Body::History(record.log.iter().map(|entry| (entry.at, entry.kind.word(), &entry.text)).collect()),
        ),
    ]
}

fn list<'a>(items: impl IntoIterator<Item = Text>, nothing: &'static str) -> Body<'a> {
    let items: Vec<Text> = items.into_iter().collect();
    if items.is_empty() { Body::Nothing(nothing) } else { Body::List(items) }
}

fn labelled(label: &str, value: &str) -> Text {
    Text::default().words(format!("{label}: {value}"))
}

fn signed(text: Text, by: &str, at: Timestamp) -> Text {
    text.words(format!(" ({by}, {})", utc(at)))
}

fn moments(record: &Record) -> Vec<Text> {
    let moments = Moment::ALL.into_iter().filter_map(|moment| {
        let at = record.moments.get(moment)?;
        Some(labelled(moment.word(), &utc(at)))
    });
    let metrics = record.metrics.iter().map(|metric| {
        labelled(&format!("{} ({})", metric.metric, metric.meaning), &spoken(SignedDuration::from_secs(metric.seconds)))
    });
    let blocked = (!record.blockers.is_empty())
        .then(|| labelled("time blocked", &spoken(SignedDuration::from_secs(record.blocked_seconds))));
    moments.chain(metrics).chain(blocked).collect()
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
