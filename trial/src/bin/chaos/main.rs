//! Kills the real process again and again while people use it and Slack misbehaves, and afterwards compares what they
//! typed with what is on record and with what the channels show.
//!
//! `cargo build --release -p breakingbot --features crash-points --target-dir target/chaos`, then
//! `cargo run --release -p trial --bin chaos -- --bot target/chaos/release/breakingbot --cycles 300`.

mod check;
mod script;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use breakingbot::crash;
use clap::Parser;
use playground::{Fault, FaultKind};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use trial::bench::{Bench, Kind, Trouble};

use script::Script;

/// What is tried.
#[derive(Debug, Parser)]
#[command(
    about = "Kills the bot while people use it and Slack misbehaves; then compares what was typed with what is there."
)]
struct Options {
    /// The database; PostgreSQL is a throw-away server.
    #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
    database: Kind,
    /// The bot's program, built with the feature crash-points.
    #[arg(long, default_value = "target/chaos/release/breakingbot")]
    bot: PathBuf,
    /// How often the bot is killed.
    #[arg(long, default_value_t = 20)]
    cycles: usize,
    /// How many copies run at once; more than one needs PostgreSQL.
    #[arg(long, default_value_t = 1)]
    copies: usize,
    /// What the random choices are made from. The same seed makes the same choices.
    #[arg(long)]
    seed: Option<u64>,
    /// Prints the copies' logs at the end.
    #[arg(long)]
    logs: bool,
}

/// For so long, at most, people type between two kills.
const BUSY: Duration = Duration::from_millis(700);

fn main() -> ExitCode {
    let options = Options::parse();
    let seed = options.seed.unwrap_or_else(rand::random);
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return say(&format!("chaos: {error}"), ExitCode::FAILURE),
    };
    match runtime.block_on(run(&options, seed)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => say(&format!("chaos: {error} (seed {seed})"), ExitCode::FAILURE),
    }
}

fn say(line: &str, code: ExitCode) -> ExitCode {
    // Nothing can be done about a closed terminal.
    let _ = writeln!(std::io::stdout(), "{line}");
    code
}

async fn run(options: &Options, seed: u64) -> Result<bool, Trouble> {
    let mut random = StdRng::seed_from_u64(seed);
    let began = Instant::now();
    let mut bench = Bench::new(options.database, &options.bot, options.copies).await?;
    for copy in 0..bench.copies() {
        bench.spawn(copy, &[])?;
    }
    bench.listens().await?;
    let mut script = Script::new(bench.workspace.clone());
    script.begin().await?;
    let mut crashes = 0;
    for cycle in 0..options.cycles {
        mischief(&bench, &mut random);
        let busy = BUSY.mul_f64(random.random_range(0.1..1.0));
        script.people_type(busy, &mut random).await?;
        let victim = random.random_range(0..bench.copies());
        if !bench.runs(victim) {
            crashes += 1;
        }
        bench.kill(victim).await?;
        // Some messages are typed while nobody, or only the other copy, listens.
        script.people_type(busy / 5, &mut random).await?;
        // Half of the lives end by themselves at a named place.
        let variables = match crash::POINTS.choose(&mut random) {
            Some(point) if random.random_bool(0.5) => {
                vec![("CRASH_AT", format!("{point}:{}", random.random_range(0..40)))]
            }
            _ => Vec::new(),
        };
        bench.spawn(victim, &variables)?;
        for copy in 0..bench.copies() {
            if !bench.runs(copy) {
                crashes += 1;
                bench.spawn(copy, &[])?;
            }
        }
        if cycle % 10 == 9 {
            let _ = writeln!(std::io::stderr(), "cycle {} after {:.0?}", cycle + 1, began.elapsed());
        }
    }
    bench.workspace.clear_faults();
    bench.workspace.deliver_twice(false);
    for copy in 0..bench.copies() {
        bench.kill(copy).await?;
        bench.spawn(copy, &[])?;
    }
    bench.listens().await?;
    let quiet = check::settled(&bench, &script).await;
    for copy in 0..bench.copies() {
        bench.kill(copy).await?;
    }
    let found = check::compare(&bench, &script).await?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "cycles {}, crashes at named places {crashes}, commands {}, incidents {}, lost {}, doubled {}, misordered {}, orphans {}, settled {quiet}, seed {seed}, {:.0?}",
        options.cycles,
        script.commands(),
        found.incidents,
        found.lost.len(),
        found.doubled.len(),
        found.misordered.len(),
        found.orphans.len(),
        began.elapsed(),
    )?;
    for (what, which) in [
        ("lost", &found.lost),
        ("doubled", &found.doubled),
        ("misordered", &found.misordered),
        ("orphan", &found.orphans),
    ] {
        for one in which.iter().take(20) {
            writeln!(out, "{what}: {one}")?;
        }
    }
    if options.logs {
        for copy in 0..bench.copies() {
            writeln!(out, "--- copy {copy}\n{}", bench.log(copy))?;
        }
    }
    Ok(quiet && found.is_clean())
}

/// What Slack does wrong for the next while.
fn mischief(bench: &Bench, random: &mut StdRng) {
    let workspace = &bench.workspace;
    workspace.clear_faults();
    workspace.deliver_twice(random.random_bool(0.3));
    let methods = ["*", "chat.postMessage", "reactions.add", "conversations.create", "conversations.setTopic"];
    for _ in 0..random.random_range(0..3) {
        let kind = match random.random_range(0..7) {
            0 => FaultKind::Throttle { retry_after_s: 1 },
            1 => FaultKind::Error("internal_error".to_owned()),
            2 => FaultKind::Status(503),
            3 => FaultKind::Reset,
            4 => FaultKind::PerformThenReset,
            5 => FaultKind::Hang(Duration::from_secs(6)),
            _ => FaultKind::PerformThenHang(Duration::from_secs(6)),
        };
        let method = methods.choose(random).copied().unwrap_or("*").to_owned();
        workspace.fault(Fault { method, channel: None, kind, times: Some(random.random_range(1..6)) });
    }
    if random.random_bool(0.2) {
        workspace.drop_sockets();
    }
}
