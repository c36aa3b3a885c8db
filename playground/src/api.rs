//! The Web API at `/api/METHOD`, and the addresses that its answers lead to.

mod args;
mod blocks;
mod bookmarks;
mod channels;
mod chat;
mod dispatch;
mod files;
mod history;
mod identity;
mod method;
mod pins;
mod reactions;
mod users;
mod views;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::routing::{any, get, post};

use crate::socket;
use crate::workspace::Workspace;

/// Bytes of a request: an upload may be this large.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// The Web API, Socket Mode's address, uploads and downloads.
pub(crate) fn routes(workspace: Workspace) -> Router {
    Router::new()
        .route("/api/{method}", any(dispatch::call))
        .route("/link/", get(socket::link))
        .route("/upload/{id}", post(files::upload).put(files::upload))
        .route("/files/{id}/{name}", get(files::download))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(workspace)
}

/// `HOST/` as the client called this server, for addresses in answers.
pub(crate) fn host(headers: &HeaderMap) -> String {
    headers.get(HOST).and_then(|h| h.to_str().ok()).unwrap_or("127.0.0.1").to_owned()
}
