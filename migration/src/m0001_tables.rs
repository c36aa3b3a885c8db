//! The first tables.
//!
//! Instants are microseconds since 1970 in UTC, in a 64-bit integer: they sort, and both databases keep them whole.
//! What has a shape of its own (events, effects, prose, lists) is JSON in a text column: PostgreSQL's `jsonb` refuses
//! the character U+0000 that a person can paste, text with its escape does not.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for table in [incident(), event(), inbox(backend), outbox(), person(), channel_mark(backend)] {
            manager.create_table(table).await?;
        }
        for table in [lane_lease(), counter()] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        let first = Query::insert()
            .into_table("counter")
            .columns(["name", "value"])
            .values_panic(["incident".into(), 0_i64.into()])
            .to_owned();
        manager.execute(first).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["counter", "lane_lease", "channel_mark", "person", "outbox", "inbox", "event", "incident"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn incident() -> TableCreateStatement {
    let mut table = Table::create();
    table
        .table("incident")
        .col(ColumnDef::new("number").big_integer().not_null().primary_key())
        .col(ColumnDef::new("version").big_integer().not_null())
        .col(ColumnDef::new("state").text().not_null())
        .col(ColumnDef::new("live").boolean().not_null())
        .col(ColumnDef::new("desk").text().not_null())
        .col(ColumnDef::new("title").text().not_null())
        .col(ColumnDef::new("level").integer().not_null())
        .col(ColumnDef::new("declared").big_integer().not_null())
        .col(ColumnDef::new("starter").text().not_null())
        .col(ColumnDef::new("declaration").text())
        .col(ColumnDef::new("channel").text())
        .col(ColumnDef::new("channel_name").text().not_null())
        .col(ColumnDef::new("channel_archived").boolean().not_null());
    for role in ["point", "comms", "triage", "eng", "assigned"] {
        table.col(ColumnDef::new(role).text());
    }
    table.col(ColumnDef::new("comms_since").big_integer());
    for moment in [
        "started",
        "genesis",
        "detected",
        "acknowledged",
        "mitigated",
        "resolved",
        "ready_for_review",
        "completed",
        "canceled",
        "archived",
    ] {
        table.col(ColumnDef::new(moment).big_integer());
    }
    table
        .col(ColumnDef::new("review_step").text())
        .col(ColumnDef::new("summary").text())
        .col(ColumnDef::new("last_update").big_integer())
        .col(ColumnDef::new("blockers").text().not_null())
        .col(ColumnDef::new("components").text().not_null())
        .col(ColumnDef::new("affected").text().not_null())
        .col(ColumnDef::new("changed_at").big_integer().not_null())
        .to_owned()
}

fn event() -> TableCreateStatement {
    Table::create()
        .table("event")
        .col(ColumnDef::new("incident").big_integer().not_null())
        .col(ColumnDef::new("seq").big_integer().not_null())
        .col(ColumnDef::new("at").big_integer().not_null())
        .col(ColumnDef::new("author").text())
        .col(ColumnDef::new("kind").text().not_null())
        .col(ColumnDef::new("payload").text().not_null())
        .col(ColumnDef::new("source").text())
        .primary_key(Index::create().col("incident").col("seq"))
        .foreign_key(ForeignKey::create().name("event_incident").from("event", "incident").to("incident", "number"))
        .to_owned()
}

fn inbox(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table("inbox")
        .col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key())
        .col(ColumnDef::new("event_key").text().not_null())
        .col(ColumnDef::new("channel").text())
        .col(sorted_text("message", backend))
        .col(ColumnDef::new("lane").text().not_null())
        .col(sorted_text("sort_key", backend).not_null())
        .col(ColumnDef::new("body").text().not_null())
        .col(ColumnDef::new("received_at").big_integer().not_null())
        .col(ColumnDef::new("panics").integer().not_null().default(0))
        .col(ColumnDef::new("done_at").big_integer())
        .col(ColumnDef::new("set_aside").text())
        .to_owned()
}

fn outbox() -> TableCreateStatement {
    Table::create()
        .table("outbox")
        .col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key())
        .col(ColumnDef::new("incident").big_integer())
        .col(ColumnDef::new("cause").big_integer())
        .col(ColumnDef::new("lane").text().not_null())
        .col(ColumnDef::new("class").integer().not_null())
        .col(ColumnDef::new("kind").text().not_null())
        .col(ColumnDef::new("effect").text().not_null())
        .col(ColumnDef::new("decided_at").big_integer().not_null())
        .col(ColumnDef::new("state").text().not_null())
        .col(ColumnDef::new("attempts").integer().not_null().default(0))
        .col(ColumnDef::new("next_attempt_at").big_integer().not_null())
        .col(ColumnDef::new("last_error").text())
        .col(ColumnDef::new("settled_at").big_integer())
        .col(ColumnDef::new("receipt").text())
        .to_owned()
}

fn person() -> TableCreateStatement {
    Table::create()
        .table("person")
        .col(ColumnDef::new("id").text().not_null().primary_key())
        .col(ColumnDef::new("fetched_at").big_integer().not_null())
        .col(ColumnDef::new("name").text().not_null())
        .col(ColumnDef::new("email").text())
        .col(ColumnDef::new("timezone").text().not_null())
        .col(ColumnDef::new("standing").text().not_null())
        .to_owned()
}

fn channel_mark(backend: DbBackend) -> TableCreateStatement {
    Table::create()
        .table("channel_mark")
        .col(ColumnDef::new("channel").text().not_null().primary_key())
        .col(sorted_text("message", backend).not_null())
        .to_owned()
}

fn lane_lease() -> TableCreateStatement {
    Table::create()
        .table("lane_lease")
        .col(ColumnDef::new("side").text().not_null())
        .col(ColumnDef::new("lane").text().not_null())
        .col(ColumnDef::new("owner").text().not_null())
        .col(ColumnDef::new("until").big_integer().not_null())
        .primary_key(Index::create().col("side").col("lane"))
        .to_owned()
}

fn counter() -> TableCreateStatement {
    Table::create()
        .table("counter")
        .col(ColumnDef::new("name").text().not_null().primary_key())
        .col(ColumnDef::new("value").big_integer().not_null())
        .to_owned()
}

/// Text that sorts byte by byte; PostgreSQL would sort it by the rules of a language.
pub(crate) fn sorted_text(name: &'static str, backend: DbBackend) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.text();
    if backend == DbBackend::Postgres {
        column.extra("COLLATE \"C\"");
    }
    column
}

fn indexes() -> [IndexCreateStatement; 7] {
    [
        Index::create().name("incident_channel").table("incident").col("channel").unique().to_owned(),
        Index::create()
            .name("incident_live")
            .table("incident")
            .col("state")
            .and_where(Expr::col("live").eq(Expr::val(true)))
            .to_owned(),
        Index::create().name("inbox_key").table("inbox").col("event_key").unique().to_owned(),
        Index::create().name("inbox_message").table("inbox").col("channel").col("message").unique().to_owned(),
        Index::create()
            .name("inbox_waiting")
            .table("inbox")
            .col("lane")
            .col("sort_key")
            .col("id")
            .and_where(Expr::col("done_at").is_null())
            .to_owned(),
        Index::create()
            .name("outbox_waiting")
            .table("outbox")
            .col("lane")
            .col("class")
            .col("id")
            .and_where(Expr::col("settled_at").is_null())
            .to_owned(),
        Index::create().name("outbox_incident").table("outbox").col("incident").to_owned(),
    ]
}
