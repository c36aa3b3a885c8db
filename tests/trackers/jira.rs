//! Jira Cloud.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use breakingbot::boundary::http::{Address, Limits, Secret};
use breakingbot::boundary::issue_tracker::jira::{Jira, Settings};
use breakingbot::boundary::issue_tracker::{ActionItem, Document, Issue, IssueTracker, Phase, TrackerError, Who};
use breakingbot::core::ids::Level;
use breakingbot::core::incident::Role;
use breakingbot::core::moments::{Moment, Moments};
use serde_json::{Value, json};

use crate::contract::{Seen, What, World, again, attempt, fields};
use crate::servers::{Fault, Server, adf, jira, text};

pub struct Site {
    pub server: Server<jira::Jira>,
}

pub fn settings(url: &str) -> Settings {
    let status = |phase, name: &str| (phase, name.to_owned());
    Settings {
        site: Address::parse(url).unwrap(),
        user: "bot@acme.example".to_owned(),
        token: Secret::new("jira-secret"),
        project: "OPS".to_owned(),
        issue_type: "Task".to_owned(),
        item_type: "Sub-task".to_owned(),
        link_type: "Relates".to_owned(),
        label: "incident".to_owned(),
        priorities: (1..).zip(["Highest", "High", "Medium"]).map(|(n, name)| (Level(n), name.to_owned())).collect(),
        statuses: BTreeMap::from([
            status(Phase::Acknowledged, "In Progress"),
            status(Phase::Mitigated, "mitigated"),
            status(Phase::Completed, "Done"),
        ]),
        moments: BTreeMap::from([(Moment::Genesis, "customfield_10".to_owned())]),
        people: BTreeMap::from([(Role::Point, "assignee".to_owned()), (Role::Comms, "customfield_20".to_owned())]),
        limits: Limits { timeout: Duration::from_secs(20), ..Limits::default() },
        search_lag: Duration::ZERO,
    }
}

impl Site {
    fn with(&self, change: impl FnOnce(&mut Settings)) -> Arc<dyn IssueTracker> {
        let mut settings = settings(&self.server.url);
        change(&mut settings);
        Arc::new(Jira::new(settings))
    }

    fn change(&self, issue: &Issue, change: impl FnOnce(&mut jira::Issue)) {
        change(self.server.state().issues.get_mut(&issue.id.parse().unwrap()).unwrap());
    }

    fn field(&self, issue: &Issue, name: &str) -> Value {
        let state = self.server.state();
        state.issues[&issue.id.parse().unwrap()].fields.get(name).cloned().unwrap_or(Value::Null)
    }
}

impl World for Site {
    async fn open() -> Self {
        Self { server: Server::open(jira::Jira::new()).await }
    }

    fn tracker(&self) -> Arc<dyn IssueTracker> {
        self.with(|_| {})
    }

    fn impatient(&self) -> Arc<dyn IssueTracker> {
        self.with(|settings| settings.limits.timeout = Duration::from_millis(300))
    }

    fn stranger(&self) -> Arc<dyn IssueTracker> {
        self.with(|settings| settings.token = Secret::new("wrong-secret"))
    }

    fn next(&self, what: What, fault: Fault) {
        let (method, path) = match what {
            What::Create => (Method::POST, "/rest/api/3/issue"),
            What::Read => (Method::GET, "/rest/api/3/issue/"),
            What::Update => (Method::PUT, "/rest/api/3/issue/"),
            What::Comment => (Method::POST, "/comment"),
        };
        self.server.next(method, path, fault);
    }

    fn writes(&self) -> Vec<String> {
        self.server.writes()
    }

    fn calls(&self) -> Vec<String> {
        self.server.calls()
    }

    fn seen(&self, issue: &Issue) -> Seen {
        let state = self.server.state();
        let issue = &state.issues[&issue.id.parse().unwrap()];
        let field = |name: &str| issue.fields.get(name).cloned().unwrap_or(Value::Null);
        let components = field("components").as_array().cloned().unwrap_or_default();
        let id = state.issues.iter().find(|(_, other)| other.key == issue.key).unwrap().0.to_string();
        let children = state.issues.values().filter(|other| {
            other.fields.get("parent").is_some_and(|parent| text(parent, "/id") == id)
                || state
                    .links
                    .iter()
                    .any(|(_, from, to)| *from == id && state.issues[&to.parse().unwrap()].key == other.key)
        });
        Seen {
            title: field("summary").as_str().unwrap().to_owned(),
            words: adf::words(&field("description")),
            status: text(&field("status"), "/name").to_owned(),
            priority: text(&field("priority"), "/name").to_owned(),
            components: components
                .iter()
                .map(|one| state.components[text(one, "/id").parse::<usize>().unwrap()].clone())
                .collect(),
            comments: issue.comments.iter().map(|comment| adf::words(&comment.body)).collect(),
            children: children.map(|child| text(&Value::Object(child.fields.clone()), "/summary").to_owned()).collect(),
            links: issue.pages.values().cloned().collect(),
            assignee: text(&field("assignee"), "/accountId").to_owned(),
        }
    }

    fn count(&self) -> usize {
        self.server.state().issues.len()
    }

    fn person_writes(&self, issue: &Issue, before: &str, behind: &str) {
        let paragraph = |words: &str| json!({ "type": "paragraph", "content": [{ "type": "text", "text": words }] });
        self.change(issue, |issue| {
            let content = issue.fields["description"]["content"].as_array_mut().unwrap();
            content.insert(
                0,
                json!({ "type": "panel", "attrs": { "panelType": "note" }, "content": [paragraph(before)] }),
            );
            content.push(paragraph(behind));
        });
    }

    fn person_clears(&self, issue: &Issue) {
        self.change(issue, |issue| {
            let content = issue.fields["description"]["content"].as_array_mut().unwrap();
            let last = content.len() - 1;
            content.drain(1..last);
        });
    }

    fn person_moves(&self, issue: &Issue) -> String {
        self.change(issue, |issue| issue.fields["status"]["name"] = "Waiting".into());
        "Waiting".to_owned()
    }

    fn person_moves_back(&self, issue: &Issue) {
        self.change(issue, |issue| issue.fields["status"]["name"] = "Mitigated".into());
    }

    fn person_deletes(&self, issue: &Issue) {
        self.server.state().issues.remove(&issue.id.parse().unwrap());
    }

    /// The server takes no document with a mention in it, so what it has taken has none.
    fn pings(&self, issue: &Issue) -> bool {
        let state = self.server.state();
        let issue = &state.issues[&issue.id.parse().unwrap()];
        let description = issue.fields.get("description").into_iter();
        description
            .chain(issue.comments.iter().map(|comment| &comment.body))
            .any(|document| adf::check(document).is_err())
    }
}

#[tokio::test]
async fn a_search_that_lags_behind_is_not_believed() {
    let site = Site::open().await;
    site.server.state().search_lag = 3;
    site.next(What::Create, Fault::DoneThenBroken);
    let patient = site.with(|settings| settings.search_lag = Duration::from_secs(600));
    patient.create(&attempt("incident-1"), &fields()).await.unwrap_err();
    for _ in 0..3 {
        let error = patient.create(&again("incident-1"), &fields()).await.unwrap_err();
        assert!(matches!(error, TrackerError::Transient { begun: true, .. }), "{error:?}");
    }
    let issue = patient.create(&again("incident-1"), &fields()).await.unwrap();
    assert_eq!((site.count(), issue.key.as_str()), (1, "OPS-1"));
}

#[tokio::test]
async fn people_and_moments_stand_in_their_fields() {
    let site = Site::open().await;
    let tracker = site.tracker();
    let who = |name: &str| Who { name: name.to_owned(), email: Some(format!("{name}@acme.example")) };
    let genesis = |at: &str| Moments { genesis: Some(at.parse().unwrap()), ..Moments::default() };
    let with = |people: Vec<(Role, Who)>, moments| crate::contract::fields_with(people, moments);
    let issue = tracker
        .create(
            &attempt("incident-1"),
            &with(vec![(Role::Point, who("alice")), (Role::Comms, who("bob"))], genesis("2024-02-28T17:00:00Z")),
        )
        .await
        .unwrap();
    assert_eq!(site.field(&issue, "assignee"), json!({ "accountId": "acc-alice" }));
    assert_eq!(site.field(&issue, "customfield_20"), json!({ "accountId": "acc-bob" }));
    assert_eq!(site.field(&issue, "customfield_10"), "2024-02-28T17:00:00.000+0000");
    // Somebody whom Jira does not know changes nothing; a person's own choice stays until the incident's changes.
    site.change(&issue, |issue| issue.fields["assignee"] = json!({ "accountId": "acc-bob" }));
    let unknown = with(vec![(Role::Point, who("zoe")), (Role::Comms, who("bob"))], genesis("2024-02-28T16:00:00Z"));
    tracker.update(&attempt("u1"), &issue, &unknown).await.unwrap();
    assert_eq!(site.field(&issue, "assignee"), json!({ "accountId": "acc-bob" }));
    assert_eq!(site.field(&issue, "customfield_10"), "2024-02-28T16:00:00.000+0000");
    let searches = site.calls().iter().filter(|call| call.contains("/user/")).count();
    tracker.update(&attempt("u2"), &issue, &unknown).await.unwrap();
    assert_eq!(searches, 3, "each person is asked for once");
    assert!(site.calls().iter().all(|call| !call.contains("/user/")));
}

#[tokio::test]
async fn a_field_that_is_not_on_the_screen_is_left_out() {
    let site = Site::open().await;
    site.server.state().off_screen.extend(["priority", "customfield_10"]);
    let tracker = site.tracker();
    let issue = tracker.create(&attempt("incident-1"), &fields()).await.unwrap();
    assert_eq!(site.field(&issue, "priority"), Value::Null);
    assert_eq!(site.seen(&issue).title, "Checkout is down");
}

#[tokio::test]
async fn a_status_that_cannot_be_reached_is_said_to_be() {
    let site = Site::open().await;
    let issue = site.tracker().create(&attempt("incident-1"), &fields()).await.unwrap();
    let error = site.tracker().transition(&attempt("t1"), &issue, Phase::Mitigated).await.unwrap_err();
    insta::assert_snapshot!(error, @"refused (no_transition): Jira's workflow has no way for OPS-1 from To Do to mitigated, only to In Progress, Done: add one to the workflow, or set tracker.status.mitigated to another status.");
    let at = site.tracker().transition(&attempt("t2"), &issue, Phase::Blocked).await.unwrap();
    assert_eq!((at.status.as_str(), at.by_hand), ("To Do", false), "a phase without a status leaves it where it is");
}

#[tokio::test]
async fn an_action_item_that_is_no_subtask_is_linked() {
    let site = Site::open().await;
    let tracker = site.with(|settings| settings.item_type = "Bug".to_owned());
    let issue = tracker.create(&attempt("incident-1"), &fields()).await.unwrap();
    let item = ActionItem { title: "Add an alert".to_owned(), detail: Document::new() };
    site.server.next(Method::POST, "/issueLink", Fault::Instead(crate::servers::reply(503, "later".into())));
    let error = tracker.child(&attempt("i1"), &issue, &item).await.unwrap_err();
    assert!(error.leaves_doubt(), "{error:?}");
    for _ in 0..2 {
        tracker.child(&again("i1"), &issue, &item).await.unwrap();
        assert_eq!(site.seen(&issue).children, ["Add an alert"]);
    }
    assert_eq!((site.count(), site.server.state().links.len()), (2, 1));
}
