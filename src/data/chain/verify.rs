//! Walks the chains and the projections, and names what is not as it was recorded.

use std::fmt;

use sea_orm::{
    ColumnTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, IdenStatic, IsolationLevel, Iterable, ModelTrait,
    QueryFilter, QueryOrder, QuerySelect, TransactionOptions, TransactionTrait,
};

use super::{BEGINNING, Content, Hash, Token, Tokens, link, read, written};
use crate::core::event::fold;
use crate::core::forget::is_placeholder;
use crate::core::ids::IncidentId;
use crate::data::entity::{event, incident};
use crate::data::projection::{self, unsigned};
use crate::data::{Store, StoreError};

/// So many incidents are read together.
const TOGETHER: i64 = 200;

/// What is not as it was recorded: the first of it, in the order of the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// An event is not there.
    Missing {
        /// Its place.
        seq: u64,
    },
    /// What stands there was not recorded there: it was changed, or exchanged for another.
    Changed {
        /// Its place.
        seq: u64,
    },
    /// It was sealed, since later ones are, and its hash is gone.
    Unsealed {
        /// Its place.
        seq: u64,
    },
    /// It cannot be read.
    Unreadable {
        /// Its place.
        seq: u64,
        /// Why.
        why: String,
    },
    /// The incident's row says something else than its events.
    Row {
        /// The columns that differ.
        columns: Vec<&'static str>,
    },
    /// There are events, and no row.
    NoRow,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { seq } => write!(f, "event {seq} is missing"),
            Self::Changed { seq } => write!(f, "event {seq} is not what was recorded there"),
            Self::Unsealed { seq } => write!(f, "event {seq} has lost its hash"),
            Self::Unreadable { seq, why } => write!(f, "event {seq} cannot be read: {why}"),
            Self::Row { columns } => write!(f, "its row says something else than its events: {}", columns.join(", ")),
            Self::NoRow => f.write_str("it has events, and its row is missing"),
        }
    }
}

/// What was found of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Which.
    pub incident: IncidentId,
    /// How many events it has.
    pub events: u64,
    /// How many of them, its last ones, are not sealed yet: they were written by an older version.
    pub unsealed: u64,
    /// The hash of the last sealed event, in hexadecimal; it stands for all events up to it.
    pub head: String,
    /// What is wrong; `None` when nothing is.
    pub damage: Option<Damage>,
}

impl Store {
    /// Verifies the incidents of these numbers, and hands each to `found` in their order. Each is read as it is at one
    /// instant, so a bot may write meanwhile.
    pub async fn verify(
        &self,
        numbers: std::ops::RangeInclusive<i64>,
        mut found: impl FnMut(Verified),
    ) -> Result<(), StoreError> {
        let last = self.read((), |(), db| async move { last_number(&db).await }).await?.min(*numbers.end());
        let mut from = (*numbers.start()).max(0);
        while from <= last {
            let to = last.min(from.saturating_add(TOGETHER - 1));
            let (rows, events) =
                self.read((from, to), |(from, to), db| async move { page(&db, from, to).await }).await?;
            let mut rows = rows.into_iter().peekable();
            let mut events = events.chunk_by(|one, next| one.incident == next.incident).peekable();
            loop {
                // The next number of which there is a row, events, or both.
                let of_events = events.peek().and_then(|chain| chain.first()).map(|event| event.incident);
                let of_row = rows.peek().map(|row| row.number);
                let Some(number) = of_events.into_iter().chain(of_row).min() else { break };
                let chain = events.next_if(|chain| chain.first().is_some_and(|event| event.incident == number));
                let row = rows.next_if(|row| row.number == number);
                found(verified(IncidentId(number), row.as_ref(), chain.unwrap_or_default()));
            }
            from = to.saturating_add(1);
        }
        Ok(())
    }
}

/// The last number that an incident or an event has.
async fn last_number(db: &DatabaseConnection) -> Result<i64, DbErr> {
    let incident = incident::Entity::find()
        .select_only()
        .column(incident::Column::Number)
        .order_by_desc(incident::Column::Number)
        .into_tuple::<i64>()
        .one(db)
        .await?;
    let event = event::Entity::find()
        .select_only()
        .column(event::Column::Incident)
        .order_by_desc(event::Column::Incident)
        .order_by_desc(event::Column::Seq)
        .into_tuple::<i64>()
        .one(db)
        .await?;
    Ok(incident.max(event).unwrap_or_default())
}

/// The rows and the events of these numbers at one instant, in order.
async fn page(db: &DatabaseConnection, from: i64, to: i64) -> Result<(Vec<incident::Model>, Vec<event::Model>), DbErr> {
    // In SQLite a transaction sees one instant in any case.
    let isolation_level = (db.get_database_backend() == DbBackend::Postgres).then_some(IsolationLevel::RepeatableRead);
    let at_once =
        db.begin_with_options(TransactionOptions { isolation_level, ..TransactionOptions::default() }).await?;
    let rows = incident::Entity::find()
        .filter(incident::Column::Number.between(from, to))
        .order_by_asc(incident::Column::Number)
        .all(&at_once)
        .await?;
    let events = event::Entity::find()
        .filter(event::Column::Incident.between(from, to))
        .order_by_asc(event::Column::Incident)
        .order_by_asc(event::Column::Seq)
        .all(&at_once)
        .await?;
    at_once.commit().await?;
    Ok((rows, events))
}

fn verified(incident: IncidentId, row: Option<&incident::Model>, events: &[event::Model]) -> Verified {
    let mut walk = Walk { before: BEGINNING, unsealed: 0 };
    let damage = events
        .iter()
        .zip(1..)
        .find_map(|(event, seq)| walk.step(event, seq).err())
        .or_else(|| projected(incident, row, events).err());
    Verified {
        incident,
        events: u64::try_from(events.len()).unwrap_or(u64::MAX),
        unsealed: walk.unsealed,
        head: written(&walk.before),
        damage,
    }
}

struct Walk {
    before: Hash,
    unsealed: u64,
}

impl Walk {
    /// The event stands where it must, and is what was hashed.
    fn step(&mut self, row: &event::Model, seq: u64) -> Result<(), Damage> {
        if unsigned(row.seq) != seq {
            return Err(Damage::Missing { seq });
        }
        let Some(hash) = &row.hash else {
            self.unsealed += 1;
            return Ok(());
        };
        if self.unsealed > 0 {
            return Err(Damage::Unsealed { seq: seq - self.unsealed });
        }
        self.before = sealed(row, &self.before).filter(|is| Some(*is) == read(hash)).ok_or(Damage::Changed { seq })?;
        Ok(())
    }
}

/// The hash that the event has behind that one; `None` when it cannot be told.
pub(super) fn sealed(row: &event::Model, before: &Hash) -> Option<Hash> {
    let content = Content::of(row).ok()?;
    let tokens = Tokens::read(row.salts.as_deref()?)?;
    // Where a text was forgotten nothing else may stand than what says so.
    let forgotten =
        content.texts().into_iter().zip(&tokens.0).filter(|(_, token)| matches!(token, Token::Forgotten(_)));
    if forgotten.into_iter().any(|(text, _)| !is_placeholder(text)) {
        return None;
    }
    Some(link(before, &content.digest(&tokens)?))
}

/// The events can be read, and make the row.
fn projected(id: IncidentId, row: Option<&incident::Model>, events: &[event::Model]) -> Result<(), Damage> {
    let unreadable = |event: &event::Model, why: String| Damage::Unreadable { seq: unsigned(event.seq), why };
    let mut recorded = Vec::with_capacity(events.len());
    for event in events {
        // A sealed one was read already.
        if event.hash.is_none() {
            Content::of(event).map_err(|why| unreadable(event, why))?;
        }
        recorded.push(projection::recorded(&event.into()).map_err(|error| unreadable(event, error.to_string()))?);
    }
    let Some(row) = row else { return Err(Damage::NoRow) };
    let count = unsigned(row.version);
    let folded = fold(id, recorded);
    if folded.version < count {
        return Err(Damage::Missing { seq: folded.version + 1 });
    }
    let cannot = |_: StoreError| Damage::Row { columns: vec!["it cannot be read"] };
    // Both by way of the incident, so that how the JSON in them was written does not matter.
    let stored = projection::incident(row).map_err(cannot)?;
    let (is, should) = (again(&stored, row)?, again(&folded, row)?);
    let mut columns: Vec<&'static str> = incident::Column::iter()
        .filter(|column| is.get(*column) != should.get(*column))
        .map(|column| column.as_str())
        .collect();
    if row.live != should.live {
        columns.push(incident::Column::Live.as_str());
    }
    if columns.is_empty() { Ok(()) } else { Err(Damage::Row { columns }) }
}

/// The row of an incident, with what is no part of it taken from `row`.
fn again(incident: &crate::core::incident::Incident, row: &incident::Model) -> Result<incident::Model, Damage> {
    let made = projection::row(incident, jiff::Timestamp::UNIX_EPOCH, None);
    let mut made = made.map_err(|_| Damage::Row { columns: vec!["it cannot be made"] })?;
    (made.changed_at, made.next_due) = (row.changed_at, row.next_due);
    Ok(made)
}
