//! Closing gaps: what stands in a channel is read from the chat, page by page, and merged into what is kept.
//!
//! What was kept before the reading began and does not stand any more was deleted meanwhile; what stands and was not
//! kept is added. No clock is needed for that, only that the one was looked at before the other.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::actors::Shared;
use crate::actors::catch_up::NotRead;
use crate::boundary::backoff::Backoff;
use crate::boundary::comm_platform::{Found, HistoryPage, LookupError};
use crate::core::desk::Desk;
use crate::core::ids::{ChannelId, MessageId, UserId};
use crate::core::inbound::Inbound;
use crate::data::{HistoryBatch, NewInbound, Received, StandingMessage, StoreError};

use super::BATCH;
use super::buffer::Extent;
use super::writing::desk_of;

/// So far before its mark a channel is read: a thread that lives is found by its first message, and what was changed
/// while nobody listened by itself.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);
/// At most so many kept messages of a channel are held against what stands there.
const COMPARED: u64 = 20_000;
/// A page that cannot be had is asked for so often before the channel is left until the next gap.
const ATTEMPTS: u32 = 10;

/// Closes every gap that is known, one channel at a time.
pub async fn close_gaps(shared: &Shared) {
    loop {
        if shared.overheard.lacks_in_every_channel() {
            match shared.store.live_channels().await {
                Ok(channels) => {
                    for (channel, incident) in &channels {
                        shared.rooms.learn(channel, *incident);
                    }
                    shared.overheard.spread(channels.into_iter().map(|(channel, _)| channel));
                }
                Err(error) => {
                    tracing::warn!(%error, "could not list the channels whose history is to be read");
                    return;
                }
            }
        }
        let Some((channel, from, extent)) = shared.overheard.next_gap() else { return };
        let closed = close(shared, &channel, from.as_ref(), extent).await;
        let failed = match closed {
            Ok(()) => false,
            Err(NotRead::Chat(error @ LookupError::Refused { .. })) => {
                tracing::warn!(%channel, %error, "a channel's history cannot be read; what is missing there stays so");
                false
            }
            Err(error) => {
                tracing::warn!(%channel, %error, "could not read what the history lacks; the next look tries again");
                shared.overheard.lacks(&channel, from, extent);
                true
            }
        };
        shared.overheard.closed();
        if failed {
            return;
        }
    }
}

/// Closes the gap of one channel.
async fn close(shared: &Shared, channel: &ChannelId, from: Option<&MessageId>, extent: Extent) -> Result<(), NotRead> {
    let Some(desk) = desk_of(shared, channel).await? else { return Ok(()) };
    if !desk.record_history {
        return Ok(());
    }
    let began = shared.clock.now();
    let mark = shared.store.history_mark(channel).await?;
    let whole = mark.is_none();
    // A gap that was noted before anything was kept has no mark.
    let known = mark.as_ref().map(|mark| &mark.message).filter(|message| !message.as_str().is_empty());
    let gap = mark.as_ref().and_then(|mark| mark.gap.as_ref());
    // From the beginning when nothing was ever kept.
    let first = known.into_iter().chain(gap).chain(from).min();
    let after = match first {
        Some(first) => shared.platform.message_before(first, BEFORE),
        None => shared.platform.message_at(Timestamp::UNIX_EPOCH),
    };
    let before = shared.store.standing(channel, &after, COMPARED).await?;
    let mut reading = Reading {
        shared,
        desk,
        channel,
        before: before.iter().map(|one| (&one.message, one)).collect(),
        seen: HashSet::new(),
        threads: Vec::new(),
        missed: Vec::new(),
    };
    reading.pages(None, &after).await?;
    let mut read_threads: HashSet<MessageId> = HashSet::new();
    let threads = std::mem::take(&mut reading.threads);
    for (parent, latest) in &threads {
        let has_news = first.is_none_or(|first| latest > first);
        if whole || extent.changes_too || has_news {
            reading.pages(Some(parent), &after).await?;
            read_threads.insert(parent.clone());
        }
    }
    reading.capture_missed(began).await?;
    let oldest = before.iter().map(|one| &one.message).min();
    let is_gone = |one: &&StandingMessage| {
        // A reply is known to be gone when its thread was looked at, has no replies any more, or has no place any more.
        let was_looked_at = one.thread.as_ref().is_none_or(|thread| {
            let has_replies = threads.iter().any(|(parent, _)| parent == thread);
            let was_in_reach = oldest.is_some_and(|oldest| thread >= oldest);
            read_threads.contains(thread) || !has_replies && (reading.seen.contains(thread) || was_in_reach)
        });
        was_looked_at && !reading.seen.contains(&one.message)
    };
    let gone: Vec<&StandingMessage> = before.iter().filter(is_gone).collect();
    for share in gone.chunks(BATCH) {
        let mut rows = HistoryBatch::default();
        for one in share {
            rows.deleted(channel, &one.message, began, desk.keep_deleted_text);
        }
        shared.store.keep_history(rows).await?;
    }
    let mut rows = HistoryBatch::default();
    if let Some(newest) = reading.seen.iter().max() {
        rows.mark(channel, newest);
    }
    rows.is_whole(channel);
    shared.store.keep_history(rows).await?;
    tracing::debug!(%channel, messages = reading.seen.len(), threads = read_threads.len(), "read what the history lacked");
    Ok(())
}

struct Reading<'r> {
    shared: &'r Shared,
    desk: &'r Desk,
    channel: &'r ChannelId,
    /// What was kept and stood, before anything was read.
    before: HashMap<&'r MessageId, &'r StandingMessage>,
    seen: HashSet<MessageId>,
    /// The threads that were found, each with its latest message.
    threads: Vec<(MessageId, MessageId)>,
    /// Reactions that came or went while nobody listened.
    missed: Vec<Inbound>,
}

impl Reading<'_> {
    /// Reads a channel's root, or a thread, to its end; each page is kept at once.
    async fn pages(&mut self, thread: Option<&MessageId>, after: &MessageId) -> Result<(), NotRead> {
        let mut from = None;
        loop {
            let page = self.page(thread, after, from).await?;
            for share in page.found.chunks(BATCH) {
                let mut rows = HistoryBatch::default();
                // As of now: what grew too old while it was being read may be forgotten already.
                let oldest = self.desk.oldest_kept(self.shared.clock.now()).unwrap_or(Timestamp::MIN);
                for found in share {
                    self.take(found, thread, oldest, &mut rows)?;
                }
                self.shared.store.keep_history(rows).await?;
            }
            match page.next {
                Some(next) => from = Some(next),
                None => return Ok(()),
            }
        }
    }

    fn take(
        &mut self,
        found: &Found,
        thread: Option<&MessageId>,
        oldest: Timestamp,
        rows: &mut HistoryBatch,
    ) -> Result<(), StoreError> {
        let message = &found.utterance.source.message;
        if thread == Some(message) || found.gone {
            self.note_thread(found, thread);
            return Ok(());
        }
        if found.utterance.at >= oldest {
            rows.said(&self.desk.name, &found.utterance)?;
            self.react(found, rows);
        }
        self.seen.insert(message.clone());
        self.note_thread(found, thread);
        Ok(())
    }

    fn note_thread(&mut self, found: &Found, thread: Option<&MessageId>) {
        if let (Some(latest), None) = (&found.latest_reply, thread) {
            self.threads.push((found.utterance.source.message.clone(), latest.clone()));
        }
    }

    /// Reactions carry no time. What was kept and is not there went after it was kept; what is there and was not kept
    /// counts from when the message was sent. Anything that the chat tells of later counts more.
    fn react(&mut self, found: &Found, rows: &mut HistoryBatch) {
        let message = &found.utterance.source.message;
        let is_there = |emoji: &str, by: &UserId| found.reactions.iter().any(|(e, u)| e == emoji && u == by);
        let kept = self.before.get(message).map_or_else(Vec::new, |one| one.reactions.clone());
        for reaction in &kept {
            if found.all_reactions && !is_there(&reaction.emoji, &reaction.by) {
                let gone = reaction.at.checked_add(SignedDuration::from_micros(1)).unwrap_or(reaction.at);
                rows.reacted(self.channel, message, (&reaction.emoji, &reaction.by), gone, false);
                self.missed.push(self.reaction(message, &reaction.emoji, &reaction.by, false));
            }
        }
        for (emoji, by) in &found.reactions {
            if !kept.iter().any(|reaction| reaction.emoji == *emoji && reaction.by == *by) {
                rows.reacted(self.channel, message, (emoji, by), found.utterance.at, true);
                self.missed.push(self.reaction(message, emoji, by, true));
            }
        }
    }

    fn reaction(&self, message: &MessageId, emoji: &str, by: &UserId, there: bool) -> Inbound {
        Inbound::Reacted {
            channel: self.channel.clone(),
            message: message.clone(),
            by: by.clone(),
            emoji: emoji.to_owned(),
            there,
            found: None,
        }
    }

    /// What was captured by a reaction while nobody listened is decided now. What is known already changes nothing.
    async fn capture_missed(&mut self, began: Timestamp) -> Result<(), NotRead> {
        for inbound in std::mem::take(&mut self.missed) {
            let Inbound::Reacted { channel, message, by, emoji, there, .. } = &inbound else { continue };
            // What the chat tells of itself was heard; by now it may be otherwise than it was read.
            if self.desk.captures(emoji).is_none() || self.shared.overheard.was_told(message, emoji, by) {
                continue;
            }
            let key = format!("reaction:{channel}:{message}:{emoji}:{by}:{there}:{}", began.as_microsecond());
            let lane = inbound.lane();
            if matches!(self.shared.store.receive(NewInbound::new(key, inbound, began)).await?, Received::New(_)) {
                // The supervisor's next look finds it.
                self.shared.inbox_overflow.note(lane);
            }
        }
        Ok(())
    }

    /// One page, asked for again while the chat wants it later or does not answer.
    async fn page(
        &self,
        thread: Option<&MessageId>,
        after: &MessageId,
        from: Option<String>,
    ) -> Result<HistoryPage, LookupError> {
        let mut backoff = Backoff::default();
        loop {
            let error = match self.shared.platform.history(self.channel, thread, after, from.clone()).await {
                Err(error) if backoff.failures() < ATTEMPTS => error,
                other => return other,
            };
            let pause = backoff.next(Duration::from_secs(1), Duration::from_secs(30));
            let pause = match error {
                LookupError::Throttled { retry_after, .. } => retry_after + pause / 4,
                LookupError::Unanswered { .. } => pause,
                LookupError::Refused { .. } => return Err(error),
            };
            tokio::time::sleep(pause).await;
        }
    }
}

/// Forgets what is older than each desk wants it kept.
pub async fn prune(shared: &Shared, now: Timestamp) -> Result<(), StoreError> {
    for desk in shared.desks.iter() {
        let Some(before) = desk.oldest_kept(now) else { continue };
        let pruned = shared.store.prune_history(&desk.name, before).await?;
        if pruned > 0 {
            tracing::info!(desk = %desk.name, messages = pruned, "forgot what was said longer ago than it is kept");
        }
    }
    Ok(())
}
