//! The incident and its row, both ways; an event and its row, both ways.

use sea_orm::FromQueryResult;
use serde::Serialize;
use serde::de::DeserializeOwned;

use jiff::Timestamp;

use super::entity::{event, incident};
use super::instant::{from_micros, micros, whole_event};
use super::{StoreError, instant};
use crate::core::board::BoardEntry;
use crate::core::event::{Author, Event, Log, Recorded};
use crate::core::ids::{ChannelId, DeskName, IncidentId, Level, UserId};
use crate::core::incident::{Blocker, Incident, Roles};
use crate::core::moments::Moments;
use crate::core::state::{ReviewStep, State};
use crate::core::tracking::Issue;

/// The JSON text that is stored.
pub(super) fn json<T: Serialize>(what: &str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|why| StoreError::corrupt(what, why))
}

/// What the stored JSON text says.
pub(super) fn parse<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|why| StoreError::corrupt(what, why))
}

/// The tag of an event, effect or inbound as it stands in its JSON: serde writes an enum's tag first.
pub(super) fn kind_of(json: &str) -> &str {
    json.strip_prefix(r#"{"kind":""#).and_then(|rest| rest.split('"').next()).unwrap_or_default()
}

/// The incident's row. `next_due` is what the core says of it; like `changed_at` it is not part of the incident.
pub(super) fn row(
    incident: &Incident,
    changed_at: Timestamp,
    next_due: Option<Timestamp>,
) -> Result<incident::Model, StoreError> {
    let user = |user: &Option<UserId>| user.as_ref().map(|user| user.as_str().to_owned());
    let moments = &incident.moments;
    let at = |at: Option<Timestamp>| at.map(micros);
    // Blockers carry instants in their JSON; they come from events, so they are cut like those.
    let blockers: Vec<Blocker> = incident
        .blockers
        .iter()
        .map(|blocker| Blocker {
            since: instant::whole(blocker.since),
            until: blocker.until.map(instant::whole),
            ..blocker.clone()
        })
        .collect();
    Ok(incident::Model {
        number: incident.id.0,
        version: signed(incident.version),
        state: incident.state.word().to_owned(),
        live: incident.state.is_live(),
        desk: incident.desk.as_str().to_owned(),
        title: json("a title", &incident.title)?,
        level: i32::from(incident.level.0),
        declared: micros(incident.declared),
        starter: incident.starter.as_str().to_owned(),
        declaration: incident.declaration.as_ref().map(|source| json("a source", source)).transpose()?,
        channel: incident.channel.as_ref().map(|channel| channel.as_str().to_owned()),
        channel_name: incident.channel_name.clone(),
        channel_archived: incident.channel_archived,
        point: user(&incident.roles.point),
        comms: user(&incident.roles.comms),
        triage: user(&incident.roles.triage),
        eng: user(&incident.roles.eng),
        assigned: user(&incident.roles.assigned),
        comms_since: at(incident.comms_since),
        started: at(moments.started),
        genesis: at(moments.genesis),
        detected: at(moments.detected),
        acknowledged: at(moments.acknowledged),
        mitigated: at(moments.mitigated),
        resolved: at(moments.resolved),
        ready_for_review: at(moments.ready_for_review),
        completed: at(moments.completed),
        canceled: at(moments.canceled),
        archived: at(moments.archived),
        review_step: incident.review_step.map(|step| step.word().to_owned()),
        summary: incident.summary.as_ref().map(|summary| json("a summary", summary)).transpose()?,
        last_update: at(incident.last_update),
        blockers: json("blockers", &blockers)?,
        components: json("components", &incident.components)?,
        affected: json("affected", &incident.affected)?,
        issue: incident.issue.as_ref().map(|issue| json("an issue", issue)).transpose()?,
        nags: json("reminders", &incident.nags.with_instants(instant::whole))?,
        report: json("a report's standing", &incident.report)?,
        next_due: at(next_due),
        archival: json("what is known of being put away", &incident.archival.with_instants(instant::whole))?,
        archive_due: None,
        changed_at: micros(changed_at),
    })
}

/// The incident of a row, without its events.
pub(super) fn incident(row: &incident::Model) -> Result<Incident, StoreError> {
    let step = |word: &String| {
        ReviewStep::from_word(word).ok_or_else(|| StoreError::corrupt("a review step", format_args!("{word:?}")))
    };
    Ok(Incident {
        id: IncidentId(row.number),
        version: unsigned(row.version),
        state: state(row)?,
        desk: DeskName::new(&row.desk),
        title: parse("a title", &row.title)?,
        level: level(row)?,
        declared: from_micros(row.declared)?,
        starter: UserId::new(&row.starter),
        declaration: row.declaration.as_deref().map(|text| parse("a source", text)).transpose()?,
        channel: row.channel.as_deref().map(ChannelId::new),
        channel_name: row.channel_name.clone(),
        channel_archived: row.channel_archived,
        roles: roles(row),
        comms_since: optional(row.comms_since)?,
        moments: moments(row)?,
        review_step: row.review_step.as_ref().map(step).transpose()?,
        summary: row.summary.as_deref().map(|text| parse("a summary", text)).transpose()?,
        last_update: optional(row.last_update)?,
        blockers: parse("blockers", &row.blockers)?,
        components: parse("components", &row.components)?,
        affected: parse("affected", &row.affected)?,
        issue: issue(row)?,
        nags: parse("reminders", &row.nags)?,
        archival: parse("what is known of being put away", &row.archival)?,
        report: parse("a report's standing", &row.report)?,
        events: Log::default(),
    })
}

/// The entry of a row on the board.
pub(super) fn board_entry(row: &incident::Model) -> Result<BoardEntry, StoreError> {
    let blockers: Vec<Blocker> = parse("blockers", &row.blockers)?;
    Ok(BoardEntry {
        id: IncidentId(row.number),
        state: state(row)?,
        desk: DeskName::new(&row.desk),
        title: parse("a title", &row.title)?,
        level: level(row)?,
        declared: from_micros(row.declared)?,
        channel: row.channel.as_deref().map(ChannelId::new),
        issue: issue(row)?,
        roles: roles(row),
        moments: moments(row)?,
        comms_since: optional(row.comms_since)?,
        last_update: optional(row.last_update)?,
        open_blockers: blockers.into_iter().filter(Blocker::is_open).collect(),
    })
}

fn state(row: &incident::Model) -> Result<State, StoreError> {
    State::from_word(&row.state).ok_or_else(|| StoreError::corrupt("a state", format_args!("{:?}", row.state)))
}

fn issue(row: &incident::Model) -> Result<Option<Issue>, StoreError> {
    row.issue.as_deref().map(|text| parse("an issue", text)).transpose()
}

fn level(row: &incident::Model) -> Result<Level, StoreError> {
    u8::try_from(row.level).map(Level).map_err(|why| StoreError::corrupt("a level", why))
}

fn roles(row: &incident::Model) -> Roles {
    let user = |user: &Option<String>| user.as_deref().map(UserId::new);
    Roles {
        point: user(&row.point),
        comms: user(&row.comms),
        triage: user(&row.triage),
        eng: user(&row.eng),
        assigned: user(&row.assigned),
    }
}

fn moments(row: &incident::Model) -> Result<Moments, StoreError> {
    Ok(Moments {
        started: optional(row.started)?,
        genesis: optional(row.genesis)?,
        detected: optional(row.detected)?,
        acknowledged: optional(row.acknowledged)?,
        mitigated: optional(row.mitigated)?,
        resolved: optional(row.resolved)?,
        ready_for_review: optional(row.ready_for_review)?,
        completed: optional(row.completed)?,
        canceled: optional(row.canceled)?,
        archived: optional(row.archived)?,
    })
}

fn optional(micros: Option<i64>) -> Result<Option<Timestamp>, StoreError> {
    micros.map(from_micros).transpose()
}

/// The event's row.
pub(super) fn event_row(incident: IncidentId, recorded: &Recorded) -> Result<event::Model, StoreError> {
    let payload = json::<Event>("an event", &whole_event(&recorded.event))?;
    Ok(event::Model {
        incident: incident.0,
        seq: signed(recorded.seq),
        at: micros(recorded.at),
        author: match &recorded.author {
            Author::Person(user) => Some(user.as_str().to_owned()),
            Author::Bot => None,
        },
        kind: kind_of(&payload).to_owned(),
        payload,
        source: recorded.source.as_ref().map(|source| json("a source", source)).transpose()?,
        salts: None,
        hash: None,
    })
}

/// What makes an event: its row without what only its chain is about.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct EventRow {
    pub seq: i64,
    pub at: i64,
    pub author: Option<String>,
    pub payload: String,
    pub source: Option<String>,
}

impl From<&event::Model> for EventRow {
    fn from(row: &event::Model) -> Self {
        let event::Model { seq, at, author, payload, source, .. } = row.clone();
        Self { seq, at, author, payload, source }
    }
}

/// The event of a row.
pub(super) fn recorded(row: &EventRow) -> Result<Recorded, StoreError> {
    Ok(Recorded {
        seq: unsigned(row.seq),
        at: from_micros(row.at)?,
        author: row.author.as_deref().map_or(Author::Bot, |user| Author::Person(UserId::new(user))),
        source: row.source.as_deref().map(|text| parse("a source", text)).transpose()?,
        event: parse("an event", &row.payload)?,
    })
}

/// Versions and sequences count events; they never reach the end of either type.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The other way round.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
