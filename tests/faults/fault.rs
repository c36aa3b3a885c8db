//! What goes wrong while people act.

use std::time::Duration;

use playground::{FaultKind, Outcome};
use sea_orm::{SqliteTransactionMode, TransactionOptions, TransactionTrait};
use testing::postgres::Server;

use crate::action::Action;
use crate::people::Said;
use crate::story::Story;

/// The calls that answer, tell and keep house.
const METHODS: [&str; 6] = [
    "chat.postMessage",
    "conversations.create",
    "conversations.invite",
    "conversations.setTopic",
    "pins.add",
    "reactions.add",
];

/// Longer than the bot waits for an answer.
const LONG: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// Slack delivers every event twice.
    ArrivesTwice,
    /// Each method is throttled once, with Retry-After.
    Throttled,
    /// Each method fails once with 503, and once with Slack's own `internal_error`.
    Fails,
    /// Each method hangs once, and nothing was done.
    HangsUndone,
    /// Each method hangs once, and it was done.
    HangsDone,
    /// The connection of each method breaks once, and nothing was done.
    BreaksUndone,
    /// The connection of each method breaks once, and it was done.
    BreaksDone,
    /// The socket is closed without a word.
    SocketDrops,
    /// The socket stays open, and nothing goes through it any more.
    SocketDies,
    /// PostgreSQL is stopped and started; somebody else has the SQLite file's write lock meanwhile.
    DatabaseGoes,
    /// The bot is killed as soon as something was typed.
    KilledOnHearing,
    /// The bot is killed when it has done its first call, and does not know it.
    KilledOnAnswering,
    /// Two copies share the work.
    TwoCopies,
    /// Two copies share the work, and one is killed.
    OneOfTwoIsKilled,
}

impl Fault {
    pub const ALL: [Self; 14] = [
        Self::ArrivesTwice,
        Self::Throttled,
        Self::Fails,
        Self::HangsUndone,
        Self::HangsDone,
        Self::BreaksUndone,
        Self::BreaksDone,
        Self::SocketDrops,
        Self::SocketDies,
        Self::DatabaseGoes,
        Self::KilledOnHearing,
        Self::KilledOnAnswering,
        Self::TwoCopies,
        Self::OneOfTwoIsKilled,
    ];

    /// `ArrivesTwice` is `arrives_twice`.
    pub fn name(self) -> String {
        let mut name = String::new();
        for letter in format!("{self:?}").chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(letter.to_ascii_lowercase());
        }
        name
    }

    pub fn needs_copies(self) -> bool {
        matches!(self, Self::TwoCopies | Self::OneOfTwoIsKilled)
    }

    pub fn stops_the_database(self) -> bool {
        self == Self::DatabaseGoes
    }

    /// Something is said in the middle of it.
    pub async fn befalls(
        self,
        slack: &Story,
        action: Action,
        server: Option<&Server>,
        says: impl FnOnce() -> Said,
        says_behind: impl FnOnce() -> Said,
    ) -> [Said; 2] {
        let workspace = &slack.workspace;
        if self.needs_copies() {
            slack.bot_starts().await;
            // Either copy hears either line. Which was typed first is known when the first was heard at all.
            let first = says();
            slack.until("the first is heard", |slack| slack.events_unacknowledged().is_empty()).await;
            let said = [first, says_behind()];
            if self == Self::OneOfTwoIsKilled {
                slack.bot_dies().await;
            }
            return said;
        }
        let says = || [says(), says_behind()];
        let each = |kind: FaultKind| {
            for method in METHODS {
                workspace.fault(playground::Fault::new(method, kind.clone()).times(1));
            }
        };
        match self {
            Self::ArrivesTwice => {
                workspace.deliver_twice(true);
                says()
            }
            Self::Throttled => {
                each(FaultKind::Throttle { retry_after_s: 1 });
                says()
            }
            Self::Fails => {
                each(FaultKind::Status(503));
                each(FaultKind::Error("internal_error".to_owned()));
                says()
            }
            Self::HangsUndone => {
                each(FaultKind::Hang(LONG));
                says()
            }
            Self::HangsDone => {
                each(FaultKind::PerformThenHang(LONG));
                says()
            }
            Self::BreaksUndone => {
                each(FaultKind::Reset);
                says()
            }
            Self::BreaksDone => {
                each(FaultKind::PerformThenReset);
                says()
            }
            Self::SocketDrops => {
                let said = says();
                workspace.drop_sockets();
                said
            }
            Self::SocketDies => {
                let connected = opened(slack);
                workspace.freeze_sockets(true);
                let said = says();
                slack.until("the bot sees that its socket is dead", |_| opened(slack) > connected).await;
                workspace.freeze_sockets(false);
                said
            }
            Self::DatabaseGoes => {
                // Besides the answer, people are told that it takes longer.
                slack.extra_answers.set(true);
                match server {
                    Some(server) => {
                        server.stop().unwrap();
                        let said = says();
                        said[0].told().await;
                        server.resume().unwrap();
                        said
                    }
                    None => {
                        let beside = sea_orm::Database::connect(&slack.making.database).await.unwrap();
                        let mode = Some(SqliteTransactionMode::Immediate);
                        let options = TransactionOptions { sqlite_transaction_mode: mode, ..Default::default() };
                        let lock = beside.begin_with_options(options).await.unwrap();
                        let said = says();
                        said[0].told().await;
                        lock.rollback().await.unwrap();
                        beside.close().await.unwrap();
                        said
                    }
                }
            }
            Self::KilledOnHearing => {
                let said = says();
                slack.bot_dies().await;
                slack.bot_comes_back().await;
                said
            }
            Self::KilledOnAnswering => {
                let method = action.first_call();
                workspace.fault(playground::Fault::new(method, FaultKind::PerformThenHang(LONG)));
                let said = says();
                let is_done = |call: &playground::Call| {
                    call.method == method && call.outcome == Outcome::Lost { performed: true }
                };
                slack.until("the call is done", |slack| slack.calls().iter().any(is_done)).await;
                slack.bot_dies().await;
                workspace.clear_faults();
                slack.bot_comes_back().await;
                said
            }
            Self::TwoCopies | Self::OneOfTwoIsKilled => says(),
        }
    }
}

/// How often a connection was asked for.
fn opened(slack: &Story) -> usize {
    slack.workspace.calls().iter().filter(|call| call.method == "apps.connections.open").count()
}
