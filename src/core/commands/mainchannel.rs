//! `.mainchannel`: where incidents are declared.

use super::{Context, Decision, Run, Spec};
use crate::core::message::Line;

pub(super) static SPEC: Spec = Spec {
    word: "mainchannel",
    help: "names the channel where incidents are declared",
    example: ".mainchannel",
    run: Run::Anywhere(|_, _, context| Ok(Decision::says(named(context)))),
    ..Spec::PLAIN
};

fn named(context: &Context) -> Line {
    Line::new()
        .text("Incidents are declared and announced in ")
        .channel(&context.desk.main_channel)
        .text(": ")
        .code(".start Checkout is down")
        .text(" there opens one.")
}

#[cfg(test)]
mod tests {
    use crate::core::rehearsal::Rehearsal;

    #[test]
    fn it_is_named_anywhere() {
        let answer = "Incidents are declared and announced in #C0MAIN: `.start Checkout is down` there opens one.";
        let mut room = Rehearsal::burning();
        room.alice(".mainchannel").says(answer);
        room.alice_in_main(".MainChannel").says(answer);
        room.says("U0BOB", "C0OTHER", ".mainchannel").says(answer);
    }
}
