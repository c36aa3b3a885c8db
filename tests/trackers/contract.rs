//! What every tracker must keep, as one suite. A new tracker is held to it by a [`World`] of its own and one line in
//! `main.rs`.

use std::sync::Arc;

use breakingbot::boundary::issue_tracker::{
    ActionItem, Attempt, Document, Doubt, Fields, Issue, IssueTracker, Key, Link, Phase, TrackerError, Who,
};
use breakingbot::core::ids::Level;
use breakingbot::core::incident::Role;
use breakingbot::core::moments::Moments;
use jiff::Timestamp;

use crate::servers::{Fault, reply};

/// What people see of an issue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub title: String,
    /// The words of the description, the marks of the bot's part included.
    pub words: String,
    pub status: String,
    pub priority: String,
    pub components: Vec<String>,
    pub comments: Vec<String>,
    pub children: Vec<String>,
    pub links: Vec<String>,
    pub assignee: String,
}

/// A tracker with a server behind it.
#[allow(async_fn_in_trait, reason = "only these tests use it")]
pub trait World {
    async fn open() -> Self;
    /// The tracker, with the bot's own secret.
    fn tracker(&self) -> Arc<dyn IssueTracker>;
    /// One that gives a call up at once.
    fn impatient(&self) -> Arc<dyn IssueTracker>;
    /// One whose secret is wrong.
    fn stranger(&self) -> Arc<dyn IssueTracker>;
    /// The next call of this kind goes wrong.
    fn next(&self, what: What, fault: Fault);
    /// The calls that changed something since this was asked last.
    fn writes(&self) -> Vec<String>;
    /// All calls since this was asked last.
    fn calls(&self) -> Vec<String>;
    fn seen(&self, issue: &Issue) -> Seen;
    /// How many issues there are, children included.
    fn count(&self) -> usize;
    /// Somebody writes around the bot's part.
    fn person_writes(&self, issue: &Issue, before: &str, behind: &str);
    /// Somebody deletes the bot's part.
    fn person_clears(&self, issue: &Issue);
    /// Somebody moves it to a status of their own choice; its name.
    fn person_moves(&self, issue: &Issue) -> String;
    /// Somebody moves it back to where the bot had left it in `Mitigated`.
    fn person_moves_back(&self, issue: &Issue);
    /// Somebody deletes it.
    fn person_deletes(&self, issue: &Issue);
    /// Whether anything in it would notify somebody, run, or refer to something.
    fn pings(&self, issue: &Issue) -> bool;
}

/// A kind of call.
#[derive(Clone, Copy, Debug)]
pub enum What {
    Create,
    Read,
    Update,
    Comment,
}

pub fn attempt(key: &str) -> Attempt {
    Attempt::first(Key::new(key))
}

/// The same attempt, when it may have been done.
pub fn again(key: &str) -> Attempt {
    Attempt { key: Key::new(key), doubt: Doubt::MaybeDone { since: Timestamp::now() } }
}

pub fn fields() -> Fields {
    Fields {
        title: "Checkout is down".to_owned(),
        description: Document::read("## Overview\n\nEverybody is hit.\n\n- one\n- two"),
        level: Level(1),
        components: Vec::new(),
        people: Vec::new(),
        moments: Moments::default(),
    }
}

fn changed() -> Fields {
    Fields {
        title: "Checkout is slow".to_owned(),
        description: Document::read("## Overview\n\nSome are hit."),
        level: Level(2),
        components: vec!["api".to_owned()],
        people: vec![(Role::Point, Who { name: "Alice".to_owned(), email: Some("alice@acme.example".to_owned()) })],
        moments: Moments { genesis: Some("2024-02-28T17:00:00Z".parse().unwrap()), ..Moments::default() },
    }
}

pub async fn an_issue_says_what_the_incident_says<W: World>(world: W) {
    let tracker = world.tracker();
    let issue = tracker.create(&attempt("incident-1"), &fields()).await.unwrap();
    let seen = world.seen(&issue);
    assert_eq!(seen.title, "Checkout is down");
    assert!(seen.words.contains("Everybody is hit."), "{seen:?}");
    assert!(seen.priority == "P1" || seen.priority == "Highest", "{seen:?}");
    assert!(issue.url.starts_with("http") && !issue.key.is_empty());
    tracker.update(&attempt("incident-1-u1"), &issue, &changed()).await.unwrap();
    let seen = world.seen(&issue);
    assert_eq!(seen.title, "Checkout is slow");
    assert!(seen.words.contains("Some are hit.") && !seen.words.contains("Everybody"), "{seen:?}");
    assert!(seen.priority == "P2" || seen.priority == "High", "{seen:?}");
    assert_eq!(seen.components, ["api"]);
    world.writes();
    tracker.update(&attempt("incident-1-u2"), &issue, &changed()).await.unwrap();
    assert_eq!(world.writes(), Vec::<String>::new(), "nothing has changed, so nothing is written");
    tracker.update(&attempt("incident-1-u3"), &issue, &fields()).await.unwrap();
    assert_eq!(world.seen(&issue).components, Vec::<String>::new());
}

pub async fn there_is_one_issue_however_often_it_is_made<W: World>(world: W) {
    let tracker = world.tracker();
    for (n, fault) in
        [Fault::DoneThenBroken, Fault::DoneThen(reply(502, "oops".into())), Fault::Endless].into_iter().enumerate()
    {
        let key = format!("incident-{n}");
        world.next(What::Create, fault);
        let error = tracker.create(&attempt(&key), &fields()).await.unwrap_err();
        assert!(error.leaves_doubt(), "{error:?}");
        let first = tracker.create(&again(&key), &fields()).await.unwrap();
        let second = tracker.create(&again(&key), &fields()).await.unwrap();
        assert_eq!(first, second);
        assert_eq!(world.count(), n + 1);
    }
    world.next(What::Create, Fault::Instead(reply(503, "later".into())));
    let error = tracker.create(&attempt("incident-9"), &fields()).await.unwrap_err();
    assert!(!error.is_permanent(), "{error:?}");
    tracker.create(&again("incident-9"), &fields()).await.unwrap();
    assert_eq!(world.count(), 4);
}

pub async fn there_is_one_comment_and_one_child<W: World>(world: W) {
    let tracker = world.tracker();
    let issue = tracker.create(&attempt("incident-1"), &fields()).await.unwrap();
    for (n, fault) in [Fault::DoneThenBroken, Fault::DoneThen(reply(500, "oops".into()))].into_iter().enumerate() {
        let key = format!("incident-1-comment-{n}");
        let text = Document::read("Still **down**.\n\n- we are on it");
        world.next(What::Comment, fault);
        let error = tracker.comment(&attempt(&key), &issue, &text).await.unwrap_err();
        assert!(error.leaves_doubt(), "{error:?}");
        tracker.comment(&again(&key), &issue, &text).await.unwrap();
        tracker.comment(&again(&key), &issue, &text).await.unwrap();
        assert_eq!(world.seen(&issue).comments.len(), n + 1);
    }
    assert!(world.seen(&issue).comments[0].contains("down"), "{:?}", world.seen(&issue));
    let item = ActionItem { title: "Add an alert".to_owned(), detail: Document::read("For *checkout*.") };
    world.next(What::Create, Fault::DoneThenBroken);
    tracker.child(&attempt("incident-1-item-1"), &issue, &item).await.unwrap_err();
    let child = tracker.child(&again("incident-1-item-1"), &issue, &item).await.unwrap();
    assert_eq!(tracker.child(&again("incident-1-item-1"), &issue, &item).await.unwrap(), child);
    assert_eq!(world.seen(&issue).children, ["Add an alert"]);
    assert_eq!(world.count(), 2);
}

pub async fn what_people_write_survives<W: World>(world: W) {
    let tracker = world.tracker();
    let issue = tracker.create(&attempt("incident-1"), &fields()).await.unwrap();
    world.person_writes(&issue, "Read this first.", "My notes.");
    tracker.update(&attempt("incident-1-u1"), &issue, &changed()).await.unwrap();
    let words = world.seen(&issue).words;
    let at = |text: &str| words.find(text).unwrap_or_else(|| panic!("{text} is gone from\n{words}"));
    assert!(at("Read this first.") < at("Some are hit.") && at("Some are hit.") < at("My notes."), "{words}");
    assert!(!words.contains("Everybody"), "{words}");
    world.person_clears(&issue);
    tracker.update(&attempt("incident-1-u2"), &issue, &fields()).await.unwrap();
    let words = world.seen(&issue).words;
    assert_eq!(words.matches("Everybody is hit.").count(), 1, "{words}");
    assert!(words.contains("Read this first.") && words.contains("My notes."), "{words}");
}

pub async fn a_status_that_somebody_chose_stays<W: World>(world: W) {
    let tracker = world.tracker();
    let issue = tracker.create(&attempt("incident-1"), &fields()).await.unwrap();
    let at = tracker.transition(&attempt("t1"), &issue, Phase::Acknowledged).await.unwrap();
    assert!(!at.by_hand, "{at:?}");
    let at = tracker.transition(&attempt("t2"), &issue, Phase::Mitigated).await.unwrap();
    assert!(!at.by_hand && at.status.eq_ignore_ascii_case("mitigated"), "{at:?}");
    assert!(!tracker.update(&attempt("u1"), &issue, &fields()).await.unwrap().by_hand, "the bot knows its own change");
    world.writes();
    assert!(!tracker.transition(&attempt("t3"), &issue, Phase::Mitigated).await.unwrap().by_hand);
    assert_eq!(world.writes(), Vec::<String>::new(), "it is there already");
    let chosen = world.person_moves(&issue);
    let at = tracker.update(&attempt("u2"), &issue, &fields()).await.unwrap();
    assert!(at.by_hand && at.status == chosen, "{at:?}");
    let at = tracker.transition(&attempt("t4"), &issue, Phase::Completed).await.unwrap();
    assert!(at.by_hand && at.status == chosen, "{at:?}");
    assert_eq!(world.seen(&issue).status, chosen);
    world.person_moves_back(&issue);
    let at = tracker.transition(&attempt("t5"), &issue, Phase::Completed).await.unwrap();
    assert!(!at.by_hand && at.status != chosen, "{at:?}");
    assert_eq!(world.seen(&issue).status, at.status);
}

pub async fn words_are_words<W: World>(world: W) {
    let tracker = world.tracker();
    let nasty =
        "@team [~accountid:acc-alice] <script>alert(1)</script> <!-- x --> #12 [gallery] +site #tag **b** `c` |";
    let text = Document::new().paragraph(nasty).list([nasty.into()]).heading(2, nasty);
    let fields = Fields { title: nasty.to_owned(), description: text.clone(), ..fields() };
    let issue = tracker.create(&attempt("incident-1"), &fields).await.unwrap();
    tracker.comment(&attempt("c1"), &issue, &text).await.unwrap();
    tracker
        .link(&attempt("l1"), &issue, &Link::Page { url: "https://a.example/?\"x".to_owned(), label: nasty.to_owned() })
        .await
        .unwrap();
    let child =
        tracker.child(&attempt("i1"), &issue, &ActionItem { title: nasty.to_owned(), detail: text }).await.unwrap();
    assert!(!world.pings(&issue), "{:?}", world.seen(&issue));
    assert!(!world.pings(&child), "{:?}", world.seen(&child));
}

pub async fn links_stand_once<W: World>(world: W) {
    let tracker = world.tracker();
    let issue = tracker.create(&attempt("incident-1"), &fields()).await.unwrap();
    let page = |label: &str| Link::Page { url: "https://chat.example/C1?a=1&b=2".to_owned(), label: label.to_owned() };
    for (n, label) in ["The channel", "The channel", "Its channel"].into_iter().enumerate() {
        tracker.link(&attempt(&format!("l{n}")), &issue, &page(label)).await.unwrap();
        assert_eq!(world.seen(&issue).links, [label]);
    }
    let script = Link::Page { url: "javascript:alert(1)".to_owned(), label: "x".to_owned() };
    tracker.link(&attempt("l9"), &issue, &script).await.unwrap();
    assert_eq!(world.seen(&issue).links, ["Its channel"]);
    tracker.update(&attempt("u1"), &issue, &changed()).await.unwrap();
    assert_eq!(world.seen(&issue).links, ["Its channel"]);
}

pub async fn every_call_ends<W: World>(world: W) {
    let tracker = world.tracker();
    let issue = tracker.create(&attempt("incident-1"), &fields()).await.unwrap();
    world.next(What::Create, Fault::Instead(reply(429, "slow down".into()).with("retry-after", 7)));
    let error = tracker.create(&attempt("incident-2"), &fields()).await.unwrap_err();
    assert_eq!(error.retry_after().unwrap().as_secs(), 7);
    assert!(!error.leaves_doubt(), "{error:?}");
    world.next(What::Read, Fault::Instead(reply(500, "oops".into())));
    let error = tracker.update(&attempt("u1"), &issue, &fields()).await.unwrap_err();
    assert!(matches!(error, TrackerError::Transient { begun: false, .. }), "{error:?}");
    world.next(What::Read, Fault::Hang);
    let error = world.impatient().update(&attempt("u2"), &issue, &fields()).await.unwrap_err();
    assert!(!error.is_permanent(), "{error:?}");
    world.next(What::Read, Fault::Endless);
    let error = tracker.update(&attempt("u3"), &issue, &fields()).await.unwrap_err();
    assert!(!error.is_permanent(), "{error:?}");
    world.next(What::Read, Fault::Instead(reply(302, "".into()).with("location", "https://elsewhere.example/")));
    let error = tracker.update(&attempt("u4"), &issue, &fields()).await.unwrap_err();
    assert!(error.is_permanent() && error.to_string().contains("https://elsewhere.example"), "{error:?}");
    world.next(What::Update, Fault::DoneThenBroken);
    let error = tracker.update(&attempt("u5"), &issue, &changed()).await.unwrap_err();
    assert!(error.leaves_doubt(), "{error:?}");
    tracker.update(&again("u5"), &issue, &changed()).await.unwrap();
    assert_eq!(world.seen(&issue).title, "Checkout is slow");
}

pub async fn what_is_gone_is_said_to_be<W: World>(world: W) {
    let tracker = world.tracker();
    let issue = tracker.create(&attempt("incident-1"), &fields()).await.unwrap();
    world.person_deletes(&issue);
    let is_gone = |error: TrackerError| matches!(&error, TrackerError::Gone { issue: key, .. } if *key == issue.key);
    assert!(is_gone(tracker.update(&attempt("u1"), &issue, &fields()).await.unwrap_err()));
    assert!(is_gone(tracker.transition(&attempt("t1"), &issue, Phase::Completed).await.unwrap_err()));
    assert!(is_gone(tracker.comment(&attempt("c1"), &issue, &Document::read("x")).await.unwrap_err()));
}

pub async fn a_wrong_secret_is_refused_and_not_told<W: World>(world: W) {
    let stranger = world.stranger();
    let error = stranger.create(&attempt("incident-1"), &fields()).await.unwrap_err();
    assert!(error.is_permanent() && error.to_string().contains("TRACKER_TOKEN"), "{error}");
    assert!(!format!("{error:?} {error}").contains("wrong-secret"), "{error}");
    let findings = stranger.check().await;
    assert!(
        findings.iter().any(|line| line.found.as_ref().is_err_and(|remedy| remedy.contains("TRACKER_TOKEN"))),
        "{findings:?}"
    );
    assert_eq!(world.count(), 0);
}

pub async fn components_are_read_whole_and_remembered<W: World>(world: W) {
    let tracker = world.tracker();
    let names = tracker.components().await.unwrap();
    assert!(
        names.len() > 120 && names.contains(&"service 119".to_owned()) && names.contains(&"api".to_owned()),
        "{names:?}"
    );
    world.calls();
    assert_eq!(tracker.components().await.unwrap(), names);
    assert_eq!(world.calls(), Vec::<String>::new());
}

pub async fn checking_changes_nothing<W: World>(world: W) {
    let findings = world.tracker().check().await;
    assert!(findings.iter().all(|line| line.found.is_ok()), "{findings:?}");
    assert_eq!(world.count(), 0);
    let writes: Vec<String> = world.writes();
    assert!(writes.iter().all(|call| call == "POST /repos/acme/incidents/issues"), "{writes:?}");
}

macro_rules! contract {
    ($($world:ident: $type:ty),+ $(,)?) => {
        $(mod $world {
            use crate::contract::{self, World};
            crate::contract::cases!($type: an_issue_says_what_the_incident_says, there_is_one_issue_however_often_it_is_made,
                there_is_one_comment_and_one_child, what_people_write_survives, a_status_that_somebody_chose_stays,
                words_are_words, links_stand_once, every_call_ends, what_is_gone_is_said_to_be,
                a_wrong_secret_is_refused_and_not_told, components_are_read_whole_and_remembered, checking_changes_nothing);
        })+
    };
}
macro_rules! cases {
    ($type:ty: $($case:ident),+) => {
        $(#[tokio::test]
        async fn $case() {
            contract::$case(<$type>::open().await).await;
        })+
    };
}
pub(crate) use {cases, contract};

/// The fields of an incident with these people and moments.
pub fn fields_with(people: Vec<(Role, Who)>, moments: Moments) -> Fields {
    Fields { people, moments, ..fields() }
}
