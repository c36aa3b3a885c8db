//! `.pr`, `.prs`: code changes that have to do with the incident.

use super::{Argument, Context, Decision, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::prose::{Piece, Prose};
use crate::core::words::listing::{Listing, signed};

pub(super) static PR: Spec = Spec {
    word: "pr",
    aliases: &["fixpr"],
    shape: Shape::Required("a URL"),
    needs: Needs::UPDATABLE,
    help: "records a code change",
    example: ".pr https://example.com/pull/42",
    run: Run::Inside(record),
    ..Spec::PLAIN
};

pub(super) static PRS: Spec = Spec {
    word: "prs",
    needs: Needs::INCIDENT,
    help: "lists the code changes; `.pr` and a URL adds one",
    example: ".prs",
    names_people: true,
    run: Run::Inside(|incident, _, context| Ok(list(incident, context))),
    ..Spec::PLAIN
};

/// Every URL is a code change; when there are words around, they are kept as a note.
fn record(incident: &Incident, argument: &Argument, _: &Context) -> Verdict {
    let (urls, has_words) = urls(argument.prose);
    if urls.is_empty() {
        return Err(Refusal::says(
            Line::new().text("That is not a URL, so I recorded nothing; for example ").code(PR.example).text("."),
        ));
    }
    let mut events: Vec<Event> = Vec::new();
    for url in urls {
        let event = Event::CodeChanged { url };
        if !events.contains(&event) && incident.last(|known| *known == event).is_none() {
            events.push(event);
        }
    }
    let note = Event::Noted { text: argument.prose.clone() };
    if has_words && incident.last(|known| *known == note).is_none() {
        events.push(note);
    }
    Ok(if events.is_empty() { Decision::already() } else { Decision::ok(events) })
}

/// The URLs in what was typed, and whether there is anything else.
fn urls(prose: &Prose) -> (Vec<String>, bool) {
    let mut urls = Vec::new();
    let mut has_words = false;
    for piece in prose.pieces() {
        match piece {
            Piece::Link(url, label) if is_url(url) => {
                urls.push(url.clone());
                has_words |= label.as_ref().is_some_and(|label| !url.ends_with(label.as_str()));
            }
            Piece::Text(text) => {
                for word in text.split_whitespace().filter(|word| !Prose::from(*word).is_blank()) {
                    if is_url(word) {
                        urls.push(word.to_owned());
                    } else {
                        has_words = true;
                    }
                }
            }
            Piece::Link(..) | Piece::Person(_) | Piece::Channel(..) => has_words = true,
        }
    }
    (urls, has_words)
}

/// Whether it is a whole address of the web.
fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https")
        && host.starts_with(|c: char| c.is_alphanumeric() || c == '[')
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn list(incident: &Incident, context: &Context) -> Decision {
    let entries = incident.events.iter().filter_map(|recorded| match &recorded.event {
        Event::CodeChanged { url } => Some(signed(Line::new().link(url, url), recorded, context)),
        _ => None,
    });
    Listing {
        what: "code changes",
        entries: entries.collect(),
        numbered: true,
        closing: None,
        empty: Line::new().text("No code change is recorded yet; ").code(PR.example).text(" records one."),
    }
    .decision(incident, context)
}
