//! `.export`: the full record as a file.

use super::{Answer, Argument, Context, Decision, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::effect::File;
use crate::core::incident::Incident;
use crate::core::message::{Line, Message};
use crate::core::record::{Format, record_with_history, write};

pub(super) static SPEC: Spec = Spec {
    word: "export",
    shape: Shape::Optional("[md, json, html]"),
    needs: Needs::INCIDENT,
    help: "gives the full record as a file: Markdown, JSON or HTML",
    example: ".export html",
    names_people: true,
    reads_history: true,
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    let format = if argument.is_empty() { Some(Format::Markdown) } else { Format::from_word(&argument.readable()) };
    let Some(format) = format else {
        return Err(Refusal::says(
            Line::new()
                .text("I can export as ")
                .code(".export md")
                .text(" (also without a word behind it), ")
                .code(".export json")
                .text(" or ")
                .code(".export html")
                .text("."),
        ));
    };
    let record = record_with_history(incident, context.history, context.people, context.desk, context.now);
    let content = write(&record, format);
    let file = File { name: format!("incident-{}.{}", incident.id, format.word()), content };
    let message = Message::from(format!("The full record of incident {}, times in UTC.", incident.id));
    Ok(Decision { events: Vec::new(), answer: Answer::Gives(message, file) })
}

#[cfg(test)]
mod tests {
    use crate::core::history::{History, Kept, Kind, Version};
    use crate::core::ids::Source;
    use crate::core::rehearsal::{ROOM, Rehearsal};
    use crate::core::state::State;

    #[test]
    fn the_record_comes_as_a_file_in_the_format_asked_for() {
        let mut room = Rehearsal::burning();
        for (said, name, begins) in [
            (".export", "incident-1.md", "# Incident 1: Checkout is down\n"),
            (".export md", "incident-1.md", "# Incident 1: Checkout is down\n"),
            (".EXPORT Markdown", "incident-1.md", "# Incident 1: Checkout is down\n"),
            (".export JSON", "incident-1.json", "{\n  \"schema_version\": 1,\n"),
            (".export html", "incident-1.html", "<!DOCTYPE html>\n"),
        ] {
            let given = room.alice(said);
            given.says("The full record of incident 1, times in UTC.");
            let (file, content) = given.file().unwrap();
            assert_eq!(file, name);
            assert!(content.starts_with(begins), "{content}");
        }
    }

    #[test]
    fn what_was_said_is_in_it_where_it_is_kept() {
        let mut room = Rehearsal::burning();
        for said in [".export", ".export json", ".export html"] {
            let (_, content) = room.alice(said).file().unwrap();
            assert!(!content.contains("the db is slow") && !content.contains("messages"), "{content}");
        }
        let at = room.now();
        let kept = Kept {
            source: Source { channel: ROOM.into(), message: "1709139900.000100".into(), thread: None },
            at,
            kind: Kind::Said,
            author: Some("U0CAROL".into()),
            by_bot: false,
            files: Vec::new(),
            versions: vec![Version { since: at, text: Some("the db is slow".into()) }],
            deleted: None,
            reactions: Vec::new(),
        };
        room.history = Some(History { messages: vec![kept], is_whole: true });
        for (said, told) in [
            (".export", "- 2024-02-28 17:01 UTC · message · Carol: the db is slow\n"),
            (".export json", "\"text\": \"the db is slow\""),
            (".export html", "Carol: the db is slow"),
        ] {
            let (_, content) = room.alice(said).file().unwrap();
            assert!(content.contains(told), "{content}");
        }
    }

    #[test]
    fn any_other_format_is_refused_with_those_there_are() {
        for said in [".export pdf", ".export md html", ".export <@U0BOB>"] {
            Rehearsal::burning().alice(said).is_refused(
                "I can export as `.export md` (also without a word behind it), `.export json` or `.export html`.",
            );
        }
    }

    #[test]
    fn it_is_given_in_every_state() {
        for state in State::all().filter(|state| *state != State::Opening) {
            assert!(Rehearsal::standing(state).alice(".export").file().is_some());
        }
        Rehearsal::burning().alice_in_main(".export md").is_refused(
            "`.export` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
    }
}
