//! What happened to an incident. Events are stored and never changed; the incident is their fold.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::capture::Capture;
use super::ids::{BlockerId, ChannelId, DeskName, Level, MessageId, Source, UserId};
use super::incident::{Blocker, Incident, Role};
use super::moments::Moment;
use super::nags::{Nag, Subject};
use super::prose::Prose;
use super::report::{Draft, Drafted, Drafting};
use super::state::{self, Action, ReviewStep};
use super::tracking::Issue;

/// Who made something happen.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// A person, by a command or by what they did to the channel.
    Person(UserId),
    /// The bot by itself.
    Bot,
}

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its place among the incident's events, counted from 1 without a gap.
    pub seq: u64,
    /// When it happened (UTC): when its command was typed.
    pub at: Timestamp,
    /// Who made it happen.
    pub author: Author,
    /// The message that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// What happened.
    pub event: Event,
}

/// Events in their order. A clone shares them: an incident is copied at each decision, however much happened before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Log(Vec<Arc<Recorded>>);

impl Log {
    /// The events, the first first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Recorded> + ExactSizeIterator + Clone {
        self.0.iter().map(AsRef::as_ref)
    }

    /// The events beyond that many.
    pub fn beyond(&self, count: usize) -> impl DoubleEndedIterator<Item = &Recorded> + ExactSizeIterator + Clone {
        self.iter().skip(count)
    }

    /// The events behind that one.
    pub fn since(&self, seq: u64) -> impl DoubleEndedIterator<Item = &Recorded> + ExactSizeIterator + Clone {
        // What is new is last, and little.
        let new = self.iter().rev().take_while(|recorded| recorded.seq > seq).count();
        self.beyond(self.len() - new)
    }

    /// The latest event.
    pub fn last(&self) -> Option<&Recorded> {
        self.0.last().map(AsRef::as_ref)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds one.
    pub fn push(&mut self, recorded: Recorded) {
        self.0.push(Arc::new(recorded));
    }

    /// The event at that place, counted from 0.
    pub fn get(&self, place: usize) -> Option<&Recorded> {
        self.0.get(place).map(AsRef::as_ref)
    }

    /// Forgets those that it says no to.
    pub fn retain(&mut self, keep: impl Fn(&Recorded) -> bool) {
        self.0.retain(|recorded| keep(recorded));
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl<'a> IntoIterator for &'a Log {
    type Item = &'a Recorded;
    type IntoIter = std::iter::Map<std::slice::Iter<'a, Arc<Recorded>>, fn(&'a Arc<Recorded>) -> &'a Recorded>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(AsRef::as_ref)
    }
}

/// What can happen to an incident. Stored as JSON with the variant as `kind`: a variant or a field is never renamed,
/// and a new field has a default, so that every stored event can be read for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// `.start` was typed.
    Declared {
        /// Where.
        desk: DeskName,
        /// What it is called.
        title: Prose,
        /// How bad it is.
        level: Level,
        /// The name that is asked for its channel.
        channel_name: String,
    },
    /// The channel exists.
    Opened {
        /// The channel.
        channel: ChannelId,
        /// The name it got.
        name: String,
    },
    /// The intro stands in the channel.
    IntroPosted {
        /// The intro.
        message: MessageId,
    },
    /// Somebody took or was given a role.
    RoleTaken {
        /// The role.
        role: Role,
        /// Who has it now.
        user: UserId,
    },
    /// The response is under way.
    Acknowledged {
        /// Since when.
        at: Timestamp,
    },
    /// The effect ended.
    Mitigated {
        /// When.
        at: Timestamp,
    },
    /// The mitigation was premature.
    Unmitigated,
    /// It is over.
    Resolved {
        /// When.
        at: Timestamp,
    },
    /// The all-clear was premature.
    Unresolved,
    /// It burns again.
    Restarted,
    /// It was called off.
    Canceled {
        /// Why the bot called it off by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// It was taken up again.
    Uncanceled,
    /// A moment was set or corrected; the state stays.
    MomentSet {
        /// Which.
        moment: Moment,
        /// To when.
        at: Timestamp,
    },
    /// It is called something else.
    Titled {
        /// The new title.
        title: Prose,
    },
    /// The executive summary was written.
    Summarized {
        /// The summary.
        text: Prose,
    },
    /// A comm update.
    Notified {
        /// The update.
        text: Prose,
    },
    /// A part of the system is concerned.
    ComponentAdded {
        /// Its name.
        name: Prose,
    },
    /// A part of the system is not concerned after all.
    ComponentRemoved {
        /// Its name.
        name: Prose,
    },
    /// Somebody or something is hit.
    AffectedAdded {
        /// Who or what.
        name: Prose,
    },
    /// Somebody or something is not hit after all.
    AffectedRemoved {
        /// Who or what.
        name: Prose,
    },
    /// Something outside is waited for.
    Blocked {
        /// Its number.
        id: BlockerId,
        /// Who or what is waited for.
        whom: Prose,
        /// What for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Prose>,
    },
    /// It is not waited for any more.
    Unblocked {
        /// Its number.
        id: BlockerId,
    },
    /// It is worse, or not as bad.
    Prioritized {
        /// The new level.
        level: Level,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Prose>,
    },
    /// A code change that has to do with it.
    CodeChanged {
        /// Its address.
        url: String,
    },
    /// What contributed to it.
    FactorFound {
        /// What.
        text: Prose,
    },
    /// Something to be done.
    ActionItemAdded {
        /// What.
        title: Prose,
        /// More about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<Prose>,
    },
    /// An internal note.
    Noted {
        /// The note.
        text: Prose,
    },
    /// The guided review came to a step.
    ReviewStepped {
        /// The step.
        step: ReviewStep,
    },
    /// The review can begin.
    ReadyForReview,
    /// The review is done.
    Completed,
    /// It was put away.
    Archived,
    /// A person took it out again.
    Unarchived,
    /// The channel was archived in the chat, by a person or by us.
    ChannelArchived,
    /// The channel was unarchived in the chat.
    ChannelUnarchived,
    /// The channel was renamed in the chat.
    ChannelRenamed {
        /// Its new name.
        name: String,
    },
    /// A reminder was sent.
    Nagged {
        /// What it asks for.
        nag: Nag,
        /// Whether it is the one of its kind that escalates.
        #[serde(default)]
        escalated: bool,
    },
    /// A reminder stands in a channel.
    NagPosted {
        /// What it asks for.
        nag: Nag,
        /// The event that sent it.
        nagged: u64,
        /// The channel.
        channel: ChannelId,
        /// The message.
        message: MessageId,
    },
    /// Reminders are silent for a while.
    Snoozed {
        /// Which.
        what: Subject,
        /// Until when.
        until: Timestamp,
    },
    /// A reaction put a message on record. What it is as an action item, a factor or a moment follows as an event of its
    /// own.
    Captured {
        /// As what.
        what: Capture,
        /// When the message was sent.
        at: Timestamp,
        /// Who wrote it; `None` for a bot without a user.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        author: Option<UserId>,
        /// What it said then.
        text: Prose,
    },
    /// Another person reacted the same.
    CaptureSeconded {
        /// The event that put it on record.
        captured: u64,
    },
    /// One of several took their reaction back.
    CaptureLeft {
        /// The event that put it on record.
        captured: u64,
    },
    /// The last took theirs back, so the message is not on record any more.
    Uncaptured {
        /// The event that put it on record.
        captured: u64,
    },
    /// A moment is not set after all.
    MomentCleared {
        /// Which.
        moment: Moment,
    },
    /// Reminders are silent no more.
    Unsnoozed {
        /// Which.
        what: Subject,
    },
    /// A person was forgotten: their words in the events before are no longer there.
    Forgotten {
        /// Who stands for them now.
        user: UserId,
        /// In how many events anything was replaced.
        events: u32,
    },
    /// It has its tracking issue.
    IssueLinked {
        /// Which one that is.
        issue: Issue,
    },
    /// An action item has an issue of its own.
    ActionItemTracked {
        /// The event that recorded it.
        item: u64,
        /// Its issue.
        issue: Issue,
    },
    /// Somebody moved the tracking issue in the tracker.
    IssueMoved {
        /// To which status, by the tracker's own name.
        status: String,
    },
    /// The channel was told that it will be archived.
    ArchivalAnnounced {
        /// When, unless a person writes there before.
        end: Timestamp,
    },
    /// A person wrote in the channel of what is over.
    ArchivalPostponed {
        /// When.
        spoken: Timestamp,
    },
    /// The chat did not archive the channel.
    ArchivingFailed {
        /// Why.
        why: String,
    },
    /// The chat is asked once more to archive the channel.
    ArchivingRepeated,
    /// A draft of the report was asked for.
    ReportAsked,
    /// The draft of the report stands.
    ReportDrafted {
        /// Where.
        draft: Draft,
        /// What became of it.
        done: Drafted,
    },
    /// The draft of the report cannot be made.
    ReportRefused {
        /// Why, as one sentence with the way out.
        why: String,
    },
}

/// The types of the log's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Something happened to the incident.
    Event,
    /// An internal note.
    Note,
    /// The executive summary.
    Summary,
    /// A comm update.
    CommUpdate,
    /// A change of priority.
    Priority,
    /// A blocker.
    Blocker,
    /// A blocker that was closed.
    Unblock,
    /// Something to be done.
    ActionItem,
    /// What contributed.
    ContributingFactor,
    /// A code change.
    Pr,
    /// Who or what is hit, or no longer.
    Affected,
    /// What is concerned, or no longer.
    Component,
    /// Who plays which part.
    Role,
}

impl EntryKind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Note => "note",
            Self::Summary => "summary",
            Self::CommUpdate => "comm_update",
            Self::Priority => "priority",
            Self::Blocker => "blocker",
            Self::Unblock => "unblock",
            Self::ActionItem => "action_item",
            Self::ContributingFactor => "contributing_factor",
            Self::Pr => "pr",
            Self::Affected => "affected",
            Self::Component => "component",
            Self::Role => "role",
        }
    }
}

impl Event {
    /// The type of the log's entry that this event makes; `None` for what only the bot cares about.
    pub fn entry(&self) -> Option<EntryKind> {
        Some(match self {
            Self::IntroPosted { .. }
            | Self::ReviewStepped { .. }
            | Self::Nagged { escalated: false, .. }
            | Self::NagPosted { .. }
            | Self::ActionItemTracked { .. }
            | Self::Captured { what: Capture::ActionItem | Capture::Factor | Capture::Moment(_), .. }
            | Self::CaptureSeconded { .. }
            | Self::CaptureLeft { .. }
            | Self::Uncaptured { .. }
            | Self::ArchivalAnnounced { .. }
            | Self::ArchivalPostponed { .. }
            | Self::ArchivingFailed { .. }
            | Self::ArchivingRepeated
            | Self::ReportAsked => return None,
            Self::Declared { .. }
            | Self::Opened { .. }
            | Self::Acknowledged { .. }
            | Self::Mitigated { .. }
            | Self::Unmitigated
            | Self::Resolved { .. }
            | Self::Unresolved
            | Self::Restarted
            | Self::Canceled { .. }
            | Self::Uncanceled
            | Self::MomentSet { .. }
            | Self::MomentCleared { .. }
            | Self::Captured { what: Capture::Event, .. }
            | Self::Titled { .. }
            | Self::ReadyForReview
            | Self::Completed
            | Self::Archived
            | Self::Unarchived
            | Self::ChannelArchived
            | Self::ChannelUnarchived
            | Self::ChannelRenamed { .. }
            | Self::Nagged { escalated: true, .. }
            | Self::Snoozed { .. }
            | Self::Unsnoozed { .. }
            | Self::Forgotten { .. }
            | Self::IssueLinked { .. }
            | Self::IssueMoved { .. }
            | Self::ReportDrafted { .. }
            | Self::ReportRefused { .. } => EntryKind::Event,
            Self::RoleTaken { .. } => EntryKind::Role,
            Self::Summarized { .. } => EntryKind::Summary,
            Self::Notified { .. } => EntryKind::CommUpdate,
            Self::ComponentAdded { .. } | Self::ComponentRemoved { .. } => EntryKind::Component,
            Self::AffectedAdded { .. } | Self::AffectedRemoved { .. } => EntryKind::Affected,
            Self::Blocked { .. } => EntryKind::Blocker,
            Self::Unblocked { .. } => EntryKind::Unblock,
            Self::Prioritized { .. } => EntryKind::Priority,
            Self::CodeChanged { .. } => EntryKind::Pr,
            Self::FactorFound { .. } => EntryKind::ContributingFactor,
            Self::ActionItemAdded { .. } => EntryKind::ActionItem,
            Self::Noted { .. } => EntryKind::Note,
        })
    }

    /// What a person wrote in it.
    pub fn prose(&self) -> impl Iterator<Item = &Prose> {
        let written = match self {
            Self::Declared { title, .. } | Self::Titled { title } => [Some(title), None],
            Self::Summarized { text } | Self::Notified { text } | Self::FactorFound { text } | Self::Noted { text } => {
                [Some(text), None]
            }
            Self::ComponentAdded { name }
            | Self::ComponentRemoved { name }
            | Self::AffectedAdded { name }
            | Self::AffectedRemoved { name } => [Some(name), None],
            Self::Captured { text, .. } => [Some(text), None],
            Self::Blocked { whom, reason, .. } => [Some(whom), reason.as_ref()],
            Self::Prioritized { reason, .. } => [reason.as_ref(), None],
            Self::ActionItemAdded { title, detail } => [Some(title), detail.as_ref()],
            _ => [None, None],
        };
        written.into_iter().flatten()
    }

    /// What it does to the state machine, given the incident as it was before.
    fn action(&self, before: &Incident) -> Option<Action> {
        Some(match self {
            Self::Opened { .. } => Action::Open,
            Self::Acknowledged { .. } => Action::Ack,
            Self::Mitigated { .. } => Action::Mitigate,
            Self::Unmitigated => Action::Unmitigate,
            Self::Resolved { .. } => Action::Resolve,
            Self::Unresolved => Action::Unresolve,
            Self::Restarted => Action::Restart,
            Self::Canceled { .. } => Action::Cancel,
            Self::Uncanceled => Action::Uncancel,
            Self::Blocked { .. } if !before.is_blocked() => Action::Block,
            Self::Unblocked { id } if before.open_blockers().all(|blocker| blocker.id == *id) => Action::Unblock,
            Self::ReviewStepped { step } => Action::Next(*step),
            Self::ReadyForReview => Action::Rfr,
            Self::Completed => Action::Complete,
            Self::Archived => Action::Archive,
            Self::Unarchived => Action::Unarchive,
            _ => return None,
        })
    }
}

/// Changes the incident by what happened: the only way it changes. Total: an event that makes no sense where the
/// incident stands changes what it can and leaves the state.
pub fn evolve(incident: &mut Incident, recorded: &Recorded) {
    let action = recorded.event.action(incident);
    change(incident, recorded);
    if let Some(action) = action {
        incident.state = state::step(incident, action);
    }
    incident.version = recorded.seq;
    incident.events.push(recorded.clone());
}

fn change(incident: &mut Incident, recorded: &Recorded) {
    let at = recorded.at;
    incident.nags.remember(incident.level, recorded);
    incident.archival.remember(recorded);
    match &recorded.event {
        Event::Declared { desk, title, level, channel_name } => {
            incident.desk = desk.clone();
            incident.title = title.clone();
            incident.level = *level;
            incident.channel_name.clone_from(channel_name);
            incident.declared = at;
            incident.declaration.clone_from(&recorded.source);
            if let Author::Person(user) = &recorded.author {
                incident.starter = user.clone();
            }
        }
        Event::Opened { channel, name } => {
            incident.channel = Some(channel.clone());
            incident.channel_name.clone_from(name);
            incident.moments.started = Some(incident.declared);
        }
        Event::RoleTaken { role, user } => {
            *incident.roles.slot(*role) = Some(user.clone());
            if *role == Role::Comms {
                incident.comms_since = Some(at);
            }
        }
        Event::Acknowledged { at } => incident.moments.acknowledged = Some(*at),
        Event::Mitigated { at } => {
            incident.moments.mitigated = Some(*at);
            incident.moments.acknowledged.get_or_insert(*at);
        }
        Event::Unmitigated => incident.moments.mitigated = None,
        Event::Resolved { at } => {
            incident.moments.resolved = Some(*at);
            incident.moments.mitigated.get_or_insert(*at);
            incident.moments.acknowledged.get_or_insert(*at);
        }
        Event::Unresolved => {
            incident.moments.resolved = None;
            incident.moments.ready_for_review = None;
            incident.review_step = None;
        }
        Event::Restarted => {
            incident.moments.mitigated = None;
            incident.moments.resolved = None;
            incident.moments.ready_for_review = None;
            incident.moments.completed = None;
            incident.review_step = None;
        }
        Event::Canceled { .. } => incident.moments.canceled = Some(at),
        Event::Uncanceled => incident.moments.canceled = None,
        Event::MomentSet { moment, at } => *incident.moments.slot(*moment) = Some(*at),
        Event::MomentCleared { moment } => *incident.moments.slot(*moment) = None,
        Event::Titled { title } => incident.title = title.clone(),
        Event::Summarized { text } => {
            incident.summary = Some(text.clone());
            incident.last_update = Some(at);
        }
        Event::Notified { .. } => incident.last_update = Some(at),
        Event::ComponentAdded { name } => incident.components.push(name.clone()),
        Event::ComponentRemoved { name } => incident.components.retain(|kept| !kept.same_as(name)),
        Event::AffectedAdded { name } => incident.affected.push(name.clone()),
        Event::AffectedRemoved { name } => incident.affected.retain(|kept| !kept.same_as(name)),
        Event::Blocked { id, whom, reason } => incident.blockers.push(Blocker {
            id: *id,
            whom: whom.clone(),
            reason: reason.clone(),
            by: recorded.author.clone(),
            since: at,
            until: None,
        }),
        Event::Unblocked { id } => {
            if let Some(blocker) = incident.blockers.iter_mut().find(|b| b.id == *id && b.is_open()) {
                blocker.until = Some(at);
            }
        }
        Event::Prioritized { level, .. } => incident.level = *level,
        Event::ReviewStepped { step } => incident.review_step = Some(*step),
        Event::ReadyForReview => incident.moments.ready_for_review = Some(at),
        Event::Completed => incident.moments.completed = Some(at),
        Event::Archived => {
            incident.moments.archived = Some(at);
            incident.channel_archived = true;
        }
        Event::Unarchived => {
            incident.moments.archived = None;
            incident.channel_archived = false;
        }
        Event::ChannelArchived | Event::ArchivingRepeated => incident.channel_archived = true,
        Event::ChannelUnarchived | Event::ArchivingFailed { .. } => incident.channel_archived = false,
        Event::ChannelRenamed { name } => incident.channel_name.clone_from(name),
        Event::IssueLinked { issue } => incident.issue = Some(issue.clone()),
        Event::ReportAsked => incident.report.pending = true,
        Event::ReportDrafted { draft, .. } => {
            incident.report = Drafting { draft: Some(draft.clone()), ..Drafting::default() };
        }
        Event::ReportRefused { why } => {
            let draft = incident.report.draft.take();
            incident.report = Drafting { draft, refused: Some(why.clone()), pending: false };
        }
        Event::IntroPosted { .. }
        | Event::CodeChanged { .. }
        | Event::FactorFound { .. }
        | Event::ActionItemAdded { .. }
        | Event::Noted { .. }
        | Event::ActionItemTracked { .. }
        | Event::IssueMoved { .. }
        | Event::Captured { .. }
        | Event::CaptureSeconded { .. }
        | Event::CaptureLeft { .. }
        | Event::Uncaptured { .. }
        // Only what is remembered of reminders and of archival changes by these.
        | Event::ArchivalAnnounced { .. }
        | Event::ArchivalPostponed { .. }
        | Event::Nagged { .. }
        | Event::NagPosted { .. }
        | Event::Snoozed { .. }
        | Event::Unsnoozed { .. }
        // The events before are already without them.
        | Event::Forgotten { .. } => {}
    }
}

/// The incident that its events make.
pub fn fold(id: super::ids::IncidentId, events: impl IntoIterator<Item = Recorded>) -> Incident {
    let mut incident = Incident::nothing(id);
    for recorded in events {
        evolve(&mut incident, &recorded);
    }
    incident
}
