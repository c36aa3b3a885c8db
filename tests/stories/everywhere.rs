//! One incident in every tracker and on every report platform, from its declaration to the end of its review: what is
//! there at the end, whole. And the same tracker when it was away all the time.

use std::sync::Arc;
use std::time::Duration;

use breakingbot::actors::outlets::Outlets;
use breakingbot::actors::reporter::Reporter;
use breakingbot::boundary::report_platform::ReportPlatform;
use breakingbot::boundary::report_platform::file::Files;
use breakingbot::boundary::report_platform::wordpress::WordPress;
use breakingbot::config::{Environment, Report, Settings};
use breakingbot::core::effect::Destination;
use breakingbot::core::ids::IncidentId;
use insta::assert_snapshot;
use jiff::SignedDuration;
use serde_json::Value;
use tempfile::TempDir;

use crate::rooms::{Room, with_short_permalinks};
use crate::servers::every::{Every, without_numbers};
use crate::site::{PASSWORD, Site};
use crate::story::{Stage, Story};

stories!(
    in_jira_and_on_wordpress,
    in_jira_and_as_files,
    in_github_and_on_wordpress,
    in_github_and_as_files,
    in_p2_and_on_wordpress,
    in_p2_and_as_files,
    jira_that_was_away_all_the_time_is_as_if_it_had_not_been,
    github_that_was_away_all_the_time_is_as_if_it_had_not_been,
    p2_that_was_away_all_the_time_is_as_if_it_had_not_been,
);

/// The questions of the review, behind which `.next` finds it ready.
const REVIEW_STEPS: usize = 3;
const INTERVAL: SignedDuration = SignedDuration::from_secs(64);

async fn in_jira_and_on_wordpress(stage: Stage) {
    on_wordpress("jira_and_wordpress", stage, Every::jira().await).await;
}

async fn in_jira_and_as_files(stage: Stage) {
    as_files("jira_and_files", stage, Every::jira().await).await;
}

async fn in_github_and_on_wordpress(stage: Stage) {
    on_wordpress("github_and_wordpress", stage, Every::github().await).await;
}

async fn in_github_and_as_files(stage: Stage) {
    as_files("github_and_files", stage, Every::github().await).await;
}

async fn in_p2_and_on_wordpress(stage: Stage) {
    on_wordpress("p2_and_wordpress", stage, Every::p2().await).await;
}

async fn in_p2_and_as_files(stage: Stage) {
    as_files("p2_and_files", stage, Every::p2().await).await;
}

async fn jira_that_was_away_all_the_time_is_as_if_it_had_not_been(stage: Stage) {
    away(stage, Every::jira().await, "jira_and_files").await;
}

async fn github_that_was_away_all_the_time_is_as_if_it_had_not_been(stage: Stage) {
    away(stage, Every::github().await, "github_and_files").await;
}

async fn p2_that_was_away_all_the_time_is_as_if_it_had_not_been(stage: Stage) {
    away(stage, Every::p2().await, "p2_and_files").await;
}

async fn on_wordpress(name: &str, stage: Stage, tracker: Every) {
    let site = Site::open();
    let report = format!(
        "[report]\nkind = \"wordpress\"\nurl = \"{}\"\nuser = \"bot\"\ncategories = [\"Incidents\"]\ntags = [\"incident\"]\n",
        site.url()
    );
    let slack = begin(stage, &tracker, &report).await;
    let room = burns(&slack, true).await;
    is_linked(&slack, &tracker).await;
    site.the_post();
    assert_snapshot!(name, shown(&slack, &room, &tracker, &site.told()));
    slack.end().await;
}

async fn as_files(name: &str, stage: Stage, tracker: Every) {
    let folder = TempDir::new().unwrap();
    let slack = begin(stage, &tracker, &files(&folder)).await;
    let room = burns(&slack, true).await;
    is_linked(&slack, &tracker).await;
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let slug = "incident-1-20520228t170000z";
    assert_eq!(names, ["html", "json", "md"].map(|ending| format!("{slug}.{ending}")));
    let read = |ending: &str| std::fs::read_to_string(folder.path().join(format!("{slug}.{ending}"))).unwrap();
    let mut json: Value = serde_json::from_str(&read("json")).unwrap();
    without_sources(&mut json);
    let told = format!("{}\n{}\n{}", read("md"), read("html"), serde_json::to_string_pretty(&json).unwrap());
    assert_snapshot!(name, shown(&slack, &room, &tracker, &told));
    slack.end().await;
}

/// The tracker is away from the declaration to the end, and comes back when all is over. Then it has all that it has in
/// the snapshot of that name.
async fn away(stage: Stage, tracker: Every, name: &str) {
    let folder = TempDir::new().unwrap();
    tracker.away(true);
    let slack = begin(stage, &tracker, &files(&folder)).await;
    burns(&slack, false).await;
    assert_eq!(tracker.counts(), (0, 0));
    tracker.away(false);
    is_linked(&slack, &tracker).await;
    let shown = without_numbers(&with_short_permalinks(&slack, &tracker.shown()));
    let snapshot = format!("{}/tests/stories/snapshots/stories__everywhere__{name}.snap", env!("CARGO_MANIFEST_DIR"));
    let as_ever = without_numbers(&std::fs::read_to_string(snapshot).unwrap());
    assert!(as_ever.contains(&shown), "it is another than\n{as_ever}\nnamely\n{shown}");
    slack.end().await;
}

fn files(folder: &TempDir) -> String {
    format!(
        "[report]\nkind = \"file\"\ndirectory = \"{}\"\nlink = \"https://reports.example\"\n",
        folder.path().display()
    )
}

/// The bot, as the configuration has it.
async fn begin(mut stage: Stage, tracker: &Every, report: &str) -> Story {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("breakingbot.toml"), tracker.toml() + report).unwrap();
    let secrets = [("TRACKER_TOKEN", tracker.secret()), ("REPORT_APPLICATION_PASSWORD", PASSWORD)];
    let environment = Environment::of(secrets.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let settings = Settings::of(&environment, folder.path()).unwrap_or_else(|problems| panic!("{problems}"));
    let templates = Arc::new(settings.templates);
    let platform: Arc<dyn ReportPlatform> = match settings.report.unwrap() {
        Report::WordPress(site) => Arc::new(WordPress::new(site)),
        Report::File(folder) => Arc::new(Files::new(folder)),
    };
    stage.outlets = Outlets::default()
        .tracked_in(settings.tracker.unwrap().tracker(), templates.clone())
        .with(Destination::ReportPlatform, Arc::new(Reporter::new(platform, templates)));
    stage.tuning.sync_jitter = Duration::ZERO;
    stage.tuning.longest_pause = Duration::from_millis(50);
    stage.begin().await
}

/// A whole incident. The tracker is told of each part of it, unless it is away.
async fn burns(slack: &Story, is_told: bool) -> Room {
    let ticks = async || {
        slack.later(INTERVAL);
        if is_told {
            is_synced(slack).await;
        }
        slack.settles().await;
    };
    let room = slack.alice.says(".start Checkout is <down> & @out").opens_channel().await;
    slack.settles().await;
    ticks().await;

    slack.alice.says_in(&room, ".point").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".comms").gets_reaction("ok").await;
    slack
        .bob
        .says_in(&room, ".summary Payments *time out* since the <deploy>\n# see https://wiki.example/a?b=c")
        .reply()
        .await;
    slack.bob.says_in(&room, ".notify We roll the deploy back, @channel").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".components api").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".affected customers in Europe").gets_reaction("ok").await;
    ticks().await;

    slack.alice.says_in(&room, ".p1").gets_reaction("ok").await;
    slack.dave.says_in(&room, ".ai Deploy to the canary first => @alice knows how").gets_reaction("ok").await;
    slack.dave.says_in(&room, ".ai limit the cache").gets_reaction("ok").await;
    slack.dave.says_in(&room, ".factor The deploy skipped the canary").gets_reaction("ok").await;
    slack.dave.says_in(&room, ".pr https://github.example/shop/pull/7").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".genesis 10 minutes ago").reply().await;
    slack.alice.says_in(&room, ".detected 9 minutes ago").reply().await;
    slack.alice.says_in(&room, ".mitigated").gets_reaction("ok").await;
    ticks().await;

    slack.bob.says_in(&room, ".notify It works again").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".stop").gets_reaction("ok").await;
    ticks().await;
    slack.dave.says_in(&room, ".assign").gets_reaction("ok").await;
    for _ in 0..REVIEW_STEPS {
        slack.dave.says_in(&room, ".next").reply().await;
    }
    slack.dave.says_in(&room, ".next").gets_reaction("ok").await;
    ticks().await;
    slack.dave.says_in(&room, ".complete").reply().await;
    room.shows("The report is drafted. ").await;
    ticks().await;
    room
}

async fn is_synced(slack: &Story) {
    slack
        .until_on_record("the issue is up to date", |store| async move {
            let tracking = store.tracking(IncidentId(1)).await.unwrap()?;
            (tracking.changed > 0 && tracking.synced >= tracking.changed).then_some(())
        })
        .await;
}

/// The tracker knows everything, with the two issues under it.
async fn is_linked(slack: &Story, tracker: &Every) {
    slack
        .until_on_record("the issue is there", |store| async move {
            store.load(IncidentId(1)).await.unwrap()?.issue.map(|_| ())
        })
        .await;
    slack.later(INTERVAL);
    is_synced(slack).await;
    slack.settles().await;
    let tallies: Vec<_> = tracker.tallies().iter().map(|tally| (tally.comments.len(), tally.items.len())).collect();
    assert_eq!(tallies, [(2, 2)]);
}

fn shown(slack: &Story, room: &Room, tracker: &Every, report: &str) -> String {
    let report = with_short_permalinks(slack, &tracker.named(report)).replace(&room.id, "C0ROOM");
    format!("{}\n# The report\n\n{report}", with_short_permalinks(slack, &tracker.shown()))
}

/// Messages have ids of the chat, by the clock on the wall.
fn without_sources(json: &mut Value) {
    match json {
        Value::Object(fields) => {
            fields.remove("source");
            fields.values_mut().for_each(without_sources);
        }
        Value::Array(all) => all.iter_mut().for_each(without_sources),
        _ => {}
    }
}
