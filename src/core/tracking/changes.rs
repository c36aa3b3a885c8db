//! What an incident's issue has to know: told from the incident's events alone, so that nothing is sent that did not
//! change, and nothing that the tracker itself caused.

use jiff::Timestamp;

use super::description::{Writing, item};
use super::{ActionItem, Fields, Issue, Phase, Who};
use crate::core::document::Document;
use crate::core::event::{Event, Recorded};
use crate::core::incident::{Incident, Role};
use crate::core::state::State;
use crate::core::words::people::{self, Names};

/// How an incident's issue stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tracking {
    /// The last event that the issue has to know.
    pub changed: u64,
    /// Up to which event comments and child issues may have been made.
    pub attempted: u64,
    /// Since when something may have been made, until the issue is up to date.
    pub attempted_at: Option<Timestamp>,
    /// Up to which event it was brought.
    pub synced: u64,
    /// When.
    pub synced_at: Option<Timestamp>,
    /// Which issue it is.
    pub issue: Option<Issue>,
    /// The phase that it was told last.
    pub phase: Option<Phase>,
    /// The tracker's own name of the status in which it was seen last.
    pub status: Option<String>,
    /// Whether somebody else had put it there.
    pub by_hand: bool,
    /// Why it was refused, if it was and nothing was done since.
    pub trouble: Option<Trouble>,
    /// What is on its way to it.
    pub waiting: Option<Waiting>,
}

/// Why an issue was not brought up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What the tracker said.
    pub why: String,
    /// When.
    pub at: Timestamp,
}

/// What is on its way to an issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Since when.
    pub since: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// What came of the last try.
    pub why: Option<String>,
}

/// How an issue stands after it was made or brought up to date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Synced {
    /// Which issue it is.
    pub issue: Option<Issue>,
    /// Up to which event it was brought.
    pub seq: u64,
    /// The phase that it was told last.
    pub phase: Option<Phase>,
    /// The tracker's own name of its status, when that was seen.
    pub status: Option<String>,
    /// Whether somebody else put it there.
    pub by_hand: bool,
}

/// What an issue has to know beyond what it says of the incident as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Comm updates, in order, each by its event.
    pub comments: Vec<(u64, Document)>,
    /// Action items, likewise.
    pub items: Vec<(u64, ActionItem)>,
}

/// The last event of which the issue has to know, if there is one beyond `since`.
pub fn last_change(incident: &Incident, since: u64) -> Option<u64> {
    let recent = incident.events.iter().rev().take_while(|recorded| recorded.seq > since);
    recent.filter(|recorded| concerns(&recorded.event)).map(|recorded| recorded.seq).next()
}

/// Whether the issue has to know of these events. What happened to an incident that was over already before the bot had a
/// tracker is nobody's issue.
pub fn concern(before: &Incident, after: &Incident, events: &[Recorded]) -> bool {
    let goes_on = |incident: &Incident| incident.state.is_updatable() && incident.channel.is_some();
    let is_tracked = after.issue.is_some() || goes_on(before) || goes_on(after);
    is_tracked && events.iter().any(|recorded| concerns(&recorded.event))
}

/// What happened to the incident, without what its issue need not know: what it says depends on nothing else.
pub(super) fn to_be_told(incident: &Incident) -> Incident {
    let mut told = incident.clone();
    told.events.retain(|one| concerns(&one.event) || matches!(one.event, Event::Declared { .. }));
    // It need not say where it is itself.
    told.issue = None;
    told
}

fn concerns(event: &Event) -> bool {
    match event {
        Event::Opened { .. }
        | Event::RoleTaken { .. }
        | Event::Acknowledged { .. }
        | Event::Mitigated { .. }
        | Event::Unmitigated
        | Event::Resolved { .. }
        | Event::Unresolved
        | Event::Restarted
        | Event::Canceled { .. }
        | Event::Uncanceled
        | Event::MomentSet { .. }
        | Event::MomentCleared { .. }
        | Event::Captured { .. }
        | Event::Uncaptured { .. }
        | Event::Titled { .. }
        | Event::Summarized { .. }
        | Event::Notified { .. }
        | Event::ComponentAdded { .. }
        | Event::ComponentRemoved { .. }
        | Event::AffectedAdded { .. }
        | Event::AffectedRemoved { .. }
        | Event::Blocked { .. }
        | Event::Unblocked { .. }
        | Event::Prioritized { .. }
        | Event::CodeChanged { .. }
        | Event::FactorFound { .. }
        | Event::ActionItemAdded { .. }
        | Event::Noted { .. }
        | Event::ReadyForReview
        | Event::Completed
        // Their words are to go from there, too.
        | Event::Forgotten { .. } => true,
        Event::Declared { .. }
        | Event::IntroPosted { .. }
        | Event::ReviewStepped { .. }
        | Event::Archived
        | Event::Unarchived
        | Event::ChannelArchived
        | Event::ChannelUnarchived
        | Event::ChannelRenamed { .. }
        | Event::Nagged { .. }
        | Event::NagPosted { .. }
        | Event::Snoozed { .. }
        | Event::Unsnoozed { .. }
        | Event::CaptureSeconded { .. }
        | Event::CaptureLeft { .. }
        | Event::ArchivalAnnounced { .. }
        | Event::ArchivalPostponed { .. }
        | Event::ArchivingFailed { .. }
        | Event::ArchivingRepeated
        | Event::ReportAsked
        | Event::ReportDrafted { .. }
        | Event::ReportRefused { .. }
        // What the tracker itself caused: telling it would never end.
        | Event::IssueLinked { .. }
        | Event::ActionItemTracked { .. }
        | Event::IssueMoved { .. } => false,
    }
}

/// The comm updates and action items beyond `since`.
pub fn changes(incident: &Incident, since: u64, names: &Names, writing: &mut Writing<'_>) -> Changes {
    let mut changes = Changes::default();
    for recorded in incident.events.iter().filter(|recorded| recorded.seq > since) {
        match &recorded.event {
            Event::Notified { text } => {
                changes.comments.push((recorded.seq, writing.comment(recorded, text)));
            }
            Event::ActionItemAdded { title, detail } => {
                let item = item(recorded, title, detail.as_ref(), incident, names);
                changes.items.push((recorded.seq, item));
            }
            _ => {}
        }
    }
    changes
}

/// Where the incident stands. An archived one is what it was before.
pub fn phase(incident: &Incident) -> Phase {
    let before_archived = match incident.state {
        State::Archived if incident.moments.canceled.is_some() => State::Canceled,
        State::Archived => State::Completed,
        other => other,
    };
    Phase::of(before_archived).unwrap_or(Phase::Completed)
}

/// All that the issue says of the incident. `names` has everybody who is involved.
pub fn fields(incident: &Incident, names: &Names, writing: &mut Writing<'_>) -> Fields {
    let words = |prose| people::named(names, prose).one_line().readable();
    let person = |role| {
        let person = names.get(incident.roles.get(role)?)?;
        Some((role, Who { name: person.name.clone(), email: person.email.clone() }))
    };
    Fields {
        title: words(&incident.title),
        description: writing.description(),
        level: incident.level,
        components: incident.components.iter().map(words).collect(),
        people: Role::ALL.into_iter().filter_map(person).collect(),
        moments: incident.moments.clone(),
    }
}
