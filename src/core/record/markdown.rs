//! A record as Markdown (CommonMark). What people typed stays the characters that it is made of: it neither makes a
//! heading nor a link that was none, nor HTML.

use std::fmt::Write;

use super::Record;
use super::outline::{self, Body};
use super::text::{Part, Text};
use crate::core::message::utc;
use crate::core::prose::is_reordering;

pub(super) fn write(record: &Record) -> String {
    let mut out = format!("# Incident {}: {}\n\n", record.number, heading(&record.title));
    for (label, value) in outline::facts(record) {
        out.push_str(&item(&Text::default().words(format!("{label}: ")).join(&value)));
    }
    for section in outline::sections(record).into_iter().filter(|section| !matches!(section.body, Body::Course)) {
        // Writing to a String cannot fail.
        let _ = write!(out, "\n## {}\n\n", section.head);
        match section.body {
            Body::Nothing(said) => {
                let _ = writeln!(out, "{said}");
            }
            Body::Quote(text) => {
                for line in inline(text).split('\n') {
                    out.push_str(if line.is_empty() { ">" } else { "> " });
                    let _ = writeln!(out, "{line}");
                }
            }
            // A table's cells would have to be on one line.
            Body::Rows(_, rows) => {
                for cells in rows {
                    let mut cells = cells.into_iter();
                    let first = cells.next().unwrap_or_default();
                    out.push_str(&item(&cells.fold(first, |line, cell| line.words(" · ").join(&cell))));
                }
            }
            Body::Course => {}
            Body::List(items) => items.iter().for_each(|text| out.push_str(&item(text))),
            Body::Timeline(told, lacking) => {
                if let Some(lacking) = lacking {
                    let _ = writeln!(out, "{lacking}\n");
                }
                for one in told {
                    let head = Text::default().words(format!("{} · {} · ", utc(one.at), one.kind));
                    out.push_str(&item(&head.join(&one.text)));
                }
            }
        }
    }
    out
}

/// A list's item, its further lines indented so that they belong to it.
pub fn item(text: &Text) -> String {
    marked("- ", text)
}

/// An item of a numbered list.
pub fn numbered(number: usize, text: &Text) -> String {
    marked(&format!("{number}. "), text)
}

fn marked(mark: &str, text: &Text) -> String {
    let indent = " ".repeat(mark.len());
    let mut out = String::new();
    for (i, line) in inline(text).split('\n').enumerate() {
        match (i, line) {
            (0, line) => out.push_str(mark.trim_end_matches(if line.is_empty() { " " } else { "" })),
            (_, "") => {}
            _ => out.push_str(&indent),
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// A text, encoded. Line breaks stay, as hard ones where a line follows.
pub fn inline(text: &Text) -> String {
    let mut out = String::new();
    for part in text.parts() {
        match part {
            Part::Words(words) => escape_into(&mut out, words),
            Part::Link(url, label) => match (safe_address(url), label) {
                (Some(address), None) => {
                    let _ = write!(out, "<{address}>");
                }
                (Some(address), Some(label)) => {
                    let mut words = String::new();
                    escape_into(&mut words, label);
                    let _ = write!(out, "[{}](<{address}>)", folded(&words));
                }
                (None, _) => escape_into(&mut out, &Text::from_iter([part.clone()]).to_string()),
            },
        }
    }
    hard_breaks(out.trim_end())
}

/// Two blanks at the end of a line that another one follows.
fn hard_breaks(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut out = String::new();
    for (i, line) in lines.iter().enumerate() {
        out.push_str(line.trim_end());
        if let Some(next) = lines.get(i + 1) {
            out.push_str(if line.trim().is_empty() || next.trim().is_empty() { "\n" } else { "  \n" });
        }
    }
    out
}

/// On one line. Marks at the end of a heading would be taken for its own.
fn heading(text: &Text) -> String {
    let line = folded(&inline(text));
    let marks = line.len() - line.trim_end_matches('#').len();
    let (words, marks) = line.split_at(line.len() - marks);
    format!("{words}{}", marks.replace('#', "\\#"))
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Adds words with every character that Markdown or HTML would read as something else escaped.
fn escape_into(out: &mut String, words: &str) {
    for (i, line) in words.replace("\r\n", "\n").split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        let begins_line = out.is_empty() || out.ends_with('\n');
        let line: String = line.chars().filter(|c| *c == '\t' || !(c.is_control() || is_reordering(*c))).collect();
        let (blanks, rest) = line.split_at(line.len() - line.trim_start().len());
        if begins_line {
            // Four blanks at the start of a line would make code of it.
            let width: usize = blanks.chars().map(|c| if c == '\t' { 4 } else { 1 }).sum();
            out.push_str(&"&nbsp;".repeat(if rest.is_empty() { 0 } else { width }));
            let number = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            match rest.chars().nth(number) {
                Some(mark @ ('.' | ')')) if number > 0 => {
                    let (digits, behind) = rest.split_at(number);
                    let _ = write!(out, "{digits}\\{mark}");
                    escape_inline(out, behind.get(1..).unwrap_or_default());
                    continue;
                }
                Some('#' | '+' | '-' | '=') if number == 0 => out.push('\\'),
                _ => {}
            }
        } else {
            out.push_str(blanks);
        }
        escape_inline(out, rest);
    }
}

fn escape_inline(out: &mut String, words: &str) {
    let mut before = ' ';
    let mut chars = words.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Within a word it means nothing, and names of things read better without a mark.
            '_' if before.is_alphanumeric() && chars.peek().is_some_and(|next| next.is_alphanumeric()) => out.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '|' => out.extend(['\\', c]),
            c => out.push(c),
        }
        before = c;
    }
}

/// The address of a link as it stands between `<` and `>`; `None` when it is not one that a page should link to.
pub fn safe_address(url: &str) -> Option<String> {
    let scheme = url.split_once(':')?.0.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https" | "mailto") {
        return None;
    }
    let mut out = String::with_capacity(url.len());
    for c in url.chars() {
        if c.is_control() || c.is_whitespace() || is_reordering(c) || matches!(c, '<' | '>' | '"' | '\\' | '`') {
            for byte in c.to_string().bytes() {
                let _ = write!(out, "%{byte:02X}");
            }
        } else {
            out.push(c);
        }
    }
    Some(out)
}
