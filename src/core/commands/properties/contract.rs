//! BEHAVIOUR §3 read once more, apart from the table that the machine runs on.

use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::moments::Moment;
use crate::core::state::State;

/// Whether an event may happen where it did, and led where it may lead.
pub fn is_promised(event: &Event, from: State, after: &Incident) -> bool {
    use State as S;
    let to = after.state;
    match event {
        Event::Declared { .. } => from == S::Opening && to == S::Opening,
        // A channel that comes after all finds the incident called off, or put away since.
        Event::Opened { .. } => {
            (from, to) == (S::Opening, S::Started) || matches!(from, S::Canceled | S::Archived) && from == to
        }
        Event::Acknowledged { .. } => {
            (from, to) == (S::Started, S::Acknowledged) || (from, to) == (S::Blocked, S::Blocked)
        }
        Event::Mitigated { .. } => matches!(from, S::Started | S::Acknowledged) && to == S::Mitigated,
        Event::Unmitigated => (from, to) == (S::Mitigated, S::Acknowledged),
        Event::Resolved { .. } => matches!(from, S::Started | S::Acknowledged | S::Mitigated) && to == S::Resolved,
        Event::Unresolved => matches!(from, S::Resolved | S::Review(_) | S::ReadyForReview) && to == S::Mitigated,
        Event::Restarted => {
            let acknowledged = after.moments.acknowledged.is_some();
            matches!(from, S::Mitigated | S::Resolved | S::Review(_) | S::ReadyForReview | S::Completed)
                && to == if acknowledged { S::Acknowledged } else { S::Started }
        }
        Event::Canceled { .. } => {
            let active = matches!(from, S::Started | S::Acknowledged | S::Mitigated | S::Blocked);
            (active || matches!(from, S::Opening | S::Resolved)) && to == S::Canceled
        }
        Event::Uncanceled => from == S::Canceled && !matches!(to, S::Canceled | S::Archived | S::Completed),
        Event::Blocked { .. } => from.is_active() && to == S::Blocked,
        Event::Unblocked { id } => {
            let open = after.open_blockers().any(|blocker| blocker.id == *id);
            from == S::Blocked && !open && (to == S::Blocked) == after.is_blocked()
        }
        Event::ReviewStepped { step } => matches!(from, S::Resolved | S::Review(_)) && to == S::Review(*step),
        Event::ReadyForReview => matches!(from, S::Resolved | S::Review(_)) && to == S::ReadyForReview,
        Event::Completed => matches!(from, S::Resolved | S::Review(_) | S::ReadyForReview) && to == S::Completed,
        Event::Archived => matches!(from, S::Completed | S::Canceled) && to == S::Archived,
        Event::Unarchived => from == S::Archived && matches!(to, S::Completed | S::Canceled),
        Event::RoleTaken { .. }
        | Event::MomentSet { .. }
        | Event::Titled { .. }
        | Event::Summarized { .. }
        | Event::Notified { .. }
        | Event::ComponentAdded { .. }
        | Event::ComponentRemoved { .. }
        | Event::AffectedAdded { .. }
        | Event::AffectedRemoved { .. }
        | Event::Prioritized { .. }
        | Event::CodeChanged { .. }
        | Event::Captured { .. }
        | Event::CaptureSeconded { .. }
        | Event::CaptureLeft { .. }
        | Event::Uncaptured { .. }
        | Event::MomentCleared { .. }
        | Event::FactorFound { .. }
        | Event::ActionItemAdded { .. }
        | Event::Noted { .. } => from == to && from.is_updatable() && from != S::Opening,
        Event::ArchivalAnnounced { .. } | Event::ArchivalPostponed { .. } => {
            from == to && matches!(from, S::Completed | S::Canceled)
        }
        Event::ArchivingFailed { .. } | Event::ArchivingRepeated => from == to && from == S::Archived,
        Event::Nagged { .. } => from == to && from.is_active() && after.moments.mitigated.is_none(),
        Event::Snoozed { .. } | Event::Unsnoozed { .. } => from == to && from.is_active(),
        Event::ReportAsked => from == S::Completed && to == from,
        Event::IntroPosted { .. }
        | Event::ReportDrafted { .. }
        | Event::ReportRefused { .. }
        | Event::NagPosted { .. }
        | Event::ChannelArchived
        | Event::ChannelUnarchived
        | Event::ChannelRenamed { .. }
        | Event::Forgotten { .. }
        | Event::IssueLinked { .. }
        | Event::ActionItemTracked { .. }
        | Event::IssueMoved { .. } => from == to,
    }
}

/// The moments that an event takes back.
pub fn clears(event: &Event) -> &'static [Moment] {
    use Moment as M;
    match event {
        Event::Unmitigated => &[M::Mitigated],
        Event::Unresolved => &[M::Resolved, M::ReadyForReview],
        Event::Restarted => &[M::Mitigated, M::Resolved, M::ReadyForReview, M::Completed],
        Event::Uncanceled => &[M::Canceled],
        Event::Unarchived => &[M::Archived],
        _ => &[],
    }
}

/// Whether an event may set the moment.
pub fn sets(event: &Event, moment: Moment) -> bool {
    use Moment as M;
    match event {
        Event::Opened { .. } => moment == M::Started,
        Event::Acknowledged { .. } => moment == M::Acknowledged,
        Event::Mitigated { .. } => matches!(moment, M::Mitigated | M::Acknowledged),
        Event::Resolved { .. } => matches!(moment, M::Resolved | M::Mitigated | M::Acknowledged),
        Event::MomentSet { moment: set, .. } => *set == moment,
        Event::ReadyForReview => moment == M::ReadyForReview,
        Event::Completed => moment == M::Completed,
        Event::Canceled { .. } => moment == M::Canceled,
        Event::Archived => moment == M::Archived,
        _ => false,
    }
}
