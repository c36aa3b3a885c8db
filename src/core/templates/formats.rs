//! How values are printed in each format, so that they stay what they are: text.

use std::fmt::Write;

use minijinja::value::{Object, ObjectRepr, Value};
use minijinja::{Error, ErrorKind, Output};
use std::sync::Arc;

use crate::core::document::{self, is_web_address};
use crate::core::prose::is_reordering;
use crate::core::record;
use crate::core::record::html::linked;
use crate::core::record::markdown;
use crate::core::record::text::{Part, Text};

/// A format that templates are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Markdown (CommonMark).
    Markdown,
    /// The part of Markdown that [`Document`](crate::core::document::Document) reads, for issue trackers.
    Issue,
    /// HTML, a part of a page.
    Html,
}

impl Format {
    /// The same for a record.
    pub(super) fn of_record(self) -> record::Format {
        match self {
            Self::Markdown | Self::Issue => record::Format::Markdown,
            Self::Html => record::Format::Html,
        }
    }
}

/// What people wrote, with its links, as a value of templates. As text (by a filter, or by `~`) it is without them.
impl Object for Text {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.parts().is_empty()
    }

    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// Prints a value, encoded. What is not there prints nothing.
pub(super) fn print(out: &mut Output<'_>, format: Format, value: &Value) -> Result<(), Error> {
    if value.is_undefined() || value.is_none() {
        return Ok(());
    }
    let written = match value.as_str() {
        Some(encoded) if value.is_safe() => out.write_str(encoded),
        _ => out.write_str(&encoded(format, value)),
    };
    written.map_err(|_| Error::new(ErrorKind::WriteFailure, "the text could not be written"))
}

/// A value as the format reads it.
pub(super) fn encoded(format: Format, value: &Value) -> String {
    match value.downcast_object_ref::<Text>() {
        Some(text) => match format {
            Format::Markdown => markdown::inline(text),
            Format::Issue => issue(text),
            Format::Html => linked(text, broken),
        },
        None => plain(format, &value.to_string()),
    }
}

/// Words without links, on one line.
pub(super) fn plain(format: Format, words: &str) -> String {
    match format {
        Format::Markdown => {
            let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
            markdown::inline(&Text::default().words(line))
        }
        Format::Issue => document::escaped(&words.split_whitespace().collect::<Vec<_>>().join(" ")),
        Format::Html => escaped(words),
    }
}

/// For issue trackers. An address keeps all its characters by being its own label.
fn issue(text: &Text) -> String {
    let mut out = String::new();
    for part in text.parts() {
        match part {
            Part::Link(url, label) if is_web_address(url) => {
                let label = label.as_deref().unwrap_or(url).split_whitespace().collect::<Vec<_>>().join(" ");
                let url = document::escaped(url).replace(')', "\\)");
                // Writing to a String cannot fail.
                let _ = write!(out, "[{}]({url})", document::escaped(&label));
            }
            other => out.push_str(&document::escaped(&Text::from_iter([other.clone()]).to_string())),
        }
    }
    // A line that ends the text ends with what follows it in the template.
    while let Some(rest) = out.strip_suffix("\\\n") {
        out.truncate(rest.len());
    }
    out
}

/// With links, and with line breaks where people made them.
fn broken(words: &str) -> String {
    escaped(&words.replace("\r\n", "\n")).replace('\n', "<br>\n")
}

/// The characters that HTML reads as something else, as references, and square brackets, which WordPress reads as
/// shortcodes. Control characters, which HTML does not allow, and marks that would reorder the text around them go away.
pub fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '[' => out.push_str("&#91;"),
            ']' => out.push_str("&#93;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || is_reordering(c) => {}
            c => out.push(c),
        }
    }
    out
}
