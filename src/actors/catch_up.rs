//! What was typed while nobody listened is found in the channels' history, and comes before what is typed now.
//!
//! After a gap (a start, a lost connection, a database that was away, a lane that another copy had) a channel's history
//! is read before anything typed in it runs, so that what the chat will deliver again later still runs in its order.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::Shared;
use crate::boundary::comm_platform::{LookupError, Said};
use crate::core::commands::Place;
use crate::core::ids::ChannelId;
use crate::core::turn;
use crate::crash;
use crate::data::{NewInbound, Received, StoreError};

/// At most so many messages of a channel are read back after a gap.
const MOST: usize = 1_000;
/// Reading begins so long before the latest message that is on record: an earlier one may have been on its way when that
/// was recorded, and the chat may not have told its history since.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// A command does not wait longer than this for its channel to be read back.
pub const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// Which channels have been read back since the last gap.
#[derive(Debug)]
pub struct Gaps {
    /// Counts gaps; the first one is the start.
    count: AtomicU64,
    /// How many of them every copy knows of.
    told: AtomicU64,
    /// How many the database counts, as far as this copy knows.
    stored: AtomicI64,
    /// When the latest began (UTC, microseconds).
    began: AtomicI64,
    read: Mutex<HashMap<ChannelId, Read>>,
}

impl Gaps {
    /// The first gap is the start.
    pub fn new(now: Timestamp) -> Self {
        Self {
            count: AtomicU64::new(0),
            told: AtomicU64::new(0),
            stored: AtomicI64::new(0),
            began: AtomicI64::new(now.as_microsecond()),
            read: Mutex::default(),
        }
    }

    /// Something may have been missed in every channel.
    pub fn begin(&self, now: Timestamp) {
        self.began.store(now.as_microsecond(), Ordering::SeqCst);
        self.count.fetch_add(1, Ordering::SeqCst);
    }

    /// The database counts so many gaps. One that is new began for every copy.
    pub fn learn(&self, stored: i64, now: Timestamp) {
        if self.stored.fetch_max(stored, Ordering::SeqCst) < stored {
            self.begin(now);
            self.told.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// A channel is new: nothing can have been missed in it, unless its making began before the latest gap.
    pub fn opened(&self, channel: &ChannelId, declared: Timestamp) {
        if declared.as_microsecond() > self.began.load(Ordering::SeqCst) {
            self.close(channel, Read { gap: self.now(), fetched: true, is_new: true });
        }
    }

    /// This process has the channel's lane since now, so something may have been missed in this channel; but not in one
    /// that it opened itself and nobody else had.
    pub fn begin_in(&self, channel: &ChannelId, taken_over: bool) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if taken_over || read.get(channel).is_none_or(|read| !read.is_new) {
            read.remove(channel);
        }
    }

    /// Whether the channel was read back since the last gap.
    pub fn is_read(&self, channel: &ChannelId) -> bool {
        self.standing(channel).is_some()
    }

    /// Whether what was found in the channel since the last gap has been fetched, too: then its commands can run.
    pub fn is_fetched(&self, channel: &ChannelId) -> bool {
        self.standing(channel).is_some_and(|read| read.fetched)
    }

    /// What is found in the database from now on is all that was found in the channel.
    pub fn fetches(&self, channel: &ChannelId) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(read) = read.get_mut(channel) {
            read.fetched = true;
        }
    }

    fn standing(&self, channel: &ChannelId) -> Option<Read> {
        let now = self.now();
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.get(channel).copied().filter(|read| read.gap == now)
    }

    fn now(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    fn close(&self, channel: &ChannelId, read: Read) {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(channel.clone(), read);
    }
}

/// That a channel needs no reading back.
#[derive(Clone, Copy, Debug)]
struct Read {
    /// Since which gap.
    gap: u64,
    /// Whether what was found has been fetched from the database since, so that it comes before what was typed later.
    fetched: bool,
    /// Whether it was opened by this process since then, and never read.
    is_new: bool,
}

/// Why a channel could not be read back.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The chat does not answer.
    #[error(transparent)]
    Chat(#[from] LookupError),
}

impl Shared {
    /// Makes the other copies know of the gaps that began here, before what is recorded next is run by one of them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn tell_gaps(&self) -> Result<(), StoreError> {
        let count = self.gaps.now();
        if self.store.is_exclusive() || self.gaps.told.load(Ordering::SeqCst) >= count {
            return Ok(());
        }
        let stored = self.store.begin_gap().await?;
        self.gaps.stored.fetch_max(stored, Ordering::SeqCst);
        self.gaps.told.fetch_max(count, Ordering::SeqCst);
        Ok(())
    }

    /// Learns of the gaps that began anywhere, after something that another copy recorded was read.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn learn_gaps(&self) -> Result<(), StoreError> {
        if !self.store.is_exclusive() {
            self.gaps.learn(self.store.gap().await?, self.clock.now());
        }
        Ok(())
    }

    /// Reads a channel back and records the commands that are not on record; gives whether there were any.
    ///
    /// # Errors
    /// When the database or the chat does not answer.
    pub async fn catch_up(&self, channel: &ChannelId) -> Result<bool, NotRead> {
        let gap = self.gaps.now();
        let began = self.clock.now();
        let in_incident = self.rooms.incident(channel).await?.is_some();
        let longest = SignedDuration::try_from(self.tuning.catch_up).unwrap_or(SignedDuration::MAX);
        let from = match self.store.mark(channel).await? {
            Some(mark) => self.platform.message_before(&mark, MARGIN),
            // Nothing of an incident's young channel is on record yet.
            None if in_incident => self.platform.message_at(began.checked_sub(longest).unwrap_or(began)),
            // The first start ever: there is nothing that it could have missed.
            None => {
                self.store.advance_mark(channel, &self.platform.message_at(began)).await?;
                self.gaps.close(channel, Read { gap, fetched: false, is_new: false });
                return Ok(false);
            }
        };
        let missed = match self.platform.missed(channel, &from, MOST).await {
            Ok(missed) => missed,
            Err(error @ LookupError::Refused { .. }) => {
                // Asking again would not help.
                tracing::error!(%channel, %error, "a channel's history cannot be read; what is missed there is not found");
                self.gaps.close(channel, Read { gap, fetched: false, is_new: false });
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        if !missed.complete {
            tracing::error!(%channel, limit = MOST, "more was missed than is read back; commands before that are not seen");
        }
        let mut any = false;
        for said in missed.said {
            if !self.is_for_us(&said) {
                continue;
            }
            let late = self.is_late(&said, began);
            let message = said.source.message.clone();
            let key = format!("history:{channel}:{message}");
            let new = NewInbound::new(key, said.typed(late), began).with_message(message);
            if let Received::New(_) = self.store.receive(new).await? {
                any = true;
                crash::point("missed.recorded");
            }
        }
        self.store.advance_mark(channel, &self.platform.message_at(began)).await?;
        self.gaps.close(channel, Read { gap, fetched: false, is_new: false });
        Ok(any)
    }

    /// Whether it is a command, or nearly one, wherever it was said: a channel that is just being made is not known yet as
    /// an incident's, and people type in it already.
    pub fn is_for_us(&self, said: &Said) -> bool {
        // Nearly everything that is said in a channel is no command, and is told by its first letter.
        if !said.text.readable().trim_start().starts_with('.') {
            return false;
        }
        let desk = self.desk_of_channel(&said.source.channel);
        [Place::Incident, Place::Main].into_iter().any(|place| turn::is_for_us(&said.text, desk, place))
    }

    /// Whether its author is asked rather than obeyed: it was said too long ago, or it was changed since, and then may
    /// not have been a command when it was sent.
    pub fn is_late(&self, said: &Said, now: Timestamp) -> bool {
        let longest = SignedDuration::try_from(self.tuning.catch_up).unwrap_or(SignedDuration::MAX);
        said.changed || now.duration_since(said.at) > longest
    }
}
