//! `.stop`: the all-clear.

use super::refusals::{already_done, still_blocked, way_back};
use super::{Argument, Context, Decision, Needs, Run, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::state::State;

pub(super) static SPEC: Spec = Spec {
    word: "stop",
    aliases: &["allclear", "clear", "resolve", "resolved"],
    needs: Needs::ACTIVE,
    help: "resolves: the all-clear",
    example: ".stop",
    names_people: true,
    reached: Some(|incident, context| {
        let over =
            matches!(incident.state, State::Resolved | State::Review(_) | State::ReadyForReview | State::Completed);
        let resolved = |event: &Event| matches!(event, Event::Resolved { .. });
        over.then(|| already_done(incident, context, "resolved", way_back(incident.state), resolved))?
    }),
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, _: &Argument, context: &Context) -> Verdict {
    if incident.is_blocked() {
        return Err(still_blocked(SPEC.word, incident));
    }
    Ok(Decision::ok(vec![Event::Resolved { at: context.now }]))
}

#[cfg(test)]
mod tests {
    use crate::core::rehearsal::{MAIN, Rehearsal};
    use crate::core::state::State;

    #[test]
    fn the_all_clear_sets_what_is_unset_and_is_told_in_both_channels() {
        for word in [".stop", ".allclear", ".CLEAR", ".resolve", ".resolved"] {
            let mut room = Rehearsal::burning();
            let all_clear = room.alice(word);
            all_clear.is_ok();
            assert_eq!(room.incident().state, State::Resolved);
            let moments = &room.incident().moments;
            assert_eq!([moments.acknowledged, moments.mitigated, moments.resolved], [Some(room.now()); 3]);
            assert_eq!(all_clear.posts_in(MAIN).len(), 1);
            assert!(all_clear.posts_in("C0ROOM")[0].starts_with("Resolved by @U0ALICE. All clear."));
        }
    }

    #[test]
    fn a_second_one_is_told_who_did_it_and_when() {
        let mut room = Rehearsal::burning();
        room.bob(".stop").is_ok();
        room.alice(".stop").is_refused(
            "Incident 1 was resolved by Bob at 2024-02-28 17:01 UTC; `.unresolve` takes the all-clear back.",
        );
    }

    #[test]
    fn it_is_refused_while_blocked_and_when_words_follow() {
        let mut room = Rehearsal::burning();
        room.alice(".blocked the network team").answer();
        room.alice(".stop").is_refused("Still blocked by #1 the network team: `.unblockall`, then `.stop`.");
        room.alice(".stop the deploy!")
            .is_refused("`.stop` takes no words behind it, so I did nothing; `.stop` alone resolves: the all-clear.");
        assert_eq!(room.incident().state, State::Blocked);
    }
}
