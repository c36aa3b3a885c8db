//! `.nags`: which reminders are due when, and why.

use super::{Argument, Context, Decision, Needs, Run, Spec, Verdict};
use crate::core::desk::NagIntervals;
use crate::core::incident::Incident;
use crate::core::message::{Line, Message};
use crate::core::nags::{Planned, Wait, plan};
use crate::core::state::State;
use crate::core::words::nags as words;

pub(super) static SPEC: Spec = Spec {
    word: "nags",
    needs: Needs::INCIDENT,
    help: "tells which reminders are due when, and why",
    example: ".nags",
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, _: &Argument, context: &Context) -> Verdict {
    let planned = plan(incident, context.desk);
    if planned.is_empty() {
        return Ok(Decision::says(why_none(incident, context)));
    }
    let head = Line::new().text(format!("Reminders of incident {} at {}:", incident.id, incident.level));
    let lines = planned.iter().map(|planned| told(planned, incident, context));
    Ok(Decision::says(Message::from(head).lines(lines)))
}

fn told(planned: &Planned, incident: &Incident, context: &Context) -> Line {
    let at = planned.at.max(context.now);
    let quiet = context.desk.quiet_end(incident.level, at);
    let line = Line::item().join(words::missing(planned.nag, incident, context.desk)).text(": ");
    let line = match (planned.wait, quiet) {
        (Some(Wait::Snoozed), _) => line
            .text("snoozed until ")
            .time(planned.at)
            .text(" (")
            .code(format!(".unsnooze {}", planned.nag.subject()))
            .text(" brings it back)"),
        (_, Some(end)) => line.text("held back by quiet hours until ").time(end),
        (Some(Wait::Quiet), None) if planned.at > context.now => {
            line.text("held back by quiet hours until ").time(planned.at)
        }
        _ if planned.at <= context.now => line.text("due since ").time(planned.due).text(", sent within the minute"),
        _ => line.text("due at ").time(planned.at),
    };
    let line = line.text(format!(" · {}", words::rule(planned, incident.level)));
    let line = match planned.number.saturating_sub(1) {
        0 => line,
        1 => line.text(" · 1 had no answer"),
        sent => line.text(format!(" · {sent} had no answer")),
    };
    if planned.escalates { line.text("; the next one asks wider") } else { line }
}

fn why_none(incident: &Incident, context: &Context) -> Line {
    let line = Line::new().text("No reminders: ");
    let burns = matches!(incident.state, State::Started | State::Acknowledged | State::Blocked);
    let nag = context.desk.priority(incident.level).map(|priority| &priority.nag);
    let none = nag.is_none_or(NagIntervals::is_silent);
    if burns && incident.moments.mitigated.is_some() {
        line.text("it is mitigated.")
    } else if !burns {
        line.text(format!("it is {}.", incident.state.spoken()))
    } else if none {
        line.text(format!("{} has none.", incident.level))
    } else {
        line.text("nothing is missing.")
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use crate::core::quiet::QuietHours;
    use crate::core::rehearsal::Rehearsal;

    #[test]
    fn it_tells_what_is_due_when_and_why() {
        let mut room = Rehearsal::burning();
        room.alice(".nags").says(
            "Reminders of incident 1 at P2:\n\
             - nobody is point: due at 2024-02-28 17:03 UTC · P2 asks 3 m after the start, then every 30 m\n\
             - nobody is comms: due at 2024-02-28 17:03 UTC · P2 asks 3 m after the start, then every 20 m",
        );
        room.advance(SignedDuration::from_mins(2));
        room.ticks();
        room.bob(".comms").is_ok();
        room.alice(".blocked the network team").answer();
        room.alice(".snooze #1 2h").answer();
        room.alice(".nags").says(
            "Reminders of incident 1 at P2:\n\
             - nobody is point: due at 2024-02-28 17:33 UTC · P2 asks 3 m after the start, then every 30 m · 1 had no answer\n\
             - blocker #1, the network team: snoozed until 2024-02-28 19:03 UTC (`.unsnooze #1` brings it back) · P2 asks about a blocker every 1 h",
        );
    }

    #[test]
    fn it_tells_of_quiet_hours() {
        let mut room = Rehearsal::burning();
        room.desk.quiet_hours = Some(QuietHours::utc(17, 19));
        let told = room.alice(".nags").answer();
        assert!(told.contains("nobody is point: held back by quiet hours until 2024-02-28 19:00 UTC"), "{told}");
        room.advance(SignedDuration::from_mins(30));
        let told = room.alice(".nags").answer();
        assert!(told.contains("nobody is comms: held back by quiet hours until 2024-02-28 19:00 UTC"), "{told}");
    }

    #[test]
    fn it_tells_why_there_are_none() {
        let mut room = Rehearsal::burning();
        room.alice(".point").is_ok();
        room.alice(".comms").is_ok();
        room.alice(".nags").says(
            "Reminders of incident 1 at P2:\n\
             - the first update: due at 2024-02-28 17:07 UTC · P2 wants the first update within 6 m, and asks again every 20 m",
        );
        room.alice(".mitigated").is_ok();
        room.alice(".nags").says("No reminders: it is mitigated.");
        room.alice(".stop").is_ok();
        room.alice(".nags").says("No reminders: it is resolved.");
        let mut backlog = Rehearsal::before_the_fire();
        backlog.alice_in_main(".p4 Tidy up").is_ok();
        backlog.opens();
        backlog.alice(".nags").says("No reminders: P4 has none.");
    }
}
