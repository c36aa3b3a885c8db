//! What is said in incidents' channels, and when an incident may be put away.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::m0001_tables::sorted_text;

#[derive(DeriveMigrationName)]
pub struct Migration;

const DUE: &str = "incident_archive_due";
const TABLES: [&str; 4] = ["history_mark", "history_reaction", "history_text", "history_message"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        // SQLite adds and drops one column at a time.
        for column in
            [ColumnDef::new("archival").text().not_null().default("{}"), ColumnDef::new("archive_due").big_integer()]
        {
            manager.alter_table(Table::alter().table("incident").add_column(column).to_owned()).await?;
        }
        // Only what is over has to be looked at.
        let due = Index::create()
            .name(DUE)
            .table("incident")
            .col("archive_due")
            .col("number")
            .and_where(Expr::col("archive_due").is_not_null())
            .to_owned();
        manager.create_index(due).await?;
        for table in [message(backend), text(backend), reaction(backend), mark(backend)] {
            manager.create_table(table).await?;
        }
        // Old ones are pruned desk by desk.
        let age = Index::create().name("history_message_age").table("history_message").col("desk").col("at").to_owned();
        manager.create_index(age).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        manager.drop_index(Index::drop().name(DUE).table("incident").to_owned()).await?;
        for column in ["archive_due", "archival"] {
            manager.alter_table(Table::alter().table("incident").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

/// A message of an incident's channel; its words are in `history_text`.
fn message(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table("history_message")
        .col(ColumnDef::new("channel").text().not_null())
        .col(sorted_text("message", backend).not_null())
        .col(ColumnDef::new("desk").text().not_null())
        .col(ColumnDef::new("at").big_integer().not_null())
        .col(ColumnDef::new("kind").text().not_null())
        .col(ColumnDef::new("author").text())
        .col(ColumnDef::new("by_bot").boolean().not_null())
        .col(ColumnDef::new("thread").text())
        .col(ColumnDef::new("files").text().not_null())
        .col(ColumnDef::new("deleted_at").big_integer())
        .col(ColumnDef::new("withheld").boolean().not_null().default(false))
        .primary_key(Index::create().col("channel").col("message"))
        .to_owned()
}

/// What a message said from an instant on: one row when it was sent, one for each change.
fn text(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table("history_text")
        .col(ColumnDef::new("channel").text().not_null())
        .col(sorted_text("message", backend).not_null())
        .col(ColumnDef::new("at").big_integer().not_null())
        .col(ColumnDef::new("text").text())
        .primary_key(Index::create().col("channel").col("message").col("at"))
        .to_owned()
}

/// One person's emoji on a message, and since when it is there or not.
fn reaction(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table("history_reaction")
        .col(ColumnDef::new("channel").text().not_null())
        .col(sorted_text("message", backend).not_null())
        .col(ColumnDef::new("emoji").text().not_null())
        .col(ColumnDef::new("person").text().not_null())
        .col(ColumnDef::new("at").big_integer().not_null())
        .col(ColumnDef::new("there").boolean().not_null())
        .primary_key(Index::create().col("channel").col("message").col("emoji").col("person"))
        .to_owned()
}

/// Up to which message a channel's history is kept, and from which on something may be missing.
fn mark(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table("history_mark")
        .col(ColumnDef::new("channel").text().not_null().primary_key())
        .col(sorted_text("message", backend).not_null())
        .col(sorted_text("gap", backend))
        .to_owned()
}
