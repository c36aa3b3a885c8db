//! How the databases run the queries that run all the time: by an index, whatever the tables have grown to.

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, QuerySelect, QueryTrait, Select, Statement};

use super::sql::{self, Sql, Template};
use super::{
    BoardFilter, Due, Store, StoreOptions, archival, chain, history, inbox, incidents, outbox, reminders, tracking,
};

/// Finished rows, few that wait; incidents, few that are live, many that have to be looked at sooner or later.
const GROWN: [&str; 9] = [
    "INSERT INTO history_message (channel, message, desk, at, kind, by_bot, files)
     SELECT 'C' || n % 100, n, CASE WHEN n % 2 = 0 THEN 'woo' ELSE 'other' END, n, 'said', n % 2 = 0, '[]' FROM n",
    "INSERT INTO history_text (channel, message, at, text) SELECT 'C' || n % 100, n, n, 'x' FROM n",
    "INSERT INTO history_reaction (channel, message, emoji, person, at, there)
     SELECT 'C' || n % 100, n, 'eyes', 'U' || n, n, n % 2 = 0 FROM n",
    "INSERT INTO inbox (event_key, channel, message, lane, sort_key, body, received_at, done_at)
     SELECT 'key ' || n, 'C' || n % 100, n, 'C' || n % 100, n, '{}', n, CASE WHEN n % 200 = 0 THEN NULL ELSE n END FROM n",
    "INSERT INTO outbox (incident, lane, class, kind, effect, decided_at, state, next_attempt_at, settled_at)
     SELECT n % 1000, 'C' || n % 100, n % 3, 'react', '{}', n, 'sent', n, CASE WHEN n % 200 = 0 THEN NULL ELSE n END FROM n",
    "INSERT INTO incident (number, version, state, live, desk, title, level, declared, starter, channel, channel_name,
     channel_archived, blockers, components, affected, changed_at, next_due, archive_due)
     SELECT n, 1, CASE WHEN n % 200 = 0 THEN 'started' ELSE 'archived' END, n % 200 = 0, 'woo', '\"x\"', 2, n, 'U1', 'C' || n, 'x', n % 2 = 0,
     '[]', '[]', '[]', n, CASE WHEN n % 2 = 0 THEN n END, CASE WHEN n % 3 = 0 THEN n END FROM n",
    "INSERT INTO event (incident, seq, at, kind, payload, hash)
     SELECT n / 10 + 1, n, n, 'noted', '{}', CASE WHEN n % 200 = 0 THEN NULL ELSE 'x' END FROM n",
    "INSERT INTO tracking (incident, changed_seq, synced_seq, ordered_seq) \
     SELECT n, n, CASE WHEN n % 200 = 0 THEN 0 ELSE n END, CASE WHEN n % 400 = 0 THEN 0 ELSE n END FROM n",
    "INSERT INTO channel_mark (channel, message) SELECT 'C' || n, n FROM n",
];

#[tokio::test]
async fn sqlite_uses_its_indexes() {
    uses_its_indexes(&testing::sqlite()).await;
}

#[tokio::test]
async fn postgres_uses_its_indexes() {
    if let Some(database) = testing::postgres::database() {
        uses_its_indexes(&database).await;
    }
}

async fn uses_its_indexes(database: &testing::Database) {
    let store = Store::open(database.url(), StoreOptions::default()).await.unwrap();
    let (reading, writing, all) = store.insides();
    // A writer's plan stays for long: it must be right from the first row on.
    writes(writing, &all).await;
    let mut rows = 0;
    for more in [1, 4, 200, 20_000] {
        grow(writing, rows, more).await;
        rows += more;
        writes(writing, &all).await;
    }
    reads(reading).await;
}

/// More rows, of which the database then knows.
async fn grow(db: &DatabaseConnection, from: usize, rows: usize) {
    let to = from + rows;
    for insert in GROWN {
        let (into, select) = insert.split_once("SELECT").unwrap();
        let numbers = match db.get_database_backend() {
            DbBackend::Postgres => format!("WITH n AS (SELECT generate_series({from} + 1, {to}) AS n)"),
            _ => format!("WITH RECURSIVE n(n) AS (SELECT {from} + 1 UNION ALL SELECT n + 1 FROM n WHERE n < {to})"),
        };
        db.execute_unprepared(&format!("{into} {numbers} SELECT{select}")).await.unwrap();
    }
    if db.get_database_backend() == DbBackend::Postgres {
        db.execute_unprepared("ANALYZE").await.unwrap();
    }
}

async fn reads(reading: &DatabaseConnection) {
    read(reading, "inbox_waiting", inbox::waiting(Some("C7"), 10)).await;
    read(reading, "inbox_waiting", inbox::waiting(None, 10)).await;
    read(reading, "inbox_waiting", inbox::waiting_lanes()).await;
    read(reading, "outbox_waiting", outbox::waiting(Some("C7"), 10)).await;
    read(reading, "outbox_waiting", outbox::waiting(None, 10)).await;
    read(reading, "outbox_waiting", outbox::waiting_lanes()).await;
    read(reading, "outbox_incident", super::delivery::of_incident(crate::core::ids::IncidentId(7)).limit(10)).await;
    read(reading, "incident_channel", incidents::of_channel(&"C7".into())).await;
    read(reading, "incident_live", incidents::on_board(BoardFilter::Live)).await;
    read(reading, "incident_live", incidents::on_board(BoardFilter::Active)).await;
    read(reading, "incident_due", reminders::due(at(0), None, 256)).await;
    read(reading, "incident_due", reminders::due(at(300), None, 256)).await;
    let behind = Due { at: at(100), incident: crate::core::ids::IncidentId(100) };
    read(reading, "incident_due", reminders::due(at(20_000), Some(behind), 256)).await;
    read(reading, "incident_live", reminders::burning(crate::core::ids::IncidentId(0), 256)).await;
    read(reading, "event_unsealed", chain::unsealed(7)).await;
    read(reading, "tracking_behind", tracking::behind(at(300), crate::core::ids::IncidentId(0), 256)).await;
    read(reading, "incident_archive_due", archival::archivable(at(300), None, 256)).await;
    read(reading, "incident_archive_due", archival::archivable(at(20_000), Some(behind), 256)).await;
    read(reading, "incident_live", archival::over(crate::core::ids::IncidentId(0), 256)).await;
    let after = crate::core::ids::MessageId::new("100");
    read(reading, "history_message_pkey", history::messages_after("C7", Some(&after), 100)).await;
    read(reading, "history_message_pkey", history::standing("C7", "100", 100)).await;
    read(reading, "history_text_pkey", history::texts_between("C7", "100", "200")).await;
    read(reading, "history_reaction_pkey", history::reactions_between("C7", "100", Some("200"))).await;
    read(reading, "history_message_age", history::aged("woo", 300)).await;
    read(reading, "event_pkey", incidents::events_of(crate::core::ids::IncidentId(7))).await;
}

async fn writes(writing: &DatabaseConnection, all: &Sql) {
    let replace = sql::replace(writing.get_database_backend(), &["C1", "C2", "C3"], 2, "set_topic", 1).remove(0);
    explain(writing, "outbox_waiting", replace.sql, replace.values.map(|values| values.0)).await;
    // SQLite explains one statement at a time, and those of the combined one are below.
    if writing.get_database_backend() == DbBackend::Postgres {
        for rows in [1, 8, 64] {
            let (text, values) = all.ordinary().sample(rows);
            for index in ["outbox_pkey", "inbox_pkey", "incident_pkey"] {
                explain(writing, index, text.clone(), Some(values.clone())).await;
            }
            let (text, values) = all.chatter().sample(rows);
            explain(writing, "history_message_pkey", text, Some(values)).await;
        }
    }
    for rows in [1, 8, 64, 256] {
        write(writing, "inbox_pkey", &all.finish_inbox, rows).await;
        write(writing, "inbox_pkey", &all.count_panics, rows).await;
        write(writing, "incident_pkey", &all.update_incidents, rows).await;
        // With it the last event's hash is looked up.
        write(writing, "event_pkey", &all.update_incidents, rows).await;
        write(writing, "event_pkey", &all.seal_events, rows).await;
        write(writing, "event_pkey", &all.rewrite_events, rows).await;
        write(writing, "incident_pkey", &all.check_versions, rows).await;
        write(writing, "incident_pkey", &all.replan_incidents, rows).await;
        write(writing, "tracking_pkey", &all.sync_tracking, rows).await;
        write(writing, "tracking_pkey", &all.trouble_tracking, rows).await;
        write(writing, "tracking_pkey", &all.attempt_tracking, rows).await;
        write(writing, "tracking_pkey", &all.claim_tracking, rows).await;
        write(writing, "incident_pkey", &all.replan_archival, rows).await;
        write(writing, "history_message_pkey", &all.remove_messages, rows).await;
        write(writing, "history_message_pkey", &all.keep_texts, rows).await;
        write(writing, "history_text_pkey", &all.withhold_texts, rows).await;
        write(writing, "outbox_pkey", &all.settle_outbox, rows).await;
        write(writing, "outbox_pkey", &all.postpone_outbox, rows).await;
    }
}

/// The instant that is stored as this number.
fn at(micros: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(micros).unwrap()
}

async fn read<E: sea_orm::EntityTrait>(db: &DatabaseConnection, index: &str, query: Select<E>) {
    let statement = query.build(db.get_database_backend());
    explain(db, index, statement.sql.clone(), statement.values.map(|values| values.0)).await;
}

async fn write(db: &DatabaseConnection, index: &str, template: &Template, rows: usize) {
    let (text, values) = template.sample(rows);
    explain(db, index, text, Some(values)).await;
}

/// Panics unless the plan uses the index and scans no table.
async fn explain(db: &DatabaseConnection, index: &str, sql: String, values: Option<Vec<sea_orm::Value>>) {
    let backend = db.get_database_backend();
    let (explain, column) = match backend {
        DbBackend::Postgres => ("EXPLAIN", 0),
        _ => ("EXPLAIN QUERY PLAN", 3),
    };
    let statement = Statement::from_sql_and_values(backend, format!("{explain} {sql}"), values.unwrap_or_default());
    let plan: Vec<String> =
        db.query_all_raw(statement).await.unwrap().iter().map(|row| row.try_get_by(column).unwrap()).collect();
    let plan = plan.join("\n");
    // SQLite has no index of its own for a whole-number key, and names that of two columns by itself.
    let expected = match (backend, index) {
        (DbBackend::Sqlite, "event_pkey") => "sqlite_autoindex_event_1",
        (DbBackend::Sqlite, "history_message_pkey") => "sqlite_autoindex_history_message_1",
        (DbBackend::Sqlite, "history_text_pkey") => "sqlite_autoindex_history_text_1",
        (DbBackend::Sqlite, "history_reaction_pkey") => "sqlite_autoindex_history_reaction_1",
        (DbBackend::Sqlite, index) if index.ends_with("_pkey") => "USING INTEGER PRIMARY KEY",
        _ => index,
    };
    assert!(plan.contains(expected), "{expected} is not used by {sql}\n{plan}");
    let tables = [
        "inbox",
        "outbox",
        "incident",
        "event",
        "channel_mark",
        "tracking",
        "history_message",
        "history_text",
        "history_reaction",
    ];
    let scans = |line: &&str| {
        let sqlite = tables.iter().any(|table| line.trim() == format!("SCAN {table}"));
        sqlite || line.contains("Seq Scan")
    };
    assert_eq!(plan.lines().find(scans), None, "{sql}\n{plan}");
}
