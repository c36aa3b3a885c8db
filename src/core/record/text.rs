//! What a record says in words: every reference already a name or an address.

use minijinja::value::{Value, serializing_for_value};
use serde::{Serialize, Serializer};

use crate::core::ids::ChannelId;
use crate::core::message::{Line, Span, utc};
use crate::core::prose::{Piece, Prose};
use crate::core::words::people::{self, Names};

/// Words with links in them. In JSON one string: the words, a link as its words and its address in brackets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Vec<Part>);

/// One stretch of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Words, as they were typed.
    Words(String),
    /// A link, with the words shown in its place when there were any.
    Link(String, Option<String>),
}

impl Text {
    /// What a person wrote.
    pub fn of_prose(prose: &Prose, names: &Names) -> Self {
        prose
            .pieces()
            .iter()
            .map(|piece| match piece {
                Piece::Text(words) => Part::Words(words.clone()),
                Piece::Person(user) => Part::Words(format!("@{}", people::name(names, user))),
                Piece::Channel(_, name) => Part::Words(format!("#{name}")),
                Piece::Link(url, label) => Part::Link(url.clone(), label.clone().filter(|label| label != url)),
            })
            .collect()
    }

    /// A line that the bot says, without how it stands. `channel` is what a channel is called.
    pub fn of_line(line: &Line, names: &Names, channel: impl Fn(&ChannelId) -> String) -> Self {
        let parts = line.spans.iter().flat_map(|span| match span {
            Span::Prose(prose) | Span::BoldProse(prose) => Self::of_prose(prose, names).0,
            Span::Link { url, label } => {
                vec![Part::Link(url.clone(), Some(label.clone()).filter(|label| label != url))]
            }
            Span::Person(user) => vec![Part::Words(people::name(names, user))],
            Span::Channel(id) => vec![Part::Words(format!("#{}", channel(id)))],
            Span::Time(at) | Span::UtcTime(at) => vec![Part::Words(utc(*at))],
            Span::Code(text) => vec![Part::Words(format!("`{text}`"))],
            Span::Text(words) | Span::Bold(words) => vec![Part::Words(words.clone())],
            Span::Permalink { label, .. } => vec![Part::Words(label.clone())],
            Span::Group(_) | Span::Everyone | Span::Emoji(_) => vec![Part::Words(span.to_string())],
        });
        parts.collect()
    }

    /// An address alone.
    pub fn link(url: &str) -> Self {
        Self(vec![Part::Link(url.to_owned(), None)])
    }

    /// Adds words.
    #[must_use]
    pub fn words(self, words: impl Into<String>) -> Self {
        self.0.into_iter().chain([Part::Words(words.into())]).collect()
    }

    /// Adds another text.
    #[must_use]
    pub fn join(self, other: &Self) -> Self {
        self.0.into_iter().chain(other.0.iter().cloned()).collect()
    }

    /// Its stretches, in order.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }
}

impl FromIterator<Part> for Text {
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> Self {
        let mut out: Vec<Part> = Vec::new();
        for part in parts {
            match (out.last_mut(), part) {
                (Some(Part::Words(before)), Part::Words(words)) => before.push_str(&words),
                (_, part) => out.push(part),
            }
        }
        Self(out)
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|part| match part {
            Part::Words(words) => f.write_str(words),
            Part::Link(url, None) => f.write_str(url),
            Part::Link(url, Some(label)) => write!(f, "{label} ({url})"),
        })
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Templates print it as their format wants it, links included.
        if serializing_for_value() {
            return Value::from_object(self.clone()).serialize(serializer);
        }
        serializer.collect_str(self)
    }
}
