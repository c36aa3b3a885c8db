//! Opens the connections: addresses, pragmas and settings, the lock on a SQLite file, migrations.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sea_orm::sqlx;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DbErr, SqlxPostgresConnector, SqlxSqliteConnector,
    TransactionTrait,
};

use super::error::Failure;
use super::{StoreError, StoreOptions};

/// How long SQLite waits for a lock. Within the process only migrations and checkpoints ever hold one for long.
const BUSY: Duration = Duration::from_secs(5);
/// A connection that was unused for so long is tried before it is used.
const IDLE: Duration = Duration::from_secs(1);
/// How many prepared statements a connection keeps: each of the hot path for each number of rows, and the reads.
const STATEMENTS: usize = 256;
/// As many connections read a SQLite file. Each is a thread, and what is read is small.
const SQLITE_READERS: u32 = 2;
/// The reads are fewer than the writes, which come in many sizes.
const SQLITE_READS: usize = 64;
/// How much of the file a connection keeps, in KiB as <https://sqlite.org/pragma.html#pragma_cache_size> writes it, instead
/// of 2 MiB: what is asked for is mostly one incident, and the system keeps the file in its own cache.
const CACHE_OF_READER: &str = "-256";
const CACHE_OF_WRITER: &str = "-1024";
/// The advisory lock under which a copy migrates: "breaking" in ASCII.
const MIGRATION_LOCK: i64 = 0x6272_6561_6b69_6e67;

/// Where the database is.
pub(super) enum Address {
    Sqlite { path: PathBuf },
    Postgres { url: String },
}

impl Address {
    /// Reads `sqlite://path`, `postgres://…` or `postgresql://…`.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        let refuse = |why: &str| Err(StoreError::Address(why.to_owned()));
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            // The parser's own words may quote the address, and with it the password.
            return match sqlx::postgres::PgConnectOptions::from_str(url) {
                Ok(_) => Ok(Self::Postgres { url: url.to_owned() }),
                Err(_) => refuse("it should read postgres://user:password@host:5432/database"),
            };
        }
        let Some(rest) = url.strip_prefix("sqlite:") else {
            return refuse("it should begin with sqlite:// or postgres://");
        };
        let path = rest.strip_prefix("//").unwrap_or(rest).split('?').next().unwrap_or_default();
        if path.is_empty() || path == ":memory:" {
            return refuse("a SQLite database is a file: sqlite://breakingbot.db");
        }
        Ok(Self::Sqlite { path: PathBuf::from(path) })
    }

    /// What no error may show: the password, as it is written and as it is meant.
    pub fn secrets(&self) -> Vec<String> {
        let Self::Postgres { url } = self else { return Vec::new() };
        let credentials = url.split_once("://").and_then(|(_, rest)| rest.split('/').next()?.rsplit_once('@'));
        let in_front = credentials.and_then(|(credentials, _)| credentials.split_once(':')).map(|(_, secret)| secret);
        let query = url.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let in_query = query.split('&').filter_map(|pair| pair.strip_prefix("password="));
        let written: Vec<&str> = in_front.into_iter().chain(in_query).filter(|secret| !secret.is_empty()).collect();
        written.iter().flat_map(|secret| [(*secret).to_owned(), percent_decoded(secret)]).collect()
    }
}

fn percent_decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let digits = bytes.clone().take(2).collect::<Vec<_>>();
        let code = std::str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (byte, code) {
            (b'%', Some(code)) if digits.len() == 2 => {
                out.push(code);
                bytes.nth(1);
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What opening gives.
pub(super) struct Connections {
    pub readers: DatabaseConnection,
    pub writing: DatabaseConnection,
    pub lock: Option<File>,
}

/// Connects, and brings the tables up to date.
pub(super) async fn open(address: &Address, options: &StoreOptions) -> Result<Connections, StoreError> {
    match address {
        Address::Sqlite { path } => open_sqlite(path, options).await,
        Address::Postgres { url } => open_postgres(url, options).await,
    }
}

fn connecting(url: &str, options: &StoreOptions) -> ConnectOptions {
    let mut connect = ConnectOptions::new(url);
    connect.sqlx_logging(false).acquire_timeout(options.timeout).connect_timeout(options.timeout);
    connect
}

async fn open_sqlite(path: &Path, options: &StoreOptions) -> Result<Connections, StoreError> {
    let lock = lock_file(path)?;
    let file = path.to_owned();
    let settings = move |sqlite: SqliteConnectOptions| {
        sqlite
            .filename(&file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .statement_cache_capacity(STATEMENTS)
    };
    let unavailable = |error: DbErr| StoreError::from(Failure::from(error));

    // The address that sea-orm parses is not used beyond that: paths with a `?` or a `%` are taken as they are.
    let mut writing = connecting("sqlite://file", options);
    writing.max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None).test_before_acquire(false);
    let for_writing = settings.clone();
    writing.map_sqlx_sqlite_opts(move |sqlite| for_writing(sqlite).pragma("cache_size", CACHE_OF_WRITER));
    let writing = SqlxSqliteConnector::connect(writing).await.map_err(unavailable)?;
    migrate(&writing).await?;

    let mut readers = connecting("sqlite://file", options);
    readers.max_connections(options.readers.min(SQLITE_READERS)).min_connections(1).test_before_acquire(false);
    readers.map_sqlx_sqlite_opts(move |sqlite| {
        let sqlite = settings(sqlite).statement_cache_capacity(SQLITE_READS);
        sqlite.pragma("query_only", "ON").pragma("cache_size", CACHE_OF_READER)
    });
    let readers = SqlxSqliteConnector::connect(readers).await.map_err(unavailable)?;
    Ok(Connections { readers, writing, lock: Some(lock) })
}

/// Locks the file beside the database. The lock ends with the process, however it ends.
pub(super) fn lock_file(path: &Path) -> Result<File, StoreError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push("-lock");
    let cannot = |why: std::io::Error| StoreError::Address(format!("{}: {why}", path.display()));
    let file = File::options().create(true).truncate(false).write(true).open(beside).map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: path.to_owned() }),
        Err(TryLockError::Error(why)) => Err(cannot(why)),
    }
}

async fn open_postgres(url: &str, options: &StoreOptions) -> Result<Connections, StoreError> {
    let unavailable = |error: DbErr| StoreError::from(Failure::from(error));
    let readers = connect_postgres(url, options.readers, options).await?;
    // One more than writers: a connection is tried after each use before it is free again.
    let writing = connect_postgres(url, options.writers + 1, options).await?;

    if !migration::is_up_to_date(&readers).await.map_err(migration_failed)? {
        // Copies that start together wait for each other here.
        let lock = readers.begin().await.map_err(unavailable)?;
        lock.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            .await
            .map_err(unavailable)?;
        migrate(&writing).await?;
        lock.commit().await.map_err(unavailable)?;
    }
    Ok(Connections { readers, writing, lock: None })
}

async fn connect_postgres(url: &str, most: u32, options: &StoreOptions) -> Result<DatabaseConnection, StoreError> {
    let mut connect = connecting(url, options);
    connect.max_connections(most).min_connections(1).test_before_acquire_if_idle_for(IDLE);
    connect.map_sqlx_postgres_opts(|postgres| postgres.statement_cache_capacity(STATEMENTS));
    connect.map_sqlx_postgres_pool_opts(|pool| {
        pool.after_connect(|connection, _| {
            Box::pin(async move {
                // A prepared statement keeps the plan that was right while its tables were small. Here everything is
                // looked up by an index and from few rows, so the plans that are wrong later are ruled out at once.
                let settings = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; \
                                SET plan_cache_mode = force_generic_plan; SET jit = off";
                sqlx::Executor::execute(connection, settings).await.map(|_| ())
            })
        })
    });
    SqlxPostgresConnector::connect(connect).await.map_err(|error| Failure::from(error).into())
}

async fn migrate(db: &DatabaseConnection) -> Result<(), StoreError> {
    if migration::is_up_to_date(db).await.map_err(migration_failed)? {
        return Ok(());
    }
    migration::up(db).await.map_err(migration_failed)
}

fn migration_failed(error: DbErr) -> StoreError {
    match Failure::from(error) {
        Failure::Final(StoreError::Refused(why)) => StoreError::Migration(why),
        other => other.into(),
    }
}
