//! Which copy listens to the chat, when several share a PostgreSQL database, and how often the chat may have delivered
//! something to nobody.
//!
//! Several that listened would each be given a part of what is said in a channel, and nobody could tell what came first.
//! So one listens, for as long as its lease lasts and is renewed. A copy that ends is not waited for: each holds a lock of
//! its own name on the connection on which it hears of the others, and PostgreSQL gives that up with the connection. Who
//! can take the lock of the one that listens knows that it is gone. On SQLite there is one copy, and it listens.

use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value};

use super::leases::{NOW, micros};
use super::{Store, StoreError};

/// It is for this copy to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listener {
    /// How many gaps there were; one more when another copy listened before.
    pub gap: i64,
    /// Whether another copy listened before, and did not say that it stopped.
    pub taken_over: bool,
}

impl Store {
    /// Claims to listen until `lease` from now, or renews the claim. `None` while another copy does.
    pub async fn listen(&self, lease: Duration) -> Result<Option<Listener>, StoreError> {
        let Some(wakes) = self.shared() else { return Ok(Some(Listener { gap: 0, taken_over: false })) };
        let sql = format!(
            "WITH before AS (SELECT owner, CASE WHEN present AND owner <> $1 \
             THEN pg_try_advisory_xact_lock({KEY}) ELSE false END AS gone FROM listener) \
             UPDATE listener SET owner = $1, until = {NOW} + $2, present = $3, \
             gap = listener.gap + CASE WHEN listener.owner = $1 THEN 0 ELSE 1 END FROM before \
             WHERE listener.owner = $1 OR ($4 AND (listener.until <= {NOW} OR (before.gone AND before.owner = listener.owner))) \
             RETURNING listener.gap, before.owner <> $1 AND before.owner <> ''"
        );
        let presence = wakes.presence();
        let values =
            vec![self.name().into(), micros(lease).into(), presence.stands.into(), presence.may_take_over().into()];
        let row = self.listener_statement(&sql, values).await?;
        let read = |row: QueryResult| {
            Ok::<_, sea_orm::DbErr>(Listener { gap: row.try_get_by(0)?, taken_over: row.try_get_by(1)? })
        };
        let listener = row.map(read).transpose().map_err(|why| StoreError::corrupt("who listens", why))?;
        if listener.is_some_and(|listener| listener.taken_over) {
            wakes.tell_listener();
        }
        Ok(listener)
    }

    /// Leaves listening to whichever copy comes first, if it is this one's.
    pub async fn stop_listening(&self) -> Result<(), StoreError> {
        let Some(wakes) = self.shared() else { return Ok(()) };
        let sql = "UPDATE listener SET owner = '', until = 0, present = false WHERE owner = $1 RETURNING gap";
        if self.listener_statement(sql, vec![self.name().into()]).await?.is_some() {
            wakes.tell_listener();
        }
        Ok(())
    }

    /// The chat may have delivered something to nobody: whatever is recorded from now on, every copy knows so before it
    /// runs that. Gives how many such gaps there were.
    pub async fn begin_gap(&self) -> Result<i64, StoreError> {
        self.count_gaps("UPDATE listener SET gap = gap + 1 RETURNING gap").await
    }

    /// How many gaps there were.
    pub async fn gap(&self) -> Result<i64, StoreError> {
        self.count_gaps("SELECT gap FROM listener").await
    }

    async fn count_gaps(&self, sql: &str) -> Result<i64, StoreError> {
        if self.is_exclusive() {
            return Ok(0);
        }
        let row = self.listener_statement(sql, Vec::new()).await?;
        let row = row.ok_or_else(|| StoreError::corrupt("who listens", "it has no row"))?;
        row.try_get_by(0).map_err(|why| StoreError::corrupt("who listens", why))
    }

    /// Each statement is its own transaction, and repeating it does no harm.
    async fn listener_statement(&self, sql: &str, values: Vec<Value>) -> Result<Option<QueryResult>, StoreError> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        self.read(statement, |statement, db| async move { db.query_one_raw(statement).await }).await
    }
}

/// The key of the advisory lock that its owner holds: owners are 64 bits in hexadecimal.
const KEY: &str = "('x' || owner)::bit(64)::bigint";

/// A copy that lost its connection leaves it to the one that listened to go on first: for so long after the connection
/// stands again,
const AFTER_YOU: Duration = Duration::from_secs(5);
/// and for so long when it cannot be opened again.
const LONG_AFTER_YOU: Duration = Duration::from_secs(60);

/// How it stands with the connection that holds this copy's own lock.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Presence {
    /// It stands, and has the lock.
    pub stands: bool,
    /// When it broke, or stood again after that.
    pub broken: Option<Instant>,
}

impl Presence {
    /// When a restart of the database cuts all connections, everybody looks as if they were gone.
    fn may_take_over(&self) -> bool {
        let patience = if self.stands { AFTER_YOU } else { LONG_AFTER_YOU };
        self.broken.is_none_or(|broken| broken.elapsed() >= patience)
    }
}
