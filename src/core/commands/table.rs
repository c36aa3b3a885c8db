//! The commands as a table for the README, made from the list that the parser reads.

use std::fmt::Write;

use super::{ALL, Need, Shape, Spec};

/// A Markdown table: the command, its aliases, its argument, where it can be used, what it does.
pub fn table() -> String {
    let mut out = String::from("| command | aliases | argument | where | what it does |\n|---|---|---|---|---|\n");
    for spec in ALL {
        let aliases: Vec<String> = spec.aliases.iter().map(|alias| format!("`.{alias}`")).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "| `.{}` | {} | {} | {} | {} |",
            spec.word,
            aliases.join(" "),
            cell(argument(spec)),
            place(spec),
            cell(spec.help),
        );
    }
    out
}

/// What follows the command's word, as people read it, without the article that sentences want.
pub(super) fn argument(spec: &Spec) -> &'static str {
    match spec.shape {
        Shape::None => "",
        Shape::Optional(shown) | Shape::Required(shown) => {
            ["a ", "an ", "the "].into_iter().find_map(|article| shown.strip_prefix(article)).unwrap_or(shown)
        }
    }
}

/// Where and when the command can be used, in words.
fn place(spec: &Spec) -> String {
    let bare = word(spec.needs.bare);
    let with_argument = word(spec.needs.with_argument);
    match spec.shape {
        Shape::None => bare.to_owned(),
        Shape::Required(_) => with_argument.to_owned(),
        Shape::Optional(_) if bare == with_argument => bare.to_owned(),
        Shape::Optional(_) => format!("{bare}; with an argument: {with_argument}"),
    }
}

fn word(need: Need) -> &'static str {
    match need {
        Need::Anywhere => "anywhere",
        Need::MainChannel => "the main channel",
        Need::Incident => "an incident's channel",
        Need::Active => "an active incident",
        Need::Updatable => "an incident that is not finished",
    }
}

/// A cell's text: the column mark would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_its_row() {
        let table = table();
        assert_eq!(table.lines().count(), ALL.len() + 2);
        assert!(table.lines().all(|row| row.matches('|').count() - row.matches("\\|").count() == 6), "{table}");
        for row in [
            "| `.stop` | `.allclear` `.clear` `.resolve` `.resolved` |  | an active incident | resolves: the all-clear |",
            "| `.point` |  | [@user] | an active incident | takes or gives the role of point, who runs the response |",
            "| `.mitigated` | `.mitigate` | [time] | an active incident; with an argument: an incident that is not \
             finished | marks that the effect on people has ended; with a time, sets or corrects when |",
        ] {
            assert!(table.lines().any(|line| line == row), "{row}\n{table}");
        }
    }
}
