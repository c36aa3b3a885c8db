//! Several statements as one, so that a batch goes to the database and back once and not ten times: on a busy machine each
//! way waits for its turn.

use std::fmt::Write;
use std::sync::OnceLock;

use sea_orm::{DbBackend, Statement, Value};

use super::{LAST_HASH, MOST, Row, SIZES, Sql, Template, without_nul};

/// Statements as one text, which is a transaction of its own. Every part has the same number of rows, those that are too
/// many being filled up, so that there are as few texts as of each statement. On SQLite it may leave the transaction open
/// when it fails.
#[derive(Debug)]
pub(in crate::data) struct Combined {
    backend: DbBackend,
    pieces: Vec<Piece>,
    /// What it gives, on PostgreSQL, behind parts with that many parameters.
    gives: fn(usize) -> String,
    texts: [OnceLock<String>; SIZES],
}

/// One of the statements.
#[derive(Debug)]
struct Piece {
    /// What PostgreSQL calls its rows.
    name: &'static str,
    template: Template,
    /// Whether it fails unless it changes as many rows as it brings.
    is_expected: bool,
}

/// A part of an ordinary batch, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::data) enum Part {
    Settle,
    Receive,
    Marks,
    Finish,
    Change,
    Events,
    Outbox,
    Tracking,
}

impl Part {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::Settle,
        Self::Receive,
        Self::Marks,
        Self::Finish,
        Self::Change,
        Self::Events,
        Self::Outbox,
        Self::Tracking,
    ];

    fn name(self) -> &'static str {
        ["settled", "received", "marked", "finished", "changed", "added", "sent", "tracked"][self as usize]
    }
}

/// Fails, on SQLite, unless the statement before it changed so many rows; nothing simpler raises an error there. It gives no
/// row.
const UNLESS_EXPECTED: &str = "SELECT json('rows: ' || changes()) WHERE changes() <> ?; ";

impl Combined {
    /// An ordinary batch. It gives rows of three columns: which part it is of, an id, and an event's key.
    pub fn ordinary(sql: &Sql) -> Self {
        let backend = sql.receive.backend;
        let tagged = |part: Part| {
            let template = match part {
                Part::Settle => &sql.settle_outbox,
                Part::Receive => &sql.receive,
                Part::Marks => &sql.advance_marks,
                Part::Finish => &sql.finish_inbox,
                Part::Change => &sql.update_incidents,
                Part::Events => &sql.insert_events,
                Part::Outbox => &sql.insert_outbox,
                Part::Tracking => &sql.change_tracking,
            };
            let is_expected = matches!(part, Part::Finish | Part::Change);
            let tail = match template.tail.split_once("RETURNING ") {
                Some((before, given)) => {
                    // The hash that comes with a change is known already.
                    let given = given.strip_suffix(&format!(", {LAST_HASH}")).unwrap_or(given);
                    let key = if part == Part::Receive { "" } else { ", NULL" };
                    match backend {
                        // Its last line tells the parts apart.
                        DbBackend::Postgres => format!("{before}RETURNING {given}"),
                        // They are only counted.
                        _ if is_expected => before.to_owned(),
                        _ => format!("{before}RETURNING {}, {given}{key}", part as i32),
                    }
                }
                None => template.tail.clone(),
            };
            Piece {
                name: part.name(),
                template: Template::new(backend, template.columns.clone(), template.head.clone(), tail),
                is_expected,
            }
        };
        let gives = |parameters| {
            format!(
                "expected AS (SELECT 1 / (((SELECT count(*) FROM finished) = ${}::bigint \
                 AND (SELECT count(*) FROM changed) = ${}::bigint)::integer) AS one) \
                 SELECT 0, id, NULL::text FROM settled UNION ALL SELECT 1, id, event_key FROM received \
                 UNION ALL SELECT 6, id, NULL FROM sent UNION ALL SELECT 3, one, NULL FROM expected",
                parameters + 1,
                parameters + 2,
            )
        };
        Self::new(backend, Part::ALL.map(tagged).into(), gives)
    }

    /// Messages, what they said, and how far channels are known. It gives nothing.
    pub fn chatter(sql: &Sql) -> Self {
        let backend = sql.receive.backend;
        let pieces = [("kept", &sql.keep_messages), ("said", &sql.keep_texts), ("known", &sql.advance_history)];
        let piece = |(name, template): (_, &Template)| Piece { name, template: template.clone(), is_expected: false };
        Self::new(backend, pieces.map(piece).into(), |_| "nothing AS (SELECT 1) SELECT 1 WHERE FALSE".to_owned())
    }

    fn new(backend: DbBackend, pieces: Vec<Piece>, gives: fn(usize) -> String) -> Self {
        Self { backend, pieces, gives, texts: [const { OnceLock::new() }; SIZES] }
    }

    /// The statement with these rows of each part; `None` when they are too many for one.
    pub fn statement(&self, rows: &[Vec<&dyn Row>]) -> Option<Statement> {
        let most = rows.iter().map(Vec::len).max().unwrap_or_default().max(1);
        if most > MOST {
            return None;
        }
        let size = most.next_power_of_two();
        let (mut values, mut expected): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
        for (Piece { template, is_expected, .. }, rows) in self.pieces.iter().zip(rows) {
            let begin = values.len();
            for row in rows {
                row.values(&mut values);
            }
            values[begin..].iter_mut().for_each(without_nul);
            for _ in rows.len()..size {
                values.extend(template.columns.iter().map(|(_, kind)| kind.null()));
            }
            if *is_expected {
                let at_its_place = if self.is_postgres() { &mut expected } else { &mut values };
                at_its_place.push(i64::try_from(rows.len()).unwrap_or_default().into());
            }
        }
        values.extend(expected);
        let place = usize::try_from(size.trailing_zeros()).unwrap_or_default().min(SIZES - 1);
        let text = self.texts[place].get_or_init(|| self.text(size));
        Some(Statement::from_sql_and_values(self.backend, text, values))
    }

    fn is_postgres(&self) -> bool {
        self.backend == DbBackend::Postgres
    }

    fn text(&self, rows: usize) -> String {
        if !self.is_postgres() {
            let mut text = String::from("BEGIN IMMEDIATE; ");
            for Piece { template, is_expected, .. } in &self.pieces {
                text.push_str(&template.text(rows));
                text.push_str("; ");
                if *is_expected {
                    text.push_str(UNLESS_EXPECTED);
                }
            }
            text.push_str("COMMIT");
            return text;
        }
        let mut text = String::from("WITH ");
        let mut parameters = 0;
        for Piece { name, template, .. } in &self.pieces {
            let inner = template.text_from(rows, parameters);
            parameters += rows * template.columns.len();
            // Writing to a String cannot fail.
            let _ = write!(text, "{name} AS ({inner}), ");
        }
        text.push_str(&(self.gives)(parameters));
        text
    }
}

#[cfg(test)]
impl Combined {
    /// The statement for that number of rows of any values.
    pub fn sample(&self, rows: usize) -> (String, Vec<Value>) {
        let mut values: Vec<Value> = self.pieces.iter().flat_map(|piece| piece.template.sample(rows).1).collect();
        values.extend(self.pieces.iter().filter(|piece| piece.is_expected).map(|_| Value::from(7_i64)));
        (self.text(rows), values)
    }
}
