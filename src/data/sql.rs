//! The statements of the hot path, each for many rows at once.
//!
//! sea-orm's entities would cost a statement for each row, and a text of its own for each number of rows, which both
//! databases would parse anew. Here the rows of a batch are the table `t`, whose number of rows is rounded up to a power
//! of two and filled with rows of NULL that match nothing. So there are few texts, and their preparation is kept.
//!
//! A prepared statement keeps the plan that was right while its tables were small, so the statements leave no choice:
//! from the few rows of `t` to the key of the others. Where a row must also be waiting, that is written as
//! `coalesce(…, -1) = -1`, since after `IS NULL` PostgreSQL runs through the index of waiting rows while few wait. And on
//! PostgreSQL keys are compared as in [`same`].

mod combined;

use std::fmt::Write;
use std::sync::OnceLock;

use sea_orm::sea_query::{ColumnType, Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait, IdenStatic, Iterable, ModelTrait,
    Statement, Value,
};

use super::entity::{
    channel_mark, event, history_mark, history_message, history_reaction, history_text, inbox, incident, outbox, person,
};
use crate::core::state::State;

pub(super) use combined::{Combined, Part};

/// Statements for up to 2^8 rows; a batch has no more writes, and more rows go in several statements.
const SIZES: usize = 9;
/// The most rows of one statement.
const MOST: usize = 1 << (SIZES - 1);

/// The type of a column.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Big,
    Int,
    Bool,
    Text,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Big => "bigint",
            Self::Int => "integer",
            Self::Bool => "boolean",
            Self::Text => "text",
        }
    }

    fn null(self) -> Value {
        match self {
            Self::Big => Value::BigInt(None),
            Self::Int => Value::Int(None),
            Self::Bool => Value::Bool(None),
            Self::Text => Value::String(None),
        }
    }
}

type Column = (&'static str, Kind);

/// A row of `t`: its values in the order of the statement's columns.
pub(super) trait Row {
    /// Appends the values.
    fn values(&self, into: &mut Vec<Value>);
}

impl<R: Row> Row for &R {
    fn values(&self, into: &mut Vec<Value>) {
        (*self).values(into);
    }
}

/// The values of an entity's columns, from the given one on: new rows have no id yet.
pub(super) fn entity_values<M: ModelTrait>(model: &M, from: usize, into: &mut Vec<Value>) {
    into.extend(<M::Entity as EntityTrait>::Column::iter().skip(from).map(|column| model.get(column)));
}

/// A statement over `t`.
#[derive(Clone, Debug)]
pub(super) struct Template {
    backend: DbBackend,
    columns: Vec<Column>,
    /// What stands before `WITH t`.
    head: String,
    /// What stands after it.
    tail: String,
    texts: [OnceLock<String>; SIZES],
}

impl Template {
    fn new(backend: DbBackend, columns: Vec<Column>, head: impl Into<String>, tail: impl Into<String>) -> Self {
        Self { backend, columns, head: head.into(), tail: tail.into(), texts: [const { OnceLock::new() }; SIZES] }
    }

    /// Inserts rows in their order, from the given column of the entity on; `then` follows.
    fn insert<E: EntityTrait>(backend: DbBackend, from: usize, then: &str) -> Self {
        let columns = columns::<E>(from);
        let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let mut never_null = E::Column::iter().skip(from).filter(|column| !column.def().is_null());
        // Every table has such a column; it tells the rows that only fill up.
        let filled = never_null.next().map_or("ord", |column| column.as_str());
        let tail = format!("SELECT {names} FROM t WHERE {filled} IS NOT NULL ORDER BY ord {then}");
        Self::new(backend, columns, format!("INSERT INTO {} ({names}) ", E::default().table_name()), tail)
    }

    /// The statements that bring all of the rows.
    pub fn statements<R: Row>(&self, rows: &[R]) -> impl Iterator<Item = Statement> {
        rows.chunks(MOST).map(|rows| {
            let size = rows.len().next_power_of_two();
            let width = self.columns.len();
            let mut values = Vec::with_capacity(size * width);
            for row in rows {
                row.values(&mut values);
            }
            for value in &mut values {
                without_nul(value);
            }
            for _ in rows.len()..size {
                values.extend(self.columns.iter().map(|(_, kind)| kind.null()));
            }
            let place = usize::try_from(size.trailing_zeros()).unwrap_or_default().min(SIZES - 1);
            let text = self.texts[place].get_or_init(|| self.text(size));
            Statement::from_sql_and_values(self.backend, text, values)
        })
    }

    /// The text for that number of rows.
    pub fn text(&self, rows: usize) -> String {
        self.text_from(rows, 0)
    }

    /// The same with parameters beyond that many.
    fn text_from(&self, rows: usize, mut parameter: usize) -> String {
        let mut text = format!("{}WITH t (", self.head);
        for (name, _) in &self.columns {
            text.push_str(name);
            text.push_str(", ");
        }
        text.push_str("ord) AS (VALUES ");
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ", (" });
            for (_, kind) in &self.columns {
                parameter += 1;
                // Writing to a String cannot fail.
                let _ = match self.backend {
                    DbBackend::Postgres => write!(text, "${parameter}::{}, ", kind.word()),
                    _ => write!(text, "?, "),
                };
            }
            let _ = write!(text, "{row})");
        }
        text.push_str(") ");
        text.push_str(&self.tail);
        text
    }
}

#[cfg(test)]
impl Template {
    /// The statement for that number of rows of any values.
    pub fn sample(&self, rows: usize) -> (String, Vec<Value>) {
        let value = |(_, kind): &Column| match kind {
            Kind::Big => 7_i64.into(),
            Kind::Int => 7_i32.into(),
            Kind::Bool => true.into(),
            Kind::Text => "7".into(),
        };
        (self.text(rows), (0..rows).flat_map(|_| self.columns.iter().map(value)).collect())
    }
}

/// PostgreSQL's text has no U+0000 and SQLite's ends there, so it becomes the replacement character. JSON is not
/// concerned: there it is escaped.
fn without_nul(value: &mut Value) {
    if let Value::String(Some(text)) = value
        && text.contains('\0')
    {
        *text = text.replace('\0', "\u{fffd}");
    }
}

/// The hash of an incident's last event: with the change of the incident, so that the chain costs no query of its own.
/// In `RETURNING`, SQLite knows only the table that is changed.
const LAST_HASH: &str =
    "(SELECT event.hash FROM event WHERE event.incident = incident.number ORDER BY event.seq DESC LIMIT 1) AS hash";

/// The statements, in the dialect of one database.
#[derive(Debug)]
pub(super) struct Sql {
    /// Those of an ordinary batch in one; made when it is first needed.
    ordinary: OnceLock<Combined>,
    chatter: OnceLock<Combined>,
    /// Takes inbox rows in; gives `id, event_key` of those that are new.
    pub receive: Template,
    /// Moves channels' marks forward, never back.
    pub advance_marks: Template,
    /// Finishes inbox rows; gives the `id` of those that were waiting.
    pub finish_inbox: Template,
    /// Counts panics.
    pub count_panics: Template,
    /// Inserts new incidents; gives the `number` of those that were not there.
    pub insert_incidents: Template,
    /// Changes incidents that still have the expected version; gives their `number`, and the `hash` of the last event
    /// that they have so far.
    pub update_incidents: Template,
    /// Gives the `number` of incidents that still have the expected version, and keeps it so until the commit.
    pub check_versions: Template,
    /// Changes when incidents that still have that version have to be looked at.
    pub replan_incidents: Template,
    /// Notes that tracking issues have to know of incidents up to an event.
    pub change_tracking: Template,
    /// Notes how tracking issues stand after they were brought up to date.
    pub sync_tracking: Template,
    /// Notes why tracking issues were not brought up to date.
    pub trouble_tracking: Template,
    /// Notes up to where something may have been made under tracking issues.
    pub attempt_tracking: Template,
    /// Claims the orders of tracking issues that are behind; gives their `incident`.
    pub claim_tracking: Template,
    /// Changes when incidents that still have that version may be put away.
    pub replan_archival: Template,
    /// Appends events.
    pub insert_events: Template,
    /// Puts events on their chains that are not.
    pub seal_events: Template,
    /// Replaces what was forgotten in events.
    pub rewrite_events: Template,
    /// Replaces what was forgotten in finished inbox rows.
    pub erase_inbox: Template,
    /// Puts rows in the outbox; gives their `id`.
    pub insert_outbox: Template,
    /// Settles outbox rows that were waiting; gives their `id`.
    pub settle_outbox: Template,
    /// Puts off outbox rows that are waiting.
    pub postpone_outbox: Template,
    /// Takes numbers up to the last of them, if the one before them was the last that was taken.
    pub take_numbers: Template,
    /// Keeps people.
    pub keep_people: Template,
    /// Keeps messages; of one that is there what was not known is added.
    pub keep_messages: Template,
    /// Keeps what messages said from an instant on.
    pub keep_texts: Template,
    /// Keeps whether reactions are there; the latest word counts.
    pub keep_reactions: Template,
    /// Notes that messages were deleted.
    pub remove_messages: Template,
    /// Forgets the words of messages that are not to be kept.
    pub withhold_texts: Template,
    /// Replaces what messages said.
    pub rewrite_texts: Template,
    /// Moves the histories' marks forward and their gaps back.
    pub advance_history: Template,
    /// Moves the histories' marks forward and closes their gaps.
    pub close_history: Template,
}

impl Sql {
    /// The statements of an ordinary batch in one.
    pub fn ordinary(&self) -> &Combined {
        self.ordinary.get_or_init(|| Combined::ordinary(self))
    }

    /// The statements of chatter in one.
    pub fn chatter(&self) -> &Combined {
        self.chatter.get_or_init(|| Combined::chatter(self))
    }

    /// The statements for that database.
    pub fn new(backend: DbBackend) -> Self {
        use Kind::{Big, Bool, Int, Text};
        let over = |columns: &[Column], tail: &str| Template::new(backend, columns.to_vec(), "", tail);
        let by_inbox = same(backend, "inbox.id", "t.id");
        let by_outbox = same(backend, "outbox.id", "t.id");
        let by_incident = same(backend, "incident.number", "t.number");
        let by_event =
            format!("{} AND {}", same(backend, "event.incident", "t.incident"), same(backend, "event.seq", "t.seq"));
        let by_tracking = same(backend, "tracking.incident", "t.incident");
        let of_message = |table: &str| {
            let channel = same(backend, &format!("{table}.channel"), "t.channel");
            format!("{channel} AND {}", same(backend, &format!("{table}.message"), "t.message"))
        };
        let (by_message, by_text) = (of_message("history_message"), of_message("history_text"));
        let history_forward = "ON CONFLICT (channel) DO UPDATE SET message = CASE WHEN \
             history_mark.message < excluded.message THEN excluded.message ELSE history_mark.message END";
        let lock = if backend == DbBackend::Postgres { " FOR SHARE OF incident" } else { "" };
        let incident = columns::<incident::Entity>(0);
        let set = incident.iter().skip(1).map(|(name, _)| format!("{name} = t.{name}")).collect::<Vec<_>>().join(", ");
        let mut change = incident;
        change.push(("before", Big));
        Self {
            ordinary: OnceLock::new(),
            chatter: OnceLock::new(),
            receive: Template::insert::<inbox::Entity>(backend, 1, "ON CONFLICT DO NOTHING RETURNING id, event_key"),
            advance_marks: Template::insert::<channel_mark::Entity>(
                backend,
                0,
                "ON CONFLICT (channel) DO UPDATE SET message = excluded.message \
                 WHERE channel_mark.message < excluded.message",
            ),
            finish_inbox: over(
                &[("id", Big), ("done_at", Big), ("set_aside", Text)],
                &format!(
                    "UPDATE inbox SET done_at = t.done_at, set_aside = t.set_aside FROM t \
                     WHERE {by_inbox} AND coalesce(inbox.done_at, -1) = -1 RETURNING inbox.id"
                ),
            ),
            count_panics: over(
                &[("id", Big), ("panics", Int)],
                &format!("UPDATE inbox SET panics = t.panics FROM t WHERE {by_inbox} AND inbox.panics < t.panics"),
            ),
            insert_incidents: Template::insert::<incident::Entity>(
                backend,
                0,
                "ON CONFLICT (number) DO NOTHING RETURNING number",
            ),
            update_incidents: over(
                &change,
                &format!(
                    "UPDATE incident SET {set} FROM t \
                     WHERE {by_incident} AND incident.version = t.before RETURNING incident.number, {LAST_HASH}"
                ),
            ),
            check_versions: over(
                &[("number", Big), ("before", Big)],
                &format!(
                    "SELECT incident.number FROM t JOIN incident ON {by_incident} \
                     WHERE incident.version = t.before{lock}"
                ),
            ),
            replan_incidents: over(
                &[("number", Big), ("version", Big), ("next_due", Big)],
                &format!(
                    "UPDATE incident SET next_due = t.next_due FROM t WHERE {by_incident} AND incident.version = t.version"
                ),
            ),
            change_tracking: Template::new(
                backend,
                vec![("incident", Big), ("changed_seq", Big)],
                "INSERT INTO tracking (incident, changed_seq) ",
                "SELECT incident, changed_seq FROM t WHERE incident IS NOT NULL ORDER BY ord \
                 ON CONFLICT (incident) DO UPDATE SET changed_seq = excluded.changed_seq \
                 WHERE tracking.changed_seq < excluded.changed_seq",
            ),
            sync_tracking: over(
                &[
                    ("incident", Big),
                    ("synced_seq", Big),
                    ("synced_at", Big),
                    ("issue", Text),
                    ("phase", Text),
                    ("status", Text),
                    ("by_hand", Bool),
                ],
                &format!(
                    "UPDATE tracking SET synced_seq = CASE WHEN tracking.synced_seq < t.synced_seq THEN t.synced_seq \
                     ELSE tracking.synced_seq END, synced_at = t.synced_at, issue = coalesce(t.issue, tracking.issue), \
                     phase = coalesce(t.phase, tracking.phase), status = coalesce(t.status, tracking.status), \
                     by_hand = t.by_hand, attempted_at = NULL, trouble = NULL, trouble_at = NULL FROM t WHERE {by_tracking}"
                ),
            ),
            trouble_tracking: over(
                &[("incident", Big), ("trouble", Text), ("trouble_at", Big)],
                &format!(
                    "UPDATE tracking SET trouble = t.trouble, trouble_at = t.trouble_at FROM t WHERE {by_tracking}"
                ),
            ),
            attempt_tracking: over(
                &[("incident", Big), ("attempted_seq", Big), ("attempted_at", Big)],
                &format!(
                    "UPDATE tracking SET attempted_at = coalesce(tracking.attempted_at, t.attempted_at), attempted_seq = CASE \
                     WHEN tracking.attempted_seq < t.attempted_seq THEN t.attempted_seq \
                     ELSE tracking.attempted_seq END FROM t WHERE {by_tracking}"
                ),
            ),
            claim_tracking: over(
                &[("incident", Big), ("at", Big), ("again_at", Big)],
                &format!(
                    "UPDATE tracking SET ordered_seq = tracking.changed_seq, order_again_at = t.again_at FROM t \
                     WHERE {by_tracking} AND coalesce(tracking.changed_seq, 0) > tracking.synced_seq \
                     AND (tracking.ordered_seq < tracking.changed_seq OR tracking.order_again_at <= t.at) \
                     RETURNING tracking.incident"
                ),
            ),
            replan_archival: over(
                &[("number", Big), ("version", Big), ("archive_due", Big)],
                &format!(
                    "UPDATE incident SET archive_due = t.archive_due FROM t \
                     WHERE {by_incident} AND incident.version = t.version"
                ),
            ),
            insert_events: Template::insert::<event::Entity>(backend, 0, ""),
            seal_events: over(
                &[("incident", Big), ("seq", Big), ("salts", Text), ("hash", Text)],
                &format!(
                    "UPDATE event SET salts = t.salts, hash = t.hash FROM t \
                     WHERE {by_event} AND coalesce(event.hash, '') = ''"
                ),
            ),
            rewrite_events: over(
                &[
                    ("incident", Big),
                    ("seq", Big),
                    ("author", Text),
                    ("payload", Text),
                    ("source", Text),
                    ("salts", Text),
                ],
                &format!(
                    "UPDATE event SET author = t.author, payload = t.payload, source = t.source, salts = t.salts \
                     FROM t WHERE {by_event}"
                ),
            ),
            erase_inbox: over(
                &[("id", Big), ("event_key", Text), ("message", Text), ("sort_key", Text), ("body", Text)],
                &format!(
                    "UPDATE inbox SET event_key = t.event_key, message = t.message, sort_key = t.sort_key, \
                     body = t.body FROM t WHERE {by_inbox} AND coalesce(inbox.done_at, -1) <> -1"
                ),
            ),
            insert_outbox: Template::insert::<outbox::Entity>(backend, 1, "RETURNING id"),
            settle_outbox: over(
                &[
                    ("id", Big),
                    ("state", Text),
                    ("sent_at", Big),
                    ("settled_at", Big),
                    ("receipt", Text),
                    ("last_error", Text),
                ],
                &format!(
                    "UPDATE outbox SET state = t.state, sent_at = t.sent_at, settled_at = t.settled_at, receipt = t.receipt, \
                     last_error = coalesce(t.last_error, outbox.last_error), attempts = outbox.attempts + 1 FROM t \
                     WHERE {by_outbox} AND coalesce(outbox.settled_at, -1) = -1 RETURNING outbox.id"
                ),
            ),
            postpone_outbox: over(
                &[("id", Big), ("last_error", Text), ("next_attempt_at", Big)],
                &format!(
                    "UPDATE outbox SET attempts = outbox.attempts + 1, last_error = t.last_error, \
                     next_attempt_at = t.next_attempt_at FROM t \
                     WHERE {by_outbox} AND coalesce(outbox.settled_at, -1) = -1"
                ),
            ),
            take_numbers: over(
                &[("before", Big), ("last", Big)],
                "UPDATE counter SET value = t.last FROM t WHERE counter.name = 'incident' AND counter.value = t.before \
                 RETURNING counter.value AS value",
            ),
            keep_people: Template::insert::<person::Entity>(
                backend,
                0,
                "ON CONFLICT (id) DO UPDATE SET fetched_at = excluded.fetched_at, name = excluded.name, \
                 email = excluded.email, timezone = excluded.timezone, standing = excluded.standing",
            ),
            keep_messages: Template::insert::<history_message::Entity>(
                backend,
                0,
                "ON CONFLICT (channel, message) DO UPDATE SET \
                 author = coalesce(history_message.author, excluded.author), \
                 thread = coalesce(history_message.thread, excluded.thread), \
                 files = CASE WHEN excluded.files = '[]' OR history_message.withheld THEN history_message.files \
                 ELSE excluded.files END",
            ),
            keep_texts: Template::new(
                backend,
                columns::<history_text::Entity>(0),
                "INSERT INTO history_text (channel, message, at, text) ",
                format!(
                    "SELECT channel, message, at, CASE WHEN EXISTS (SELECT 1 FROM history_message WHERE {by_message} \
                     AND history_message.withheld) THEN NULL ELSE text END \
                     FROM t WHERE channel IS NOT NULL ORDER BY ord ON CONFLICT DO NOTHING"
                ),
            ),
            keep_reactions: Template::insert::<history_reaction::Entity>(
                backend,
                0,
                "ON CONFLICT (channel, message, emoji, person) DO UPDATE SET at = excluded.at, there = excluded.there \
                 WHERE history_reaction.at < excluded.at",
            ),
            remove_messages: over(
                &[("channel", Text), ("message", Text), ("at", Big), ("withheld", Bool)],
                &format!(
                    "UPDATE history_message SET deleted_at = t.at, withheld = t.withheld, \
                     files = CASE WHEN t.withheld THEN '[]' ELSE history_message.files END FROM t \
                     WHERE {by_message} AND history_message.deleted_at IS NULL"
                ),
            ),
            withhold_texts: over(
                &[("channel", Text), ("message", Text)],
                &format!(
                    "UPDATE history_text SET text = NULL FROM t WHERE {by_text} AND history_text.text IS NOT NULL \
                     AND EXISTS (SELECT 1 FROM history_message WHERE {by_message} AND history_message.withheld)"
                ),
            ),
            rewrite_texts: over(
                &[("channel", Text), ("message", Text), ("at", Big), ("text", Text)],
                &format!("UPDATE history_text SET text = t.text FROM t WHERE {by_text} AND history_text.at = t.at"),
            ),
            advance_history: Template::insert::<history_mark::Entity>(
                backend,
                0,
                &format!(
                    "{history_forward}, gap = CASE WHEN history_mark.gap < excluded.gap THEN history_mark.gap \
                 ELSE coalesce(excluded.gap, history_mark.gap) END"
                ),
            ),
            close_history: Template::insert::<history_mark::Entity>(
                backend,
                0,
                &format!("{history_forward}, gap = NULL"),
            ),
        }
    }
}

/// The incident number that was taken last.
pub(super) async fn last_number(db: &DatabaseConnection) -> Result<Option<i64>, DbErr> {
    let statement =
        Statement::from_string(db.get_database_backend(), "SELECT value FROM counter WHERE name = 'incident'");
    db.query_one_raw(statement).await?.map(|row| row.try_get_by(0)).transpose()
}

/// Tracks every incident that goes on, up to its last event.
pub(super) fn begin_tracking() -> String {
    let goes_on = State::all().filter(|state| state.is_updatable()).map(|state| format!("'{}'", state.word()));
    format!(
        "INSERT INTO tracking (incident, changed_seq) SELECT number, version FROM incident \
         WHERE live = TRUE AND channel IS NOT NULL AND state IN ({}) ORDER BY number \
         ON CONFLICT (incident) DO UPDATE SET changed_seq = excluded.changed_seq \
         WHERE tracking.changed_seq < excluded.changed_seq",
        goes_on.collect::<Vec<_>>().join(", ")
    )
}

/// Compares keys. To PostgreSQL an equality is also a reason to run through the whole index in its order, which seems
/// cheap while the table is small; this it can only look up.
fn same(backend: DbBackend, key: &str, value: &str) -> String {
    match backend {
        DbBackend::Postgres => format!("{key} = ANY (ARRAY[{value}])"),
        _ => format!("{key} = {value}"),
    }
}

/// Marks what waits in these lanes, of that kind, as replaced. The kind's class keeps it off the answers that wait.
///
/// Not a statement over `t`: PostgreSQL would rather start from the waiting rows while there are none, and stay with that
/// plan. The number of lanes is rounded up as that of rows is.
pub(super) fn replace(backend: DbBackend, lanes: &[&str], class: i32, kind: &str, at: i64) -> Vec<Statement> {
    let statement = |lanes: &[&str]| {
        let last = lanes.last().copied().unwrap_or_default();
        let filled = lanes.iter().copied().chain(std::iter::repeat(last)).take(lanes.len().next_power_of_two());
        let mut query = Query::update();
        query
            .table("outbox")
            .value("state", outbox::REPLACED)
            .value("settled_at", at)
            .and_where(Expr::col("settled_at").is_null())
            .and_where(Expr::col("lane").is_in(filled))
            .and_where(Expr::col("class").eq(class))
            .and_where(Expr::col("kind").eq(kind));
        backend.build(&query)
    };
    lanes.chunks(MOST).map(statement).collect()
}

/// The columns of an entity, from the given one on.
fn columns<E: EntityTrait>(from: usize) -> Vec<Column> {
    let kind = |column: &E::Column| match column.def().get_column_type() {
        ColumnType::BigInteger => Kind::Big,
        ColumnType::Integer => Kind::Int,
        ColumnType::Boolean => Kind::Bool,
        _ => Kind::Text,
    };
    E::Column::iter().skip(from).map(|column| (column.as_str(), kind(&column))).collect()
}
