//! The configuration: secrets and addresses from the environment and `.env`, behaviour from one TOML file. Everything
//! that is wrong is told at once, each with its place and its remedy, before anything starts.

mod annoyotron;
mod archivist;
mod desk;
mod duration;
mod environment;
mod priority;
mod problem;
mod reader;
mod report;
mod slack;
mod store;
mod syntrax;
mod templates;
#[cfg(test)]
mod tests;
mod tracker;

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;

pub use annoyotron::Annoyotron;
pub use archivist::Archivist;
pub use environment::{Database, Environment, LogFormat, Tokens, VARIABLES};
pub use problem::{Problem, Problems};
pub use report::Report;
pub use slack::Slack;
pub use store::Store;
pub use syntrax::Syntrax;

use crate::boundary::issue_tracker::Configured;
use crate::core::desk::Desk;
use crate::core::ids::{ChannelId, GroupId};
use crate::core::templates::Templates;
use reader::{Document, Section};

/// The channels and the group of the playground, which the desk has when no file names others.
const PLAYGROUND: (&str, &str, &str) = ("C0MAIN", "C0NOTIFY", "S0ONCALL");

/// Everything that can be configured.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The database.
    pub database: Database,
    /// The tokens; without them the playground serves as Slack.
    pub tokens: Option<Tokens>,
    /// The address of Slack's Web API, without a slash at its end.
    pub api_url: String,
    /// The address that the program listens on.
    pub host: IpAddr,
    /// Its port; 0 takes any free one.
    pub port: u16,
    /// Which log lines are written, when `RUST_LOG` says so.
    pub log_filter: Option<String>,
    /// How they are written.
    pub log_format: LogFormat,
    /// The file of behaviour, when there is one.
    pub file: Option<String>,
    /// The desks, at least one.
    pub desks: Vec<Desk>,
    /// Slack.
    pub slack: Slack,
    /// The store.
    pub store: Store,
    /// Reminders.
    pub annoyotron: Annoyotron,
    /// Archival.
    pub archivist: Archivist,
    /// Keeping the issue tracker current.
    pub syntrax: Syntrax,
    /// The issue tracker, when there is one.
    pub tracker: Option<Configured>,
    /// The report platform, when there is one.
    pub report: Option<Report>,
    /// The templates.
    pub templates: Templates,
}

impl Settings {
    /// The settings of the process that runs, with its `.env` and its file of behaviour in a folder.
    ///
    /// # Errors
    ///
    /// Everything that is wrong.
    pub fn of_process(folder: &Path) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let environment = Environment::of_process(folder, &mut problems);
        Self::read(&environment, folder, problems)
    }

    /// The settings of an environment alone, with its file of behaviour in a folder.
    ///
    /// # Errors
    ///
    /// Everything that is wrong.
    pub fn of(environment: &Environment, folder: &Path) -> Result<Self, Problems> {
        Self::read(environment, folder, Vec::new())
    }

    fn read(environment: &Environment, folder: &Path, mut problems: Vec<Problem>) -> Result<Self, Problems> {
        let database = environment.database().map_err(|problem| problems.push(problem)).ok();
        let api_url = environment.api_url().map_err(|problem| problems.push(problem)).ok();
        let tokens = environment.tokens(&mut problems);
        let (host, port) = environment.listens_on(&mut problems);
        let (log_filter, log_format) = environment.logs(&mut problems);
        let (config, config_is_broken) = match environment.config(folder) {
            Ok(config) => (config, false),
            Err(problem) => {
                problems.push(problem);
                (None, true)
            }
        };
        let (file, text) = config.unzip();
        let name = file.as_deref().unwrap_or(environment::CONFIG);
        let (mut behaviour, wrong, _) = Behaviour::read(name, text.as_deref().unwrap_or_default(), folder);
        let broken = config_is_broken || !wrong.is_empty();
        problems.extend(wrong);
        let report = report::complete(behaviour.report.take(), environment, &mut problems);
        let desks = match behaviour.desks {
            desks if !desks.is_empty() => desks,
            _ if tokens.is_none() => vec![playground_desk()],
            desks => {
                if !broken {
                    problems.push(no_desk(name, file.is_some()));
                }
                desks
            }
        };
        let tracker = behaviour.tracker.with_secrets(environment, &mut problems);
        let (Some(database), Some(api_url), true) = (database, api_url, problems.is_empty()) else {
            return Err(Problems::sorted(problems));
        };
        let Behaviour { slack, store, annoyotron, archivist, syntrax, templates, .. } = behaviour;
        let desks = desks
            .into_iter()
            .map(|desk| Desk {
                escalate_after: annoyotron.escalate_after,
                announce_before: archivist.announce_before,
                ..desk
            })
            .collect();
        Ok(Self {
            database,
            tokens,
            api_url,
            host,
            port,
            log_filter,
            log_format,
            file,
            desks,
            slack,
            store,
            annoyotron,
            archivist,
            syntrax,
            tracker,
            report,
            templates,
        })
    }

    /// The address that the program listens on.
    pub fn listens_on(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }
}

/// What the TOML file tells.
struct Behaviour {
    desks: Vec<Desk>,
    slack: Slack,
    store: Store,
    annoyotron: Annoyotron,
    archivist: Archivist,
    syntrax: Syntrax,
    tracker: tracker::Tracker,
    report: Option<report::Written>,
    templates: Templates,
}

impl Behaviour {
    /// Reads the file's text: what it tells, what is wrong with it, and the keys that it may have. Files that it names
    /// are looked for from the folder.
    fn read(file: &str, text: &str, folder: &Path) -> (Self, Vec<Problem>, BTreeSet<String>) {
        Document::read(file, text, |root| {
            let slack = slack::read(root);
            Self {
                desks: desk::read(root),
                store: store::read(root, slack.call_timeout),
                slack,
                annoyotron: annoyotron::read(root),
                archivist: archivist::read(root),
                syntrax: syntrax::read(root),
                tracker: tracker::read(root),
                report: report::read(root, folder),
                templates: templates::read(root, folder),
            }
        })
    }
}

/// Every key that the TOML file may have, as dotted paths with `N` for a level and `NAME` for a name of one's own.
pub fn known_keys() -> BTreeSet<String> {
    let one_of_each = "tracker.accounts.NAME = \"login\"\n[[desk]]\nrunbooks.NAME = \"https://a.example\"\n";
    let (_, _, keys) = Behaviour::read("", &format!("{one_of_each}priority.9.meaning = \"any\"\n"), Path::new("."));
    let is_repeated = |key: &String| key.strip_prefix("tracker.priority.").is_some_and(|level| level != "9");
    keys.into_iter().filter(|key| !is_repeated(key)).map(|key| key.replace(".9", ".N")).collect()
}

/// The desk of the playground.
fn playground_desk() -> Desk {
    let (main, notify, oncall) = PLAYGROUND;
    Desk {
        notify_channel: Some(ChannelId::new(notify)),
        oncall_group: Some(GroupId::new(oncall)),
        ..Desk::with_defaults("playground", main)
    }
}

fn no_desk(file: &str, there: bool) -> Problem {
    let what = match there {
        true => "has no [[desk]], so there is no channel to declare incidents in",
        false => "is missing, so there is no channel to declare incidents in",
    };
    let remedy = match there {
        true => "Add one, with the id of its main_channel; breakingbot.example.toml shows how.",
        false => "Copy breakingbot.example.toml to breakingbot.toml and fill in main_channel.",
    };
    Problem { file: file.to_owned(), line: 0, key: String::new(), what: what.to_owned(), remedy: remedy.to_owned() }
}

/// A length of time in whole seconds, within a range.
fn seconds(section: &Section<'_>, key: &str, default: u64, range: RangeInclusive<i64>) -> Duration {
    let range = SignedDuration::from_secs(*range.start())..=SignedDuration::from_secs(*range.end());
    let written = section.duration(key, range).map(SignedDuration::unsigned_abs);
    written.unwrap_or(Duration::from_secs(default))
}
