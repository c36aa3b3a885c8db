//! `.assign`: who owns the review.

use super::roles::named_person;
use super::{Argument, Context, Decision, Needs, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::{Incident, Role};

pub(super) static SPEC: Spec = Spec {
    word: "assign",
    aliases: &["assignee"],
    shape: Shape::Optional("[@user]"),
    needs: Needs::UPDATABLE,
    help: "makes you, or the person mentioned, the owner of the review",
    example: ".assign @alice",
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    let person = named_person(argument, context)?;
    if incident.roles.assigned.as_ref() == Some(&person.id) {
        return Ok(Decision::already());
    }
    Ok(Decision::ok(vec![Event::RoleTaken { role: Role::Assigned, user: person.id.clone() }]))
}

#[cfg(test)]
mod tests {
    use crate::core::effect::Effect;
    use crate::core::rehearsal::Rehearsal;

    #[test]
    fn it_is_taken_or_given_and_who_was_given_it_is_invited() {
        let mut room = Rehearsal::burning();
        room.alice(".assign").is_ok();
        assert_eq!(room.incident().roles.assigned, Some("U0ALICE".into()));
        let given = room.alice(".assignee <@U0BOB>");
        given.is_ok();
        assert_eq!(room.incident().roles.assigned, Some("U0BOB".into()));
        assert!(given.effects.iter().any(|effect| matches!(effect, Effect::Invite { .. })));
        room.bob(".assign").is_already();
    }

    #[test]
    fn only_a_person_of_the_workspace_can_own_the_review() {
        let mut room = Rehearsal::burning();
        for (said, answer) in [
            (".assign <@U0ROBOT>", "Robot is a bot; name a person."),
            (
                ".assign bob",
                "I couldn't tell whom you mean: mention one person, like `.assign @name`, or nobody to take it yourself.",
            ),
            (".assign <@U0GINA>", "Gina is a guest, and this desk gives roles to members only; name a member."),
        ] {
            room.alice(said).is_refused(answer);
        }
        room.alice_in_main(".assign").is_refused(
            "`.assign` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
    }

    #[test]
    fn in_every_state() {
        insta::assert_snapshot!(Rehearsal::in_every_state(".assign"), @r"
        started: ok
        acknowledged: ok
        mitigated: ok
        blocked: ok
        resolved: ok
        review_…: ok
        ready_for_review: ok
        completed: exclamation: `.assign` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.assign` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.assign` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
    }
}
