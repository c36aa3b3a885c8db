//! How copies on one PostgreSQL database tell each other that something waits: LISTEN and NOTIFY.
//!
//! A notification can be lost (an outage, a crash between the commit and the NOTIFY), so it only makes things quicker:
//! whoever listens also polls, slowly. It is not part of the transaction that it tells of: PostgreSQL lets only one
//! transaction that notifies commit at a time, which would take the writers' commits apart again.
//!
//! The connection that listens also holds the lock by which others know that this copy is there
//! ([`listener`](super::listener)).

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, broadcast};
use tokio::task::AbortHandle;

use super::listener::Presence;
use super::{Side, Store};

/// PostgreSQL's channel.
const CHANNEL: &str = "breakingbot";
/// PostgreSQL refuses a payload of 8,000 bytes or more.
const PAYLOAD: usize = 7_000;
/// Notifications that come together leave together.
const GATHER: Duration = Duration::from_millis(2);
/// Before a lost connection is opened again.
const REOPEN: Duration = Duration::from_millis(250);
/// How many wake-ups a slow listener may be behind before it is told that it missed some.
const BEHIND: usize = 1024;

/// Something waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wake {
    /// In that lane.
    Lane(Side, String),
    /// Who listens to the chat may have changed.
    Listener,
    /// Anywhere: the connection was lost for a while, and what it would have told with it.
    Anywhere,
}

#[derive(Serialize, Deserialize)]
struct Told {
    from: u64,
    #[serde(default)]
    listener: bool,
    inbox: Vec<String>,
    outbox: Vec<String>,
}

/// What is still to be told.
#[derive(Debug, Default)]
struct Outgoing {
    lanes: Mutex<BTreeSet<(Side, String)>>,
    listener: AtomicBool,
    some: Notify,
}

/// Both directions.
#[derive(Debug)]
pub(super) struct Wakes {
    outgoing: Arc<Outgoing>,
    incoming: broadcast::Sender<Wake>,
    presence: Arc<Mutex<Presence>>,
    tasks: [AbortHandle; 2],
}

impl Wakes {
    /// Starts to listen, on a connection of its own, and to tell. `own` is this copy's key: it tells its notifications
    /// from those of others, and is that of the lock that it holds.
    pub fn start(url: &str, db: &DatabaseConnection, own: u64) -> Self {
        let outgoing = Arc::new(Outgoing::default());
        let (incoming, _) = broadcast::channel(BEHIND);
        let presence = Arc::new(Mutex::new(Presence::default()));
        let ear = Ear { url: url.to_owned(), own, incoming: incoming.clone(), presence: Arc::clone(&presence) };
        let listening = tokio::spawn(ear.listen());
        let telling = tokio::spawn(tell(db.clone(), own, Arc::clone(&outgoing)));
        Self { outgoing, incoming, presence, tasks: [listening.abort_handle(), telling.abort_handle()] }
    }

    /// How it stands with the connection that listens.
    pub fn presence(&self) -> Presence {
        *self.presence.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something waits in that lane.
    pub fn tell(&self, side: Side, lane: &str) {
        self.outgoing.lanes.lock().unwrap_or_else(PoisonError::into_inner).insert((side, lane.to_owned()));
        self.outgoing.some.notify_one();
    }

    /// Who listens to the chat changed.
    pub fn tell_listener(&self) {
        self.outgoing.listener.store(true, Ordering::SeqCst);
        self.outgoing.some.notify_one();
    }

    /// Ends both.
    pub fn stop(&self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Drop for Wakes {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Store {
    /// What other copies say about waiting lanes. On SQLite nothing ever comes. A receiver that lags behind
    /// (`RecvError::Lagged`) missed some and should look everywhere, as for [`Wake::Anywhere`].
    pub fn wakes(&self) -> broadcast::Receiver<Wake> {
        self.shared().map_or_else(|| broadcast::channel(1).1, |wakes| wakes.incoming.subscribe())
    }
}

/// Hears what other copies tell.
struct Ear {
    url: String,
    own: u64,
    incoming: broadcast::Sender<Wake>,
    presence: Arc<Mutex<Presence>>,
}

impl Ear {
    async fn listen(self) {
        loop {
            let outcome = self.listen_once().await;
            let stood = {
                let mut presence = self.presence.lock().unwrap_or_else(PoisonError::into_inner);
                let stood = std::mem::take(&mut presence.stands);
                if stood {
                    presence.broken = Some(Instant::now());
                }
                stood
            };
            match outcome {
                Ok(()) => tracing::debug!("the connection that listens was closed"),
                Err(error) => tracing::debug!(kind = %kind_of(&error), "the connection that listens was lost"),
            }
            // One that stood is opened again at once: without it, this copy looks as if it were gone.
            if !stood {
                tokio::time::sleep(REOPEN).await;
            }
        }
    }

    fn stands(&self) {
        let mut presence = self.presence.lock().unwrap_or_else(PoisonError::into_inner);
        presence.stands = true;
        presence.broken = presence.broken.map(|_| Instant::now());
    }

    async fn listen_once(&self) -> Result<(), sea_orm::sqlx::Error> {
        let mut listener = PgListener::connect(&self.url).await?;
        // A connection that is opened by itself would not have the lock.
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        let key = i64::from_ne_bytes(self.own.to_ne_bytes());
        sea_orm::sqlx::query("SELECT pg_advisory_lock($1)").bind(key).execute(&mut listener).await?;
        self.stands();
        // Nobody listening is fine, here and below.
        let _ = self.incoming.send(Wake::Anywhere);
        while let Some(notification) = listener.try_recv().await? {
            let Ok(told) = serde_json::from_str::<Told>(notification.payload()) else { continue };
            if told.from == self.own {
                continue;
            }
            if told.listener {
                let _ = self.incoming.send(Wake::Listener);
            }
            let lanes = told.inbox.into_iter().map(|lane| (Side::Inbox, lane));
            for (side, lane) in lanes.chain(told.outbox.into_iter().map(|lane| (Side::Outbox, lane))) {
                let _ = self.incoming.send(Wake::Lane(side, lane));
            }
        }
        Ok(())
    }
}

/// Enough for the log; the whole error may quote the address.
fn kind_of(error: &sea_orm::sqlx::Error) -> &'static str {
    match error {
        sea_orm::sqlx::Error::Io(_) => "network",
        sea_orm::sqlx::Error::Database(_) => "the database refused",
        sea_orm::sqlx::Error::PoolTimedOut => "no answer in time",
        _ => "other",
    }
}

async fn tell(db: DatabaseConnection, own: u64, outgoing: Arc<Outgoing>) {
    loop {
        outgoing.some.notified().await;
        tokio::time::sleep(GATHER).await;
        let lanes = std::mem::take(&mut *outgoing.lanes.lock().unwrap_or_else(PoisonError::into_inner));
        let listener = outgoing.listener.swap(false, Ordering::SeqCst);
        for payload in payloads(own, listener, lanes) {
            let values = [CHANNEL.into(), payload.into()];
            let notify = Statement::from_sql_and_values(DbBackend::Postgres, "SELECT pg_notify($1, $2)", values);
            if db.query_all_raw(notify).await.is_err() {
                tracing::debug!("other copies were not told; they find it when they poll");
            }
        }
    }
}

fn payloads(own: u64, listener: bool, lanes: BTreeSet<(Side, String)>) -> Vec<String> {
    let mut told = vec![Told { from: own, listener, inbox: Vec::new(), outbox: Vec::new() }];
    let mut size = 0;
    for (side, lane) in lanes {
        // Quotes and comma; lanes are ids of the chat, which JSON writes as they are.
        size += lane.len() + 3;
        if size > PAYLOAD {
            size = lane.len() + 3;
            told.push(Told { from: own, listener: false, inbox: Vec::new(), outbox: Vec::new() });
        }
        if let Some(last) = told.last_mut() {
            match side {
                Side::Inbox => last.inbox.push(lane),
                Side::Outbox => last.outbox.push(lane),
            }
        }
    }
    told.iter().filter_map(|told| serde_json::to_string(told).ok()).collect()
}
