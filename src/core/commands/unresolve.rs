//! `.unresolve`: the all-clear was premature.

use super::refusals::{done_before, not_so, way_back, wrong_state};
use super::{Argument, Context, Decision, Needs, Run, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::state::{Action, State};

pub(super) static SPEC: Spec = Spec {
    word: "unresolve",
    aliases: &["unresolved"],
    needs: Needs::INCIDENT,
    help: "takes the all-clear back: it is mitigated, not over",
    example: ".unresolve",
    names_people: true,
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    if Action::Unresolve.is_possible_from(incident.state) {
        return Ok(Decision::ok(vec![Event::Unresolved]));
    }
    let concerned = |event: &Event| matches!(event, Event::Resolved { .. } | Event::Unresolved | Event::Restarted);
    Err(match incident.last(concerned) {
        _ if !incident.state.is_active() => wrong_state(argument.word, incident),
        Some(recorded) if recorded.event == Event::Unresolved => {
            let way_out = way_back(State::Started);
            done_before(recorded, incident, context, "unresolved", way_out)
        }
        _ => not_so(incident, "resolved", way_back(State::Started)),
    })
}

#[cfg(test)]
mod tests {
    use crate::core::rehearsal::{MAIN, ROOM, Rehearsal};
    use crate::core::state::State;

    #[test]
    fn it_is_mitigated_again_and_who_owns_the_review_stays() {
        for word in [".unresolve", ".unresolved"] {
            let mut room = Rehearsal::burning();
            room.alice(".stop").is_ok();
            room.alice(".assign").is_ok();
            room.alice(".next").answer();
            let said = room.bob(word);
            said.is_ok();
            let incident = room.incident();
            assert_eq!(incident.state, State::Mitigated);
            assert_eq!((incident.moments.resolved, incident.review_step), (None, None));
            assert!(incident.roles.assigned.is_some());
            assert_eq!(
                said.posts_in(ROOM),
                ["Unresolved by @U0BOB. It is not over, but still mitigated: \
                  `.stop` when it is over, `.restart` if people are hit again."]
            );
            assert_eq!(said.posts_in(MAIN).len(), 1);
        }
    }

    #[test]
    fn a_second_one_is_told_who_did_it_and_when() {
        let mut room = Rehearsal::standing(State::Resolved);
        room.bob(".unresolve").is_ok();
        room.alice(".unresolve")
            .is_refused("Incident 1 was unresolved by Bob at 2024-02-28 17:02 UTC; `.stop` when it is over.");
    }

    #[test]
    fn in_every_state() {
        insta::assert_snapshot!(Rehearsal::in_every_state(".unresolve"), @r"
        started: exclamation: Incident 1 is not resolved; `.stop` when it is over.
        acknowledged: exclamation: Incident 1 is not resolved; `.stop` when it is over.
        mitigated: exclamation: Incident 1 is not resolved; `.stop` when it is over.
        blocked: exclamation: Incident 1 is not resolved; `.stop` when it is over.
        resolved: ok
        review_…: ok
        ready_for_review: ok
        completed: exclamation: `.unresolve` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.unresolve` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.unresolve` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
    }

    #[test]
    fn elsewhere_and_with_words_it_does_nothing() {
        let mut room = Rehearsal::standing(State::Resolved);
        room.alice_in_main(".unresolve").is_refused(
            "`.unresolve` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        room.alice(".unresolved mysteries").is_refused(
            "`.unresolved` takes no words behind it, so I did nothing; \
             `.unresolved` alone takes the all-clear back: it is mitigated, not over.",
        );
        assert_eq!(room.incident().state, State::Resolved);
    }
}
