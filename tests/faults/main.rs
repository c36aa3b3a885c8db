//! Every fault that the bot must live with, under everything that matters in an incident, on SQLite and on PostgreSQL. Each
//! cell of the table is a test with a Slack, a database and a bot of its own: `throttled::resolve::on_sqlite`.
//!
//! Afterwards there is exactly one change, one answer and one of each post, in the order in which it was typed.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a cell that cannot go on should stop there")]
#![allow(missing_docs, reason = "tests explain themselves")]
#![allow(dead_code, reason = "the stage is that of the stories, and has more on it")]

mod action;
#[path = "../stories/bot.rs"]
mod bot;
mod fault;
#[path = "../stories/invariants.rs"]
mod invariants;
#[path = "../stories/people.rs"]
mod people;
#[path = "../stories/rooms.rs"]
mod rooms;
#[path = "../stories/story.rs"]
mod story;

use std::time::Duration;

use libtest_mimic::{Arguments, Failed, Trial};
use testing::postgres::Server;

use action::Action;
use fault::Fault;
use story::Stage;

/// Cells wait more than they work.
const AT_ONCE: usize = 12;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Sqlite,
    Postgres,
}

fn main() {
    let (wanted, options) = wanted(std::env::args().collect());
    let mut arguments = Arguments::from_iter(options);
    arguments.test_threads.get_or_insert(AT_ONCE);
    let is_wanted = |name: &str| {
        wanted.is_empty() || wanted.iter().any(|word| if arguments.exact { name == word } else { name.contains(word) })
    };
    let mut cells = Vec::new();
    for fault in Fault::ALL {
        for action in Action::ALL {
            for kind in [Kind::Sqlite, Kind::Postgres] {
                if kind == Kind::Postgres || !fault.needs_copies() {
                    let name =
                        format!("{}::{}::on_{}", fault.name(), action.name(), format!("{kind:?}").to_lowercase());
                    if is_wanted(&name) {
                        cells.push(Trial::test(name, move || cell(fault, action, kind)));
                    }
                }
            }
        }
    }
    libtest_mimic::run(&arguments, cells).exit();
}

/// The words that choose among the cells, as many as Rust's own tests take, and the options.
fn wanted(arguments: Vec<String>) -> (Vec<String>, Vec<String>) {
    const WITH_VALUE: [&str; 5] = ["--test-threads", "--skip", "--format", "--logfile", "--color"];
    let (mut words, mut options) = (Vec::new(), Vec::new());
    let mut arguments = arguments.into_iter();
    options.extend(arguments.next());
    while let Some(argument) = arguments.next() {
        if !argument.starts_with('-') {
            words.push(argument);
            continue;
        }
        let takes_value = WITH_VALUE.contains(&argument.as_str());
        options.push(argument);
        if takes_value {
            options.extend(arguments.next());
        }
    }
    (words, options)
}

/// Runs a cell on a thread of its own, as actors want it.
fn cell(fault: Fault, action: Action, kind: Kind) -> Result<(), Failed> {
    let thread = std::thread::Builder::new().name(format!("{}::{}", fault.name(), action.name()));
    let played = thread.spawn(move || match kind {
        Kind::Sqlite => story::run(testing::sqlite(), async |stage| play(fault, action, stage, None).await),
        Kind::Postgres if fault.stops_the_database() => {
            let Some(server) = Server::start() else { return };
            story::run(server.database(), async |stage| play(fault, action, stage, Some(&server)).await);
        }
        Kind::Postgres => {
            let Some(database) = testing::postgres::database() else { return };
            story::run(database, async |stage| play(fault, action, stage, None).await);
        }
    })?;
    played.join().map_err(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        Failed::from(said.unwrap_or("it panicked"))
    })
}

async fn play(fault: Fault, action: Action, mut stage: Stage, server: Option<&Server>) {
    // So that nothing is waited for longer than a fault needs.
    stage.call_timeout = Duration::from_secs(1);
    stage.socket.ping_every = Duration::from_secs(1);
    stage.socket.pings_lost = 1;
    stage.socket.hello_within = Duration::from_secs(1);
    stage.socket.first_wait = Duration::from_millis(50);
    if fault != Fault::DatabaseGoes {
        // However busy the machine is, nobody is told that the database is away while it is not.
        stage.tuning.notice_after = story::LIMIT;
    }
    stage.tuning.lease = Duration::from_secs(3);
    stage.tuning.call_margin = Duration::from_millis(1_500);
    let slack = stage.begin().await;
    let scene = action.prepare(&slack).await;
    slack.settles().await;
    let said = fault
        .befalls(&slack, action, server, || action.says(&slack, &scene), || action.says_behind(&slack, &scene))
        .await;
    action.is_done_once(&slack, &scene, &said).await;
    slack.end().await;
}
