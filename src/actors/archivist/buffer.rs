//! What was overheard and is not written yet: bounded, so that a channel that never rests costs no memory. What does not
//! fit is forgotten here and fetched again from the chat, by where the channel's history then has a gap.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::core::history::Chatter;
use crate::core::ids::{ChannelId, MessageId, UserId};

/// At most so many channels with a gap are remembered one by one; then every channel counts as having one.
const GAPS: usize = 10_000;

/// At most so many reactions are remembered that the chat told of while a gap was being closed.
const TOLD: usize = 10_000;

/// How much the buffer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Messages, changes and reactions.
    pub entries: usize,
    /// Bytes, about.
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { entries: 20_000, bytes: 16 * 1024 * 1024 }
    }
}

/// Where a channel's history may lack something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Also changes of what was kept already: a whole day of it is read again.
    pub changes_too: bool,
}

/// The gaps that are to be closed.
#[derive(Debug, Default)]
struct Gaps {
    /// By channel; the message from which on it lacks something, if that is before its mark.
    channels: BTreeMap<ChannelId, (Option<MessageId>, Extent)>,
    /// In every channel.
    everywhere: Option<Extent>,
    /// The channel whose gap is being closed.
    closing: Option<ChannelId>,
    /// The reactions there that the chat told of meanwhile: message, emoji, person.
    told: HashSet<(MessageId, String, UserId)>,
}

/// What waits to be written, and what has to be fetched.
#[derive(Debug)]
pub struct Buffer {
    bounds: Bounds,
    waiting: Mutex<Waiting>,
    gaps: Mutex<Gaps>,
}

#[derive(Debug, Default)]
struct Waiting {
    entries: VecDeque<Chatter>,
    bytes: usize,
    /// What was dropped since the last batch, by channel: the earliest message that is concerned.
    dropped: BTreeMap<ChannelId, MessageId>,
}

/// What is written together.
#[derive(Debug, Default)]
pub struct Batch {
    /// What was overheard, in its order.
    pub entries: Vec<Chatter>,
    /// Channels of which something was dropped, from which message on.
    pub dropped: BTreeMap<ChannelId, MessageId>,
}

impl Batch {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.dropped.is_empty()
    }
}

impl Buffer {
    /// An empty one.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, waiting: Mutex::default(), gaps: Mutex::default() }
    }

    /// Takes something in, or drops it when there is no room; gives how many entries wait now.
    pub fn push(&self, chatter: Chatter) -> usize {
        if let Chatter::Reacted { channel, message, by, emoji, .. } = &chatter {
            let mut gaps = self.gaps();
            if gaps.closing.as_ref() == Some(channel) && gaps.told.len() < TOLD {
                gaps.told.insert((message.clone(), emoji.clone(), by.clone()));
            }
        }
        let mut waiting = self.waiting();
        let size = chatter.size();
        if waiting.entries.len() >= self.bounds.entries || waiting.bytes + size > self.bounds.bytes {
            let (channel, message) = (chatter.channel(), chatter.message());
            if waiting.dropped.len() >= GAPS && !waiting.dropped.contains_key(channel) {
                waiting.dropped.clear();
                self.lacks_everywhere(Extent { changes_too: true });
            }
            let earliest = waiting.dropped.entry(channel.clone()).or_insert_with(|| message.clone());
            if *message < *earliest {
                *earliest = message.clone();
            }
        } else {
            waiting.bytes += size;
            waiting.entries.push_back(chatter);
        }
        waiting.entries.len()
    }

    /// Takes out what was there first, at most `most` of it.
    pub fn take(&self, most: usize) -> Batch {
        let mut waiting = self.waiting();
        let count = most.min(waiting.entries.len());
        let entries: Vec<Chatter> = waiting.entries.drain(..count).collect();
        waiting.bytes = waiting.bytes.saturating_sub(entries.iter().map(Chatter::size).sum());
        Batch { entries, dropped: std::mem::take(&mut waiting.dropped) }
    }

    /// Puts back what could not be written. For a moment there may be more than the bounds allow, by one batch.
    pub fn put_back(&self, batch: Batch) {
        let mut waiting = self.waiting();
        for chatter in batch.entries.into_iter().rev() {
            waiting.bytes += chatter.size();
            waiting.entries.push_front(chatter);
        }
        for (channel, message) in batch.dropped {
            let earliest = waiting.dropped.entry(channel).or_insert_with(|| message.clone());
            if message < *earliest {
                *earliest = message;
            }
        }
    }

    /// How many entries wait.
    pub fn len(&self) -> usize {
        self.waiting().entries.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        let waiting = self.waiting();
        waiting.entries.is_empty() && waiting.dropped.is_empty()
    }

    /// How many bytes wait, about.
    pub fn bytes(&self) -> usize {
        self.waiting().bytes
    }

    /// A channel's history has a gap, from its mark or from an earlier message on.
    pub fn lacks(&self, channel: &ChannelId, from: Option<MessageId>, extent: Extent) {
        let mut gaps = self.gaps();
        let (earliest, known) = gaps.channels.entry(channel.clone()).or_default();
        if let Some(from) = from
            && earliest.as_ref().is_none_or(|earliest| from < *earliest)
        {
            *earliest = Some(from);
        }
        known.changes_too |= extent.changes_too;
    }

    /// Something may be missing in every channel.
    pub fn lacks_everywhere(&self, extent: Extent) {
        let mut gaps = self.gaps();
        let changes_too = gaps.everywhere.is_some_and(|known| known.changes_too) || extent.changes_too;
        gaps.everywhere = Some(Extent { changes_too });
    }

    /// Whether every channel has a gap.
    pub fn lacks_in_every_channel(&self) -> bool {
        self.gaps().everywhere.is_some()
    }

    /// The gap in every channel is one in each of these.
    pub fn spread(&self, channels: impl IntoIterator<Item = ChannelId>) {
        let mut gaps = self.gaps();
        let Some(extent) = gaps.everywhere.take() else { return };
        for channel in channels {
            let (_, known) = gaps.channels.entry(channel).or_default();
            known.changes_too |= extent.changes_too;
        }
    }

    /// Takes the gap of one channel, which from now on is being closed.
    pub fn next_gap(&self) -> Option<(ChannelId, Option<MessageId>, Extent)> {
        let mut gaps = self.gaps();
        let (channel, (from, extent)) = gaps.channels.pop_first()?;
        gaps.closing = Some(channel.clone());
        gaps.told.clear();
        Some((channel, from, extent))
    }

    /// Nothing is being closed any more.
    pub fn closed(&self) {
        self.gaps().closing = None;
    }

    /// Whether the chat told, while this gap is being closed, that somebody's emoji came there or went.
    pub fn was_told(&self, message: &MessageId, emoji: &str, by: &UserId) -> bool {
        self.gaps().told.contains(&(message.clone(), emoji.to_owned(), by.clone()))
    }

    /// Whether the channel's history has a gap that is not closed yet: until then its mark stays where it is.
    pub fn has_gap(&self, channel: &ChannelId) -> bool {
        let gaps = self.gaps();
        gaps.everywhere.is_some() || gaps.closing.as_ref() == Some(channel) || gaps.channels.contains_key(channel)
    }

    /// Whether any gap is to be closed.
    pub fn has_gaps(&self) -> bool {
        let gaps = self.gaps();
        gaps.everywhere.is_some() || !gaps.channels.is_empty()
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn gaps(&self) -> std::sync::MutexGuard<'_, Gaps> {
        self.gaps.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
