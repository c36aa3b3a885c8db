//! What `breakingbot check` says of each tracker: each line must be enough to mend what it tells.

use std::fmt::Write;
use std::sync::Arc;

use breakingbot::boundary::http::{Address, Secret};
use breakingbot::boundary::issue_tracker::github::{AppKey, Auth, GitHub};
use breakingbot::boundary::issue_tracker::jira::Jira;
use breakingbot::boundary::issue_tracker::p2::P2;
use breakingbot::boundary::issue_tracker::{IssueTracker, Phase};
use breakingbot::core::ids::Level;
use breakingbot::core::moments::Moment;
use serde_json::json;

use crate::contract::World;
use crate::servers::github::KEY;
use crate::servers::{Call, Reply, Server, Vendor, reply};

/// The lines, under a heading.
async fn told(out: &mut String, what: &str, url: &str, tracker: Arc<dyn IssueTracker>) {
    writeln!(out, "# {what}").unwrap();
    for line in tracker.check().await {
        let (word, text) = match line.found {
            Ok(fact) => ("ok   ", fact),
            Err(remedy) => ("wrong", remedy),
        };
        writeln!(out, "{word}  {}: {}", line.what, text.replace(url, "URL")).unwrap();
    }
}

/// An address where nobody listens.
fn nowhere() -> Address {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    Address::parse(&format!("http://{closed}")).unwrap()
}

/// Another server than the tracker's: it shows a page, sends its callers on, finds nothing, or is broken.
struct Elsewhere(u16);

impl Vendor for Elsewhere {
    fn answer(&mut self, _: &Call) -> Reply {
        let answer = reply(self.0, json!("<html>Welcome</html>"));
        if self.0 == 302 { answer.with("location", "https://login.example/") } else { answer }
    }
}

/// The lines for each of those.
async fn told_elsewhere(out: &mut String, tracker: impl Fn(Address) -> Arc<dyn IssueTracker>) {
    for status in [200, 302, 404, 500] {
        let server = Server::open(Elsewhere(status)).await;
        let tracker = tracker(Address::parse(&server.url).unwrap());
        told(out, &format!("an address where another server answers {status}"), &server.url, tracker).await;
    }
}

/// The reason why nobody answers differs between systems.
fn tidied(out: &str) -> String {
    out.lines()
        .map(|line| match (line.find("(no connection"), line.find("). Check")) {
            (Some(start), Some(end)) => format!("{}(…{}", &line[..start], &line[end..]),
            _ => line.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[tokio::test]
async fn jira() {
    let world = crate::jira::Site::open().await;
    let url = world.server.url.clone();
    let settings = || crate::jira::settings(&url);
    let mut out = String::new();
    told(&mut out, "all is well", &url, world.tracker()).await;
    told(&mut out, "wrong token", &url, world.stranger()).await;
    told(
        &mut out,
        "wrong address",
        &url,
        Arc::new(Jira::new(breakingbot::boundary::issue_tracker::jira::Settings { site: nowhere(), ..settings() })),
    )
    .await;
    let at = |site: Address| {
        let settings = breakingbot::boundary::issue_tracker::jira::Settings { site, ..settings() };
        Arc::new(Jira::new(settings)) as Arc<dyn IssueTracker>
    };
    told_elsewhere(&mut out, at).await;
    let mut project = settings();
    project.project = "NOPE".to_owned();
    told(&mut out, "missing project", &url, Arc::new(Jira::new(project))).await;
    let mut names = settings();
    names.issue_type = "Incident".to_owned();
    names.link_type = "Knows".to_owned();
    told(&mut out, "unknown type", &url, Arc::new(Jira::new(names))).await;
    let mut names = settings();
    names.statuses.insert(Phase::Resolved, "Fixed".to_owned());
    names.priorities.insert(Level(4), "P4".to_owned());
    names.moments.insert(Moment::Detected, "customfield_99".to_owned());
    names.moments.insert(Moment::Resolved, "customfield_30".to_owned());
    told(&mut out, "unknown names", &url, Arc::new(Jira::new(names))).await;
    world.server.state().lacking.extend(["CREATE_ISSUES", "TRANSITION_ISSUES"]);
    told(&mut out, "missing permissions", &url, world.tracker()).await;
    insta::assert_snapshot!(tidied(&out));
}

#[tokio::test]
async fn github() {
    let world = crate::github::Repository::open().await;
    let url = world.server.url.clone();
    let settings = || crate::github::settings(&url);
    let mut out = String::new();
    told(&mut out, "all is well", &url, world.tracker()).await;
    told(&mut out, "wrong token", &url, world.stranger()).await;
    told(
        &mut out,
        "wrong address",
        &url,
        Arc::new(GitHub::new(breakingbot::boundary::issue_tracker::github::Settings { api: nowhere(), ..settings() })),
    )
    .await;
    let at = |api: Address| {
        let settings = breakingbot::boundary::issue_tracker::github::Settings { api, ..settings() };
        Arc::new(GitHub::new(settings)) as Arc<dyn IssueTracker>
    };
    told_elsewhere(&mut out, at).await;
    let mut repository = settings();
    repository.repository = "nothing".to_owned();
    told(&mut out, "missing repository", &url, Arc::new(GitHub::new(repository))).await;
    let app = |id: &str| {
        let mut app = settings();
        app.auth = Auth::App { id: id.to_owned(), key: AppKey::new(KEY).unwrap() };
        Arc::new(GitHub::new(app))
    };
    told(&mut out, "an app", &url, app("12")).await;
    told(&mut out, "an app's wrong id", &url, app("13")).await;
    world.server.state().app_permissions = json!({ "issues": "read" });
    told(&mut out, "an app that may only read", &url, app("12")).await;
    world.server.state().may_write = false;
    told(&mut out, "a token that may only read", &url, world.tracker()).await;
    world.server.state().has_issues = false;
    told(&mut out, "issues are off", &url, world.tracker()).await;
    insta::assert_snapshot!(tidied(&out));
}

#[tokio::test]
async fn p2() {
    let world = crate::p2::Blog::open().await;
    let url = world.server.url.clone();
    let mut out = String::new();
    told(&mut out, "all is well", &url, world.tracker()).await;
    told(&mut out, "wrong password", &url, world.stranger()).await;
    let at = |site: Address| {
        let mut settings = crate::p2::settings(&url);
        settings.site = site;
        Arc::new(P2::new(settings)) as Arc<dyn IssueTracker>
    };
    told(&mut out, "wrong address", &url, at(nowhere())).await;
    told_elsewhere(&mut out, at).await;
    told(&mut out, "another path", &url, at(Address::parse(&format!("{url}/blog")).unwrap())).await;
    let mut private = crate::p2::settings(&url);
    private.visibility = "private".to_owned();
    private.password = Secret::new("abcd efgh");
    told(&mut out, "private posts", &url, Arc::new(P2::new(private))).await;
    world.server.state().lacking.extend(["publish_posts", "manage_categories"]);
    told(&mut out, "missing permissions", &url, world.tracker()).await;
    insta::assert_snapshot!(tidied(&out));
}
