//! The outbox: everything that is said and done outside waits here until it is done or refused for good.
//!
//! A row is waiting, then sent, refused or replaced, and never changes again. A row that is being sent is still
//! waiting: nothing marks it. So a later topic may replace an earlier one that is on its way. That is harmless as long
//! as a lane has at most one effect on its way, which the courier keeps to: the earlier topic arrives or not, the later
//! one is sent after it, and settling the earlier one finds it replaced and changes nothing.

use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};

use super::entity::{inbox, outbox};
use super::inbox::{InboxId, InboxRow, NewInbound};
use super::instant::{from_micros, micros};
use super::projection::{json, kind_of, parse};
use super::tracking::{SyncedRow, Troubled};
use super::write::{Answer, Outgoing, Postponed, Settle, TrackingAfter, Write, unexpected};
use super::{Side, Store, StoreError};
use crate::core::effect::{Class, Destination, Effect};
use crate::core::ids::{IncidentId, MessageId};

/// An outbox row; what its message carries in its metadata. Never used again, also after the row was pruned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutboxId(pub i64);

/// An effect that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its id; lower ones were decided earlier.
    pub id: OutboxId,
    /// The incident, when it concerns one.
    pub incident: Option<IncidentId>,
    /// The inbox row that it answers.
    pub cause: Option<InboxId>,
    /// The lane in which it keeps its order.
    pub lane: String,
    /// How soon it leaves, within its lane.
    pub class: Class,
    /// What is to be done.
    pub effect: Effect,
    /// When that was decided.
    pub decided_at: Timestamp,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is to be tried next.
    pub next_attempt_at: Timestamp,
    /// What came of the last attempt.
    pub last_error: Option<String>,
}

impl OutboxRow {
    /// The rows to be stored.
    pub(super) fn outgoing(
        effects: &[Effect],
        incident: Option<IncidentId>,
        cause: Option<InboxId>,
        at: Timestamp,
    ) -> Result<Vec<Outgoing>, StoreError> {
        let row = |effect: &Effect| {
            let text = json("an effect", effect)?;
            let row = outbox::Model {
                id: 0,
                incident: incident.map(|id| id.0),
                cause: cause.map(|id| id.0),
                lane: effect.lane(incident),
                class: effect.class().rank(),
                kind: kind_of(&text).to_owned(),
                effect: text,
                decided_at: micros(at),
                state: outbox::WAITING.to_owned(),
                attempts: 0,
                next_attempt_at: micros(at),
                last_error: None,
                settled_at: None,
                receipt: None,
                sent_at: None,
            };
            Ok(Outgoing { row, replaces: effect.is_replaceable() })
        };
        effects.iter().map(row).collect()
    }

    /// The effects under the ids they got.
    pub(super) fn stored(
        effects: Vec<Effect>,
        ids: &[Option<i64>],
        incident: Option<IncidentId>,
        cause: Option<InboxId>,
        at: Timestamp,
    ) -> Vec<Self> {
        let row = |(effect, id): (Effect, &Option<i64>)| {
            Some(Self {
                id: OutboxId((*id)?),
                incident,
                cause,
                lane: effect.lane(incident),
                class: effect.class(),
                effect,
                decided_at: at,
                attempts: 0,
                next_attempt_at: at,
                last_error: None,
            })
        };
        effects.into_iter().zip(ids).filter_map(row).collect()
    }

    fn of(row: outbox::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: OutboxId(row.id),
            incident: row.incident.map(IncidentId),
            cause: row.cause.map(InboxId),
            lane: row.lane,
            class: Class::from_rank(row.class),
            effect: parse("an effect", &row.effect)?,
            decided_at: from_micros(row.decided_at)?,
            attempts: u32::try_from(row.attempts).unwrap_or_default(),
            next_attempt_at: from_micros(row.next_attempt_at)?,
            last_error: row.last_error,
        })
    }
}

/// The attempt that settled an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When it began (UTC).
    pub began: Timestamp,
    /// When the answer was there.
    pub ended: Timestamp,
}

/// What followed from settling an effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// What came of it, in the inbox.
    pub came_back: Option<InboxRow>,
    /// The effects that follow.
    pub outbox: Vec<OutboxRow>,
}

impl Store {
    /// What waits: answers before announcements before housekeeping, older ones first; of one lane or, lane by lane,
    /// of all. What is put off is among them.
    pub async fn waiting_outbox(&self, lane: Option<&str>, limit: u64) -> Result<Vec<OutboxRow>, StoreError> {
        let rows = self.read(waiting(lane, limit), |query, db| async move { query.all(&db).await }).await?;
        rows.into_iter().map(OutboxRow::of).collect()
    }

    /// The lanes in which something waits.
    pub async fn waiting_outbox_lanes(&self) -> Result<Vec<String>, StoreError> {
        self.read(waiting_lanes(), |query, db| async move { query.into_tuple::<String>().all(&db).await }).await
    }

    /// The effect was done; what came of it goes to the inbox in the same transaction. `None` when it was settled
    /// before: then nothing changes. So it can be repeated.
    pub async fn sent(
        &self,
        id: OutboxId,
        receipt: Option<MessageId>,
        attempt: Attempt,
        comes_back: Option<NewInbound>,
    ) -> Result<Option<Settled>, StoreError> {
        self.settle_sent(id, receipt, attempt, comes_back, None).await
    }

    pub(super) async fn settle_sent(
        &self,
        id: OutboxId,
        receipt: Option<MessageId>,
        attempt: Attempt,
        comes_back: Option<NewInbound>,
        synced: Option<SyncedRow>,
    ) -> Result<Option<Settled>, StoreError> {
        let settle = Settle {
            id: id.0,
            state: outbox::SENT,
            sent_at: micros(attempt.began),
            settled_at: micros(attempt.ended),
            receipt: receipt.map(|message| message.as_str().to_owned()),
            last_error: None,
            comes_back: None,
            outbox: Vec::new(),
            tracking: synced.map(TrackingAfter::Synced),
        };
        self.settle(settle, comes_back, Vec::new(), None, attempt.ended).await
    }

    /// The effect was refused for good; what came of it and the effects that say so are stored in the same transaction.
    /// `None` when it was settled before.
    pub async fn refused(
        &self,
        row: &OutboxRow,
        error: &str,
        attempt: Attempt,
        comes_back: Option<NewInbound>,
        effects: Vec<Effect>,
    ) -> Result<Option<Settled>, StoreError> {
        let settle = Settle {
            id: row.id.0,
            state: outbox::REFUSED,
            sent_at: micros(attempt.began),
            settled_at: micros(attempt.ended),
            receipt: None,
            last_error: Some(error.to_owned()),
            comes_back: None,
            outbox: OutboxRow::outgoing(&effects, row.incident, row.cause, attempt.ended)?,
            tracking: row.incident.filter(|_| row.effect.destination() == Destination::Tracker).map(|incident| {
                TrackingAfter::Troubled(Troubled {
                    incident: incident.0,
                    trouble: error.to_owned(),
                    trouble_at: micros(attempt.ended),
                })
            }),
        };
        self.settle(settle, comes_back, effects, Some(row), attempt.ended).await
    }

    async fn settle(
        &self,
        mut settle: Settle,
        comes_back: Option<NewInbound>,
        effects: Vec<Effect>,
        of: Option<&OutboxRow>,
        at: Timestamp,
    ) -> Result<Option<Settled>, StoreError> {
        let inbound = comes_back.as_ref().map(NewInbound::row).transpose()?;
        settle.comes_back.clone_from(&inbound);
        let answer = self.write(Write::Settle(Box::new(settle))).await?;
        let Answer::Settled(followed) = answer else { return Err(unexpected(&answer)) };
        let Some(followed) = followed else { return Ok(None) };
        let came_back = match (followed.came_back, inbound) {
            (Some(id), Some(inbound)) => Some(InboxRow::of(inbox::Model { id, ..inbound })?),
            _ => None,
        };
        let (incident, cause) = of.map_or((None, None), |row| (row.incident, row.cause));
        let outbox = OutboxRow::stored(effects, &followed.outbox, incident, cause, at);
        if let Some(row) = &came_back {
            self.tell(Side::Inbox, &row.lane);
        }
        for row in &outbox {
            self.tell(Side::Outbox, &row.lane);
        }
        Ok(Some(Settled { came_back, outbox }))
    }

    /// The effect is tried again at that time; the attempt is counted.
    pub async fn postponed(&self, id: OutboxId, error: &str, next_attempt_at: Timestamp) -> Result<(), StoreError> {
        let next_attempt_at = micros(next_attempt_at);
        self.write(Write::Postpone(Postponed { id: id.0, last_error: error.to_owned(), next_attempt_at })).await?;
        Ok(())
    }
}

pub(super) fn waiting(lane: Option<&str>, limit: u64) -> Select<outbox::Entity> {
    outbox::Entity::find()
        .filter(outbox::Column::SettledAt.is_null())
        .apply_if(lane, |query, lane| query.filter(outbox::Column::Lane.eq(lane)))
        .order_by_asc(outbox::Column::Lane)
        .order_by_asc(outbox::Column::Class)
        .order_by_asc(outbox::Column::Id)
        .limit(limit)
}

pub(super) fn waiting_lanes() -> Select<outbox::Entity> {
    outbox::Entity::find()
        .select_only()
        .column(outbox::Column::Lane)
        .filter(outbox::Column::SettledAt.is_null())
        .group_by(outbox::Column::Lane)
        .order_by_asc(outbox::Column::Lane)
}
