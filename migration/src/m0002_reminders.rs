//! What an incident remembers of its reminders, and when it has to be looked at next.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "incident";
const INDEX: &str = "incident_due";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds and drops one column at a time.
        for column in [ColumnDef::new("nags").text().not_null().default("{}"), ColumnDef::new("next_due").big_integer()]
        {
            manager.alter_table(Table::alter().table(TABLE).add_column(column).to_owned()).await?;
        }
        // Most incidents wait for nothing; the index holds only those that do.
        let index = Index::create()
            .name(INDEX)
            .table(TABLE)
            .col("next_due")
            .col("number")
            .and_where(Expr::col("next_due").is_not_null())
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(INDEX).table(TABLE).to_owned()).await?;
        for column in ["next_due", "nags"] {
            manager.alter_table(Table::alter().table(TABLE).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
