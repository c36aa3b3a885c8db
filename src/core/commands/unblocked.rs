//! `.unblocked`, `.unblockall`: it is not waited for any more.

use super::{Argument, Context, Decision, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::ids::BlockerId;
use crate::core::incident::{Blocker, Incident};
use crate::core::message::Line;
use crate::core::words::{blockers, people};

pub(super) static UNBLOCKED: Spec = Spec {
    word: "unblocked",
    aliases: &["unblock"],
    shape: Shape::Optional("[id]"),
    needs: Needs::ACTIVE,
    help: "closes a blocker; with one open its id may be left out",
    example: ".unblocked 1",
    names_people: true,
    run: Run::Inside(unblocked),
    ..Spec::PLAIN
};

pub(super) static UNBLOCKALL: Spec = Spec {
    word: "unblockall",
    aliases: &["unblockedall"],
    needs: Needs::ACTIVE,
    help: "closes all blockers",
    example: ".unblockall",
    names_people: true,
    run: Run::Inside(unblockall),
    ..Spec::PLAIN
};

fn unblocked(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    if argument.is_empty() {
        let mut open = incident.open_blockers();
        return match (open.next(), open.next()) {
            (Some(only), None) => Ok(closes(only)),
            (None, _) => Err(nothing_open(incident, context)),
            (Some(_), Some(_)) => Err(Refusal::says(
                Line::new().text("Several blockers are open, so say which one: ").join(which(incident)),
            )),
        };
    }
    let typed = argument.readable();
    let id = typed.strip_prefix('#').unwrap_or(&typed).parse().ok().map(BlockerId);
    match id.and_then(|id| incident.blockers.iter().find(|blocker| blocker.id == id)) {
        Some(blocker) if blocker.is_open() => Ok(closes(blocker)),
        Some(closed) => Err(closed_before(closed, incident, context)),
        None if !incident.is_blocked() => Err(nothing_open(incident, context)),
        None => Err(Refusal::says(match id {
            Some(id) => Line::new().text(format!("There is no blocker {id}; open: ")).join(which(incident)),
            None => Line::new().text("A blocker is named by its number; open: ").join(which(incident)),
        })),
    }
}

fn unblockall(incident: &Incident, _: &Argument, context: &Context) -> Verdict {
    if !incident.is_blocked() {
        return Err(nothing_open(incident, context));
    }
    Ok(Decision::ok(incident.open_blockers().map(|blocker| Event::Unblocked { id: blocker.id }).collect()))
}

fn closes(blocker: &Blocker) -> Decision {
    Decision::ok(vec![Event::Unblocked { id: blocker.id }])
}

/// The open blockers, and how one is closed: ``#1 the network team, #2 legal (`.unblocked 1`)``.
fn which(incident: &Incident) -> Line {
    let first = incident.open_blockers().next().map_or(1, |blocker| blocker.id.0);
    blockers::named(incident).text(" (").code(format!(".unblocked {first}")).text(").")
}

/// Nothing is waited for: who closed the last one and when, if there ever was one.
fn nothing_open(incident: &Incident, context: &Context) -> Refusal {
    let last = incident.blockers.iter().filter(|blocker| !blocker.is_open()).max_by_key(|blocker| blocker.until);
    match last {
        Some(blocker) => closed_before(blocker, incident, context),
        None => Refusal::says(
            Line::new()
                .text("Nothing was ever waited for here; ")
                .code(".blocked whom => reason")
                .text(" adds a blocker."),
        ),
    }
}

fn closed_before(blocker: &Blocker, incident: &Incident, context: &Context) -> Refusal {
    let id = blocker.id;
    let line =
        Line::new().text(format!("Blocker {id} ")).prose(&people::named(context.people, &blocker.whom.one_line()));
    let line = match incident.last(|event| *event == Event::Unblocked { id }) {
        Some(closed) => {
            line.text(format!(" was closed by {} at ", people::author(context.people, &closed.author))).time(closed.at)
        }
        None => line.text(" is closed"),
    };
    let open = if incident.is_blocked() {
        Line::new().text("; open: ").join(which(incident))
    } else {
        Line::new().text("; nothing is waited for now, ").code(".blocked whom => reason").text(" adds a blocker.")
    };
    Refusal::says(line.join(open))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use crate::core::rehearsal::Rehearsal;
    use crate::core::state::State;

    /// Waiting for the network team, legal and Carol.
    fn thrice_blocked() -> Rehearsal {
        let mut room = Rehearsal::burning();
        room.alice(".blocked the network team").answer();
        room.alice(".blocked legal => their word").answer();
        room.alice(".blocked <@U0CAROL>").answer();
        room.advance(SignedDuration::from_mins(1));
        room
    }

    #[test]
    fn one_is_closed_by_its_id_with_or_without_the_mark() {
        let mut room = thrice_blocked();
        room.bob(".unblocked 1").is_ok();
        room.bob(".UNBLOCK #3").is_ok();
        assert_eq!(room.incident().state, State::Blocked);
        room.bob(".unblocked").is_ok();
        assert_eq!(room.incident().state, State::Started);
    }

    #[test]
    fn with_several_open_it_has_to_be_said_which() {
        thrice_blocked().bob(".unblocked").is_refused(
            "Several blockers are open, so say which one: #1 the network team, #2 legal, #3 @U0CAROL (`.unblocked 1`).",
        );
    }

    #[test]
    fn a_wrong_or_closed_id_is_refused_with_those_that_are_open() {
        let mut room = thrice_blocked();
        room.bob(".unblocked 1").is_ok();
        for (said, answer) in [
            (".unblocked 7", "There is no blocker #7; open: #2 legal, #3 @U0CAROL (`.unblocked 2`)."),
            (".unblocked legal", "A blocker is named by its number; open: #2 legal, #3 @U0CAROL (`.unblocked 2`)."),
            (".unblocked 2 3", "A blocker is named by its number; open: #2 legal, #3 @U0CAROL (`.unblocked 2`)."),
            (
                ".unblocked 99999999999",
                "A blocker is named by its number; open: #2 legal, #3 @U0CAROL (`.unblocked 2`).",
            ),
            (
                ".unblocked #1",
                "Blocker #1 the network team was closed by Bob at 2024-02-28 17:02 UTC; \
                 open: #2 legal, #3 @U0CAROL (`.unblocked 2`).",
            ),
        ] {
            room.alice(said).is_refused(answer);
        }
    }

    #[test]
    fn when_nothing_is_open_it_says_who_closed_the_last_one_and_when() {
        let mut room = Rehearsal::burning();
        for said in [".unblocked", ".unblocked 1", ".unblockall", ".unblockedall"] {
            room.alice(said).is_refused("Nothing was ever waited for here; `.blocked whom => reason` adds a blocker.");
        }
        let mut room = thrice_blocked();
        room.bob(".unblocked 2").is_ok();
        room.advance(SignedDuration::from_mins(1));
        room.bob(".unblockall").is_ok();
        assert_eq!(room.incident().state, State::Started);
        for said in [".unblocked", ".unblocked 3", ".unblockall"] {
            room.alice(said).is_refused(
                "Blocker #3 @Carol was closed by Bob at 2024-02-28 17:03 UTC; \
                 nothing is waited for now, `.blocked whom => reason` adds a blocker.",
            );
        }
    }

    #[test]
    fn what_its_moments_imply_comes_back() {
        let mut room = Rehearsal::standing(State::Mitigated);
        room.alice(".blocked legal").answer();
        assert_eq!(room.incident().state, State::Blocked);
        room.alice(".unblockall").is_ok();
        assert_eq!(room.incident().state, State::Mitigated);
    }

    #[test]
    fn all_of_them_takes_no_words() {
        thrice_blocked().bob(".unblockall 1").is_refused(
            "`.unblockall` takes no words behind it, so I did nothing; `.unblockall` alone closes all blockers.",
        );
    }

    #[test]
    fn they_work_in_an_active_incident() {
        Rehearsal::burning().alice_in_main(".unblocked 1").is_refused(
            "`.unblocked` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        Rehearsal::burning().alice_in_main(".unblockall").is_refused(
            "`.unblockall` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        insta::assert_snapshot!(Rehearsal::in_every_state(".unblocked 1"), @r"
        started: exclamation: Nothing was ever waited for here; `.blocked whom => reason` adds a blocker.
        acknowledged: exclamation: Nothing was ever waited for here; `.blocked whom => reason` adds a blocker.
        mitigated: exclamation: Nothing was ever waited for here; `.blocked whom => reason` adds a blocker.
        blocked: ok
        resolved: exclamation: `.unblocked` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.
        review_…: exclamation: `.unblocked` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.
        ready_for_review: exclamation: `.unblocked` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.
        completed: exclamation: `.unblocked` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.unblocked` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.unblocked` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
        insta::assert_snapshot!(Rehearsal::in_every_state(".unblockall"), @r"
        started: exclamation: Nothing was ever waited for here; `.blocked whom => reason` adds a blocker.
        acknowledged: exclamation: Nothing was ever waited for here; `.blocked whom => reason` adds a blocker.
        mitigated: exclamation: Nothing was ever waited for here; `.blocked whom => reason` adds a blocker.
        blocked: ok
        resolved: exclamation: `.unblockall` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.
        review_…: exclamation: `.unblockall` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.
        ready_for_review: exclamation: `.unblockall` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.
        completed: exclamation: `.unblockall` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.unblockall` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.unblockall` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
    }
}
