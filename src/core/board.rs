//! What the board tells of each incident: enough to list it without loading its events.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::ids::{ChannelId, DeskName, IncidentId, Level};
use super::incident::{Blocker, Incident, Roles};
use super::moments::Moments;
use super::prose::Prose;
use super::state::State;
use super::tracking::Issue;

/// One incident as the board tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardEntry {
    /// Its number.
    pub id: IncidentId,
    /// Its desk.
    pub desk: DeskName,
    /// What it is called.
    pub title: Prose,
    /// How bad it is.
    pub level: Level,
    /// Where it stands.
    pub state: State,
    /// When `.start` was typed (UTC).
    pub declared: Timestamp,
    /// Its moments.
    pub moments: Moments,
    /// Who plays which part.
    pub roles: Roles,
    /// Its channel, once it exists.
    pub channel: Option<ChannelId>,
    /// Its tracking issue, once it has one.
    pub issue: Option<Issue>,
    /// When comms took the role, if somebody has it.
    pub comms_since: Option<Timestamp>,
    /// When the last comm update was.
    pub last_update: Option<Timestamp>,
    /// The blockers that are still open.
    pub open_blockers: Vec<Blocker>,
}

impl From<&Incident> for BoardEntry {
    fn from(incident: &Incident) -> Self {
        Self {
            id: incident.id,
            desk: incident.desk.clone(),
            title: incident.title.clone(),
            level: incident.level,
            state: incident.state,
            declared: incident.declared,
            moments: incident.moments.clone(),
            roles: incident.roles.clone(),
            channel: incident.channel.clone(),
            issue: incident.issue.clone(),
            comms_since: incident.comms_since,
            last_update: incident.last_update,
            open_blockers: incident.open_blockers().cloned().collect(),
        }
    }
}
