//! `.commands`: everything the bot can do.

use super::{ALL, Context, Decision, Need, Run, Spec, table};
use crate::core::message::{Line, Message};

pub(super) static SPEC: Spec = Spec {
    word: "commands",
    help: "lists everything I can do",
    example: ".commands",
    run: Run::Anywhere(|_, _, context| Ok(Decision::says(catalogue(context)))),
    ..Spec::PLAIN
};

fn catalogue(context: &Context) -> Message {
    ALL.chunk_by(|a, b| place(a) == place(b)).fold(Message::new(), |message, same| {
        let head = Line::new();
        let head = match same.first().map(|spec| place(spec)) {
            Some(Place::Main) => head.bold("In ").channel(&context.desk.main_channel),
            Some(Place::Anywhere) => head.bold("Anywhere"),
            Some(Place::Incident) | None => head.bold("In an incident's channel"),
        };
        message.line(head).lines(same.iter().map(|spec| line(spec)))
    })
}

#[derive(PartialEq, Eq)]
enum Place {
    Main,
    Anywhere,
    Incident,
}

/// Where the command does its work.
fn place(spec: &Spec) -> Place {
    match spec.needs.with_argument {
        Need::MainChannel => Place::Main,
        Need::Anywhere => Place::Anywhere,
        Need::Incident | Need::Active | Need::Updatable => Place::Incident,
    }
}

/// `.stop` (`.allclear`, `.clear`): resolves.
fn line(spec: &Spec) -> Line {
    let line = Line::item().code(format!(".{} {}", spec.word, table::argument(spec)).trim_end());
    let line = match spec.aliases.split_first() {
        None => line,
        Some((first, rest)) => {
            let line = line.text(" (").code(format!(".{first}"));
            rest.iter().fold(line, |line, alias| line.text(" ").code(format!(".{alias}"))).text(")")
        }
    };
    line.text(format!(" {}", spec.help))
}

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::core::rehearsal::Rehearsal;

    #[test]
    fn every_command_is_listed_once_with_its_aliases_and_what_it_does() {
        let mut room = Rehearsal::burning();
        let answer = room.alice(".commands").answer();
        for spec in ALL {
            let line = format!("- `.{}", spec.word);
            let listed = answer
                .lines()
                .filter(|listed| listed.strip_prefix(&line).is_some_and(|rest| rest.starts_with(['`', ' '])));
            assert_eq!(listed.count(), 1, "{}", spec.word);
            assert!(answer.contains(spec.help), "{}", spec.word);
            for alias in spec.aliases {
                assert!(answer.contains(&format!("`.{alias}`")), "{alias}");
            }
        }
        assert_eq!(room.says("U0DAVE", "C0OTHER", ".commands").answer(), answer);
    }

    #[test]
    fn they_are_grouped_by_where_they_work() {
        let answer = Rehearsal::before_the_fire().alice_in_main(".commands").answer();
        let heads: Vec<&str> = answer.lines().filter(|line| !line.starts_with('-')).collect();
        assert_eq!(heads, ["In #C0MAIN", "Anywhere", "In an incident's channel"]);
        assert!(answer.contains("- `.stop` (`.allclear` `.clear` `.resolve` `.resolved`) resolves: the all-clear\n"));
    }
}
