//! `.help`: what to do now, and where to read on.

use super::{Context, Decision, Run, Spec};
use crate::core::incident::Incident;
use crate::core::message::{Line, Message};
use crate::core::state::State;
use crate::core::words::intro::runbooks;

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
        message.line(Line::new().bold("Runbooks")).lines(runbooks(context.desk))
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
            line.code(".stop").text(" when it is over, ").code(".unmitigated").text(" if people are still hit.")
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

#[cfg(test)]
mod tests {
    use crate::core::event::Event;
    use crate::core::rehearsal::Rehearsal;
    use crate::core::state::State;

    #[test]
    fn it_tells_how_to_start_and_where_the_runbooks_are() {
        let mut room = Rehearsal::before_the_fire();
        insta::assert_snapshot!(room.alice_in_main(".help").answer(), @r"
        Something new is broken? `.start Checkout is down` in #C0MAIN declares an incident and opens its channel.
        No runbook is configured at this desk.
        `.status` tells how things stand, `.breakings` lists the incidents' channels, `.commands` everything I can do.
        ");
        room.desk.runbooks.insert("root".to_owned(), "https://runbooks.example/breaking".to_owned());
        room.desk.runbooks.insert("database".to_owned(), "https://runbooks.example/db".to_owned());
        insta::assert_snapshot!(room.says("U0BOB", "C0OTHER", ".help").answer(), @r"
        Something new is broken? `.start Checkout is down` in #C0MAIN declares an incident and opens its channel.
        Runbooks
        - root (https://runbooks.example/breaking)
        - database (https://runbooks.example/db)
        `.status` tells how things stand, `.breakings` lists the incidents' channels, `.commands` everything I can do.
        ");
    }

    #[test]
    fn in_an_incidents_channel_it_tells_the_next_step_first() {
        let mut room = Rehearsal::burning();
        let mut told = Vec::new();
        let mut next = |room: &mut Rehearsal| {
            let answer = room.alice(".help").answer();
            told.push(answer.lines().next().unwrap().to_owned());
        };
        next(&mut room);
        room.alice(".point").is_ok();
        next(&mut room);
        room.bob(".comms").is_ok();
        next(&mut room);
        room.records(Event::Summarized { text: "It broke.".into() });
        for state in State::all().filter(|state| !matches!(state, State::Opening | State::Started)) {
            next(&mut room);
            room = Rehearsal::standing(state);
            if state.is_active() {
                room.alice(".point").is_ok();
                room.bob(".comms").is_ok();
                room.records(Event::Summarized { text: "It broke.".into() });
            }
        }
        next(&mut room);
        told.dedup();
        insta::assert_snapshot!(told.join("\n"), @r"
        Next: nobody leads the response; `.point` takes the lead.
        Next: nobody keeps people informed; `.comms` takes that.
        Next: `.summary what is known` lets those who come late catch up.
        Next: `.mitigated` when the effect on people has ended, `.stop` when it is over.
        Next: `.stop` when it is over, `.unmitigated` if people are still hit.
        Next: it is blocked; `.blockers` tells by whom, `.unblocked` when it goes on.
        Next: `.next` walks you through the review.
        Next: `.complete` when the review is done.
        Next: nothing; it is completed. `.restart` if it comes back.
        Next: nothing; it is canceled. `.uncancel` if it was no false alarm.
        Next: nothing; it is archived. Unarchive the channel to take it up again.
        ");
    }
}
