//! Writing what was overheard.

use std::collections::{BTreeMap, HashMap};

use crate::actors::Shared;
use crate::core::commands::Place;
use crate::core::desk::Desk;
use crate::core::history::{Chatter, Kind};
use crate::core::ids::{ChannelId, DeskName};
use crate::core::turn;
use crate::data::{HistoryBatch, StoreError};

use super::buffer::{Batch, Extent};

/// At most so many channels are remembered; then memory starts over.
const REMEMBERED: usize = 10_000;

/// What is known of channels whose chatter comes in.
#[derive(Debug, Default)]
pub struct Places {
    known: HashMap<ChannelId, DeskName>,
}

impl Places {
    /// The desk of an incident's channel; `None` when it is no incident's. A channel of which nothing was kept yet is to
    /// be read from its beginning.
    async fn desk<'s>(&mut self, shared: &'s Shared, channel: &ChannelId) -> Result<Option<&'s Desk>, StoreError> {
        if let Some(name) = self.known.get(channel) {
            return Ok(Some(shared.desk(name)));
        }
        let Some(desk) = desk_of(shared, channel).await? else { return Ok(None) };
        if desk.record_history && shared.store.history_mark(channel).await?.is_none() {
            shared.overheard.lacks(channel, None, Extent::default());
        }
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        self.known.insert(channel.clone(), desk.name.clone());
        Ok(Some(desk))
    }
}

/// The desk of an incident's channel; `None` when it is no incident's.
pub async fn desk_of<'s>(shared: &'s Shared, channel: &ChannelId) -> Result<Option<&'s Desk>, StoreError> {
    if shared.rooms.incident(channel).await?.is_none() {
        return Ok(None);
    }
    Ok(shared.store.desk_of_room(channel).await?.map(|name| shared.desk(&name)))
}

/// Writes a batch, in one transaction.
pub async fn write(shared: &Shared, places: &mut Places, batch: &Batch) -> Result<(), StoreError> {
    let mut rows = HistoryBatch::default();
    // Each channel is looked up once; the gaps that this may begin keep the marks where they are.
    let channels = batch.entries.iter().map(Chatter::channel).chain(batch.dropped.keys());
    let mut desks: BTreeMap<&ChannelId, Option<&Desk>> = BTreeMap::new();
    for channel in channels {
        if !desks.contains_key(channel) {
            desks.insert(channel, places.desk(shared, channel).await?);
        }
    }
    for (channel, from) in &batch.dropped {
        if desks.get(channel).copied().flatten().is_some_and(|desk| desk.record_history) {
            tracing::warn!(%channel, %from, "more was said than could be taken in; it is fetched again");
            shared.overheard.lacks(channel, Some(from.clone()), Extent { changes_too: true });
            rows.lacks(channel, from);
        }
    }
    for chatter in &batch.entries {
        let Some(desk) = desks.get(chatter.channel()).copied().flatten() else { continue };
        if !desk.record_history && !is_command(chatter, desk) {
            continue;
        }
        rows.add(&desk.name, chatter, desk.keep_deleted_text)?;
        if matches!(chatter, Chatter::Said(_)) && !shared.overheard.has_gap(chatter.channel()) {
            rows.mark(chatter.channel(), chatter.message());
        }
    }
    shared.store.keep_history(rows).await
}

/// Where no history is kept, commands are: they are on record anyway.
fn is_command(chatter: &Chatter, desk: &Desk) -> bool {
    match chatter {
        Chatter::Said(said) => {
            said.kind == Kind::Said && !said.by_bot && turn::is_for_us(&said.text, desk, Place::Incident)
        }
        Chatter::Changed { .. } | Chatter::Deleted { .. } | Chatter::Reacted { .. } => false,
    }
}
