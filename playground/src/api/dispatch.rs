//! From a request to its answer: arguments, faults, token, scope, rate limit, the method itself.

use std::io;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, State as Shared};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::args::Args;
use crate::api::method::{self, Request, Scope};
use crate::calls::{Call, Outcome};
use crate::faults::FaultKind;
use crate::model::{APP_TOKEN, BOT_TOKEN};
use crate::refused::Refused;
use crate::state::State;
use crate::ts::Ts;
use crate::workspace::Workspace;

/// What a call came to.
enum Result {
    Answered(Value),
    Refused(Refused),
    Throttled(u64),
}

/// `POST /api/METHOD` (or GET).
pub(crate) async fn call(
    Shared(workspace): Shared<Workspace>,
    Path(method): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let content_type = headers.get(CONTENT_TYPE).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let (mut args, unreadable) = match Args::read(query.as_deref(), content_type, &body) {
        Ok(args) => (args, None),
        Err(refused) => (Args::default(), Some(refused)),
    };
    let in_arguments = args.0.remove("token").and_then(|t| t.as_str().map(str::to_owned));
    let token = bearer(&headers).or(in_arguments);
    let channel = args.text("channel").or_else(|| args.text("channel_id"));
    let ((delay, struck), at) =
        workspace.look(|state| (state.faults.strike(&method, channel.as_deref()), state.clock.now_ts()));
    let note = |args: &Args, outcome: Outcome| {
        tracing::debug!(method, ?outcome, "call");
        workspace.change(|state| {
            state.calls.record(Call { method: method.clone(), arguments: args.0.clone(), at, outcome });
        });
    };
    pause(&workspace, delay).await;
    match struck {
        None | Some(FaultKind::PerformThenReset | FaultKind::PerformThenHang(_) | FaultKind::Delay(_)) => {}
        Some(FaultKind::Throttle { retry_after_s }) => {
            note(&args, Outcome::Error("ratelimited".to_owned()));
            return throttled(retry_after_s);
        }
        Some(FaultKind::Error(code)) => {
            note(&args, Outcome::Error(code.clone()));
            return Json(Refused::new(code).into_answer()).into_response();
        }
        Some(FaultKind::Status(code)) => {
            note(&args, Outcome::Status(code));
            let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return (status, "a fault was asked for").into_response();
        }
        Some(FaultKind::Hang(length)) => {
            note(&args, Outcome::Lost { performed: false });
            pause(&workspace, length).await;
            return broken();
        }
        Some(FaultKind::Reset) => {
            note(&args, Outcome::Lost { performed: false });
            return broken();
        }
    }
    let host = super::host(&headers);
    let lost = matches!(struck, Some(FaultKind::PerformThenReset | FaultKind::PerformThenHang(_)));
    let (result, scopes, accepted) = workspace.change(|state| {
        let (result, accepted) = match unreadable {
            Some(refused) => (Result::Refused(refused), String::new()),
            None => perform(state, &method, token.as_deref(), &args, &host),
        };
        let outcome = match &result {
            _ if lost => Outcome::Lost { performed: matches!(result, Result::Answered(_)) },
            Result::Answered(_) => Outcome::Ok,
            Result::Refused(refused) => Outcome::Error(refused.code().to_owned()),
            Result::Throttled(_) => Outcome::Error("ratelimited".to_owned()),
        };
        tracing::debug!(method, ?outcome, "call");
        let arguments = std::mem::take(&mut args.0);
        state.calls.record(Call { method: method.clone(), arguments, at, outcome });
        (result, state.tells_scopes.then(|| joined(state)), accepted)
    });
    match struck {
        Some(FaultKind::PerformThenReset) => return broken(),
        Some(FaultKind::PerformThenHang(length)) => {
            pause(&workspace, length).await;
            return broken();
        }
        _ => {}
    }
    let mut response = match result {
        Result::Throttled(seconds) => return throttled(seconds),
        Result::Refused(refused) => Json(refused.into_answer()).into_response(),
        Result::Answered(answer) => Json(answer).into_response(),
    };
    let Some(scopes) = scopes else { return response };
    for (name, value) in [("x-oauth-scopes", scopes), ("x-accepted-oauth-scopes", accepted)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(|token| token.trim().to_owned())
}

fn joined(state: &State) -> String {
    state.scopes.iter().map(String::as_str).collect::<Vec<_>>().join(",")
}

/// Does the call, or says why not. With it come the scopes that the method accepts.
fn perform(state: &mut State, name: &str, token: Option<&str>, args: &Args, host: &str) -> (Result, String) {
    let Some(method) = method::find(name) else {
        let refused = Refused::from("unknown_method").with("req_method", name);
        return (Result::Refused(refused), String::new());
    };
    if let Err(refused) = authenticate(state, method.scope, token) {
        return (Result::Refused(refused), String::new());
    }
    let named = args.text("channel").or_else(|| args.text("channel_id"));
    let accepted = method.scope.accepted(named.as_deref().and_then(|id| state.channels.get(id)));
    let listed = accepted.join(",");
    if !accepted.is_empty() && !accepted.iter().any(|scope| state.scopes.contains(scope)) {
        let refused = missing_scope(state, accepted.first().map_or("", String::as_str));
        return (Result::Refused(refused), listed);
    }
    let now = state.clock.now();
    if let Err(seconds) = state.limits.take(name, method.tier, named.as_deref(), now) {
        return (Result::Throttled(seconds), listed);
    }
    let mut request = Request { state, args, base: format!("http://{host}/") };
    let result = match (method.run)(&mut request) {
        Ok(mut answer) => {
            if let Some(fields) = answer.as_object_mut() {
                fields.insert("ok".to_owned(), Value::Bool(true));
            }
            Result::Answered(answer)
        }
        Err(refused) => Result::Refused(refused),
    };
    (result, listed)
}

fn authenticate(state: &State, scope: Scope, token: Option<&str>) -> std::result::Result<(), Refused> {
    if matches!(scope, Scope::Open) {
        return Ok(());
    }
    let wants_app = matches!(scope, Scope::App);
    match token {
        None | Some("") => Err("not_authed".into()),
        Some(BOT_TOKEN | APP_TOKEN) if state.revoked => Err("token_revoked".into()),
        Some(BOT_TOKEN) if !wants_app => Ok(()),
        Some(APP_TOKEN) if wants_app => Ok(()),
        Some(BOT_TOKEN | APP_TOKEN) => Err("not_allowed_token_type".into()),
        Some(_) => Err("invalid_auth".into()),
    }
}

/// The refusal of a call that needs this scope.
pub(crate) fn missing_scope(state: &State, needed: &str) -> Refused {
    Refused::from("missing_scope").with("needed", needed).with("provided", joined(state))
}

fn throttled(seconds: u64) -> Response {
    let body = Json(json!({ "ok": false, "error": "ratelimited" }));
    (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, seconds.to_string())], body).into_response()
}

/// An answer whose body fails before its first byte, so that the server closes the connection and sends nothing.
fn broken() -> Response {
    let failing = futures_util::stream::once(async { Err::<Bytes, _>(io::Error::other("a fault was asked for")) });
    Response::new(Body::from_stream(failing))
}

/// Waits, unless the playground is closing.
async fn pause(workspace: &Workspace, length: Duration) {
    if !length.is_zero() {
        let mut closing = workspace.closing();
        let _ = tokio::time::timeout(length, closing.wait_for(|closing| *closing)).await;
    }
}

/// Reads a `ts` argument that bounds a range.
pub(crate) fn bound(args: &Args, name: &str) -> std::result::Result<Option<Ts>, Refused> {
    match args.text(name) {
        None => Ok(None),
        Some(text) if text == "now" => Ok(None),
        Some(text) => match Ts::parse(&text) {
            Some(ts) => Ok(Some(ts)),
            None => Err(Refused::new(format!("invalid_ts_{name}"))),
        },
    }
}
