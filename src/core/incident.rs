//! The incident: what is known about one live problem.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::archival::Archival;
use super::event::{Author, Event, Log, Recorded};
use super::ids::{BlockerId, ChannelId, DeskName, IncidentId, Level, Source, UserId};
use super::moments::Moments;
use super::nags::Nags;
use super::prose::Prose;
use super::report::Drafting;
use super::state::{ReviewStep, State};
use super::tracking::Issue;

/// A part that a person plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the response.
    Point,
    /// Writes updates.
    Comms,
    /// Handles reports and tickets.
    Triage,
    /// Leads the engineering work.
    Eng,
    /// Owns the review.
    Assigned,
}

impl Role {
    /// All, in the order they are shown.
    pub const ALL: [Self; 5] = [Self::Point, Self::Comms, Self::Triage, Self::Eng, Self::Assigned];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::Comms => "comms",
            Self::Triage => "triage",
            Self::Eng => "eng",
            Self::Assigned => "assigned",
        }
    }
}

/// Who plays which part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Roles {
    /// Who runs the response.
    pub point: Option<UserId>,
    /// Who writes updates.
    pub comms: Option<UserId>,
    /// Who handles reports and tickets.
    pub triage: Option<UserId>,
    /// Who leads the engineering work.
    pub eng: Option<UserId>,
    /// Who owns the review.
    pub assigned: Option<UserId>,
}

impl Roles {
    /// Who has the role.
    pub fn get(&self, role: Role) -> Option<&UserId> {
        match role {
            Role::Point => self.point.as_ref(),
            Role::Comms => self.comms.as_ref(),
            Role::Triage => self.triage.as_ref(),
            Role::Eng => self.eng.as_ref(),
            Role::Assigned => self.assigned.as_ref(),
        }
    }

    /// Where the role is kept.
    pub fn slot(&mut self, role: Role) -> &mut Option<UserId> {
        match role {
            Role::Point => &mut self.point,
            Role::Comms => &mut self.comms,
            Role::Triage => &mut self.triage,
            Role::Eng => &mut self.eng,
            Role::Assigned => &mut self.assigned,
        }
    }
}

/// Somebody or something outside that the response waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocker {
    /// Its number within the incident.
    pub id: BlockerId,
    /// Who or what is waited for.
    pub whom: Prose,
    /// What for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Prose>,
    /// Who said so.
    pub by: Author,
    /// Since when.
    pub since: Timestamp,
    /// Until when; open while it is not set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Blocker {
    /// Whether it is still waited for.
    pub fn is_open(&self) -> bool {
        self.until.is_none()
    }
}

/// One live problem. It changes only by [`evolve`](super::event::evolve), from the events that are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Its number.
    pub id: IncidentId,
    /// How many events made it; the version that a commit is checked against.
    pub version: u64,
    /// The state machine's state.
    pub state: State,
    /// The desk where it was declared.
    pub desk: DeskName,
    /// What it is called.
    pub title: Prose,
    /// How bad it is.
    pub level: Level,
    /// When `.start` was typed. The moment *started* is set to it once the channel exists.
    pub declared: Timestamp,
    /// Who typed `.start`.
    pub starter: UserId,
    /// The message that declared it.
    pub declaration: Option<Source>,
    /// Its channel, once it exists.
    pub channel: Option<ChannelId>,
    /// Its channel's name; before the channel exists, the name that is asked for.
    pub channel_name: String,
    /// Whether the channel is archived in the chat, by whomever.
    pub channel_archived: bool,
    /// Who plays which part.
    pub roles: Roles,
    /// When comms took the role, if somebody has it.
    pub comms_since: Option<Timestamp>,
    /// The moments.
    pub moments: Moments,
    /// Where the guided review stands; kept only between resolved and ready for review.
    pub review_step: Option<ReviewStep>,
    /// The executive summary.
    pub summary: Option<Prose>,
    /// When the last comm update was: a `.notify` or a summary.
    pub last_update: Option<Timestamp>,
    /// All blockers, closed ones too, by their number.
    pub blockers: Vec<Blocker>,
    /// The parts of the system that are concerned.
    pub components: Vec<Prose>,
    /// Who or what is hit.
    pub affected: Vec<Prose>,
    /// Its tracking issue, once it has one.
    pub issue: Option<Issue>,
    /// Which reminders were sent when, and which are snoozed.
    pub nags: Nags,
    /// What is known of its being put away.
    pub archival: Archival,
    /// How its report stands.
    pub report: Drafting,
    /// Every event so far, in order.
    pub events: Log,
}

impl Incident {
    /// An incident before its first event. Only the event `Declared` makes it mean something.
    pub fn nothing(id: IncidentId) -> Self {
        Self {
            id,
            version: 0,
            state: State::Opening,
            desk: DeskName::new(""),
            title: Prose::default(),
            level: Level(0),
            declared: Timestamp::UNIX_EPOCH,
            starter: UserId::new(""),
            declaration: None,
            channel: None,
            channel_name: String::new(),
            channel_archived: false,
            roles: Roles::default(),
            comms_since: None,
            moments: Moments::default(),
            review_step: None,
            summary: None,
            last_update: None,
            blockers: Vec::new(),
            components: Vec::new(),
            affected: Vec::new(),
            issue: None,
            nags: Nags::default(),
            archival: Archival::default(),
            report: Drafting::default(),
            events: Log::default(),
        }
    }

    /// What a channel is called: its own by name, another by its id.
    pub fn channel_called(&self, channel: &ChannelId) -> String {
        if self.channel.as_ref() == Some(channel) { self.channel_name.clone() } else { channel.to_string() }
    }

    /// Whether anything outside is waited for.
    pub fn is_blocked(&self) -> bool {
        self.open_blockers().next().is_some()
    }

    /// The blockers that are still waited for.
    pub fn open_blockers(&self) -> impl Iterator<Item = &Blocker> {
        self.blockers.iter().filter(|blocker| blocker.is_open())
    }

    /// How long a blocker was waited for until `now`. What was still open when the incident was canceled counts until
    /// then.
    pub fn waited(&self, blocker: &Blocker, now: Timestamp) -> SignedDuration {
        self.end_of(blocker, now).duration_since(blocker.since).max(SignedDuration::ZERO)
    }

    fn end_of(&self, blocker: &Blocker, now: Timestamp) -> Timestamp {
        blocker.until.unwrap_or_else(|| self.moments.canceled.map_or(now, |canceled| canceled.min(now)))
    }

    /// How long it was blocked until `now`: the time in which anything was waited for, however many at once.
    pub fn time_blocked(&self, now: Timestamp) -> SignedDuration {
        let mut waits: Vec<_> = self.blockers.iter().map(|b| (b.since, self.end_of(b, now))).collect();
        waits.sort_unstable();
        let mut counted_until = Timestamp::MIN;
        let mut total = SignedDuration::ZERO;
        for (since, until) in waits {
            let since = since.max(counted_until);
            if until > since {
                total = total.saturating_add(until.duration_since(since));
                counted_until = until;
            }
        }
        total
    }

    /// The latest event that `matches`, to tell who did it and when.
    pub fn last(&self, matches: impl Fn(&Event) -> bool) -> Option<&Recorded> {
        self.events.iter().rev().find(|recorded| matches(&recorded.event))
    }

    /// The issue of an action item, by the event that recorded it.
    pub fn issue_of(&self, item: u64) -> Option<&Issue> {
        self.events.iter().rev().find_map(|recorded| match &recorded.event {
            Event::ActionItemTracked { item: of, issue } if *of == item => Some(issue),
            _ => None,
        })
    }

    /// Since when it burns: genesis when it is known, else when it was declared.
    pub fn burning_since(&self) -> Timestamp {
        self.moments.genesis.unwrap_or(self.declared)
    }
}
