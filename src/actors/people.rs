//! Who people are: looked up once, kept in memory and in the database, refreshed after 72 hours (BEHAVIOUR §10).

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};

use crate::boundary::comm_platform::CommPlatform;
use crate::clock::Clock;
use crate::core::forget::is_forgotten;
use crate::core::ids::UserId;
use crate::core::person::{Person, Standing};
use crate::data::Store;

/// How long what is known of a person counts.
const FRESH: SignedDuration = SignedDuration::from_hours(72);
/// At most so many people are held in memory; then memory starts over from the database.
const REMEMBERED: usize = 10_000;

/// The people of the workspace.
pub struct People {
    store: Store,
    platform: Arc<dyn CommPlatform>,
    clock: Clock,
    known: RwLock<HashMap<UserId, (Arc<Person>, Timestamp)>>,
}

impl People {
    /// Nobody is known yet.
    pub fn new(store: Store, platform: Arc<dyn CommPlatform>, clock: Clock) -> Self {
        Self { store, platform, clock, known: RwLock::default() }
    }

    /// Each of these people. Somebody of whom the chat does not tell in time is taken for a member in UTC, so that its
    /// silence locks nobody out; that is not remembered.
    pub async fn named(&self, users: &[UserId]) -> BTreeMap<UserId, Person> {
        let mut out = BTreeMap::new();
        for user in users {
            if !out.contains_key(user) {
                out.insert(user.clone(), self.person(user).await.as_ref().clone());
            }
        }
        out
    }

    /// One person; see [`named`](Self::named).
    pub async fn person(&self, user: &UserId) -> Arc<Person> {
        // The chat has never heard of them.
        if is_forgotten(user) {
            return Arc::new(Person { standing: Standing::Unknown, ..Person::unheard_of(user.clone()) });
        }
        let now = self.clock.now();
        let is_fresh = |fetched: Timestamp| now.duration_since(fetched) < FRESH;
        let remembered = self.remembered(user);
        if let Some((person, fetched)) = &remembered
            && is_fresh(*fetched)
        {
            return person.clone();
        }
        let stored = match remembered {
            Some((person, _)) => Some(person),
            None => match self.store.person(user).await {
                Ok(Some((person, fetched))) => {
                    let person = Arc::new(person);
                    self.remember(&person, fetched);
                    if is_fresh(fetched) {
                        return person;
                    }
                    Some(person)
                }
                Ok(None) => None,
                Err(error) => {
                    tracing::warn!(%user, %error, "could not read who somebody is");
                    None
                }
            },
        };
        match self.platform.person(user).await {
            Ok(person) => {
                let person = Arc::new(person);
                if person.standing != Standing::Unknown {
                    if let Err(error) = self.store.keep_person(&person, now).await {
                        tracing::warn!(%user, %error, "could not keep who somebody is");
                    }
                    self.remember(&person, now);
                }
                person
            }
            Err(error) => {
                tracing::warn!(%user, %error, "the chat does not tell who somebody is");
                stored.unwrap_or_else(|| Arc::new(Person::unheard_of(user.clone())))
            }
        }
    }

    fn remembered(&self, user: &UserId) -> Option<(Arc<Person>, Timestamp)> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).get(user).cloned()
    }

    fn remember(&self, person: &Arc<Person>, fetched: Timestamp) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(person.id.clone(), (person.clone(), fetched));
    }
}
