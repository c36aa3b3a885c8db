//! The real process, any number of copies of it, and a workspace and a database for them.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use playground::{Playground, Workspace};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// What keeps a trial from being made.
pub type Trouble = Box<dyn std::error::Error + Send + Sync>;

const NO_POSTGRES: &str = "PostgreSQL is not installed";

/// Which database the bot uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A SQLite file.
    Sqlite,
    /// A throw-away PostgreSQL server.
    Postgres,
}

/// A workspace, a database, and the bot between them.
pub struct Bench {
    /// The workspace's server.
    pub playground: Playground,
    /// The workspace.
    pub workspace: Workspace,
    database: testing::Database,
    /// PostgreSQL, when it is the database: the bench's own. It ends after its database.
    server: Option<testing::postgres::Server>,
    folder: TempDir,
    program: PathBuf,
    /// The copies that run, and each one's number of starts.
    copies: Vec<Option<Child>>,
}

/// The configuration file's name.
const CONFIGURATION: &str = "breakingbot.toml";

impl Bench {
    /// A new workspace and database; no bot yet.
    ///
    /// # Errors
    /// When the program is not there, or the workspace or the database cannot be had.
    pub async fn new(kind: Kind, program: &Path, copies: usize) -> Result<Self, Trouble> {
        let (database, server) = match kind {
            Kind::Sqlite => (testing::sqlite(), None),
            Kind::Postgres => {
                let server = testing::postgres::Server::start().ok_or(NO_POSTGRES)?;
                (server.database(), Some(server))
            }
        };
        Self::with(database, server, program, copies).await
    }

    /// The same for one copy, with PostgreSQL as it is in production: a commit is on the disk.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub async fn durable(kind: Kind, program: &Path) -> Result<Self, Trouble> {
        match kind {
            Kind::Sqlite => Self::new(kind, program, 1).await,
            Kind::Postgres => {
                let server = testing::postgres::Server::durable().ok_or(NO_POSTGRES)?;
                Self::with(server.database(), Some(server), program, 1).await
            }
        }
    }

    async fn with(
        database: testing::Database,
        server: Option<testing::postgres::Server>,
        program: &Path,
        copies: usize,
    ) -> Result<Self, Trouble> {
        let program = program.canonicalize().map_err(|why| format!("{}: {why}", program.display()))?;
        let options =
            playground::Options { calls_kept: 100, envelopes_kept: 200_000, ..playground::Options::default() };
        let playground = Playground::start(options).await?;
        let workspace = playground.workspace();
        let folder = tempfile::tempdir()?;
        std::fs::write(
            folder.path().join(CONFIGURATION),
            "[[desk]]\nname = \"main\"\nmain_channel = \"C0MAIN\"\nnotify_channel = \"C0NOTIFY\"\n",
        )?;
        let copies = (0..copies).map(|_| None).collect();
        Ok(Self { playground, workspace, database, server, folder, program, copies })
    }

    /// The database's address.
    pub fn database(&self) -> &str {
        self.database.url()
    }

    /// Whether the database is SQLite.
    pub fn is_sqlite(&self) -> bool {
        self.database.is_sqlite()
    }

    /// How many copies there can be.
    pub fn copies(&self) -> usize {
        self.copies.len()
    }

    /// Adds to the configuration that copies have when they start.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn configure(&self, more: &str) -> Result<(), Trouble> {
        let mut file = std::fs::File::options().append(true).open(self.folder.path().join(CONFIGURATION))?;
        Ok(file.write_all(more.as_bytes())?)
    }

    /// Starts a copy without waiting for it, with more variables in its environment.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn(&mut self, copy: usize, variables: &[(&str, String)]) -> Result<(), Trouble> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join(format!("copy-{copy}.log")))?;
        let child = Command::new(&self.program)
            .current_dir(self.folder.path())
            .env("DATABASE_URL", self.database.url())
            .env("SLACK_API_URL", self.playground.api_url())
            .env("SLACK_BOT_TOKEN", playground::BOT_TOKEN)
            .env("SLACK_APP_TOKEN", playground::APP_TOKEN)
            .env("BREAKINGBOT_CONFIG", self.folder.path().join(CONFIGURATION))
            .env("PORT", "0")
            .env("RUST_LOG", "warn")
            .envs(variables.iter().map(|(name, value)| (*name, value.as_str())))
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        if let Some(place) = self.copies.get_mut(copy) {
            *place = Some(child);
        }
        Ok(())
    }

    /// Starts the first copy and waits until it listens; gives the time that took.
    ///
    /// # Errors
    /// When it does not.
    pub async fn start(&mut self) -> Result<Duration, Trouble> {
        let began = Instant::now();
        self.spawn(0, &[])?;
        self.listens().await?;
        Ok(began.elapsed())
    }

    /// Waits until a copy listens.
    ///
    /// # Errors
    /// When none does within a minute.
    pub async fn listens(&self) -> Result<(), Trouble> {
        let listens =
            self.workspace.until(Duration::from_secs(60), |workspace| (workspace.sockets() > 0).then_some(()));
        Ok(listens.await.ok_or("the bot did not connect")?)
    }

    /// Kills a copy as if the machine had died (SIGKILL), and waits until it is gone.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub async fn kill(&mut self, copy: usize) -> Result<(), Trouble> {
        if let Some(mut bot) = self.copies.get_mut(copy).and_then(Option::take)
            && bot.try_wait()?.is_none()
        {
            bot.kill().await?;
        }
        Ok(())
    }

    /// How a copy ended, once it did so by itself.
    pub fn ended(&mut self, copy: usize) -> Option<ExitStatus> {
        self.copies.get_mut(copy)?.as_mut()?.try_wait().ok().flatten()
    }

    /// Ends the database's server as if its machine lost power. Nothing happens to a SQLite file.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub fn stop_database(&self) -> Result<(), Trouble> {
        Ok(self.server.as_ref().map_or(Ok(()), testing::postgres::Server::stop)?)
    }

    /// Starts it again, and waits until it answers.
    ///
    /// # Errors
    /// When it does not.
    pub fn start_database(&self) -> Result<(), Trouble> {
        Ok(self.server.as_ref().map_or(Ok(()), testing::postgres::Server::resume)?)
    }

    /// Waits until no connection is left.
    ///
    /// # Errors
    /// When one is left after half a minute.
    pub async fn disconnected(&self) -> Result<(), Trouble> {
        let gone = self.workspace.until(Duration::from_secs(30), |workspace| (workspace.sockets() == 0).then_some(()));
        Ok(gone.await.ok_or("the connections did not close")?)
    }

    /// What a copy wrote to its log.
    pub fn log(&self, copy: usize) -> String {
        std::fs::read_to_string(self.folder.path().join(format!("copy-{copy}.log"))).unwrap_or_default()
    }

    /// The first copy's resident memory in MiB, as Linux tells it.
    ///
    /// # Errors
    /// When it does not run, or this is not Linux.
    pub fn resident(&self) -> Result<f64, Trouble> {
        let child = self.copies.first().and_then(Option::as_ref);
        let id = child.and_then(Child::id).ok_or("the bot is not running")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse()?;
        Ok(kib / 1024.0)
    }

    /// Declares incidents and waits for their channels; gives the channels' ids.
    ///
    /// # Errors
    /// When one does not get its channel within two minutes.
    pub async fn burning(&self, count: usize) -> Result<Vec<String>, Trouble> {
        let before = self.rooms();
        for number in 0..count {
            self.workspace.say("U0ALICE", "C0MAIN", &format!(".start Fire {number}"), None)?;
        }
        let wanted = before.len() + count;
        let began = Instant::now();
        let all = loop {
            let rooms = self.rooms();
            if rooms.len() >= wanted && rooms.iter().all(|(_, ready)| *ready) {
                break rooms;
            }
            if began.elapsed() > Duration::from_secs(120) {
                return Err(Trouble::from("not every incident got its channel"));
            }
            // Looking at every change would take the bot's time: each looks at all channels.
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        Ok(all.into_iter().map(|(id, _)| id).filter(|id| !before.iter().any(|(old, _)| old == id)).collect())
    }

    fn rooms(&self) -> Vec<(String, bool)> {
        let channels = self.workspace.channels().into_iter();
        channels
            .filter(|channel| channel.name.starts_with("breaking-") && channel.name != "breaking-notify")
            .map(|channel| (channel.id, !channel.topic.is_empty() && !channel.pins.is_empty()))
            .collect()
    }
}
