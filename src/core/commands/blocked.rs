//! `.blocked`: somebody or something outside is waited for.

use super::{Argument, Context, Decision, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::ids::BlockerId;
use crate::core::incident::Incident;
use crate::core::message::{Line, Message};
use crate::core::prose::Prose;

pub(super) static SPEC: Spec = Spec {
    word: "blocked",
    aliases: &["blocker"],
    shape: Shape::Required("whom [=> reason]"),
    needs: Needs::ACTIVE,
    help: "says that somebody or something outside is waited for, and why",
    example: ".blocked the network team => DNS is broken",
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, _: &Context) -> Verdict {
    let (whom, reason) = whom_and_reason(argument.prose);
    if whom.is_blank() {
        return Err(Refusal::says(
            Line::new()
                .text("Who or what is waited for stands before ")
                .code("=>")
                .text(", for example ")
                .code(SPEC.example)
                .text("."),
        ));
    }
    if incident.open_blockers().any(|blocker| blocker.whom == whom && blocker.reason == reason) {
        return Ok(Decision::already());
    }
    let id = BlockerId(incident.blockers.iter().map(|blocker| blocker.id.0).max().unwrap_or(0) + 1);
    let message = understood(id, &whom, reason.as_ref());
    Ok(Decision::done_and_says(vec![Event::Blocked { id, whom, reason }], message))
}

fn whom_and_reason(argument: &Prose) -> (Prose, Option<Prose>) {
    match argument.split_once("=>") {
        Some((whom, reason)) => (whom.trimmed(), Some(reason.trimmed()).filter(|reason| !reason.is_blank())),
        None => (argument.clone(), None),
    }
}

fn understood(id: BlockerId, whom: &Prose, reason: Option<&Prose>) -> Message {
    Message::from(Line::new().bold(format!("Blocker {id}")).text(": waiting for ").prose(whom))
        .lines(reason.map(|reason| Line::new().text("Reason: ").prose(reason)))
        .line(Line::aside().code(format!(".unblocked {}", id.0)).text(" when it is not waited for any more."))
}
