//! The file of behaviour.

use std::path::PathBuf;
use std::sync::LazyLock;

use breakingbot::config::{Environment, Settings};

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    // libFuzzer ends the process without running destructors; the folder is the system's to clean.
    tempfile::Builder::new().prefix("breakingbot-fuzz-").tempdir().expect("there is a place for it").keep()
});

pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    std::fs::write(FOLDER.join("breakingbot.toml"), text.as_bytes()).expect("it can be written");
    let tokens = [("SLACK_BOT_TOKEN", "xoxb-1"), ("SLACK_APP_TOKEN", "xapp-1")];
    let environment = Environment::of(tokens.map(|(name, value)| (name.to_owned(), value.to_owned())));
    match Settings::of(&environment, &FOLDER) {
        Ok(settings) => {
            assert!(!settings.desks.is_empty(), "{text}");
            for desk in &settings.desks {
                assert!(!desk.main_channel.as_str().is_empty() && !desk.priorities.is_empty(), "{text}");
            }
        }
        Err(problems) => {
            let told = problems.to_string();
            assert!(told.contains("breakingbot.toml"), "{told}");
        }
    }
}
