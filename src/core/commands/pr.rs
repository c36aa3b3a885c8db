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

#[cfg(test)]
mod tests {
    use crate::core::rehearsal::Rehearsal;

    #[test]
    fn it_is_recorded_once() {
        let mut room = Rehearsal::burning();
        room.alice(".pr <https://example.com/pull/42>").is_ok();
        room.bob(".fixpr https://example.com/pull/42").is_already();
        room.bob(".PR <https://example.com/pull/42|example.com/pull/42>").is_already();
        room.bob(".pr http://localhost:3000/pull/7?a=b#c <https://example.com/pull/42>, HTTPS://[::1]/8").is_ok();
        room.alice(".prs").says(
            "Code changes (3)\n\
             1. https://example.com/pull/42 · Alice, 2024-02-28 17:01 UTC\n\
             2. http://localhost:3000/pull/7?a=b#c · Bob, 2024-02-28 17:01 UTC\n\
             3. HTTPS://[::1]/8 · Bob, 2024-02-28 17:01 UTC",
        );
    }

    #[test]
    fn words_around_it_are_kept_as_a_note() {
        let mut room = Rehearsal::burning();
        room.alice(".pr <https://example.com/pull/42|the fix> rolls the cache back,\n<@U0BOB> reviews").is_ok();
        let log = room.log();
        assert_eq!(
            log.iter().rev().take(2).collect::<Vec<_>>(),
            [
                "Alice noted: the fix rolls the cache back,\n@Bob reviews",
                "Alice recorded a code change: https://example.com/pull/42"
            ]
        );
        room.alice(".pr <https://example.com/pull/42|the fix> rolls the cache back,\n<@U0BOB> reviews").is_already();
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for said in [
            ".pr 42",
            ".pr example.com/pull/42",
            ".pr https://",
            ".pr https:///pull/42",
            ".pr ftp://example.com/42",
            ".pr <mailto:bob@example.com|bob@example.com>",
            ".pr javascript:alert(1)",
            ".pr <@U0BOB>",
        ] {
            Rehearsal::burning()
                .alice(said)
                .is_refused("That is not a URL, so I recorded nothing; for example `.pr https://example.com/pull/42`.");
        }
        Rehearsal::burning()
            .alice(".pr \u{200b}")
            .is_refused("`.pr` needs a URL behind it, for example `.pr https://example.com/pull/42`.");
        Rehearsal::burning().alice(".prs https://example.com").is_refused(
            "`.prs` takes no words behind it, so I did nothing; \
             `.prs` alone lists the code changes; `.pr` and a URL adds one.",
        );
    }

    #[test]
    fn it_is_recorded_in_an_updatable_incident_and_listed_in_every_state() {
        Rehearsal::burning().alice_in_main(".pr https://example.com").is_refused(
            "`.pr` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        Rehearsal::burning().alice_in_main(".prs").is_refused(
            "`.prs` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        insta::assert_snapshot!(Rehearsal::in_every_state(".pr https://example.com"), @r"
        started: ok
        acknowledged: ok
        mitigated: ok
        blocked: ok
        resolved: ok
        review_…: ok
        ready_for_review: ok
        completed: exclamation: `.pr` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.pr` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.pr` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
        insta::assert_snapshot!(Rehearsal::in_every_state(".prs"), @r"
        started: No code change is recorded yet; `.pr https://example.com/pull/42` records one.
        acknowledged: No code change is recorded yet; `.pr https://example.com/pull/42` records one.
        mitigated: No code change is recorded yet; `.pr https://example.com/pull/42` records one.
        blocked: No code change is recorded yet; `.pr https://example.com/pull/42` records one.
        resolved: No code change is recorded yet; `.pr https://example.com/pull/42` records one.
        review_…: No code change is recorded yet; `.pr https://example.com/pull/42` records one.
        ready_for_review: No code change is recorded yet; `.pr https://example.com/pull/42` records one.
        completed: No code change is recorded yet; `.pr https://example.com/pull/42` records one.
        canceled: No code change is recorded yet; `.pr https://example.com/pull/42` records one.
        archived: No code change is recorded yet; `.pr https://example.com/pull/42` records one.
        ");
    }
}
