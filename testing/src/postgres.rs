//! A PostgreSQL server for tests, from the binaries that are installed: one for the whole test process, or one that a
//! test may stop and start.
//!
//! The server hangs on a small shell that reads commands from this process. When this process ends, in whatever way,
//! the shell's input ends, and the shell ends the server and removes its files. So nothing is left behind by a panic or
//! a kill, without any code running here.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::Database;

/// When this is set to 1, a missing PostgreSQL fails the tests that need it.
pub const REQUIRED: &str = "REQUIRE_POSTGRES";
/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A new database on the server of this process, which is started at the first call. `None`, and one line that says so
/// once, when PostgreSQL is not installed.
///
/// # Panics
/// When PostgreSQL is not installed and [`REQUIRED`] is 1, or when it is and does not work.
pub fn database() -> Option<Database> {
    static SHARED: OnceLock<Option<Server>> = OnceLock::new();
    SHARED.get_or_init(Server::start).as_ref().map(Server::database)
}

/// A server of one's own, to be stopped and started at will.
#[derive(Debug)]
pub struct Server {
    binaries: PathBuf,
    port: u16,
    shell: Mutex<Shell>,
}

#[derive(Debug)]
struct Shell {
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Server {
    /// Starts one. `None`, and one line that says so once, when PostgreSQL is not installed.
    ///
    /// # Panics
    /// When PostgreSQL is not installed and [`REQUIRED`] is 1, or when it is and does not work.
    pub fn start() -> Option<Self> {
        Self::start_with("-c fsync=off -c full_page_writes=off")
    }

    /// The same, but what is committed is on the disk, as it is in production: to measure with.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn durable() -> Option<Self> {
        Self::start_with("-c fsync=on")
    }

    fn start_with(settings: &str) -> Option<Self> {
        let Some(binaries) = binaries() else {
            assert!(std::env::var(REQUIRED).as_deref() != Ok("1"), "PostgreSQL is required and was not found");
            static SAID: OnceLock<()> = OnceLock::new();
            SAID.get_or_init(|| {
                // Not through print!, which the test harness would swallow. If it cannot be said, so be it.
                let _ = writeln!(std::io::stderr(), "PostgreSQL was not found: what needs it was not run");
            });
            return None;
        };
        match Self::start_from(&binaries, settings) {
            Ok(server) => Some(server),
            Err(why) => panic!("PostgreSQL in {} does not work: {why}", binaries.display()),
        }
    }

    fn start_from(binaries: &Path, settings: &str) -> std::io::Result<Self> {
        let port = free_port()?;
        let mut child = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(binaries)
            .arg(port.to_string())
            .arg(settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(commands), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(std::io::Error::other("the shell has no pipes"));
        };
        let shell = Shell { child, commands: Some(commands), answers: BufReader::new(answers) };
        let server = Self { binaries: binaries.to_owned(), port, shell: Mutex::new(shell) };
        server.resume()?;
        Ok(server)
    }

    /// A new database on it.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn database(&self) -> Database {
        static COUNT: AtomicU64 = AtomicU64::new(1);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let mut create = self.client("createdb");
        match create.arg(&name).output() {
            Ok(output) if output.status.success() => {}
            other => panic!("createdb does not work: {other:?}"),
        }
        Database { url: format!("postgres://postgres@127.0.0.1:{}/{name}", self.port), directory: None }
    }

    /// Ends the server at once, as if its machine lost power.
    ///
    /// # Errors
    /// When the shell is gone.
    pub fn stop(&self) -> std::io::Result<()> {
        self.command("stop")
    }

    /// Starts the server after [`stop`](Self::stop), and waits until it answers.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn resume(&self) -> std::io::Result<()> {
        self.command("start")?;
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if self.client("pg_isready").arg("--quiet").status()?.success() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(std::io::Error::other("it does not answer"))
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        command.args(["--host", "127.0.0.1", "--username", "postgres", "--port", &self.port.to_string()]);
        command
    }

    fn command(&self, word: &str) -> std::io::Result<()> {
        let mut shell = self.shell.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(commands) = shell.commands.as_mut() else { return Err(std::io::Error::other("the shell is gone")) };
        writeln!(commands, "{word}")?;
        let mut answer = String::new();
        shell.answers.read_line(&mut answer)?;
        match answer.trim() {
            "done" => Ok(()),
            other => {
                let mut why = format!("{word}: {other}");
                // What the shell says further is the reason.
                shell.answers.read_line(&mut answer).map(|_| write!(why, " {answer}").is_ok())?;
                Err(std::io::Error::other(why))
            }
        }
    }
}

impl Drop for Server {
    /// Waits until the server's files are gone.
    fn drop(&mut self) {
        let shell = self.shell.get_mut().unwrap_or_else(PoisonError::into_inner);
        drop(shell.commands.take());
        // It ends by itself once its input ends.
        let _ = shell.child.wait();
    }
}

/// A port that nobody listens on, below those that systems give to outgoing connections: a server that is stopped and
/// started finds it free again, however many connections are made meanwhile.
fn free_port() -> std::io::Result<u16> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    const PORTS: std::ops::Range<u64> = 15_000..32_000;
    let count = PORTS.end - PORTS.start;
    // Processes that run at once begin at different places.
    let first = u64::from(std::process::id()) * 101 + NEXT.fetch_add(7, Ordering::Relaxed);
    let mut ports = (0..count).filter_map(|step| u16::try_from(PORTS.start + (first + step) % count).ok());
    let free = ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.ok_or_else(|| std::io::Error::other("every port is taken"))
}

/// Where the binaries are: beside the `initdb` of the path, or where Debian puts the newest.
fn binaries() -> Option<PathBuf> {
    let all_there =
        |directory: &PathBuf| ["initdb", "postgres", "createdb"].iter().all(|name| directory.join(name).exists());
    let path = std::env::var_os("PATH").unwrap_or_default();
    // A link in the path may stand alone: what it leads to has its companions.
    let real = std::env::split_paths(&path).filter_map(|directory| directory.join("initdb").canonicalize().ok());
    let of_path = real.filter_map(|initdb| initdb.parent().map(Path::to_owned)).find(all_there);
    of_path.or_else(|| {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok);
        let mut found: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).filter(all_there).collect();
        found.sort_by_key(|directory| {
            let version = directory.parent().and_then(Path::file_name).and_then(|name| name.to_str());
            version.and_then(|version| version.parse::<u32>().ok())
        });
        found.pop()
    })
}

/// Arguments: where the binaries are, the port, and more settings. PostgreSQL refuses to run as root, so as root it runs as
/// `postgres`. Its texts sort by the rules of a language where it can do that, as they may in production.
const SCRIPT: &str = r#"
trap '' INT
binaries=$1 port=$2 settings=$3
directory=$(mktemp -d "${TMPDIR:-/tmp}/breakingbot-postgres.XXXXXX") || exit 1
as=
if [ "$(id -u)" = 0 ]; then
    chown postgres "$directory" || exit 1
    if command -v setpriv >/dev/null; then as="setpriv --reuid=postgres --regid=postgres --clear-groups"
    else as="runuser -u postgres --"; fi
fi
cd "$directory" || exit 1
initialise() {
    $as "$binaries/initdb" --pgdata "$directory/data" --username postgres --auth trust --no-sync --encoding UTF8 "$@" \
        >"$directory/initdb.log" 2>&1
}
initialise --locale-provider icu --icu-locale en-US --locale C.UTF-8 || { rm -rf "$directory/data"; initialise; } || {
    tail -n 1 "$directory/initdb.log"; rm -rf "$directory"; exit 1
}
process=
end() {
    if [ -n "$process" ]; then kill -QUIT "$process"; wait "$process"; process=; fi
}
while read -r command; do
    case $command in
        stop) end ;;
        start)
            $as "$binaries/postgres" -D "$directory/data" -p "$port" -k "$directory" -c listen_addresses=127.0.0.1 \
                $settings -c max_connections=300 -c shared_buffers=64MB \
                >>"$directory/log" 2>&1 </dev/null &
            process=$!
            ;;
    esac
    echo done
done
end
cd / && rm -rf "$directory"
"#;
