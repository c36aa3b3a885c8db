//! The program: its commands, each in a file of its own.

mod answer;
mod fsm;
mod logs;
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
    /// Tell how the bot would understand a time.
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
        None | Some(Command::Run) => Err(Failed::because("not wired yet")),
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

/// The settings of this process.
fn settings() -> Result<Settings, Failed> {
    Settings::of_process(Path::new(".")).map_err(|problems| Failed::because(problems.to_string().trim_end()))
}
