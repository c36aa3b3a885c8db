//! What tests have in common.
//!
//! Throw-away databases: a SQLite file, or a database on a PostgreSQL server of the test's own.
//!
//! They end with the value, and the server ends with the process, also when it is killed.

use tempfile::TempDir;

pub mod postgres;
pub mod schema;

/// A database that nobody else uses. A SQLite file is removed with it.
#[derive(Debug)]
pub struct Database {
    url: String,
    directory: Option<TempDir>,
}

impl Database {
    /// Its address, as the program takes it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether it is SQLite.
    pub fn is_sqlite(&self) -> bool {
        self.directory.is_some()
    }
}

/// A new SQLite file.
///
/// # Panics
/// When there is no place for temporary files.
pub fn sqlite() -> Database {
    let directory = match tempfile::Builder::new().prefix("breakingbot-").tempdir() {
        Ok(directory) => directory,
        Err(why) => panic!("no place for a temporary database: {why}"),
    };
    let url = format!("sqlite://{}", directory.path().join("breakingbot.db").display());
    Database { url, directory: Some(directory) }
}

/// A new database of each kind: SQLite, and PostgreSQL where it is installed (see [`postgres::database`]).
pub fn databases() -> Vec<Database> {
    std::iter::once(sqlite()).chain(postgres::database()).collect()
}
