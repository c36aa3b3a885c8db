//! The chain of events: what is changed by hand is found and named, and what is forgotten leaves it whole.

use breakingbot::core::event::Event;
use breakingbot::core::forget::{Forget, placeholder};
use breakingbot::core::ids::{IncidentId, UserId};
use breakingbot::core::incident::{Incident, Role};
use breakingbot::core::person::{Person, Standing};
use breakingbot::core::prose::{Piece, Prose};
use breakingbot::data::{Damage, Forgotten, Store, StoreError, Verified};
use sea_orm::{ConnectOptions, ConnectionTrait, Database as Connection, DatabaseConnection, Statement};
use testing::Database;

use crate::fixtures::*;

crate::cases! {
    what_was_recorded_is_verified,
    what_is_changed_by_hand_is_found_and_named,
    a_lost_row_is_found,
    events_of_an_older_version_are_sealed_at_the_next_look,
    a_chain_that_is_broken_is_not_sealed_over,
    forgetting_leaves_the_chain_whole_and_nothing_of_the_person,
    forgetting_goes_on_while_the_bot_writes,
    two_looks_at_once_seal_once,
}

async fn verify(store: &Store) -> Vec<Verified> {
    let mut all = Vec::new();
    store.verify(0..=i64::MAX, |found| all.push(found)).await.unwrap();
    all
}

async fn damage(store: &Store, of: IncidentId) -> Option<Damage> {
    verify(store).await.into_iter().find(|found| found.incident == of).and_then(|found| found.damage)
}

/// A connection past the store, without its watch over keys to other tables.
async fn by_hand(database: &Database) -> DatabaseConnection {
    // One connection, so that what is set on it stays set.
    let mut one = ConnectOptions::new(database.url());
    one.max_connections(1);
    let db = Connection::connect(one).await.unwrap();
    let careless =
        if database.is_sqlite() { "PRAGMA foreign_keys = OFF" } else { "SET session_replication_role = replica" };
    db.execute_unprepared(careless).await.unwrap();
    db
}

async fn run(db: &DatabaseConnection, statements: &[&str]) {
    for sql in statements {
        db.execute_unprepared(sql).await.unwrap();
    }
}

/// An incident with six events, of several kinds.
async fn told(store: &Store, channel: &str) -> Incident {
    let before = incident(store, channel).await;
    let mention: Prose = [Piece::Text("ask ".into()), Piece::Person("U0BOB".into())].into_iter().collect();
    let events = [
        noted("it began with the deploy"),
        Event::RoleTaken { role: Role::Point, user: "U0ALICE".into() },
        Event::Noted { text: mention },
        Event::Summarized { text: "Checkout fails for \"some\" \u{0}people".into() },
    ];
    let next = after(&before, 5, events);
    store.commit(commit(&next, before.version, Vec::new(), None, 5)).await.unwrap();
    next
}

async fn what_was_recorded_is_verified(database: Database) {
    let store = open(&database).await;
    futures((0..20).map(|n| {
        let store = store.clone();
        async move { told(&store, &format!("C{n}")).await }
    }))
    .await;
    let all = verify(&store).await;
    assert_eq!(all.len(), 20);
    for found in &all {
        assert_eq!((found.events, found.unsealed, &found.damage), (6, 0, &None), "{found:?}");
    }
    // Every one has a chain of its own.
    let heads: std::collections::BTreeSet<&str> = all.iter().map(|found| found.head.as_str()).collect();
    assert_eq!(heads.len(), 20);
    let mut some = Vec::new();
    store.verify(7..=8, |found| some.push(found.incident.0)).await.unwrap();
    assert_eq!(some, [7, 8]);
}

async fn what_is_changed_by_hand_is_found_and_named(database: Database) {
    let store = open(&database).await;
    let (number, untouched) = (told(&store, "C1").await.id, told(&store, "C2").await.id);
    let row = |column: &'static str| Damage::Row { columns: vec![column] };
    let cases: [(&str, &[&str], Damage); 14] = [
        (
            "a changed text",
            &["UPDATE event SET payload = replace(payload, 'deploy', 'lunch') WHERE incident = 1 AND seq = 3"],
            Damage::Changed { seq: 3 },
        ),
        (
            "another author",
            &["UPDATE event SET author = 'U0EVE' WHERE incident = 1 AND seq = 4"],
            Damage::Changed { seq: 4 },
        ),
        ("another time", &["UPDATE event SET at = at + 1 WHERE incident = 1 AND seq = 2"], Damage::Changed { seq: 2 }),
        ("a removed event", &["DELETE FROM event WHERE incident = 1 AND seq = 4"], Damage::Missing { seq: 4 }),
        ("the first one removed", &["DELETE FROM event WHERE incident = 1 AND seq = 1"], Damage::Missing { seq: 1 }),
        ("the last one removed", &["DELETE FROM event WHERE incident = 1 AND seq = 6"], Damage::Missing { seq: 6 }),
        ("all removed", &["DELETE FROM event WHERE incident = 1"], Damage::Missing { seq: 1 }),
        (
            "a swapped pair",
            &[
                "UPDATE event SET seq = 99 WHERE incident = 1 AND seq = 4",
                "UPDATE event SET seq = 4 WHERE incident = 1 AND seq = 5",
                "UPDATE event SET seq = 5 WHERE incident = 1 AND seq = 99",
            ],
            Damage::Changed { seq: 4 },
        ),
        (
            "another incident's event",
            &[
                "DELETE FROM event WHERE incident = 1 AND seq = 3",
                "INSERT INTO event SELECT 1, seq, at, author, kind, payload, source, salts, hash FROM event
                 WHERE incident = 2 AND seq = 3",
            ],
            Damage::Changed { seq: 3 },
        ),
        (
            "an event added at the end",
            &[
                "INSERT INTO event (incident, seq, at, kind, payload) VALUES (1, 7, 1, 'completed', '{\"kind\":\"completed\"}')",
            ],
            Damage::Row { columns: vec!["version", "completed"] },
        ),
        ("a changed row", &["UPDATE incident SET title = '\"All is well\"' WHERE number = 1"], row("title")),
        ("another flag", &["UPDATE incident SET live = NOT live WHERE number = 1"], row("live")),
        (
            "a hash taken away",
            &["UPDATE event SET hash = NULL WHERE incident = 1 AND seq = 2"],
            Damage::Unsealed { seq: 2 },
        ),
        (
            "a forgotten text that is back",
            &["UPDATE event SET salts = '=' || repeat('0', 64) || substr(salts, 33) WHERE incident = 1 AND seq = 3"],
            Damage::Changed { seq: 3 },
        ),
    ];
    let db = by_hand(&database).await;
    for (what, statements, expected) in cases {
        let copies =
            ["CREATE TABLE kept_event AS SELECT * FROM event", "CREATE TABLE kept_incident AS SELECT * FROM incident"];
        run(&db, &copies).await;
        let sql: Vec<String> = statements
            .iter()
            .map(|sql| {
                // SQLite has no `repeat`.
                sql.replace("repeat('0', 64)", &format!("'{}'", "0".repeat(64)))
            })
            .collect();
        run(&db, &sql.iter().map(String::as_str).collect::<Vec<_>>()).await;
        assert_eq!(damage(&store, number).await, Some(expected), "{what}");
        assert_eq!(damage(&store, untouched).await, None, "{what}");
        let back = [
            "DELETE FROM event",
            "DELETE FROM incident",
            "INSERT INTO incident SELECT * FROM kept_incident",
            "INSERT INTO event SELECT * FROM kept_event",
            "DROP TABLE kept_event",
            "DROP TABLE kept_incident",
        ];
        run(&db, &back).await;
        assert_eq!(damage(&store, number).await, None, "{what}, mended");
    }
}

async fn a_lost_row_is_found(database: Database) {
    let store = open(&database).await;
    let number = told(&store, "C1").await.id;
    run(&by_hand(&database).await, &["DELETE FROM incident WHERE number = 1"]).await;
    assert_eq!(damage(&store, number).await, Some(Damage::NoRow));
}

async fn events_of_an_older_version_are_sealed_at_the_next_look(database: Database) {
    let store = open(&database).await;
    let first = told(&store, "C1").await;
    let db = by_hand(&database).await;
    // As a version writes them that knows nothing of the chain: all of the second one, the end of the first.
    let second = told(&store, "C2").await;
    run(&db, &["UPDATE event SET salts = NULL, hash = NULL WHERE incident = 2 OR seq > 4"]).await;
    // A version is always the same events to a process: only by hand is one changed under its hands.
    store.close().await;
    let store = open(&database).await;
    let unsealed =
        |all: &[Verified]| all.iter().map(|found| (found.unsealed, found.damage.clone())).collect::<Vec<_>>();
    assert_eq!(unsealed(&verify(&store).await), [(2, None), (6, None)]);

    // What follows waits for those before it.
    let next = after(&first, 9, [noted("later")]);
    store.commit(commit(&next, first.version, Vec::new(), None, 9)).await.unwrap();
    assert_eq!(unsealed(&verify(&store).await), [(3, None), (6, None)]);
    assert_eq!(store.seal().await.unwrap(), 9);
    assert_eq!(store.seal().await.unwrap(), 0);
    assert_eq!(unsealed(&verify(&store).await), [(0, None), (0, None)]);
    let last = after(&second, 10, [noted("sealed at once")]);
    store.commit(commit(&last, second.version, Vec::new(), None, 10)).await.unwrap();
    assert_eq!(unsealed(&verify(&store).await), [(0, None), (0, None)]);
    run(&db, &["UPDATE event SET at = at + 1 WHERE incident = 2 AND seq = 1"]).await;
    assert_eq!(damage(&store, second.id).await, Some(Damage::Changed { seq: 1 }));
}

async fn a_chain_that_is_broken_is_not_sealed_over(database: Database) {
    let store = open(&database).await;
    let number = told(&store, "C1").await.id;
    let db = by_hand(&database).await;
    let edit = "UPDATE event SET payload = replace(payload, 'deploy', 'lunch') WHERE seq = 3";
    run(&db, &[edit, "UPDATE event SET salts = NULL, hash = NULL WHERE seq > 4"]).await;
    assert_eq!(store.seal().await.unwrap(), 0);
    assert_eq!(damage(&store, number).await, Some(Damage::Changed { seq: 3 }));
}

async fn two_looks_at_once_seal_once(database: Database) {
    let store = open(&database).await;
    for n in 0..30 {
        told(&store, &format!("C{n}")).await;
    }
    run(&by_hand(&database).await, &["UPDATE event SET salts = NULL, hash = NULL"]).await;
    store.close().await;
    let store = open(&database).await;
    let other = if database.is_sqlite() { store.clone() } else { open(&database).await };
    let writing = async {
        for n in 1..=30 {
            let before = store.load(IncidentId(n)).await.unwrap().unwrap();
            let next = after(&before, 20, [noted("meanwhile")]);
            store.commit(commit(&next, before.version, Vec::new(), None, 20)).await.unwrap();
        }
    };
    let (one, two, ()) = tokio::join!(store.seal(), other.seal(), writing);
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    store.seal().await.unwrap();
    for found in verify(&store).await {
        assert_eq!((found.events, found.unsealed, found.damage), (7, 0, None), "{}", found.incident);
    }
}

fn bob() -> Person {
    Person {
        id: "U0BOB".into(),
        name: "Bob Bobson".to_owned(),
        email: Some("bob@example.com".to_owned()),
        timezone: "Europe/Berlin".to_owned(),
        standing: Standing::Member,
    }
}

/// Everything that the database holds, as text.
async fn everything(db: &DatabaseConnection) -> String {
    let mut out = String::new();
    for (table, columns) in [
        ("event", "author, payload, source"),
        ("incident", "title, starter, declaration, channel_name, point, summary, blockers, components, affected"),
        ("inbox", "event_key, message, sort_key, body"),
        ("outbox", "effect, last_error, receipt"),
        ("person", "id, name, email"),
    ] {
        let columns: Vec<String> = columns.split(", ").map(|column| format!("coalesce({column}, '')")).collect();
        let sql = format!("SELECT {} FROM {table}", columns.join(" || ' ' || "));
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        for row in rows {
            out.push_str(&row.try_get_by::<String, _>(0).unwrap());
            out.push('\n');
        }
    }
    out
}

async fn forgetting_leaves_the_chain_whole_and_nothing_of_the_person(database: Database) {
    let store = open(&database).await;
    let told = told(&store, "C1").await;
    let other = told_by_alice_only(&store).await;
    store.keep_person(&bob(), at(0)).await.unwrap();
    store
        .keep_person(&Person { id: "U0ALICE".into(), name: "Alice".to_owned(), email: None, ..bob() }, at(0))
        .await
        .unwrap();
    // Bob says something of his own, presses a button, and is answered.
    let mut next = told.clone();
    let said = after(&told, 7, [noted("a secret of Bob's"), Event::Titled { title: "Bob's title".into() }]);
    for mut recorded in said.events.iter().filter(|recorded| recorded.seq > told.version).cloned() {
        recorded.author = breakingbot::core::event::Author::Person("U0BOB".into());
        if let Some(source) = &mut recorded.source {
            source.message = "1700000007.000000:U0BOB".into();
        }
        breakingbot::core::event::evolve(&mut next, &recorded);
    }
    let said = next;
    let body = breakingbot::core::inbound::Inbound::Typed {
        source: source("C1", 7),
        author: "U0BOB".into(),
        at: at(7),
        text: ".note a secret of Bob's".into(),
        from_outside: false,
        late: false,
        on: None,
    };
    let press = breakingbot::data::NewInbound::new("press:7:U0BOB", body, at(7)).with_message("7.000000:U0BOB".into());
    let row = receive(&store, press).await;
    let committed = store
        .commit(commit(&said, told.version, vec![topic("C1", "BOB'S TITLE"), post("C1", "hello")], Some(row.id), 7))
        .await
        .unwrap();
    store.sent(committed.outbox[0].id, None, tried(8), None).await.unwrap();

    let heads: Vec<String> = verify(&store).await.into_iter().map(|found| found.head).collect();
    let (user, by) = (UserId::new("U0BOB"), placeholder(7));
    let forget = Forget { user: &user, by: &by };
    assert_eq!(store.people_called("bob BOBSON").await.unwrap(), [bob()]);
    let done = store.forget(&forget, at(9), |_| None).await.unwrap();
    // The mention in Alice's note, and what Bob wrote. One message is not sent yet, and a press may come again.
    let expected = Forgotten { incidents: 1, events: 3, said: 0, people: 1, inbound: 1, outbound: 1, left: 2 };
    assert_eq!(done, expected);

    let found = verify(&store).await;
    assert_eq!(found.iter().map(|found| found.damage.clone()).collect::<Vec<_>>(), [None, None]);
    assert_eq!(found[1].head, heads[1], "an incident without them is left alone");
    let after = same_as_folded(&store, told.id).await;
    assert_eq!(after.version, said.version + 1, "so that whoever holds it reads it again");
    assert_eq!(after.title.readable(), "[forgotten]");
    assert_eq!(
        after.events.iter().map(|one| one.at).collect::<Vec<_>>()[..8],
        said.events.iter().map(|one| one.at).collect::<Vec<_>>()
    );
    assert_eq!(after.events.get(2), said.events.get(2), "what others wrote stays");
    assert_eq!(after.events.get(4).unwrap().event.prose().next().unwrap().readable(), "ask @forgotten-00000007");
    assert_eq!(same_as_folded(&store, other.id).await, other);

    // An hour later the rest goes too.
    store.sent(committed.outbox[1].id, None, tried(10), None).await.unwrap();
    let hour = at(3600);
    let done = store.forget(&forget, hour, |_| None).await.unwrap();
    assert_eq!(done, Forgotten { inbound: 1, outbound: 1, ..Forgotten::default() });
    assert_eq!(store.forget(&forget, hour, |_| None).await.unwrap(), Forgotten::default());
    let everything = everything(&by_hand(&database).await).await.to_lowercase();
    for trace in ["u0bob", "bobson", "secret", "bob's", "bob@"] {
        assert!(!everything.contains(trace), "{trace} is left:\n{everything}");
    }
    assert!(everything.contains("it began with the deploy") && everything.contains("u0alice"));

    // What was forgotten cannot be written anew.
    let db = by_hand(&database).await;
    run(&db, &["UPDATE event SET payload = replace(payload, '[forgotten]', 'a lie') WHERE incident = 1 AND seq = 7"])
        .await;
    assert_eq!(damage(&store, told.id).await, Some(Damage::Changed { seq: 7 }));
}

async fn told_by_alice_only(store: &Store) -> Incident {
    let before = incident(store, "C2").await;
    let next = after(&before, 5, [noted("mine")]);
    store.commit(commit(&next, before.version, Vec::new(), None, 5)).await.unwrap();
    store.load(next.id).await.unwrap().unwrap()
}

async fn forgetting_goes_on_while_the_bot_writes(database: Database) {
    let store = open(&database).await;
    let first = told(&store, "C1").await;
    let beside = Store::open_beside(database.url(), Default::default()).await.unwrap();
    let writing = async {
        let mut held = first.clone();
        let mut conflicts = 0;
        for n in 0..40 {
            loop {
                let next = after(&held, n, [noted("and on")]);
                match store.commit(commit(&next, held.version, Vec::new(), None, n)).await {
                    Ok(_) => held = next,
                    Err(StoreError::VersionConflict) => {
                        conflicts += 1;
                        held = store.load(first.id).await.unwrap().unwrap();
                        continue;
                    }
                    Err(error) => panic!("{error}"),
                }
                break;
            }
        }
        conflicts
    };
    let (user, by) = (UserId::new("U0ALICE"), placeholder(1));
    let forget = Forget { user: &user, by: &by };
    let forgetting = async { beside.forget(&forget, at(50), |_| None).await.unwrap() };
    let (conflicts, done) = tokio::join!(writing, forgetting);
    assert!(done.events >= 6, "{done:?}");
    assert!(conflicts <= 1, "who held it read it again {conflicts} times");
    // What she wrote since goes with the next time.
    beside.forget(&forget, at(60), |_| None).await.unwrap();
    assert_eq!(damage(&store, first.id).await, None);
    let after = same_as_folded(&store, first.id).await;
    assert!(after.events.iter().filter(|one| matches!(one.event, Event::Noted { .. })).count() == 42);
    assert!(!serde_json::to_string(&after.events).unwrap().contains("U0ALICE"));
    beside.close().await;
}
