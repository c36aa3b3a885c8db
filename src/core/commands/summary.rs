//! `.summary`: shows or writes the executive summary.

use super::{Argument, Context, Decision, Needs, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::{Line, Message};
use crate::core::words::people;

pub(super) static SPEC: Spec = Spec {
    word: "summary",
    shape: Shape::Optional("[text]"),
    needs: Needs::SHOWS_OR_SETS,
    help: "shows the summary, or writes it anew, which counts as a comm update",
    example: ".summary Card payments fail in Europe since 16:40; the payment team rolls back",
    names_people: true,
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    if argument.is_empty() {
        return Ok(Decision::says(shown(incident, context)));
    }
    let text = argument.prose.clone();
    if incident.summary.as_ref() == Some(&text) {
        return Ok(Decision::already());
    }
    let message =
        Message::from(Line::new().bold(format!("Summary of incident {} now", incident.id))).line(Line::quote(&text));
    Ok(Decision::done_and_says(vec![Event::Summarized { text }], message))
}

/// The summary with its author, or how to write one.
fn shown(incident: &Incident, context: &Context) -> Message {
    let write = Line::new().code(".summary what is known");
    let written = incident.last(|event| matches!(event, Event::Summarized { .. }));
    let (Some(summary), Some(written)) = (&incident.summary, written) else {
        return Line::new()
            .text(format!("Incident {} has no summary yet; ", incident.id))
            .join(write)
            .text(" writes one.")
            .into();
    };
    let by = people::author(context.people, &written.author);
    let head = Line::new().bold(format!("Summary of incident {}", incident.id)).text(format!(" (by {by}, "));
    Message::from(head.time(written.at).text(")"))
        .line(Line::quote(&people::named(context.people, summary)))
        .line(Line::aside().join(write).text(" writes it anew."))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use crate::core::rehearsal::Rehearsal;

    #[test]
    fn it_is_shown_back_whole_and_counts_as_an_update() {
        let mut room = Rehearsal::burning();
        room.alice(".summary").says("Incident 1 has no summary yet; `.summary what is known` writes one.");
        room.alice(".summary Payments fail.\n\n• Europe only\n<!channel> <@U0BOB> rolls back")
            .says("Summary of incident 1 now\n> Payments fail.\n\n• Europe only\n<!channel> @U0BOB rolls back");
        assert_eq!(room.incident().last_update, Some(room.now()));
        room.bob(".summary").says(
            "Summary of incident 1 (by Alice, 2024-02-28 17:01 UTC)\n\
             > Payments fail.\n\n• Europe only\n<!channel> @Bob rolls back\n\
             `.summary what is known` writes it anew.",
        );
    }

    #[test]
    fn the_same_again_changes_nothing() {
        let mut room = Rehearsal::burning();
        room.alice(".summary Payments fail").answer();
        let updated = room.now();
        room.advance(SignedDuration::from_mins(5));
        room.bob(".summary Payments fail").is_already();
        assert_eq!(room.incident().last_update, Some(updated));
        room.bob(".summary payments fail").says("Summary of incident 1 now\n> payments fail");
    }

    #[test]
    fn it_is_shown_in_every_state_and_written_in_an_updatable_incident() {
        Rehearsal::burning().alice_in_main(".summary").is_refused(
            "`.summary` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        insta::assert_snapshot!(Rehearsal::in_every_state(".summary"), @r"
        started: Incident 1 has no summary yet; `.summary what is known` writes one.
        acknowledged: Incident 1 has no summary yet; `.summary what is known` writes one.
        mitigated: Incident 1 has no summary yet; `.summary what is known` writes one.
        blocked: Incident 1 has no summary yet; `.summary what is known` writes one.
        resolved: Incident 1 has no summary yet; `.summary what is known` writes one.
        review_…: Incident 1 has no summary yet; `.summary what is known` writes one.
        ready_for_review: Incident 1 has no summary yet; `.summary what is known` writes one.
        completed: Incident 1 has no summary yet; `.summary what is known` writes one.
        canceled: Incident 1 has no summary yet; `.summary what is known` writes one.
        archived: Incident 1 has no summary yet; `.summary what is known` writes one.
        ");
        insta::assert_snapshot!(Rehearsal::in_every_state(".summary Payments fail"), @r"
        started: Summary of incident 1 now
        > Payments fail
        acknowledged: Summary of incident 1 now
        > Payments fail
        mitigated: Summary of incident 1 now
        > Payments fail
        blocked: Summary of incident 1 now
        > Payments fail
        resolved: Summary of incident 1 now
        > Payments fail
        review_…: Summary of incident 1 now
        > Payments fail
        ready_for_review: Summary of incident 1 now
        > Payments fail
        completed: exclamation: `.summary` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.summary` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.summary` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
    }
}
