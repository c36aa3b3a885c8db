//! Which incidents have to be looked at for reminders, and when. What is due is the core's to tell; the store only keeps
//! the next instant of each incident, in a column with an index, so that a look costs one query however many incidents
//! there are.

use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::entity::incident;
use super::instant::{from_micros, micros};
use super::projection::{self, signed};
use super::write::{Looking, Replanned, Write};
use super::{Store, StoreError};
use crate::core::ids::IncidentId;
use crate::core::incident::Incident;
use crate::core::state::State;

/// An incident that has to be looked at, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// Since when.
    pub at: Timestamp,
    /// Which.
    pub incident: IncidentId,
}

/// When an incident has to be looked at next, as decided on a version of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replan {
    /// Which.
    pub incident: IncidentId,
    /// The version; when the incident is not at it any more, nothing changes.
    pub version: u64,
    /// When; `None` for never.
    pub next_due: Option<Timestamp>,
}

impl Store {
    /// The incidents that have to be looked at by now, the longest due first, at most `limit` of those behind `after`.
    pub async fn due(&self, now: Timestamp, after: Option<Due>, limit: u64) -> Result<Vec<Due>, StoreError> {
        let query = due(now, after, limit);
        let rows = self.read(query, |query, db| async move { query.into_tuple::<(i64, i64)>().all(&db).await }).await?;
        found(rows)
    }

    /// The incidents that burn, without their events, and when each has to be looked at: at most `limit` of those with
    /// a greater number.
    pub async fn burning(
        &self,
        after: IncidentId,
        limit: u64,
    ) -> Result<Vec<(Incident, Option<Timestamp>)>, StoreError> {
        let query = burning(after, limit);
        let rows = self.read(query, |query, db| async move { query.all(&db).await }).await?;
        rows.iter().map(|row| Ok((projection::incident(row)?, row.next_due.map(from_micros).transpose()?))).collect()
    }

    /// Changes when incidents have to be looked at, where nothing else changes.
    pub async fn replan(&self, replans: &[Replan]) -> Result<(), StoreError> {
        self.replan_for(Looking::ForReminders, replans).await
    }

    pub(super) async fn replan_for(&self, what: Looking, replans: &[Replan]) -> Result<(), StoreError> {
        if replans.is_empty() {
            return Ok(());
        }
        let mut rows: Vec<Replanned> = replans
            .iter()
            .map(|replan| Replanned {
                number: replan.incident.0,
                version: signed(replan.version),
                next_due: replan.next_due.map(micros),
            })
            .collect();
        // Always in the order of their numbers, so that two transactions never wait for each other.
        rows.sort_by_key(|row| row.number);
        self.write(Write::Replan(what, rows)).await?;
        Ok(())
    }
}

/// The query of a look.
pub(super) fn due(now: Timestamp, after: Option<Due>, limit: u64) -> Select<incident::Entity> {
    due_by(incident::Column::NextDue, now, after, limit)
}

/// The incidents whose instant in that column has come, the longest due first.
pub(super) fn due_by(
    column: incident::Column,
    now: Timestamp,
    after: Option<Due>,
    limit: u64,
) -> Select<incident::Entity> {
    use incident::Column::Number;
    let query = incident::Entity::find()
        .select_only()
        .columns([Number, column])
        .filter(column.lte(micros(now)))
        .order_by_asc(column)
        .order_by_asc(Number)
        .limit(limit);
    match after {
        Some(after) => {
            let at = micros(after.at);
            query.filter(column.gte(at)).filter(Condition::any().add(column.gt(at)).add(Number.gt(after.incident.0)))
        }
        None => query,
    }
}

/// What a look found.
pub(super) fn found(rows: Vec<(i64, i64)>) -> Result<Vec<Due>, StoreError> {
    rows.into_iter().map(|(number, at)| Ok(Due { at: from_micros(at)?, incident: IncidentId(number) })).collect()
}

/// The query of what burns. `live` is in the words of the index, which a bound value would not match.
pub(super) fn burning(after: IncidentId, limit: u64) -> Select<incident::Entity> {
    live_in([State::Started, State::Acknowledged, State::Blocked], after, limit)
}

/// The live incidents in those states, by their number.
pub(super) fn live_in<const N: usize>(states: [State; N], after: IncidentId, limit: u64) -> Select<incident::Entity> {
    let states = states.map(State::word);
    incident::Entity::find()
        .filter(Expr::cust("live = TRUE"))
        .filter(incident::Column::State.is_in(states))
        .filter(incident::Column::Number.gt(after.0))
        .order_by_asc(incident::Column::Number)
        .limit(limit)
}
