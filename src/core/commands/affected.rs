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
