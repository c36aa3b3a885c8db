//! One server, and one call of it.

use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;
use tracing::debug;

use super::answer::{Answer, HttpError};
use super::tls::{connector, tls};
use super::{Address, Credentials, encoded};

/// How the bot names itself. GitHub refuses calls without a name.
const USER_AGENT: &str = concat!("breakingbot/", env!("CARGO_PKG_VERSION"));
/// How often a call may be sent on within one server.
const REDIRECTS: usize = 3;
/// Connections that are kept open for the next call, and how long.
const IDLE: (usize, Duration) = (4, Duration::from_secs(60));

/// What a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A call ends within this, from the connection to the last byte.
    pub timeout: Duration,
    /// No more of a body is read than this, in bytes.
    pub body: usize,
}

impl Default for Limits {
    /// 15 s: trackers take seconds for a search. 4 MiB: a page of a hundred of GitHub's longest issues (65,536 characters
    /// each) would be more, and is then asked for in smaller pages.
    fn default() -> Self {
        Self { timeout: Duration::from_secs(15), body: 4 << 20 }
    }
}

/// A server, with the credentials for it. Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Client {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    address: Address,
    credentials: Credentials,
    headers: HeaderMap,
    limits: Limits,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("address", &self.address).field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Client {
    /// Makes ready to call; nothing is sent yet.
    pub fn new(address: Address, credentials: Credentials) -> Self {
        let pool = Pool::builder(TokioExecutor::new())
            .pool_max_idle_per_host(IDLE.0)
            .pool_idle_timeout(IDLE.1)
            .pool_timer(hyper_util::rt::TokioTimer::new())
            .build(connector(tls()));
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        Self { pool, address, credentials, headers, limits: Limits::default() }
    }

    /// With other limits.
    #[must_use]
    pub fn limited(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// With a header on every call.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// A call of a path below the address. What is not fixed in it is [encoded](encoded).
    pub fn request(&self, method: Method, path: &str) -> Request<'_> {
        Request {
            client: self,
            method,
            path: path.to_owned(),
            query: Vec::new(),
            headers: self.headers.clone(),
            credentials: None,
            body: Ok(Bytes::new()),
            limits: self.limits,
        }
    }

    /// A call that reads.
    pub fn get(&self, path: &str) -> Request<'_> {
        self.request(Method::GET, path)
    }

    /// A call that makes something.
    pub fn post(&self, path: &str) -> Request<'_> {
        self.request(Method::POST, path)
    }

    /// A call that puts something in the place of what was there.
    pub fn put(&self, path: &str) -> Request<'_> {
        self.request(Method::PUT, path)
    }

    /// A call that changes a part of something.
    pub fn patch(&self, path: &str) -> Request<'_> {
        self.request(Method::PATCH, path)
    }

    /// A call that takes something away.
    pub fn delete(&self, path: &str) -> Request<'_> {
        self.request(Method::DELETE, path)
    }
}

/// A call that is being made up.
#[must_use = "a call is made by sending it"]
pub struct Request<'c> {
    client: &'c Client,
    method: Method,
    path: String,
    query: Vec<String>,
    headers: HeaderMap,
    credentials: Option<Credentials>,
    body: Result<Bytes, String>,
    limits: Limits,
}

impl Request<'_> {
    /// Adds a parameter to the address.
    pub fn query(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.query.push(format!("{}={}", encoded(name), encoded(&value.to_string())));
        self
    }

    /// Sets a header.
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        match HeaderValue::from_str(value) {
            Ok(value) => {
                self.headers.insert(name, value);
            }
            Err(_) => self.body = Err(format!("{name} has characters that no header can have")),
        }
        self
    }

    /// Sends other credentials than the client's.
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Sends JSON.
    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.body.is_ok() {
            self.body = serde_json::to_vec(body).map(Bytes::from).map_err(|error| error.to_string());
        }
        self
    }

    /// Sends bytes of a media type.
    pub fn bytes(self, media_type: &str, body: impl Into<Bytes>) -> Self {
        let mut request = self.header(header::CONTENT_TYPE, media_type);
        if request.body.is_ok() {
            request.body = Ok(body.into());
        }
        request
    }

    /// With other limits than the client's.
    pub fn limited(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Makes the call. Every status is an answer.
    ///
    /// Redirects are followed within the same server only, and only where that repeats the same call: a call that reads,
    /// or any call after 307 and 308.
    pub async fn send(self) -> Result<Answer, HttpError> {
        let started = Instant::now();
        let (method, path, host) = (self.method.clone(), self.path.clone(), self.client.address.host().to_owned());
        let timeout = self.limits.timeout;
        let result = match tokio::time::timeout(timeout, self.answered()).await {
            Ok(result) => result,
            Err(_) => Err(HttpError::Lost(format!("none within {timeout:?}"))),
        };
        let ms = started.elapsed().as_millis();
        match &result {
            Ok(answer) => debug!(%method, host, path, status = answer.status.as_u16(), ms, "HTTP call"),
            Err(error) => debug!(%method, host, path, outcome = %error, ms, "HTTP call"),
        }
        result
    }

    async fn answered(mut self) -> Result<Answer, HttpError> {
        let body = std::mem::replace(&mut self.body, Ok(Bytes::new())).map_err(HttpError::Unwritable)?;
        let credentials = self.credentials.take().unwrap_or_else(|| self.client.credentials.clone());
        if let Some(value) = credentials.header() {
            self.headers.insert(header::AUTHORIZATION, value);
        }
        let path = match self.query.is_empty() {
            true => self.path.clone(),
            false => format!("{}?{}", self.path, self.query.join("&")),
        };
        let mut uri = self.client.address.at(&path).map_err(|error| HttpError::Unwritable(error.to_string()))?;
        for _ in 0..=REDIRECTS {
            let answer = self.once(uri.clone(), body.clone()).await?;
            if !matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(answer);
            }
            let location = answer.header("location").unwrap_or_default();
            let next = self.client.address.redirected(&uri, location).map_err(HttpError::Redirected)?;
            let repeats = self.method == Method::GET
                || matches!(answer.status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT);
            if !repeats {
                return Err(HttpError::Redirected(next.path().to_owned()));
            }
            uri = next;
        }
        Err(HttpError::Redirected(format!("more than {REDIRECTS} places in turn")))
    }

    async fn once(&self, uri: Uri, body: Bytes) -> Result<Answer, HttpError> {
        let mut request = axum::http::Request::new(Full::new(body));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = self.headers.clone();
        let response = self.client.pool.request(request).await.map_err(|error| match error.is_connect() {
            true => HttpError::Unsent(chain(&error)),
            false => HttpError::Lost(chain(&error)),
        })?;
        let (parts, body) = response.into_parts();
        let limit = self.limits.body;
        let body = Limited::new(body, limit).collect().await.map_err(|error| match error.is::<LengthLimitError>() {
            true => HttpError::TooLong(limit),
            false => HttpError::Lost(chain(error.as_ref())),
        })?;
        Ok(Answer { status: parts.status, headers: parts.headers, body: body.to_bytes() })
    }
}

/// An error with what caused it.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        words.push_str(": ");
        words.push_str(&error.to_string());
        next = error.source();
    }
    words
}
