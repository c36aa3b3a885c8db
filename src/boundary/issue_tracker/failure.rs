//! What an answer that is no success means, as far as every tracker means the same by it.

use std::time::Duration;

use axum::http::StatusCode;
use jiff::Timestamp;

use super::TrackerError;
use crate::boundary::http::{Answer, BadBody, HttpError};

/// What is waited for when a server says "too fast" without saying how long: GitHub's documentation asks for a minute.
const WAIT: Duration = Duration::from_secs(60);
/// No server keeps the bot waiting for longer; it asks again then.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);
/// Of a server's own words so many characters are repeated.
const WORDS: usize = 300;

/// A call, as far as its failures are judged by it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call {
    /// What it does, for the operator: `create issue`.
    pub name: &'static str,
    /// Whether it changes something, so that one without an answer may have been done.
    pub writes: bool,
}

impl Call {
    pub(super) fn reading(name: &'static str) -> Self {
        Self { name, writes: false }
    }

    pub(super) fn writing(name: &'static str) -> Self {
        Self { name, writes: true }
    }

    /// There was no answer.
    pub(super) fn unanswered(self, error: HttpError) -> TrackerError {
        let call = self.name;
        match error {
            HttpError::Redirected(to) => TrackerError::Refused {
                code: "redirect".to_owned(),
                sentence: format!(
                    "The server at tracker.url sends callers on to {to}: set tracker.url to the address that answers."
                ),
            },
            HttpError::Unwritable(why) => TrackerError::Refused {
                code: "unwritable".to_owned(),
                sentence: format!("The call to {call} cannot be written ({why}): check the tracker's settings."),
            },
            error if self.writes && error.leaves_doubt() => TrackerError::Unknown { call, why: error.to_string() },
            error => TrackerError::Transient { call, why: error.to_string(), begun: false },
        }
    }

    /// The answer to a call that succeeded cannot be read.
    pub(super) fn unread(self, error: &BadBody) -> TrackerError {
        match self.writes {
            true => TrackerError::Unknown { call: self.name, why: error.to_string() },
            false => TrackerError::Transient { call: self.name, why: error.to_string(), begun: false },
        }
    }

    /// What a status means whoever says it: too fast, or trouble on the other side. `None` leaves it to the tracker.
    pub(super) fn troubled(self, answer: &Answer) -> Option<TrackerError> {
        let call = self.name;
        let wait = answer.retry_after(Timestamp::now());
        let why = || format!("HTTP status {}", answer.status);
        match answer.status {
            StatusCode::TOO_MANY_REQUESTS => Some(self.throttled(wait)),
            StatusCode::SERVICE_UNAVAILABLE if wait.is_some() => Some(self.throttled(wait)),
            StatusCode::REQUEST_TIMEOUT => Some(TrackerError::Transient { call, why: why(), begun: false }),
            status if status.is_server_error() && self.writes => Some(TrackerError::Unknown { call, why: why() }),
            status if status.is_server_error() => Some(TrackerError::Transient { call, why: why(), begun: false }),
            _ => None,
        }
    }

    /// Too fast.
    pub(super) fn throttled(self, wait: Option<Duration>) -> TrackerError {
        let retry_after = wait.unwrap_or(WAIT).min(LONGEST_WAIT);
        TrackerError::Throttled { retry_after, call: self.name, begun: false }
    }

    /// The tracker said no for good.
    pub(super) fn refused(self, answer: &Answer, sentence: impl Into<String>) -> TrackerError {
        TrackerError::Refused { code: answer.status.as_u16().to_string(), sentence: sentence.into() }
    }
}

impl TrackerError {
    /// The same, when a part of the whole was done before.
    pub(super) fn after_a_part(self) -> Self {
        match self {
            Self::Throttled { retry_after, call, .. } => Self::Throttled { retry_after, call, begun: true },
            Self::Transient { call, why, .. } => Self::Transient { call, why, begun: true },
            other => other,
        }
    }

    /// The same as a line of `check`: what is wrong, and what to do.
    pub(super) fn as_finding(&self, name: &str) -> String {
        match self {
            Self::Throttled { .. } => format!("{name} asks to wait. Try again in a minute."),
            Self::Unknown { why, .. } | Self::Transient { why, .. } => {
                format!("{name} gives no usable answer ({why}). Check tracker.url and the way to it, then try again.")
            }
            Self::Gone { sentence, .. } | Self::Refused { sentence, .. } => sentence.clone(),
        }
    }
}

/// A server's own words, made fit to be repeated: on one line, and not long.
pub(super) fn in_its_words(words: &str) -> String {
    let line: Vec<&str> = words.split_whitespace().collect();
    let line = line.join(" ");
    match line.char_indices().nth(WORDS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::http::HeaderMap;

    use super::*;

    fn answer(status: u16) -> Answer {
        Answer { status: StatusCode::from_u16(status).unwrap(), headers: HeaderMap::new(), body: Bytes::new() }
    }

    #[test]
    fn only_a_call_that_writes_is_in_doubt_after_a_server_error() {
        let doubt = |call: Call, status| call.troubled(&answer(status)).map(|error| error.leaves_doubt());
        assert_eq!(doubt(Call::writing("x"), 502), Some(true));
        assert_eq!(doubt(Call::reading("x"), 502), Some(false));
        assert_eq!(doubt(Call::writing("x"), 429), Some(false));
        assert_eq!(doubt(Call::writing("x"), 400), None);
    }

    #[test]
    fn no_wait_is_without_an_end() {
        let wait = |wait| Call::reading("x").throttled(wait).retry_after().unwrap().as_secs();
        assert_eq!(wait(None), 60);
        assert_eq!(wait(Some(Duration::from_secs(1_000_000))), 3_600);
    }

    #[test]
    fn a_page_of_words_becomes_a_line() {
        assert_eq!(in_its_words(" a\n b "), "a b");
        assert_eq!(in_its_words(&"é".repeat(400)).chars().count(), WORDS + 1);
    }
}
