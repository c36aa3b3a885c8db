//! Incidents: the one commit by which they change, and what is read of them.

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use tokio::sync::OwnedMutexGuard;

use super::entity::{event, incident};
use super::inbox::InboxId;
use super::instant::micros;
use super::outbox::OutboxRow;
use super::projection::{self, EventRow, signed, unsigned};
use super::tracking::Changed;
use super::write::{Answer, Change, CommitRows, Finished, IncidentRows, NewEvent, Rewritten, Write, unexpected};
use super::{Side, Store, StoreError, chain, sql};
use crate::core::board::BoardEntry;
use crate::core::effect::Effect;
use crate::core::event::{Recorded, fold};
use crate::core::ids::{ChannelId, IncidentId};
use crate::core::incident::Incident;
use crate::core::state::State;

/// An incident after a decision, made ready to be stored.
#[derive(Clone, Debug)]
pub struct After {
    id: IncidentId,
    rows: IncidentRows,
}

impl After {
    /// The incident as the decision leaves it, decided on version `before`: its events beyond that version are new.
    /// Without new events, the commit still fails when the stored version is not `before`. `next_due` is when the
    /// incident has to be looked at for reminders, as [`next_due`](crate::core::nags::next_due) tells.
    pub fn new(after: &Incident, before: u64, at: Timestamp, next_due: Option<Timestamp>) -> Result<Self, StoreError> {
        let events =
            after.events.since(before).map(|recorded| new_event(after.id, recorded)).collect::<Result<_, _>>()?;
        let change = Change { row: projection::row(after, at, next_due)?, before: signed(before) };
        Ok(Self { id: after.id, rows: IncidentRows { change, events, rewritten: Vec::new(), changed: None } })
    }

    /// With these changes of earlier events.
    pub(super) fn with_rewritten(mut self, rewritten: Vec<Rewritten>) -> Self {
        self.rows.rewritten = rewritten;
        self
    }

    /// The incident's tracking issue has to know of it.
    #[must_use]
    pub fn to_be_tracked(mut self) -> Self {
        let row = &self.rows.change.row;
        self.rows.changed = Some(Changed { incident: row.number, changed_seq: row.version });
        self
    }

    /// It has to be looked at then because it may be time to put it away, as
    /// [`next_due`](crate::core::archival::next_due) tells.
    #[must_use]
    pub fn archived_at(mut self, due: Option<Timestamp>) -> Self {
        self.rows.change.row.archive_due = due.map(micros);
        self
    }
}

/// What is committed together.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The incident after, when one is concerned.
    pub incident: Option<After>,
    /// What is to be said and done outside.
    pub effects: Vec<Effect>,
    /// The inbox row that is finished by it.
    pub inbox: Option<InboxId>,
    /// When it was decided.
    pub at: Timestamp,
}

/// What was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The effects as they now wait in the outbox, in their order. One that a later one of the same commit replaces is
    /// left out. A replaceable one has replaced all of its kind that waited in its lane before.
    pub outbox: Vec<OutboxRow>,
}

/// The number of an incident that is about to be declared.
#[derive(Debug)]
pub struct NextNumber {
    /// The number.
    pub id: IncidentId,
    /// Others are given theirs when this is committed or given up.
    _turn: OwnedMutexGuard<()>,
}

/// Which incidents the board lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BoardFilter {
    /// Those that burn, are mitigated or blocked: what `.status` lists.
    Active,
    /// Those that are not put away: what `.breakings` lists.
    Live,
}

impl BoardFilter {
    fn admits(self, state: State) -> bool {
        match self {
            Self::Active => state.is_active(),
            Self::Live => state.is_live(),
        }
    }
}

impl Store {
    /// The number of the next incident. Its commit takes it, so that no number is left out when a commit fails. When
    /// another copy took it meanwhile, the commit fails with [`StoreError::VersionConflict`]; in this copy nobody else is
    /// given it before [`NextNumber`] is dropped.
    pub async fn next_number(&self) -> Result<NextNumber, StoreError> {
        let turn = self.numbering().await?;
        let last = self.read((), |(), db| async move { sql::last_number(&db).await }).await?;
        let last = last.ok_or_else(|| StoreError::corrupt("the counter", "it has no row"))?;
        Ok(NextNumber { id: IncidentId(last + 1), _turn: turn })
    }

    /// Commits all of it or nothing: the incident with its new events, the effects, the end of the inbox row.
    ///
    /// [`StoreError::AlreadyDone`] when the inbox row was finished meanwhile, [`StoreError::VersionConflict`] when the
    /// incident changed since, [`StoreError::ChannelTaken`] when its channel belongs to another.
    pub async fn commit(&self, commit: Commit) -> Result<Committed, StoreError> {
        self.commit_with(commit, None).await
    }

    pub(super) async fn commit_with(&self, commit: Commit, set_aside: Option<String>) -> Result<Committed, StoreError> {
        let Commit { incident, effects, inbox, at } = commit;
        let id = incident.as_ref().map(|after| after.id);
        let outbox = OutboxRow::outgoing(&effects, id, inbox, at)?;
        let rows = CommitRows {
            incident: incident.map(|after| after.rows),
            outbox,
            finishes: inbox.map(|id| Finished { id: id.0, done_at: micros(at), set_aside }),
        };
        match self.write(Write::Commit(Box::new(rows))).await? {
            Answer::Committed(ids) => {
                let outbox = OutboxRow::stored(effects, &ids, id, inbox, at);
                for row in &outbox {
                    self.tell(Side::Outbox, &row.lane);
                }
                Ok(Committed { outbox })
            }
            other => Err(unexpected(&other)),
        }
    }

    /// The incident that its stored events make.
    pub async fn load(&self, id: IncidentId) -> Result<Option<Incident>, StoreError> {
        let query = events_of(id);
        let rows = self.read(query, |query, db| async move { query.into_model::<EventRow>().all(&db).await }).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let events = rows.iter().map(projection::recorded).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(fold(id, events)))
    }

    /// The incident as its row has it, without its events. It is what [`load`](Self::load) makes of the events.
    pub async fn projection(&self, id: IncidentId) -> Result<Option<Incident>, StoreError> {
        let query = incident::Entity::find_by_id(id.0);
        let row = self.read(query, |query, db| async move { query.one(&db).await }).await?;
        row.as_ref().map(projection::incident).transpose()
    }

    /// How many events the incident has; 0 when there is no such incident.
    pub async fn version(&self, id: IncidentId) -> Result<u64, StoreError> {
        let query = incident::Entity::find_by_id(id.0).select_only().column(incident::Column::Version);
        Ok(unsigned(
            self.read(query, |query, db| async move { query.into_tuple::<i64>().one(&db).await })
                .await?
                .unwrap_or_default(),
        ))
    }

    /// The incident whose channel it is.
    pub async fn incident_of_channel(&self, channel: &ChannelId) -> Result<Option<IncidentId>, StoreError> {
        Ok(self
            .read(of_channel(channel), |query, db| async move { query.into_tuple::<i64>().one(&db).await })
            .await?
            .map(IncidentId))
    }

    /// The channels of all incidents that are not put away.
    pub async fn live_channels(&self) -> Result<Vec<(ChannelId, IncidentId)>, StoreError> {
        let query = incident::Entity::find()
            .select_only()
            .columns([incident::Column::Channel, incident::Column::Number])
            .filter(live())
            .filter(incident::Column::Channel.is_not_null())
            .order_by_asc(incident::Column::Number);
        let rows =
            self.read(query, |query, db| async move { query.into_tuple::<(String, i64)>().all(&db).await }).await?;
        Ok(rows.into_iter().map(|(channel, number)| (ChannelId::from(channel), IncidentId(number))).collect())
    }

    /// The incidents that are not put away, channel or not.
    pub async fn live_incidents(&self) -> Result<Vec<IncidentId>, StoreError> {
        let query = incident::Entity::find()
            .select_only()
            .column(incident::Column::Number)
            .filter(live())
            .order_by_asc(incident::Column::Number);
        Ok(self
            .read(query, |query, db| async move { query.into_tuple::<i64>().all(&db).await })
            .await?
            .into_iter()
            .map(IncidentId)
            .collect())
    }

    /// The incidents at a glance, by their number.
    pub async fn board(&self, which: BoardFilter) -> Result<Vec<BoardEntry>, StoreError> {
        let rows = self.read(on_board(which), |query, db| async move { query.all(&db).await }).await?;
        rows.iter().map(projection::board_entry).collect()
    }
}

/// The row of a new event, its texts committed.
fn new_event(incident: IncidentId, recorded: &Recorded) -> Result<NewEvent, StoreError> {
    let mut row = projection::event_row(incident, recorded)?;
    let content = chain::commit(&mut row).map_err(|why| StoreError::corrupt("an event", why))?;
    Ok(NewEvent { row, content })
}

/// In the words of the index, which a bound value would not match.
fn live() -> Expr {
    Expr::cust("live = TRUE")
}

pub(super) fn events_of(id: IncidentId) -> Select<event::Entity> {
    use event::Column::{At, Author, Incident, Payload, Seq, Source};
    event::Entity::find()
        .select_only()
        .columns([Seq, At, Author, Payload, Source])
        .filter(Incident.eq(id.0))
        .order_by_asc(Seq)
}

pub(super) fn of_channel(channel: &ChannelId) -> Select<incident::Entity> {
    incident::Entity::find()
        .select_only()
        .column(incident::Column::Number)
        .filter(incident::Column::Channel.eq(channel.as_str()))
}

pub(super) fn on_board(which: BoardFilter) -> Select<incident::Entity> {
    let states = State::all().filter(|state| which.admits(*state)).map(State::word);
    incident::Entity::find()
        .filter(live())
        .filter(incident::Column::State.is_in(states))
        .order_by_asc(incident::Column::Number)
}
