//! People talk in many incident channels at once, change and delete what they said, and the real process is killed again
//! and again; afterwards the history is held against what the channels hold. Meanwhile commands are typed and timed, and
//! the process's memory is watched.
//!
//! `cargo build --release`, then `cargo run --release -p trial --bin chatter`.

mod compare;
mod talk;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use playground::Workspace;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use trial::bench::{Bench, Kind, Trouble};

use talk::Talk;

/// What is tried.
#[derive(Debug, Parser)]
#[command(about = "Kills the bot while people talk; then holds the history against what the channels hold.")]
struct Options {
    /// The database; PostgreSQL is a throw-away server.
    #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
    database: Kind,
    /// The bot's program.
    #[arg(long, default_value = "target/release/breakingbot")]
    bot: PathBuf,
    /// How much is said, changes and deletions not counted.
    #[arg(long, default_value_t = 100_000)]
    messages: usize,
    /// In how many incidents' channels.
    #[arg(long, default_value_t = 200)]
    channels: usize,
    /// How often the bot is killed.
    #[arg(long, default_value_t = 10)]
    kills: usize,
    /// How many messages a second, at most.
    #[arg(long, default_value_t = 500)]
    rate: u64,
    /// The memory that the process may have resident, in MiB.
    #[arg(long, default_value_t = 128.0)]
    memory: f64,
    /// How long the history may take to be whole after the last message, in seconds.
    #[arg(long, default_value_t = 900)]
    patience: u64,
    /// What the random choices are made from.
    #[arg(long)]
    seed: Option<u64>,
    /// Prints the bot's log at the end.
    #[arg(long)]
    logs: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return say(&format!("chatter: {error}"), ExitCode::FAILURE),
    };
    let seed = options.seed.unwrap_or_else(rand::random);
    match runtime.block_on(run(&options, seed)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => say(&format!("chatter: {error} (seed {seed})"), ExitCode::FAILURE),
    }
}

fn say(line: &str, code: ExitCode) -> ExitCode {
    // Nothing can be done about a closed terminal.
    let _ = writeln!(std::io::stdout(), "{line}");
    code
}

async fn run(options: &Options, seed: u64) -> Result<bool, Trouble> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut bench = Bench::new(options.database, &options.bot, 1).await?;
    bench.start().await?;
    let rooms = bench.burning(options.channels).await?;
    let began = Instant::now();
    let life = Arc::new(AtomicU64::new(0));
    let over = Arc::new(AtomicBool::new(false));
    let commands = tokio::spawn(type_commands(bench.workspace.clone(), rooms.clone(), life.clone(), over.clone()));
    let mut talk = Talk::new(bench.workspace.clone(), rooms);
    let (mut most, mut kills) = (0.0_f64, 0);
    let pace = Duration::from_secs(1);
    while talk.said() < options.messages {
        let second = Instant::now();
        for _ in 0..options.rate {
            talk.go_on(&mut random)?;
        }
        most = most.max(bench.resident().unwrap_or_default());
        if kills < options.kills && talk.said() * (options.kills + 1) > options.messages * (kills + 1) {
            kills += 1;
            life.fetch_add(1, Ordering::SeqCst);
            bench.kill(0).await?;
            // Some of it is said while nobody listens.
            for _ in 0..random.random_range(1..=options.rate) {
                talk.go_on(&mut random)?;
            }
            bench.spawn(0, &[])?;
            bench.listens().await?;
            life.fetch_add(1, Ordering::SeqCst);
            let _ =
                writeln!(std::io::stderr(), "killed {kills} times after {:.0?}, {} said", began.elapsed(), talk.said());
        }
        tokio::time::sleep(pace.saturating_sub(second.elapsed())).await;
    }
    let talked = began.elapsed();
    over.store(true, Ordering::SeqCst);
    let mut latencies = commands.await?;
    latencies.sort_unstable();
    let patience = Duration::from_secs(options.patience);
    let mut watched = most;
    let differences = compare::until_whole(&bench, &talk, patience, || {
        watched = watched.max(bench.resident().unwrap_or_default());
    })
    .await?;
    let mut out = std::io::stdout().lock();
    let share = |share: usize| {
        let place = (latencies.len() * share / 100).min(latencies.len().saturating_sub(1));
        latencies.get(place).copied().unwrap_or_default()
    };
    writeln!(
        out,
        "said {}, changed {}, deleted {}, reactions {}, replies {}, channels {}, killed {kills}, in {talked:.0?}; whole \
         after {:.0?}; differences {}; resident at most {watched:.0} MiB of {:.0}; commands {}, p50 {:.1?}, p99 {:.1?}, \
         max {:.1?}; seed {seed}",
        talk.said(),
        talk.changed,
        talk.deleted,
        talk.reacted,
        talk.replied,
        options.channels,
        began.elapsed() - talked,
        differences.len(),
        options.memory,
        latencies.len(),
        share(50),
        share(99),
        latencies.last().copied().unwrap_or_default(),
    )?;
    for difference in differences.iter().take(20) {
        writeln!(out, "different: {difference}")?;
    }
    if options.logs {
        writeln!(out, "--- log\n{}", bench.log(0))?;
    }
    Ok(differences.is_empty() && watched <= options.memory)
}

/// Somebody types commands, one after the other. Gives how long each took to be answered, but for those during whose
/// time the bot was killed or not there.
async fn type_commands(
    workspace: Workspace,
    rooms: Vec<String>,
    life: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
) -> Vec<Duration> {
    let mut latencies = Vec::new();
    let mut number = 0;
    while !over.load(Ordering::SeqCst) {
        for room in &rooms {
            number += 1;
            let lived = life.load(Ordering::SeqCst);
            let began = Instant::now();
            let Ok(ts) = workspace.say("U0DAVE", room, &format!(".note {number}"), None) else { continue };
            let answered = workspace
                .until(Duration::from_secs(30), |workspace| workspace.has_reaction(room, ts.as_str()).then_some(()));
            let answered = answered.await.is_some();
            if answered && lived.is_multiple_of(2) && life.load(Ordering::SeqCst) == lived {
                latencies.push(began.elapsed());
            }
            if over.load(Ordering::SeqCst) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    latencies
}
