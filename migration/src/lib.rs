//! The database schema of Breaking Bot, as migrations that go up and down.
