//! `.priorities`: the desk's levels and what they mean.

use super::{Context, Decision, Run, Spec};
use crate::core::message::{Line, Message};

pub(super) static SPEC: Spec = Spec {
    word: "priorities",
    help: "tells the levels and what they mean",
    example: ".priorities",
    run: Run::Anywhere(|_, _, context| Ok(Decision::says(levels(context)))),
    ..Spec::PLAIN
};

/// The levels, most urgent first, and how to start at each and change to each.
pub(super) fn levels(context: &Context) -> Message {
    let desk = context.desk;
    let levels = desk.priorities.values().map(|priority| {
        let level = priority.level.to_string();
        let line = Line::item().emoji(&priority.emoji).text(" ").bold(&level);
        let line = if priority.level == desk.default_level { line.text(" (the default)") } else { line };
        let line = line.text(format!(": {}. Start with ", priority.meaning)).code(format!(".{}", level.to_lowercase()));
        priority.aliases.iter().fold(line, |line, alias| line.text(", ").code(format!(".{alias}")))
    });
    let first = desk.priorities.keys().next().map_or_else(String::new, |level| level.to_string().to_lowercase());
    let plain = Line::new()
        .code(".start")
        .text(format!(
            " and a title declares at {}; any of these words and a title at its level, in ",
            desk.default_level
        ))
        .channel(&desk.main_channel)
        .text(". In an incident's channel ")
        .code(format!(".{first} reason"))
        .text(" changes the level.");
    Message::from(Line::new().bold("Priorities")).lines(levels).line(plain)
}
