//! Socket Mode: what happens in Slack comes in here.
//!
//! Each connection is kept by a keeper of its own: one that is lost or about to be closed is replaced at once, and one
//! that hangs is not waited for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::Rng;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{debug, info, warn};

use crate::boundary::comm_platform::Intake;

use super::client::{CallError, Client};
use super::connection::{Connection, News};

/// How connections are kept.
#[derive(Clone, Debug)]
pub struct SocketSettings {
    /// How many there are at once. Slack delivers each event to one of them. With one, what is typed in a channel comes
    /// in its order; with more, the loss of one is felt less, but two messages of a channel that are typed within
    /// milliseconds may change places.
    pub connections: usize,
    /// How often the other end is asked whether it lives.
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
            connections: 1,
            ping_every: Duration::from_secs(5),
            pings_lost: 4,
            hello_within: Duration::from_secs(10),
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(10),
            take_within: Duration::from_secs(10),
        }
    }
}

/// Whether it is for this process to listen to Slack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duty {
    /// Nobody knows yet.
    #[default]
    Undecided,
    /// It is.
    Listen,
    /// It is not: another copy of the bot does.
    StandBy,
}

/// How it stands with the connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SocketState {
    /// How many stand.
    pub connected: usize,
    /// Whether there are none because another copy of the bot listens.
    pub stands_by: bool,
    /// Why there are not more, when that is known.
    pub trouble: Option<String>,
}

/// The connections. They end when it is dropped.
pub struct Socket {
    state: watch::Receiver<SocketState>,
    keepers: JoinSet<()>,
    closing: watch::Sender<bool>,
}

/// Until when a connection is kept.
#[derive(Clone)]
struct Signals {
    closing: watch::Receiver<bool>,
    duty: watch::Receiver<Duty>,
}

impl Signals {
    /// Waits until there is to be no connection. A sender that has gone says nothing more.
    async fn end(&mut self) {
        let closed = self.closing.wait_for(|closed| *closed);
        tokio::select! {
            _ = closed => {}
            () = holds(&mut self.duty, |duty| duty != Duty::Listen) => {}
        }
    }

    fn closed(&self) -> bool {
        *self.closing.borrow()
    }
}

/// Waits until the duty is such, for ever when nobody says anything more.
async fn holds(duty: &mut watch::Receiver<Duty>, such: impl Fn(Duty) -> bool) {
    if duty.wait_for(|duty| such(*duty)).await.is_err() {
        std::future::pending::<()>().await;
    }
}

impl Socket {
    /// Connects, and stays connected. What comes in goes to the intake.
    pub fn open(client: &Arc<Client>, intake: &Arc<dyn Intake>, settings: &SocketSettings) -> Self {
        let (_, always) = watch::channel(Duty::Listen);
        Self::open_on_duty(client, intake, settings, &always)
    }

    /// Connects whenever it is this process's duty, and stays connected as long as it is.
    pub fn open_on_duty(
        client: &Arc<Client>,
        intake: &Arc<dyn Intake>,
        settings: &SocketSettings,
        duty: &watch::Receiver<Duty>,
    ) -> Self {
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
            keepers.spawn(keeper.keep(Signals { closing: closed.clone(), duty: duty.clone() }));
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

/// What was said of an outage, so that it is said once however long it lasts.
#[derive(Default)]
struct Outage {
    /// When it began.
    since: Option<Instant>,
    /// Why there is no connection, as it was said last.
    said: Option<String>,
}

impl Outage {
    /// Says that there is no connection, once for each reason: another reason may be one that somebody can mend.
    fn goes_on(&mut self, place: usize, why: &str) {
        self.since.get_or_insert_with(Instant::now);
        if self.said.as_deref() == Some(why) {
            debug!(place, why, "still not connected to Slack");
        } else {
            warn!(place, why, "not connected to Slack; trying again until it is");
            self.said = Some(why.to_owned());
        }
    }

    /// It is over, if there was one; tells how long it lasted.
    fn ends(&mut self) -> Option<Duration> {
        self.said = None;
        self.since.take().map(|since| since.elapsed())
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

/// Connections that are not the one that counts.
#[derive(Default)]
struct Beside {
    /// About to be closed by Slack, and still reading.
    retiring: Option<Connection>,
    /// Hung while connecting. What they read, should they ever stand, is taken as well.
    hanging: Vec<Connection>,
}

impl Beside {
    /// As many are left hanging; one more ends the oldest.
    const MOST: usize = 2;

    fn keep(&mut self, connection: Connection) {
        if self.hanging.len() >= Self::MOST {
            self.hanging.remove(0).end();
        }
        self.hanging.push(connection);
    }

    /// One that stands after all.
    fn take_standing(&mut self) -> Option<Connection> {
        let place = self.hanging.iter_mut().position(|connection| connection.news.try_recv() == Ok(News::Hello))?;
        Some(self.hanging.remove(place))
    }
}

/// Why there is no connection.
struct NotConnected {
    why: String,
    /// What is waited in any case.
    at_least: Duration,
}

impl NotConnected {
    fn for_now(why: String) -> Self {
        Self { why, at_least: Duration::ZERO }
    }

    fn at_all(method: &str, error: &CallError) -> Self {
        let at_least = match error {
            CallError::Throttled(retry_after) => *retry_after,
            _ => Duration::ZERO,
        };
        let hint = match error {
            CallError::Slack(_) if method == "auth.test" => " (is SLACK_BOT_TOKEN a valid xoxb- token?)",
            CallError::Slack(_) => {
                " (is SLACK_APP_TOKEN an xapp- token with connections:write, and Socket Mode switched on?)"
            }
            _ => "",
        };
        Self { why: format!("{method}: {error}{hint}"), at_least }
    }
}

/// A connection that stood for so long was not one of a row of failures.
const STEADY: Duration = Duration::from_secs(30);

impl Keeper {
    async fn keep(self, mut signals: Signals) {
        while !signals.closed() {
            let duty = *signals.duty.borrow_and_update();
            self.report.send_if_modified(|state| {
                let stands_by = duty == Duty::StandBy;
                std::mem::replace(&mut state.stands_by, stands_by) != stands_by
            });
            if duty == Duty::Listen {
                self.listen(&mut signals).await;
                continue;
            }
            let closed = signals.closing.wait_for(|closed| *closed);
            tokio::select! {
                _ = closed => {}
                () = holds(&mut signals.duty, |now| now != duty) => {}
            }
        }
    }

    /// Connects and stays connected until that is to end.
    async fn listen(&self, signals: &mut Signals) {
        let mut failures = 0;
        let mut beside = Beside::default();
        let mut outage = Outage::default();
        loop {
            let connected = tokio::select! {
                () = signals.end() => break,
                connected = self.connect(&mut beside, &mut outage) => connected,
            };
            // A connection that ended is as a rule replaced at once: what is worth a warning comes after that.
            let is_first = connected.is_ok();
            let (why, at_least) = match connected {
                Ok(mut connection) => {
                    let stands_since = Instant::now();
                    let news = tokio::select! {
                        () = signals.end() => None,
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
                        // It still reads while the next one connects. Two are given events without a common order, so
                        // from now on a channel's history tells it.
                        Some(News::Closing(reason)) => {
                            self.intake.disordered();
                            beside.retiring = Some(connection);
                            (format!("Slack asks to reconnect ({reason})"), Duration::ZERO)
                        }
                        Some(_) => {
                            self.intake.disordered();
                            connection.end();
                            outage.since = Some(Instant::now());
                            ("the connection was lost".to_owned(), Duration::ZERO)
                        }
                    }
                }
                Err(not_connected) => (not_connected.why, not_connected.at_least),
            };
            let wait = at_least + wait(&self.settings, failures);
            failures += 1;
            if is_first {
                info!(place = self.place, why, "connecting to Slack again");
            } else {
                outage.goes_on(self.place, &why);
            }
            if beside.retiring.is_none() {
                self.counted(0, Some(why));
            }
            tokio::select! {
                () = signals.end() => break,
                () = tokio::time::sleep(wait) => {}
            }
        }
        if let Some(connection) = beside.retiring {
            connection.finish().await;
        }
    }

    /// Connects, up to the hello; then ends the one that was about to be closed.
    ///
    /// A connection tries once a second for itself, and is left trying while Slack is away. When Slack answers and there is
    /// still no hello, it hangs: another one is started beside it, and whichever says hello serves.
    async fn connect(&self, beside: &mut Beside, outage: &mut Outage) -> Result<Connection, NotConnected> {
        let me = self.client.me().await.map_err(|error| NotConnected::at_all("auth.test", &error))?;
        let mut connection = match beside.take_standing() {
            Some(standing) => return Ok(self.stands(standing, beside, outage)),
            None => Connection::open(&self.client, &self.intake, &self.settings, me),
        };
        loop {
            match tokio::time::timeout(self.settings.hello_within, connection.news.recv()).await {
                Ok(Some(News::Hello)) => return Ok(self.stands(connection, beside, outage)),
                Ok(Some(News::Closing(reason))) => {
                    connection.end();
                    return Err(NotConnected::for_now(format!("Slack closed the connection at once ({reason})")));
                }
                Ok(_) => {
                    connection.end();
                    return Err(NotConnected::for_now("the connection was lost before it stood".to_owned()));
                }
                Err(_) => {}
            }
            // Whether Slack is away or the connection hangs tells the question asked once more.
            match self.client.can_listen().await {
                Ok(()) => {
                    outage.goes_on(self.place, "Slack opens the connection and says no hello");
                    let another = Connection::open(&self.client, &self.intake, &self.settings, me);
                    beside.keep(std::mem::replace(&mut connection, another));
                }
                Err(error @ (CallError::Unsent(_) | CallError::Lost(_))) => {
                    let why = NotConnected::at_all("apps.connections.open", &error).why;
                    outage.goes_on(self.place, &why);
                    self.counted(0, Some(why));
                }
                Err(error) => {
                    connection.end();
                    return Err(NotConnected::at_all("apps.connections.open", &error));
                }
            }
        }
    }

    fn stands(&self, connection: Connection, beside: &mut Beside, outage: &mut Outage) -> Connection {
        let others = self.counted(1, None);
        let away = outage.ends();
        info!(place = self.place, away = away.map(tracing::field::debug), "connected to Slack");
        // Up to now the old one has read, unless it was lost meanwhile.
        let mut covered = others > 0;
        if let Some(mut old) = beside.retiring.take() {
            covered |= old.news.try_recv().is_err();
            old.end();
            // What it had been given and not read yet is delivered again, after what was typed later: a channel's history
            // has it in its place. Nobody needs to look for it, since it comes.
            self.intake.disordered();
        }
        self.intake.listening(!covered);
        connection
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
