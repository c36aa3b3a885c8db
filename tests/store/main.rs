//! The store, on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test that meets an error fails")]

mod chain;
mod copies;
mod exclusive;
mod fixtures;
mod folding;
mod group;
mod history;
mod inbox;
mod incidents;
mod outage;
mod outbox;
mod people;
mod reminders;
mod schema;
mod tracking;

/// Runs each case on a new database of each kind.
macro_rules! cases {
    ($($case:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(testing::sqlite()).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some(database) = testing::postgres::database() {
                    super::$case(database).await;
                }
            })+
        }
    };
}
pub(crate) use cases;
