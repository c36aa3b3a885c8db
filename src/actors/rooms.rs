//! Which channel belongs to which incident, remembered so that a message need not ask the database.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use crate::core::ids::{ChannelId, IncidentId};
use crate::data::{Store, StoreError};

/// At most so many channels are remembered as nobody's; then they are forgotten and asked for again.
const STRANGERS: usize = 10_000;

/// The incidents' channels.
#[derive(Debug)]
pub struct Rooms {
    store: Store,
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    incidents: HashMap<ChannelId, IncidentId>,
    /// Channels that belong to no incident. Kept only while no other process can make one of them an incident's.
    strangers: HashMap<ChannelId, ()>,
}

impl Rooms {
    /// Nothing is known yet.
    pub fn new(store: Store) -> Self {
        Self { store, known: RwLock::default() }
    }

    /// A channel is an incident's.
    pub fn learn(&self, channel: &ChannelId, incident: IncidentId) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.strangers.remove(channel);
        known.incidents.insert(channel.clone(), incident);
    }

    /// Whether it is known, without asking, that a channel is no incident's.
    pub fn is_stranger(&self, channel: &ChannelId) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).strangers.contains_key(channel)
    }

    /// The incident of a channel.
    ///
    /// # Errors
    /// When it is not remembered and the database does not answer.
    pub async fn incident(&self, channel: &ChannelId) -> Result<Option<IncidentId>, StoreError> {
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(incident) = known.incidents.get(channel) {
                return Ok(Some(*incident));
            }
            if known.strangers.contains_key(channel) {
                return Ok(None);
            }
        }
        let found = self.store.incident_of_channel(channel).await?;
        match found {
            Some(incident) => self.learn(channel, incident),
            None if self.store.is_exclusive() => {
                let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
                if known.strangers.len() >= STRANGERS {
                    known.strangers.clear();
                }
                if !known.incidents.contains_key(channel) {
                    known.strangers.insert(channel.clone(), ());
                }
            }
            None => {}
        }
        Ok(found)
    }
}
