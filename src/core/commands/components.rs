//! `.components`, `.componentrm`: which parts of the system are concerned.

use super::naming::{Named, names};
use super::{Argument, Context, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;

pub(super) static COMPONENTS: Spec = Spec {
    word: "components",
    aliases: &["component"],
    shape: Shape::Optional("[a, b]"),
    needs: Needs::SHOWS_OR_SETS,
    help: "lists the parts of the system that are concerned, or adds some",
    example: ".components checkout, payment api",
    names_people: true,
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

pub(super) static COMPONENTRM: Spec = Spec {
    word: "componentrm",
    shape: Shape::Required("a component"),
    needs: Needs::UPDATABLE,
    help: "removes a component",
    example: ".componentrm payment api",
    run: Run::Inside(|incident, argument, _| LIST.remove(incident, argument, ".components")),
    ..Spec::PLAIN
};

static LIST: Named = Named {
    what: "components",
    empty: "No component is named yet",
    example: COMPONENTS.example,
    of: |incident| &incident.components,
    added: |name| Event::ComponentAdded { name },
    removed: |name| Event::ComponentRemoved { name },
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    if argument.is_empty() {
        return Ok(LIST.list(incident, context));
    }
    if context.desk.strict_components && !context.services.tracker {
        return Err(Refusal::says(
            Line::new()
                .text("This desk takes only components that the issue tracker knows, and no tracker is configured; ask whoever runs me to configure one, or to turn ")
                .code("strict_components")
                .text(" off."),
        ));
    }
    LIST.add(incident, names(argument))
}
