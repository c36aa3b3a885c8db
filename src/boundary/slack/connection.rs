//! One connection of Socket Mode, and what is done with its frames.
//!
//! A frame is acknowledged when the intake has taken it. What it did not take stays unacknowledged, and Slack delivers
//! it again: at once, after a minute and after five.
//!
//! slack-morphism asks for the address; the WebSocket is read here, because the library's own client reads a frame only
//! when the one before is acknowledged, so that each command would wait for a commit of its own. Here frames are handed
//! to the intake in their order, as fast as they come, and those that wait together share a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::{Sink, SinkExt};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};
use tracing::{debug, warn};

use crate::boundary::comm_platform::{Arrival, Intake, Me, Pending};

use super::client::Client;
use super::incoming::{Frame, frame};
use super::socket::SocketSettings;

/// So many arrivals of one connection are being recorded at once; then it is read no further until one is done.
const IN_HAND: usize = 256;
/// So many frames are read before what is acknowledged meanwhile is sent.
const AT_ONCE: usize = 64;
/// Before another attempt to connect.
const AGAIN: Duration = Duration::from_secs(1);
/// How long the arrivals in hand are waited for when the program stops.
const FINISH_WITHIN: Duration = Duration::from_secs(2);
/// How long the other end may take for a goodbye.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);
/// No frame of Slack's comes near this; a longer one ends the connection rather than the memory.
const LONGEST_FRAME: usize = 16 << 20;
/// What is read and written at once. The library's 128 KiB would be held by each connection for good.
const BUFFER: usize = 16 << 10;

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

/// How long a connection goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// Until it is lost.
    Lost,
    /// Until what is in hand is done.
    Done,
    /// No longer.
    Now,
}

/// One connection. It ends when it is dropped.
pub(super) struct Connection {
    pub news: mpsc::UnboundedReceiver<News>,
    until: watch::Sender<Until>,
    ended: Arc<AtomicBool>,
}

impl Connection {
    /// Begins to connect; it is tried once a second until it stands.
    pub fn open(client: &Arc<Client>, intake: &Arc<dyn Intake>, settings: &SocketSettings, me: &Me) -> Self {
        let (tell, news) = mpsc::unbounded_channel();
        let (until, told_until) = watch::channel(Until::Lost);
        let ended = Arc::new(AtomicBool::new(false));
        let reader = Arc::new(Reader {
            client: client.clone(),
            me: me.clone(),
            intake: intake.clone(),
            settings: settings.clone(),
            tell,
            ended: ended.clone(),
        });
        tokio::spawn(reader.serve(told_until));
        Self { news, until, ended }
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
    pub fn end(self) {
        drop(self);
    }

    /// Ends it when what it has in hand is done. What takes longer is delivered again after the restart, and recognised.
    pub async fn finish(mut self) {
        self.ended.store(true, Ordering::Relaxed);
        self.until.send_replace(Until::Done);
        let gone = async { while self.news.recv().await.is_some() {} };
        let _ = tokio::time::timeout(FINISH_WITHIN + CLOSE_WITHIN, gone).await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        self.until.send_replace(Until::Now);
    }
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
/// What is being recorded; gives the acknowledgement, or nothing when Slack is to deliver it again.
type InHand = FuturesUnordered<Pending<'static, Option<String>>>;

/// What a connection does next.
enum Turn {
    Read(Option<Result<Message, Error>>),
    Recorded(Option<String>),
    Ping,
    End(Until),
}

/// Reads the frames of one connection.
struct Reader {
    client: Arc<Client>,
    me: Me,
    intake: Arc<dyn Intake>,
    settings: SocketSettings,
    tell: mpsc::UnboundedSender<News>,
    ended: Arc<AtomicBool>,
}

impl Reader {
    /// Connects and serves until it is lost or ended.
    async fn serve(self: Arc<Self>, mut until: watch::Receiver<Until>) {
        let mut socket = tokio::select! {
            _ = until.wait_for(|until| *until != Until::Lost) => return,
            socket = self.connect() => socket,
        };
        let mut in_hand = InHand::new();
        if let Err(error) = self.exchange(&mut socket, &mut in_hand, &mut until).await {
            debug!(%error, "Slack's socket");
        }
        self.tell(News::Lost);
        // A goodbye is a courtesy, and what is in hand is finished in any case: only its acknowledgement is lost.
        let _ = tokio::time::timeout(CLOSE_WITHIN, socket.close(None)).await;
        drop(socket);
        while in_hand.next().await.is_some() {}
    }

    /// Tries once a second until it stands.
    async fn connect(&self) -> Socket {
        loop {
            match tokio::time::timeout(self.settings.hello_within, self.attempt()).await {
                Ok(Ok(socket)) => return socket,
                Ok(Err(why)) => debug!(why, "Slack's socket cannot be opened"),
                Err(_) => debug!(within = ?self.settings.hello_within, "Slack's socket does not open"),
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn attempt(&self) -> Result<Socket, String> {
        let address = self.client.socket_address().await.map_err(|error| error.to_string())?;
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(BUFFER)
            .max_message_size(Some(LONGEST_FRAME))
            .max_frame_size(Some(LONGEST_FRAME));
        // Acknowledgements are small: Nagle's algorithm would hold each back until the one before has arrived.
        let connecting =
            connect_async_tls_with_config(address, Some(config), true, Some(Connector::Rustls(self.client.tls())));
        // The error may quote the address, which is as good as a token.
        connecting.await.map(|(socket, _)| socket).map_err(|error| kind_of(&error).to_owned())
    }

    /// Carries frames one way and acknowledgements the other. `Ok` when it was ended.
    async fn exchange(
        self: &Arc<Self>,
        socket: &mut Socket,
        in_hand: &mut InHand,
        until: &mut watch::Receiver<Until>,
    ) -> Result<(), Error> {
        let mut ping = tokio::time::interval(self.settings.ping_every.max(Duration::from_millis(1)));
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ping.reset();
        let mut heard = Instant::now();
        let mut unanswered = 0;
        loop {
            let turn = tokio::select! {
                until = until.wait_for(|until| *until != Until::Lost) => Turn::End(until.map_or(Until::Now, |until| *until)),
                Some(recorded) = in_hand.next() => Turn::Recorded(recorded),
                read = socket.next(), if in_hand.len() < IN_HAND => Turn::Read(read),
                _ = ping.tick() => Turn::Ping,
            };
            match turn {
                Turn::End(Until::Done) => {
                    let finishing = async {
                        while let Some(recorded) = in_hand.next().await {
                            acknowledge(socket, recorded).await?;
                        }
                        socket.flush().await
                    };
                    return tokio::time::timeout(FINISH_WITHIN, finishing).await.unwrap_or(Ok(()));
                }
                Turn::End(_) => return Ok(()),
                Turn::Recorded(recorded) => {
                    acknowledge(socket, recorded).await?;
                    // Those that shared its commit are done as well.
                    while let Some(Some(recorded)) = in_hand.next().now_or_never() {
                        acknowledge(socket, recorded).await?;
                    }
                    socket.flush().await?;
                }
                Turn::Read(first) => {
                    heard = Instant::now();
                    unanswered = 0;
                    let mut next = Some(first);
                    let mut taken = 0;
                    while let Some(read) = next {
                        match read.transpose()? {
                            Some(Message::Text(body)) => self.take(&body, socket, in_hand).await?,
                            Some(Message::Close(_)) | None => return Err(Error::ConnectionClosed),
                            Some(_) => {}
                        }
                        taken += 1;
                        let goes_on = taken < AT_ONCE && in_hand.len() < IN_HAND;
                        next = if goes_on { socket.next().now_or_never() } else { None };
                    }
                    socket.flush().await?;
                }
                Turn::Ping => {
                    if unanswered >= self.settings.pings_lost.max(1) {
                        warn!(silent = ?heard.elapsed(), "Slack's socket is dead, though it is open");
                        return Err(Error::ConnectionClosed);
                    }
                    unanswered += 1;
                    // A socket that takes nothing any more is found dead when its pings are counted.
                    let ping = socket.send(Message::Ping(Vec::new().into()));
                    if let Ok(sent) = tokio::time::timeout(self.settings.ping_every, ping).await {
                        sent?;
                    }
                }
            }
        }
    }

    /// Takes a frame. What must be recorded is begun before the next frame is taken, so that it keeps its order, and is
    /// in hand until it is recorded.
    async fn take(self: &Arc<Self>, body: &str, socket: &mut Socket, in_hand: &mut InHand) -> Result<(), Error> {
        // A connection that was given up no longer takes anything; Slack delivers it to another one.
        if self.ended.load(Ordering::Relaxed) {
            return Ok(());
        }
        let envelope = match frame(body, &self.me) {
            Frame::Hello => {
                self.tell(News::Hello);
                return Ok(());
            }
            Frame::Disconnect { reason } => {
                if reason == "link_disabled" {
                    warn!("Socket Mode is switched off in the Slack app's settings");
                }
                self.tell(News::Closing(reason));
                return Ok(());
            }
            Frame::Unknown => {
                debug!(bytes = body.len(), "a frame that is none of Slack's");
                return Ok(());
            }
            Frame::Envelope(envelope) => *envelope,
        };
        if envelope.arrival.is_none() && envelope.chatter.is_none() {
            debug!(kind = envelope.kind, "nothing that matters here");
        }
        if let Some(chatter) = envelope.chatter {
            self.intake.overhear(chatter);
        }
        let acknowledgement = json!({ "envelope_id": envelope.id }).to_string();
        let Some(arrival) = envelope.arrival else { return acknowledge(socket, Some(acknowledgement)).await };
        let reader = self.clone();
        let mut recording: Pending<'static, Option<String>> =
            Box::pin(async move { reader.record(arrival).await.then_some(acknowledgement) });
        match (&mut recording).now_or_never() {
            Some(recorded) => acknowledge(socket, recorded).await,
            None => {
                in_hand.push(recording);
                Ok(())
            }
        }
    }

    /// Whether the intake took it.
    async fn record(&self, arrival: Arrival) -> bool {
        let event = arrival.event_key.clone();
        let within = self.settings.take_within;
        match tokio::time::timeout(within, self.intake.take(arrival)).await {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                warn!(event, %error, "left for Slack to deliver again");
                false
            }
            Err(_) => {
                warn!(event, ?within, "not taken in time; left for Slack to deliver again");
                false
            }
        }
    }

    fn tell(&self, news: News) {
        // A keeper that has gone needs no news.
        let _ = self.tell.send(news);
    }
}

/// Writes an acknowledgement, which leaves with the next flush.
async fn acknowledge(
    socket: &mut (impl Sink<Message, Error = Error> + Unpin),
    body: Option<String>,
) -> Result<(), Error> {
    match body {
        Some(body) => socket.feed(Message::Text(body.into())).await,
        None => Ok(()),
    }
}

/// Enough for the log; the whole error may quote the address.
fn kind_of(error: &Error) -> &'static str {
    match error {
        Error::Io(_) => "network",
        Error::Tls(_) => "TLS",
        Error::Url(_) => "not an address",
        Error::Http(_) | Error::HttpFormat(_) => "refused",
        Error::ConnectionClosed | Error::AlreadyClosed => "closed",
        _ => "other",
    }
}
