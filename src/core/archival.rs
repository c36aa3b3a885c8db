//! Archival (BEHAVIOUR §7): what is over is announced in its channel, then put away. What is due is told from the
//! incident, the desk, the time, and what was seen in the channel; the rest is part of the incident, made of its events.

mod memory;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};

pub use memory::Archival;

use super::desk::Desk;
use super::event::Event;
use super::incident::Incident;
use super::state::State;

/// How often a channel that the chat does not archive is tried again at most: over the pauses below, about ten days.
pub const ATTEMPTS: u32 = 16;
/// The first such pause. Each is twice the one before.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(30);
/// The longest.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(24);

/// What is to be done with an incident that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Its channel is told that it will be archived.
    Announce,
    /// It is put away, and its channel archived.
    Archive,
    /// Its channel, which the chat did not archive, is tried again.
    Repeat,
}

/// The next step, unless somebody says something before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// What.
    pub step: Step,
    /// When it is due.
    pub at: Timestamp,
}

/// What was seen in an incident's channel before a step is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Whether somebody has archived it already.
    pub archived: bool,
    /// When a person wrote there last, since it was quiet as far as the incident knows.
    pub spoken: Option<Timestamp>,
}

/// Since when an incident that is over counts as left alone: its end, or what a person did there later.
pub fn quiet_since(incident: &Incident) -> Option<Timestamp> {
    let end = match incident.state {
        State::Completed => incident.moments.completed,
        State::Canceled => incident.moments.canceled,
        _ => None,
    }?;
    Some(incident.archival.quiet_since.map_or(end, |quiet| quiet.max(end)))
}

/// The next step of an incident, if it is heading for one.
pub fn plan(incident: &Incident, desk: &Desk) -> Option<Planned> {
    let archival = &incident.archival;
    if incident.state == State::Archived {
        let failed = archival.failed.filter(|_| !incident.channel_archived && archival.failures < ATTEMPTS)?;
        return Some(Planned { step: Step::Repeat, at: later(failed, pause(archival.failures)) });
    }
    let (since, after) = (quiet_since(incident)?, desk.archive_after?);
    let end = later(since, after);
    let has_readers = incident.channel.is_some() && !incident.channel_archived;
    let notice = desk.announce_before.min(after);
    if !has_readers || notice.is_zero() {
        return Some(Planned { step: Step::Archive, at: end });
    }
    Some(match archival.announced {
        // Whoever was told late still has the whole time.
        Some(announced) => Planned { step: Step::Archive, at: end.max(later(announced, notice)) },
        None => Planned { step: Step::Announce, at: end.checked_sub(notice).unwrap_or(since) },
    })
}

/// When an incident has to be looked at next.
pub fn next_due(incident: &Incident, desk: &Desk) -> Option<Timestamp> {
    plan(incident, desk).map(|planned| planned.at)
}

/// The step that is due now.
pub fn due(incident: &Incident, desk: &Desk, now: Timestamp) -> Option<Step> {
    plan(incident, desk).filter(|planned| planned.at <= now).map(|planned| planned.step)
}

/// What happens to an incident that is looked at, and what was seen in its channel.
pub fn decide(incident: &Incident, desk: &Desk, now: Timestamp, seen: Seen) -> Vec<Event> {
    let Some(step) = due(incident, desk, now) else { return Vec::new() };
    if step == Step::Repeat {
        return vec![if seen.archived { Event::ChannelArchived } else { Event::ArchivingRepeated }];
    }
    if seen.archived && !incident.channel_archived {
        return vec![Event::ChannelArchived, Event::Archived];
    }
    match seen.spoken.filter(|spoken| quiet_since(incident).is_some_and(|quiet| *spoken > quiet)) {
        Some(spoken) => vec![Event::ArchivalPostponed { spoken: spoken.min(now) }],
        None if step == Step::Announce => {
            // What is planned once it is announced.
            let announced = Incident {
                archival: Archival { announced: Some(now), ..incident.archival.clone() },
                ..incident.clone()
            };
            vec![Event::ArchivalAnnounced { end: next_due(&announced, desk).unwrap_or(now) }]
        }
        None => vec![Event::Archived],
    }
}

/// After so many failures.
fn pause(failures: u32) -> SignedDuration {
    let doublings = failures.saturating_sub(1).min(16);
    FIRST_PAUSE.checked_mul(1 << doublings).map_or(LONGEST_PAUSE, |pause| pause.min(LONGEST_PAUSE))
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
