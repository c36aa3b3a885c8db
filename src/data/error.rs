//! What can go wrong with the database, named for what it means to the caller.

use std::path::PathBuf;

use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr};

/// Why the store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer, or not in time. Whether a write took place is not known: repeating it is always
    /// safe, and [`AlreadyDone`](Self::AlreadyDone) or [`VersionConflict`](Self::VersionConflict) may then be the
    /// first attempt's success.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The incident changed since it was read: load it again and decide again.
    #[error("the incident was changed meanwhile")]
    VersionConflict,
    /// The inbox row was finished meanwhile: nothing is left to do.
    #[error("this was already done")]
    AlreadyDone,
    /// The channel belongs to another incident.
    #[error("the channel belongs to another incident")]
    ChannelTaken,
    /// Another process has the SQLite file.
    #[error(
        "{} is in use by another Breaking Bot: a SQLite database serves one at a time (several need PostgreSQL)",
        .path.display()
    )]
    InUse {
        /// The database's file.
        path: PathBuf,
    },
    /// The address is not one of a database that can be used.
    #[error("the database's address cannot be used: {0}")]
    Address(String),
    /// The tables could not be brought up to date.
    #[error("the database's tables could not be brought up to date: {0}")]
    Migration(String),
    /// Something stored cannot be read.
    #[error("something stored cannot be read: {what}")]
    Corrupt {
        /// What, and why.
        what: String,
    },
    /// The database refused a statement.
    #[error("the database refused: {0}")]
    Refused(String),
}

impl StoreError {
    /// Whether waiting and trying again can help.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    pub(super) fn corrupt(what: &str, why: impl std::fmt::Display) -> Self {
        Self::Corrupt { what: format!("{what}: {why}") }
    }
}

/// Why a transaction did not go through.
#[derive(Debug)]
pub(super) enum Failure {
    /// For good; the caller is told.
    Final(StoreError),
    /// Another transaction was in the way: nothing took place, the same can be tried at once.
    Again(String),
    /// The connection is lost: nothing took place unless the commit was on its way.
    Lost(String),
    /// Nothing can be reached.
    Away(String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Final(error)
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Final(error) => error,
            Failure::Again(why) | Failure::Lost(why) | Failure::Away(why) => Self::Unavailable(why),
        }
    }
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        match &error {
            DbErr::ConnectionAcquire(_) => Self::Away(error.to_string()),
            DbErr::Conn(RuntimeErr::SqlxError(inner))
            | DbErr::Exec(RuntimeErr::SqlxError(inner))
            | DbErr::Query(RuntimeErr::SqlxError(inner)) => Self::from_sqlx(inner),
            DbErr::Conn(_) => Self::Away(error.to_string()),
            _ => Self::Final(StoreError::Refused(error.to_string())),
        }
    }
}

impl Failure {
    fn from_sqlx(error: &sqlx::Error) -> Self {
        let text = error.to_string();
        match error {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => Self::Away(text),
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                Self::Lost(text)
            }
            sqlx::Error::Database(inner) => {
                let code = inner.code().unwrap_or_default();
                if inner.is_unique_violation() {
                    return Self::Final(unique(inner.as_ref()));
                }
                match code.as_ref() {
                    // PostgreSQL: serialization failure, deadlock.
                    "40001" | "40P01" => Self::Again(text),
                    // PostgreSQL: it is being shut down or was, or is starting.
                    "57P01" | "57P02" | "57P03" | "57P05" => Self::Lost(text),
                    // PostgreSQL: connection exceptions, out of resources. SQLite: busy, out of memory, I/O error,
                    // full, cannot open; extended codes carry these in their low byte.
                    _ if is_outage(inner.as_ref(), &code) => Self::Away(text),
                    _ => Self::Final(StoreError::Refused(text)),
                }
            }
            _ => Self::Final(StoreError::Refused(text)),
        }
    }
}

fn is_outage(error: &dyn sqlx::error::DatabaseError, code: &str) -> bool {
    if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
        return code.parse::<i32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 7 | 8 | 10 | 13 | 14));
    }
    code.starts_with("08") || code.starts_with("53") || code.starts_with("58")
}

/// What a violated uniqueness means. PostgreSQL names the index, SQLite the columns.
fn unique(error: &dyn sqlx::error::DatabaseError) -> StoreError {
    let text = error.message();
    let named = error.constraint().unwrap_or_default();
    if named == "incident_channel" || text.contains("incident.channel") {
        StoreError::ChannelTaken
    } else if ["event_pkey", "incident_pkey"].contains(&named)
        || [": event.", "incident.number"].iter().any(|column| text.contains(column))
    {
        StoreError::VersionConflict
    } else {
        StoreError::Refused(text.to_owned())
    }
}
