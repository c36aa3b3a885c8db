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

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use crate::core::rehearsal::Rehearsal;
    use crate::core::state::State;

    #[test]
    fn it_is_shown_back_with_its_id_and_blocks() {
        let mut room = Rehearsal::burning();
        let said = room.alice(".blocked the network team");
        said.says("Blocker #1: waiting for the network team\n`.unblocked 1` when it is not waited for any more.");
        assert_eq!(room.incident().state, State::Blocked);
        room.bob(".BLOCKER <@U0CAROL> => her answer\nabout => the certificates").says(
            "Blocker #2: waiting for @U0CAROL\n\
             Reason: her answer\nabout => the certificates\n\
             `.unblocked 2` when it is not waited for any more.",
        );
        assert_eq!(
            room.log().last().unwrap(),
            "Bob added blocker #2: waiting for @Carol because her answer\nabout => the certificates"
        );
        room.alice(".blocked legal =>")
            .says("Blocker #3: waiting for legal\n`.unblocked 3` when it is not waited for any more.");
        assert_eq!(room.incident().blockers[2].reason, None);
    }

    #[test]
    fn the_same_can_block_again_after_it_was_unblocked_under_a_new_id() {
        let mut room = Rehearsal::burning();
        room.alice(".blocked dns => down").answer();
        room.bob(".blocked  dns=>down ").is_already();
        room.bob(".blocked dns => slow").answer();
        room.alice(".unblocked 1").is_ok();
        room.advance(SignedDuration::from_mins(1));
        room.alice(".blocked dns => down").answer();
        let ids: Vec<u32> = room.incident().open_blockers().map(|blocker| blocker.id.0).collect();
        assert_eq!(ids, [2, 3]);
        room.alice(".unblockall").is_ok();
        room.alice(".blocked dns => down").answer();
        assert_eq!(room.incident().open_blockers().next().unwrap().id.0, 4);
    }

    #[test]
    fn it_needs_somebody_to_wait_for() {
        for said in [".blocked", ".blocker \u{200b}"] {
            let word = said.split(' ').next().unwrap();
            Rehearsal::burning().alice(said).is_refused(&format!(
                "`{word}` needs whom [=> reason] behind it, for example `.blocked the network team => DNS is broken`.",
            ));
        }
        for said in [".blocked => DNS is broken", ".blocked \u{202e} =>"] {
            Rehearsal::burning().alice(said).is_refused(
                "Who or what is waited for stands before `=>`, for example \
                 `.blocked the network team => DNS is broken`.",
            );
        }
    }

    #[test]
    fn it_works_in_an_active_incident() {
        Rehearsal::burning().alice_in_main(".blocked legal").is_refused(
            "`.blocked` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        insta::assert_snapshot!(Rehearsal::in_every_state(".blocked legal"), @r"
        started: Blocker #1: waiting for legal
        `.unblocked 1` when it is not waited for any more.
        acknowledged: Blocker #1: waiting for legal
        `.unblocked 1` when it is not waited for any more.
        mitigated: Blocker #1: waiting for legal
        `.unblocked 1` when it is not waited for any more.
        blocked: Blocker #2: waiting for legal
        `.unblocked 2` when it is not waited for any more.
        resolved: exclamation: `.blocked` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.
        review_…: exclamation: `.blocked` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.
        ready_for_review: exclamation: `.blocked` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.
        completed: exclamation: `.blocked` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.blocked` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.blocked` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
    }
}
