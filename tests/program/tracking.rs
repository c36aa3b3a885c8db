//! The bot as a process with an issue tracker: a Jira in the test's own process that is as strict as the vendor's.

use std::time::{Duration, Instant};

use axum::http::Method;
use serde_json::Value;

use super::process::{Place, Running};
use super::servers::{Fault, Server, adf, jira, text};
use super::slack::{DESK, LocalSlack};

const SETTINGS: &str = r#"
[syntrax]
interval = "1s"
jitter = "0s"
[tracker]
kind = "jira"
user = "bot@acme.example"
project = "OPS"
"#;

fn place(slack: &LocalSlack, jira: &Server<jira::Jira>) -> Place {
    let file = format!("{DESK}strict_components = true\n{SETTINGS}url = \"{}\"\n", jira.url);
    slack.place().with("TRACKER_TOKEN", "jira-secret").file("breakingbot.toml", &file)
}

fn start(place: &Place) -> Running {
    let mut bot = place.start(&["run"]);
    bot.line("connected to Slack");
    bot
}

/// An issue as a person sees it, without what depends on the time of day.
fn seen(jira: &jira::Jira, issue: &jira::Issue) -> String {
    let fields = Value::Object(issue.fields.clone());
    let field = |pointer| text(&fields, pointer);
    let list = |name: &str| fields.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let labels: Vec<String> = list("labels").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let labels: Vec<String> = labels.into_iter().filter(|label| !label.starts_with("incident-")).collect();
    let component = |one: &Value| jira.components.get(text(one, "/id").parse::<usize>().ok()?).cloned();
    let components: Vec<String> = list("components").iter().filter_map(component).collect();
    let is_parent =
        |(id, one): &(&u64, &jira::Issue)| id.to_string() == field("/parent/id") || one.key == field("/parent/key");
    let parent = jira.issues.iter().find(is_parent).map_or("nothing", |(_, parent)| &parent.key);
    let pages: Vec<&str> = issue.pages.values().map(String::as_str).collect();
    format!(
        "{} [{}] {} {}\n  under {parent}, labels {labels:?}, components {components:?}, pages {pages:?}, {} comments",
        issue.key,
        field("/status/name"),
        field("/priority/name"),
        field("/summary"),
        issue.comments.len()
    )
}

fn comments(issue: &jira::Issue) -> Vec<String> {
    issue.comments.iter().map(|comment| adf::words(&comment.body)).collect()
}

/// Waits until something is so in the tracker.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn an_incident_is_tracked_in_jira_and_doubles_nothing_when_the_bot_is_killed() {
    let slack = LocalSlack::open();
    let jira = slack.runs(Server::open(jira::Jira::new()));
    let place = place(&slack, &jira);
    let bot = start(&place);
    let room = slack.starts("U0ALICE", "Checkout is down");
    let topic = |says: &str| {
        slack.until(says, |workspace| workspace.channel(&room).ok()?.topic.contains(says).then_some(()));
    };
    topic("OPS-");
    slack.says("U0ALICE", &room, ".point", "ok");
    slack.says("U0BOB", &room, ".comms", "ok");
    slack.says("U0ALICE", &room, ".components WEB, service 77", "ok");
    slack.says("U0ALICE", &room, ".components wbe", "exclamation");
    slack.says("U0ALICE", &room, ".p1", "ok");
    // The comment is made, and nobody hears of it: the bot is killed before it asks again.
    jira.next(Method::POST, "/comment", Fault::DoneThenBroken);
    slack.says("U0BOB", &room, ".notify We roll the deploy back", "ok");
    until("the comment", || jira.state().issues.values().any(|issue| !issue.comments.is_empty()));
    drop(bot);
    let mut bot = start(&place);
    slack.says("U0ALICE", &room, ".ai Deploy to the canary first => it is cheap", "ok");
    slack.says("U0BOB", &room, ".notify It works again", "ok");
    slack.says("U0ALICE", &room, ".cancel", "ok");
    let is_done = |issue: &jira::Issue| text(&Value::Object(issue.fields.clone()), "/status/name") == "Done";
    until("the end", || {
        let state = jira.state();
        state.issues.len() == 2 && state.issues.values().any(|issue| is_done(issue) && issue.comments.len() == 2)
    });
    bot.terminate();
    assert!(bot.end().0.success());

    let state = jira.state();
    let issues: Vec<&jira::Issue> = state.issues.values().collect();
    insta::assert_snapshot!(issues.iter().map(|issue| seen(&state, issue)).collect::<Vec<_>>().join("\n"), @r##"
    OPS-1 [Done] Highest Checkout is down
      under nothing, labels ["incident"], components ["Web", "service 77"], pages ["#breaking-1"], 2 comments
    OPS-2 [To Do]  Deploy to the canary first
      under OPS-1, labels ["incident"], components [], pages [], 0 comments
    "##);
    let told = comments(issues[0]);
    assert!(told[0].contains("Update by bob") && told[0].contains("We roll the deploy back"), "{told:?}");
    assert!(told[1].contains("It works again"), "{told:?}");
    let description = adf::words(&issues[0].fields["description"]);
    for said in ["canceled", "P1", "Declared", "bob sent an update: It works again"] {
        assert!(description.contains(said), "{said}: {description}");
    }
}
