//! `.assign`: who owns the review.

use super::spec::named_person;
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
