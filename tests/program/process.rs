//! Starts the program in a folder of its own, with an environment of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Longer than anything takes, on a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with a program in it.
pub struct Place {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// What a process that ended leaves.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), variables: Vec::new() }
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into())); // The last one counts.
        self
    }

    pub fn file(self, name: &str, text: &str) -> Self {
        std::fs::write(self.folder.path().join(name), text).unwrap();
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_breakingbot"));
        command.args(arguments).current_dir(self.path()).env_clear().envs(self.variables.clone()).stdin(Stdio::null());
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Starts it.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let mut child = self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (send, lines) = channel();
        let readers = [read(child.stdout.take().unwrap(), send.clone()), read(child.stderr.take().unwrap(), send)];
        Running { child, lines, seen: Vec::new(), readers: Some(readers) }
    }
}

fn read(from: impl Read + Send + 'static, to: std::sync::mpsc::Sender<String>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let Ok(line) = line else { break };
            if to.send(line).is_err() {
                break;
            }
        }
    })
}

/// A process that runs. It is killed when the value goes.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    seen: Vec<String>,
    readers: Option<[JoinHandle<()>; 2]>,
}

impl Running {
    /// Waits for a line that says this, on either output.
    pub fn line(&mut self, says: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if line.contains(says) {
                        return line;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("no line says {says:?} in time:\n{}", self.seen.join("\n")),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended without {says:?}:\n{}", self.seen.join("\n")),
            }
        }
    }

    /// Waits for the line that tells where it is; gives the address, such as `127.0.0.1:8080`.
    pub fn address(&mut self) -> String {
        let line = self.line("http://");
        let (_, rest) = line.split_once("http://").unwrap();
        rest.split('/').next().unwrap().to_owned()
    }

    /// Asks it to end, as a service manager does.
    pub fn terminate(&self) {
        let status = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(status.success());
    }

    /// Waits for its end: how it ended, and everything that it wrote.
    pub fn end(&mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        for reader in self.readers.take().into_iter().flatten() {
            reader.join().unwrap();
        }
        self.seen.extend(self.lines.try_iter());
        (status, self.seen.join("\n"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks over HTTP: the status and the body.
pub fn get(address: &str, path: &str) -> (u16, String) {
    ask(address, &format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n"))
}

/// Sends JSON over HTTP: the status and the body.
pub fn post(address: &str, path: &str, json: &str) -> (u16, String) {
    let length = json.len();
    let head = format!("POST {path} HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/json");
    ask(address, &format!("{head}\r\nContent-Length: {length}\r\n\r\n{json}"))
}

fn ask(address: &str, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// Waits until a playground's control shows this text at a path.
pub fn shows(address: &str, path: &str, text: &str) {
    let until = Instant::now() + PATIENCE;
    let mut since = 0;
    loop {
        let body = get(address, path).1;
        if body.contains(text) {
            return;
        }
        assert!(Instant::now() < until, "{path} does not show {text} in time: {body}");
        let wait: serde_json::Value =
            serde_json::from_str(&get(address, &format!("/control/wait?since={since}&limit=5")).1).unwrap();
        since = wait["version"].as_u64().unwrap();
    }
}
