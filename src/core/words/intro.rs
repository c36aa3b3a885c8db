//! The first message of an incident's channel, and the welcome to who comes late.

use crate::core::desk::Desk;
use crate::core::event::Event;
use crate::core::incident::{Incident, Role};
use crate::core::message::{Line, Message};
use crate::core::when::spoken;
use crate::core::words::topic::emoji;

/// The intro: what this is, what to do next, where the runbooks are.
pub fn intro(incident: &Incident, desk: &Desk) -> Message {
    let meaning = desk.priority(incident.level).map_or_else(String::new, |priority| format!(" ({})", priority.meaning));
    let message = Message::from(Line::heading().prose(&incident.title.one_line()))
        .line(
            Line::new()
                .emoji(emoji(incident, desk))
                .text(format!(" Incident {}, {}{meaning}, declared by ", incident.id, incident.level))
                .person(&incident.starter)
                .text(" at ")
                .time(incident.declared)
                .text("."),
        )
        .line(Line::new().bold("Next steps"))
        .line(Line::item().code(".point").text(format!(" to run the response{}", called(Role::Point, desk))))
        .line(
            Line::item()
                .code(".comms")
                .text(format!(" to write updates for everybody who asks{}", called(Role::Comms, desk))),
        )
        .line(Line::item().code(".summary what is known").text(" so that who comes late can catch up"));
    let message = if desk.runbooks.is_empty() {
        message
    } else {
        message.line(Line::new().bold("Runbooks")).lines(runbooks(desk))
    };
    message.line(
        Line::aside()
            .code(".priority")
            .text(" if the level is wrong; ")
            .code(".stop")
            .text(" when it is over; ")
            .code(".commands")
            .text(" lists everything I can do."),
    )
}

/// The runbooks as a list, the one to read first on top.
pub fn runbooks(desk: &Desk) -> Vec<Line> {
    let mut runbooks: Vec<(&String, &String)> = desk.runbooks.iter().collect();
    runbooks.sort_by_key(|(_, url)| Some(url.as_str()) != desk.root_runbook());
    runbooks.into_iter().map(|(name, url)| Line::item().link(url, name)).collect()
}

/// What the desk calls a role, where that is not the command's own word.
fn called(role: Role, desk: &Desk) -> String {
    let name = desk.role_name(role);
    if name == role.word() { String::new() } else { format!(" as {name}") }
}

/// What somebody who comes late is told, once there is a summary or a comm update.
pub fn welcome(incident: &Incident, desk: &Desk) -> Option<Message> {
    let update =
        incident.last(|event| matches!(event, Event::Notified { .. })).and_then(|recorded| match &recorded.event {
            Event::Notified { text } => Some((recorded.at, text.clone())),
            _ => None,
        });
    if incident.summary.is_none() && update.is_none() {
        return None;
    }
    let mut message = Message::from(
        Line::new()
            .text("Welcome. This is incident ")
            .text(format!("{}, [{}] ", incident.id, incident.level))
            .bold_prose(&incident.title)
            .text(format!(": {}.", incident.state.spoken())),
    );
    if let Some(summary) = &incident.summary {
        message = message.line(Line::quote(summary));
    }
    if let Some((at, text)) = update {
        message = message.line(Line::new().text("Last update, ").time(at).text(":")).line(Line::quote(&text));
    }
    let metrics = incident.moments.metrics();
    if !metrics.is_empty() {
        let told = metrics.iter().map(|(metric, length)| format!("{} {}", metric.word(), spoken(*length)));
        message = message.line(told.collect::<Vec<_>>().join(" · "));
    }
    let mut lead = Line::new();
    for role in [Role::Point, Role::Comms] {
        let separator = if lead.spans.is_empty() { "" } else { ", " };
        lead = lead.text(format!("{separator}{}: ", desk.role_name(role)));
        lead = match incident.roles.get(role) {
            Some(user) => lead.person(user),
            None => lead.text("nobody"),
        };
    }
    Some(message.line(lead).line(Line::aside().code(".status").text(" tells the rest.")))
}
