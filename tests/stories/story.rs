//! The stage of a story: a workspace with its people, a database, and a bot that can be stopped, killed and started.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use breakingbot::actors::Tuning;
use breakingbot::actors::outlets::Outlets;
use breakingbot::actors::system;
use breakingbot::boundary::slack::{CALL_TIMEOUT, SocketSettings, ts};
use breakingbot::clock::{Clock, ManualClock};
use breakingbot::core::desk::Desk;
use breakingbot::core::effect::Destination;
use breakingbot::core::ids::{IncidentId, MessageId};
use breakingbot::core::incident::Incident;
use breakingbot::core::quiet::QuietHours;
use breakingbot::data::{OutboxRow, Store};
use jiff::{SignedDuration, Timestamp};
use playground::{Options, Playground, Standing, Workspace};
use testing::Database;

use crate::bot::{Bot, Making};
use crate::invariants;
use crate::people::{Line, Person};
use crate::rooms::Channel;

/// How long anything may take. Only a story that fails waits so long.
pub const LIMIT: Duration = Duration::from_secs(60);

/// When stories begin: a Wednesday. It lies ahead because the workspace's clock can only be pushed forward; the calendar
/// of 2052 is that of 2024.
pub const BEGINNING: &str = "2052-02-28T17:00:00Z";

pub fn on_sqlite(story: impl AsyncFnOnce(Stage)) {
    run(testing::sqlite(), story);
}

pub fn on_postgres(story: impl AsyncFnOnce(Stage)) {
    if let Some(database) = testing::postgres::database() {
        run(database, story);
    }
}

/// Runs a story on a database.
pub fn run(database: Database, story: impl AsyncFnOnce(Stage)) {
    // A story tells the same on every database.
    insta::allow_duplicates! {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        system::run(runtime, async {
            let whole = tokio::time::timeout(LIMIT * 4, story(Stage::new(database)));
            whole.await.expect("the story comes to an end");
        });
    }
}

/// What a story is set up with.
pub struct Stage {
    database: Database,
    pub desks: Vec<Desk>,
    pub tuning: Tuning,
    pub outlets: Outlets,
    pub socket: SocketSettings,
    /// How long the bot waits for an answer of Slack's.
    pub call_timeout: Duration,
    pub slack: Options,
}

impl Stage {
    fn new(database: Database) -> Self {
        let mut desk = Desk::with_defaults("main", "C0MAIN");
        desk.notify_channel = Some("C0NOTIFY".into());
        // Reminders come when time goes on, beside whatever else happens then. Only the stories about them have any.
        let day = |time: &str| time.parse().unwrap();
        desk.quiet_hours = Some(QuietHours { from: day("00:00"), to: day("23:59"), zone: "UTC".to_owned() });
        let slack = Options {
            redeliver_after: [Duration::ZERO, Duration::from_millis(300), Duration::from_secs(1)],
            ..Options::default()
        };
        Self {
            database,
            desks: vec![desk],
            tuning: Tuning::default(),
            outlets: Outlets::default(),
            socket: SocketSettings::default(),
            call_timeout: CALL_TIMEOUT,
            slack,
        }
    }

    /// Whether two bots can share the database.
    pub fn is_shared(&self) -> bool {
        !self.database.is_sqlite()
    }

    /// The bot reminds people of what they forget.
    pub fn reminding(self) -> Self {
        self.desk(|desk| desk.quiet_hours = None)
    }

    /// Another first desk.
    pub fn desk(mut self, change: impl FnOnce(&mut Desk)) -> Self {
        change(&mut self.desks[0]);
        self
    }

    pub async fn begin(self) -> Story {
        self.begin_after(|_| ()).await
    }

    /// Something is so in the workspace before the bot comes.
    pub async fn begin_after(self, prepare: impl FnOnce(&Workspace)) -> Story {
        let playground = Playground::start(self.slack).await.unwrap();
        let workspace = playground.workspace();
        // The bot is there a moment earlier.
        let moment = SignedDuration::from_secs(1);
        let beginning = BEGINNING.parse::<Timestamp>().unwrap() - moment;
        workspace.advance(beginning.duration_since(Timestamp::now()).unsigned_abs());
        prepare(&workspace);
        let clock = ManualClock::at(beginning);
        let making = Making {
            database: self.database.url().to_owned(),
            api_url: playground.api_url(),
            desks: self.desks,
            clock: Clock::from(clock.clone()),
            tuning: self.tuning,
            outlets: self.outlets,
            socket: self.socket,
            call_timeout: self.call_timeout,
        };
        let house = Rc::new(House {
            workspace,
            clock,
            making,
            bots: RefCell::default(),
            said: RefCell::default(),
            extra_answers: Cell::new(false),
        });
        let person = |id, name| Person { id, name, house: house.clone() };
        let story = Story {
            alice: person("U0ALICE", "alice"),
            bob: person("U0BOB", "bob"),
            carol: person("U0CAROL", "carol"),
            dave: person("U0DAVE", "dave"),
            gina: person("U0GINA", "gina"),
            olga: person("U0OLGA", "olga"),
            house,
            playground: Some(playground),
            _database: self.database,
        };
        story.bot_starts().await;
        story.later(moment);
        story
    }
}

/// A story on its way.
pub struct Story {
    /// In Berlin.
    pub alice: Person,
    /// In New York.
    pub bob: Person,
    /// In Tokyo.
    pub carol: Person,
    /// In no timezone but UTC.
    pub dave: Person,
    /// A guest.
    pub gina: Person,
    /// Of another organisation.
    pub olga: Person,
    house: Rc<House>,
    playground: Option<Playground>,
    _database: Database,
}

impl std::ops::Deref for Story {
    type Target = Rc<House>;

    fn deref(&self) -> &Rc<House> {
        &self.house
    }
}

impl Story {
    /// One more bot on the same database.
    pub async fn bot_starts(&self) {
        let bot = Bot::start(&self.making).await;
        // Of several, one listens.
        let sockets = self.making.socket.connections;
        self.until("a bot is connected", |slack| slack.sockets() >= sockets).await;
        self.bots.borrow_mut().push(Rc::new(bot));
        self.until("the bot has looked at its channels", |slack| {
            let calls = slack.calls();
            self.making.desks.iter().all(|desk| {
                calls.iter().any(|call| {
                    call.method == "conversations.info" && call.arguments["channel"] == desk.main_channel.as_str()
                })
            })
        })
        .await;
    }

    fn a_bot_leaves(&self) -> Bot {
        let bot = self.bots.borrow_mut().remove(0);
        Rc::into_inner(bot).expect("nobody asks it anything")
    }

    /// The oldest bot stops in good order.
    pub async fn bot_stops(&self) {
        self.a_bot_leaves().stop().await;
        self.until_gone().await;
    }

    /// The oldest bot is killed.
    pub async fn bot_dies(&self) {
        self.a_bot_leaves().kill().await;
        self.until_gone().await;
    }

    /// A bot starts, and has read back what it missed.
    pub async fn bot_comes_back(&self) {
        self.later(SignedDuration::from_secs(1));
        let now = MessageId::new(ts::at(Clock::from(self.clock.clone()).now()));
        let rooms: Vec<_> = self.workspace.channels().into_iter().map(|channel| channel.id).collect();
        self.bot_starts().await;
        self.until_on_record("what was missed is read", |store| {
            let (now, rooms) = (now.clone(), rooms.clone());
            async move {
                let live = store.live_channels().await.unwrap().into_iter();
                for (channel, _) in live.filter(|(channel, _)| rooms.iter().any(|room| room == channel.as_str())) {
                    store.mark(&channel).await.unwrap().filter(|mark| *mark >= now)?;
                }
                Some(())
            }
        })
        .await;
    }

    pub async fn bot_restarts(&self) {
        self.bot_stops().await;
        self.bot_comes_back().await;
    }

    async fn until_gone(&self) {
        let sockets = self.making.socket.connections * self.bots.borrow().len().min(1);
        self.until("the bot is gone", |slack| slack.sockets() <= sockets).await;
    }

    /// Ends the story: waits until nothing is left to do, and asserts what must hold after every story.
    pub async fn end(mut self) {
        invariants::hold(&self).await;
        while !self.bots.borrow().is_empty() {
            self.bot_stops().await;
        }
        if let Some(playground) = self.playground.take() {
            playground.stop().await;
        }
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        assert!(self.playground.is_none() || std::thread::panicking(), "a story ends with `end`");
    }
}

/// What everybody in a story shares.
pub struct House {
    pub workspace: Workspace,
    pub clock: std::sync::Arc<ManualClock>,
    pub making: Making,
    bots: RefCell<Vec<Rc<Bot>>>,
    /// Everything that was said.
    pub said: RefCell<Vec<Line>>,
    /// Whether something may be said in a thread beyond the answer.
    pub extra_answers: Cell<bool>,
}

impl House {
    pub fn main(self: &Rc<Self>) -> Channel {
        self.channel("C0MAIN")
    }

    pub fn notify(self: &Rc<Self>) -> Channel {
        self.channel("C0NOTIFY")
    }

    /// Any channel, by its id or name.
    pub fn channel(self: &Rc<Self>, key: &str) -> Channel {
        let id = self.workspace.channel(key).unwrap_or_else(|_| panic!("there is no channel {key}")).id;
        Channel { id, house: self.clone() }
    }

    /// The clocks go forward, the bot's and Slack's.
    pub fn later(&self, by: SignedDuration) {
        self.workspace.advance(by.unsigned_abs());
        self.clock.advance(by);
    }

    /// Waits for something to be so in the workspace.
    #[track_caller]
    pub fn until(&self, what: &str, mut so: impl FnMut(&Workspace) -> bool) -> impl Future<Output = ()> {
        self.until_some(what, move |slack| so(slack).then_some(()))
    }

    /// Waits for something to be found in the workspace.
    #[track_caller]
    pub fn until_some<T>(&self, what: &str, find: impl FnMut(&Workspace) -> Option<T>) -> impl Future<Output = T> {
        let place = std::panic::Location::caller();
        async move {
            match self.workspace.until(LIMIT, find).await {
                Some(found) => found,
                None => panic!("{place}: waited in vain until {what}"),
            }
        }
    }

    /// Waits for something to be so in the database.
    pub async fn until_on_record<T: Send + 'static, F>(&self, what: &str, find: impl Fn(Store) -> F) -> T
    where
        F: Future<Output = Option<T>> + Send + 'static,
    {
        let found = tokio::time::timeout(LIMIT, async {
            loop {
                if let Some(found) = self.ask(&find).await {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        found.await.unwrap_or_else(|_| panic!("waited in vain until {what}"))
    }

    /// Asks the database.
    pub async fn ask<T: Send + 'static, F>(&self, question: impl FnOnce(Store) -> F) -> T
    where
        F: Future<Output = T> + Send + 'static,
    {
        let bot = self.bots.borrow().last().expect("there is a bot").clone();
        bot.ask(question).await
    }

    /// Everything that the bots overheard is written.
    pub async fn is_written_down(&self) {
        let bots = self.bots.borrow().clone();
        for bot in bots {
            bot.writes_down().await;
        }
    }

    pub async fn incident(&self, id: i64) -> Incident {
        let found = self.ask(move |store| async move { store.load(IncidentId(id)).await.unwrap() }).await;
        found.unwrap_or_else(|| panic!("incident {id} is on record"))
    }

    /// Waits until nothing is left to do: every event is acknowledged, inbox and outbox are empty, and nothing of that
    /// gave rise to anything new.
    pub async fn settles(&self) {
        let settled = tokio::time::timeout(LIMIT, async {
            loop {
                self.until("Slack's events are acknowledged", |slack| unacknowledged(slack) == 0).await;
                let before = self.workspace.envelopes().len();
                let at_rest = self.ask(|store| async move { is_at_rest(&store).await }).await;
                if at_rest && unacknowledged(&self.workspace) == 0 && self.workspace.envelopes().len() == before {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        if settled.await.is_err() {
            let left = self.ask(|store| async move {
                (store.waiting_inbound(None, 5).await.unwrap(), store.waiting_outbox(None, 5).await.unwrap())
            });
            panic!("it does not come to rest: {:#?}", left.await);
        }
    }
}

fn unacknowledged(slack: &Workspace) -> usize {
    let events = slack.events_unacknowledged();
    events.iter().filter(|event| event.standing != Standing::GivenUp).count()
}

/// What comes in may lead to something that goes out, and the reverse: only several looks in a row see that there is
/// nothing between the two.
async fn is_at_rest(store: &Store) -> bool {
    for _ in 0..3 {
        if !store.waiting_inbound(None, 1).await.unwrap().is_empty() {
            return false;
        }
        // What waits for an issue tracker that is away comes to rest when that is back.
        let waiting = store.waiting_outbox(None, 100).await.unwrap();
        let is_tried = |row: &&OutboxRow| row.effect.destination() == Destination::Tracker && row.attempts > 2;
        let resting: Vec<&str> = waiting.iter().filter(is_tried).map(|row| row.lane.as_str()).collect();
        if !waiting.iter().all(|row| resting.contains(&row.lane.as_str())) {
            return false;
        }
    }
    true
}
