//! docs/TRACKERS.md, followed to the letter: what it says to write makes a tracker that works.

use breakingbot::boundary::issue_tracker::{Document, Phase};
use breakingbot::config::{Environment, Settings};

use crate::contract::{World, attempt, fields};

/// The lines that the page says to put into the TOML file, for the tracker that comes so far down the page.
fn lines(at: usize) -> String {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/TRACKERS.md")).unwrap();
    let block = page.split("```toml").nth(at + 1).unwrap().split("```").next().unwrap();
    block.lines().map(|line| line.trim().to_owned() + "\n").collect()
}

/// Reads the lines with the reader's own values in them, checks, and lives through an incident.
async fn follow(world: &impl World, toml: &str, token: &str) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("breakingbot.toml"), toml).unwrap();
    let environment = Environment::of([("TRACKER_TOKEN".to_owned(), token.to_owned())]);
    let settings = Settings::of(&environment, folder.path()).unwrap_or_else(|problems| panic!("{problems}\n{toml}"));
    let tracker = settings.tracker.unwrap().tracker();
    let findings = tracker.check().await;
    assert!(findings.iter().all(|line| line.found.is_ok()), "{findings:?}");
    let issue = tracker.create(&attempt("incident-1"), &fields()).await.unwrap();
    for (n, phase) in [Phase::Started, Phase::Acknowledged, Phase::Mitigated, Phase::Completed].into_iter().enumerate()
    {
        let at = tracker.transition(&attempt(&format!("t{n}")), &issue, phase).await.unwrap();
        assert!(!at.by_hand, "{at:?}");
    }
    tracker.comment(&attempt("c1"), &issue, &Document::read("All clear.")).await.unwrap();
    let seen = world.seen(&issue);
    assert_eq!((seen.title.as_str(), seen.comments.len()), ("Checkout is down", 1));
}

#[tokio::test]
async fn jira() {
    let world = crate::jira::Site::open().await;
    let toml = lines(0).replace("https://example.atlassian.net", &world.server.url);
    follow(&world, &toml.replace("breakingbot@example.com", "bot@acme.example"), "jira-secret").await;
}

#[tokio::test]
async fn github() {
    let world = crate::github::Repository::open().await;
    let toml = lines(1).replace("example/incidents", "acme/incidents");
    let toml =
        toml.replace("# url = \"https://github.example.com/api/v3\"", &format!("url = \"{}\"", world.server.url));
    follow(&world, &toml, "github-secret").await;
}

#[tokio::test]
async fn p2() {
    let world = crate::p2::Blog::open().await;
    let toml = lines(2).replace("https://p2.example.com", &world.server.url);
    follow(&world, &toml.replace("\"breakingbot\"", "\"bot\""), "abcd efgh").await;
}
