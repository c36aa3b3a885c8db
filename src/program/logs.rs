//! Log lines: for a person, or as JSON, on the standard error, without secrets.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::{LogFormat, Settings};

/// What is said of Slack's connection is said by the bot, once for each outage; the library says it once a second. Whoever
/// wants to hear it names the library in `RUST_LOG`.
const QUIET: &str = "slack_morphism=off";

/// Where a secret begins: Slack's tokens, the ticket in the address of a Socket Mode connection, and credentials in a
/// header. At `debug` and `trace` the libraries write down what they send.
const SECRETS: [&str; 8] = ["xoxb-", "xoxp-", "xoxa-", "xoxe", "xapp-", "ticket=", "Bearer ", "Basic "];

/// Starts writing log lines: those that `RUST_LOG` asks for, or else of a usual level. The first call of a process
/// counts.
pub(super) fn start(settings: &Settings, usual: &str) {
    let asked = settings.log_filter.as_deref().unwrap_or(usual);
    let filter = EnvFilter::builder().parse_lossy(format!("{QUIET},{asked}"));
    let lines = fmt().with_env_filter(filter).with_writer(|| Discreet(io::stderr()));
    let started = match settings.log_format {
        LogFormat::Human => lines.with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    // Somebody else writes already, and then they write these lines too.
    let _ = started;
}

/// Writes everything but secrets. Each line comes in one piece.
struct Discreet<W>(W);

impl<W: Write> Write for Discreet<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        self.0.write_all(without_secrets(&text).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// The text with `…` in place of what follows where a secret begins.
fn without_secrets(text: &str) -> Cow<'_, str> {
    let is_of_secret = |c: char| c.is_ascii_alphanumeric() || "-_.%+/=~".contains(c);
    let mut out = String::new();
    let mut rest = text;
    while let Some(begin) = SECRETS.iter().filter_map(|mark| Some(rest.find(mark)? + mark.len())).min() {
        let (before, after) = rest.split_at(begin);
        let end = after.find(|c| !is_of_secret(c)).unwrap_or(after.len());
        out.push_str(before);
        if end > 0 {
            out.push('…');
        }
        rest = after.get(end..).unwrap_or_default();
    }
    if out.is_empty() {
        return Cow::Borrowed(text);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_left_out_wherever_they_stand() {
        for (said, written) in [
            ("nothing to hide", "nothing to hide"),
            ("token xoxb-1-2-aB3, and more", "token xoxb-…, and more"),
            ("\"xapp-1-A0-9-ff\"", "\"xapp-…\""),
            (
                "GET /link/?ticket=1a2b-3c&app_id=A1 HTTP/1.1\\r\\nauthorization: Bearer xoxb-7\\r\\n",
                "GET /link/?ticket=…&app_id=A1 HTTP/1.1\\r\\nauthorization: Bearer …\\r\\n",
            ),
            ("Basic dXNlcjpwYXNz/+==", "Basic …"),
            (
                "SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN with xapp-.",
                "SLACK_BOT_TOKEN begins with xoxb-, SLACK_APP_TOKEN with xapp-…",
            ),
            ("ünïcode xoxp-é", "ünïcode xoxp-é"),
        ] {
            assert_eq!(without_secrets(said), written);
        }
    }

    #[test]
    fn a_writer_is_told_that_all_was_written() {
        let mut out = Vec::new();
        Discreet(&mut out).write_all("a xoxb-secret\n".as_bytes()).unwrap();
        assert_eq!(out, "a xoxb-…\n".as_bytes());
    }
}
