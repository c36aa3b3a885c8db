//! Migrations go up and down.

use breakingbot::data::StoreError;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database as Connection, DatabaseConnection, Statement};
use testing::Database;

use crate::fixtures::*;

crate::cases! {
    migrations_go_up_and_down_and_up,
    what_a_later_version_added_is_left_alone,
    copies_that_start_together_migrate_once,
}

async fn connect(database: &Database) -> DatabaseConnection {
    let create = if database.is_sqlite() { "?mode=rwc" } else { "" };
    Connection::connect(format!("{}{create}", database.url())).await.unwrap()
}

/// Tables, columns and indexes, as the database describes them.
async fn schema(db: &DatabaseConnection, database: &Database) -> Vec<String> {
    let sql = if database.is_sqlite() {
        "SELECT coalesce(sql, name) FROM sqlite_schema WHERE name NOT LIKE 'seaql%' AND name NOT LIKE 'sqlite%' ORDER BY 1"
    } else {
        "SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, collation_name)
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'seaql_migrations'
         UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'seaql_migrations'
         ORDER BY 1"
    };
    let statement = Statement::from_string(db.get_database_backend(), sql);
    db.query_all_raw(statement).await.unwrap().iter().map(|row| row.try_get_by(0).unwrap()).collect()
}

async fn migrations_go_up_and_down_and_up(database: Database) {
    let db = connect(&database).await;
    Migrator::up(&db, None).await.unwrap();
    let first = schema(&db, &database).await;
    assert!(first.len() > 10, "{first:?}");
    let count = u32::try_from(Migrator::migrations().len()).unwrap();
    for down in 1..=count {
        Migrator::down(&db, Some(down)).await.unwrap();
        Migrator::up(&db, None).await.unwrap();
        assert_eq!(schema(&db, &database).await, first);
    }
    Migrator::down(&db, None).await.unwrap();
    assert_eq!(schema(&db, &database).await, Vec::<String>::new());
    Migrator::up(&db, None).await.unwrap();
    db.close().await.unwrap();

    let store = open(&database).await;
    incident(&store, "C1").await;
    store.ping().await.unwrap();
}

async fn what_a_later_version_added_is_left_alone(database: Database) {
    open(&database).await.close().await;
    let db = connect(&database).await;
    let later = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_later', 0)";
    db.execute_unprepared(later).await.unwrap();
    let store = open(&database).await;
    incident(&store, "C1").await;
    store.close().await;
    // But when this version's own are missing too, the two have nothing to do with each other.
    db.execute_unprepared("DELETE FROM seaql_migrations WHERE version <> 'm9999_later'").await.unwrap();
    let refused = breakingbot::data::Store::open(database.url(), Default::default()).await;
    assert!(matches!(refused, Err(StoreError::Migration(_))), "{refused:?}");
}

async fn copies_that_start_together_migrate_once(database: Database) {
    let copies = if database.is_sqlite() { 1 } else { 4 };
    let stores = futures((0..copies).map(|_| open(&database))).await;
    for (n, store) in stores.iter().enumerate() {
        incident(store, &format!("C{n}")).await;
    }
}
