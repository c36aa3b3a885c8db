//! `.p1`, `.priority 1`: changes how bad it is. `.priority` alone tells what the levels mean.

use super::hearing::PRIORITY;
use super::refusals::{belongs_in_incident, wrong_state};
use super::start::no_such_level;
use super::{Argument, Context, Decision, Need, Needs, Refusal, Run, Shape, Spec, Verdict, priorities};
use crate::core::event::Event;
use crate::core::ids::Level;
use crate::core::incident::Incident;
use crate::core::prose::Prose;
use crate::core::state::State;

pub(super) static SPEC: Spec = Spec {
    word: PRIORITY,
    shape: Shape::Optional("[level] [reason]"),
    needs: Needs { bare: Need::Anywhere, with_argument: Need::Updatable },
    help: "changes the priority, as `.p1 reason` does too; alone it tells what the levels mean",
    example: ".priority 1 all customers are hit",
    run: Run::Anywhere(decide),
    ..Spec::PLAIN
};

fn decide(incident: Option<&Incident>, argument: &Argument, context: &Context) -> Verdict {
    if argument.word == PRIORITY && argument.is_empty() {
        return Ok(Decision::says(priorities::levels(context)));
    }
    let (level, reason) = level_and_reason(argument, context)?;
    let Some(incident) = incident else { return Err(belongs_in_incident(argument.word, context)) };
    // `.p1` alone is an argument in itself, and was let in as if there were none.
    if !incident.state.is_updatable() || incident.state == State::Opening {
        return Err(wrong_state(argument.word, incident));
    }
    if incident.level == level {
        return Ok(Decision::already());
    }
    let reason = (!reason.is_blank()).then_some(reason);
    Ok(Decision::ok(vec![Event::Prioritized { level, reason }]))
}

/// `.p1 reason` and `.priority 1 reason`; the level is also `p1` or a starting alias there.
fn level_and_reason(argument: &Argument, context: &Context) -> Result<(Level, Prose), Refusal> {
    let (word, reason) = match argument.word {
        PRIORITY => {
            let (first, rest) = argument.prose.first_word();
            (first.readable().to_lowercase(), rest)
        }
        level => (level.to_owned(), argument.prose.trimmed()),
    };
    let level = context.desk.level_of(&word).ok_or_else(|| no_such_level(&word, context.desk))?;
    Ok((level, reason))
}

#[cfg(test)]
mod tests {
    use crate::core::event::Event;
    use crate::core::ids::Level;
    use crate::core::prose::Prose;
    use crate::core::rehearsal::{MAIN, ROOM, Rehearsal};
    use crate::core::state::State;

    #[test]
    fn the_level_changes_by_number_word_or_alias_and_the_reason_is_kept() {
        for (said, level, reason) in [
            (".p1", 1, None),
            (".P1 all customers", 1, Some("all customers")),
            (".priority 1", 1, None),
            (".priority p3  only\none customer", 3, Some("only\none customer")),
            (".priority CRITICAL ask <@U0BOB>", 1, Some("ask @U0BOB")),
            (".priority wontfix", 5, None),
        ] {
            let mut room = Rehearsal::burning();
            room.alice(said).is_ok();
            assert_eq!(room.incident().level, Level(level), "{said}");
            match &room.incident().events.last().unwrap().event {
                Event::Prioritized { reason: kept, .. } => {
                    assert_eq!(kept.as_ref().map(Prose::readable).as_deref(), reason, "{said}");
                }
                other => panic!("{said}: {other:?}"),
            }
        }
    }

    #[test]
    fn the_same_level_is_so_already() {
        for said in [".p2", ".priority 2", ".priority normal because", ".p2 still"] {
            Rehearsal::burning().alice(said).is_already();
        }
    }

    #[test]
    fn it_is_announced_when_it_becomes_high_or_more_urgent_than_it_was() {
        for (from, to, announced) in [
            (".p3", ".p2", true),
            (".p2", ".p1", true),
            (".p5", ".p1", true),
            (".p1", ".p2", false),
            (".p3", ".p4", false),
        ] {
            let mut room = Rehearsal::burning();
            room.alice(from);
            let said = room.bob(&format!("{to} the map is red"));
            said.is_ok();
            assert_eq!(said.posts_in(MAIN).len(), usize::from(announced), "{from} {to}");
            assert_eq!(said.posts_in("C0NOTIFY").len(), usize::from(announced), "{from} {to}");
            for post in said.posts_in("C0NOTIFY") {
                assert!(post.starts_with("@everyone-here :fire: [P"), "{post}");
                assert!(post.ends_with(" by @U0BOB. To help, join its channel.\n> the map is red"), "{post}");
            }
            assert_eq!(said.posts_in(ROOM), [""; 0]);
        }
    }

    #[test]
    fn after_the_all_clear_it_is_changed_quietly() {
        let mut room = Rehearsal::standing(State::Resolved);
        let said = room.alice(".p1");
        said.is_ok();
        assert_eq!(said.posts_in(MAIN), [""; 0]);
    }

    #[test]
    fn alone_it_tells_what_the_levels_mean() {
        let mut room = Rehearsal::burning();
        let levels = room.alice(".priorities").answer();
        assert_eq!(room.alice(".priority").answer(), levels);
        assert_eq!(room.alice_in_main(".priority").answer(), levels);
    }

    #[test]
    fn refusals_name_the_way_out() {
        let levels = "the levels are P1, P2, P3, P4, P5 (`.priorities` tells what they mean).";
        let mut room = Rehearsal::burning();
        room.alice(".p9").is_refused(&format!("There is no level `p9` here; {levels}"));
        room.alice(".priority 0 gone").is_refused(&format!("There is no level `0` here; {levels}"));
        room.alice(".priority urgent").is_refused(&format!("There is no level `urgent` here; {levels}"));
        room.alice(".priority 12").is_refused(&format!("There is no level `12` here; {levels}"));
        room.alice_in_main(".p9 Checkout").is_refused(&format!("There is no level `p9` here; {levels}"));
        room.alice_in_main(".priority 1").is_refused(
            "`.priority` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        room.says("U0ALICE", "C0OTHER", ".p1")
            .is_refused("`.p1` works in an incident's channel; `.breakings` lists them.");
    }

    #[test]
    fn in_every_state() {
        insta::assert_snapshot!(Rehearsal::in_every_state(".p1"), @r"
        started: ok
        acknowledged: ok
        mitigated: ok
        blocked: ok
        resolved: ok
        review_…: ok
        ready_for_review: ok
        completed: exclamation: `.p1` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.p1` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.p1` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
        assert_eq!(
            Rehearsal::in_every_state(".priority 1 hot").replace(".priority", ".p1"),
            Rehearsal::in_every_state(".p1")
        );
    }
}
