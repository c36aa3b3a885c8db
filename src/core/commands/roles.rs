//! `.point`, `.comms`, `.triage`, `.eng`: takes or gives a role.

use super::{Argument, Context, Decision, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::{Incident, Role};
use crate::core::message::Line;
use crate::core::person::{Person, Standing};
use crate::core::state::State;

const ROLE: Spec = Spec { shape: Shape::Optional("[@user]"), needs: Needs::ACTIVE, ..Spec::PLAIN };

pub(super) static POINT: Spec = Spec {
    word: "point",
    help: "takes or gives the role of point, who runs the response",
    example: ".point @alice",
    run: Run::Inside(|incident, argument, context| decide(Role::Point, incident, argument, context)),
    ..ROLE
};

pub(super) static COMMS: Spec = Spec {
    word: "comms",
    help: "takes or gives the role of comms, who writes updates",
    example: ".comms @bob",
    run: Run::Inside(|incident, argument, context| decide(Role::Comms, incident, argument, context)),
    ..ROLE
};

pub(super) static TRIAGE: Spec = Spec {
    word: "triage",
    help: "takes or gives the role of triage, who handles reports and tickets",
    example: ".triage @carol",
    run: Run::Inside(|incident, argument, context| decide(Role::Triage, incident, argument, context)),
    ..ROLE
};

pub(super) static ENG: Spec = Spec {
    word: "eng",
    help: "takes or gives the role of eng, who leads the engineering work",
    example: ".eng @dave",
    run: Run::Inside(|incident, argument, context| decide(Role::Eng, incident, argument, context)),
    ..ROLE
};

fn decide(role: Role, incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    let person = named_person(argument, context)?;
    if incident.roles.get(role) == Some(&person.id) {
        return Ok(Decision::already());
    }
    let mut events = vec![Event::RoleTaken { role, user: person.id.clone() }];
    let after = context.after(incident, &events);
    let led = after.roles.point.is_some() && after.roles.comms.is_some();
    if led && after.moments.acknowledged.is_none() && matches!(after.state, State::Started | State::Blocked) {
        events.push(Event::Acknowledged { at: context.now });
    }
    Ok(Decision::ok(events))
}

/// The person that a command names: its author when it names nobody, else the one person mentioned, who must be able to
/// take a role. Anything else is refused.
pub(super) fn named_person<'a>(argument: &Argument, context: &'a Context) -> Result<&'a Person, Refusal> {
    if argument.is_empty() {
        return Ok(context.author);
    }
    let word = argument.word;
    let mut people = argument.prose.people();
    let (Some(user), None) = (people.next(), people.next()) else {
        return Err(Refusal::says(
            Line::new()
                .text("I couldn't tell whom you mean: mention one person, like ")
                .code(format!(".{word} @name"))
                .text(", or nobody to take it yourself."),
        ));
    };
    let (first, rest) = argument.prose.first_word();
    if first.people().next().is_none() || !rest.is_blank() {
        return Err(Refusal::says(
            Line::new().text("One mention and nothing else goes behind it: ").code(format!(".{word} @name")).text("."),
        ));
    }
    let unknown = || {
        Refusal::says(
            Line::new()
                .text("I don't know that person in this workspace; mention somebody who is, like ")
                .code(format!(".{word} @name"))
                .text("."),
        )
    };
    let person =
        if *user == context.author.id { context.author } else { context.people.get(user).ok_or_else(unknown)? };
    let why = match person.standing {
        Standing::Member => return Ok(person),
        Standing::Guest | Standing::OtherOrganisation if context.desk.allow_guests => return Ok(person),
        Standing::Unknown => return Err(unknown()),
        Standing::Deactivated => " has a deactivated account; name somebody who is here.",
        Standing::Bot => " is a bot; name a person.",
        Standing::Guest => " is a guest, and this desk gives roles to members only; name a member.",
        Standing::OtherOrganisation => {
            " belongs to another organisation, and this desk gives roles to members only; name a member."
        }
    };
    Err(Refusal::says(Line::new().text(person.name.clone()).text(why)))
}

#[cfg(test)]
mod tests {
    use crate::core::rehearsal::Rehearsal;
    use crate::core::state::State;

    #[test]
    fn with_point_and_comms_the_incident_is_acknowledged() {
        let mut room = Rehearsal::burning();
        room.alice(".point").is_ok();
        assert_eq!(room.incident().state, State::Started);
        room.bob(".comms").is_ok();
        assert_eq!(room.incident().state, State::Acknowledged);
        assert_eq!(room.incident().moments.acknowledged, Some(room.now()));
    }

    #[test]
    fn a_blocked_incident_is_acknowledged_and_stays_blocked() {
        let mut room = Rehearsal::burning();
        room.alice(".blocked the network team").answer();
        room.alice(".comms").is_ok();
        room.alice(".point <@U0BOB>").is_ok();
        assert_eq!(room.incident().state, State::Blocked);
        assert!(room.incident().moments.acknowledged.is_some());
    }

    #[test]
    fn a_role_is_given_to_a_person_of_the_workspace_only() {
        for (said, answer) in [
            (
                ".point <@U0NOBODY>",
                "I don't know that person in this workspace; mention somebody who is, like `.point @name`.",
            ),
            (".point <@U0DORA>", "Dora has a deactivated account; name somebody who is here."),
            (".point <@U0ROBOT>", "Robot is a bot; name a person."),
            (".eng <@U0GINA>", "Gina is a guest, and this desk gives roles to members only; name a member."),
            (
                ".eng <@U0OLGA>",
                "Olga belongs to another organisation, and this desk gives roles to members only; name a member.",
            ),
            (
                ".comms somebody",
                "I couldn't tell whom you mean: mention one person, like `.comms @name`, or nobody to take it yourself.",
            ),
            (".comms <@U0BOB> please", "One mention and nothing else goes behind it: `.comms @name`."),
            (
                ".comms <@U0BOB> <@U0CAROL>",
                "I couldn't tell whom you mean: mention one person, like `.comms @name`, or nobody to take it yourself.",
            ),
        ] {
            Rehearsal::burning().alice(said).is_refused(answer);
        }
    }

    #[test]
    fn a_desk_can_let_guests_take_roles() {
        let mut room = Rehearsal::burning();
        room.desk.allow_guests = true;
        room.alice(".triage <@U0GINA>").is_ok();
        room.alice(".triage <@U0GINA>").is_already();
    }

    #[test]
    fn it_needs_an_active_incident() {
        let mut room = Rehearsal::burning();
        room.alice(".stop").is_ok();
        room.alice(".point")
            .is_refused("`.point` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.");
    }
}
