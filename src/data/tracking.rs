//! How far each incident's tracking issue is brought up to date: up to which of the incident's events. What is behind is
//! found by an index, and ordered row by row, so that two copies never order the same.

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Value};

use super::entity::tracking;
use super::inbox::NewInbound;
use super::instant::{from_micros, micros};
use super::outbox::{Attempt, OutboxId, OutboxRow, Settled};
use super::projection::{json, parse, signed, unsigned};
use super::sql::Row;
use super::write::{Answer, OrderRows, Write, unexpected};
use super::{Side, Store, StoreError};
use crate::core::effect::Effect;
use crate::core::ids::IncidentId;
use crate::core::tracking::changes::{Synced, Tracking, Trouble};
use crate::core::tracking::{Issue, Phase};

impl Store {
    /// How an incident's issue stands; `None` when nothing was to be tracked yet.
    pub async fn tracking(&self, incident: IncidentId) -> Result<Option<Tracking>, StoreError> {
        let query = tracking::Entity::find_by_id(incident.0);
        let row = self.read(query, |query, db| async move { query.one(&db).await }).await?;
        row.as_ref().map(of).transpose()
    }

    /// The incidents whose issue is behind and may be ordered to be brought up to date: at most `limit` of those with a
    /// greater number.
    pub async fn behind(&self, now: Timestamp, after: IncidentId, limit: u64) -> Result<Vec<IncidentId>, StoreError> {
        let query = behind(now, after, limit);
        let rows = self.read(query, |query, db| async move { query.into_tuple::<i64>().all(&db).await }).await?;
        Ok(rows.into_iter().map(IncidentId).collect())
    }

    /// Orders that an incident's issue be brought up to date, unless that was ordered already. When it is refused, it may
    /// be ordered again from `again_at` on, or as soon as something changes.
    pub async fn order_sync(
        &self,
        incident: IncidentId,
        now: Timestamp,
        again_at: Timestamp,
    ) -> Result<Option<OutboxRow>, StoreError> {
        let effects = vec![Effect::TrackSync];
        let outgoing = OutboxRow::outgoing(&effects, Some(incident), None, now)?;
        let rows = OrderRows { incident: incident.0, at: micros(now), again_at: micros(again_at), outgoing };
        let answer = self.write(Write::OrderSync(Box::new(rows))).await?;
        let Answer::Committed(ids) = answer else { return Err(unexpected(&answer)) };
        let row = OutboxRow::stored(effects, &ids, Some(incident), None, now).pop();
        if let Some(row) = &row {
            self.tell(Side::Outbox, &row.lane);
        }
        Ok(row)
    }

    /// Something is about to be made in the tracker: comments and child issues for the incident's events up to this one,
    /// or the issue itself.
    pub async fn attempt(&self, incident: IncidentId, seq: u64, now: Timestamp) -> Result<(), StoreError> {
        let (attempted_seq, attempted_at) = (signed(seq), micros(now));
        self.write(Write::AttemptSync(Attempted { incident: incident.0, attempted_seq, attempted_at })).await?;
        Ok(())
    }

    /// As [`sent`](Self::sent), for an effect in the tracker: how the issue stands now is stored in the same transaction.
    pub async fn synced(
        &self,
        id: OutboxId,
        incident: IncidentId,
        synced: &Synced,
        attempt: Attempt,
        comes_back: Option<NewInbound>,
    ) -> Result<Option<Settled>, StoreError> {
        let row = SyncedRow {
            incident: incident.0,
            synced_seq: signed(synced.seq),
            synced_at: micros(attempt.ended),
            issue: synced.issue.as_ref().map(|issue| json("an issue", issue)).transpose()?,
            phase: synced.phase.map(|phase| phase.word().to_owned()),
            status: synced.status.clone(),
            by_hand: synced.by_hand,
        };
        self.settle_sent(id, None, attempt, comes_back, Some(row)).await
    }

    /// Every incident that goes on and is not tracked yet is to be tracked; and what changed while nobody noted it, in an
    /// earlier version or without a tracker, has changed.
    pub async fn begin_tracking(&self) -> Result<(), StoreError> {
        self.write(Write::BeginTracking).await?;
        Ok(())
    }
}

/// The query of a look. The first condition is in the words of the index.
pub(super) fn behind(now: Timestamp, after: IncidentId, limit: u64) -> Select<tracking::Entity> {
    use tracking::Column::{ChangedSeq, Incident, OrderAgainAt, OrderedSeq};
    tracking::Entity::find()
        .select_only()
        .column(Incident)
        .filter(Expr::cust("changed_seq > synced_seq"))
        .filter(
            Condition::any().add(Expr::col(OrderedSeq).lt(Expr::col(ChangedSeq))).add(OrderAgainAt.lte(micros(now))),
        )
        .filter(Incident.gt(after.0))
        .order_by_asc(Incident)
        .limit(limit)
}

fn of(row: &tracking::Model) -> Result<Tracking, StoreError> {
    let phase = |word: &String| {
        let found = Phase::ALL.into_iter().find(|phase| phase.word() == word);
        found.ok_or_else(|| StoreError::corrupt("a phase", format_args!("{word:?}")))
    };
    let trouble = match (&row.trouble, row.trouble_at) {
        (Some(why), Some(at)) => Some(Trouble { why: why.clone(), at: from_micros(at)? }),
        _ => None,
    };
    Ok(Tracking {
        changed: unsigned(row.changed_seq),
        attempted: unsigned(row.attempted_seq),
        attempted_at: row.attempted_at.map(from_micros).transpose()?,
        synced: unsigned(row.synced_seq),
        synced_at: row.synced_at.map(from_micros).transpose()?,
        issue: row.issue.as_deref().map(|text| parse::<Issue>("an issue", text)).transpose()?,
        phase: row.phase.as_ref().map(phase).transpose()?,
        status: row.status.clone(),
        by_hand: row.by_hand,
        trouble,
        waiting: None,
    })
}

/// An incident of which its issue has to know something new.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changed {
    pub incident: i64,
    pub changed_seq: i64,
}

impl Row for Changed {
    fn values(&self, into: &mut Vec<Value>) {
        into.extend([self.incident.into(), self.changed_seq.into()]);
    }
}

/// An order that is claimed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claimed {
    pub incident: i64,
    pub at: i64,
    pub again_at: i64,
}

impl Row for Claimed {
    fn values(&self, into: &mut Vec<Value>) {
        into.extend([self.incident.into(), self.at.into(), self.again_at.into()]);
    }
}

/// Up to where something may have been made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempted {
    pub incident: i64,
    pub attempted_seq: i64,
    pub attempted_at: i64,
}

impl Row for Attempted {
    fn values(&self, into: &mut Vec<Value>) {
        into.extend([self.incident.into(), self.attempted_seq.into(), self.attempted_at.into()]);
    }
}

/// How an issue stands after it was brought up to date.
#[derive(Clone, Debug)]
pub(super) struct SyncedRow {
    pub incident: i64,
    pub synced_seq: i64,
    pub synced_at: i64,
    pub issue: Option<String>,
    pub phase: Option<String>,
    pub status: Option<String>,
    pub by_hand: bool,
}

impl Row for SyncedRow {
    fn values(&self, into: &mut Vec<Value>) {
        into.extend([self.incident.into(), self.synced_seq.into(), self.synced_at.into(), self.issue.clone().into()]);
        into.extend([self.phase.clone().into(), self.status.clone().into(), self.by_hand.into()]);
    }
}

/// Why an issue was not brought up to date.
#[derive(Clone, Debug)]
pub(super) struct Troubled {
    pub incident: i64,
    pub trouble: String,
    pub trouble_at: i64,
}

impl Row for Troubled {
    fn values(&self, into: &mut Vec<Value>) {
        into.extend([self.incident.into(), self.trouble.clone().into(), self.trouble_at.into()]);
    }
}
