//! `.restart`: it burns again.

use super::refusals::{done_before, still_blocked, wrong_state};
use super::{Argument, Context, Decision, Needs, Refusal, Run, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::state::{Action, State};

pub(super) static SPEC: Spec = Spec {
    word: "restart",
    needs: Needs::INCIDENT,
    help: "says that it burns again, and announces it like a start",
    example: ".restart",
    names_people: true,
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    if Action::Restart.is_possible_from(incident.state) {
        return Ok(Decision::ok(vec![Event::Restarted]));
    }
    let way_out =
        Line::new().code(".mitigated").text(" when the effect on people ends, ").code(".stop").text(" when it is over");
    let concerned = |event: &Event| matches!(event, Event::Declared { .. } | Event::Uncanceled | Event::Restarted);
    Err(match incident.state {
        State::Blocked if incident.moments.mitigated.is_some() => still_blocked(SPEC.word, incident),
        State::Started | State::Acknowledged | State::Blocked => match incident.last(concerned) {
            Some(recorded) if recorded.event == Event::Restarted => {
                done_before(recorded, incident, context, "restarted", way_out)
            }
            _ => Refusal::says(
                Line::new().text(format!("Incident {} is still burning; ", incident.id)).join(way_out).text("."),
            ),
        },
        _ => wrong_state(argument.word, incident),
    })
}

#[cfg(test)]
mod tests {
    use crate::core::event::Event;
    use crate::core::ids::BlockerId;
    use crate::core::rehearsal::{MAIN, ROOM, Rehearsal};
    use crate::core::state::State;

    #[test]
    fn it_burns_again_and_is_announced_like_a_start() {
        for state in [State::Mitigated, State::Resolved, State::ReadyForReview, State::Completed] {
            let mut room = Rehearsal::standing(state);
            let said = room.alice(".restart");
            said.is_ok();
            let incident = room.incident();
            assert_eq!(incident.state, State::Acknowledged);
            let moments = &incident.moments;
            assert_eq!(
                [moments.mitigated, moments.resolved, moments.ready_for_review, moments.completed],
                [None; 4],
                "{state:?}"
            );
            assert!(said.posts_in(ROOM)[0].starts_with("Restarted by @U0ALICE. It is burning again"));
            assert!(said.posts_in(MAIN)[0].starts_with(":fire: [P2] Restarted"));
            assert!(said.posts_in("C0NOTIFY")[0].starts_with("@everyone-here :fire: [P2] Restarted"));
        }
    }

    #[test]
    fn a_second_one_is_told_who_did_it_and_when() {
        let mut room = Rehearsal::standing(State::Resolved);
        room.bob(".restart").is_ok();
        room.alice(".restart").is_refused(
            "Incident 1 was restarted by Bob at 2024-02-28 17:02 UTC; \
             `.mitigated` when the effect on people ends, `.stop` when it is over.",
        );
    }

    #[test]
    fn what_is_mitigated_and_blocked_is_unblocked_first() {
        let mut room = Rehearsal::standing(State::Mitigated);
        room.records(Event::Blocked { id: BlockerId(1), whom: "legal".into(), reason: None });
        room.alice(".restart").is_refused("Still blocked by #1 legal: `.unblockall`, then `.restart`.");
    }

    #[test]
    fn in_every_state() {
        insta::assert_snapshot!(Rehearsal::in_every_state(".restart"), @r"
        started: exclamation: Incident 1 is still burning; `.mitigated` when the effect on people ends, `.stop` when it is over.
        acknowledged: exclamation: Incident 1 is still burning; `.mitigated` when the effect on people ends, `.stop` when it is over.
        mitigated: ok
        blocked: exclamation: Incident 1 is still burning; `.mitigated` when the effect on people ends, `.stop` when it is over.
        resolved: ok
        review_…: ok
        ready_for_review: ok
        completed: ok
        canceled: exclamation: `.restart` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.restart` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
    }

    #[test]
    fn elsewhere_and_with_words_it_does_nothing() {
        let mut room = Rehearsal::standing(State::Resolved);
        room.alice_in_main(".restart").is_refused(
            "`.restart` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        room.alice(".restart the server").is_refused(
            "`.restart` takes no words behind it, so I did nothing; \
             `.restart` alone says that it burns again, and announces it like a start.",
        );
        assert_eq!(room.incident().state, State::Resolved);
    }
}
