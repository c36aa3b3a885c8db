//! The store itself: opening, closing, and the two ways to the database, reading and writing.

use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::{DatabaseConnection, DbBackend, DbErr};
use tokio::sync::OwnedMutexGuard;

use super::connect::{self, Address, Connections};
use super::error::Failure;
use super::leases::Held;
use super::schema::{self, Standing};
use super::sql::Sql;
use super::wakes::Wakes;
use super::write::{Answer, Write};
use super::writer::Writers;
use super::{Side, StoreError};

/// How the store behaves.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// After how long the database counts as away.
    pub timeout: Duration,
    /// How many connections read.
    pub readers: u32,
    /// How many connections write, on PostgreSQL; on SQLite it is always one. More of them share less of each
    /// transaction: two keep the database busy while one waits for its commit.
    pub writers: u32,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(5), readers: 4, writers: 2 }
    }
}

/// The database. Cheap to clone; all clones are the same store.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    readers: DatabaseConnection,
    writing: DatabaseConnection,
    writers: Writers,
    timeout: Duration,
    /// What no error may show.
    secrets: Vec<String>,
    /// Only PostgreSQL is shared with other copies.
    wakes: Option<Wakes>,
    /// This copy among them.
    name: String,
    held: Held,
    /// Held by who declares an incident, from learning its number until that is taken.
    numbering: Arc<tokio::sync::Mutex<()>>,
    /// The lock on the SQLite file, which ends with the process at the latest.
    lock: Mutex<Option<File>>,
}

impl std::fmt::Debug for Inner {
    /// Without the address, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("exclusive", &self.wakes.is_none()).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database and brings its tables up to date. A SQLite file is made when it is missing, and locked: a
    /// second process is refused with [`StoreError::InUse`].
    pub async fn open(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        let address = Address::parse(url)?;
        let secrets = address.secrets();
        let opened = connect::open(&address, &options).await.map_err(|error| scrub(error, &secrets))?;
        let key = rand::random::<u64>();
        let wakes = match &address {
            Address::Postgres { url } => Some(Wakes::start(url, &opened.readers, key)),
            Address::Sqlite { .. } => None,
        };
        Ok(Self::over(opened, wakes, key, secrets, &options))
    }

    /// Opens a database to read what is in it, also while a bot works with it. It is neither made nor migrated.
    pub async fn open_to_read(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        let address = Address::parse(url)?;
        let secrets = address.secrets();
        match schema::standing(url).await? {
            Standing::Current => {}
            Standing::Absent => return Err(StoreError::Address("there is no database yet".to_owned())),
            Standing::Behind(names) => {
                return Err(StoreError::Migration(format!("{} must be applied first", names.join(", "))));
            }
        }
        let readers = schema::connect(&address).await.map_err(|error| scrub(error, &secrets))?;
        let opened = Connections { writing: readers.clone(), readers, lock: None };
        Ok(Self::over(opened, None, 0, secrets, &options))
    }

    /// Opens a database to change what is in it, also while a bot works with it: versions keep the two apart, as they do
    /// for copies. It is neither made nor migrated. What is deleted is also overwritten, where the database can do that.
    pub async fn open_beside(url: &str, options: StoreOptions) -> Result<Self, StoreError> {
        Self::open_to_read(url, options).await
    }

    fn over(opened: Connections, wakes: Option<Wakes>, key: u64, secrets: Vec<String>, options: &StoreOptions) -> Self {
        let Connections { readers, writing, lock } = opened;
        let backend = writing.get_database_backend();
        let sql = Arc::new(Sql::new(backend));
        let count = if backend == DbBackend::Sqlite { 1 } else { options.writers };
        let writers = Writers::start(&writing, &sql, count, options.timeout * 2);
        let inner = Inner {
            readers,
            writing,
            writers,
            timeout: options.timeout,
            secrets,
            wakes,
            name: format!("{key:016x}"),
            held: Held::default(),
            numbering: Arc::default(),
            lock: Mutex::new(lock),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Finishes what was handed over, closes the connections and gives up the lock. Clones of the store answer
    /// [`StoreError::Unavailable`] from then on.
    pub async fn close(self) {
        self.inner.writers.finish().await;
        if let Some(wakes) = &self.inner.wakes {
            wakes.stop();
        }
        for db in [&self.inner.writing, &self.inner.readers] {
            // Closing a pool cannot fail; the type allows it for other kinds of connection.
            let _ = db.close_by_ref().await;
        }
        drop(self.inner.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Whether nobody else can write: then what is in memory is what is stored, and no lane need be claimed.
    pub fn is_exclusive(&self) -> bool {
        self.inner.wakes.is_none()
    }

    /// Waits until nobody else of this copy is declaring an incident.
    pub(super) async fn numbering(&self) -> Result<OwnedMutexGuard<()>, StoreError> {
        let turn = self.inner.numbering.clone().lock_owned();
        tokio::time::timeout(self.inner.timeout, turn).await.map_err(|_| late())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read((), |(), db| async move { db.ping().await }).await
    }

    /// Hands a write to its writer and waits for the answer.
    pub(super) async fn write(&self, write: Write) -> Result<Answer, StoreError> {
        match tokio::time::timeout(self.inner.timeout, self.inner.writers.write(write)).await {
            Ok(answer) => answer.map_err(|error| scrub(error, &self.inner.secrets)),
            Err(_) => Err(late()),
        }
    }

    /// Reads, again when the connection turned out to be dead. What the query gives is always committed.
    pub(super) async fn read<Q, T, F, R>(&self, query: Q, run: R) -> Result<T, StoreError>
    where
        Q: Clone,
        F: Future<Output = Result<T, DbErr>>,
        R: Fn(Q, DatabaseConnection) -> F,
    {
        let attempts = async {
            // Each lost connection leaves the pool; a restart of the database may have left all of them dead.
            for _ in 0..8 {
                match run(query.clone(), self.inner.readers.clone()).await.map_err(Failure::from) {
                    Err(Failure::Lost(_) | Failure::Again(_)) => {}
                    other => return other.map_err(StoreError::from),
                }
            }
            run(query.clone(), self.inner.readers.clone()).await.map_err(|error| Failure::from(error).into())
        };
        match tokio::time::timeout(self.inner.timeout, attempts).await {
            Ok(outcome) => outcome.map_err(|error| scrub(error, &self.inner.secrets)),
            Err(_) => Err(late()),
        }
    }

    /// Tells other copies that something waits in a lane, unless the lane is ours.
    pub(super) fn tell(&self, side: Side, lane: &str) {
        if let Some(wakes) = &self.inner.wakes
            && !self.inner.held.has(side, lane, Duration::ZERO)
        {
            wakes.tell(side, lane);
        }
    }

    /// For the tests of the query plans.
    #[cfg(test)]
    pub(super) fn insides(&self) -> (&DatabaseConnection, &DatabaseConnection, Sql) {
        let writing = &self.inner.writing;
        (&self.inner.readers, writing, Sql::new(writing.get_database_backend()))
    }

    pub(super) fn shared(&self) -> Option<&Wakes> {
        self.inner.wakes.as_ref()
    }

    /// This copy, as the others know it.
    pub(super) fn name(&self) -> &str {
        &self.inner.name
    }

    pub(super) fn held(&self) -> &Held {
        &self.inner.held
    }
}

fn late() -> StoreError {
    StoreError::Unavailable("it did not answer in time".to_owned())
}

/// Database drivers may quote what they were given.
pub(super) fn scrub(error: StoreError, secrets: &[String]) -> StoreError {
    let clean = |text: String| {
        secrets.iter().fold(text, |text, secret| if text.contains(secret) { text.replace(secret, "…") } else { text })
    };
    match error {
        StoreError::Unavailable(text) => StoreError::Unavailable(clean(text)),
        StoreError::Address(text) => StoreError::Address(clean(text)),
        StoreError::Migration(text) => StoreError::Migration(clean(text)),
        StoreError::Refused(text) => StoreError::Refused(clean(text)),
        StoreError::Corrupt { what } => StoreError::Corrupt { what: clean(what) },
        other @ (StoreError::VersionConflict
        | StoreError::AlreadyDone
        | StoreError::ChannelTaken
        | StoreError::InUse { .. }) => other,
    }
}
