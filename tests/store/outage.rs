//! PostgreSQL goes away and comes back, in the middle of everything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use breakingbot::core::incident::Incident;
use breakingbot::data::{Store, StoreError, StoreOptions, Wake};
use testing::postgres::Server;

use crate::fixtures::*;

/// Does what an actor does: receives, decides, commits; and after an unknown outcome, loads and decides again.
async fn run_commands(store: Store, channel: String, stop: Arc<AtomicBool>, done: Arc<AtomicUsize>) -> Incident {
    let mut incident = loop {
        let Ok(number) = store.next_number().await else { continue };
        let new = after(&Incident::nothing(number.id), 0, [declared(), opened(&channel)]);
        match store.commit(commit(&new, 0, Vec::new(), None, 0)).await {
            Ok(_) => break new,
            // It took place after all.
            Err(StoreError::ChannelTaken) => {
                let id = store.incident_of_channel(&channel.as_str().into()).await.unwrap().unwrap();
                break store.load(id).await.unwrap().unwrap();
            }
            // The number is taken, perhaps by what took place after all.
            Err(StoreError::VersionConflict) => {}
            Err(error) => assert!(error.is_unavailable(), "{error}"),
        }
    };
    let mut second = 0;
    while !stop.load(Ordering::Relaxed) {
        second += 1;
        // Not acknowledged before it is recorded; comes again until it is.
        while let Err(error) = store.receive(typed(&format!("{channel} {second}"), &channel, second)).await {
            assert!(error.is_unavailable(), "{error}");
        }
        let row = loop {
            match store.waiting_inbound(Some(&channel), 10).await {
                Ok(rows) => break rows.into_iter().next().unwrap(),
                Err(error) => assert!(error.is_unavailable(), "{error}"),
            }
        };
        loop {
            let next = after(&incident, second, [noted(&second.to_string())]);
            let outcome = store
                .commit(commit(&next, incident.version, vec![reaction(&channel, second)], Some(row.id), second))
                .await;
            match outcome {
                Ok(_) => {
                    incident = next;
                    break;
                }
                Err(StoreError::AlreadyDone) => {
                    incident = loop {
                        if let Ok(stored) = store.load(incident.id).await {
                            break stored.unwrap();
                        }
                    };
                    break;
                }
                Err(error) => assert!(error.is_unavailable(), "{error}"),
            }
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
    incident
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_has_its_effect_once_though_postgres_restarts() {
    let Some(server) = Server::start() else { return };
    let database = server.database();
    let options = StoreOptions { timeout: Duration::from_millis(500), ..StoreOptions::default() };
    let store = Store::open(database.url(), options).await.unwrap();
    let mut wakes = store.wakes();
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let commands: Vec<_> = (0..8)
        .map(|n| tokio::spawn(run_commands(store.clone(), format!("C{n}"), Arc::clone(&stop), Arc::clone(&done))))
        .collect();
    let more = |count: usize| {
        let done = Arc::clone(&done);
        async move {
            let goal = done.load(Ordering::Relaxed) + count;
            while done.load(Ordering::Relaxed) < goal {
                tokio::task::yield_now().await;
            }
        }
    };
    for _ in 0..4 {
        more(50).await;
        server.stop().unwrap();
        let away = loop {
            if let Err(error) = store.ping().await {
                break error;
            }
        };
        assert!(away.is_unavailable(), "{away}");
        server.resume().unwrap();
    }
    more(50).await;
    stop.store(true, Ordering::Relaxed);

    let mut commands_run = 0;
    for command in commands {
        let incident = command.await.unwrap();
        let folded = same_as_folded(&store, incident.id).await;
        let noted: Vec<String> = folded.events.iter().skip(2).map(|recorded| format!("{:?}", recorded.event)).collect();
        let expected: Vec<String> = (1..=noted.len()).map(|n| format!("Noted {{ text: \"{n}\" }}")).collect();
        assert_eq!(noted, expected);
        commands_run += noted.len();
    }
    assert_eq!(store.waiting_outbox(None, 100_000).await.unwrap().len(), commands_run);
    assert_eq!(store.waiting_inbound(None, 10).await.unwrap(), []);

    // The listening connection stands again and says that it may have missed something.
    let anywhere = |wake: &Result<Wake, _>| matches!(wake, Ok(Wake::Anywhere));
    let mut times = 0;
    while times < 2 {
        times += usize::from(anywhere(&wakes.recv().await));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_is_told_in_time() {
    let Some(server) = Server::start() else { return };
    let database = server.database();
    let options = StoreOptions { timeout: Duration::from_millis(300), ..StoreOptions::default() };
    let store = Store::open(database.url(), options.clone()).await.unwrap();
    server.stop().unwrap();
    for _ in 0..3 {
        assert!(store.receive(typed("Ev1", "C1", 1)).await.is_err_and(|error| error.is_unavailable()));
        assert!(store.ping().await.is_err_and(|error| error.is_unavailable()));
        assert!(store.waiting_inbound(None, 1).await.is_err_and(|error| error.is_unavailable()));
    }
    let opened = Store::open(database.url(), options).await;
    assert!(opened.is_err_and(|error| error.is_unavailable()));
    server.resume().unwrap();
    while store.ping().await.is_err() {}
    receive(&store, typed("Ev1", "C1", 1)).await;
    // What was given up while it was away is not done later.
    assert_eq!(store.waiting_inbound(None, 10).await.unwrap().len(), 1);
}
