//! `.notify`: a comm update.

use super::{Decision, Needs, Run, Shape, Spec};
use crate::core::event::Event;

pub(super) static SPEC: Spec = Spec {
    word: "notify",
    shape: Shape::Required("the update's text"),
    needs: Needs::UPDATABLE,
    help: "sends an update to those who wait for one: it is logged, and at high priority posted to the notify channel",
    example: ".notify Card payments work again, we keep watching",
    run: Run::Inside(|_, argument, _| Ok(Decision::ok(vec![Event::Notified { text: argument.prose.clone() }]))),
    ..Spec::PLAIN
};
