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
use crate::core::report::{Permalinks, Report, Update, report};
use crate::core::templates::{Mistake, Templates, Written};
use crate::core::words::people::{self, Names};

/// Writes what an issue says, with the templates.
pub struct Writing<'a> {
    templates: &'a Templates,
    names: &'a Names,
    report: Report,
    /// Which of the operator's own templates failed, so that the built-in one wrote instead.
    pub mistakes: Vec<Mistake>,
}

impl<'a> Writing<'a> {
    /// Of an incident. `names` has everybody who is involved.
    pub fn of(
        incident: &Incident,
        names: &'a Names,
        desk: &Desk,
        permalinks: Permalinks,
        templates: &'a Templates,
    ) -> Self {
        Self { templates, names, report: told(incident, names, desk, permalinks), mistakes: Vec::new() }
    }

    /// The bot's part of the description.
    pub(super) fn description(&mut self) -> Document {
        let written = self.templates.description(&self.report);
        self.read(written)
    }

    /// A comm update as a comment.
    pub(super) fn comment(&mut self, recorded: &Recorded, text: &Prose) -> Document {
        let by = people::author(self.names, &recorded.author);
        let update = Update { at: recorded.at, by, text: Text::of_prose(text, self.names) };
        let written = self.templates.comment(&self.report, &update);
        self.read(written)
    }

    fn read(&mut self, written: Written) -> Document {
        self.mistakes.extend(written.instead);
        Document::read(&written.text)
    }
}

/// What the templates for an issue are given. It depends on nothing but what the issue has to know, and its present is the
/// last time at which that changed, so that telling it again changes nothing.
pub fn told(incident: &Incident, names: &Names, desk: &Desk, permalinks: Permalinks) -> Report {
    let told = to_be_told(incident);
    let changed = told.events.last().map_or(incident.declared, |recorded| recorded.at);
    report(&told, names, desk, permalinks, changed)
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
