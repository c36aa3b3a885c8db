//! Receipts: what became of what came in, and of what was to be done outside.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::entity::{inbox, outbox};
use super::instant::from_micros;
use super::projection::parse;
use super::{Store, StoreError};
use crate::core::delivery::{Delivery, DeliveryEntry, Fate, Undecided};
use crate::core::ids::{ChannelId, IncidentId, MessageId};

impl Store {
    /// The receipts of an incident: of its last `limit` effects, of at most as many older ones that still wait, and of
    /// as much that came in for it, or in its channel, and led to nothing yet.
    pub async fn delivery(
        &self,
        incident: IncidentId,
        channel: Option<&ChannelId>,
        limit: u64,
    ) -> Result<Delivery, StoreError> {
        let mut rows = self.outbox_rows(of_incident(incident).limit(limit)).await?;
        if let Some(oldest) = rows.last().map(|row| row.id) {
            let older = of_incident(incident)
                .filter(outbox::Column::SettledAt.is_null())
                .filter(outbox::Column::Id.lt(oldest))
                .limit(limit);
            rows.extend(self.outbox_rows(older).await?);
        }
        rows.reverse();
        let causes: Vec<i64> = rows.iter().filter_map(|row| row.cause).collect();
        let causes = self.inbox_rows(inbox::Entity::find().filter(inbox::Column::Id.is_in(causes))).await?;
        let mut waiting = self.inbox_rows(undecided(incident, channel, limit)).await?;
        if let Some(channel) = channel {
            waiting.extend(self.inbox_rows(put_aside(channel, limit)).await?);
        }
        waiting.sort_by(|a, b| (&a.sort_key, a.id).cmp(&(&b.sort_key, b.id)));
        Ok(Delivery {
            undecided: waiting.into_iter().map(undecided_of).collect::<Result<_, _>>()?,
            entries: rows.into_iter().map(|row| entry_of(row, &causes)).collect::<Result<_, _>>()?,
        })
    }

    async fn outbox_rows(&self, query: Select<outbox::Entity>) -> Result<Vec<outbox::Model>, StoreError> {
        self.read(query, |query, db| async move { query.all(&db).await }).await
    }

    async fn inbox_rows(&self, query: Select<inbox::Entity>) -> Result<Vec<inbox::Model>, StoreError> {
        self.read(query, |query, db| async move { query.all(&db).await }).await
    }
}

fn entry_of(row: outbox::Model, causes: &[inbox::Model]) -> Result<DeliveryEntry, StoreError> {
    let cause = causes.iter().find(|cause| Some(cause.id) == row.cause);
    Ok(DeliveryEntry {
        effect: parse("an effect", &row.effect)?,
        lane: row.lane,
        cause: cause.map(|cause| parse("what came in", &cause.body)).transpose()?,
        received_at: cause.map(|cause| from_micros(cause.received_at)).transpose()?,
        decided_at: from_micros(row.decided_at)?,
        fate: match row.state.as_str() {
            outbox::WAITING => Fate::Waiting,
            outbox::SENT => Fate::Sent,
            outbox::REPLACED => Fate::Replaced,
            _ => Fate::Refused,
        },
        sent_at: row.sent_at.map(from_micros).transpose()?,
        settled_at: row.settled_at.map(from_micros).transpose()?,
        receipt: row.receipt.map(MessageId::from),
        attempts: u32::try_from(row.attempts).unwrap_or_default(),
        next_attempt_at: from_micros(row.next_attempt_at)?,
        last_error: row.last_error,
    })
}

fn undecided_of(row: inbox::Model) -> Result<Undecided, StoreError> {
    Ok(Undecided {
        inbound: parse("what came in", &row.body)?,
        received_at: from_micros(row.received_at)?,
        set_aside: row.set_aside,
    })
}

/// The latest first.
pub(super) fn of_incident(incident: IncidentId) -> Select<outbox::Entity> {
    outbox::Entity::find().filter(outbox::Column::Incident.eq(incident.0)).order_by_desc(outbox::Column::Id)
}

/// What waits in the lanes of an incident.
fn undecided(incident: IncidentId, channel: Option<&ChannelId>, limit: u64) -> Select<inbox::Entity> {
    let own = std::iter::once(format!("incident:{incident}"));
    let lanes = own.chain(channel.map(ToString::to_string));
    inbox::Entity::find()
        .filter(inbox::Column::DoneAt.is_null())
        .filter(inbox::Column::Lane.is_in(lanes))
        .order_by_asc(inbox::Column::SortKey)
        .order_by_asc(inbox::Column::Id)
        .limit(limit)
}

/// What was typed in a channel and could not be run; the latest.
fn put_aside(channel: &ChannelId, limit: u64) -> Select<inbox::Entity> {
    inbox::Entity::find()
        .filter(inbox::Column::Channel.eq(channel.as_str()))
        .filter(inbox::Column::SetAside.is_not_null())
        .order_by_desc(inbox::Column::Message)
        .limit(limit)
}
