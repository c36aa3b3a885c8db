//! When each kind of reminder is due, and why.

use jiff::{SignedDuration, Timestamp};

use super::Nag;
use crate::core::board::BoardEntry;
use crate::core::desk::{Desk, NagIntervals};
use crate::core::incident::{Incident, Role};
use crate::core::state::State;

/// The first reminder about a role comes so long after the start (BEHAVIOUR §6). So much time has also who takes an
/// incident up again.
pub const FIRST: SignedDuration = SignedDuration::from_secs(180);

/// From the third one on, a reminder about a role mentions the on-call group (BEHAVIOUR §6).
const GROUP_FROM: u32 = 3;

/// A reminder that will be sent unless somebody answers before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// What it asks for.
    pub nag: Nag,
    /// Since when that is missing.
    pub since: Timestamp,
    /// When it is due.
    pub due: Timestamp,
    /// When it is sent: when it is due, or when nothing holds it back any more.
    pub at: Timestamp,
    /// What holds it back.
    pub wait: Option<Wait>,
    /// How long after `since` the first one is due.
    pub after: SignedDuration,
    /// How often it is repeated.
    pub every: SignedDuration,
    /// How many of this kind it makes since the last answer.
    pub number: u32,
    /// Whether it is the one that escalates.
    pub escalates: bool,
    /// Whether it follows the escalation, after which they come half as often.
    pub slowed: bool,
}

/// What holds a reminder back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Somebody snoozed it.
    Snoozed,
    /// It would be sent in quiet hours.
    Quiet,
}

impl Planned {
    /// Whether it mentions the desk's on-call group.
    pub fn mentions_group(&self) -> bool {
        self.escalates || self.nag.is_about_a_role() && self.number >= GROUP_FROM
    }
}

/// Something that is missing.
struct Missing {
    nag: Nag,
    since: Timestamp,
    after: SignedDuration,
    every: SignedDuration,
}

/// Every reminder that the incident is heading for, in a fixed order. Empty when it sends none.
pub fn plan(incident: &Incident, desk: &Desk) -> Vec<Planned> {
    missing(incident, desk).iter().map(|missing| planned(missing, incident, desk)).collect()
}

/// The reminders that are due now.
pub fn due(incident: &Incident, desk: &Desk, now: Timestamp) -> Vec<Planned> {
    if desk.quiet_end(incident.level, now).is_some() {
        return Vec::new();
    }
    plan(incident, desk).into_iter().filter(|planned| planned.at <= now).collect()
}

/// When the incident has to be looked at next, as seen from `now`: never before it, and never in quiet hours. `None`
/// when no reminder is planned.
pub fn next_due(incident: &Incident, desk: &Desk, now: Timestamp) -> Option<Timestamp> {
    plan(incident, desk)
        .into_iter()
        .map(|planned| {
            let at = planned.at.max(now);
            desk.quiet_end(incident.level, at).unwrap_or(at)
        })
        .min()
}

/// Whether what the reminder asks for is still asked for.
pub fn is_asked_for(nag: Nag, incident: &Incident, desk: &Desk) -> bool {
    missing(incident, desk).iter().any(|missing| missing.nag == nag)
}

fn missing(incident: &Incident, desk: &Desk) -> Vec<Missing> {
    let burns = matches!(incident.state, State::Started | State::Acknowledged | State::Blocked)
        && incident.moments.mitigated.is_none()
        && incident.channel.is_some()
        && !incident.channel_archived;
    let Some(priority) = desk.priority(incident.level).filter(|_| burns) else { return Vec::new() };
    let nag = &priority.nag;
    let mut all = Vec::new();
    for (role, kind, every) in [(Role::Point, Nag::Point, nag.point), (Role::Comms, Nag::Comms, nag.comms)] {
        if let (None, Some(every)) = (incident.roles.get(role), every) {
            all.push(Missing { nag: kind, since: incident.declared, after: FIRST, every });
        }
    }
    all.extend(update(&Said::of(incident), nag));
    if let Some(every) = nag.blocker {
        all.extend(incident.open_blockers().map(|blocker| Missing {
            nag: Nag::Blocker(blocker.id),
            since: blocker.since,
            after: every,
            every,
        }));
    }
    all
}

/// What the next update counts from.
struct Said {
    declared: Timestamp,
    comms_since: Option<Timestamp>,
    last_update: Option<Timestamp>,
    blocked: bool,
}

impl Said {
    fn of(incident: &Incident) -> Self {
        Self {
            declared: incident.declared,
            comms_since: incident.roles.comms.as_ref().and(incident.comms_since),
            last_update: incident.last_update,
            blocked: incident.is_blocked(),
        }
    }
}

/// The update that comms owes. It counts from the start, or from when comms took the role if that was later, and is
/// asked for again at the comms interval.
fn update(said: &Said, nag: &NagIntervals) -> Option<Missing> {
    let taken = said.comms_since.filter(|_| !said.blocked)?;
    let (kind, last, after) = match said.last_update {
        None => (Nag::FirstUpdate, said.declared, nag.first_update?),
        Some(last) => (Nag::Update, last, nag.update?),
    };
    Some(Missing { nag: kind, since: last.max(taken), after, every: nag.comms.unwrap_or(after) })
}

/// Since when an incident of the board owes an update, when it does.
pub fn update_overdue(entry: &BoardEntry, desk: &Desk, now: Timestamp) -> Option<Timestamp> {
    let burns = matches!(entry.state, State::Started | State::Acknowledged);
    let said = Said {
        declared: entry.declared,
        comms_since: entry.roles.comms.as_ref().and(entry.comms_since),
        last_update: entry.last_update,
        blocked: !entry.open_blockers.is_empty(),
    };
    let missing = update(&said, &desk.priority(entry.level).filter(|_| burns)?.nag)?;
    Some(later(missing.since, missing.after)).filter(|due| *due <= now)
}

fn planned(missing: &Missing, incident: &Incident, desk: &Desk) -> Planned {
    let Missing { nag, since, after, every } = *missing;
    let mut due = later(since, after);
    if let Some(resumed) = incident.nags.resumed {
        due = due.max(later(resumed, FIRST));
    }
    let (mut unanswered, mut slowed) = (0, false);
    if let Some(record) = incident.nags.record(nag) {
        (unanswered, slowed) = (record.unanswered, record.escalated);
        let pace = if slowed { every.saturating_add(every) } else { every };
        due = due.max(later(record.last, pace));
    }
    let (mut at, mut wait) = (due, None);
    if let Some(until) = incident.nags.snoozed_until(nag).filter(|until| *until > at) {
        (at, wait) = (until, Some(Wait::Snoozed));
    }
    if let Some(end) = desk.quiet_end(incident.level, at) {
        (at, wait) = (end, wait.or(Some(Wait::Quiet)));
    }
    let escalates = !slowed && unanswered >= desk.escalate_after;
    Planned { nag, since, due, at, wait, after, every, number: unanswered.saturating_add(1), escalates, slowed }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
