//! What a database with many incidents costs: a look for reminders, and `breakingbot verify`.
//!
//! `cargo run --release -p trial --bin scale -- --database postgres --incidents 10000`

use std::time::Instant;

use breakingbot::core::event::{Author, Event, Recorded, evolve};
use breakingbot::core::ids::{IncidentId, Level, Source, UserId};
use breakingbot::core::incident::{Incident, Role};
use breakingbot::data::{After, Commit, Replan, Store, StoreOptions};
use clap::Parser;
use jiff::Timestamp;
use sea_orm::{ConnectionTrait, Database as Connection};
use trial::bench::{Kind, Trouble};

/// So many are written at once.
const TOGETHER: i64 = 256;
/// The Annoyotron's page.
const PAGE: u64 = 256;
/// So often a look is repeated, for its median.
const LOOKS: usize = 101;

/// How many incidents, and where.
#[derive(Debug, Parser)]
struct Options {
    /// The database.
    #[arg(long, value_enum, default_value = "sqlite")]
    database: Kind,
    /// How many live incidents.
    #[arg(long, default_value_t = 10_000)]
    incidents: i64,
    /// How many notes each has, beside its six other events.
    #[arg(long, default_value_t = 14)]
    notes: usize,
}

#[tokio::main]
async fn main() -> Result<(), Trouble> {
    let options = Options::parse();
    let database = match options.database {
        Kind::Sqlite => testing::sqlite(),
        Kind::Postgres => testing::postgres::database().ok_or("PostgreSQL is not installed")?,
    };
    let store = Store::open(database.url(), StoreOptions::default()).await?;
    let begun = Instant::now();
    for number in 1..=options.incidents {
        declare(&store, number, options.notes).await?;
    }
    say(&format!("{} incidents written in {:.1} s", options.incidents, begun.elapsed().as_secs_f64()));
    if database.url().starts_with("postgres") {
        Connection::connect(database.url()).await?.execute_unprepared("ANALYZE").await?;
    }

    let now = at(1_000_000);
    plan(&store, options.incidents, |_| Some(at(2_000_000))).await?;
    look(&store, now, "none due").await?;
    plan(&store, options.incidents, |number| Some(at(if number % 100 == 0 { 500_000 } else { 2_000_000 }))).await?;
    look(&store, now, "one in a hundred due").await?;
    plan(&store, options.incidents, |number| Some(at(number))).await?;
    look(&store, now, "all due").await?;

    let begun = Instant::now();
    let (mut incidents, mut events, mut damaged) = (0_u64, 0, 0_u64);
    store
        .verify(0..=i64::MAX, |found| {
            incidents += 1;
            events += found.events;
            damaged += u64::from(found.damage.is_some() || found.unsealed > 0);
        })
        .await?;
    let seconds = begun.elapsed().as_secs_f64();
    say(&format!("verify: {incidents} incidents with {events} events in {seconds:.2} s, {damaged} damaged"));
    store.close().await;
    if damaged > 0 { Err("the chains are not whole".into()) } else { Ok(()) }
}

/// A burning incident with a story.
async fn declare(store: &Store, number: i64, notes: usize) -> Result<(), Trouble> {
    let user = |name: &str| UserId::new(format!("U0{name}"));
    let declared = Event::Declared {
        desk: "main".into(),
        title: format!("Checkout is down, for the {number}th time").as_str().into(),
        level: Level(2),
        channel_name: format!("breaking-{number}"),
    };
    let mut events = vec![
        declared,
        Event::Opened { channel: format!("C{number}").into(), name: format!("breaking-{number}") },
        Event::RoleTaken { role: Role::Point, user: user("ALICE") },
        Event::RoleTaken { role: Role::Comms, user: user("BOB") },
        Event::Acknowledged { at: at(60) },
        Event::Summarized { text: "Card payments fail for a third of the customers since the deploy.".into() },
    ];
    events.extend(
        (0..notes).map(|n| Event::Noted { text: format!("note {n}: the error rate is {n} %").as_str().into() }),
    );
    let mut incident = Incident::nothing(IncidentId(number));
    for (event, seq) in events.into_iter().zip(1..) {
        let second = i64::try_from(seq)?;
        let source =
            Source { channel: format!("C{number}").into(), message: format!("{second}.000001").into(), thread: None };
        let author = Author::Person(user("ALICE"));
        evolve(&mut incident, &Recorded { seq, at: at(second), author, source: Some(source), event });
    }
    let after = After::new(&incident, 0, at(60), None)?;
    let commit = Commit { incident: Some(after), effects: Vec::new(), inbox: None, at: at(60) };
    store.commit(commit).await?;
    Ok(())
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn say(line: &str) {
    use std::io::Write;
    // With nobody to read it there is nothing to say.
    let _ = writeln!(std::io::stdout(), "{line}");
}

async fn plan(store: &Store, incidents: i64, next: impl Fn(i64) -> Option<Timestamp>) -> Result<(), Trouble> {
    let mut from = 1;
    while from <= incidents {
        let to = incidents.min(from + TOGETHER - 1);
        let mut replans = Vec::new();
        for number in from..=to {
            let version = store.version(IncidentId(number)).await?;
            replans.push(Replan { incident: IncidentId(number), version, next_due: next(number) });
        }
        store.replan(&replans).await?;
        from = to + 1;
    }
    Ok(())
}

/// What the Annoyotron asks at each tick: its first page.
async fn look(store: &Store, now: Timestamp, what: &str) -> Result<(), Trouble> {
    let mut times = Vec::new();
    let mut rows = 0;
    for _ in 0..LOOKS {
        let begun = Instant::now();
        rows = store.due(now, None, PAGE).await?.len();
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    let middle = times.get(LOOKS / 2).copied().unwrap_or_default().as_secs_f64() * 1000.0;
    say(&format!("a look with {what}: {rows} rows read, {middle:.2} ms at the median"));
    Ok(())
}
