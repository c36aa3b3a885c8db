//! How copies on one PostgreSQL database tell each other that something waits: LISTEN and NOTIFY.
//!
//! A notification can be lost (an outage, a crash between the commit and the NOTIFY), so it only makes things quicker:
//! whoever listens also polls, slowly. It is not part of the transaction that it tells of: PostgreSQL lets only one
//! transaction that notifies commit at a time, which would take the writers' commits apart again.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::sqlx::postgres::PgListener;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, broadcast};
use tokio::task::AbortHandle;

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
    /// Another copy may have missed something that the chat delivers to any copy.
    Gap,
    /// Anywhere: the connection was lost for a while, and what it would have told with it.
    Anywhere,
}

#[derive(Serialize, Deserialize)]
struct Told {
    from: u64,
    #[serde(default)]
    gap: bool,
    inbox: Vec<String>,
    outbox: Vec<String>,
}

/// What is still to be told.
#[derive(Debug, Default)]
struct Outgoing {
    lanes: Mutex<BTreeSet<(Side, String)>>,
    gap: AtomicBool,
    some: Notify,
}

/// Both directions.
#[derive(Debug)]
pub(super) struct Wakes {
    outgoing: Arc<Outgoing>,
    incoming: broadcast::Sender<Wake>,
    tasks: [AbortHandle; 2],
}

impl Wakes {
    /// Starts to listen, on a connection of its own, and to tell.
    pub fn start(url: &str, db: &DatabaseConnection) -> Self {
        // Tells our own notifications from those of others.
        let own = rand::random::<u64>();
        let outgoing = Arc::new(Outgoing::default());
        let (incoming, _) = broadcast::channel(BEHIND);
        let listening = tokio::spawn(listen(url.to_owned(), own, incoming.clone()));
        let telling = tokio::spawn(tell(db.clone(), own, Arc::clone(&outgoing)));
        Self { outgoing, incoming, tasks: [listening.abort_handle(), telling.abort_handle()] }
    }

    /// Something waits in that lane.
    pub fn tell(&self, side: Side, lane: &str) {
        self.outgoing.lanes.lock().unwrap_or_else(PoisonError::into_inner).insert((side, lane.to_owned()));
        self.outgoing.some.notify_one();
    }

    /// Something may have been missed.
    pub fn tell_gap(&self) {
        self.outgoing.gap.store(true, Ordering::SeqCst);
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
    /// Tells the other copies that something may have been missed here. On SQLite there are none.
    pub fn tell_gap(&self) {
        if let Some(wakes) = self.shared() {
            wakes.tell_gap();
        }
    }

    /// What other copies say about waiting lanes. On SQLite nothing ever comes. A receiver that lags behind
    /// (`RecvError::Lagged`) missed some and should look everywhere, as for [`Wake::Anywhere`].
    pub fn wakes(&self) -> broadcast::Receiver<Wake> {
        self.shared().map_or_else(|| broadcast::channel(1).1, |wakes| wakes.incoming.subscribe())
    }
}

async fn listen(url: String, own: u64, incoming: broadcast::Sender<Wake>) {
    loop {
        match listen_once(&url, own, &incoming).await {
            Ok(()) => tracing::debug!("the connection that listens was closed"),
            Err(error) => tracing::debug!(kind = %kind_of(&error), "the connection that listens was lost"),
        }
        tokio::time::sleep(REOPEN).await;
    }
}

async fn listen_once(url: &str, own: u64, incoming: &broadcast::Sender<Wake>) -> Result<(), sea_orm::sqlx::Error> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen(CHANNEL).await?;
    // Nobody listening is fine, here and below.
    let _ = incoming.send(Wake::Anywhere);
    while let Some(notification) = listener.try_recv().await? {
        let Ok(told) = serde_json::from_str::<Told>(notification.payload()) else { continue };
        if told.from == own {
            continue;
        }
        if told.gap {
            let _ = incoming.send(Wake::Gap);
        }
        let lanes = told.inbox.into_iter().map(|lane| (Side::Inbox, lane));
        for (side, lane) in lanes.chain(told.outbox.into_iter().map(|lane| (Side::Outbox, lane))) {
            let _ = incoming.send(Wake::Lane(side, lane));
        }
    }
    Ok(())
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
        let gap = outgoing.gap.swap(false, Ordering::SeqCst);
        for payload in payloads(own, gap, lanes) {
            let values = [CHANNEL.into(), payload.into()];
            let notify = Statement::from_sql_and_values(DbBackend::Postgres, "SELECT pg_notify($1, $2)", values);
            if db.query_all_raw(notify).await.is_err() {
                tracing::debug!("other copies were not told; they find it when they poll");
            }
        }
    }
}

fn payloads(own: u64, gap: bool, lanes: BTreeSet<(Side, String)>) -> Vec<String> {
    let mut told = vec![Told { from: own, gap, inbox: Vec::new(), outbox: Vec::new() }];
    let mut size = 0;
    for (side, lane) in lanes {
        // Quotes and comma; lanes are ids of the chat, which JSON writes as they are.
        size += lane.len() + 3;
        if size > PAYLOAD {
            size = lane.len() + 3;
            told.push(Told { from: own, gap: false, inbox: Vec::new(), outbox: Vec::new() });
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
