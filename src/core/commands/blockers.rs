//! `.blockers`: what is waited for.

use super::{Context, Decision, Needs, Run, Spec};
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::when::spoken;
use crate::core::words::blockers;
use crate::core::words::listing::Listing;

pub(super) static SPEC: Spec = Spec {
    word: "blockers",
    needs: Needs::INCIDENT,
    help: "lists what is waited for, who said so, for how long, and the time spent blocked",
    example: ".blockers",
    names_people: true,
    run: Run::Inside(|incident, _, context| Ok(blocked(incident, context))),
    ..Spec::PLAIN
};

fn blocked(incident: &Incident, context: &Context) -> Decision {
    let total = spoken(incident.time_blocked(context.now));
    let empty = if incident.blockers.is_empty() {
        Line::new().text("Nothing was waited for so far; ").code(".blocked whom => reason").text(" says that it is.")
    } else {
        Line::new().text(format!(
            "Nothing is waited for now. Blockers so far: {}, all closed; time spent blocked: {total}.",
            incident.blockers.len()
        ))
    };
    let entries = incident
        .open_blockers()
        .map(|blocker| {
            let waited = spoken(incident.waited(blocker, context.now));
            let line = blockers::waiting(blocker, context.people).text(" · ").time(blocker.since);
            line.text(format!(", {waited} so far"))
        })
        .collect();
    let closing = Some(Line::new().text(format!("Time spent blocked: {total}")));
    Listing { what: "open blockers", entries, numbered: false, closing, empty }.decision(incident, context)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use crate::core::rehearsal::Rehearsal;

    #[test]
    fn who_waits_for_whom_and_for_how_long() {
        let mut room = Rehearsal::burning();
        room.alice(".blockers").says("Nothing was waited for so far; `.blocked whom => reason` says that it is.");
        room.alice(".blocked the network team => DNS is broken").answer();
        room.advance(SignedDuration::from_mins(10));
        room.bob(".blocked <@U0CAROL>").answer();
        room.advance(SignedDuration::from_mins(5));
        room.alice(".blockers").says(
            "Open blockers (2)\n\
             - #1 Alice waits for the network team: DNS is broken · 2024-02-28 17:01 UTC, 15 m so far\n\
             - #2 Bob waits for @Carol · 2024-02-28 17:11 UTC, 5 m so far\n\
             Time spent blocked: 15 m",
        );
    }

    #[test]
    fn time_in_which_several_were_open_counts_once() {
        let mut room = Rehearsal::burning();
        let minutes = SignedDuration::from_mins;
        room.alice(".blocked a").answer();
        room.advance(minutes(10));
        room.alice(".blocked b").answer();
        room.advance(minutes(10));
        room.alice(".unblocked 1").is_ok();
        room.advance(minutes(10));
        room.alice(".unblocked").is_ok();
        room.advance(minutes(60));
        room.alice(".blockers")
            .says("Nothing is waited for now. Blockers so far: 2, all closed; time spent blocked: 30 m.");
        room.alice(".blocked a").answer();
        room.advance(minutes(5));
        assert_eq!(room.incident().time_blocked(room.now()), minutes(35));
        // It is over for good: the clock stands.
        room.alice(".cancel").is_ok();
        room.advance(minutes(600));
        assert_eq!(room.incident().time_blocked(room.now()), minutes(35));
    }

    #[test]
    fn it_is_shown_in_every_state() {
        Rehearsal::burning().alice_in_main(".blockers").is_refused(
            "`.blockers` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        insta::assert_snapshot!(Rehearsal::in_every_state(".blockers"), @r"
        started: Nothing was waited for so far; `.blocked whom => reason` says that it is.
        acknowledged: Nothing was waited for so far; `.blocked whom => reason` says that it is.
        mitigated: Nothing was waited for so far; `.blocked whom => reason` says that it is.
        blocked: Open blockers (1)
        - #1 Bob waits for the network team · 2024-02-28 17:01 UTC, 1 m so far
        Time spent blocked: 1 m
        resolved: Nothing was waited for so far; `.blocked whom => reason` says that it is.
        review_…: Nothing was waited for so far; `.blocked whom => reason` says that it is.
        ready_for_review: Nothing was waited for so far; `.blocked whom => reason` says that it is.
        completed: Nothing was waited for so far; `.blocked whom => reason` says that it is.
        canceled: Nothing was waited for so far; `.blocked whom => reason` says that it is.
        archived: Nothing was waited for so far; `.blocked whom => reason` says that it is.
        ");
    }
}
