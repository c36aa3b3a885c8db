//! A local Slack: the Web API and Socket Mode that a bot needs, and a page to click on.
//!
//! A bot is pointed at [`Playground::api_url`] with the tokens [`BOT_TOKEN`] and [`APP_TOKEN`] and works as it would
//! against Slack, within Slack's own limits and with Slack's own errors. People use the page; tests use the
//! [`Workspace`], in process or as JSON under `/control/`. Everything is in memory and gone when it ends.
//!
//! It knows nothing of any particular bot, listens on loopback addresses only, and makes no connection of its own.

mod api;
mod calls;
mod control;
mod deeds;
mod events;
mod faults;
mod guard;
mod hub;
mod json;
mod limits;
mod model;
mod page;
mod people;
mod refused;
mod seed;
mod socket;
mod state;
mod text;
mod ts;
mod workspace;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use calls::{Call, Outcome};
pub use faults::{Fault, FaultKind};
pub use hub::{EnvelopeView, Standing};
pub use model::{
    APP_ID, APP_TOKEN, BOT_ID, BOT_TOKEN, BOT_USER, Bookmark, ChannelView, Edited, File, Message, MessageView,
    OTHER_TEAM_ID, Person, Pin, Reacted, Reaction, TEAM_ID, UserGroup,
};
pub use refused::Refused;
pub use ts::{NotATs, Ts};
pub use workspace::Workspace;

/// How a playground is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes any that is free. Only for [`Playground::start`].
    pub port: u16,
    /// One line at the top of the page that says how to begin.
    pub hint: Option<String>,
    /// Slack's rate limits from the start; see [`Workspace::rate_limits`].
    pub rate_limits: bool,
    /// How long the app has to acknowledge an envelope (Slack: 3 s).
    pub acknowledge_within: Duration,
    /// How long after a failed delivery the next ones come (Slack: at once, 1 minute, 5 minutes).
    pub redeliver_after: [Duration; 3],
    /// Calls of the Web API that are remembered; 0 records none.
    pub calls_kept: usize,
    /// Envelopes that are remembered; older ones are forgotten, delivered or not.
    pub envelopes_kept: usize,
    /// Messages that a channel keeps.
    pub messages_kept: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            hint: None,
            rate_limits: false,
            acknowledge_within: Duration::from_secs(3),
            redeliver_after: [Duration::ZERO, Duration::from_secs(60), Duration::from_secs(300)],
            calls_kept: 20_000,
            envelopes_kept: 20_000,
            messages_kept: 100_000,
        }
    }
}

/// A playground with a server of its own.
#[derive(Debug)]
pub struct Playground {
    workspace: Workspace,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Playground {
    /// Opens a workspace and serves it on 127.0.0.1.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start(options: Options) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
        let address = listener.local_addr()?;
        // Frames are small: Nagle's algorithm would hold each back until the one before was acknowledged, up to 40 ms.
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection of the playground may be slow");
            }
        });
        let (workspace, router) = Self::build(&options);
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(async move {
            // Dropping the sender stops it too.
            let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
                let _ = stopped.await;
            });
            if let Err(error) = serving.await {
                tracing::error!(%error, "the playground stopped serving");
            }
        });
        Ok(Self { workspace, address, stop, server })
    }

    /// A workspace, and the routes that serve it, for a server of somebody else: the page at `/`, the Web API under
    /// `/api/`, Socket Mode at `/link/`, files under `/files/` and `/upload/`, permalinks under `/archives/`, the
    /// control API under `/control/`. Addresses in answers follow each request's Host header. Must be called within a
    /// tokio runtime.
    pub fn build(options: &Options) -> (Workspace, Router) {
        let workspace = Workspace::new(options);
        let router = api::routes(workspace.clone())
            .merge(control::routes(workspace.clone()))
            .merge(page::routes(workspace.clone()));
        (workspace, router)
    }

    /// The address of the Web API, without a slash at its end.
    pub fn api_url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    /// The address of the page.
    pub fn page_url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// The address of the control API, without a slash at its end.
    pub fn control_url(&self) -> String {
        format!("http://{}/control", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The handle on the workspace.
    pub fn workspace(&self) -> Workspace {
        self.workspace.clone()
    }

    /// Closes every connection and stops serving.
    pub async fn stop(mut self) {
        /// Time for answers that are being written.
        const PATIENCE: Duration = Duration::from_secs(1);
        self.workspace.close();
        let _ = self.stop.send(());
        if tokio::time::timeout(PATIENCE, &mut self.server).await.is_err() {
            self.server.abort();
        }
    }
}
