//! The program: its commands, each in a file of its own.

mod answer;
mod check;
mod delivery;
mod export;
mod forget;
mod fsm;
mod health;
mod healthcheck;
mod logs;
mod migrate;
mod playground;
mod render;
mod reports;
mod run;
mod signals;
mod verify;
mod when;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::actors::system;
use crate::config::Settings;
pub use answer::Failed;

/// What is typed behind `breakingbot`.
#[derive(Debug, Parser)]
#[command(
    name = "breakingbot",
    version,
    about = "Breaking Bot: declare, run and resolve an incident from Slack.",
    long_about = "Breaking Bot: declare, run and resolve an incident from Slack.\n\n\
        Without a command it runs the bot: on Slack when SLACK_APP_TOKEN and SLACK_BOT_TOKEN are set, otherwise on its \
        playground, a local Slack in your browser. Secrets and addresses come from the environment or .env, behaviour \
        from breakingbot.toml; both are optional for the playground."
)]
pub struct Program {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the bot; the same as no command.
    Run,
    /// Try everything that the bot needs: configuration, database, tokens, scopes, channels, report platform.
    ///
    /// Each line says ok, or what is wrong and what to do. Ends with exit code 1 when something is wrong.
    Check,
    Migrate(migrate::Migrate),
    Playground(playground::Serve),
    Export(export::Export),
    Verify(verify::Verify),
    Forget(forget::Forget),
    Delivery(delivery::Receipts),
    Render(render::Render),
    /// Ask the bot that runs on this machine how it is.
    ///
    /// Prints what /healthcheck answers. Ends with exit code 1 unless all is well.
    Healthcheck,
    When(when::When),
    /// Print the state machine of an incident as a Mermaid diagram.
    Fsm,
}

/// The log lines of a program that runs on: what matters to whoever runs it.
const RUNNING: &str = "info,sea_orm_migration=warn";

/// Runs what was typed.
pub fn main() -> ExitCode {
    // Two providers are compiled in, and rustls panics when it has to choose. Nobody else has installed one yet.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let program = Program::parse();
    let mut out = io::stdout().lock();
    let done = match program.command.unwrap_or(Command::Run) {
        Command::Run => settings(RUNNING).and_then(|settings| in_system(run::run(settings, &mut out))),
        Command::Check => settings("warn").and_then(|settings| in_system(check::run(&settings, &mut out))),
        Command::Migrate(migrate) => settings("warn").and_then(|settings| in_system(migrate.run(&settings, &mut out))),
        Command::Playground(serve) => settings(RUNNING).and_then(|settings| in_system(serve.run(&settings, &mut out))),
        Command::Export(export) => settings("warn").and_then(|settings| in_system(export.run(&settings, &mut out))),
        Command::Verify(verify) => settings("warn").and_then(|settings| in_system(verify.run(&settings, &mut out))),
        Command::Forget(forget) => settings("warn").and_then(|settings| in_system(forget.run(&settings, &mut out))),
        Command::Delivery(receipts) => {
            settings("warn").and_then(|settings| in_system(receipts.run(&settings, &mut out)))
        }
        Command::Render(render) => settings("warn").and_then(|settings| in_system(render.run(&settings, &mut out))),
        Command::Healthcheck => settings("warn").and_then(|settings| healthcheck::run(&settings, &mut out)),
        Command::When(when) => when.run(&mut out),
        Command::Fsm => fsm::run(&mut out),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            // With nobody to read it, the exit code is all that is left to say.
            let _ = writeln!(io::stderr(), "{failed}");
            ExitCode::FAILURE
        }
    }
}

/// Actors live on this thread, everything else (sockets, the database's client, HTTP) on one other: what each does is short,
/// and with more of them a command waits more often for a thread to wake than for work to be done.
fn in_system(work: impl Future<Output = Result<(), Failed>>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    system::run(runtime, work)
}

/// The settings of this process, and from now on its log lines, of a level unless `RUST_LOG` asks for others.
fn settings(level: &str) -> Result<Settings, Failed> {
    let settings =
        Settings::of_process(Path::new(".")).map_err(|problems| Failed::because(problems.to_string().trim_end()))?;
    logs::start(&settings, level);
    Ok(settings)
}

/// Why a program cannot listen at an address.
fn taken(address: SocketAddr, error: &io::Error) -> Failed {
    Failed::because(match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("Something else listens on {address} already: end it, or set PORT to another port.")
        }
        _ => format!("Cannot listen on {address} ({error}): set HOST and PORT to an address of this machine."),
    })
}
