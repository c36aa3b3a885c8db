//! Nothing grows for ever: finished rows go after a time.

use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::entity::{inbox, outbox};
use super::instant::micros;
use super::write::{Pruning, Write};
use super::{Store, StoreError};

/// How many rows are deleted in one transaction, so that others get in between.
const SHARE: usize = 500;

/// How many rows went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Of the inbox.
    pub inbox: u64,
    /// Of the outbox.
    pub outbox: u64,
}

impl Store {
    /// Deletes inbox and outbox rows that were finished before that time. The chat repeats an event for some minutes,
    /// so the time must be long past: a pruned event that comes again is new.
    pub async fn prune(&self, before: Timestamp) -> Result<Pruned, StoreError> {
        let share = u64::try_from(SHARE).unwrap_or_default();
        let mut pruned = Pruned::default();
        let inbox = inbox::Entity::find()
            .select_only()
            .column(inbox::Column::Id)
            .filter(inbox::Column::DoneAt.lt(micros(before)))
            .order_by_asc(inbox::Column::Id)
            .limit(share);
        loop {
            let ids =
                self.read(inbox.clone(), |query, db| async move { query.into_tuple::<i64>().all(&db).await }).await?;
            let count = ids.len();
            pruned.inbox += u64::try_from(count).unwrap_or_default();
            self.write(Write::Prune { table: Pruning::Inbox, ids }).await?;
            if count < SHARE {
                break;
            }
        }
        let outbox = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::Id)
            .filter(outbox::Column::SettledAt.lt(micros(before)))
            .order_by_asc(outbox::Column::Id)
            .limit(share);
        loop {
            let ids =
                self.read(outbox.clone(), |query, db| async move { query.into_tuple::<i64>().all(&db).await }).await?;
            let count = ids.len();
            pruned.outbox += u64::try_from(count).unwrap_or_default();
            self.write(Write::Prune { table: Pruning::Outbox, ids }).await?;
            if count < SHARE {
                break;
            }
        }
        Ok(pruned)
    }
}
