//! The real process, and a workspace for it.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use playground::{Playground, Workspace};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::Kind;

/// What keeps a measurement from being made.
pub type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// A workspace, a database, and the bot between them.
pub struct Bench {
    /// The workspace's server.
    pub playground: Playground,
    /// The workspace.
    pub workspace: Workspace,
    database: testing::Database,
    folder: TempDir,
    bot: Option<Child>,
}

impl Bench {
    /// A new workspace and database; no bot yet.
    pub async fn new(kind: Kind) -> Result<Self, Trouble> {
        let options = playground::Options { calls_kept: 0, envelopes_kept: 200_000, ..playground::Options::default() };
        let playground = Playground::start(options).await?;
        let workspace = playground.workspace();
        let database = match kind {
            Kind::Sqlite => testing::sqlite(),
            Kind::Postgres => testing::postgres::database().ok_or("PostgreSQL is not installed")?,
        };
        Ok(Self { playground, workspace, database, folder: tempfile::tempdir()?, bot: None })
    }

    /// The database's address.
    pub fn database(&self) -> &str {
        self.database.url()
    }

    /// Whether the database is SQLite.
    pub fn is_sqlite(&self) -> bool {
        self.database.is_sqlite()
    }

    /// Starts the bot and waits until it listens; gives the time that took.
    pub async fn start(&mut self, program: &Path) -> Result<Duration, Trouble> {
        let program = program.canonicalize().map_err(|why| format!("{}: {why}", program.display()))?;
        let config = self.folder.path().join("breakingbot.toml");
        std::fs::write(
            &config,
            "[[desk]]\nname = \"main\"\nmain_channel = \"C0MAIN\"\nnotify_channel = \"C0NOTIFY\"\n",
        )?;
        let began = Instant::now();
        let child = Command::new(program)
            .current_dir(self.folder.path())
            .env("DATABASE_URL", self.database.url())
            .env("SLACK_API_URL", self.playground.api_url())
            .env("SLACK_BOT_TOKEN", playground::BOT_TOKEN)
            .env("SLACK_APP_TOKEN", playground::APP_TOKEN)
            .env("BREAKINGBOT_CONFIG", &config)
            .env("PORT", "0")
            .env("RUST_LOG", "warn")
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        self.bot = Some(child);
        let listens =
            self.workspace.until(Duration::from_secs(30), |workspace| (workspace.sockets() > 0).then_some(()));
        listens.await.ok_or("the bot did not connect")?;
        Ok(began.elapsed())
    }

    /// Kills the bot as if the machine had died.
    pub async fn kill(&mut self) -> Result<(), Trouble> {
        if let Some(mut bot) = self.bot.take() {
            bot.kill().await?;
        }
        let gone = self.workspace.until(Duration::from_secs(10), |workspace| (workspace.sockets() == 0).then_some(()));
        gone.await.ok_or("the connections did not close")?;
        Ok(())
    }

    /// The bot's resident memory in MiB, as Linux tells it.
    pub fn resident(&self) -> Result<f64, Trouble> {
        let id = self.bot.as_ref().and_then(Child::id).ok_or("the bot is not running")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse()?;
        Ok(kib / 1024.0)
    }

    /// Declares incidents and waits for their channels; gives the channels' ids.
    pub async fn burning(&self, count: usize) -> Result<Vec<String>, Trouble> {
        let before = self.rooms();
        for number in 0..count {
            self.workspace.say("U0ALICE", "C0MAIN", &format!(".start Fire {number}"), None)?;
        }
        let wanted = before.len() + count;
        let all = self.workspace.until(Duration::from_secs(120), |_| {
            let rooms = self.rooms();
            (rooms.len() >= wanted && rooms.iter().all(|(_, ready)| *ready)).then_some(rooms)
        });
        let all = all.await.ok_or("not every incident got its channel")?;
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
