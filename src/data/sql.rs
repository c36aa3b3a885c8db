//! The statements of the hot path, each for many rows at once.
//!
//! sea-orm's entities would cost a statement for each row, and a text of its own for each number of rows, which both
//! databases would parse anew. Here the rows of a batch are one JSON parameter that the database takes apart, so that
//! a statement's text is always the same and its preparation is kept.

use sea_orm::sea_query::ColumnType;
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, IdenStatic, Iterable};

use super::entity::{channel_mark, event, inbox, incident, outbox, person};

/// A column that the JSON rows have.
type Column = (&'static str, &'static str);

const BIG: &str = "bigint";
const INT: &str = "integer";
const TEXT: &str = "text";

/// The statements, in the dialect of one database.
#[derive(Debug)]
pub(super) struct Sql {
    /// Takes inbox rows in; gives `id, event_key` of those that are new.
    pub receive: String,
    /// Moves channels' marks forward, never back.
    pub advance_marks: String,
    /// Finishes inbox rows; gives the `id` of those that were waiting.
    pub finish_inbox: String,
    /// Counts a panic; gives `id, panics`.
    pub count_panics: String,
    /// Inserts new incidents; gives the `number` of those that were not there.
    pub insert_incidents: String,
    /// Changes incidents that still have the expected version; gives their `number`.
    pub update_incidents: String,
    /// Gives the `number` of incidents that still have the expected version, and keeps it so until the commit.
    pub check_versions: String,
    /// Appends events.
    pub insert_events: String,
    /// Marks waiting outbox rows of a lane and kind as replaced.
    pub replace_outbox: String,
    /// Puts rows in the outbox; gives their `id`.
    pub insert_outbox: String,
    /// Settles outbox rows that were waiting; gives their `id`.
    pub settle_outbox: String,
    /// Puts off outbox rows that are waiting.
    pub postpone_outbox: String,
    /// Takes numbers from a counter; gives the last of them.
    pub take_numbers: String,
    /// Keeps people.
    pub keep_people: String,
}

impl Sql {
    /// The statements for that database.
    pub fn new(backend: DbBackend) -> Self {
        let rows = |columns: &[Column]| rows(backend, columns);
        let lock = if backend == DbBackend::Postgres { " FOR SHARE OF incident" } else { "" };
        let incident_columns = columns::<incident::Entity>(&[]);
        let mut changed_columns = incident_columns.clone();
        changed_columns.push(("before", BIG));
        Self {
            receive: format!(
                "{} ON CONFLICT DO NOTHING RETURNING id, event_key",
                insert(backend, "inbox", &columns::<inbox::Entity>(&["id"]))
            ),
            advance_marks: format!(
                "{} ON CONFLICT (channel) DO UPDATE SET message = excluded.message \
                 WHERE channel_mark.message < excluded.message",
                insert(backend, "channel_mark", &columns::<channel_mark::Entity>(&[]))
            ),
            finish_inbox: format!(
                "{} UPDATE inbox SET done_at = t.done_at, set_aside = t.set_aside FROM t \
                 WHERE inbox.id = t.id AND inbox.done_at IS NULL RETURNING inbox.id",
                rows(&[("id", BIG), ("done_at", BIG), ("set_aside", TEXT)])
            ),
            count_panics: format!(
                "{} UPDATE inbox SET panics = t.panics FROM t \
                 WHERE inbox.id = t.id AND inbox.panics < t.panics RETURNING inbox.id",
                rows(&[("id", BIG), ("panics", INT)])
            ),
            insert_incidents: format!(
                "{} ON CONFLICT (number) DO NOTHING RETURNING number",
                insert(backend, "incident", &incident_columns)
            ),
            update_incidents: format!(
                "{} UPDATE incident SET {} FROM t \
                 WHERE incident.number = t.number AND incident.version = t.before RETURNING incident.number",
                rows(&changed_columns),
                incident_columns
                    .iter()
                    .filter(|(name, _)| *name != "number")
                    .map(|(name, _)| format!("{name} = t.{name}"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            check_versions: format!(
                "{} SELECT incident.number FROM t JOIN incident ON incident.number = t.number \
                 WHERE incident.version = t.before{lock}",
                rows(&[("number", BIG), ("before", BIG)])
            ),
            insert_events: insert(backend, "event", &columns::<event::Entity>(&[])),
            replace_outbox: format!(
                "{} UPDATE outbox SET state = 'replaced', settled_at = t.settled_at FROM t \
                 WHERE outbox.lane = t.lane AND outbox.kind = t.kind AND outbox.settled_at IS NULL",
                rows(&[("lane", TEXT), ("kind", TEXT), ("settled_at", BIG)])
            ),
            insert_outbox: format!("{} RETURNING id", insert(backend, "outbox", &columns::<outbox::Entity>(&["id"]))),
            settle_outbox: format!(
                "{} UPDATE outbox SET state = t.state, settled_at = t.settled_at, receipt = t.receipt, \
                 last_error = coalesce(t.last_error, outbox.last_error), attempts = outbox.attempts + 1 FROM t \
                 WHERE outbox.id = t.id AND outbox.settled_at IS NULL RETURNING outbox.id",
                rows(&[("id", BIG), ("state", TEXT), ("settled_at", BIG), ("receipt", TEXT), ("last_error", TEXT)])
            ),
            postpone_outbox: format!(
                "{} UPDATE outbox SET attempts = outbox.attempts + 1, last_error = t.last_error, \
                 next_attempt_at = t.next_attempt_at FROM t WHERE outbox.id = t.id AND outbox.settled_at IS NULL",
                rows(&[("id", BIG), ("last_error", TEXT), ("next_attempt_at", BIG)])
            ),
            take_numbers: format!(
                "{} UPDATE counter SET value = counter.value + t.value FROM t WHERE counter.name = t.name \
                 RETURNING counter.value AS value",
                rows(&[("name", TEXT), ("value", BIG)])
            ),
            keep_people: format!(
                "{} ON CONFLICT (id) DO UPDATE SET fetched_at = excluded.fetched_at, name = excluded.name, \
                 email = excluded.email, timezone = excluded.timezone, standing = excluded.standing",
                insert(backend, "person", &columns::<person::Entity>(&[]))
            ),
        }
    }
}

/// `INSERT … SELECT` of the JSON rows, in their order.
fn insert(backend: DbBackend, table: &str, columns: &[Column]) -> String {
    let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    // SQLite reads `ON CONFLICT` after a bare FROM as a join; WHERE true keeps them apart.
    format!("INSERT INTO {table} ({names}) {} SELECT {names} FROM t WHERE true ORDER BY ord", rows(backend, columns))
}

/// The common table expression `t` with the JSON rows, and `ord`, the place of each.
fn rows(backend: DbBackend, columns: &[Column]) -> String {
    let join = |parts: Vec<String>| parts.join(", ");
    match backend {
        DbBackend::Postgres => format!(
            "WITH t AS (SELECT * FROM ROWS FROM (json_to_recordset($1::json) AS ({})) WITH ORDINALITY AS r({}, ord))",
            join(columns.iter().map(|(name, kind)| format!("{name} {kind}")).collect()),
            join(columns.iter().map(|(name, _)| (*name).to_owned()).collect()),
        ),
        _ => format!(
            "WITH t AS (SELECT {}, key AS ord FROM json_each(?1))",
            join(columns.iter().map(|(name, _)| format!("value ->> '{name}' AS {name}")).collect()),
        ),
    }
}

/// The columns of an entity.
fn columns<E: EntityTrait>(without: &[&str]) -> Vec<Column> {
    E::Column::iter()
        .map(|column| {
            let kind = match column.def().get_column_type() {
                ColumnType::BigInteger => BIG,
                ColumnType::Integer => INT,
                ColumnType::Boolean => "boolean",
                _ => TEXT,
            };
            (column.as_str(), kind)
        })
        .filter(|(name, _)| !without.contains(name))
        .collect()
}
