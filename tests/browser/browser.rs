//! A headless Chromium of the test's own, and the driver through which it is told what to do.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use tempfile::TempDir;

/// When this is set to 1, a missing browser fails the tests that need one.
const REQUIRED: &str = "REQUIRE_BROWSER";

/// The driver ends with the value, and its browser with it.
pub struct Driver {
    process: Child,
    address: String,
    browser: PathBuf,
}

/// A window of a browser that nobody used before. It ends with the driver.
pub struct Window {
    pub client: Client,
    _profile: TempDir,
}

/// What a person's system prefers.
#[derive(Clone, Copy)]
pub enum Scheme {
    Dark,
    Light,
}

impl Driver {
    /// `None`, and one line that says so, when there is no browser or no driver.
    pub fn start() -> Option<Self> {
        let (Some(browser), Some(driver)) = (found(&["chromium", "google-chrome"]), found(&["chromedriver"])) else {
            assert!(std::env::var(REQUIRED).as_deref() != Ok("1"), "a browser is required and was not found");
            static SAID: OnceLock<()> = OnceLock::new();
            SAID.get_or_init(|| {
                // Not through print!, which the test harness would swallow. If it cannot be said, so be it.
                let _ = writeln!(
                    std::io::stderr(),
                    "Chromium and chromedriver were not found: what needs them was not run"
                );
            });
            return None;
        };
        let mut process = Command::new(driver).arg("--port=0").stdout(Stdio::piped()).spawn().unwrap();
        // "ChromeDriver was started successfully on port 38477."
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            line.split_once(" on port ")?
                .1
                .trim_end_matches('.')
                .parse::<u16>()
                .ok()
                .filter(|_| line.contains("success"))
        });
        let port = port.expect("chromedriver says where it listens");
        // Whatever else it says is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self { process, address: format!("http://127.0.0.1:{port}"), browser })
    }

    pub async fn window(&self, width: u32, height: u32, scheme: Scheme) -> Window {
        let profile = TempDir::new().unwrap();
        let mut arguments: Vec<String> = ARGUMENTS.iter().map(|argument| (*argument).to_owned()).collect();
        arguments.push(format!("--window-size={width},{height}"));
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        arguments.push(format!("--blink-settings=preferredColorScheme={}", scheme as u8));
        let options = serde_json::json!({ "goog:chromeOptions": { "binary": self.browser, "args": arguments } });
        let serde_json::Value::Object(options) = options else { unreachable!("it is an object") };
        let connected = ClientBuilder::new(HttpConnector::new()).capabilities(options).connect(&self.address).await;
        Window { client: connected.unwrap(), _profile: profile }
    }
}

const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    // Containers have a small one.
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
];

impl Drop for Driver {
    fn drop(&mut self) {
        // It ends its browsers when it is asked to, which a test that fails has not done.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

fn found(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let places: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names.iter().flat_map(|name| places.iter().map(move |place| place.join(name))).find(|file| file.is_file())
}
