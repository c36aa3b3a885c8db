//! What an issue says, as documents: the bot's part of its description, its comments, the issues under it.

use super::ActionItem;
use super::changes::to_be_told;
use crate::core::desk::Desk;
use crate::core::document::{Document, Inline, Run};
use crate::core::event::Recorded;
use crate::core::incident::Incident;
use crate::core::message::utc;
use crate::core::prose::Prose;
use crate::core::record::text::{Part, Text};
use crate::core::record::{self, Record};
use crate::core::words::people::{self, Names};

/// The bot's part of the description: overview, summary, who is hit, what contributed, the timeline. It depends on
/// nothing but what the issue has to know, so that telling it again changes nothing.
pub fn description(incident: &Incident, names: &Names, desk: &Desk) -> Document {
    let record = record::record(&to_be_told(incident), names, desk, incident.declared);
    let document = Document::new().heading(2, "Overview").list(overview(&record));
    let document = document.heading(2, "Summary");
    let document = match &record.summary {
        Some(summary) => document.paragraph(inline(summary)),
        None => document.paragraph("Nobody wrote a summary yet."),
    };
    let document = section(document, "Affected", record.affected.iter().map(inline).collect());
    let factors =
        record.contributing_factors.iter().map(|factor| inline(&factor.text).text(format!(" ({})", factor.by.name)));
    let document = section(document, "Contributing factors", factors.collect());
    let changes = record.code_changes.iter().map(|change| inline(&Text::link(&change.url)));
    let document = section(document, "Code changes", changes.collect());
    let timeline =
        record.log.iter().map(|entry| Inline::new().text(format!("{} — ", utc(entry.at))).joined(&entry.text));
    section(document, "Timeline", timeline.collect())
}

fn section(document: Document, head: &str, items: Vec<Inline>) -> Document {
    if items.is_empty() { document } else { document.heading(2, head).list(items) }
}

fn overview(record: &Record) -> Vec<Inline> {
    let priority = match record.priority.meaning.as_str() {
        "" => record.priority.level.clone(),
        meaning => format!("{} ({meaning})", record.priority.level),
    };
    let mut lines = vec![
        Inline::from(format!("Incident {}: {}", record.number, record.spoken_state)),
        Inline::from(format!("Priority: {priority}")),
        Inline::from(format!("Declared: {} by {}", utc(record.declared_at), record.declared_by.name)),
    ];
    lines.extend(record.channel.iter().map(|channel| Inline::from(format!("Channel: #{}", channel.name))));
    lines.extend(record.roles.iter().map(|part| Inline::from(format!("{}: {}", part.called, part.who.name))));
    lines.extend(moments(record));
    lines.extend(
        record
            .blockers
            .iter()
            .filter(|blocker| blocker.until.is_none())
            .map(|blocker| Inline::from(format!("Waiting since {} for ", utc(blocker.since))).joined(&blocker.whom)),
    );
    lines
}

fn moments(record: &Record) -> impl Iterator<Item = Inline> {
    use crate::core::moments::Moment;
    let set = Moment::ALL.into_iter().filter_map(|moment| Some((moment.word(), record.moments.get(moment)?)));
    set.map(|(word, at)| Inline::from(format!("{word}: {}", utc(at))))
}

/// A comm update as a comment.
pub(super) fn comment(recorded: &Recorded, text: &Prose, names: &Names) -> Document {
    let by = people::author(names, &recorded.author);
    let head = Inline::new().text(format!("Update by {by}, {}:", utc(recorded.at)));
    Document::new().paragraph(head).paragraph(inline(&Text::of_prose(text, names)))
}

/// An action item as an issue of its own.
pub(super) fn item(
    recorded: &Recorded,
    title: &Prose,
    detail: Option<&Prose>,
    incident: &Incident,
    names: &Names,
) -> ActionItem {
    let document =
        detail.map_or_else(Document::new, |detail| Document::new().paragraph(inline(&Text::of_prose(detail, names))));
    let by = people::author(names, &recorded.author);
    let from = format!("An action item of incident {}, recorded by {by}, {}.", incident.id, utc(recorded.at));
    ActionItem { title: people::named(names, title).one_line().readable(), detail: document.paragraph(from) }
}

fn inline(text: &Text) -> Inline {
    Inline::new().joined(text)
}

/// Adding what a record says.
trait Joined {
    fn joined(self, text: &Text) -> Self;
}

impl Joined for Inline {
    fn joined(self, text: &Text) -> Self {
        text.parts().iter().fold(self, |line, part| match part {
            Part::Words(words) => lines(line, words),
            Part::Link(url, label) => line.link(url, label.as_deref().unwrap_or(url)),
        })
    }
}

/// Adds words. `Inline::text` takes the words for whole lines; here they may end with one, and another part follows.
fn lines(line: Inline, words: &str) -> Inline {
    words.split('\n').enumerate().fold(line, |line, (i, words)| {
        let line = if i > 0 { line.with(Run::Break) } else { line };
        if words.is_empty() { line } else { line.with(Run::Text(words.to_owned())) }
    })
}
