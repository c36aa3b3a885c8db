//! `.help`: what to do now, and where to read on.

use super::{Context, Decision, Run, Spec};
use crate::core::incident::Incident;
use crate::core::message::{Line, Message};
use crate::core::state::State;

pub(super) static SPEC: Spec = Spec {
    word: "help",
    help: "tells what to do next, how to declare an incident, and where the runbooks are",
    example: ".help",
    run: Run::Anywhere(|incident, _, context| Ok(Decision::says(help(incident, context)))),
    ..Spec::PLAIN
};

fn help(incident: Option<&Incident>, context: &Context) -> Message {
    let message = match incident {
        Some(incident) => Message::from(Line::new().bold("Next: ").join(next(incident, context))),
        None => Message::new(),
    };
    let start = Line::new().text("Something new is broken? ").code(".start Checkout is down").text(" in ");
    let start = start.channel(&context.desk.main_channel).text(" declares an incident and opens its channel.");
    let message = message.line(start);
    let message = if context.desk.runbooks.is_empty() {
        message.line("No runbook is configured at this desk.")
    } else {
        let runbooks = context.desk.runbooks.iter().map(|(name, url)| Line::item().link(url, name));
        message.line(Line::new().bold("Runbooks")).lines(runbooks)
    };
    message.line(
        Line::aside()
            .code(".status")
            .text(" tells how things stand, ")
            .code(".breakings")
            .text(" lists the incidents' channels, ")
            .code(".commands")
            .text(" everything I can do."),
    )
}

/// The one thing that the incident needs most.
fn next(incident: &Incident, context: &Context) -> Line {
    let line = Line::new();
    match incident.state {
        State::Opening => line.text("wait a moment; the channel is still being opened."),
        _ if incident.state.is_active() && incident.roles.point.is_none() => {
            line.text("nobody leads the response; ").code(".point").text(" takes the lead.")
        }
        _ if incident.state.is_active() && incident.roles.comms.is_none() => {
            line.text("nobody keeps people informed; ").code(".comms").text(" takes that.")
        }
        State::Blocked => line
            .text("it is blocked; ")
            .code(".blockers")
            .text(" tells by whom, ")
            .code(".unblocked")
            .text(" when it goes on."),
        _ if incident.state.is_active() && incident.summary.is_none() => {
            line.code(".summary what is known").text(" lets those who come late catch up.")
        }
        State::Started | State::Acknowledged => line
            .code(".mitigated")
            .text(" when the effect on people has ended, ")
            .code(".stop")
            .text(" when it is over."),
        State::Mitigated => {
            line.code(".stop").text(" when it is over, ").code(".unmitigated").text(" if it is not even mitigated.")
        }
        State::Resolved | State::Review(_) if context.desk.needs_review(incident.level) => {
            line.code(".next").text(" walks you through the review.")
        }
        State::Resolved | State::Review(_) => line.code(".complete").text(" when nothing is left to write down."),
        State::ReadyForReview => line.code(".complete").text(" when the review is done."),
        State::Completed => line.text("nothing; it is completed. ").code(".restart").text(" if it comes back."),
        State::Canceled => line.text("nothing; it is canceled. ").code(".uncancel").text(" if it was no false alarm."),
        State::Archived => line.text("nothing; it is archived. Unarchive the channel to take it up again."),
    }
}
