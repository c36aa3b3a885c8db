//! A SQLite file serves one process; addresses that cannot be used are refused without showing a password.

use std::process::Command;
use std::time::Duration;

use breakingbot::data::{Side, Store, StoreError, StoreOptions};

use crate::fixtures::*;

#[tokio::test]
async fn a_second_store_on_a_file_is_refused_until_the_first_is_closed() {
    let database = testing::sqlite();
    let first = open(&database).await;
    assert!(first.is_exclusive());
    let refused = Store::open(database.url(), StoreOptions::default()).await;
    assert!(matches!(refused, Err(StoreError::InUse { .. })), "{refused:?}");
    let sentence = refused.unwrap_err().to_string();
    assert!(sentence.contains("breakingbot.db is in use by another Breaking Bot"), "{sentence}");

    let clone = first.clone();
    first.close().await;
    open(&database).await.close().await;
    drop(clone);
}

/// Named by the next test, in whose child process it runs.
const FILE: &str = "STORE_TEST_FILE";

#[tokio::test]
async fn a_second_process_on_a_file_is_refused() {
    let database = testing::sqlite();
    let store = open(&database).await;
    let child = || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--ignored", "--exact", "exclusive::in_another_process"]).env(FILE, database.url());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let said = child();
    assert!(said.contains("is in use by another Breaking Bot"), "{said}");
    store.close().await;
    let said = child();
    assert!(said.contains("1 passed"), "{said}");
}

#[tokio::test]
#[ignore = "runs in a child process of a_second_process_on_a_file_is_refused"]
async fn in_another_process() {
    let Ok(url) = std::env::var(FILE) else { return };
    if let Err(error) = Store::open(&url, StoreOptions::default()).await {
        panic!("{error}");
    }
}

#[tokio::test]
async fn sqlite_grants_every_claim_and_wakes_nobody() {
    let database = testing::sqlite();
    let store = open(&database).await;
    let mut wakes = store.wakes();
    receive(&store, typed("Ev1", "C1", 1)).await;
    let claimed = store.claim_lanes("one", Side::Inbox, None, Duration::ZERO).await.unwrap();
    assert_eq!(claimed.iter().map(|claim| claim.lane.as_str()).collect::<Vec<_>>(), ["C1"]);
    let named = ["C7".to_owned()];
    let claimed = store.claim_lanes("other", Side::Outbox, Some(&named), Duration::ZERO).await.unwrap();
    assert_eq!(claimed[0].lane, "C7");
    assert!(wakes.try_recv().is_err());
}

#[tokio::test]
async fn addresses_are_refused_with_the_remedy_and_without_the_password() {
    let cases = [
        ("mysql://root:hunter2@localhost/db", "sqlite:// or postgres://"),
        ("sqlite::memory:", "a SQLite database is a file"),
        ("sqlite://", "a SQLite database is a file"),
        ("sqlite:///no/such/folder/x.db", "/no/such/folder/x.db"),
        ("postgres://bot:hunter2@local host:x/db", "postgres://user:password@host:5432/database"),
        // Nobody listens there.
        ("postgres://bot:hunter2@127.0.0.1:1/db", "not available"),
        ("postgresql://bot:hunter%32@127.0.0.1:1/db?password=hunter2", "not available"),
    ];
    let options = StoreOptions { timeout: Duration::from_millis(200), ..StoreOptions::default() };
    for (url, remedy) in cases {
        let error = Store::open(url, options.clone()).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(remedy), "{url}: {shown}");
        assert!(!shown.contains("hunter"), "{url}: {shown}");
    }
}
