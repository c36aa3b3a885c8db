//! Replaces one person's words and name in everything that is stored, in such a way that the chains hold.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde_json::Value;

use super::{Content, Token, Tokens};
use crate::core::event::{Author, Event, Recorded, evolve, fold};
use crate::core::forget::Forget;
use crate::core::ids::{IncidentId, UserId};
use crate::core::inbound::Inbound;
use crate::core::incident::Incident;
use crate::core::person::Person;
use crate::data::entity::{event, inbox, outbox, person};
use crate::data::incidents::{After, Commit};
use crate::data::instant::micros;
use crate::data::people::known;
use crate::data::projection::{self, json, parse};
use crate::data::write::{ErasedInbound, Pruning, Rewritten, Write};
use crate::data::{Store, StoreError};

/// An incident that changes meanwhile is read again at most so often.
const ATTEMPTS: usize = 16;
/// The chat repeats what it delivered for some minutes. For so long the key by which that is known again stays.
const REPEATED: SignedDuration = SignedDuration::from_mins(15);
/// So many rows are changed in one transaction.
const SHARE: usize = 500;

/// What was replaced, and what is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Incidents in which anything was.
    pub incidents: u64,
    /// Events in them.
    pub events: u64,
    /// Messages, mentions and reactions in the history.
    pub said: u64,
    /// Rows of the people that are known.
    pub people: u64,
    /// What had come in.
    pub inbound: u64,
    /// What had gone out; it is deleted, since nobody needs it any more.
    pub outbound: u64,
    /// What is still being worked on, and what came in a moment ago: to be done by another time.
    pub left: u64,
}

impl Store {
    /// The people of that name that the bot has met, in any case.
    pub async fn people_called(&self, name: &str) -> Result<Vec<Person>, StoreError> {
        let query = person::Entity::find().order_by_asc(person::Column::Id);
        let rows = self.read(query, |query, db| async move { query.all(&db).await }).await?;
        let people = rows.into_iter().filter(|row| row.name.to_lowercase() == name.to_lowercase());
        people.map(|row| known(row).map(|(person, _)| person)).collect()
    }

    /// The incidents in which that person wrote, or is named by their id.
    pub async fn incidents_with(&self, user: &UserId) -> Result<Vec<IncidentId>, StoreError> {
        let query = event::Entity::find()
            .select_only()
            .column(event::Column::Incident)
            .distinct()
            .filter(
                Condition::any()
                    .add(event::Column::Author.eq(user.as_str()))
                    .add(event::Column::Payload.contains(user.as_str()))
                    .add(event::Column::Source.contains(user.as_str())),
            )
            .order_by_asc(event::Column::Incident);
        let numbers = self.read(query, |query, db| async move { query.into_tuple::<i64>().all(&db).await }).await?;
        Ok(numbers.into_iter().map(IncidentId).collect())
    }

    /// Forgets the person. It may be repeated, also when it was cut short, and while a bot works with the database.
    /// `next_due` is as for [`After::new`].
    pub async fn forget(
        &self,
        forget: &Forget<'_>,
        now: Timestamp,
        next_due: impl Fn(&Incident) -> Option<Timestamp>,
    ) -> Result<Forgotten, StoreError> {
        let mut done = Forgotten::default();
        for incident in self.incidents_with(forget.user).await? {
            let events = self.forget_in(incident, forget, now, &next_due).await?;
            done.events += events;
            done.incidents += u64::from(events > 0);
        }
        if self.person(forget.user).await?.is_some() {
            self.write(Write::ForgetPerson(forget.user.as_str().to_owned())).await?;
            done.people = 1;
        }
        done.said = self.forget_history(forget).await?;
        self.forget_outbound(forget, &mut done).await?;
        self.forget_inbound(forget, now, &mut done).await?;
        Ok(done)
    }

    /// Gives in how many events anything was replaced.
    async fn forget_in(
        &self,
        id: IncidentId,
        forget: &Forget<'_>,
        now: Timestamp,
        next_due: &impl Fn(&Incident) -> Option<Timestamp>,
    ) -> Result<u64, StoreError> {
        for _ in 0..ATTEMPTS {
            let tried = async {
                // So that what is replaced is on the chain before it goes.
                self.seal_incident(id.0).await?;
                self.forget_once(id, forget, now, next_due).await
            };
            match tried.await {
                Err(StoreError::VersionConflict) => {}
                other => return other,
            }
        }
        Err(StoreError::VersionConflict)
    }

    async fn forget_once(
        &self,
        id: IncidentId,
        forget: &Forget<'_>,
        now: Timestamp,
        next_due: &impl Fn(&Incident) -> Option<Timestamp>,
    ) -> Result<u64, StoreError> {
        let query = event::Entity::find().filter(event::Column::Incident.eq(id.0)).order_by_asc(event::Column::Seq);
        let rows = self.read(query, |query, db| async move { query.all(&db).await }).await?;
        let before = rows.iter().map(|row| projection::recorded(&row.into())).collect::<Result<Vec<_>, _>>()?;
        let after = forget.events(&before);
        let changed = rows.iter().zip(&before).zip(&after).filter(|((_, before), after)| before != after);
        let rewritten =
            changed.map(|((row, before), after)| rewritten(row, before, after)).collect::<Result<Vec<_>, _>>()?;
        if rewritten.is_empty() {
            return Ok(0);
        }
        let mut incident = fold(id, after);
        let version = incident.version;
        let events = u32::try_from(rewritten.len()).unwrap_or(u32::MAX);
        let event = Event::Forgotten { user: forget.by.clone(), events };
        evolve(&mut incident, &Recorded { seq: version + 1, at: now, author: Author::Bot, source: None, event });
        let put_away = self.archive_due(id).await?;
        let after =
            After::new(&incident, version, now, next_due(&incident))?.archived_at(put_away).with_rewritten(rewritten);
        let after = if incident.issue.is_some() { after.to_be_tracked() } else { after };
        self.commit(Commit { incident: Some(after), effects: Vec::new(), inbox: None, at: now }).await?;
        Ok(u64::from(events))
    }

    /// What went out of these incidents, to or because of this person. It has done its work.
    async fn forget_outbound(&self, forget: &Forget<'_>, done: &mut Forgotten) -> Result<(), StoreError> {
        let forgotten = event::Entity::find()
            .select_only()
            .column(event::Column::Incident)
            .column_as(event::Column::At.max(), "at")
            .filter(event::Column::Kind.eq("forgotten"))
            .group_by(event::Column::Incident);
        let forgotten =
            self.read(forgotten, |query, db| async move { query.into_tuple::<(i64, i64)>().all(&db).await }).await?;
        let theirs = Condition::any()
            .add(inbox::Column::Body.contains(forget.user.as_str()))
            .add(inbox::Column::Body.contains("\"forgotten-"));
        let mut because = Query::select();
        because.column(inbox::Column::Id).from(inbox::Entity).cond_where(theirs);
        let theirs = Condition::any()
            .add(outbox::Column::Effect.contains(forget.user.as_str()))
            .add(outbox::Column::Cause.in_subquery(because));
        // SQLite allows a condition about a thousand parts.
        let of_incidents = forgotten.chunks(SHARE).map(|share| {
            share.iter().fold(Condition::any(), |any, (incident, at)| {
                let before = outbox::Column::DecidedAt.lte(*at);
                any.add(Condition::all().add(outbox::Column::Incident.eq(*incident)).add(before))
            })
        });
        let mut rows = BTreeMap::new();
        for which in std::iter::once(theirs).chain(of_incidents) {
            let query = outbox::Entity::find()
                .select_only()
                .columns([outbox::Column::Id, outbox::Column::SettledAt])
                .filter(which);
            let found =
                self.read(query, |query, db| async move { query.into_tuple::<(i64, Option<i64>)>().all(&db).await });
            rows.extend(found.await?);
        }
        let (settled, waiting): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, settled)| settled.is_some());
        done.left += u64::try_from(waiting.len()).unwrap_or(u64::MAX);
        for share in settled.chunks(SHARE) {
            let ids = share.iter().map(|(id, _)| *id).collect();
            self.write(Write::Prune { table: Pruning::Outbox, ids }).await?;
            done.outbound += u64::try_from(share.len()).unwrap_or(u64::MAX);
        }
        Ok(())
    }

    async fn forget_inbound(
        &self,
        forget: &Forget<'_>,
        now: Timestamp,
        done: &mut Forgotten,
    ) -> Result<(), StoreError> {
        let user = forget.user.as_str();
        let query = inbox::Entity::find()
            .filter(
                Condition::any()
                    .add(inbox::Column::Body.contains(user))
                    .add(inbox::Column::EventKey.contains(user))
                    .add(inbox::Column::Message.contains(user)),
            )
            .order_by_asc(inbox::Column::Id);
        let rows = self.read(query, |query, db| async move { query.all(&db).await }).await?;
        let may_come_again = micros(now.checked_sub(REPEATED).unwrap_or(Timestamp::MIN));
        let mut erased = Vec::new();
        for row in rows {
            if row.done_at.is_none() {
                done.left += 1;
                continue;
            }
            let mut changed = ErasedInbound::of(&row);
            if let Some(body) = forget.inbound(&parse::<Inbound>("what came in", &row.body)?) {
                changed.body = json("what came in", &body)?;
            }
            let keys = (forget.key(&row.event_key), row.message.as_deref().map(|message| forget.key(message)));
            let sort_key = forget.key(&row.sort_key);
            if (&keys.0, &keys.1, &sort_key) != (&row.event_key, &row.message, &row.sort_key) {
                if row.received_at < may_come_again {
                    (changed.event_key, changed.message) = keys;
                    changed.sort_key = sort_key;
                } else {
                    done.left += 1;
                }
            }
            if changed != ErasedInbound::of(&row) {
                erased.push(changed);
            }
        }
        for share in erased.chunks(SHARE) {
            self.write(Write::EraseInbound(share.to_vec())).await?;
            done.inbound += u64::try_from(share.len()).unwrap_or(u64::MAX);
        }
        Ok(())
    }
}

/// The row without what was forgotten. The hash of the event stays what it was.
fn rewritten(row: &event::Model, before: &Recorded, after: &Recorded) -> Result<Rewritten, StoreError> {
    let misshapen = || StoreError::corrupt("an event", "what was forgotten in it does not stand where it stood");
    let mut changed = row.clone();
    changed.author = match &after.author {
        Author::Person(user) => Some(user.as_str().to_owned()),
        Author::Bot => None,
    };
    changed.payload = replaced("an event", &row.payload, &before.event, &after.event)?.ok_or_else(misshapen)?;
    if let (Some(text), Some(before), Some(after)) = (&row.source, &before.source, &after.source) {
        changed.source = Some(replaced("a source", text, before, after)?.ok_or_else(misshapen)?);
    }
    // Without tokens there is no chain to be kept whole; what is to be forgotten goes all the same.
    if let Some(tokens) = row.salts.as_deref().and_then(Tokens::read) {
        let unreadable = |why| StoreError::corrupt("an event", why);
        let (content, forgotten) = (Content::of(row).map_err(unreadable)?, Content::of(&changed).map_err(unreadable)?);
        let digest = content.digest(&tokens);
        let texts = content.texts().into_iter().zip(forgotten.texts());
        let kept = texts.zip(&tokens.0).map(|((before, after), token)| match before == after {
            true => *token,
            false => Token::Forgotten(token.commitment(before)),
        });
        let kept = Tokens(kept.collect());
        if forgotten.digest(&kept) != digest {
            return Err(misshapen());
        }
        changed.salts = Some(kept.write());
    }
    Ok(Rewritten {
        incident: row.incident,
        seq: row.seq,
        author: changed.author,
        payload: changed.payload,
        source: changed.source,
        salts: changed.salts,
    })
}

/// The stored JSON with those texts changed in which `before` and `after` differ; the rest stays as it was written.
fn replaced<T: Serialize>(what: &str, stored: &str, before: &T, after: &T) -> Result<Option<String>, StoreError> {
    let value = |of: &T| serde_json::to_value(of).map_err(|why| StoreError::corrupt(what, why));
    let mut kept: Value = parse(what, stored)?;
    match replace(&mut kept, &value(before)?, &value(after)?) {
        Some(()) => json(what, &kept).map(Some),
        None => Ok(None),
    }
}

fn replace(stored: &mut Value, before: &Value, after: &Value) -> Option<()> {
    if before == after {
        return Some(());
    }
    match (stored, before, after) {
        (Value::String(stored), Value::String(_), Value::String(after)) => {
            stored.clone_from(after);
            Some(())
        }
        (Value::Array(stored), Value::Array(before), Value::Array(after))
            if stored.len() == before.len() && before.len() == after.len() =>
        {
            stored
                .iter_mut()
                .zip(before)
                .zip(after)
                .try_for_each(|((stored, before), after)| replace(stored, before, after))
        }
        (Value::Object(stored), Value::Object(before), Value::Object(after)) if before.len() == after.len() => before
            .iter()
            .filter(|(key, value)| after.get(*key) != Some(value))
            .try_for_each(|(key, before)| replace(stored.get_mut(key)?, before, after.get(key)?)),
        _ => None,
    }
}
