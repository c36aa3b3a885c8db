//! Which tracking issue an incident has, and how far it is brought up to date.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const INCIDENT: &str = "incident";
const TRACKING: &str = "tracking";
const INDEX: &str = "tracking_behind";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let issue = ColumnDef::new("issue").text().to_owned();
        manager.alter_table(Table::alter().table(INCIDENT).add_column(issue).to_owned()).await?;
        manager.create_table(tracking()).await?;
        // Most issues are up to date; the index holds only those that are not.
        let index = Index::create()
            .name(INDEX)
            .table(TRACKING)
            .col("incident")
            .and_where(Expr::col("changed_seq").gt(Expr::col("synced_seq")))
            .to_owned();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TRACKING).to_owned()).await?;
        manager.alter_table(Table::alter().table(INCIDENT).drop_column("issue").to_owned()).await
    }
}

/// Sequences are those of the incident's events.
fn tracking() -> TableCreateStatement {
    let seq = |name: &'static str| ColumnDef::new(name).big_integer().not_null().default(0).to_owned();
    Table::create()
        .table(TRACKING)
        .col(ColumnDef::new("incident").big_integer().not_null().primary_key())
        // The last event that the issue has to know of.
        .col(seq("changed_seq"))
        // Up to where it was ordered to be brought, and when it may be ordered again though nothing changed.
        .col(seq("ordered_seq"))
        .col(ColumnDef::new("order_again_at").big_integer())
        // Up to where comments and child issues may have been made, and since when, until it is brought up to date.
        .col(seq("attempted_seq"))
        .col(ColumnDef::new("attempted_at").big_integer())
        // Up to where it was brought, and when.
        .col(seq("synced_seq"))
        .col(ColumnDef::new("synced_at").big_integer())
        .col(ColumnDef::new("issue").text())
        .col(ColumnDef::new("phase").text())
        .col(ColumnDef::new("status").text())
        .col(ColumnDef::new("by_hand").boolean().not_null().default(false))
        // Why it was refused last, until it was brought up to date.
        .col(ColumnDef::new("trouble").text())
        .col(ColumnDef::new("trouble_at").big_integer())
        .to_owned()
}
