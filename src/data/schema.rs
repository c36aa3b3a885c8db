//! The tables as such: how they stand, and taking migrations back. Neither is part of a running bot.

use std::fs::File;
use std::str::FromStr;

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use sea_orm::sqlx::{self, Connection};
use sea_orm::{ConnectOptions, DatabaseConnection, DbErr, RuntimeErr, SqlxPostgresConnector, SqlxSqliteConnector};

use super::connect::{self, Address};
use super::error::Failure;
use super::store::scrub;
use super::{StoreError, StoreOptions};

/// How the tables of a database stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is no database yet; it is made when the bot starts.
    Absent,
    /// These migrations are missing; the bot applies them when it starts.
    Behind(Vec<String>),
    /// Nothing is missing.
    Current,
}

/// How the tables stand. Nothing is changed by looking, and a bot that runs is not disturbed.
pub async fn standing(url: &str) -> Result<Standing, StoreError> {
    let address = Address::parse(url)?;
    if matches!(&address, Address::Sqlite { path } if !path.exists()) {
        return Ok(Standing::Absent);
    }
    let look = async {
        let db = open(&address).await?;
        let pending = migration::pending(&db).await;
        // Closing a pool cannot fail; the type allows it for other kinds of connection.
        let _ = db.close().await;
        pending
    };
    match look.await.map_err(|error| unavailable(error, &address))? {
        pending if pending.is_empty() => Ok(Standing::Current),
        pending => Ok(Standing::Behind(pending)),
    }
}

/// Takes the last `steps` migrations back, with all that they hold, and tells which. Refused while a bot has the file.
pub async fn down(url: &str, steps: u32) -> Result<Vec<String>, StoreError> {
    let address = Address::parse(url)?;
    let _lock: Option<File> = match &address {
        Address::Sqlite { path } => Some(connect::lock_file(path)?),
        Address::Postgres { .. } => None,
    };
    let take_back = async {
        let db = open(&address).await?;
        let taken = migration::down(&db, steps).await;
        let _ = db.close().await;
        taken
    };
    take_back.await.map_err(|error| unavailable(error, &address))
}

/// One connection to a database that is there.
pub(super) async fn connect(address: &Address) -> Result<DatabaseConnection, StoreError> {
    open(address).await.map_err(|error| Failure::from(error).into())
}

async fn open(address: &Address) -> Result<DatabaseConnection, DbErr> {
    let timeout = StoreOptions::default().timeout;
    let connect = |url: &str| {
        let mut connect = ConnectOptions::new(url);
        connect.sqlx_logging(false).acquire_timeout(timeout).connect_timeout(timeout).max_connections(1);
        connect
    };
    match address {
        Address::Postgres { url } => {
            let failed = |error: sqlx::Error| DbErr::Conn(RuntimeErr::SqlxError(error.into()));
            // A pool would go on trying, and in the end say only that it took too long.
            let options = PgConnectOptions::from_str(url).map_err(failed)?;
            let first = sqlx::ConnectOptions::connect(&options);
            match tokio::time::timeout(timeout, first).await {
                Ok(first) => first.map_err(failed)?.close().await.map_err(failed)?,
                Err(_) => return Err(DbErr::Custom(format!("no answer within {timeout:?}"))),
            }
            SqlxPostgresConnector::connect(connect(url)).await
        }
        Address::Sqlite { path } => {
            let (mut connect, file) = (connect("sqlite://file"), path.clone());
            connect.map_sqlx_sqlite_opts(move |sqlite: SqliteConnectOptions| {
                sqlite.filename(&file).create_if_missing(false).foreign_keys(true).pragma("secure_delete", "ON")
            });
            SqlxSqliteConnector::connect(connect).await
        }
    }
}

fn unavailable(error: DbErr, address: &Address) -> StoreError {
    scrub(Failure::from(error).into(), &address.secrets())
}
