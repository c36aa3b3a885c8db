//! Which incidents may be put away, and when: as for reminders, the core tells and the store keeps the instant.

use jiff::Timestamp;
use sea_orm::{EntityTrait, QuerySelect, Select};

use super::entity::incident;
use super::instant::from_micros;
use super::projection;
use super::reminders::{Due, Replan, due_by, found, live_in};
use super::write::Looking;
use super::{Store, StoreError};
use crate::core::ids::IncidentId;
use crate::core::incident::Incident;
use crate::core::state::State;

impl Store {
    /// The incidents that have to be looked at by now because it may be time to put them away, the longest due first, at
    /// most `limit` of those behind `after`.
    pub async fn archivable(&self, now: Timestamp, after: Option<Due>, limit: u64) -> Result<Vec<Due>, StoreError> {
        let query = archivable(now, after, limit);
        found(self.read(query, |query, db| async move { query.into_tuple::<(i64, i64)>().all(&db).await }).await?)
    }

    /// The incidents that are over and not put away, without their events, and when each is looked at: at most `limit`
    /// of those with a greater number.
    pub async fn finished(
        &self,
        after: IncidentId,
        limit: u64,
    ) -> Result<Vec<(Incident, Option<Timestamp>)>, StoreError> {
        let rows = self.read(over(after, limit), |query, db| async move { query.all(&db).await }).await?;
        rows.iter().map(|row| Ok((projection::incident(row)?, row.archive_due.map(from_micros).transpose()?))).collect()
    }

    /// When an incident is looked at to be put away.
    pub(super) async fn archive_due(&self, incident: IncidentId) -> Result<Option<Timestamp>, StoreError> {
        let query = incident::Entity::find_by_id(incident.0).select_only().column(incident::Column::ArchiveDue);
        let due = self.read(query, |query, db| async move { query.into_tuple::<Option<i64>>().one(&db).await }).await?;
        due.flatten().map(from_micros).transpose()
    }

    /// Changes when incidents are looked at to be put away, where nothing else changes.
    pub async fn replan_archival(&self, replans: &[Replan]) -> Result<(), StoreError> {
        self.replan_for(Looking::ForArchival, replans).await
    }
}

/// The query of a look.
pub(super) fn archivable(now: Timestamp, after: Option<Due>, limit: u64) -> Select<incident::Entity> {
    due_by(incident::Column::ArchiveDue, now, after, limit)
}

/// The query of what is over.
pub(super) fn over(after: IncidentId, limit: u64) -> Select<incident::Entity> {
    live_in([State::Completed, State::Canceled], after, limit)
}
