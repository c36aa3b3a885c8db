//! Socket Mode's connections, and the keeper of its deadlines.

use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::extract::ws::{Message as Frames, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State as Shared};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::SinkExt;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::hub::{Ends, Fate, Frame};
use crate::model::APP_ID;
use crate::workspace::{Inner, Workspace};

/// How often an open connection is pinged.
const PING_EVERY: Duration = Duration::from_secs(15);
/// After a `disconnect` frame, how long acknowledgements that are under way may still arrive.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Frames sent in one write when many wait.
const BATCH: usize = 64;

#[derive(Debug, Deserialize)]
pub(crate) struct Link {
    #[serde(default)]
    ticket: String,
}

fn debug_info() -> Value {
    json!({ "host": "playground", "build_number": 1, "approximate_connection_time": 18_060 })
}

fn hello(connections: usize) -> String {
    json!({
        "type": "hello",
        "num_connections": connections,
        "connection_info": { "app_id": APP_ID },
        "debug_info": debug_info(),
    })
    .to_string()
}

/// What Slack sends before it refreshes a connection.
pub(crate) fn disconnect_frame(reason: &str) -> String {
    json!({ "type": "disconnect", "reason": reason, "debug_info": debug_info() }).to_string()
}

/// `GET /link/?ticket=…`, the address that apps.connections.open gives.
pub(crate) async fn link(
    Shared(workspace): Shared<Workspace>,
    Query(link): Query<Link>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !workspace.change(|state| state.tickets.remove(&link.ticket)) {
        return (StatusCode::UNAUTHORIZED, "this ticket was used, or never given").into_response();
    }
    upgrade.on_upgrade(move |socket| serve(workspace, socket))
}

async fn serve(workspace: Workspace, mut socket: WebSocket) {
    let mut ends = workspace.change(|state| {
        let now = state.clock.now();
        state.hub.connect(hello(state.hub.connections() + 1), now)
    });
    workspace.wake_keeper();
    tracing::debug!(connection = ends.id, "socket opened");
    exchange(&workspace, &mut socket, &mut ends).await;
    workspace.change(|state| {
        let now = state.clock.now();
        state.hub.disconnected(ends.id, now);
    });
    workspace.wake_keeper();
    tracing::debug!(connection = ends.id, "socket closed");
}

/// Carries frames both ways until either side ends it. Returning drops the socket without a close frame.
async fn exchange(workspace: &Workspace, socket: &mut WebSocket, ends: &mut Ends) {
    let mut frozen = workspace.frozen();
    let mut ping = tokio::time::interval(PING_EVERY);
    ping.reset();
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        if *frozen.borrow_and_update() {
            // Nothing is read either, so that not even a pong goes out.
            tokio::select! {
                _ = ends.fate.wait_for(|fate| *fate == Fate::Dropped) => return,
                changed = frozen.changed() => if changed.is_err() { return },
            }
            continue;
        }
        let next = async {
            tokio::select! {
                _ = ping.tick() => Turn::Ping,
                _ = ends.frames.recv_many(&mut batch, BATCH) => Turn::Send,
                read = socket.recv() => Turn::Read(read),
            }
        };
        // What is said after it was frozen must not slip out.
        let turn = tokio::select! {
            biased;
            _ = ends.fate.wait_for(|fate| *fate == Fate::Dropped) => return,
            changed = frozen.changed() => if changed.is_err() { return } else { continue },
            turn = next => turn,
        };
        match turn {
            Turn::Ping => {
                if socket.send(Frames::Ping(Vec::new().into())).await.is_err() {
                    return;
                }
            }
            Turn::Read(Some(Ok(frame))) => {
                if !take(workspace, &frame) {
                    return;
                }
            }
            Turn::Read(_) => return,
            Turn::Send if batch.is_empty() => return,
            Turn::Send => {
                let sent = tokio::select! {
                    sent = send_all(socket, &mut batch) => sent,
                    _ = ends.fate.wait_for(|fate| *fate == Fate::Dropped) => return,
                };
                match sent {
                    Ok(false) => {}
                    Ok(true) => {
                        let _ = tokio::time::timeout(LAST_WORDS, read_until_closed(workspace, socket)).await;
                        let _ = socket.send(Frames::Close(None)).await;
                        return;
                    }
                    Err(_) => return,
                }
            }
        }
    }
}

enum Turn {
    Ping,
    Send,
    Read(Option<Result<Frames, axum::Error>>),
}

async fn send_all(socket: &mut WebSocket, batch: &mut Vec<Frame>) -> Result<bool, axum::Error> {
    let mut closing = false;
    for frame in batch.drain(..) {
        match frame {
            Frame::Text(text) => socket.feed(Frames::Text(text.into())).await?,
            Frame::Close => closing = true,
        }
    }
    socket.flush().await?;
    Ok(closing)
}

async fn read_until_closed(workspace: &Workspace, socket: &mut WebSocket) {
    while let Some(Ok(frame)) = socket.recv().await {
        if !take(workspace, &frame) {
            return;
        }
    }
}

#[derive(Deserialize)]
struct Acknowledgement {
    envelope_id: String,
    #[serde(default)]
    payload: Option<Value>,
}

/// Takes what the app sent. False when it closed the connection.
fn take(workspace: &Workspace, frame: &Frames) -> bool {
    let text = match frame {
        Frames::Text(text) => text.as_str(),
        Frames::Close(_) => return false,
        Frames::Binary(_) | Frames::Ping(_) | Frames::Pong(_) => return true,
    };
    match serde_json::from_str::<Acknowledgement>(text) {
        Ok(ack) => {
            let known = workspace.change(|state| {
                let now = state.clock.now_ts();
                state.hub.acknowledge(&ack.envelope_id, ack.payload, now)
            });
            if !known {
                tracing::debug!(envelope = ack.envelope_id, "acknowledgement of an unknown envelope");
            }
        }
        Err(error) => tracing::debug!(%error, "a frame that is no acknowledgement"),
    }
    true
}

/// Waits for the next deadline of an envelope, again and again, as long as the workspace lives.
pub(crate) async fn keep(inner: Weak<Inner>) {
    loop {
        let (wait, bell) = {
            let Some(inner) = inner.upgrade() else { return };
            let workspace = Workspace::from(Arc::clone(&inner));
            let (fired, wait) = workspace.look(|state| {
                let now = state.clock.now();
                let fired = state.hub.fire(now);
                let next = state.hub.next_deadline();
                state.keeper_wakes = next.unwrap_or(u64::MAX);
                (fired, next.map(|at| Duration::from_micros(at.saturating_sub(now))))
            });
            if fired {
                workspace.bump();
            }
            (wait, workspace.bell())
        };
        match wait {
            Some(wait) => {
                let _ = tokio::time::timeout(wait, bell.notified()).await;
            }
            None => bell.notified().await,
        }
    }
}
