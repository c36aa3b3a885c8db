//! docs/REPORTS.md, followed to the letter: what it says to write makes a platform that works.

use std::sync::Arc;

use breakingbot::boundary::report_platform::ReportPlatform;
use breakingbot::boundary::report_platform::file::Files;
use breakingbot::boundary::report_platform::wordpress::WordPress;
use breakingbot::config::{Environment, Report, Settings};

use super::site::Site;
use super::{SLUG, paper};

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/REPORTS.md")).unwrap()
}

/// The lines that the page says to put into the TOML file, those of the place that comes so far down the page.
fn lines(at: usize) -> String {
    let page = page();
    let block = page.split("```toml").nth(at + 1).unwrap().split("```").next().unwrap();
    block.lines().map(|line| line.trim().to_owned() + "\n").collect()
}

/// The line that the page says to put into `.env`.
fn password() -> (String, String) {
    let page = page();
    let (_, line) = page.split_once("`REPORT_").unwrap();
    let (name, value) = line.split('`').next().unwrap().split_once('=').unwrap();
    (format!("REPORT_{name}"), value.to_owned())
}

/// Reads the lines with the reader's own values in them, checks, and drafts.
async fn follow(toml: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("breakingbot.toml"), toml).unwrap();
    let settings = Settings::of(&Environment::of([password()]), folder.path());
    let platform: Arc<dyn ReportPlatform> =
        match settings.unwrap_or_else(|problems| panic!("{problems}\n{toml}")).report.unwrap() {
            Report::WordPress(site) => Arc::new(WordPress::new(site)),
            Report::File(folder) => Arc::new(Files::new(folder)),
        };
    let findings = platform.check().await;
    assert!(findings.iter().all(|line| line.found.is_ok()), "{findings:?}");
    platform.draft(&paper("It burned."), None).await.unwrap().draft.link
}

#[tokio::test]
async fn wordpress() {
    let site = Site::open();
    let toml = lines(0).replace("https://wiki.example.com", &site.url()).replace("\"breaking-bot\"", "\"bot\"");
    let link = follow(&toml).await;
    let (id, post) = site.the_post();
    assert_eq!(link, format!("https://wiki.example/?p={id}"));
    assert_eq!((post.status.as_str(), post.slug.as_str()), ("draft", SLUG));
    assert!(post.content.contains("It burned."), "{post:?}");
    assert_eq!(site.tags(), ["incident"]);
}

#[tokio::test]
async fn files() {
    let folder = tempfile::tempdir().unwrap();
    let toml = lines(1).replace("/srv/reports", &folder.path().display().to_string());
    assert_eq!(follow(&toml).await, format!("https://reports.example.com/{SLUG}.html"));
    for ending in ["html", "md", "json"] {
        assert!(folder.path().join(format!("{SLUG}.{ending}")).is_file(), "{ending}");
    }
}
