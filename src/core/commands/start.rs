//! `.start`: declares an incident.

use jiff::tz::TimeZone;

use super::{Argument, Context, Decision, Need, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::desk::Desk;
use crate::core::event::Event;
use crate::core::ids::{IncidentId, Level};
use crate::core::message::Line;
use crate::core::prose::Prose;

/// A title has at most so many characters (BEHAVIOUR §4, `.start`).
pub const TITLE_CHARS: usize = 250;

pub(super) static SPEC: Spec = Spec {
    word: "start",
    shape: Shape::Required("a title"),
    needs: Needs::always(Need::MainChannel),
    help: "declares an incident; `.low`, `.critical` and the other levels' words, and `.p1`, start at that level",
    example: ".start Checkout is down",
    run: Run::Declares(decide),
    ..Spec::PLAIN
};

fn decide(argument: &Argument, context: &Context) -> Verdict {
    let desk = context.desk;
    let (level, text) = level_and_text(argument, desk)?;
    if text.is_blank() {
        return Err(Refusal::says(
            Line::new()
                .text("An incident needs a title: ")
                .code(format!(".{} Checkout is down", argument.word))
                .text("."),
        ));
    }
    let Some(number) = context.next_number else {
        return Err(Refusal::says("I have no number for a new incident just now; type it again."));
    };
    let (title, note) = titled(&text);
    let mut events = vec![Event::Declared {
        desk: desk.name.clone(),
        channel_name: channel_name(desk, number, &title, context),
        title: title.clone(),
        level,
    }];
    events.extend(note);
    Ok(Decision::ok(events))
}

/// The title that a text makes: one line of it, cut at a word when it is too long. What does not fit is not lost: the
/// whole text is then a note.
pub(super) fn titled(text: &Prose) -> (Prose, Option<Event>) {
    let line = text.one_line();
    let title = line.cut(TITLE_CHARS);
    let is_whole = title == line && text.readable().trim().lines().count() <= 1;
    (title, (!is_whole).then(|| Event::Noted { text: text.clone() }))
}

/// `.low title` and `.p1 title` start at that level; so does `.start p1 title`.
fn level_and_text(argument: &Argument, desk: &Desk) -> Result<(Level, Prose), Refusal> {
    if argument.word != SPEC.word {
        let level = desk.level_of(argument.word).unwrap_or(desk.default_level);
        return Ok((level, argument.prose.trimmed()));
    }
    let (first, rest) = argument.prose.first_word();
    let word = first.readable().to_lowercase();
    if let [b'p', b'0'..=b'9'] = word.as_bytes() {
        return match desk.level_of(&word) {
            Some(level) => Ok((level, rest)),
            None => Err(no_such_level(&word, desk)),
        };
    }
    Ok((desk.default_level, argument.prose.trimmed()))
}

/// The refusal of a level that the desk lacks, with those that it has.
pub(super) fn no_such_level(word: &str, desk: &Desk) -> Refusal {
    let levels = desk.priorities.keys().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Refusal::says(
        Line::new()
            .text("There is no level ")
            .code(word)
            .text(format!(" here; the levels are {levels} ("))
            .code(".priorities")
            .text(" tells what they mean)."),
    )
}

/// The channel's name by the desk's template. What the chat does not allow in a name is the boundary's to replace.
fn channel_name(desk: &Desk, number: IncidentId, title: &Prose, context: &Context) -> String {
    desk.channel_name
        .replace("{number}", &number.to_string())
        .replace("{slug}", &slug(&title.readable()))
        .replace("{date}", &context.now.to_zoned(TimeZone::UTC).date().to_string())
}

/// The title's words in lower case, joined by hyphens, at most 40 characters so that a name stays readable.
pub(in crate::core) fn slug(title: &str) -> String {
    let mut out = String::new();
    for word in title.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if out.len() + word.len() > 40 {
            break;
        }
        if !out.is_empty() {
            out.push('-');
        }
        out.push_str(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::core::ids::Level;
    use crate::core::rehearsal::Rehearsal;

    #[test]
    fn it_declares_at_the_level_that_was_said() {
        for (said, level, title) in [
            (".start Checkout is down", 2, "Checkout is down"),
            (".START Checkout is down", 2, "Checkout is down"),
            (".low Search is slow", 3, "Search is slow"),
            (".critical Everything burns", 1, "Everything burns"),
            (".p1 Everything burns", 1, "Everything burns"),
            (".start p1 Everything burns", 1, "Everything burns"),
            (".start  spaced \t out ", 2, "spaced out"),
        ] {
            let mut room = Rehearsal::before_the_fire();
            room.alice_in_main(said).is_ok();
            assert_eq!(room.incident().level, Level(level), "{said}");
            assert_eq!(room.incident().title.readable(), title, "{said}");
            assert_eq!(room.incident().channel_name, "breaking-1");
        }
    }

    #[test]
    fn a_long_title_is_cut_at_a_word_and_its_whole_text_becomes_the_first_note() {
        let mut room = Rehearsal::before_the_fire();
        let long = "word ".repeat(600);
        room.alice_in_main(&format!(".start {long}")).is_ok();
        assert_eq!(room.incident().title.readable(), "word ".repeat(50).trim());
        assert!(room.log().iter().any(|entry| entry.contains(long.trim())));
    }

    #[test]
    fn refusals_name_the_way_out() {
        for (said, answer) in [
            (".start", "`.start` needs a title behind it, for example `.start Checkout is down`."),
            (".start \u{200b}\u{202e}", "`.start` needs a title behind it, for example `.start Checkout is down`."),
            (
                ".start p7 Odd",
                "There is no level `p7` here; the levels are P1, P2, P3, P4, P5 (`.priorities` tells what they mean).",
            ),
            (".low", "`.low` needs a title behind it, for example `.start Checkout is down`."),
        ] {
            Rehearsal::before_the_fire().alice_in_main(said).is_refused(answer);
        }
    }

    #[test]
    fn it_is_refused_in_an_incidents_channel() {
        let mut room = Rehearsal::burning();
        room.alice(".start Another").is_refused("`.start` declares a new incident, and that is done in #C0MAIN.");
    }
}
