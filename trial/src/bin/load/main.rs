//! Measures the bot as its users meet it: from a message to its visible answer, through the real process, against the
//! playground. `docs/PERFORMANCE.md` tells how to run it and what it gave.

mod figures;
mod floor;
mod loops;
mod observer;
mod scenarios;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use trial::bench::{Kind, Trouble};

use figures::Figures;

/// What is measured.
#[derive(Debug, Parser)]
#[command(about = "Measures the bot against the playground. Build the bot first: cargo build --release")]
struct Options {
    /// The database that the bot uses; PostgreSQL is a throw-away server.
    #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
    database: Kind,
    /// The bot's program.
    #[arg(long, default_value = "target/release/breakingbot")]
    bot: PathBuf,
    /// Only these; without it all.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Scenario>,
    /// How many incidents burn at once.
    #[arg(long, default_value_t = 100)]
    incidents: usize,
    /// How many incidents are live where memory and cold start are measured.
    #[arg(long, default_value_t = 1_000)]
    live: usize,
    /// How long each load lasts, in seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How many messages of chatter are sent where memory is watched.
    #[arg(long, default_value_t = 100_000)]
    chatter: usize,
    /// All of it, but small and in seconds: whether it works, not how fast. Fails when a command is not answered.
    #[arg(long, conflicts_with_all = ["incidents", "live", "seconds", "chatter"])]
    smoke: bool,
    /// Also writes the figures as JSON there.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// Latency one after the other, throughput, latency at half of that.
    Answers,
    /// What is left of a slow Slack.
    Slow,
    /// What the others notice of one noisy channel.
    Neighbours,
    /// What the chat notices of an issue tracker that never answers.
    Tracker,
    /// What chatter leaves in memory.
    Chatter,
    /// Memory and cold start with many live incidents.
    Live,
}

fn main() -> ExitCode {
    let mut options = Options::parse();
    if options.smoke {
        options = Options { incidents: 10, live: 30, seconds: 1, chatter: 1_000, ..options };
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return ended(&error.into()),
    };
    match runtime.block_on(measure(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => ended(&error),
    }
}

fn ended(error: &Trouble) -> ExitCode {
    // Nothing can be done about a closed terminal.
    let _ = writeln!(std::io::stderr(), "load: {error}");
    ExitCode::FAILURE
}

async fn measure(options: &Options) -> Result<(), Trouble> {
    let mut figures = Figures::default();
    let lasting = Duration::from_secs(options.seconds);
    for scenario in Scenario::value_variants() {
        if !options.only.is_empty() && !options.only.contains(scenario) {
            continue;
        }
        match scenario {
            Scenario::Answers => scenarios::answers(options, lasting, &mut figures).await?,
            Scenario::Slow => scenarios::slow_slack(options, &mut figures).await?,
            Scenario::Neighbours => scenarios::noisy_neighbours(options, lasting, &mut figures).await?,
            Scenario::Tracker => scenarios::silent_tracker(options, lasting, &mut figures).await?,
            Scenario::Chatter => scenarios::chatter(options, &mut figures).await?,
            Scenario::Live => scenarios::many_live(options, &mut figures).await?,
        }
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{figures}")?;
    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_string_pretty(&figures)?)?;
    }
    Ok(())
}
