//! Whole incidents, as people live them: through the real gateway, against the local Slack, on SQLite and on PostgreSQL.
//! Each story has a Slack, a database and a bot of its own.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a story that cannot go on should stop there")]
#![allow(missing_docs, reason = "tests explain themselves")]
mod bot;
mod invariants;
mod people;
mod rooms;
#[path = "../reports/site.rs"]
#[allow(dead_code, reason = "the tests of reports use the rest")]
mod site;
mod story;

/// Runs each of these stories on SQLite and on PostgreSQL.
macro_rules! stories {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            #[test]
            fn on_sqlite() {
                crate::story::on_sqlite(super::$name);
            }

            #[test]
            fn on_postgres() {
                crate::story::on_postgres(super::$name);
            }
        })+
    };
}

mod access;
mod archival;
mod channels;
mod complete;
mod declaring;
mod desks;
mod endings;
mod everywhere;
mod faults;
mod hearing;
mod history;
mod paging;
mod priorities;
mod reading;
mod records;
mod reminders;
mod reports;
mod roles;
#[path = "../trackers/servers/mod.rs"]
#[allow(dead_code, reason = "the trackers' own tests use the rest")]
mod servers;
mod snoozing;
mod text;
mod thrift;
mod times;
#[path = "../recording/tracker.rs"]
mod tracker;
mod tracking;
mod two_bots;
mod whole_incident;
mod whole_record;
