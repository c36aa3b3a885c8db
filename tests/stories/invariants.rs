//! What holds after every story, whatever happened in it.

use std::collections::{BTreeMap, BTreeSet};

use breakingbot::boundary::slack::{mrkdwn, topic as chat_topic};
use breakingbot::core::commands::{Heard, Place, hear};
use breakingbot::core::desk::Desk;
use breakingbot::core::ids::{ChannelId, IncidentId};
use breakingbot::core::incident::Incident;
use breakingbot::core::prose::{Piece, Prose};
use breakingbot::core::state::{State, implied};
use breakingbot::core::words::topic::topic;
use playground::{BOT_USER, MessageView, Ts};

use crate::people::Line;
use crate::story::House;

pub async fn hold(house: &House) {
    house.settles().await;
    let incidents = house.ask(|store| async move {
        let end = store.next_number().await.unwrap().id;
        let mut incidents = Vec::new();
        for id in (1..end.0).map(IncidentId) {
            if let Some(incident) = store.load(id).await.unwrap() {
                incidents.push((incident, store.projection(id).await.unwrap()));
            }
        }
        incidents
    });
    let incidents = incidents.await;
    for (incident, row) in &incidents {
        the_fold_of_the_events_is_the_row(incident, row.as_ref());
        assert_eq!(implied(incident), incident.state, "incident {}: the moments imply the state", incident.id);
        the_channel_tells_the_truth(house, incident);
    }
    let incidents: Vec<Incident> = incidents.into_iter().map(|(incident, _)| incident).collect();
    every_channel_has_one_incident(house, &incidents);
    every_command_is_answered_once(house, &incidents);
}

fn the_fold_of_the_events_is_the_row(incident: &Incident, row: Option<&Incident>) {
    let told = Incident { events: Default::default(), ..incident.clone() };
    assert_eq!(row, Some(&told), "incident {}: the fold of the events is the row", incident.id);
}

fn desk_of<'a>(house: &'a House, incident: &Incident) -> &'a Desk {
    house.making.desks.iter().find(|desk| desk.name == incident.desk).unwrap()
}

fn the_channel_tells_the_truth(house: &House, incident: &Incident) {
    let Some(channel) = &incident.channel else {
        assert_eq!(incident.state, State::Canceled, "incident {} has no channel", incident.id);
        return;
    };
    // A deleted channel tells nothing.
    let Ok(view) = house.workspace.channel(channel.as_str()) else { return };
    assert_eq!(view.name, incident.channel_name, "incident {}: the channel's name", incident.id);
    assert_eq!(view.archived, incident.channel_archived, "incident {}: the channel is archived", incident.id);
    if !view.archived {
        let truth = chat_topic::topic(&topic(incident, desk_of(house, incident)));
        assert_eq!(view.topic, truth, "incident {}: the topic tells the truth", incident.id);
    }
}

fn every_channel_has_one_incident(house: &House, incidents: &[Incident]) {
    let theirs: Vec<&ChannelId> = incidents.iter().filter_map(|incident| incident.channel.as_ref()).collect();
    let different: BTreeSet<&ChannelId> = theirs.iter().copied().collect();
    assert_eq!(theirs.len(), different.len(), "no two incidents share a channel");
    // Only the bot makes channels of its own; it is in them from the first.
    let made = house.workspace.calls().into_iter().filter(|call| call.method == "conversations.create").count();
    for channel in house.workspace.channels().iter().filter(|channel| channel.id.starts_with("C0NEW")) {
        let is_theirs = theirs.iter().any(|theirs| theirs.as_str() == channel.id);
        let by_people = !channel.members.iter().any(|member| member == BOT_USER);
        assert!(is_theirs || by_people, "#{} is no incident's, of {made} channels asked for", channel.name);
    }
}

/// Each command has one reaction, or one reply, or the reaction that refuses and one reply.
fn every_command_is_answered_once(house: &House, incidents: &[Incident]) {
    let mut expected: BTreeMap<(String, Ts), usize> = BTreeMap::new();
    for line in house.said.borrow().iter().filter(|line| is_command(house, incidents, line)) {
        let Some(message) = house.workspace.message(&line.channel, &line.ts) else { continue };
        let reactions: Vec<&str> = message
            .reactions
            .iter()
            .filter(|reaction| reaction.users.iter().any(|user| user == BOT_USER))
            .map(|reaction| reaction.name.as_str())
            .collect();
        let replies = match reactions[..] {
            ["ok"] | ["ok_hand"] => 0,
            ["exclamation"] | [] => 1,
            _ => panic!("{:?} was answered with {reactions:?}", line.raw),
        };
        *expected.entry((line.channel.clone(), line.thread.unwrap_or(line.ts))).or_default() += replies;
    }
    for ((channel, thread), replies) in expected {
        let messages = house.workspace.messages(&channel, None).unwrap_or_default();
        let given: BTreeSet<String> = messages
            .iter()
            .filter(|message| message.user == BOT_USER && message.thread_ts == Some(thread))
            .map(entry_of)
            .collect();
        let right = given.len() == replies || house.extra_answers.get() && given.len() > replies;
        assert!(right, "{replies} replies are due under {thread} in {channel}, and these were given: {given:?}");
    }
}

/// A long reply takes several messages, which are of one entry of the outbox. A file carries no metadata.
fn entry_of(message: &MessageView) -> String {
    match message.metadata.as_ref().and_then(|metadata| metadata["event_payload"]["outbox"].as_i64()) {
        Some(outbox) => format!("outbox {outbox}"),
        None => message.ts.to_string(),
    }
}

fn is_command(house: &House, incidents: &[Incident], line: &Line) -> bool {
    let of_incident = incidents.iter().find(|i| i.channel.as_ref().is_some_and(|c| c.as_str() == line.channel));
    let desks = &house.making.desks;
    let (desk, place) = match (of_incident, desks.iter().find(|desk| desk.main_channel.as_str() == line.channel)) {
        (Some(incident), _) => (desk_of(house, incident), Place::Incident),
        (None, Some(desk)) => (desk, Place::Main),
        (None, None) => (&desks[0], Place::Elsewhere),
    };
    let is_heard = house.workspace.channel(&line.channel).is_ok_and(|c| c.members.iter().any(|m| m == BOT_USER));
    is_heard && matches!(hear(&addressed(mrkdwn::decode(&line.raw)), desk, place), Heard::Command(_))
}

fn addressed(prose: Prose) -> Prose {
    match prose.trimmed().pieces() {
        [Piece::Person(user), rest @ ..] if user.as_str() == BOT_USER => rest.iter().cloned().collect(),
        _ => prose,
    }
}
