//! A record as one HTML document: nothing is loaded, nothing runs, and what people typed is text. It is made to be read on
//! a screen, light or dark, and to be printed.

use std::fmt::Write;

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::markdown::safe_address;
use super::outline::{self, Body, Told};
use super::text::{Part, Text};
use super::{Record, picture};
use crate::core::message::utc;
use crate::core::when::spoken;

const STYLE: &str = include_str!("style.css");

pub(super) fn write(record: &Record) -> String {
    let title = format!("Incident {}: {}", record.number, record.title);
    let mut out = String::from("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
    );
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    // Writing to a String cannot fail.
    let _ = write!(out, "<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n", escaped(&title));
    head(record, &mut out);
    for section in outline::sections(record) {
        let _ = writeln!(out, "<section>\n<h2>{}</h2>", section.head);
        body(section.body, record, &mut out);
        out.push_str("</section>\n");
    }
    let _ = write!(
        out,
        "<footer>Written by Breaking Bot on {}. All times are in UTC.</footer>\n</body>\n</html>\n",
        utc(record.written_at)
    );
    out
}

/// What is to be seen at first sight: what, how bad, how long.
fn head(record: &Record, out: &mut String) {
    let high = if record.priority.high { " high" } else { "" };
    let _ = writeln!(
        out,
        "<header>\n<p class=\"above\">Incident {} · {}</p>\n<h1>{}</h1>\n\
         <p><span class=\"badge\">{}</span><span class=\"badge{high}\">{}</span> <span class=\"soft\">{}</span></p>\n\
         <dl class=\"facts\">",
        record.number,
        escaped(record.desk.as_str()),
        inline(&record.title),
        record.spoken_state,
        escaped(&record.priority.level),
        escaped(&record.priority.meaning),
    );
    for (label, value) in outline::facts(record).into_iter().filter(|(label, _)| HEAD_FACTS.contains(label)) {
        let _ = writeln!(out, "<dt>{label}</dt><dd>{}</dd>", inline(&value));
    }
    out.push_str("</dl>\n<ul class=\"metrics\">\n");
    let blocked = (!record.blockers.is_empty()).then_some((record.blocked_seconds, "time blocked".to_owned()));
    let metrics =
        record.metrics.iter().map(|metric| (metric.seconds, format!("{} ({})", metric.meaning, metric.metric)));
    for (seconds, meaning) in metrics.chain(blocked) {
        let _ = writeln!(out, "<li><b>{}</b><span>{meaning}</span></li>", spoken(SignedDuration::from_secs(seconds)));
    }
    out.push_str("</ul>\n</header>\n");
}

/// The others stand in the head in other ways.
const HEAD_FACTS: [&str; 2] = ["Declared", "Channel"];

fn body(body: Body<'_>, record: &Record, out: &mut String) {
    match body {
        Body::Nothing(said) => {
            let _ = writeln!(out, "<p class=\"soft\">{said}</p>");
        }
        Body::Quote(text) => {
            let _ = writeln!(out, "<blockquote>{}</blockquote>", inline(text));
        }
        Body::List(items) => {
            out.push_str("<ul>\n");
            for text in &items {
                let _ = writeln!(out, "<li>{}</li>", inline(text));
            }
            out.push_str("</ul>\n");
        }
        Body::Rows(heads, rows) => {
            // Where the last column is the only one of any length, it has the room.
            let class = if heads.contains(&"before") { " class=\"two\"" } else { "" };
            let _ = write!(out, "<table{class}>\n<thead><tr>");
            for head in heads {
                let _ = write!(out, "<th>{head}</th>");
            }
            out.push_str("</tr></thead>\n<tbody>\n");
            for row in &rows {
                out.push_str("<tr>");
                for (cell, head) in row.iter().zip(heads) {
                    let fixed = if UNWRAPPED.contains(head) { " class=\"fixed\"" } else { "" };
                    let _ = write!(out, "<td{fixed}>{}</td>", inline(cell));
                }
                out.push_str("</tr>\n");
            }
            out.push_str("</tbody>\n</table>\n");
        }
        Body::Course => course(record, out),
        Body::Timeline(told, lacking) => {
            if let Some(lacking) = lacking {
                let _ = writeln!(out, "<p class=\"soft\">{lacking}</p>");
            }
            if told.iter().any(|one| one.is_said) {
                out.push_str(LOG_ALONE);
            }
            out.push_str("<table>\n<thead><tr><th>UTC</th><th>type</th><th>entry</th></tr></thead>\n<tbody>\n");
            let mut day = None;
            for Told { at, kind, text, is_said } in told {
                let zoned = at.to_zoned(TimeZone::UTC);
                if day.replace(zoned.date()) != Some(zoned.date()) {
                    let shown = zoned.strftime("%A, %-d %B %Y");
                    let _ = writeln!(out, "<tr class=\"day\"><th colspan=\"3\">{shown}</th></tr>");
                }
                let _ = writeln!(
                    out,
                    "<tr class=\"{}\"><td class=\"fixed\"><time datetime=\"{at}\">{}</time></td>\
                     <td class=\"fixed\">{}</td><td>{}</td></tr>",
                    if is_said { "message" } else { kind },
                    zoned.strftime("%H:%M"),
                    kind.replace('_', " "),
                    inline(&text)
                );
            }
            out.push_str("</tbody>\n</table>\n");
        }
    }
}

/// For who looks for what happened, not for how it was talked about. It needs no script.
const LOG_ALONE: &str = "<p class=\"alone soft\"><label><input type=\"checkbox\" id=\"log-alone\"> Show the log alone, without \
                         what was said</label></p>\n";

/// The columns that are not wrapped.
const UNWRAPPED: [&str; 5] = ["moment", "from", "until", "when", "after the start"];

fn course(record: &Record, out: &mut String) {
    let _ = write!(out, "<figure>\n{}", picture::draw(record));
    let beyond: Vec<String> =
        picture::beyond(record).into_iter().map(|(word, at)| format!("{word} {}", utc(at))).collect();
    let after = if beyond.is_empty() { String::new() } else { format!(" Later: {}.", beyond.join(", ")) };
    let _ = writeln!(
        out,
        "<figcaption>Times in UTC. Strokes are entries of the log, dots are updates to others.{after}</figcaption>\n</figure>"
    );
}

/// A text, encoded. Marks that reorder text end with it: `bdi` keeps them in.
fn inline(text: &Text) -> String {
    format!("<bdi class=\"text\">{}</bdi>", linked(text, escaped))
}

/// A text with its links as links, where their address is one that a page may lead to. The words and the addresses are
/// written by `shown`.
pub(in crate::core) fn linked(text: &Text, shown: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    for part in text.parts() {
        match part {
            Part::Words(words) => out.push_str(&shown(words)),
            Part::Link(url, label) => match safe_address(url) {
                Some(address) => {
                    let label = label.as_deref().unwrap_or(url);
                    // Writing to a String cannot fail.
                    let _ = write!(out, "<a href=\"{}\">{}</a>", shown(&address), shown(label));
                }
                None => out.push_str(&shown(&Text::from_iter([part.clone()]).to_string())),
            },
        }
    }
    out
}

/// The characters that HTML reads as something else, as references; other control characters than white space, which
/// HTML does not allow, go away.
pub(super) fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}
