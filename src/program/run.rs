//! `breakingbot`: the bot itself, on Slack or on its playground, and the one address that it listens on.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ::playground::{Options, Playground};
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tracing::{info, warn};

use super::check::slack_settings;
use super::health::{self, Health};
use super::signals::Signals;
use super::{Failed, playground, reports, taken};
use crate::actors::Tuning;
use crate::actors::outlets::Outlets;
use crate::app::{Serving, SlackParts};
use crate::boundary::slack::SocketSettings;
use crate::clock::Clock;
use crate::config::{LogFormat, Settings};
use crate::core::effect::Destination;
use crate::data::{Store, StoreError, StoreOptions};

/// What each of the two halves of an orderly end may take.
const HALF_AN_END: Duration = Duration::from_secs(2);
/// The end comes at the latest so long after it was asked for: what is then unfinished is on record.
const END: Duration = Duration::from_millis(4_800);

/// Runs until a signal ends it.
pub(super) async fn run(mut settings: Settings, out: &mut impl Write) -> Result<(), Failed> {
    let mut signals = Signals::listen()?;
    let listener =
        TcpListener::bind(settings.listens_on()).await.map_err(|error| taken(settings.listens_on(), &error))?;
    let here = reachable(listener.local_addr()?);
    let health = Arc::new(Health::default());
    let mut routes = health::route(health.clone());
    let (tokens, is_local) = match settings.tokens.clone() {
        Some(tokens) => (tokens, false),
        None => {
            routes = routes.merge(local_slack());
            settings.api_url = format!("http://{here}/api");
            (playground::tokens(), true)
        }
    };
    let server = Server::start(listener, routes);
    let store = tokio::select! {
        store = open(&settings) => store?,
        () = signals.next() => return Ok(()),
    };
    if is_local {
        tell_of_earlier(&store, &settings).await;
    }
    // Each is set once, here.
    let _ = health.store.set(store.clone());
    let serving = Serving::start(SlackParts {
        store: store.clone(),
        slack: &slack_settings(&settings, &tokens),
        socket: &SocketSettings::default(),
        desks: settings.desks.clone(),
        outlets: outlets(&settings),
        clock: Clock::System,
        tuning: tuning(&settings),
    })
    .map_err(|error| Failed::because(error.to_string()))?;
    let mut connected = serving.socket.state();
    let _ = health.slack.set(connected.clone());
    let line = if is_local {
        // The playground is in this process, so it is connected in a moment or never.
        let _ = tokio::time::timeout(HALF_AN_END, connected.wait_for(|state| state.connected > 0)).await;
        format!("Breaking Bot is ready, with a local Slack to try it in: http://{here}/")
    } else {
        format!("Breaking Bot serves Slack. Its health: http://{here}/healthcheck")
    };
    announce(&settings, &line, out)?;

    signals.next().await;
    info!("stopping");
    signals.end_within(END);
    serving.stop(HALF_AN_END).await;
    store.close().await;
    server.stop().await;
    info!("stopped");
    Ok(())
}

/// The playground's routes.
fn local_slack() -> Router {
    let hint = "Type `.start` and a title in #breaking to declare an incident; `.help` and `.commands` tell the rest.";
    let (_, router) = Playground::build(&Options { hint: Some(hint.to_owned()), ..playground::options() });
    router
}

/// Opens the database, and waits for it while it cannot be reached.
async fn open(settings: &Settings) -> Result<Store, Failed> {
    const PAUSE: Duration = Duration::from_secs(1);
    loop {
        match Store::open(settings.database.url(), StoreOptions::default()).await {
            Ok(store) => return Ok(store),
            Err(StoreError::Unavailable(why)) => {
                warn!(database = %settings.database, why, "the database cannot be reached; trying again");
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// A new playground has none of the channels of an earlier one, but the database still has the incidents.
async fn tell_of_earlier(store: &Store, settings: &Settings) {
    let Ok(earlier) = store.live_incidents().await else { return };
    if !earlier.is_empty() {
        let database = &settings.database;
        info!(
            incidents = earlier.len(),
            %database,
            "incidents of an earlier playground are on record, whose channels are gone; an empty database begins afresh"
        );
    }
}

/// What is configured beside the chat.
fn outlets(settings: &Settings) -> Outlets {
    let outlets = Outlets::default();
    let outlets = match &settings.tracker {
        Some(tracker) => outlets.tracked_in(tracker.tracker(), Arc::new(settings.templates.clone())),
        None => outlets,
    };
    match reports::reporter(settings) {
        Some(reporter) => outlets.with(Destination::ReportPlatform, reporter),
        None => outlets,
    }
}

fn tuning(settings: &Settings) -> Tuning {
    Tuning {
        lease: settings.store.lease,
        call_margin: settings.slack.call_timeout + Duration::from_secs(1),
        catch_up: settings.slack.catch_up,
        keep_finished: settings.store.keep_finished,
        nag_interval: settings.annoyotron.interval,
        sync_interval: settings.syntrax.interval,
        sync_jitter: settings.syntrax.jitter,
        archive_interval: settings.archivist.interval,
        ..Tuning::default()
    }
}

/// The one line that says where the bot is. A machine that reads the log finds it there.
fn announce(settings: &Settings, line: &str, out: &mut impl Write) -> io::Result<()> {
    match settings.log_format {
        LogFormat::Human => {
            writeln!(out, "{line}")?;
            out.flush()
        }
        LogFormat::Json => {
            info!("{line}");
            Ok(())
        }
    }
}

/// The address at which this machine reaches what listens there.
fn reachable(listens: SocketAddr) -> SocketAddr {
    let ip = match listens.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ip => ip,
    };
    SocketAddr::new(ip, listens.port())
}

/// The HTTP server.
struct Server {
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<()>>,
}

impl Server {
    fn start(listener: TcpListener, routes: Router) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = axum::serve(listener, routes).with_graceful_shutdown(async {
            // Dropping the sender stops it too.
            let _ = stopped.await;
        });
        Self { stop, task: tokio::spawn(serving.into_future()) }
    }

    /// Answers what was asked, for a moment at most.
    async fn stop(mut self) {
        let _ = self.stop.send(());
        if tokio::time::timeout(Duration::from_millis(500), &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}
