//! Socket Mode: what happens in Slack comes in here, over slack-morphism's WebSocket client.
//!
//! The library opens, pings and reads a connection. It does not tell when it cannot connect, opens the second connection
//! late, and waits long before it tries again; so each connection is watched over here: one that has not said hello in
//! time, has been lost, or is about to be closed is given up and replaced.
//!
//! A frame is acknowledged when the intake has taken it. What it did not take stays unacknowledged, and Slack delivers
//! it again: at once, after a minute and after five.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rand::Rng;
use serde_json::json;
use slack_morphism::clients_manager::SlackSocketModeClientsManager;
use slack_morphism::clients_manager::SlackSocketModeClientsManagerFactory;
use slack_morphism::listener::SlackClientEventsListenerEnvironment;
use slack_morphism::{SlackClientSocketModeConfig, SlackSocketModeClientListener, SlackSocketModeWssClientId};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinSet;
use tracing::{debug, info, warn};

use crate::boundary::comm_platform::{Intake, Me, Pending};

use super::client::{CallError, Client};
use super::incoming::{Frame, frame};

/// How connections are kept.
#[derive(Clone, Debug)]
pub struct SocketSettings {
    /// How many there are at once. Slack delivers each event to one of them; with two, the loss of one costs nothing.
    pub connections: usize,
    /// How often the library asks whether the other end lives; whole seconds.
    pub ping_every: Duration,
    /// Without an answer for so many pings the connection is dead. It is noticed within one ping more.
    pub pings_lost: u32,
    /// A connection that has not said hello for so long is given up.
    pub hello_within: Duration,
    /// What is waited before the first new attempt, at most. It doubles with each that fails; the wait is random.
    pub first_wait: Duration,
    /// What is waited at most, however many attempts failed.
    pub longest_wait: Duration,
    /// An arrival that is not taken for so long is left for redelivery.
    pub take_within: Duration,
}

impl Default for SocketSettings {
    /// A dead connection is noticed within 25 s; a lost one is reopened at once, later attempts at most 10 s apart.
    fn default() -> Self {
        Self {
            connections: 2,
            ping_every: Duration::from_secs(5),
            pings_lost: 4,
            hello_within: Duration::from_secs(10),
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(10),
            take_within: Duration::from_secs(10),
        }
    }
}

/// How it stands with the connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SocketState {
    /// How many stand.
    pub connected: usize,
    /// Why there are not more, when that is known.
    pub trouble: Option<String>,
}

/// The connections. They end when it is dropped.
pub struct Socket {
    state: watch::Receiver<SocketState>,
    keepers: JoinSet<()>,
    closing: watch::Sender<bool>,
}

impl Socket {
    /// Connects, and stays connected. What comes in goes to the intake.
    pub fn open(client: &Arc<Client>, intake: &Arc<dyn Intake>, settings: &SocketSettings) -> Self {
        let (report, state) = watch::channel(SocketState::default());
        let (closing, closed) = watch::channel(false);
        let mut keepers = JoinSet::new();
        for place in 0..settings.connections.max(1) {
            let keeper = Keeper {
                place,
                client: client.clone(),
                intake: intake.clone(),
                settings: settings.clone(),
                report: report.clone(),
            };
            keepers.spawn(keeper.keep(closed.clone()));
        }
        Self { state, keepers, closing }
    }

    /// How it stands, now and from now on.
    pub fn state(&self) -> watch::Receiver<SocketState> {
        self.state.clone()
    }

    /// Reads no further, acknowledges what is in hand, and closes.
    pub async fn close(mut self) {
        // Nobody listening is as good as closed.
        let _ = self.closing.send(true);
        while self.keepers.join_next().await.is_some() {}
    }
}

/// Keeps one connection.
struct Keeper {
    place: usize,
    client: Arc<Client>,
    intake: Arc<dyn Intake>,
    settings: SocketSettings,
    report: watch::Sender<SocketState>,
}

/// What a connection tells its keeper.
#[derive(Clone, Debug, PartialEq, Eq)]
enum News {
    Hello,
    Closing(String),
    Lost,
}

/// A connection that stood for so long was not one of a row of failures.
const STEADY: Duration = Duration::from_secs(30);

impl Keeper {
    async fn keep(self, mut closed: watch::Receiver<bool>) {
        let mut failures = 0;
        let mut retiring = None;
        loop {
            let connected = tokio::select! {
                _ = closed.wait_for(|closed| *closed) => break,
                connected = self.connect(&mut retiring) => connected,
            };
            let why = match connected {
                Ok(mut connection) => {
                    let stands_since = Instant::now();
                    let news = tokio::select! {
                        _ = closed.wait_for(|closed| *closed) => None,
                        news = connection.lost_or_closing() => Some(news),
                    };
                    self.counted(-1, None);
                    if stands_since.elapsed() > STEADY {
                        failures = 0;
                    }
                    match news {
                        None => {
                            connection.finish().await;
                            break;
                        }
                        // It still reads while the next one connects.
                        Some(News::Closing(reason)) => {
                            retiring = Some(connection);
                            format!("Slack asks to reconnect ({reason})")
                        }
                        Some(_) => {
                            connection.end().await;
                            "the connection was lost".to_owned()
                        }
                    }
                }
                Err(why) => why,
            };
            let wait = wait(&self.settings, failures);
            failures += 1;
            warn!(place = self.place, why, ?wait, "connecting to Slack again");
            self.counted(0, Some(why));
            tokio::select! {
                _ = closed.wait_for(|closed| *closed) => break,
                () = tokio::time::sleep(wait) => {}
            }
        }
        if let Some(connection) = retiring {
            connection.finish().await;
        }
    }

    /// Connects once, up to the hello; then ends the one that was about to be closed.
    async fn connect(&self, retiring: &mut Option<Connection>) -> Result<Connection, String> {
        let me = self.client.me().await.map_err(|error| format!("auth.test: {error}"))?;
        let mut connection = Connection::open(self, me.clone()).await;
        let why = match tokio::time::timeout(self.settings.hello_within, connection.news.recv()).await {
            Ok(Some(News::Hello)) => {
                let others = self.counted(1, None);
                info!(place = self.place, "connected to Slack");
                // Up to now the old one has read, unless it was lost meanwhile.
                let old = retiring.take();
                let covered = others > 0 || old.is_some_and(|mut old| old.news.try_recv().is_err());
                self.intake.listening(!covered);
                return Ok(connection);
            }
            Ok(Some(News::Closing(reason))) => format!("Slack closed the connection at once ({reason})"),
            Ok(_) => "the connection was lost before it stood".to_owned(),
            Err(_) => self.why_no_hello().await,
        };
        connection.end().await;
        Err(why)
    }

    /// The library connects by itself and tells nobody why it cannot; so the question is asked once more.
    async fn why_no_hello(&self) -> String {
        match self.client.can_listen().await {
            Ok(()) => format!("Slack said no hello within {:?}", self.settings.hello_within),
            Err(CallError::Slack(failure)) => {
                format!(
                    "apps.connections.open: {failure} (is SLACK_APP_TOKEN an xapp- token with connections:write, and Socket Mode switched on?)"
                )
            }
            Err(error) => format!("apps.connections.open: {error}"),
        }
    }

    /// Counts a connection; tells how many there were before.
    fn counted(&self, change: isize, trouble: Option<String>) -> usize {
        let mut before = 0;
        self.report.send_modify(|state| {
            before = state.connected;
            state.connected = state.connected.saturating_add_signed(change);
            state.trouble = if change > 0 { None } else { trouble.or(state.trouble.take()) };
        });
        before
    }
}

/// A random wait, up to twice as long after each failure: the full jitter that keeps many clients from coming back all
/// at once.
fn wait(settings: &SocketSettings, failures: u32) -> Duration {
    let most = settings.first_wait.saturating_mul(2_u32.saturating_pow(failures.min(16))).min(settings.longest_wait);
    most.mul_f64(rand::rng().random::<f64>())
}

/// One connection of the library's.
struct Connection {
    manager: Arc<dyn SlackSocketModeClientsManager + Send + Sync>,
    news: mpsc::UnboundedReceiver<News>,
    ended: Arc<AtomicBool>,
    in_hand: Arc<Mutex<()>>,
}

impl Connection {
    async fn open(keeper: &Keeper, me: Me) -> Self {
        let (http, token) = keeper.client.for_socket();
        let (tell, news) = mpsc::unbounded_channel();
        let ended = Arc::new(AtomicBool::new(false));
        let in_hand = Arc::new(Mutex::new(()));
        let environment = Arc::new(SlackClientEventsListenerEnvironment::new(Arc::new(http.clone())));
        let manager = http.http_api.connector.new_clients_manager(environment);
        let reader = Arc::new(Reader {
            me,
            intake: keeper.intake.clone(),
            take_within: keeper.settings.take_within,
            tell,
            ended: ended.clone(),
            in_hand: in_hand.clone(),
        });
        let config = SlackClientSocketModeConfig::new()
            .with_max_connections_count(1)
            .with_initial_backoff_in_seconds(0)
            .with_reconnect_timeout_in_seconds(1)
            .with_ping_interval_in_seconds(keeper.settings.ping_every.as_secs().max(1))
            .with_ping_failure_threshold_times(u64::from(keeper.settings.pings_lost.max(1)));
        // Registering only stores the client and cannot fail.
        let _ = manager.register_new_token(&config, token, reader).await;
        manager.start().await;
        Self { manager, news, ended, in_hand }
    }

    async fn lost_or_closing(&mut self) -> News {
        loop {
            match self.news.recv().await {
                Some(News::Hello) => {}
                Some(news) => return news,
                None => return News::Lost,
            }
        }
    }

    /// Gives it up at once.
    async fn end(self) {
        self.ended.store(true, Ordering::Relaxed);
        self.manager.shutdown().await;
    }

    /// Ends it when what it has in hand is done.
    async fn finish(self) {
        self.ended.store(true, Ordering::Relaxed);
        // What takes longer is delivered again after the restart, and recognised.
        let _ = tokio::time::timeout(FINISH_WITHIN, self.in_hand.lock()).await;
        self.manager.shutdown().await;
    }
}

/// How long the arrival in hand is waited for when the program stops.
const FINISH_WITHIN: Duration = Duration::from_secs(2);

impl Drop for Connection {
    /// The library's tasks live on their own: without this they would go on reading, and nobody would hear.
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let manager = self.manager.clone();
            runtime.spawn(async move { manager.shutdown().await });
        }
    }
}

/// Reads the frames of one connection, one at a time.
struct Reader {
    me: Me,
    intake: Arc<dyn Intake>,
    take_within: Duration,
    tell: mpsc::UnboundedSender<News>,
    ended: Arc<AtomicBool>,
    in_hand: Arc<Mutex<()>>,
}

impl Reader {
    /// The acknowledgement, or nothing when Slack is to deliver it again.
    async fn read(&self, body: &str) -> Option<String> {
        // A connection that was given up no longer takes anything; Slack delivers it to another one.
        if self.ended.load(Ordering::Relaxed) {
            return None;
        }
        let _in_hand = self.in_hand.lock().await;
        let envelope = match frame(body, &self.me) {
            Frame::Hello => {
                self.tell(News::Hello);
                return None;
            }
            Frame::Disconnect { reason } => {
                if reason == "link_disabled" {
                    warn!("Socket Mode is switched off in the Slack app's settings");
                }
                self.tell(News::Closing(reason));
                return None;
            }
            Frame::Unknown => {
                debug!(bytes = body.len(), "a frame that is none of Slack's");
                return None;
            }
            Frame::Envelope(envelope) => *envelope,
        };
        if envelope.arrival.is_none() && envelope.chatter.is_none() {
            debug!(kind = envelope.kind, "nothing that matters here");
        }
        if let Some(arrival) = envelope.arrival {
            let event = arrival.event_key.clone();
            match tokio::time::timeout(self.take_within, self.intake.take(arrival)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    warn!(event, %error, "left for Slack to deliver again");
                    return None;
                }
                Err(_) => {
                    warn!(event, within = ?self.take_within, "not taken in time; left for Slack to deliver again");
                    return None;
                }
            }
        }
        if let Some(chatter) = envelope.chatter {
            self.intake.overhear(chatter);
        }
        Some(json!({ "envelope_id": envelope.id }).to_string())
    }

    fn tell(&self, news: News) {
        // A keeper that has gone needs no news.
        let _ = self.tell.send(news);
    }
}

impl SlackSocketModeClientListener for Reader {
    fn on_message<'a, 'b, 'c>(
        &'a self,
        _client: &'b SlackSocketModeWssClientId,
        body: String,
    ) -> Pending<'c, Option<String>>
    where
        'a: 'c,
        'b: 'c,
    {
        Box::pin(async move { self.read(&body).await })
    }

    fn on_error<'a, 'c>(&'a self, error: Box<dyn std::error::Error + Send + Sync>) -> Pending<'c, ()>
    where
        'a: 'c,
    {
        Box::pin(async move { debug!(%error, "Slack's socket") })
    }

    fn on_disconnect<'a, 'b, 'c>(&'a self, _client: &'b SlackSocketModeWssClientId) -> Pending<'c, ()>
    where
        'a: 'c,
        'b: 'c,
    {
        Box::pin(async move { self.tell(News::Lost) })
    }
}
