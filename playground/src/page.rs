//! The page at `/`: rendered here, kept fresh by a little JavaScript that fetches the parts again after each change.

mod block;
mod channel;
mod frame;
mod message;

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, Query, State as Shared};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router, middleware};
use futures_util::Stream;
use serde::Deserialize;

use crate::guard;
use crate::state::State;
use crate::ts::Ts;
use crate::workspace::Workspace;

/// A page is told of changes no more often than this.
const BREATH: Duration = Duration::from_millis(60);
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(crate) fn routes(workspace: Workspace) -> Router {
    Router::new()
        .route("/", get(whole))
        .route("/page/view", get(parts))
        .route("/page/changes", get(changes))
        .route("/page/style.css", get(|| asset("text/css", include_str!("page/style.css"))))
        .route("/page/page.js", get(|| asset("text/javascript", include_str!("page/page.js"))))
        .route("/archives/{channel}/{message}", get(permalink))
        .layer(middleware::from_fn(guard::only_from_here))
        .with_state(workspace)
}

async fn asset(kind: &str, text: &'static str) -> Response {
    let headers = [(CONTENT_TYPE, format!("{kind}; charset=utf-8")), (CACHE_CONTROL, "no-cache".to_owned())];
    (headers, [(X_CONTENT_TYPE_OPTIONS, "nosniff")], text).into_response()
}

/// What is looked at, and as whom.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    /// Id or name.
    channel: Option<String>,
    /// A person's id or handle.
    #[serde(rename = "as")]
    speaker: Option<String>,
    /// The parent of the open thread.
    thread: Option<String>,
    /// The message that a permalink led to.
    message: Option<String>,
}

/// The same, found in the workspace.
pub(crate) struct Sight {
    pub(crate) channel: String,
    pub(crate) speaker: String,
    pub(crate) thread: Option<Ts>,
    pub(crate) message: Option<Ts>,
}

impl Sight {
    fn of(state: &mut State, query: &Wanted) -> Self {
        let speaker = query
            .speaker
            .as_deref()
            .and_then(|key| state.person_id(key).ok())
            .filter(|id| state.people.get(id).is_some_and(|p| p.bot_id.is_none() && !p.deleted))
            .unwrap_or_else(|| "U0ALICE".to_owned());
        let (own, _) = state.direct(&speaker);
        let visible =
            |state: &State, id: &String| state.channels.get(id).is_some_and(|c| channel::visible(c, &speaker));
        let wanted = query.channel.as_deref().map(|key| if key.starts_with('D') { own.as_str() } else { key });
        let channel = wanted
            .and_then(|key| state.channel_id(key).ok())
            .filter(|id| visible(state, id))
            .or_else(|| state.channel_id("breaking").ok())
            .or_else(|| state.channels.keys().find(|id| visible(state, id)).cloned())
            .unwrap_or(own);
        let found = |text: &Option<String>| {
            let ts = Ts::parse(text.as_deref()?)?;
            state.channels.get(&channel)?.message(ts).map(|m| m.ts)
        };
        let (thread, message) = (found(&query.thread), found(&query.message));
        Self { channel, speaker, thread, message }
    }
}

async fn whole(Shared(workspace): Shared<Workspace>, Query(query): Query<Wanted>) -> Response {
    let hint = workspace.hint().map(str::to_owned);
    let html = workspace.look(|state| {
        let sight = Sight::of(state, &query);
        frame::page(state, &sight, hint.as_deref())
    });
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, Html(html)).into_response()
}

async fn parts(Shared(workspace): Shared<Workspace>, Query(query): Query<Wanted>) -> Response {
    let parts = workspace.look(|state| {
        let sight = Sight::of(state, &query);
        frame::parts(state, &sight)
    });
    ([(CACHE_CONTROL, "no-store")], Json(parts)).into_response()
}

/// `GET /archives/C…/p1700000000000100`, as chat.getPermalink gives it, leads to the message on the page.
async fn permalink(
    Shared(workspace): Shared<Workspace>,
    Path((channel, message)): Path<(String, String)>,
    Query(query): Query<Permalink>,
) -> Redirect {
    let digits = message.strip_prefix('p').unwrap_or(&message);
    let ts = digits.parse().map(Ts::from_micros).unwrap_or(Ts::from_micros(0));
    let thread = query
        .thread_ts
        .as_deref()
        .and_then(Ts::parse)
        .or_else(|| workspace.look(|state| state.channels.get(&channel)?.message(ts)?.thread_ts));
    let thread = thread.map(|t| format!("&thread={t}")).unwrap_or_default();
    // The name goes back through the query, so only what ids are made of may pass.
    let channel: String = channel.chars().filter(char::is_ascii_alphanumeric).collect();
    Redirect::to(&format!("/?channel={channel}&message={ts}{thread}"))
}

#[derive(Debug, Deserialize)]
struct Permalink {
    thread_ts: Option<String>,
}

/// Server-sent events: the version, after each change but not more often than a page can be drawn.
async fn changes(Shared(workspace): Shared<Workspace>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let start = (workspace.changed(), workspace.closing(), true);
    let stream = futures_util::stream::unfold(start, |(mut changes, mut closing, first)| async move {
        if !first {
            tokio::select! {
                changed = changes.changed() => changed.ok()?,
                _ = closing.wait_for(|closing| *closing) => return None,
            }
            tokio::time::sleep(BREATH).await;
        }
        let version = *changes.borrow_and_update();
        Some((Ok(Event::default().data(version.to_string())), (changes, closing, false)))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}
