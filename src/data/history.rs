//! What is said in incidents' channels: written in batches, merged without duplicates in whatever order it comes, read
//! back page by page.
//!
//! A message is a row that only gains; what it said from an instant on is a row for each version; a reaction is a row
//! for each emoji and person, where the latest word counts. So what is delivered twice, fetched again or comes out of
//! order leaves the same behind.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use super::entity::{history_mark, history_message, history_reaction, history_text, incident};
use super::instant::{from_micros, micros};
use super::projection::{json, parse};
use super::write::{HistoryRows, Removed, Write};
use super::{Store, StoreError};
use crate::core::forget::Forget;
use crate::core::history::{Attached, Chatter, History, Kept, Kind, Reaction, Utterance, Version};
use crate::core::ids::{ChannelId, DeskName, IncidentId, MessageId, Source, UserId};

/// How many messages are read or deleted at once, so that others get in between.
const SHARE: u64 = 500;

/// What is kept together, in one transaction.
#[derive(Clone, Debug, Default)]
pub struct HistoryBatch {
    messages: BTreeMap<Key, history_message::Model>,
    texts: BTreeMap<(Key, i64), Option<String>>,
    reactions: BTreeMap<(Key, String, String), (i64, bool)>,
    deleted: BTreeMap<Key, (i64, bool)>,
    marks: BTreeMap<String, Mark>,
}

/// A message of a channel.
type Key = (String, String);

#[derive(Clone, Debug)]
struct Mark {
    message: String,
    gap: Option<String>,
    closed: bool,
}

/// How a channel's history stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryMark {
    /// The latest message that is kept.
    pub message: MessageId,
    /// From this message on something may be missing.
    pub gap: Option<MessageId>,
}

/// A message that is kept and was not deleted as far as is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub message: MessageId,
    /// In which thread.
    pub thread: Option<MessageId>,
    /// The emoji on it, each with who put it there and when.
    pub reactions: Vec<Reaction>,
}

fn key(channel: &ChannelId, message: &MessageId) -> Key {
    (channel.as_str().to_owned(), message.as_str().to_owned())
}

impl HistoryBatch {
    /// Whether there is nothing to keep.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty() && self.reactions.is_empty() && self.deleted.is_empty() && self.marks.is_empty()
    }

    /// Adds something that went on in a channel of that desk. A deleted message's words are kept when `keeps_deleted`.
    pub fn add(&mut self, desk: &DeskName, chatter: &Chatter, keeps_deleted: bool) -> Result<(), StoreError> {
        match chatter {
            Chatter::Said(said) => self.said(desk, said)?,
            Chatter::Changed { now, before } => {
                for version in before.iter().chain([now]) {
                    self.said(desk, version)?;
                }
            }
            Chatter::Deleted { channel, message, at, before } => {
                match before {
                    Some(before) => self.said(desk, before)?,
                    None => self.place(desk, channel, message, *at),
                }
                self.deleted(channel, message, *at, keeps_deleted);
            }
            Chatter::Reacted { channel, message, by, emoji, at, there } => {
                self.reacted(channel, message, (emoji, by), *at, *there);
            }
        }
        Ok(())
    }

    /// A message as it stands.
    pub fn said(&mut self, desk: &DeskName, said: &Utterance) -> Result<(), StoreError> {
        let key = key(&said.source.channel, &said.source.message);
        let row = history_message::Model {
            channel: key.0.clone(),
            message: key.1.clone(),
            desk: desk.as_str().to_owned(),
            at: micros(said.at),
            kind: said.kind.word().to_owned(),
            author: said.author.as_ref().map(|author| author.as_str().to_owned()),
            by_bot: said.by_bot,
            thread: said.source.thread.as_ref().map(|thread| thread.as_str().to_owned()),
            files: json("files", &said.files)?,
            deleted_at: None,
            withheld: false,
        };
        self.texts.insert((key.clone(), micros(said.says_so_since())), Some(json("what was said", &said.text)?));
        self.messages.insert(key, row);
        Ok(())
    }

    /// A message of which only its deletion is known.
    fn place(&mut self, desk: &DeskName, channel: &ChannelId, message: &MessageId, at: Timestamp) {
        let key = key(channel, message);
        self.messages.entry(key.clone()).or_insert_with(|| history_message::Model {
            channel: key.0,
            message: key.1,
            desk: desk.as_str().to_owned(),
            at: micros(at),
            kind: Kind::Said.word().to_owned(),
            author: None,
            by_bot: false,
            thread: None,
            files: "[]".to_owned(),
            deleted_at: None,
            withheld: false,
        });
    }

    /// A message was deleted.
    pub fn deleted(&mut self, channel: &ChannelId, message: &MessageId, at: Timestamp, keeps_words: bool) {
        self.deleted.entry(key(channel, message)).or_insert((micros(at), !keeps_words));
    }

    /// Somebody's emoji is there, or not, since that instant.
    pub fn reacted(
        &mut self,
        channel: &ChannelId,
        message: &MessageId,
        (emoji, by): (&str, &UserId),
        at: Timestamp,
        there: bool,
    ) {
        let place = (key(channel, message), emoji.to_owned(), by.as_str().to_owned());
        let latest = self.reactions.entry(place).or_insert((micros(at), there));
        *latest = (*latest).max((micros(at), there));
    }

    /// A channel's history is kept up to this message.
    pub fn mark(&mut self, channel: &ChannelId, message: &MessageId) {
        let mark = self.mark_of(channel);
        if mark.message.as_str() < message.as_str() {
            message.as_str().clone_into(&mut mark.message);
        }
    }

    /// From this message on a channel's history may lack something.
    pub fn lacks(&mut self, channel: &ChannelId, from: &MessageId) {
        let mark = self.mark_of(channel);
        if mark.gap.as_deref().is_none_or(|gap| gap > from.as_str()) {
            mark.gap = Some(from.as_str().to_owned());
        }
    }

    /// A channel's history lacks nothing any more.
    pub fn is_whole(&mut self, channel: &ChannelId) {
        self.mark_of(channel).closed = true;
    }

    fn mark_of(&mut self, channel: &ChannelId) -> &mut Mark {
        self.marks.entry(channel.as_str().to_owned()).or_insert_with(|| Mark {
            message: String::new(),
            gap: None,
            closed: false,
        })
    }

    /// The rows, each key once and all in the order of their keys, so that two transactions never wait for each other.
    fn rows(self) -> HistoryRows {
        let (open, closed): (Vec<_>, Vec<_>) = self.marks.into_iter().partition(|(_, mark)| !mark.closed);
        let mark =
            |(channel, mark): (String, Mark)| history_mark::Model { channel, message: mark.message, gap: mark.gap };
        HistoryRows {
            messages: self.messages.into_values().collect(),
            texts: self
                .texts
                .into_iter()
                .map(|(((channel, message), at), text)| history_text::Model { channel, message, at, text })
                .collect(),
            reactions: self
                .reactions
                .into_iter()
                .map(|(((channel, message), emoji, person), (at, there))| history_reaction::Model {
                    channel,
                    message,
                    emoji,
                    person,
                    at,
                    there,
                })
                .collect(),
            removed: self
                .deleted
                .into_iter()
                .map(|((channel, message), (at, withheld))| Removed { channel, message, at, withheld })
                .collect(),
            marks: open.into_iter().map(mark).collect(),
            closed_marks: closed.into_iter().map(mark).collect(),
        }
    }
}

impl Store {
    /// Keeps all of it or nothing.
    pub async fn keep_history(&self, batch: HistoryBatch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.write(Write::History(Box::new(batch.rows()))).await?;
        Ok(())
    }

    /// What was said in an incident's channel after a message, or from the beginning: oldest first, at most `limit`
    /// messages, deleted ones among them.
    pub async fn history_of(
        &self,
        incident: IncidentId,
        after: Option<&MessageId>,
        limit: u64,
    ) -> Result<Vec<Kept>, StoreError> {
        let query = incident::Entity::find_by_id(incident.0).select_only().column(incident::Column::Channel);
        let channel =
            self.read(query, |query, db| async move { query.into_tuple::<Option<String>>().one(&db).await }).await?;
        let Some(channel) = channel.flatten() else { return Ok(Vec::new()) };
        let rows =
            self.read(messages_after(&channel, after, limit), |query, db| async move { query.all(&db).await }).await?;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(Vec::new()) };
        let (first, last) = (first.message.clone(), last.message.clone());
        let texts =
            self.read(texts_between(&channel, &first, &last), |query, db| async move { query.all(&db).await }).await?;
        let reactions = self
            .read(reactions_between(&channel, &first, Some(&last)), |query, db| async move { query.all(&db).await })
            .await?;
        let mut versions: HashMap<String, Vec<Version>> = HashMap::new();
        for row in texts {
            let text = row.text.as_deref().map(|text| parse("what was said", text)).transpose()?;
            versions.entry(row.message).or_default().push(Version { since: from_micros(row.at)?, text });
        }
        let mut reacted = by_message(reactions)?;
        rows.into_iter()
            .map(|row| {
                let kind = Kind::from_word(&row.kind)
                    .ok_or_else(|| StoreError::corrupt("a kind of message", format_args!("{:?}", row.kind)))?;
                Ok(Kept {
                    versions: versions.remove(&row.message).unwrap_or_default(),
                    reactions: reacted.remove(&row.message).unwrap_or_default(),
                    source: Source {
                        channel: ChannelId::new(&row.channel),
                        message: MessageId::new(&row.message),
                        thread: row.thread.as_deref().map(MessageId::new),
                    },
                    at: from_micros(row.at)?,
                    kind,
                    author: row.author.as_deref().map(UserId::new),
                    by_bot: row.by_bot,
                    files: parse::<Vec<Attached>>("files", &row.files)?,
                    deleted: row.deleted_at.map(from_micros).transpose()?,
                })
            })
            .collect()
    }

    /// What was said in an incident's channel from the beginning on: at most so many messages, of at most so many bytes
    /// together.
    pub async fn history(&self, incident: IncidentId, messages: usize, bytes: usize) -> Result<History, StoreError> {
        let mut history = History { messages: Vec::new(), is_whole: true };
        let mut room = bytes;
        loop {
            let after = history.messages.last().map(|last| last.source.message.clone());
            let page = self.history_of(incident, after.as_ref(), SHARE).await?;
            let is_last = u64::try_from(page.len()).unwrap_or(u64::MAX) < SHARE;
            for kept in page {
                let size = kept.size();
                if history.messages.len() >= messages || size > room {
                    history.is_whole = false;
                    return Ok(history);
                }
                room -= size;
                history.messages.push(kept);
            }
            if is_last {
                return Ok(history);
            }
        }
    }

    /// What stands in a channel after a message as far as is known, the latest `limit` of it; in no order.
    pub async fn standing(
        &self,
        channel: &ChannelId,
        after: &MessageId,
        limit: u64,
    ) -> Result<Vec<Standing>, StoreError> {
        let rows = self
            .read(standing(channel.as_str(), after.as_str(), limit), |query, db| async move {
                query.into_tuple::<(String, Option<String>)>().all(&db).await
            })
            .await?;
        let Some(first) = rows.iter().map(|(message, _)| message).min().cloned() else { return Ok(Vec::new()) };
        let reactions = self
            .read(reactions_between(channel.as_str(), &first, None), |query, db| async move { query.all(&db).await })
            .await?;
        let mut reacted = by_message(reactions)?;
        let standing = rows.into_iter().map(|(message, thread)| Standing {
            reactions: reacted.remove(&message).unwrap_or_default(),
            message: MessageId::new(&message),
            thread: thread.as_deref().map(MessageId::new),
        });
        Ok(standing.collect())
    }

    /// How a channel's history stands; `None` when none of it was ever kept.
    pub async fn history_mark(&self, channel: &ChannelId) -> Result<Option<HistoryMark>, StoreError> {
        let query = history_mark::Entity::find_by_id(channel.as_str());
        let row = self.read(query, |query, db| async move { query.one(&db).await }).await?;
        Ok(row.map(|row| HistoryMark {
            message: MessageId::new(&row.message),
            gap: row.gap.as_deref().map(MessageId::new),
        }))
    }

    /// The desk of the incident whose channel it is.
    pub async fn desk_of_room(&self, channel: &ChannelId) -> Result<Option<DeskName>, StoreError> {
        let query = incident::Entity::find()
            .select_only()
            .column(incident::Column::Desk)
            .filter(incident::Column::Channel.eq(channel.as_str()));
        let desk = self.read(query, |query, db| async move { query.into_tuple::<String>().one(&db).await }).await?;
        Ok(desk.map(DeskName::from))
    }

    /// Replaces one person's words, and who they are, in what was said; gives in how many places.
    pub(super) async fn forget_history(&self, forget: &Forget<'_>) -> Result<u64, StoreError> {
        let mut done = 0;
        loop {
            let query = history_message::Entity::find()
                .select_only()
                .columns([history_message::Column::Channel, history_message::Column::Message])
                .filter(history_message::Column::Author.eq(forget.user.as_str()))
                .limit(SHARE);
            let theirs = self
                .read(query, |query, db| async move { query.into_tuple::<(String, String)>().all(&db).await })
                .await?;
            if theirs.is_empty() {
                break;
            }
            let query = history_text::Entity::find().filter(is_one_of(&theirs));
            let texts = self.read(query, |query, db| async move { query.all(&db).await }).await?;
            done += u64::try_from(theirs.len()).unwrap_or_default();
            let texts = forgotten(texts, forget, true)?;
            self.write(Write::ForgetHistory { by: forget.by.as_str().to_owned(), theirs, texts, user: None }).await?;
        }
        let query = history_text::Entity::find().filter(history_text::Column::Text.contains(forget.user.as_str()));
        let texts = self.read(query, |query, db| async move { query.all(&db).await }).await?;
        let texts = forgotten(texts, forget, false)?;
        let query = history_reaction::Entity::find().filter(history_reaction::Column::Person.eq(forget.user.as_str()));
        let reactions = self.read(query, |query, db| async move { query.count(&db).await }).await?;
        done += u64::try_from(texts.len()).unwrap_or_default() + reactions;
        let (by, user) = (forget.by.as_str().to_owned(), Some(forget.user.as_str().to_owned()));
        self.write(Write::ForgetHistory { by, theirs: Vec::new(), texts, user }).await?;
        Ok(done)
    }

    /// Deletes what was said at a desk before that time, a share at a time; gives how many messages that were.
    pub async fn prune_history(&self, desk: &DeskName, before: Timestamp) -> Result<u64, StoreError> {
        let mut pruned = 0;
        loop {
            let keys = self
                .read(aged(desk.as_str(), micros(before)), |query, db| async move {
                    query.into_tuple::<(String, String)>().all(&db).await
                })
                .await?;
            let count = u64::try_from(keys.len()).unwrap_or_default();
            if count > 0 {
                self.write(Write::PruneHistory(keys)).await?;
            }
            pruned += count;
            if count < SHARE {
                return Ok(pruned);
            }
        }
    }
}

/// Those texts in which anything has to be replaced, with that done.
fn forgotten(
    texts: Vec<history_text::Model>,
    forget: &Forget<'_>,
    is_theirs: bool,
) -> Result<Vec<history_text::Model>, StoreError> {
    let mut changed = Vec::new();
    for mut row in texts {
        let Some(text) = row.text.take() else { continue };
        let said = parse("what was said", &text)?;
        let kept = forget.text(&said, is_theirs);
        if kept != said {
            row.text = Some(json("what was said", &kept)?);
            changed.push(row);
        }
    }
    Ok(changed)
}

fn by_message(rows: Vec<history_reaction::Model>) -> Result<HashMap<String, Vec<Reaction>>, StoreError> {
    let mut all: HashMap<String, Vec<Reaction>> = HashMap::new();
    for row in rows {
        let reaction = Reaction { emoji: row.emoji, by: UserId::new(&row.person), at: from_micros(row.at)? };
        all.entry(row.message).or_default().push(reaction);
    }
    Ok(all)
}

pub(super) fn messages_after(channel: &str, after: Option<&MessageId>, limit: u64) -> Select<history_message::Entity> {
    history_message::Entity::find()
        .filter(history_message::Column::Channel.eq(channel))
        .apply_if(after, |query, after| query.filter(history_message::Column::Message.gt(after.as_str())))
        .order_by_asc(history_message::Column::Message)
        .limit(limit)
}

pub(super) fn texts_between(channel: &str, first: &str, last: &str) -> Select<history_text::Entity> {
    history_text::Entity::find()
        .filter(history_text::Column::Channel.eq(channel))
        .filter(history_text::Column::Message.between(first, last))
        .order_by_asc(history_text::Column::Message)
        .order_by_asc(history_text::Column::At)
}

pub(super) fn reactions_between(channel: &str, first: &str, last: Option<&str>) -> Select<history_reaction::Entity> {
    history_reaction::Entity::find()
        .filter(history_reaction::Column::Channel.eq(channel))
        .filter(history_reaction::Column::Message.gte(first))
        .apply_if(last, |query, last| query.filter(history_reaction::Column::Message.lte(last)))
        .filter(history_reaction::Column::There.eq(true))
        .order_by_asc(history_reaction::Column::Message)
        .order_by_asc(history_reaction::Column::Emoji)
        .order_by_asc(history_reaction::Column::Person)
}

pub(super) fn standing(channel: &str, after: &str, limit: u64) -> Select<history_message::Entity> {
    history_message::Entity::find()
        .select_only()
        .columns([history_message::Column::Message, history_message::Column::Thread])
        .filter(history_message::Column::Channel.eq(channel))
        .filter(history_message::Column::Message.gt(after))
        .filter(history_message::Column::DeletedAt.is_null())
        .order_by_desc(history_message::Column::Message)
        .limit(limit)
}

pub(super) fn aged(desk: &str, before: i64) -> Select<history_message::Entity> {
    history_message::Entity::find()
        .select_only()
        .columns([history_message::Column::Channel, history_message::Column::Message])
        .filter(history_message::Column::Desk.eq(desk))
        .filter(history_message::Column::At.lt(before))
        .order_by_asc(history_message::Column::At)
        .limit(SHARE)
}

/// These messages of a table that has columns for both.
pub(super) fn is_one_of(keys: &[(String, String)]) -> Condition {
    let mut by_channel: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (channel, message) in keys {
        by_channel.entry(channel).or_default().push(message);
    }
    by_channel.into_iter().fold(Condition::any(), |any, (channel, messages)| {
        any.add(Condition::all().add(Expr::col("channel").eq(channel)).add(Expr::col("message").is_in(messages)))
    })
}
