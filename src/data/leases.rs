//! Which copy works on which lane, when several share a PostgreSQL database.
//!
//! A lease is a row with an owner and an end by the database's own clock. Claiming is one statement, so two copies
//! never get the same lane; one that dies loses its lanes when their leases end. On SQLite there is one copy: every
//! claim is granted and nothing is written.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value};

use super::projection::json;
use super::{Store, StoreError};

/// Which queue a lane belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// What came in.
    Inbox,
    /// What goes out.
    Outbox,
}

impl Side {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Outbox => "outbox",
        }
    }
}

/// A lane that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The lane.
    pub lane: String,
    /// Whether another copy held it last and let its lease end: what waits there may have been begun.
    pub taken_over: bool,
}

/// The lanes that this store holds, as far as it knows.
#[derive(Debug, Default)]
pub(super) struct Held(Mutex<HashMap<(Side, String), Instant>>);

impl Held {
    /// Whether the lane is surely ours for so much longer.
    pub fn has(&self, side: Side, lane: &str, margin: Duration) -> bool {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(&(side, lane.to_owned())).is_some_and(|until| *until > Instant::now() + margin)
    }

    fn hold(&self, lanes: impl IntoIterator<Item = (Side, String)>, until: Instant) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        held.retain(|_, until| *until > now);
        held.extend(lanes.into_iter().map(|lane| (lane, until)));
    }

    fn forget(&self, which: impl Fn(Side, &str) -> bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(side, lane), _| !which(*side, lane));
    }
}

/// The database's clock in microseconds.
pub(super) const NOW: &str = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";

impl Store {
    /// Claims lanes for `owner`, until `lease` from now: these, or all in which something waits. Gives those that
    /// `owner` now holds, also those it held before. A lane that another holds is left out.
    pub async fn claim_lanes(
        &self,
        owner: &str,
        side: Side,
        lanes: Option<&[String]>,
        lease: Duration,
    ) -> Result<Vec<Claim>, StoreError> {
        if self.is_exclusive() {
            let lanes = match (lanes, side) {
                (Some(lanes), _) => lanes.to_vec(),
                (None, Side::Inbox) => self.waiting_inbound_lanes().await?,
                (None, Side::Outbox) => self.waiting_outbox_lanes().await?,
            };
            return Ok(lanes.into_iter().map(|lane| Claim { lane, taken_over: false }).collect());
        }
        let wanted = match (lanes, side) {
            (Some(_), _) => "SELECT DISTINCT lane FROM json_array_elements_text($4::json) AS named(lane)",
            (None, Side::Inbox) => "SELECT DISTINCT lane FROM inbox WHERE done_at IS NULL AND $4 <> ''",
            (None, Side::Outbox) => "SELECT DISTINCT lane FROM outbox WHERE settled_at IS NULL AND $4 <> ''",
        };
        let sql = format!(
            "WITH wanted AS ({wanted}), before AS (SELECT lane, owner FROM lane_lease WHERE side = $1) \
             INSERT INTO lane_lease (side, lane, owner, until) \
             SELECT $1, wanted.lane, $2, {NOW} + $3 FROM wanted WHERE NOT EXISTS (SELECT 1 FROM lane_lease AS other \
             WHERE other.side = $1 AND other.lane = wanted.lane AND other.owner <> $2 AND other.until > {NOW}) \
             ORDER BY wanted.lane \
             ON CONFLICT (side, lane) DO UPDATE SET owner = excluded.owner, until = excluded.until \
             WHERE lane_lease.owner = excluded.owner OR lane_lease.until <= {NOW} \
             RETURNING lane_lease.lane, \
             coalesce((SELECT before.owner <> $2 FROM before WHERE before.lane = lane_lease.lane), false)"
        );
        let named = json("lanes", &lanes.unwrap_or_default())?;
        let held = Instant::now() + lease;
        let rows =
            self.lease_statement(&sql, vec![side.word().into(), owner.into(), micros(lease).into(), named.into()]);
        let claims = rows.await?.iter().map(claim).collect::<Result<Vec<_>, _>>()?;
        self.held().hold(claims.iter().map(|claim| (side, claim.lane.clone())), held);
        Ok(claims)
    }

    /// Whether this store holds the lane for at least `margin` more, as far as it knows.
    pub fn holds_lane(&self, side: Side, lane: &str, margin: Duration) -> bool {
        self.is_exclusive() || self.held().has(side, lane, margin)
    }

    /// Holds all lanes of `owner` until `lease` from now; gives those it still has.
    pub async fn renew_lanes(&self, owner: &str, lease: Duration) -> Result<Vec<(Side, String)>, StoreError> {
        if self.is_exclusive() {
            return Ok(Vec::new());
        }
        let sql = format!("UPDATE lane_lease SET until = {NOW} + $2 WHERE owner = $1 RETURNING side, lane");
        let until = Instant::now() + lease;
        let rows = self.lease_statement(&sql, vec![owner.into(), micros(lease).into()]).await?;
        let lanes = rows.iter().map(side_and_lane).collect::<Result<Vec<_>, _>>()?;
        self.held().forget(|_, _| true);
        self.held().hold(lanes.iter().cloned(), until);
        Ok(lanes)
    }

    /// Gives up these lanes, so that any copy can have them at once.
    pub async fn release_lanes(&self, owner: &str, side: Side, lanes: &[String]) -> Result<(), StoreError> {
        if self.is_exclusive() || lanes.is_empty() {
            return Ok(());
        }
        self.held().forget(|held, lane| held == side && lanes.iter().any(|released| released == lane));
        let sql = "DELETE FROM lane_lease WHERE owner = $1 AND side = $2 \
                   AND lane IN (SELECT json_array_elements_text($3::json)) RETURNING side, lane";
        let named = json("lanes", &lanes)?;
        self.lease_statement(sql, vec![owner.into(), side.word().into(), named.into()]).await?;
        Ok(())
    }

    /// Gives up everything that `owner` holds.
    pub async fn release(&self, owner: &str) -> Result<(), StoreError> {
        if self.is_exclusive() {
            return Ok(());
        }
        self.held().forget(|_, _| true);
        let sql = "DELETE FROM lane_lease WHERE owner = $1 RETURNING side, lane";
        self.lease_statement(sql, vec![owner.into()]).await?;
        Ok(())
    }

    /// Who owns leases that have not ended.
    pub async fn lease_owners(&self) -> Result<Vec<String>, StoreError> {
        if self.is_exclusive() {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT DISTINCT owner FROM lane_lease WHERE until > {NOW}");
        let rows = self.lease_statement(&sql, Vec::new()).await?;
        rows.iter().map(|row| row.try_get_by(0).map_err(|why| StoreError::corrupt("a lease", why))).collect()
    }

    /// Ends the leases of an owner that is gone. Its lanes are taken over like those whose lease ended by itself: what waits
    /// there may have been begun.
    pub async fn end_leases(&self, owner: &str) -> Result<(), StoreError> {
        if self.is_exclusive() {
            return Ok(());
        }
        let sql = "UPDATE lane_lease SET until = 0 WHERE owner = $1 RETURNING side, lane";
        self.lease_statement(sql, vec![owner.into()]).await?;
        Ok(())
    }

    /// Each statement is its own transaction, and repeating it changes nothing.
    async fn lease_statement(&self, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, StoreError> {
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, sql, values);
        self.read(statement, |statement, db| async move { db.query_all_raw(statement).await }).await
    }
}

fn claim(row: &QueryResult) -> Result<Claim, StoreError> {
    let read = || Ok::<_, sea_orm::DbErr>(Claim { lane: row.try_get_by(0)?, taken_over: row.try_get_by(1)? });
    read().map_err(|why| StoreError::corrupt("a lease", why))
}

fn side_and_lane(row: &QueryResult) -> Result<(Side, String), StoreError> {
    let read = || Ok::<(String, String), sea_orm::DbErr>((row.try_get_by(0)?, row.try_get_by(1)?));
    let (side, lane) = read().map_err(|why| StoreError::corrupt("a lease", why))?;
    Ok((if side == Side::Inbox.word() { Side::Inbox } else { Side::Outbox }, lane))
}

pub(super) fn micros(length: Duration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX / 2)
}
