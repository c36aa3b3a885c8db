//! What can be written: typed operations that can be run again, so that a batch of them can be taken apart.

use sea_orm::Value;

use super::StoreError;
use super::chain::Hash;
use super::entity::{
    channel_mark, event, history_mark, history_message, history_reaction, history_text, inbox, incident, outbox, person,
};
use super::sql::{Row, entity_values};
use super::tracking::{Attempted, Changed, SyncedRow, Troubled};

/// One write.
#[derive(Clone, Debug)]
pub(super) enum Write {
    /// Something came in.
    Receive(Box<inbox::Model>),
    /// A decision, or an inbox row that is set aside.
    Commit(Box<CommitRows>),
    /// What became of an outbox row.
    Settle(Box<Settle>),
    /// An outbox row is tried again later.
    Postpone(Postponed),
    /// A message ended its actor.
    CountPanic {
        /// The inbox row.
        id: i64,
        /// How many panics that makes.
        panics: i32,
    },
    /// A tracking issue is to be brought up to date.
    OrderSync(Box<OrderRows>),
    /// Up to which event something may have been made in the tracker.
    AttemptSync(Attempted),
    /// What is not tracked yet is to be.
    BeginTracking,
    /// When incidents have to be looked at next, and for what.
    Replan(Looking, Vec<Replanned>),
    /// A person, as the chat describes them.
    KeepPerson(Box<person::Model>),
    /// What is known of that person.
    ForgetPerson(String),
    /// Finished inbox rows, without what was forgotten.
    EraseInbound(Vec<ErasedInbound>),
    /// An incident's events that were not on its chain.
    Seal(Box<SealRows>),
    /// Up to which message a channel was seen.
    AdvanceMark(channel_mark::Model),
    /// What was said in incidents' channels.
    History(Box<HistoryRows>),
    /// Messages of the history that are not to be kept any longer.
    PruneHistory(Vec<(String, String)>),
    /// One person's part in the history, replaced.
    ForgetHistory {
        /// Who stands for them.
        by: String,
        /// Their messages.
        theirs: Vec<(String, String)>,
        /// Texts as they are from now on.
        texts: Vec<history_text::Model>,
        /// Whose reactions are somebody else's from now on.
        user: Option<String>,
    },
    /// Rows that nobody needs any more.
    Prune {
        /// Of which table.
        table: Pruning,
        /// Which.
        ids: Vec<i64>,
    },
}

/// The rows of a batch of history, each key once.
#[derive(Clone, Debug, Default)]
pub(super) struct HistoryRows {
    pub messages: Vec<history_message::Model>,
    pub texts: Vec<history_text::Model>,
    pub reactions: Vec<history_reaction::Model>,
    pub removed: Vec<Removed>,
    pub marks: Vec<history_mark::Model>,
    /// Those whose gap is closed.
    pub closed_marks: Vec<history_mark::Model>,
}

/// A message that was deleted.
#[derive(Clone, Debug)]
pub(super) struct Removed {
    pub channel: String,
    pub message: String,
    pub at: i64,
    pub withheld: bool,
}

impl Row for Removed {
    fn values(&self, into: &mut Vec<Value>) {
        into.extend([self.channel.clone().into(), self.message.clone().into()]);
        into.extend([self.at.into(), self.withheld.into()]);
    }
}

impl Row for history_message::Model {
    fn values(&self, into: &mut Vec<Value>) {
        entity_values(self, 0, into);
    }
}

impl Row for history_text::Model {
    fn values(&self, into: &mut Vec<Value>) {
        entity_values(self, 0, into);
    }
}

impl Row for history_reaction::Model {
    fn values(&self, into: &mut Vec<Value>) {
        entity_values(self, 0, into);
    }
}

impl Row for history_mark::Model {
    fn values(&self, into: &mut Vec<Value>) {
        entity_values(self, 0, into);
    }
}

/// What incidents are looked at for, each with an instant of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looking {
    /// Reminders.
    ForReminders,
    /// Whether they can be put away.
    ForArchival,
}

/// The tables that are pruned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pruning {
    Inbox,
    Outbox,
}

/// The rows of a decision.
#[derive(Clone, Debug, Default)]
pub(super) struct CommitRows {
    pub incident: Option<IncidentRows>,
    pub outbox: Vec<Outgoing>,
    pub finishes: Option<Finished>,
}

/// An effect's row.
#[derive(Clone, Debug)]
pub(super) struct Outgoing {
    pub row: outbox::Model,
    /// Whether it replaces those of its kind and lane that wait.
    pub replaces: bool,
}

/// The rows of an incident that changed.
#[derive(Clone, Debug)]
pub(super) struct IncidentRows {
    pub change: Change,
    pub events: Vec<NewEvent>,
    /// Earlier events in which something was forgotten.
    pub rewritten: Vec<Rewritten>,
    /// Its tracking issue has to know.
    pub changed: Option<Changed>,
}

/// A new event, and the hash of its content. Its place on the chain is found when it is stored.
#[derive(Clone, Debug)]
pub(super) struct NewEvent {
    pub row: event::Model,
    pub content: Hash,
}

/// An earlier event without what was forgotten in it. Its hash stays.
#[derive(Clone, Debug)]
pub(super) struct Rewritten {
    pub incident: i64,
    pub seq: i64,
    pub author: Option<String>,
    pub payload: String,
    pub source: Option<String>,
    pub salts: Option<String>,
}

/// The last events of an incident, put on its chain if it still has that version.
#[derive(Clone, Debug)]
pub(super) struct SealRows {
    pub number: i64,
    pub version: i64,
    pub events: Vec<SealedEvent>,
}

/// What puts an event on its chain.
#[derive(Clone, Debug)]
pub(super) struct SealedEvent {
    pub incident: i64,
    pub seq: i64,
    pub salts: String,
    pub hash: String,
}

/// What of a finished inbox row can hold a person's words or id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ErasedInbound {
    pub id: i64,
    pub event_key: String,
    pub message: Option<String>,
    pub sort_key: String,
    pub body: String,
}

impl ErasedInbound {
    /// As it is in the row.
    pub fn of(row: &inbox::Model) -> Self {
        Self {
            id: row.id,
            event_key: row.event_key.clone(),
            message: row.message.clone(),
            sort_key: row.sort_key.clone(),
            body: row.body.clone(),
        }
    }
}

/// An incident's row with the version it must have had. When nothing is new, only the version is checked.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub row: incident::Model,
    pub before: i64,
}

/// When an incident has to be looked at next, if it still has that version.
#[derive(Clone, Debug)]
pub(super) struct Replanned {
    pub number: i64,
    pub version: i64,
    pub next_due: Option<i64>,
}

/// An inbox row that is finished.
#[derive(Clone, Debug)]
pub(super) struct Finished {
    pub id: i64,
    pub done_at: i64,
    pub set_aside: Option<String>,
}

/// What became of an outbox row, and what follows from it.
#[derive(Clone, Debug)]
pub(super) struct Settle {
    pub id: i64,
    pub state: &'static str,
    pub sent_at: i64,
    pub settled_at: i64,
    pub receipt: Option<String>,
    pub last_error: Option<String>,
    pub comes_back: Option<inbox::Model>,
    pub outbox: Vec<Outgoing>,
    pub tracking: Option<TrackingAfter>,
}

/// How a tracking issue stands after an effect.
#[derive(Clone, Debug)]
pub(super) enum TrackingAfter {
    Synced(SyncedRow),
    Troubled(Troubled),
}

/// An order that is put into the outbox, if it is due.
#[derive(Clone, Debug)]
pub(super) struct OrderRows {
    pub incident: i64,
    pub at: i64,
    pub again_at: i64,
    pub outgoing: Vec<Outgoing>,
}

/// An outbox row that is tried again later.
#[derive(Clone, Debug)]
pub(super) struct Postponed {
    pub id: i64,
    pub last_error: String,
    pub next_attempt_at: i64,
}

impl Row for Change {
    fn values(&self, into: &mut Vec<Value>) {
        entity_values(&self.row, 0, into);
        into.push(self.before.into());
    }
}

impl Row for Replanned {
    fn values(&self, into: &mut Vec<Value>) {
        into.extend([self.number.into(), self.version.into(), self.next_due.into()]);
    }
}

impl Row for Rewritten {
    fn values(&self, into: &mut Vec<Value>) {
        into.extend([self.incident.into(), self.seq.into(), self.author.clone().into(), self.payload.clone().into()]);
        into.extend([self.source.clone().into(), self.salts.clone().into()]);
    }
}

impl Row for SealedEvent {
    fn values(&self, into: &mut Vec<Value>) {
        into.extend([self.incident.into(), self.seq.into(), self.salts.clone().into(), self.hash.clone().into()]);
    }
}

impl Row for ErasedInbound {
    fn values(&self, into: &mut Vec<Value>) {
        into.extend([self.id.into(), self.event_key.clone().into(), self.message.clone().into()]);
        into.extend([self.sort_key.clone().into(), self.body.clone().into()]);
    }
}

impl Row for Finished {
    fn values(&self, into: &mut Vec<Value>) {
        into.extend([self.id.into(), self.done_at.into(), self.set_aside.clone().into()]);
    }
}

impl Settle {
    /// Whether nothing follows from it.
    pub fn is_all(&self) -> bool {
        self.comes_back.is_none() && self.outbox.is_empty() && self.tracking.is_none()
    }
}

impl Row for Settle {
    fn values(&self, into: &mut Vec<Value>) {
        into.extend([self.id.into(), self.state.into(), self.sent_at.into(), self.settled_at.into()]);
        into.extend([self.receipt.clone().into(), self.last_error.clone().into()]);
    }
}

impl Row for Postponed {
    fn values(&self, into: &mut Vec<Value>) {
        into.extend([self.id.into(), self.last_error.clone().into(), self.next_attempt_at.into()]);
    }
}

impl Row for inbox::Model {
    fn values(&self, into: &mut Vec<Value>) {
        entity_values(self, 1, into);
    }
}

impl Row for outbox::Model {
    fn values(&self, into: &mut Vec<Value>) {
        entity_values(self, 1, into);
    }
}

impl Row for event::Model {
    fn values(&self, into: &mut Vec<Value>) {
        entity_values(self, 0, into);
    }
}

impl Row for incident::Model {
    fn values(&self, into: &mut Vec<Value>) {
        entity_values(self, 0, into);
    }
}

impl Row for channel_mark::Model {
    fn values(&self, into: &mut Vec<Value>) {
        entity_values(self, 0, into);
    }
}

impl Row for person::Model {
    fn values(&self, into: &mut Vec<Value>) {
        entity_values(self, 0, into);
    }
}

/// What a write gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Nothing but that it is done.
    Done,
    /// The inbox row's id when it is new.
    Received(Option<i64>),
    /// The outbox rows' ids in the order of the effects; `None` for one that a later one of the same commit replaces.
    Committed(Vec<Option<i64>>),
    /// Whether the outbox row was waiting, and what follows from that.
    Settled(Option<AfterSettling>),
}

/// What followed from settling an outbox row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AfterSettling {
    /// The id of the inbox row, when it is new.
    pub came_back: Option<i64>,
    /// The ids of the effects.
    pub outbox: Vec<Option<i64>>,
}

impl Write {
    /// What must stay in order: writes of one lane never overtake each other.
    pub fn lane(&self) -> Lane<'_> {
        match self {
            Self::Receive(row) => Lane::Text(&row.lane),
            Self::Commit(rows) => match (&rows.incident, rows.outbox.first(), &rows.finishes) {
                (Some(incident), _, _) => Lane::Number(incident.change.row.number),
                (None, Some(outgoing), _) => Lane::Text(&outgoing.row.lane),
                (None, None, finished) => Lane::Number(finished.as_ref().map_or(0, |finished| finished.id)),
            },
            Self::Settle(settle) => Lane::Number(settle.id),
            Self::Postpone(postponed) => Lane::Number(postponed.id),
            Self::CountPanic { id, .. } => Lane::Number(*id),
            Self::OrderSync(rows) => Lane::Number(rows.incident),
            Self::AttemptSync(attempted) => Lane::Number(attempted.incident),
            Self::BeginTracking => Lane::Text("tracking"),
            Self::Replan(_, rows) => Lane::Number(rows.first().map_or(0, |row| row.number)),
            Self::KeepPerson(person) => Lane::Text(&person.id),
            Self::ForgetPerson(person) => Lane::Text(person),
            Self::EraseInbound(rows) => Lane::Number(rows.first().map_or(0, |row| row.id)),
            Self::Seal(rows) => Lane::Number(rows.number),
            Self::AdvanceMark(mark) => Lane::Text(&mark.channel),
            Self::History(_) | Self::PruneHistory(_) | Self::ForgetHistory { .. } => Lane::Text("history"),
            Self::Prune { .. } => Lane::Text("prune"),
        }
    }

    /// Whether nobody waits for it: that an effect was sent is noted, and nothing follows. Until then the effect counts as
    /// waiting, and is looked up before it is repeated.
    pub fn is_patient(&self) -> bool {
        match self {
            Self::Settle(settle) => settle.is_all(),
            Self::Postpone(_) => true,
            _ => false,
        }
    }

    /// Whether it is many rows that no command waits for: the history, and what is removed after its time.
    pub fn is_housekeeping(&self) -> bool {
        matches!(self, Self::History(_) | Self::PruneHistory(_) | Self::ForgetHistory { .. } | Self::Prune { .. })
    }

    /// The incident that it changes or checks.
    pub fn incident(&self) -> Option<i64> {
        match self {
            Self::Commit(rows) => rows.incident.as_ref().map(|incident| incident.change.row.number),
            Self::Seal(rows) => Some(rows.number),
            _ => None,
        }
    }
}

/// What a write is kept in order by.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) enum Lane<'a> {
    Text(&'a str),
    Number(i64),
}

/// An answer of another kind than the write's cannot come; if it did, the reader is told rather than panicked.
pub(super) fn unexpected(answer: &Answer) -> StoreError {
    StoreError::corrupt("the answer to a write", format_args!("{answer:?}"))
}
