//! The chain of an incident's events: each holds the hash of itself and the one before.
//!
//! A copy of the version before writes events without one; they are sealed by the next look (the index finds them).

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "event";
const INDEX: &str = "event_unsealed";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds and drops one column at a time.
        for column in ["salts", "hash"] {
            let column = ColumnDef::new(column).text().to_owned();
            manager.alter_table(Table::alter().table(TABLE).add_column(column).to_owned()).await?;
        }
        // Empty once everything is sealed, and so it costs nothing.
        let index =
            Index::create().name(INDEX).table(TABLE).col("incident").and_where(Expr::col("hash").is_null()).to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(INDEX).table(TABLE).to_owned()).await?;
        for column in ["hash", "salts"] {
            manager.alter_table(Table::alter().table(TABLE).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
