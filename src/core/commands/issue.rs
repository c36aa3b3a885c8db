//! `.issue`: the tracking issue.

use super::{Context, Decision, Needs, Run, Spec};
use crate::core::incident::Incident;
use crate::core::message::Message;
use crate::core::words::tracking;

pub(super) static SPEC: Spec = Spec {
    word: "issue",
    aliases: &["ticket"],
    needs: Needs::INCIDENT,
    help: "tells where the tracking issue is",
    example: ".issue",
    reads_tracking: true,
    run: Run::Inside(|incident, _, context| Ok(Decision::says(issue(incident, context)))),
    ..Spec::PLAIN
};

fn issue(incident: &Incident, context: &Context) -> Message {
    if context.services.tracker {
        return tracking::standing(incident, context.tracking, context.now);
    }
    "No issue tracker is configured, so there is no tracking issue; ask whoever runs me to configure one.".into()
}

#[cfg(test)]
mod tests {
    use crate::core::rehearsal::Rehearsal;

    #[test]
    fn it_tells_the_truth() {
        let mut room = Rehearsal::burning();
        for word in [".issue", ".TICKET"] {
            room.alice(word).says(
                "No issue tracker is configured, so there is no tracking issue; ask whoever runs me to configure one.",
            );
        }
        room.services.tracker = true;
        room.alice(".issue").says("Incident 1 is not linked to a tracking issue yet; ask again in a minute.");
        room.alice(".issue 7").is_refused(
            "`.issue` takes no words behind it, so I did nothing; `.issue` alone tells where the tracking issue is.",
        );
    }

    #[test]
    fn it_is_told_in_every_state() {
        Rehearsal::burning().alice_in_main(".issue").is_refused(
            "`.issue` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        insta::assert_snapshot!(Rehearsal::in_every_state(".issue"), @r"
        started: No issue tracker is configured, so there is no tracking issue; ask whoever runs me to configure one.
        acknowledged: No issue tracker is configured, so there is no tracking issue; ask whoever runs me to configure one.
        mitigated: No issue tracker is configured, so there is no tracking issue; ask whoever runs me to configure one.
        blocked: No issue tracker is configured, so there is no tracking issue; ask whoever runs me to configure one.
        resolved: No issue tracker is configured, so there is no tracking issue; ask whoever runs me to configure one.
        review_…: No issue tracker is configured, so there is no tracking issue; ask whoever runs me to configure one.
        ready_for_review: No issue tracker is configured, so there is no tracking issue; ask whoever runs me to configure one.
        completed: No issue tracker is configured, so there is no tracking issue; ask whoever runs me to configure one.
        canceled: No issue tracker is configured, so there is no tracking issue; ask whoever runs me to configure one.
        archived: No issue tracker is configured, so there is no tracking issue; ask whoever runs me to configure one.
        ");
    }
}
