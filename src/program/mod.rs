//! The program: its commands, each in a file of its own.

mod answer;
mod check;
mod fsm;
mod healthcheck;
mod logs;
mod migrate;
mod when;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
    /// Try everything that the bot needs: configuration, database, tokens, scopes, channels.
    ///
    /// Each line says ok, or what is wrong and what to do. Ends with exit code 1 when something is wrong.
    Check,
    Migrate(migrate::Migrate),
    /// Ask the bot that runs on this machine how it is.
    ///
    /// Prints what /healthcheck answers. Ends with exit code 1 unless all is well.
    Healthcheck,
    When(when::When),
    /// Print the state machine of an incident as a Mermaid diagram.
    Fsm,
}

/// Runs what was typed.
pub fn main() -> ExitCode {
    // Two providers are compiled in, and rustls panics when it has to choose. Nobody else has installed one yet.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let program = Program::parse();
    let mut out = io::stdout().lock();
    let done = match &program.command {
        None | Some(Command::Run) => settings("info").and_then(|_| Err(Failed::because("not wired yet"))),
        Some(Command::Check) => {
            settings("warn").and_then(|settings| actix_rt::System::new().block_on(check::run(&settings, &mut out)))
        }
        Some(Command::Migrate(migrate)) => {
            settings("warn").and_then(|settings| actix_rt::System::new().block_on(migrate.run(&settings, &mut out)))
        }
        Some(Command::Healthcheck) => settings("warn").and_then(|settings| healthcheck::run(&settings, &mut out)),
        Some(Command::When(when)) => when.run(&mut out),
        Some(Command::Fsm) => fsm::run(&mut out),
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

/// The settings of this process, and from now on its log lines, of a level unless `RUST_LOG` asks for others.
fn settings(level: &str) -> Result<Settings, Failed> {
    let settings =
        Settings::of_process(Path::new(".")).map_err(|problems| Failed::because(problems.to_string().trim_end()))?;
    logs::start(&settings, level);
    Ok(settings)
}
