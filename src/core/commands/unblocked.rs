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
