//! The filters that templates have beside the language's own.

use jiff::{SignedDuration, Timestamp};
use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, State};

use super::format_of;
use super::formats::{Format, encoded, escaped};
use crate::core::message;
use crate::core::record::markdown::safe_address;
use crate::core::record::text::{Part, Text};
use crate::core::when::spoken;

/// Adds them, and takes away the one that lets text pass as it is.
pub(super) fn add(environment: &mut Environment<'_>) {
    environment.remove_filter("safe");
    environment.add_filter("utc", |at: &str| Ok::<_, Error>(message::utc(instant(at)?)));
    environment.add_filter("clock", |at: &str| Ok::<_, Error>(instant(at)?.strftime("%H:%M").to_string()));
    environment.add_filter("day", |at: &str| Ok::<_, Error>(instant(at)?.strftime("%Y-%m-%d").to_string()));
    environment.add_filter("duration", |seconds: i64| spoken(SignedDuration::from_secs(seconds)));
    environment.add_filter("capital", |words: &str| {
        let mut letters = words.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect::<String>())
    });
    environment.add_filter("hang", hang);
    environment.add_filter("quote", quote);
    environment.add_filter("address", address);
    environment.add_filter("code", code);
    environment.add_filter("link", |address: &Value| Value::from_object(Text::link(&address.to_string())));
}

fn instant(text: &str) -> Result<Timestamp, Error> {
    text.parse().map_err(|_| Error::new(ErrorKind::InvalidOperation, format!("{text:?} is no instant")))
}

/// For a list's item: in Markdown, the lines after the first are indented, so that they belong to it.
fn hang(state: &State, value: &Value, by: Option<usize>) -> Value {
    let format = format_of(state.name());
    let text = encoded(format, value);
    Value::from_safe_string(match format {
        Format::Markdown => {
            let indent = " ".repeat(by.unwrap_or(2).min(16));
            let mut lines = text.split('\n');
            let first = lines.next().unwrap_or_default().to_owned();
            lines.fold(first, |text, line| if line.is_empty() { text + "\n" } else { text + "\n" + &indent + line })
        }
        // A line break does not end the item there.
        Format::Html | Format::Issue => text,
    })
}

/// As a quotation: every line marked in Markdown, one block in HTML.
fn quote(state: &State, value: &Value) -> Value {
    let format = format_of(state.name());
    let text = encoded(format, value);
    Value::from_safe_string(match format {
        Format::Markdown => {
            let lines = text.split('\n').map(|line| if line.is_empty() { ">".to_owned() } else { format!("> {line}") });
            lines.collect::<Vec<_>>().join("\n")
        }
        Format::Issue => format!("> {text}"),
        Format::Html => format!("<blockquote><p>{text}</p></blockquote>"),
    })
}

/// For a line of a block of code: the characters as they are, without what could end the block.
fn code(state: &State, value: &Value) -> Value {
    let line: String = value.to_string().chars().filter(|c| !c.is_control() && *c != '`').collect();
    match format_of(state.name()) {
        Format::Markdown | Format::Issue => Value::from_safe_string(line),
        Format::Html => Value::from_safe_string(escaped(&line)),
    }
}

/// The address of a link alone; nothing when a page should not link to it.
fn address(value: &Value) -> Option<String> {
    let url = match value.downcast_object_ref::<Text>() {
        Some(text) => text.parts().iter().find_map(|part| match part {
            Part::Link(url, _) => Some(url.clone()),
            Part::Words(_) => None,
        })?,
        None => value.to_string(),
    };
    safe_address(&url)
}
