//! Example incidents, against which templates are tried before anybody needs them: one with something of everything, and
//! one of which nothing is known yet.

use jiff::{SignedDuration, Timestamp};

use super::{Report, Update, report, updates};
use crate::core::desk::Desk;
use crate::core::event::{Author, Event, Recorded, fold};
use crate::core::ids::{BlockerId, IncidentId, Level, MessageId, Source, UserId};
use crate::core::incident::{Incident, Role};
use crate::core::moments::Moment;
use crate::core::person::Person;
use crate::core::prose::{Piece, Prose};
use crate::core::record::text::Text;
use crate::core::words::people::Names;

/// 2024-02-28 17:00 UTC.
const DECLARED: Timestamp = Timestamp::constant(1_709_139_600, 0);

/// The reports of the examples, each with a comm update.
pub fn reports() -> Vec<(Report, Update)> {
    let update = Update { at: DECLARED, by: "Bob".to_owned(), text: Text::default().words("We are looking into it.") };
    [everything(), nothing()]
        .into_iter()
        .map(|(incident, names, desk)| {
            let permalinks = |source: &Source| {
                Some(format!("https://chat.example/{}/{}", source.channel.as_str(), source.message.as_str()))
            };
            let update = updates(&incident, &names).pop().unwrap_or_else(|| update.clone());
            (report(&incident, &names, &desk, &permalinks, after(180)), update)
        })
        .collect()
}

fn after(minutes: i64) -> Timestamp {
    // The example lies in the past, far from where a timestamp ends.
    DECLARED.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(DECLARED)
}

fn person(id: &str, name: &str) -> (UserId, Person) {
    let id = UserId::new(id);
    (id.clone(), Person { name: name.to_owned(), ..Person::unheard_of(id) })
}

fn desk() -> Desk {
    let mut desk = Desk::with_defaults("main", "C0MAIN");
    desk.runbooks.insert("root".to_owned(), "https://runbooks.example/breaking".to_owned());
    desk
}

fn declared(level: u8) -> Event {
    Event::Declared {
        desk: "main".into(),
        title: "Checkout is down".into(),
        level: Level(level),
        channel_name: "breaking-1".to_owned(),
    }
}

fn folded(events: Vec<(i64, &str, Event)>) -> Incident {
    let recorded = (1_u64..).zip(events).map(|(seq, (minutes, by, event))| Recorded {
        seq,
        at: after(minutes),
        author: Author::Person(UserId::new(by)),
        source: Some(Source {
            channel: "C0ROOM".into(),
            message: MessageId::new(format!("{}.{seq:06}", after(minutes).as_second())),
            thread: None,
        }),
        event,
    });
    fold(IncidentId(1), recorded)
}

/// An incident of which nothing is known yet.
fn nothing() -> (Incident, Names, Desk) {
    (folded(vec![(0, "U0ALICE", declared(3))]), Names::from([person("U0ALICE", "Alice")]), desk())
}

/// An incident with something of everything.
fn everything() -> (Incident, Names, Desk) {
    let (alice, bob) = ("U0ALICE", "U0BOB");
    let names = Names::from([person(alice, "Alice"), person(bob, "Bob"), person("U0CAROL", "Carol")]);
    let carol = || -> Prose { [Piece::Person("U0CAROL".into())].into_iter().collect() };
    let moment = |moment, minutes| Event::MomentSet { moment, at: after(minutes) };
    let events = vec![
        (0, alice, declared(2)),
        (0, alice, Event::Opened { channel: "C0ROOM".into(), name: "breaking-1".to_owned() }),
        (0, alice, Event::IntroPosted { message: "1709139600.000003".into() }),
        (1, alice, Event::RoleTaken { role: Role::Point, user: alice.into() }),
        (2, alice, Event::RoleTaken { role: Role::Comms, user: bob.into() }),
        (2, bob, Event::Acknowledged { at: after(2) }),
        (3, bob, Event::Summarized { text: "Payments time out.".into() }),
        (4, bob, Event::Notified { text: "We are looking into it.".into() }),
        (5, alice, Event::Prioritized { level: Level(1), reason: Some("all of Europe is hit".into()) }),
        (6, alice, Event::ComponentAdded { name: "payments".into() }),
        (6, alice, Event::AffectedAdded { name: "customers in Europe".into() }),
        (8, alice, moment(Moment::Genesis, -30)),
        (8, alice, moment(Moment::Detected, -4)),
        (10, alice, Event::Blocked { id: BlockerId(1), whom: carol(), reason: Some("the rate limit".into()) }),
        (25, alice, Event::Unblocked { id: BlockerId(1) }),
        (26, alice, Event::Blocked { id: BlockerId(2), whom: "the network team".into(), reason: None }),
        (28, alice, Event::Unblocked { id: BlockerId(2) }),
        (30, bob, Event::CodeChanged { url: "https://example.com/pull/42".to_owned() }),
        (33, alice, Event::Mitigated { at: after(33) }),
        (35, bob, Event::Unmitigated),
        (38, bob, Event::Noted { text: "the second region lags behind".into() }),
        (45, alice, Event::Mitigated { at: after(45) }),
        (60, alice, Event::Resolved { at: after(60) }),
        (70, alice, Event::RoleTaken { role: Role::Assigned, user: bob.into() }),
        (71, bob, Event::FactorFound { text: "the cache had no limit".into() }),
        (72, bob, Event::ActionItemAdded { title: "limit the cache".into(), detail: Some("2 GB are plenty".into()) }),
        (73, bob, Event::Summarized { text: "The cache grew until payments timed out.".into() }),
        (80, bob, Event::ReadyForReview),
        (90, alice, Event::Completed),
    ];
    (folded(events), names, desk())
}
