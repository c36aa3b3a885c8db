//! GitHub Issues.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use breakingbot::boundary::http::{Address, Limits, Secret};
use breakingbot::boundary::issue_tracker::github::{AppKey, Auth, GitHub, Items, Settings};
use breakingbot::boundary::issue_tracker::{ActionItem, Document, Issue, IssueTracker, Phase, Who};
use breakingbot::core::ids::Level;
use breakingbot::core::incident::Role;
use breakingbot::core::moments::Moments;
use serde_json::json;

use crate::contract::{Seen, What, World, again, attempt, fields, fields_with};
use crate::servers::{Fault, Server, github, reply};

pub struct Repository {
    pub server: Server<github::GitHub>,
}

pub fn settings(url: &str) -> Settings {
    Settings {
        api: Address::parse(url).unwrap(),
        owner: "acme".to_owned(),
        repository: "incidents".to_owned(),
        auth: Auth::Token(Secret::new(github::TOKEN)),
        label: "incident".to_owned(),
        priorities: (1..=9).map(|n| (Level(n), format!("P{n}"))).collect(),
        statuses: Phase::ALL.into_iter().map(|phase| (phase, phase.word().replace('_', " "))).collect(),
        component_prefix: "component: ".to_owned(),
        accounts: BTreeMap::from(
            [("alice@acme.example", "alice-gh"), ("zoe@acme.example", "zoe-gh")]
                .map(|(email, login)| (email.to_owned(), login.to_owned())),
        ),
        assignee: Some(Role::Point),
        items: Items::SubIssues,
        limits: Limits { timeout: Duration::from_secs(20), ..Limits::default() },
    }
}

impl Repository {
    fn with(&self, change: impl FnOnce(&mut Settings)) -> Arc<dyn IssueTracker> {
        let mut settings = settings(&self.server.url);
        change(&mut settings);
        Arc::new(GitHub::new(settings))
    }

    fn change(&self, issue: &Issue, change: impl FnOnce(&mut github::Issue)) {
        change(self.server.state().issues.get_mut(&issue.id.parse().unwrap()).unwrap());
    }

    fn issue(&self, issue: &Issue) -> github::Issue {
        self.server.state().issues[&issue.id.parse().unwrap()].clone()
    }
}

impl World for Repository {
    async fn open() -> Self {
        let server = Server::open(github::GitHub::new()).await;
        let url = server.url.clone();
        server.state().url = url;
        Self { server }
    }

    fn tracker(&self) -> Arc<dyn IssueTracker> {
        self.with(|_| {})
    }

    fn impatient(&self) -> Arc<dyn IssueTracker> {
        self.with(|settings| settings.limits.timeout = Duration::from_millis(300))
    }

    fn stranger(&self) -> Arc<dyn IssueTracker> {
        self.with(|settings| settings.auth = Auth::Token(Secret::new("wrong-secret")))
    }

    fn next(&self, what: What, fault: Fault) {
        let (method, path) = match what {
            What::Create => (Method::POST, "/issues"),
            What::Read => (Method::GET, "/issues/"),
            What::Update => (Method::PATCH, "/issues/"),
            What::Comment => (Method::POST, "/comments"),
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
        let number: u64 = issue.id.parse().unwrap();
        let issue = &state.issues[&number];
        let statuses: Vec<String> = settings(&self.server.url).statuses.into_values().collect();
        let status = issue.labels.iter().find(|label| statuses.contains(label)).cloned();
        let links = issue.body.split("breakingbot:links -->").nth(1).unwrap_or_default();
        let links = links
            .lines()
            .filter_map(|line| line.strip_prefix("- [")?.split_once("](").map(|(label, _)| label.to_owned()));
        Seen {
            title: issue.title.clone(),
            words: issue.body.clone(),
            status: match (issue.open, status) {
                (true, Some(label)) => label,
                (true, None) => "open".to_owned(),
                (false, Some(label)) => format!("{label}, closed"),
                (false, None) => "closed".to_owned(),
            },
            priority: issue
                .labels
                .iter()
                .find(|label| label.len() == 2 && label.starts_with('P'))
                .cloned()
                .unwrap_or_default(),
            components: issue
                .labels
                .iter()
                .filter_map(|label| label.strip_prefix("component: "))
                .map(str::to_owned)
                .collect(),
            comments: issue.comments.clone(),
            children: state
                .under
                .iter()
                .filter(|(_, parent)| **parent == number)
                .map(|(child, _)| state.issues[child].title.clone())
                .collect(),
            links: links.collect(),
            assignee: issue.assignees.join(" "),
        }
    }

    fn count(&self) -> usize {
        self.server.state().issues.len()
    }

    fn person_writes(&self, issue: &Issue, before: &str, behind: &str) {
        self.change(issue, |issue| issue.body = format!("{before}\r\n\r\n{}\r\n\r\n{behind}", issue.body));
    }

    fn person_clears(&self, issue: &Issue) {
        self.change(issue, |issue| {
            let start = issue.body.find("<!--").unwrap();
            let end = issue.body.rfind("-->").unwrap() + 3;
            issue.body.replace_range(start..end, "");
        });
    }

    fn person_moves(&self, issue: &Issue) -> String {
        self.change(issue, |issue| issue.open = false);
        "mitigated, closed".to_owned()
    }

    fn person_moves_back(&self, issue: &Issue) {
        self.change(issue, |issue| issue.open = true);
    }

    fn person_deletes(&self, issue: &Issue) {
        self.server.state().issues.remove(&issue.id.parse().unwrap());
    }

    fn pings(&self, issue: &Issue) -> bool {
        let issue = self.issue(issue);
        // A child says of which issue it is an action item, and is meant to.
        let body = issue.body.replace("An action item of #1.", "");
        github::pings(&body)
            || issue.comments.iter().any(|comment| github::pings(comment))
            || issue.body.contains("<script")
    }
}

#[tokio::test]
async fn labels_that_people_added_stay() {
    let world = Repository::open().await;
    let tracker = world.tracker();
    let issue = tracker.create(&attempt("incident-1"), &fields()).await.unwrap();
    assert_eq!(world.issue(&issue).labels, ["incident", "P1"]);
    world.change(&issue, |issue| issue.labels = vec!["P1".to_owned(), "customer".to_owned()]);
    let mut changed = fields();
    changed.level = Level(2);
    tracker.update(&attempt("u1"), &issue, &changed).await.unwrap();
    assert_eq!(world.issue(&issue).labels, ["customer", "P2"], "theirs stays, and what they took away stays away");
    tracker.transition(&attempt("t1"), &issue, Phase::Canceled).await.unwrap();
    let at_end = world.issue(&issue);
    assert_eq!(at_end.labels, ["customer", "P2", "canceled"]);
    assert_eq!((at_end.open, at_end.reason.as_deref()), (false, Some("not_planned")));
}

#[tokio::test]
async fn a_title_that_somebody_wrote_stays_until_the_incidents_changes() {
    let world = Repository::open().await;
    let tracker = world.tracker();
    let issue = tracker.create(&attempt("incident-1"), &fields()).await.unwrap();
    world.change(&issue, |issue| issue.title = "INC: checkout".to_owned());
    tracker.update(&attempt("u1"), &issue, &fields()).await.unwrap();
    assert_eq!(world.issue(&issue).title, "INC: checkout");
    let mut renamed = fields();
    renamed.title = "Checkout is slow".to_owned();
    tracker.update(&attempt("u2"), &issue, &renamed).await.unwrap();
    assert_eq!(world.issue(&issue).title, "Checkout is slow");
}

#[tokio::test]
async fn people_are_assigned_by_the_configured_accounts() {
    let world = Repository::open().await;
    let tracker = world.tracker();
    let point = |name: &str| {
        let who = Who { name: name.to_owned(), email: Some(format!("{}@Acme.example", name.to_uppercase())) };
        fields_with(vec![(Role::Point, who)], Moments::default())
    };
    let issue = tracker.create(&attempt("incident-1"), &point("alice")).await.unwrap();
    assert_eq!(world.issue(&issue).assignees, ["alice-gh"]);
    // GitHub does not let this one be assigned; the rest is done all the same.
    let mut other = point("zoe");
    other.title = "Renamed".to_owned();
    tracker.update(&attempt("u1"), &issue, &other).await.unwrap();
    assert_eq!((world.issue(&issue).title.as_str(), world.issue(&issue).assignees.len()), ("Renamed", 1));
}

#[tokio::test]
async fn a_github_without_sub_issues_has_a_task_list() {
    let world = Repository::open().await;
    world.server.state().has_sub_issues = false;
    let tracker = world.tracker();
    let issue = tracker.create(&attempt("incident-1"), &fields()).await.unwrap();
    let item = ActionItem { title: "Add an alert".to_owned(), detail: Document::new() };
    let child = tracker.child(&attempt("i1"), &issue, &item).await.unwrap();
    assert_eq!(child.key, "#2");
    assert!(world.issue(&issue).body.contains("- [ ] #2 <!-- breakingbot:key i1 -->"), "{}", world.issue(&issue).body);
    let listing = world.with(|settings| settings.items = Items::TaskList);
    listing.child(&attempt("i2"), &issue, &ActionItem { title: "Tell @team".to_owned(), ..item }).await.unwrap();
    world.change(&issue, |issue| issue.body = issue.body.replace("- [ ]", "- [x]"));
    listing
        .child(&again("i2"), &issue, &ActionItem { title: "Tell @team".to_owned(), detail: Document::new() })
        .await
        .unwrap();
    let body = world.issue(&issue).body;
    assert_eq!((body.matches("- [x]").count(), body.matches("- [ ]").count(), world.count()), (2, 0, 2), "{body}");
}

#[tokio::test]
async fn both_of_githubs_limits_are_waited_for() {
    let world = Repository::open().await;
    let tracker = world.tracker();
    let secondary = json!({ "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again." });
    world.next(What::Create, Fault::Instead(reply(403, secondary.clone())));
    let error = tracker.create(&attempt("incident-1"), &fields()).await.unwrap_err();
    assert_eq!(error.retry_after().unwrap().as_secs(), 60, "GitHub asks for a minute when it does not say how long");
    world.next(What::Create, Fault::Instead(reply(403, secondary).with("retry-after", 30)));
    let error = tracker.create(&attempt("incident-1"), &fields()).await.unwrap_err();
    assert_eq!(error.retry_after().unwrap().as_secs(), 30);
    let reset = jiff::Timestamp::now().as_second() + 600;
    let primary = reply(403, json!({ "message": "API rate limit exceeded" }));
    let primary = primary.with("x-ratelimit-remaining", 0).with("x-ratelimit-reset", reset);
    world.next(What::Create, Fault::Instead(primary));
    let error = tracker.create(&attempt("incident-1"), &fields()).await.unwrap_err();
    assert!((500..=600).contains(&error.retry_after().unwrap().as_secs()), "{error:?}");
    assert_eq!(world.count(), 0);
}

#[tokio::test]
async fn an_app_gets_a_token_once() {
    let world = Repository::open().await;
    let app = world.with(|settings| {
        settings.auth = Auth::App { id: "12".to_owned(), key: AppKey::new(github::KEY).unwrap() };
    });
    let issue = app.create(&attempt("incident-1"), &fields()).await.unwrap();
    app.update(&attempt("u1"), &issue, &fields()).await.unwrap();
    app.comment(&attempt("c1"), &issue, &Document::read("x")).await.unwrap();
    assert_eq!(world.server.state().given, 1);
    // A token that is no longer accepted is asked for anew.
    world.next(What::Read, Fault::Instead(reply(401, json!({ "message": "Bad credentials" }))));
    app.update(&attempt("u2"), &issue, &fields()).await.unwrap_err();
    app.update(&attempt("u2"), &issue, &fields()).await.unwrap();
    assert_eq!(world.server.state().given, 2);
    assert!(!format!("{:?}", AppKey::new(github::KEY)).contains("PRIVATE"));
}
