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
