//! What the cases have in common.

use std::task::Poll;

use breakingbot::core::effect::{Effect, Purpose, Reaction, Topic};
use breakingbot::core::event::{Author, Event, Recorded, evolve};
use breakingbot::core::ids::{ChannelId, DeskName, IncidentId, Level, MessageId, Source, UserId};
use breakingbot::core::inbound::Inbound;
use breakingbot::core::incident::Incident;
use breakingbot::core::message::{Line, Message};
use breakingbot::data::{After, Attempt, Commit, InboxId, InboxRow, NewInbound, Received, Store, StoreOptions};
use jiff::Timestamp;
use testing::Database;

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

/// An attempt that took no time.
pub fn tried(second: i64) -> Attempt {
    Attempt { began: at(second), ended: at(second) }
}

pub fn ts(second: i64) -> MessageId {
    MessageId::new(format!("{}.000000", 1_700_000_000 + second))
}

pub async fn open(database: &Database) -> Store {
    Store::open(database.url(), StoreOptions::default()).await.unwrap()
}

pub fn source(channel: &str, second: i64) -> Source {
    Source { channel: ChannelId::new(channel), message: ts(second), thread: None }
}

/// A command typed in that channel at that second.
pub fn typed(key: &str, channel: &str, second: i64) -> NewInbound {
    let body = Inbound::Typed {
        source: source(channel, second),
        author: UserId::new("U0ALICE"),
        at: at(second),
        text: format!(".note {second}").into(),
        from_outside: false,
        late: false,
        on: None,
    };
    NewInbound::new(key, body, at(second + 1)).with_message(ts(second))
}

pub async fn receive(store: &Store, new: NewInbound) -> InboxRow {
    match store.receive(new).await.unwrap() {
        Received::New(row) => *row,
        Received::Known => panic!("known already"),
    }
}

/// The incident after these happened.
pub fn after(before: &Incident, second: i64, events: impl IntoIterator<Item = Event>) -> Incident {
    let mut incident = before.clone();
    for event in events {
        let recorded = Recorded {
            seq: incident.version + 1,
            at: at(second),
            author: Author::Person(UserId::new("U0ALICE")),
            source: Some(source("C0MAIN", second)),
            event,
        };
        evolve(&mut incident, &recorded);
    }
    incident
}

pub fn declared() -> Event {
    Event::Declared {
        desk: DeskName::new("woo"),
        title: "Checkout is down".into(),
        level: Level(2),
        channel_name: "breaking-1".into(),
    }
}

pub fn opened(channel: &str) -> Event {
    Event::Opened { channel: ChannelId::new(channel), name: channel.to_lowercase() }
}

pub fn noted(text: &str) -> Event {
    Event::Noted { text: text.into() }
}

/// A commit of what is new since `before`.
pub fn commit(after: &Incident, before: u64, effects: Vec<Effect>, inbox: Option<InboxId>, second: i64) -> Commit {
    let incident = Some(After::new(after, before, at(second), None).unwrap());
    Commit { incident, effects, inbox, at: at(second) }
}

/// An incident that was just declared and has its channel.
pub async fn incident(store: &Store, channel: &str) -> Incident {
    // Held until it is taken, so that many may be declared at once.
    let number = store.next_number().await.unwrap();
    let incident = after(&Incident::nothing(number.id), 0, [declared(), opened(channel)]);
    store.commit(commit(&incident, 0, Vec::new(), None, 0)).await.unwrap();
    incident
}

pub fn reaction(channel: &str, second: i64) -> Effect {
    Effect::React { to: source(channel, second), reaction: Reaction::Ok }
}

pub fn post(channel: &str, text: &str) -> Effect {
    let message = Message::from(Line::from(text));
    Effect::Post { channel: ChannelId::new(channel), message, purpose: Purpose::Announcement }
}

pub fn topic(channel: &str, title: &str) -> Effect {
    let topic = Topic { title: Line::from(title), ..Topic::default() };
    Effect::SetTopic { channel: ChannelId::new(channel), topic }
}

pub async fn same_as_folded(store: &Store, id: IncidentId) -> Incident {
    let folded = store.load(id).await.unwrap().unwrap();
    let row = store.projection(id).await.unwrap().unwrap();
    let mut without_events = folded.clone();
    without_events.events.clear();
    assert_eq!(row, without_events);
    folded
}

/// All of them at once, their answers in order.
pub async fn futures<F: Future>(all: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = all.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, output) in waiting.iter_mut().filter(|(_, output)| output.is_none()) {
            if let Poll::Ready(ready) = future.as_mut().poll(context) {
                *output = Some(ready);
            }
        }
        if waiting.iter().all(|(_, output)| output.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    waiting.into_iter().filter_map(|(_, output)| output).collect()
}
