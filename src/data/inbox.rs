//! The inbox: everything that comes in is recorded here before it is acknowledged, once, and run in order.

use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};

use super::entity::inbox;
use super::incidents::{Commit, Committed};
use super::instant::{from_micros, micros, sort_key};
use super::projection::{json, parse};
use super::write::{Answer, Write, unexpected};
use super::{OutboxId, Side, Store, StoreError};
use crate::core::effect::Effect;
use crate::core::ids::MessageId;
use crate::core::inbound::Inbound;

/// An inbox row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InboxId(pub i64);

/// Something that came in, not yet recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInbound {
    key: String,
    message: Option<MessageId>,
    body: Inbound,
    received_at: Timestamp,
}

impl NewInbound {
    /// What came in under a key that is the same whenever the same thing comes again: the chat's event id.
    pub fn new(key: impl Into<String>, body: Inbound, received_at: Timestamp) -> Self {
        Self { key: key.into(), message: None, body, received_at }
    }

    /// It is a message of its channel: it is then recorded once for each message, whatever its key; it sorts by the
    /// message, not by when it was received; and its channel's mark moves to it.
    pub fn with_message(self, message: MessageId) -> Self {
        Self { message: Some(message), ..self }
    }

    /// What came of an outbox row.
    pub fn of_outbox(id: OutboxId, body: Inbound, received_at: Timestamp) -> Self {
        Self::new(format!("outbox:{}", id.0), body, received_at)
    }

    pub(super) fn row(&self) -> Result<inbox::Model, StoreError> {
        Ok(inbox::Model {
            id: 0,
            event_key: self.key.clone(),
            channel: self.body.channel().map(|channel| channel.as_str().to_owned()),
            message: self.message.as_ref().map(|message| message.as_str().to_owned()),
            lane: self.body.lane(),
            sort_key: self
                .message
                .as_ref()
                .map_or_else(|| sort_key(self.received_at), |message| message.as_str().to_owned()),
            body: json("what came in", &self.body)?,
            received_at: micros(self.received_at),
            panics: 0,
            done_at: None,
            set_aside: None,
        })
    }
}

/// What came in and is not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxRow {
    /// Its id.
    pub id: InboxId,
    /// The key under which it came.
    pub key: String,
    /// The lane in which it keeps its order.
    pub lane: String,
    /// Its place in the lane; then comes the id.
    pub sort_key: String,
    /// What came in.
    pub body: Inbound,
    /// When.
    pub received_at: Timestamp,
    /// How many actors it ended.
    pub panics: u32,
}

impl InboxRow {
    pub(super) fn of(row: inbox::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: InboxId(row.id),
            body: parse("what came in", &row.body)?,
            received_at: from_micros(row.received_at)?,
            panics: u32::try_from(row.panics).unwrap_or_default(),
            key: row.event_key,
            lane: row.lane,
            sort_key: row.sort_key,
        })
    }
}

/// Whether something came for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    /// It did, and is to be run.
    New(Box<InboxRow>),
    /// It is on record already; nothing changed.
    Known,
}

impl Store {
    /// Records what came in. Once this returns, it can be acknowledged.
    pub async fn receive(&self, new: NewInbound) -> Result<Received, StoreError> {
        let row = new.row()?;
        let (lane, sort_key) = (row.lane.clone(), row.sort_key.clone());
        match self.write(Write::Receive(Box::new(row))).await? {
            Answer::Received(None) => Ok(Received::Known),
            Answer::Received(Some(id)) => {
                self.tell(Side::Inbox, &lane);
                let NewInbound { key, body, received_at, .. } = new;
                let id = InboxId(id);
                Ok(Received::New(Box::new(InboxRow { id, key, lane, sort_key, body, received_at, panics: 0 })))
            }
            other => Err(unexpected(&other)),
        }
    }

    /// What is not finished, in the order of the lanes and of what each keeps; of one lane or of all.
    pub async fn waiting_inbound(&self, lane: Option<&str>, limit: u64) -> Result<Vec<InboxRow>, StoreError> {
        let rows = self.read(waiting(lane, limit), |query, db| async move { query.all(&db).await }).await?;
        rows.into_iter().map(InboxRow::of).collect()
    }

    /// The lanes in which something is not finished.
    pub async fn waiting_inbound_lanes(&self) -> Result<Vec<String>, StoreError> {
        self.read(waiting_lanes(), |query, db| async move { query.into_tuple::<String>().all(&db).await }).await
    }

    /// Whether the row was finished, by whichever copy.
    pub async fn is_done(&self, id: InboxId) -> Result<bool, StoreError> {
        let query = inbox::Entity::find_by_id(id.0).select_only().column(inbox::Column::DoneAt);
        let row = self.read(query, |query, db| async move { query.into_tuple::<Option<i64>>().one(&db).await }).await?;
        // Only finished rows are pruned.
        Ok(row.is_none_or(|done_at| done_at.is_some()))
    }

    /// Counts that the row ended its actor, `before` being how many it ended as far as the caller knew; gives how many
    /// that makes. Repeating it counts once.
    pub async fn panicked(&self, id: InboxId, before: u32) -> Result<u32, StoreError> {
        let panics = before.saturating_add(1);
        let stored = i32::try_from(panics).unwrap_or(i32::MAX);
        self.write(Write::CountPanic { id: id.0, panics: stored }).await?;
        Ok(panics)
    }

    /// Finishes a row that cannot be run, with the reason, and says so by these effects.
    pub async fn set_aside(
        &self,
        id: InboxId,
        why: &str,
        effects: Vec<Effect>,
        at: Timestamp,
    ) -> Result<Committed, StoreError> {
        let commit = Commit { incident: None, effects, inbox: Some(id), at };
        self.commit_with(commit, Some(why.to_owned())).await
    }
}

pub(super) fn waiting(lane: Option<&str>, limit: u64) -> Select<inbox::Entity> {
    inbox::Entity::find()
        .filter(inbox::Column::DoneAt.is_null())
        .apply_if(lane, |query, lane| query.filter(inbox::Column::Lane.eq(lane)))
        .order_by_asc(inbox::Column::Lane)
        .order_by_asc(inbox::Column::SortKey)
        .order_by_asc(inbox::Column::Id)
        .limit(limit)
}

pub(super) fn waiting_lanes() -> Select<inbox::Entity> {
    inbox::Entity::find()
        .select_only()
        .column(inbox::Column::Lane)
        .filter(inbox::Column::DoneAt.is_null())
        .group_by(inbox::Column::Lane)
        .order_by_asc(inbox::Column::Lane)
}
