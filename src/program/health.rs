//! `/healthcheck`: 200 when the database answers and Slack is connected, by this copy or by another one for which it
//! stands by; otherwise 503 with what fails.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;
use tokio::sync::watch;

use crate::boundary::slack::SocketState;
use crate::data::Store;

/// A database that answers later than this is not well.
const PATIENCE: Duration = Duration::from_secs(2);

/// The parts that must be well, each from when it is there.
#[derive(Default)]
pub(super) struct Health {
    pub(super) store: OnceLock<Store>,
    pub(super) slack: OnceLock<watch::Receiver<SocketState>>,
}

impl Health {
    async fn database(&self) -> Result<&'static str, String> {
        let store = self.store.get().ok_or("not reached yet")?;
        match tokio::time::timeout(PATIENCE, store.ping()).await {
            Ok(answer) => answer.map(|()| "ok").map_err(|error| error.to_string()),
            Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
        }
    }

    /// A copy that stands by while another one is connected is well.
    fn slack(&self) -> Result<&'static str, String> {
        let state = self.slack.get().ok_or("not connected yet")?.borrow();
        match (state.connected, &state.trouble) {
            (0, _) if state.stands_by => Ok("ok: another copy is connected, this one stands by"),
            (0, Some(trouble)) => Err(format!("not connected: {trouble}")),
            (0, None) => Err("not connected".to_owned()),
            _ => Ok("ok"),
        }
    }
}

/// The route.
pub(super) fn route(health: Arc<Health>) -> Router {
    Router::new().route("/healthcheck", get(answer)).with_state(health)
}

async fn answer(State(health): State<Arc<Health>>) -> Response {
    let (database, slack) = (health.database().await, health.slack());
    let (code, status) = match database.is_ok() && slack.is_ok() {
        true => (StatusCode::OK, "ok"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "failing"),
    };
    let told = |part: Result<&str, String>| part.map_or_else(|failing| failing, str::to_owned);
    let body = json!({ "status": status, "database": told(database), "slack": told(slack) });
    (code, [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body.to_string())
        .into_response()
}
