//! The variables of the process and of the file `.env`: secrets and addresses.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sea_orm::sqlx::postgres::PgConnectOptions;
use tracing_subscriber::EnvFilter;

use super::problem::Problem;
use super::reader::nearest;
use crate::boundary::http::Secret;
use crate::boundary::slack::{self, SettingsError, Token};

/// Every variable that is read, and what it is when it is not set.
pub const VARIABLES: [(&str, &str); 12] = [
    ("DATABASE_URL", DATABASE),
    ("SLACK_APP_TOKEN", ""),
    ("SLACK_BOT_TOKEN", ""),
    ("SLACK_API_URL", SLACK),
    ("TRACKER_TOKEN", ""),
    ("TRACKER_PRIVATE_KEY", ""),
    ("HOST", HOST),
    ("PORT", "8080"),
    ("RUST_LOG", "info"),
    ("LOG_FORMAT", "human"),
    ("BREAKINGBOT_CONFIG", CONFIG),
    (super::report::PASSWORD, ""),
];

/// A file beside the program's folder of work.
const DATABASE: &str = "sqlite://breakingbot.db";
/// Slack's own Web API.
const SLACK: &str = slack::SLACK_API_URL;
/// Nobody but this machine, until somebody decides otherwise: the playground asks nobody for a password.
const HOST: &str = "127.0.0.1";
/// The file of behaviour; read when it is there.
pub(super) const CONFIG: &str = "breakingbot.toml";

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For a person.
    Human,
    /// One JSON object on a line.
    Json,
}

/// Which database. It prints without the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Database {
    url: String,
    shown: String,
}

impl Database {
    /// Reads an address; the error tells what is wrong with it without repeating it.
    pub fn at(url: &str) -> Result<Self, (String, String)> {
        let shown = match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => match sqlite_file(url) {
                Some(path) => format!("SQLite file {path}"),
                None => {
                    let remedy = "Name a file: sqlite://breakingbot.db, or with its whole path sqlite:///var/lib/breakingbot/bot.db.";
                    return Err(("names no file".to_owned(), remedy.to_owned()));
                }
            },
            Some("postgres" | "postgresql") => PgConnectOptions::from_str(url)
                .map(|options| {
                    let database = options.get_database().unwrap_or(options.get_username());
                    format!("PostgreSQL database {database} at {}:{}", options.get_host(), options.get_port())
                })
                .map_err(|error| {
                    let remedy = "Write it like postgres://user:password@host:5432/breakingbot; in a password, write @ as %40, / as %2F and # as %23.";
                    (format!("is no PostgreSQL address ({})", without(url, &error.to_string())), remedy.to_owned())
                })?,
            _ => {
                let remedy = "It begins with sqlite:// or postgres://.";
                return Err(("names no database that the bot knows".to_owned(), remedy.to_owned()));
            }
        };
        Ok(Self { url: url.to_owned(), shown })
    }

    /// The address, password included.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// The file of a SQLite address. A database in memory would forget the incidents.
fn sqlite_file(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("sqlite:")?;
    let path = rest.strip_prefix("//").unwrap_or(rest).split('?').next()?;
    (!path.is_empty() && path != ":memory:").then_some(path)
}

/// An error's text, unless it repeats a part of the address.
fn without(url: &str, error: &str) -> String {
    let parts =
        url.split(['/', ':', '@', '?', '&', '=']).filter(|part| part.len() > 3 && !part.starts_with("postgres"));
    for part in parts {
        if error.contains(part) {
            return "it cannot be read".to_owned();
        }
    }
    error.rsplit(": ").next().unwrap_or(error).to_owned()
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// What Slack gives to an app that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// Opens sockets (`xapp-…`).
    pub app: Token,
    /// Calls the Web API (`xoxb-…`).
    pub bot: Token,
}

/// The variables that are set, each with where it comes from.
#[derive(Clone, Default)]
pub struct Environment {
    values: BTreeMap<String, (String, &'static str)>,
}

impl Environment {
    /// The variables of the process, then those of `.env` in a folder.
    pub(super) fn of_process(folder: &Path, problems: &mut Vec<Problem>) -> Self {
        let process =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let mut environment = Self::of(process);
        environment.add_file(&folder.join(".env"), problems);
        environment
    }

    /// These variables alone.
    pub fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let known = |name: &str| VARIABLES.iter().any(|(known, _)| *known == name);
        let values = variables.into_iter().filter(|(name, _)| known(name));
        Self { values: values.map(|(name, value)| (name, (value, "environment"))).collect() }
    }

    /// A variable of the process wins over the same one in the file.
    pub(super) fn add_file(&mut self, path: &Path, problems: &mut Vec<Problem>) {
        let lines = match dotenvy::from_path_iter(path) {
            Ok(lines) => lines,
            Err(error) if error.not_found() => return,
            Err(_) => {
                let problem = Problem {
                    file: ".env".to_owned(),
                    line: 0,
                    key: String::new(),
                    what: "cannot be read".to_owned(),
                    remedy: "Make the file readable for the user that runs the bot.".to_owned(),
                };
                problems.push(problem);
                return;
            }
        };
        for line in lines {
            match line {
                Ok((name, value)) => self.add_from_file(name, value, problems),
                Err(error) => {
                    // The error repeats the line, which may hold a secret.
                    let line = match &error {
                        dotenvy::Error::LineParse(text, _) => line_of(path, text),
                        _ => 0,
                    };
                    let problem = Problem {
                        file: ".env".to_owned(),
                        line,
                        key: String::new(),
                        what: "has a line that cannot be read".to_owned(),
                        remedy: "Write NAME=value, and put single quotes around a value with spaces, # or $."
                            .to_owned(),
                    };
                    problems.push(problem);
                }
            }
        }
    }

    fn add_from_file(&mut self, name: String, value: String, problems: &mut Vec<Problem>) {
        let known = || VARIABLES.iter().map(|(known, _)| *known);
        if known().any(|known| known == name) {
            self.values.entry(name).or_insert((value, ".env"));
        } else if let Some(near) = nearest(&name, known()) {
            problems.push(Problem::of_variable(&name, ".env", "is unknown", format!("Did you mean {near}?")));
        }
    }

    /// A variable that is set to something.
    fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|(value, _)| value.trim()).filter(|value| !value.is_empty())
    }

    fn or_default(&self, name: &str) -> &str {
        let default = VARIABLES.iter().find(|(known, _)| *known == name).map_or("", |(_, default)| default);
        self.get(name).unwrap_or(default)
    }

    /// A secret that is set.
    pub(super) fn secret(&self, name: &str) -> Option<Secret> {
        self.get(name).map(Secret::new)
    }

    pub(super) fn wrong(&self, name: &str, what: impl Into<String>, remedy: impl Into<String>) -> Problem {
        let origin = self.values.get(name).map_or("environment", |(_, origin)| origin);
        Problem::of_variable(name, origin, what, remedy)
    }

    /// The database.
    pub(super) fn database(&self) -> Result<Database, Problem> {
        Database::at(self.or_default("DATABASE_URL")).map_err(|(what, remedy)| self.wrong("DATABASE_URL", what, remedy))
    }

    /// The tokens; `None` when neither is set.
    pub(super) fn tokens(&self, problems: &mut Vec<Problem>) -> Option<Tokens> {
        let mut token = |name: &str, prefix: &str, from: &str| {
            let value = self.get(name)?;
            if !value.starts_with(prefix) {
                let what = format!("does not begin with {prefix}");
                problems.push(self.wrong(name, what, format!("Take the token from {from} in the app's settings.")));
            }
            Some(Token::new(value))
        };
        let app = token("SLACK_APP_TOKEN", "xapp-", "Basic Information, App-Level Tokens,");
        let bot = token("SLACK_BOT_TOKEN", "xoxb-", "OAuth & Permissions");
        let lonely = |missing: &str, set: &str| {
            let remedy = "Set both, or neither to use the playground.";
            self.wrong(missing, format!("is not set, but {set} is"), remedy)
        };
        match (app, bot) {
            (Some(app), Some(bot)) => return Some(Tokens { app, bot }),
            (None, Some(_)) => problems.push(lonely("SLACK_APP_TOKEN", "SLACK_BOT_TOKEN")),
            (Some(_), None) => problems.push(lonely("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")),
            (None, None) if self.get("SLACK_API_URL").is_some() => {
                let remedy = "Set SLACK_APP_TOKEN and SLACK_BOT_TOKEN too, or leave it out to use the playground.";
                problems.push(self.wrong("SLACK_API_URL", "is set, but no token is", remedy));
            }
            (None, None) => {}
        }
        None
    }

    /// The address of the Web API, without a slash at its end.
    pub(super) fn api_url(&self) -> Result<String, Problem> {
        slack::api_base(self.or_default("SLACK_API_URL")).map_err(|error| {
            let (what, remedy) = match error {
                SettingsError::NotAnAddress(_) => {
                    ("is no address", "Leave it out to use Slack, or write it like http://127.0.0.1:8080/api.")
                }
                SettingsError::PlainHttp(_) => {
                    ("would send the tokens unencrypted", "Use https; http is for addresses of this machine only.")
                }
            };
            self.wrong("SLACK_API_URL", what, remedy)
        })
    }

    /// The address that the program listens on.
    pub(super) fn listens_on(&self, problems: &mut Vec<Problem>) -> (IpAddr, u16) {
        let host = self.or_default("HOST").parse().unwrap_or_else(|_| {
            let remedy = "Write 127.0.0.1 for this machine only, 0.0.0.0 for everybody who can reach it.";
            problems.push(self.wrong("HOST", "is no IP address", remedy));
            IpAddr::from([127, 0, 0, 1])
        });
        let port = self.or_default("PORT").parse().unwrap_or_else(|_| {
            problems.push(self.wrong("PORT", "is no port", "Write a number from 1 to 65535; 0 takes any free one."));
            0
        });
        (host, port)
    }

    /// Which log lines are written, and how.
    pub(super) fn logs(&self, problems: &mut Vec<Problem>) -> (Option<String>, LogFormat) {
        let filter = self.get("RUST_LOG").map(str::to_owned);
        if filter.as_ref().is_some_and(|filter| EnvFilter::builder().parse(filter).is_err()) {
            let remedy =
                "Write a level (error, warn, info, debug, trace), or levels for parts: info,breakingbot=debug.";
            problems.push(self.wrong("RUST_LOG", "cannot be read", remedy));
        }
        let format = match self.or_default("LOG_FORMAT") {
            "human" => LogFormat::Human,
            "json" => LogFormat::Json,
            _ => {
                problems.push(self.wrong("LOG_FORMAT", "is neither human nor json", "Write one of the two."));
                LogFormat::Human
            }
        };
        (filter, format)
    }

    /// The file of behaviour and its text; `None` when there is none, and none was asked for.
    pub(super) fn config(&self, folder: &Path) -> Result<Option<(String, String)>, Problem> {
        let name = self.or_default("BREAKINGBOT_CONFIG");
        let path: PathBuf = folder.join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some((name.to_owned(), text))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.get("BREAKINGBOT_CONFIG").is_none() => {
                Ok(None)
            }
            Err(error) => {
                let what = format!("names {name}, which cannot be read ({error})");
                Err(self.wrong("BREAKINGBOT_CONFIG", what, "Copy breakingbot.example.toml to that path."))
            }
        }
    }
}

fn line_of(path: &Path, text: &str) -> usize {
    let content = std::fs::read_to_string(path).unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    content.lines().position(|line| line.trim() == first.trim()).map_or(0, |index| index + 1)
}
