//! Kills the real process again and again while people use it, Slack misbehaves and the database goes away, and
//! afterwards compares what they typed with what is on record and with what the channels show.
//!
//! `cargo build --release -p breakingbot --features crash-points --target-dir target/chaos`, then
//! `cargo run --release -p trial --bin chaos -- --bot target/chaos/release/breakingbot --cycles 300`.

mod check;
mod lives;
mod mischief;
mod script;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use trial::bench::{Bench, Kind, Trouble};

use check::Found;
use lives::Lives;
use script::Script;

/// What is tried.
#[derive(Debug, Parser)]
#[command(
    about = "Kills the bot while people use it and Slack misbehaves; then compares what was typed with what is there."
)]
struct Options {
    /// The database; PostgreSQL is a throw-away server, which is ended and started again as well.
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
    /// Writes the copies' logs to this folder at the end.
    #[arg(long)]
    logs: Option<PathBuf>,
}

/// For so long, at most, people type between two kills.
const BUSY: Duration = Duration::from_millis(700);
/// For so long, at most, people type while the database is away, beside that.
const AWAY: Duration = Duration::from_secs(3);
/// At most so many findings of a kind are printed.
const PRINTED: usize = 60;

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
    let mut lives = Lives::begin(&mut bench)?;
    bench.listens().await?;
    let mut script = Script::new(bench.workspace.clone());
    script.begin().await?;
    let mut restarts = 0;
    for cycle in 1..=options.cycles {
        mischief::slack(&bench.workspace, &mut random);
        // Now and then the database is away, and comes back before the kill or after it.
        let away = !bench.is_sqlite() && random.random_bool(0.1);
        let comes_early = random.random_bool(0.5);
        if away {
            restarts += 1;
            mischief::database_goes(&bench)?;
            script.people_type(AWAY.mul_f64(random.random()), &mut random).await?;
            if comes_early {
                mischief::database_comes(&bench)?;
            }
        }
        let busy = BUSY.mul_f64(random.random_range(0.1..1.0));
        script.people_type(busy, &mut random).await?;
        let victim = random.random_range(0..bench.copies());
        lives.kill(&mut bench, victim).await?;
        // Some messages are typed while nobody, or only the other copies, are there.
        script.people_type(busy / 5, &mut random).await?;
        lives.again(&mut bench, victim, &mut random)?;
        if away && !comes_early {
            mischief::database_comes(&bench)?;
        }
        if cycle % 10 == 0 {
            let _ = writeln!(std::io::stderr(), "cycle {cycle} after {:.0?}", began.elapsed());
        }
    }
    mischief::over(&bench.workspace);
    lives.calm(&mut bench).await?;
    bench.listens().await?;
    let quiet = check::settled(&bench, &script).await;
    lives.end(&mut bench).await?;
    let found = check::compare(&bench, &script).await?;
    if let Some(folder) = &options.logs {
        std::fs::create_dir_all(folder)?;
        for copy in 0..bench.copies() {
            std::fs::write(folder.join(format!("copy-{copy}.log")), bench.log(copy))?;
        }
    }
    tell(&found, quiet)?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "cycles {}, database restarts {restarts}, crashes at named places {}\n\
         commands {}, incidents {}, lost {}, doubled {}, misordered {}, orphans {}, settled {quiet}, seed {seed}, {:.0?}",
        options.cycles,
        lives.crashes(),
        script.commands(),
        found.incidents,
        found.lost.len(),
        found.doubled.len(),
        found.misordered.len(),
        found.orphans.len(),
        began.elapsed(),
    )?;
    Ok(quiet && found.is_clean())
}

fn tell(found: &Found, quiet: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if !quiet {
        writeln!(out, "something was not answered, or it did not come to rest")?;
    }
    for (what, which) in [
        ("lost", &found.lost),
        ("doubled", &found.doubled),
        ("misordered", &found.misordered),
        ("orphan", &found.orphans),
    ] {
        for one in which.iter().take(PRINTED) {
            writeln!(out, "{what}: {one}")?;
        }
        if which.len() > PRINTED {
            writeln!(out, "{what}: and {} more", which.len() - PRINTED)?;
        }
    }
    Ok(())
}
