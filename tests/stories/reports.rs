//! Reports: drafted when an incident is completed, once, whatever the report platform does meanwhile.

use std::sync::Arc;

use breakingbot::actors::outlets::Outlets;
use breakingbot::actors::reporter::Reporter;
use breakingbot::boundary::http::{Address, Limits, Secret};
use breakingbot::boundary::report_platform::ReportPlatform;
use breakingbot::boundary::report_platform::file::{FileSettings, Files};
use breakingbot::boundary::report_platform::wordpress::{WordPress, WordPressSettings};
use breakingbot::core::effect::Destination;
use breakingbot::core::record::Format;
use breakingbot::core::templates::Templates;
use insta::assert_snapshot;
use jiff::SignedDuration;

use crate::people::Person;
use crate::rooms::{Room, with_short_permalinks};
use crate::site::{Fault, PASSWORD, SOON, Site};
use crate::story::{Stage, Story};

stories!(
    a_completed_incident_has_its_report,
    a_report_comes_when_the_platform_is_back,
    a_report_whose_making_nobody_recorded_is_found,
    a_report_that_is_refused_is_made_once_that_is_mended,
    a_report_is_shown_as_often_as_asked_and_made_once,
    what_people_wrote_in_a_draft_stays,
    reports_as_files,
    without_a_platform_it_says_so,
);

fn outlets(platform: Arc<dyn ReportPlatform>) -> Outlets {
    Outlets::default()
        .with(Destination::ReportPlatform, Arc::new(Reporter::new(platform, Arc::new(Templates::built_in()))))
}

async fn begin(mut stage: Stage, site: &Site) -> Story {
    let settings = WordPressSettings {
        site: Address::parse(&site.url()).unwrap(),
        user: "bot".into(),
        password: Secret::new(PASSWORD),
        status: "draft".into(),
        categories: vec!["Incidents".into()],
        tags: vec!["incident".into()],
    };
    let limits = Limits { timeout: SOON, ..Limits::default() };
    stage.outlets = outlets(Arc::new(WordPress::new(settings).limited(limits)));
    stage.tuning.longest_pause = SOON;
    stage.begin().await
}

/// A whole incident, up to where its review is done.
async fn reviewed(slack: &Story) -> Room {
    let room = slack.alice.says(".start Checkout is <down> & out").opens_channel().await;
    slack.later(SignedDuration::from_mins(2));
    slack.alice.says_in(&room, ".point").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".comms").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".notify We roll the deploy back").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".genesis 45 minutes ago").reply().await;
    slack.alice.says_in(&room, ".detected 10 minutes ago").reply().await;
    slack.later(SignedDuration::from_mins(8));
    slack.carol.says_in(&room, ".blocked the payment provider => they must lift the rate limit").reply().await;
    slack.later(SignedDuration::from_mins(6));
    slack.carol.says_in(&room, ".unblocked").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".mitigated").gets_reaction("ok").await;
    slack.later(SignedDuration::from_mins(20));
    slack.alice.says_in(&room, ".stop").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".summary The cache had no limit.\nPayments timed out.").reply().await;
    slack.bob.says_in(&room, ".components payments").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".affected customers in Europe").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".factor the cache had no limit").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".ai limit the cache => 2 GB are plenty").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".pr https://example.com/pull/42").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".rfr").gets_reaction("ok").await;
    slack.later(SignedDuration::from_mins(1));
    room
}

const ON_ITS_WAY: &str = "Completed. The report's draft is on its way, and its link comes in this channel.";

async fn completes(person: &Person, room: &Room) {
    assert_eq!(person.says_in(room, ".complete").reply().await, ON_ITS_WAY);
}

/// How often the link was posted in the channel's root.
fn links(room: &Room) -> usize {
    room.posts().iter().filter(|post| post.contains("The report is drafted. ")).count()
}

async fn a_completed_incident_has_its_report(stage: Stage) {
    let site = Site::open();
    let slack = begin(stage, &site).await;
    let room = reviewed(&slack).await;
    completes(&slack.alice, &room).await;
    let post = room.shows("The report is drafted. ").await;
    let (id, _) = site.the_post();
    assert!(post.contains(&format!("https://wiki.example/?p={id}")), "{post}");
    assert_snapshot!(post.replace(&id.to_string(), "ID"), @"The report is drafted. Read it, add what it lacks, and publish it from there: https://wiki.example/?p=ID (https://wiki.example/?p=ID)");
    assert_snapshot!("the_post", with_short_permalinks(&slack, &site.told()));
    slack.end().await;
}

async fn a_report_comes_when_the_platform_is_back(stage: Stage) {
    let site = Site::open();
    let slack = begin(stage, &site).await;
    let room = reviewed(&slack).await;
    site.away(Fault::Page(503));
    completes(&slack.alice, &room).await;
    slack.later(SignedDuration::from_mins(5));
    let coming = slack.bob.says_in(&room, ".report").reply().await;
    assert!(coming.starts_with("The report's draft is on its way since "), "{coming}");
    site.away(Fault::Silent);
    slack.bob.says_in(&room, ".report again").reply().await;
    assert_eq!(links(&room), 0);
    site.back();
    room.shows("The report is drafted. ").await;
    slack.settles().await;
    site.the_post();
    assert_eq!(links(&room), 1);
    slack.end().await;
}

async fn a_report_whose_making_nobody_recorded_is_found(stage: Stage) {
    let site = Site::open();
    let slack = begin(stage, &site).await;
    let room = reviewed(&slack).await;
    // The tag and then the post are made, and the bot hears of the first only.
    site.has_tags(["incident".into()]);
    site.next_write(Fault::DoneAndSilent);
    completes(&slack.alice, &room).await;
    slack.until("the post is made", |_| !site.posts().is_empty()).await;
    slack.bot_dies().await;
    slack.bot_comes_back().await;
    room.shows("The report is drafted. ").await;
    slack.settles().await;
    site.the_post();
    assert_eq!(links(&room), 1);
    slack.end().await;
}

async fn a_report_that_is_refused_is_made_once_that_is_mended(stage: Stage) {
    let site = Site::open();
    let slack = begin(stage, &site).await;
    let room = reviewed(&slack).await;
    site.role("bot", "subscriber");
    completes(&slack.alice, &room).await;
    assert_snapshot!(room.shows("I could not draft the report").await, @"I could not draft the report: bot may not write posts there (rest_forbidden_context); give bot the role Author. When that is mended, `.report` tries again; until then `.export html` gives the whole record.");
    site.role("bot", "author");
    assert_eq!(
        slack.bob.says_in(&room, ".report").reply().await,
        "I am drafting the report; its link comes in this channel."
    );
    room.shows("The report is drafted. ").await;
    site.the_post();
    slack.end().await;
}

async fn a_report_is_shown_as_often_as_asked_and_made_once(stage: Stage) {
    let site = Site::open();
    let slack = begin(stage, &site).await;
    let room = reviewed(&slack).await;
    completes(&slack.alice, &room).await;
    room.shows("The report is drafted. ").await;
    let (id, _) = site.the_post();
    for _ in 0..2 {
        let told = slack.bob.says_in(&room, ".report").reply().await;
        assert!(told.contains(&format!("https://wiki.example/?p={id}")), "{told}");
    }
    // It is gone: again makes it again, once.
    site.carol_trashes(id);
    slack.bob.says_in(&room, ".report again").reply().await;
    slack.until("it is drafted again", |_| links(&room) == 2).await;
    slack.settles().await;
    assert_ne!(site.the_post().0, id);
    slack.end().await;
}

async fn what_people_wrote_in_a_draft_stays(stage: Stage) {
    let site = Site::open();
    let slack = begin(stage, &site).await;
    let room = reviewed(&slack).await;
    completes(&slack.alice, &room).await;
    room.shows("The report is drafted. ").await;
    let (id, _) = site.the_post();
    // It comes back, is put out again, and completed again: the draft that nobody touched follows.
    slack.alice.says_in(&room, ".restart").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".stop").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".note it came back").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".rfr").gets_reaction("ok").await;
    completes(&slack.alice, &room).await;
    room.shows("The report's draft is up to date again: ").await;
    assert!(site.the_post().1.content.contains("it came back"));
    // Now somebody works on it.
    site.carol_edits(id, |post| post.content = "Carol's own words".into());
    slack.bob.says_in(&room, ".report again").reply().await;
    room.shows("so I left it as it is: ").await;
    assert_eq!(site.the_post().1.content, "Carol's own words");
    slack.end().await;
}

async fn reports_as_files(mut stage: Stage) {
    let folder = tempfile::tempdir().unwrap();
    let settings = FileSettings {
        directory: folder.path().to_owned(),
        formats: vec![Format::Html, Format::Markdown, Format::Json],
        link: Some("https://reports.example/".into()),
    };
    stage.outlets = outlets(Arc::new(Files::new(settings)));
    let slack = stage.begin().await;
    let room = reviewed(&slack).await;
    completes(&slack.alice, &room).await;
    let slug = "incident-1-20520228t170000z";
    room.shows(&format!("publish it from there: https://reports.example/{slug}.html")).await;
    let read = |ending: &str| std::fs::read_to_string(folder.path().join(format!("{slug}.{ending}"))).unwrap();
    assert_snapshot!("the_markdown", with_short_permalinks(&slack, &read("md")));
    assert!(read("html").contains("<h1>Incident 1: Checkout is &lt;down&gt; &amp; out</h1>"));
    let json: serde_json::Value = serde_json::from_str(&read("json")).unwrap();
    assert_eq!((&json["number"], &json["durations"][0]["seconds"]), (&1.into(), &(35 * 60).into()));
    slack.end().await;
}

async fn without_a_platform_it_says_so(stage: Stage) {
    let slack = stage.begin().await;
    let room = reviewed(&slack).await;
    let told = slack.alice.says_in(&room, ".complete").reply().await;
    assert!(told.contains("no report platform is configured"), "{told}");
    let told = slack.alice.says_in(&room, ".report").reply().await;
    assert!(told.starts_with("No report platform is configured"), "{told}");
    slack.end().await;
}
