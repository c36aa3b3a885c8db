//! What is kept about people and channels: people's names and zones, and up to which message a channel was seen.

use jiff::Timestamp;
use sea_orm::EntityTrait;

use super::entity::{channel_mark, person};
use super::instant::{from_micros, micros};
use super::projection::{json, parse};
use super::write::Write;
use super::{Store, StoreError};
use crate::core::ids::{ChannelId, MessageId, UserId};
use crate::core::person::Person;

impl Store {
    /// The person, and when the chat was asked about them.
    pub async fn person(&self, id: &UserId) -> Result<Option<(Person, Timestamp)>, StoreError> {
        let query = person::Entity::find_by_id(id.as_str());
        let Some(row) = self.read(query, |query, db| async move { query.one(&db).await }).await? else {
            return Ok(None);
        };
        known(row).map(Some)
    }

    /// Keeps what the chat told about a person.
    pub async fn keep_person(&self, person: &Person, fetched_at: Timestamp) -> Result<(), StoreError> {
        let row = person::Model {
            id: person.id.as_str().to_owned(),
            fetched_at: micros(fetched_at),
            name: person.name.clone(),
            email: person.email.clone(),
            timezone: person.timezone.clone(),
            standing: json("a standing", &person.standing)?,
        };
        self.write(Write::KeepPerson(Box::new(row))).await?;
        Ok(())
    }

    /// The latest message of the channel that was seen.
    pub async fn mark(&self, channel: &ChannelId) -> Result<Option<MessageId>, StoreError> {
        let query = channel_mark::Entity::find_by_id(channel.as_str());
        let row = self.read(query, |query, db| async move { query.one(&db).await }).await?;
        Ok(row.map(|row| MessageId::from(row.message)))
    }

    /// The latest message of each channel that was seen.
    pub async fn marks(&self) -> Result<Vec<(ChannelId, MessageId)>, StoreError> {
        let query = channel_mark::Entity::find();
        let rows = self.read(query, |query, db| async move { query.all(&db).await }).await?;
        Ok(rows.into_iter().map(|row| (ChannelId::from(row.channel), MessageId::from(row.message))).collect())
    }

    /// The channel was seen up to this message. A mark only moves forward.
    pub async fn advance_mark(&self, channel: &ChannelId, message: &MessageId) -> Result<(), StoreError> {
        let row = channel_mark::Model { channel: channel.as_str().to_owned(), message: message.as_str().to_owned() };
        self.write(Write::AdvanceMark(row)).await?;
        Ok(())
    }
}

/// The person of a row, and when the chat was asked about them.
pub(super) fn known(row: person::Model) -> Result<(Person, Timestamp), StoreError> {
    let person = Person {
        id: UserId::from(row.id),
        name: row.name,
        email: row.email,
        timezone: row.timezone,
        standing: parse("a standing", &row.standing)?,
    };
    Ok((person, from_micros(row.fetched_at)?))
}
