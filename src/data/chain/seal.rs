//! Puts events on the chain that are not: those from before there was one, and those that a copy of an older version
//! wrote since.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::{BEGINNING, commit, link, read, verify, written};
use crate::data::entity::event;
use crate::data::write::{SealRows, SealedEvent, Write};
use crate::data::{Store, StoreError};

/// So many incidents are looked up together.
const TOGETHER: u64 = 256;

impl Store {
    /// Seals every event that is not sealed yet, and tells how many. What is wrong with a chain is left as it is, for
    /// [`verify`](Self::verify) to find; an incident that changes meanwhile is left for the next time.
    pub async fn seal(&self) -> Result<u64, StoreError> {
        let (mut count, mut after) = (0, -1);
        loop {
            let numbers =
                self.read(unsealed(after), |query, db| async move { query.into_tuple::<i64>().all(&db).await }).await?;
            let Some(last) = numbers.last() else { return Ok(count) };
            after = *last;
            for number in numbers {
                match self.seal_incident(number).await {
                    Ok(sealed) => count += sealed,
                    Err(StoreError::VersionConflict) => tracing::debug!(number, "it changed while it was sealed"),
                    Err(error) => return Err(error),
                }
            }
        }
    }

    /// Seals the last events of an incident.
    pub(in crate::data) async fn seal_incident(&self, number: i64) -> Result<u64, StoreError> {
        let query = event::Entity::find().filter(event::Column::Incident.eq(number)).order_by_asc(event::Column::Seq);
        let rows = self.read(query, |query, db| async move { query.all(&db).await }).await?;
        let Some(version) = rows.last().map(|row| row.seq) else { return Ok(0) };
        let Some(events) = tail(rows) else {
            tracing::warn!(
                incident = number,
                "the events are not as they were recorded; `breakingbot verify` names which"
            );
            return Ok(0);
        };
        let sealed = u64::try_from(events.len()).unwrap_or(u64::MAX);
        if sealed > 0 {
            self.write(Write::Seal(Box::new(SealRows { number, version, events }))).await?;
        }
        Ok(sealed)
    }
}

/// The events at the end that are not sealed, sealed; `None` when the chain up to there is not whole, so that nothing is
/// sealed over a gap.
fn tail(rows: Vec<event::Model>) -> Option<Vec<SealedEvent>> {
    let mut before = BEGINNING;
    let mut out = Vec::new();
    for (mut row, seq) in rows.into_iter().zip(1..) {
        if row.seq != seq {
            return None;
        }
        match &row.hash {
            Some(_) if !out.is_empty() => return None,
            Some(hash) => {
                let hash = read(hash)?;
                if verify::sealed(&row, &before) != Some(hash) {
                    return None;
                }
                before = hash;
            }
            None => {
                before = link(&before, &commit(&mut row).ok()?);
                out.push(SealedEvent {
                    incident: row.incident,
                    seq: row.seq,
                    salts: row.salts.unwrap_or_default(),
                    hash: written(&before),
                });
            }
        }
    }
    Some(out)
}

/// The incidents that have unsealed events, in the words of the index.
pub(in crate::data) fn unsealed(after: i64) -> Select<event::Entity> {
    event::Entity::find()
        .select_only()
        .column(event::Column::Incident)
        .distinct()
        .filter(Expr::cust("hash IS NULL"))
        .filter(event::Column::Incident.gt(after))
        .order_by_asc(event::Column::Incident)
        .limit(TOGETHER)
}
