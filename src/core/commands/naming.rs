//! What components and those who are affected have in common: names, told by commas, added and removed.

use std::collections::BTreeSet;

use super::{Argument, Context, Decision, Refusal, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::prose::Prose;
use crate::core::words::listing::Listing;
use crate::core::words::people;

/// A name has at most so many characters: what is longer is a description, and names are read side by side.
pub(super) const NAME_CHARS: usize = 100;

/// A list of names that an incident has.
pub(super) struct Named {
    /// What it is a list of: `components`.
    pub what: &'static str,
    /// What is said when it is empty.
    pub empty: &'static str,
    /// A line that adds some.
    pub example: &'static str,
    /// The names that an incident has.
    pub of: fn(&Incident) -> &[Prose],
    /// That one was added.
    pub added: fn(Prose) -> Event,
    /// That one was removed.
    pub removed: fn(Prose) -> Event,
}

impl Named {
    /// All of them, by number.
    pub fn list(&self, incident: &Incident, context: &Context) -> Decision {
        let names = (self.of)(incident).iter();
        Listing {
            what: self.what,
            entries: names.map(|name| Line::new().prose(&people::named(context.people, name))).collect(),
            numbered: true,
            closing: None,
            empty: Line::new().text(self.empty).text("; ").code(self.example).text(" adds some."),
        }
        .decision(incident, context)
    }

    /// Adds those that are not there yet, in any case.
    pub fn add(&self, incident: &Incident, names: Vec<Prose>) -> Verdict {
        if names.is_empty() {
            return Err(Refusal::says(
                Line::new()
                    .text("There is no name in that: names stand between commas, for example ")
                    .code(self.example)
                    .text("."),
            ));
        }
        if let Some(long) = names.iter().find(|name| name.chars() > NAME_CHARS) {
            return Err(Refusal::says(
                Line::new()
                    .text(format!("A name has at most {NAME_CHARS} characters, so I added nothing; this one has "))
                    .text(format!("{}: “", long.chars()))
                    .prose(&long.cut(NAME_CHARS))
                    .text("…”. Put commas between names, and descriptions behind ")
                    .code(".note")
                    .text("."),
            ));
        }
        let mut known: BTreeSet<String> = (self.of)(incident).iter().map(key).collect();
        let events: Vec<Event> = names.into_iter().filter(|name| known.insert(key(name))).map(self.added).collect();
        Ok(if events.is_empty() { Decision::already() } else { Decision::ok(events) })
    }

    /// Removes the one of that name, in any case.
    pub fn remove(&self, incident: &Incident, argument: &Argument, list: &str) -> Verdict {
        let name = argument.prose.one_line();
        match (self.of)(incident).iter().find(|kept| kept.same_as(&name)) {
            Some(kept) => Ok(Decision::ok(vec![(self.removed)(kept.clone())])),
            None => Err(Refusal::says(
                Line::new()
                    .text("“")
                    .prose(&name.cut(NAME_CHARS))
                    .text(format!("” is not among the {}; ", self.what))
                    .code(list)
                    .text(" lists them."),
            )),
        }
    }
}

/// The names in an argument.
pub(super) fn names(argument: &Argument) -> Vec<Prose> {
    argument.prose.split(",").iter().map(Prose::one_line).filter(|name| !name.is_blank()).collect()
}

/// What two names have in common that read the same.
fn key(name: &Prose) -> String {
    name.readable().to_lowercase()
}
