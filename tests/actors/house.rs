//! A bot around a recording chat and a database file of its own.

use std::future::Future;
use std::sync::Arc;

use breakingbot::actors::Tuning;
use breakingbot::actors::outlets::Outlets;
use breakingbot::actors::system;
use breakingbot::app::{App, Parts};
use breakingbot::boundary::comm_platform::{Arrival, Arrived, Said};
use breakingbot::clock::{Clock, ManualClock};
use breakingbot::core::desk::Desk;
use breakingbot::core::ids::{IncidentId, MessageId, Source};
use breakingbot::core::inbound::Inbound;
use breakingbot::core::incident::Incident;
use breakingbot::core::prose::{Piece, Prose};
use breakingbot::data::{Store, StoreOptions};
use jiff::SignedDuration;

use crate::chat::Chat;

pub const MAIN: &str = "C0MAIN";
pub const ROOM: &str = "C-breaking-1";

/// How long its desk keeps what people said.
pub const KEEP: SignedDuration = SignedDuration::from_hours(400 * 24);

/// A bot, its chat, its clock.
pub struct House {
    pub app: App,
    pub chat: Arc<Chat>,
    pub store: Store,
    pub clock: Arc<ManualClock>,
    typed: std::sync::atomic::AtomicU64,
    _folder: tempfile::TempDir,
}

/// Runs a test in an actix system.
pub fn live(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    system::run(runtime, test);
}

impl House {
    pub async fn open() -> Self {
        Self::tuned(Tuning::default()).await
    }

    pub async fn tuned(tuning: Tuning) -> Self {
        Self::with(tuning, Outlets::default()).await
    }

    pub async fn with(tuning: Tuning, outlets: Outlets) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("bot.db").display());
        let store = Store::open(&url, StoreOptions::default()).await.unwrap();
        let chat = Chat::new();
        let clock = ManualClock::at("2024-02-28T17:00:00Z".parse().unwrap());
        let app = App::start(Parts {
            store: store.clone(),
            platform: chat.clone(),
            desks: vec![Desk { history_keep: Some(KEEP), ..Desk::with_defaults("main", MAIN) }],
            outlets,
            clock: Clock::from(clock.clone()),
            tuning,
        });
        Self { app, chat, store, clock, typed: 0.into(), _folder: folder }
    }

    /// An incident that burns in its channel.
    pub async fn burning() -> Self {
        let house = Self::open().await;
        house.says("U0ALICE", MAIN, ".start Checkout is down").await;
        house.chat.until_told("topic C-breaking-1").await;
        house
    }

    /// Somebody says something; it is on record when this returns.
    pub async fn says(&self, user: &str, channel: &str, line: &str) -> MessageId {
        let (message, arrival) = self.arrival(user, channel, line);
        self.app.intake().take(arrival).await.unwrap();
        message
    }

    /// What the chat delivers when somebody says something. `<@U1>` is a mention.
    pub fn arrival(&self, user: &str, channel: &str, line: &str) -> (MessageId, Arrival) {
        let number = self.typed.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        let message = MessageId::new(format!("1.{number:06}"));
        let said = Said {
            source: Source { channel: channel.into(), message: message.clone(), thread: None },
            author: user.into(),
            at: Clock::from(self.clock.clone()).now(),
            text: prose(line),
            from_outside: false,
            changed: false,
        };
        (message, Arrival { event_key: format!("Ev{number}"), what: Arrived::Said(said) })
    }

    pub async fn happens(&self, key: &str, inbound: Inbound) {
        let arrival = Arrival { event_key: key.into(), what: Arrived::Happened(inbound) };
        self.app.intake().take(arrival).await.unwrap();
    }

    pub async fn incident(&self, number: i64) -> Incident {
        self.store.load(IncidentId(number)).await.unwrap().expect("the incident is on record")
    }
}

fn prose(line: &str) -> Prose {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some((before, (user, after))) =
        rest.split_once("<@").and_then(|(before, behind)| Some((before, behind.split_once('>')?)))
    {
        pieces.push(Piece::Text(before.to_owned()));
        pieces.push(Piece::Person(user.into()));
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces.into_iter().collect()
}
