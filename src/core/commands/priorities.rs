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

#[cfg(test)]
mod tests {
    use crate::core::ids::Level;
    use crate::core::rehearsal::Rehearsal;

    #[test]
    fn the_levels_are_told_with_the_words_that_start_at_them() {
        let mut room = Rehearsal::before_the_fire();
        insta::assert_snapshot!(room.alice_in_main(".priorities").answer(), @r"
        Priorities
        - :fire: P1: critical: many customers or a severe security breach, all hands. Start with `.p1`, `.hi`, `.high`, `.critical`, `.crit`
        - :fire: P2 (the default): serious, limited blast radius; several customers. Start with `.p2`, `.mid`, `.med`, `.medium`, `.normal`
        - :dash: P3: minor or one customer, still needs prompt work. Start with `.p3`, `.lo`, `.low`, `.lite`, `.light`
        - :heavy_multiplication_x: P4: not an incident, ordinary backlog work. Start with `.p4`, `.backlog`, `.none`
        - :heavy_multiplication_x: P5: nothing wrong. Start with `.p5`, `.wontfix`
        `.start` and a title declares at P2; any of these words and a title at its level, in #C0MAIN. In an incident's channel `.p1 reason` changes the level.
        ");
    }

    #[test]
    fn a_desk_has_levels_of_its_own() {
        let mut room = Rehearsal::before_the_fire();
        room.desk.priorities.retain(|level, _| *level == Level(3));
        room.desk.default_level = Level(3);
        insta::assert_snapshot!(room.says("U0ALICE", "C0OTHER", ".priorities").answer(), @r"
        Priorities
        - :dash: P3 (the default): minor or one customer, still needs prompt work. Start with `.p3`, `.lo`, `.low`, `.lite`, `.light`
        `.start` and a title declares at P3; any of these words and a title at its level, in #C0MAIN. In an incident's channel `.p3 reason` changes the level.
        ");
    }

    #[test]
    fn words_behind_it_are_refused() {
        Rehearsal::before_the_fire().alice_in_main(".priorities 1").is_refused(
            "`.priorities` takes no words behind it, so I did nothing; `.priorities` alone tells the levels and what they mean.",
        );
    }
}
