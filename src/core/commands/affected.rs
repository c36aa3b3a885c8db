//! `.affected`, `.affectedrm`: who or what is hit.

use super::naming::{Named, names};
use super::{Argument, Context, Needs, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;

pub(super) static AFFECTED: Spec = Spec {
    word: "affected",
    shape: Shape::Optional("[a, b]"),
    needs: Needs::SHOWS_OR_SETS,
    help: "lists who or what is hit, or adds some",
    example: ".affected customers in Europe, the support team",
    names_people: true,
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

pub(super) static AFFECTEDRM: Spec = Spec {
    word: "affectedrm",
    shape: Shape::Required("who or what"),
    needs: Needs::UPDATABLE,
    help: "removes somebody or something that is not hit after all",
    example: ".affectedrm the support team",
    run: Run::Inside(|incident, argument, _| LIST.remove(incident, argument, ".affected")),
    ..Spec::PLAIN
};

static LIST: Named = Named {
    what: "affected",
    empty: "Nobody is named as affected yet",
    example: AFFECTED.example,
    of: |incident| &incident.affected,
    added: |name| Event::AffectedAdded { name },
    removed: |name| Event::AffectedRemoved { name },
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    if argument.is_empty() {
        return Ok(LIST.list(incident, context));
    }
    LIST.add(incident, names(argument))
}

#[cfg(test)]
mod tests {
    use crate::core::effect::Effect;
    use crate::core::message::Span;
    use crate::core::prose::{Piece, Prose};
    use crate::core::rehearsal::Rehearsal;

    #[test]
    fn they_are_added_once_listed_and_removed() {
        let mut room = Rehearsal::burning();
        room.alice(".affected")
            .says("Nobody is named as affected yet; `.affected customers in Europe, the support team` adds some.");
        room.alice(".affected customers in Europe, <@U0BOB>, Customers IN Europe").is_ok();
        room.bob(".affected CUSTOMERS in europe").is_already();
        room.bob(".affected").says("Affected (2)\n1. customers in Europe\n2. @Bob");
        room.bob(".affectedrm <@U0BOB>").is_ok();
        room.bob(".affectedrm <@U0BOB>").is_refused("“@U0BOB” is not among the affected; `.affected` lists them.");
        assert_eq!(room.incident().affected.iter().map(Prose::readable).collect::<Vec<_>>(), ["customers in Europe"]);
    }

    #[test]
    fn nobody_is_notified_by_being_listed() {
        let mut room = Rehearsal::burning();
        room.alice(".affected <@U0BOB>").is_ok();
        let listed = room.alice(".affected");
        let [Effect::Reply { message, .. }] = listed.effects.as_slice() else { panic!("{listed:?}") };
        let mentions = message.lines.iter().flat_map(|line| &line.spans).filter(|span| match span {
            Span::Person(_) => true,
            Span::Prose(prose) => prose.pieces().iter().any(|piece| matches!(piece, Piece::Person(_))),
            _ => false,
        });
        assert_eq!(mentions.count(), 0);
    }

    #[test]
    fn they_are_shown_in_every_state_and_changed_in_an_updatable_incident() {
        Rehearsal::burning()
            .alice(".affectedrm")
            .is_refused("`.affectedrm` needs who or what behind it, for example `.affectedrm the support team`.");
        for said in [".affected", ".affected all", ".affectedrm all"] {
            let word = said.split(' ').next().unwrap();
            Rehearsal::burning().alice_in_main(said).is_refused(&format!(
                "`{word}` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
            ));
        }
        insta::assert_snapshot!(Rehearsal::in_every_state(".affected"), @r"
        started: Nobody is named as affected yet; `.affected customers in Europe, the support team` adds some.
        acknowledged: Nobody is named as affected yet; `.affected customers in Europe, the support team` adds some.
        mitigated: Nobody is named as affected yet; `.affected customers in Europe, the support team` adds some.
        blocked: Nobody is named as affected yet; `.affected customers in Europe, the support team` adds some.
        resolved: Nobody is named as affected yet; `.affected customers in Europe, the support team` adds some.
        review_…: Nobody is named as affected yet; `.affected customers in Europe, the support team` adds some.
        ready_for_review: Nobody is named as affected yet; `.affected customers in Europe, the support team` adds some.
        completed: Nobody is named as affected yet; `.affected customers in Europe, the support team` adds some.
        canceled: Nobody is named as affected yet; `.affected customers in Europe, the support team` adds some.
        archived: Nobody is named as affected yet; `.affected customers in Europe, the support team` adds some.
        ");
        insta::assert_snapshot!(Rehearsal::in_every_state(".affected all"), @r"
        started: ok
        acknowledged: ok
        mitigated: ok
        blocked: ok
        resolved: ok
        review_…: ok
        ready_for_review: ok
        completed: exclamation: `.affected` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.affected` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.affected` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
        insta::assert_snapshot!(Rehearsal::in_every_state(".affectedrm all"), @r"
        started: exclamation: “all” is not among the affected; `.affected` lists them.
        acknowledged: exclamation: “all” is not among the affected; `.affected` lists them.
        mitigated: exclamation: “all” is not among the affected; `.affected` lists them.
        blocked: exclamation: “all” is not among the affected; `.affected` lists them.
        resolved: exclamation: “all” is not among the affected; `.affected` lists them.
        review_…: exclamation: “all” is not among the affected; `.affected` lists them.
        ready_for_review: exclamation: “all” is not among the affected; `.affected` lists them.
        completed: exclamation: `.affectedrm` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.affectedrm` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.affectedrm` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
    }
}
