//! Servers in the test's own process that keep state, refuse whatever the vendor's would refuse, and fail when told to.

pub mod adf;
pub mod every;
pub mod github;
pub mod jira;
pub mod p2;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;

/// A call as a vendor sees it.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: Method,
    pub path: Vec<String>,
    pub query: BTreeMap<String, String>,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Call {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn query(&self, name: &str) -> &str {
        self.query.get(name).map(String::as_str).unwrap_or_default()
    }

    pub fn number(&self, name: &str, default: usize) -> usize {
        self.query.get(name).map_or(default, |value| value.parse().unwrap())
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Value,
}

pub fn reply(status: u16, body: Value) -> Reply {
    Reply { status, headers: Vec::new(), body }
}

impl Reply {
    pub fn with(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.headers.push((name, format!("{value}")));
        self
    }
}

/// A vendor: an answer to each call, from what it keeps.
pub trait Vendor: Send + 'static {
    fn answer(&mut self, call: &Call) -> Reply;
}

/// What goes wrong with a call.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This is answered, and nothing done.
    Instead(Reply),
    /// It is done, and then this is answered.
    DoneThen(Reply),
    /// It is done, and the connection breaks before the answer.
    DoneThenBroken,
    /// It is done, and no answer comes.
    #[allow(dead_code, reason = "for those who kill the bot meanwhile")]
    DoneThenHang,
    /// Nothing is done, and no answer comes.
    Hang,
    /// The answer is longer than anybody reads.
    Endless,
}

#[derive(Clone, Debug)]
struct Planned {
    method: Method,
    path: &'static str,
    fault: Fault,
}

struct Shared<V> {
    vendor: Mutex<V>,
    planned: Mutex<Vec<Planned>>,
    calls: Mutex<Vec<String>>,
    is_away: AtomicBool,
}

/// A vendor that listens.
pub struct Server<V> {
    shared: Arc<Shared<V>>,
    pub url: String,
    task: tokio::task::JoinHandle<()>,
}

impl<V> Drop for Server<V> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<V: Vendor> Server<V> {
    pub async fn open(vendor: V) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            vendor: Mutex::new(vendor),
            planned: Mutex::default(),
            calls: Mutex::default(),
            is_away: AtomicBool::new(false),
        });
        let router = Router::new().fallback(answer::<V>).with_state(shared.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { shared, url, task }
    }

    /// What it keeps.
    pub fn state(&self) -> MutexGuard<'_, V> {
        lock(&self.shared.vendor)
    }

    /// The next call of a method, whose path has this in it (with a `$`, at its end), goes wrong.
    pub fn next(&self, method: Method, path: &'static str, fault: Fault) {
        lock(&self.shared.planned).push(Planned { method, path, fault });
    }

    /// From now on nothing is done, or everything again.
    #[allow(dead_code, reason = "the stories use it")]
    pub fn away(&self, is_away: bool) {
        self.shared.is_away.store(is_away, Ordering::SeqCst);
    }

    /// The calls since this was asked last: `GET /x`.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.shared.calls))
    }

    /// The calls since this was asked last that change something.
    pub fn writes(&self) -> Vec<String> {
        let reads = |call: &String| {
            call.starts_with("GET ")
                || ["/search/jql", "/comment/list", "/access_tokens"].iter().any(|path| call.contains(path))
        };
        self.calls().into_iter().filter(|call| !reads(call)).collect()
    }
}

async fn answer<V: Vendor>(State(shared): State<Arc<Shared<V>>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let path: Vec<String> = parts.uri.path().split('/').filter(|part| !part.is_empty()).map(decoded).collect();
    let query = parts.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let query = query.map(|pair| pair.split_once('=').unwrap()).map(|(name, value)| (decoded(name), decoded(value)));
    let call = Call {
        method: parts.method.clone(),
        query: query.collect(),
        headers: parts.headers,
        body: if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() },
        path,
    };
    assert!(
        call.body.is_null() || call.header("content-type").starts_with("application/json"),
        "a body without its media type"
    );
    lock(&shared.calls).push(format!("{} {}", parts.method, parts.uri.path()));
    if shared.is_away.load(Ordering::SeqCst) {
        return written(reply(503, Value::Null));
    }
    let fault = {
        let mut planned = lock(&shared.planned);
        let at = planned
            .iter()
            .position(|planned| planned.method == parts.method && is_meant(planned.path, parts.uri.path()));
        at.map(|at| planned.remove(at).fault)
    };
    let done = || lock(&shared.vendor).answer(&call);
    match fault {
        None => written(done()),
        Some(Fault::Instead(reply)) => written(reply),
        Some(Fault::DoneThen(reply)) => {
            done();
            written(reply)
        }
        Some(Fault::DoneThenBroken) => {
            done();
            // Ends the task of this connection, and with it the connection, without a word on the terminal.
            std::panic::resume_unwind(Box::new("the connection breaks"))
        }
        Some(Fault::DoneThenHang) => {
            done();
            std::future::pending().await
        }
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Endless) => {
            done();
            Response::new(Body::from(vec![b' '; 8 << 20]))
        }
    }
}

fn is_meant(planned: &str, path: &str) -> bool {
    planned.strip_suffix('$').map_or_else(|| path.contains(planned), |end| path.ends_with(end))
}

fn written(reply: Reply) -> Response<Body> {
    let mut response = Response::builder()
        .status(StatusCode::from_u16(reply.status).unwrap())
        .header("content-type", "application/json; charset=UTF-8");
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    let body = if reply.body.is_null() { Body::empty() } else { Body::from(reply.body.to_string()) };
    response.body(body).unwrap()
}

/// `%41` is `A`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The keys of an object that are none of these.
pub fn unknown(object: &Value, known: &[&str]) -> Vec<String> {
    let keys = object.as_object().map(|object| object.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    keys.into_iter().filter(|key| !known.contains(&key.as_str())).collect()
}

pub fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
