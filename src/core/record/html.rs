//! A record as one HTML document: nothing is loaded, nothing runs, and what people typed is text.

use std::fmt::Write;

use super::Record;
use super::markdown::safe_address;
use super::outline::{self, Body};
use super::text::{Part, Text};
use crate::core::message::utc;

/// In the colours that the reader prefers, and in black on white on paper.
const STYLE: &str = "\
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}
h1{line-height:1.2}
h2{margin-top:2rem;border-bottom:1px solid;break-after:avoid}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}
dt{font-weight:bold}
dd{margin:0}
blockquote{margin:0;padding-left:1rem;border-left:.25rem solid}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.2rem .8rem .2rem 0;border-bottom:1px solid #8884}
td:first-child,td:nth-child(2){white-space:nowrap}
tr,li{break-inside:avoid}
.text{white-space:pre-wrap}
@media print{:root{color-scheme:light}body{max-width:none;margin:0;font-size:11pt}a{color:inherit}}
";

pub(super) fn write(record: &Record) -> String {
    let title = format!("Incident {}: {}", record.number, record.title);
    let mut out = String::from("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
    );
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    // Writing to a String cannot fail.
    let _ = write!(out, "<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n", escaped(&title));
    let _ = writeln!(out, "<h1>Incident {}: {}</h1>\n<dl>", record.number, inline(&record.title));
    for (label, value) in outline::facts(record) {
        let _ = writeln!(out, "<dt>{label}</dt><dd>{}</dd>", inline(&value));
    }
    out.push_str("</dl>\n");
    for section in outline::sections(record) {
        let _ = writeln!(out, "<h2>{}</h2>", section.head);
        match section.body {
            Body::Nothing(said) => {
                let _ = writeln!(out, "<p>{said}</p>");
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
            Body::History(entries) => {
                out.push_str("<table>\n<thead><tr><th>time</th><th>type</th><th>entry</th></tr></thead>\n<tbody>\n");
                for (at, kind, text) in entries {
                    let time = utc(at);
                    let _ = writeln!(
                        out,
                        "<tr><td><time datetime=\"{at}\">{time}</time></td><td>{kind}</td><td>{}</td></tr>",
                        inline(text)
                    );
                }
                out.push_str("</tbody>\n</table>\n");
            }
        }
    }
    out.push_str("</body>\n</html>\n");
    out
}

/// A text, encoded. Marks that reorder text end with it: `bdi` keeps them in.
fn inline(text: &Text) -> String {
    let mut out = String::from("<bdi class=\"text\">");
    for part in text.parts() {
        match part {
            Part::Words(words) => out.push_str(&escaped(words)),
            Part::Link(url, label) => match safe_address(url) {
                Some(address) => {
                    let shown = label.as_deref().unwrap_or(url);
                    let _ = write!(out, "<a href=\"{}\">{}</a>", escaped(&address), escaped(shown));
                }
                None => out.push_str(&escaped(&Text::from_iter([part.clone()]).to_string())),
            },
        }
    }
    out.push_str("</bdi>");
    out
}

/// The characters that HTML reads as something else, as references; other control characters than white space, which
/// HTML does not allow, go away.
fn escaped(words: &str) -> String {
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
