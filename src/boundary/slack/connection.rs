//! One connection of Socket Mode, and what is done with its frames.
//!
//! A frame is acknowledged when the intake has taken it. What it did not take stays unacknowledged, and Slack delivers
//! it again: at once, after a minute and after five.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use slack_morphism::clients_manager::{SlackSocketModeClientsManager, SlackSocketModeClientsManagerFactory};
use slack_morphism::listener::SlackClientEventsListenerEnvironment;
use slack_morphism::{SlackClientSocketModeConfig, SlackSocketModeClientListener, SlackSocketModeWssClientId};
use tokio::sync::{Mutex, mpsc};
use tracing::{debug, warn};

use crate::boundary::comm_platform::{Intake, Me, Pending};

use super::client::Client;
use super::incoming::{Frame, frame};
use super::socket::SocketSettings;

/// What a connection tells its keeper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// It stands.
    Hello,
    /// Slack is about to close it.
    Closing(String),
    /// It is gone.
    Lost,
}

/// One connection of the library's.
pub(super) struct Connection {
    manager: Arc<dyn SlackSocketModeClientsManager + Send + Sync>,
    pub news: mpsc::UnboundedReceiver<News>,
    ended: Arc<AtomicBool>,
    in_hand: Arc<Mutex<()>>,
}

impl Connection {
    /// Begins to connect; the library tries once a second until it stands.
    pub async fn open(client: &Client, intake: &Arc<dyn Intake>, settings: &SocketSettings, me: &Me) -> Self {
        let (http, token) = client.for_socket();
        let (tell, news) = mpsc::unbounded_channel();
        let ended = Arc::new(AtomicBool::new(false));
        let in_hand = Arc::new(Mutex::new(()));
        let environment = Arc::new(SlackClientEventsListenerEnvironment::new(Arc::new(http.clone())));
        let manager = http.http_api.connector.new_clients_manager(environment);
        let reader = Arc::new(Reader {
            me: me.clone(),
            intake: intake.clone(),
            take_within: settings.take_within,
            tell,
            ended: ended.clone(),
            in_hand: in_hand.clone(),
        });
        let config = SlackClientSocketModeConfig::new()
            .with_max_connections_count(1)
            .with_initial_backoff_in_seconds(0)
            .with_reconnect_timeout_in_seconds(1)
            .with_ping_interval_in_seconds(settings.ping_every.as_secs().max(1))
            .with_ping_failure_threshold_times(u64::from(settings.pings_lost.max(1)));
        // Registering only stores the client and cannot fail.
        let _ = manager.register_new_token(&config, token, reader).await;
        manager.start().await;
        Self { manager, news, ended, in_hand }
    }

    /// Waits until it no longer serves.
    pub async fn lost_or_closing(&mut self) -> News {
        loop {
            match self.news.recv().await {
                Some(News::Hello) => {}
                Some(news) => return news,
                None => return News::Lost,
            }
        }
    }

    /// Gives it up at once.
    pub async fn end(self) {
        self.ended.store(true, Ordering::Relaxed);
        self.manager.shutdown().await;
    }

    /// Ends it when what it has in hand is done.
    pub async fn finish(self) {
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
