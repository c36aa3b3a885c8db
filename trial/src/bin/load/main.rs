//! Measures the bot as its users meet it: from a message to its visible answer, through the real process, against the
//! playground. `docs/PERFORMANCE.md` tells how to run it and what it gave.

mod figures;
mod floor;
mod observer;
mod scenarios;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
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
    /// Also writes the figures as JSON there.
    #[arg(long)]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    let options = Options::parse();
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
    scenarios::floor(options, &mut figures).await?;
    scenarios::answers(options, lasting, &mut figures).await?;
    scenarios::slow_slack(options, &mut figures).await?;
    scenarios::noisy_neighbours(options, lasting, &mut figures).await?;
    scenarios::chatter(options, &mut figures).await?;
    scenarios::many_live(options, &mut figures).await?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{figures}")?;
    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_string_pretty(&figures)?)?;
    }
    Ok(())
}
