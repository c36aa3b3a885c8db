//! Which copy listens to the chat, and how often something may have been missed.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "listener";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table(TABLE)
            // There is one row.
            .col(ColumnDef::new("id").integer().not_null().primary_key())
            .col(ColumnDef::new("owner").text().not_null())
            .col(ColumnDef::new("until").big_integer().not_null())
            .col(ColumnDef::new("present").boolean().not_null())
            .col(ColumnDef::new("gap").big_integer().not_null())
            .to_owned();
        manager.create_table(table).await?;
        let nobody = Query::insert()
            .into_table(TABLE)
            .columns(["id", "owner", "until", "present", "gap"])
            .values_panic([1.into(), "".into(), 0_i64.into(), false.into(), 0_i64.into()])
            .to_owned();
        manager.execute(nobody).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
