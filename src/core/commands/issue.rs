//! `.issue`: the tracking issue.

use super::{Context, Decision, Needs, Run, Spec};
use crate::core::incident::Incident;
use crate::core::message::Message;

pub(super) static SPEC: Spec = Spec {
    word: "issue",
    aliases: &["ticket"],
    needs: Needs::INCIDENT,
    help: "tells where the tracking issue is",
    example: ".issue",
    run: Run::Inside(|incident, _, context| Ok(Decision::says(issue(incident, context)))),
    ..Spec::PLAIN
};

fn issue(incident: &Incident, context: &Context) -> Message {
    if context.services.tracker {
        return format!("Incident {} is not linked to a tracking issue yet; ask again in a minute.", incident.id)
            .into();
    }
    "No issue tracker is configured, so there is no tracking issue; ask whoever runs me to configure one.".into()
}
