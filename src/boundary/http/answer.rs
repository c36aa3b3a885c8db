//! What a server answered, or why there is no answer.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Bytes,
}

/// The body is not what was expected. It may hold anything, so it stays out of the words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an answer that cannot be read: {0}")]
pub struct BadBody(pub String);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The connection was never made, so nothing was done.
    #[error("no connection: {0}")]
    Unsent(String),
    /// It was sent, and no answer came: it may have been done.
    #[error("no answer: {0}")]
    Lost(String),
    /// The answer is longer than is read. It was sent, so it may have been done.
    #[error("an answer of more than {0} bytes")]
    TooLong(usize),
    /// The server sends the call elsewhere, where it is not followed. Nothing was done.
    #[error("it redirects to {0}")]
    Redirected(String),
    /// The call cannot be written as HTTP; a mistake in an address or a header. Nothing was done.
    #[error("the call cannot be written: {0}")]
    Unwritable(String),
}

impl HttpError {
    /// Whether it may have been done all the same.
    pub fn leaves_doubt(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::TooLong(_))
    }
}

impl Answer {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// The body as JSON of a type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, BadBody> {
        serde_json::from_slice(&self.body).map_err(|error| {
            // serde_json repeats values of the body; its place and kind are enough.
            BadBody(format!("{:?} at line {}, column {}", error.classify(), error.line(), error.column()))
        })
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The address of the next page (RFC 8288's `Link` with `rel="next"`).
    pub fn next_page(&self) -> Option<String> {
        let links = self.header("link")?;
        links.split(',').find_map(|link| {
            let (address, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
            parameters
                .split(';')
                .any(|parameter| matches!(parameter.trim(), "rel=\"next\"" | "rel=next"))
                .then(|| address.to_owned())
        })
    }

    /// How long the server asks to wait: `Retry-After` in seconds or as a date (RFC 9110), otherwise the instant in
    /// `X-RateLimit-Reset` once `X-RateLimit-Remaining` is used up.
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let until = |at: Timestamp| Duration::try_from(at.duration_since(now)).unwrap_or_default();
        if let Some(text) = self.header("retry-after") {
            let text = text.trim();
            if let Ok(seconds) = text.parse::<u64>() {
                return Some(Duration::from_secs(seconds));
            }
            return jiff::fmt::rfc2822::parse(text).ok().map(|at| until(at.timestamp()));
        }
        if self.header("x-ratelimit-remaining")?.trim() != "0" {
            return None;
        }
        let reset = self.header("x-ratelimit-reset")?.trim();
        let seconds = reset.parse::<i64>().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        seconds.or_else(|| reset.parse().ok()).map(until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&'static str, &'static str)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        Answer { status: StatusCode::OK, headers, body: Bytes::from_static(b"{\"secret\": 1}") }
    }

    #[test]
    fn how_long_to_wait() {
        let now = "2024-02-28T17:00:00Z".parse().unwrap();
        let wait = |headers: &[_]| answer(headers).retry_after(now).map(|wait| wait.as_secs());
        assert_eq!(wait(&[("retry-after", "30")]), Some(30));
        assert_eq!(wait(&[("retry-after", "Wed, 28 Feb 2024 17:01:00 GMT")]), Some(60));
        assert_eq!(wait(&[("retry-after", "Wed, 28 Feb 2024 16:00:00 GMT")]), Some(0));
        assert_eq!(wait(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1709139720")]), Some(120));
        assert_eq!(wait(&[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "2024-02-28T17:00Z")]), Some(0));
        assert_eq!(wait(&[("x-ratelimit-remaining", "4"), ("x-ratelimit-reset", "1709139720")]), None);
        assert_eq!(wait(&[]), None);
    }

    #[test]
    fn pages_follow_each_other() {
        let links = "<https://a.example/?page=1>; rel=\"prev\", <https://a.example/?page=3>; rel=\"next\"";
        assert_eq!(answer(&[("link", links)]).next_page().as_deref(), Some("https://a.example/?page=3"));
        assert_eq!(answer(&[("link", "<https://a.example/?page=1>; rel=\"prev\"")]).next_page(), None);
    }

    #[test]
    fn a_body_that_cannot_be_read_is_not_repeated() {
        let error = answer(&[]).json::<Vec<String>>().unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
