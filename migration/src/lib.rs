//! The database schema of Breaking Bot, as migrations that go up and down, on SQLite and on PostgreSQL.
//!
//! A migration leaves the tables usable by the version before it (columns are added with a default, dropped one version
//! after their last use), so that copies can be replaced one at a time.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DatabaseConnection, EntityTrait};
use sea_orm_migration::seaql_migrations;
pub use sea_orm_migration::{MigratorTrait, SchemaManager};

mod m0001_tables;
mod m0002_reminders;
mod m0003_history;
mod m0004_chain;
mod m0005_tracker;
mod m0007_receipts;
mod m0008_listener;
mod m0009_report;

/// All migrations, in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_tables::Migration),
            Box::new(m0002_reminders::Migration),
            Box::new(m0003_history::Migration),
            Box::new(m0004_chain::Migration),
            Box::new(m0005_tracker::Migration),
            Box::new(m0007_receipts::Migration),
            Box::new(m0008_listener::Migration),
            Box::new(m0009_report::Migration),
        ]
    }
}

/// Whether every migration that this version knows was applied. Migrations that it does not know are a later version's,
/// which left the tables usable: a copy of this version may go on.
pub async fn is_up_to_date(db: &DatabaseConnection) -> Result<bool, DbErr> {
    Ok(pending(db).await?.is_empty())
}

/// The migrations that this version knows and that were not applied, in order.
pub async fn pending(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    let applied = applied(db).await?;
    let known = Migrator::migrations().into_iter().map(|migration| migration.name().to_owned());
    Ok(known.filter(|name| !applied.contains(name)).collect())
}

/// Applies what is not applied yet.
pub async fn up(db: &DatabaseConnection) -> Result<(), DbErr> {
    Migrator::up(db, None).await
}

/// Takes the last `steps` migrations back and tells which, the latest first.
pub async fn down(db: &DatabaseConnection, steps: u32) -> Result<Vec<String>, DbErr> {
    let before = applied(db).await?;
    Migrator::down(db, Some(steps)).await?;
    let after = applied(db).await?;
    Ok(before.into_iter().rev().filter(|name| !after.contains(name)).collect())
}

async fn applied(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    if !SchemaManager::new(db).has_table("seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let rows = seaql_migrations::Entity::find().all(db).await?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}
