//! Killed between what was done elsewhere and its record, again and again: the tracker and the report platform do what they
//! are asked, their answer never comes, and then the process is killed. There is still one of everything.

use std::io::Write;
use std::time::{Duration, Instant};

use super::process::{Place, Running};
use super::servers::Fault;
use super::servers::every::{Every, Made};
use super::site::{Fault as SiteFault, PASSWORD, Site};
use super::slack::{DESK, LocalSlack};

/// How often an incident kills the bot: at its issue, at a comment, at an action item and at its report.
const EACH: usize = 4;

/// How often each tracker's test kills the bot.
fn kills() -> usize {
    std::env::var("KILLS").map_or(8, |number| number.parse().unwrap())
}

#[test]
fn the_bot_dies_between_jira_and_the_record() {
    dies(async || Every::jira().await);
}

#[test]
fn the_bot_dies_between_github_and_the_record() {
    dies(async || Every::github().await);
}

#[test]
fn the_bot_dies_between_p2_and_the_record() {
    dies(async || Every::p2().await);
}

fn dies(open: impl AsyncFnOnce() -> Every) {
    let begun = Instant::now();
    let slack = LocalSlack::open();
    let tracker = slack.runs(open());
    let site = Site::open();
    let file = format!(
        "{DESK}[syntrax]\ninterval = \"1s\"\njitter = \"0s\"\n{}[report]\nkind = \"wordpress\"\nurl = \"{}\"\nuser = \"bot\"\n",
        tracker.toml(),
        site.url()
    );
    let secrets = slack.place().with("TRACKER_TOKEN", tracker.secret()).with("REPORT_APPLICATION_PASSWORD", PASSWORD);
    let place = secrets.file("breakingbot.toml", &file);
    let mut bot = start(&place);
    let incidents = kills().div_ceil(EACH);
    for n in 1..=incidents {
        tracker.next(Made::Issue, Fault::DoneThenHang);
        let room = slack.opens("U0ALICE", &format!("Fire {n}"), n);
        until("the issue", || tracker.counts() == (2 * n - 1, n - 1));
        bot = killed(bot, &place);
        slack.until("the link to the issue", |workspace| {
            let bookmarks = workspace.channel(&room).ok()?.bookmarks;
            bookmarks.iter().any(|bookmark| bookmark.title.starts_with("Tracking issue")).then_some(())
        });

        tracker.next(Made::Comment, Fault::DoneThenHang);
        slack.says("U0BOB", &room, &format!(".notify This is known of {n}"), "ok");
        until("the comment", || tracker.counts() == (2 * n - 1, n));
        bot = killed(bot, &place);

        tracker.next(Made::Issue, Fault::DoneThenHang);
        slack.says("U0BOB", &room, &format!(".ai Learn from {n}"), "ok");
        until("the action item's issue", || tracker.counts() == (2 * n, n));
        bot = killed(bot, &place);

        for (user, line) in [("U0ALICE", ".point"), ("U0BOB", ".comms"), ("U0BOB", ".components api")] {
            slack.says(user, &room, line, "ok");
        }
        for line in [".summary It burned", ".genesis 10 minutes ago", ".detected 9 minutes ago"] {
            slack.asks("U0ALICE", &room, line);
        }
        for line in [".factor a spark", ".stop", ".rfr"] {
            slack.says("U0ALICE", &room, line, "ok");
        }
        site.next_write(SiteFault::DoneAndSilent);
        slack.workspace().say("U0ALICE", &room, ".complete", None).unwrap();
        until("the report", || site.posts().len() == n);
        bot = killed(bot, &place);
        slack.until("the link to the report", |workspace| {
            let messages = workspace.messages(&room, None).ok()?;
            messages.iter().any(|message| message.text.contains("The report is drafted.")).then_some(())
        });
    }
    until("the last action item", || tracker.tallies().iter().all(|tally| tally.items.len() == 1));
    bot.terminate();
    assert!(bot.end().0.success());

    let tallies = tracker.tallies();
    assert_eq!(tallies.len(), incidents);
    for (n, tally) in (1..).zip(&tallies) {
        assert!(tally.title.ends_with(&format!("Fire {n}")), "{tally:?}");
        assert_eq!((tally.comments.len(), tally.items.len()), (1, 1), "{tally:?}");
        assert!(tally.comments[0].contains(&format!("This is known of {n}")), "{tally:?}");
        assert!(tally.items[0].ends_with(&format!("Learn from {n}")), "{tally:?}");
    }
    let slugs: Vec<String> = site.posts().into_values().map(|post| post.slug).collect();
    assert_eq!(slugs.len(), incidents);
    for (n, slug) in (1..).zip(&slugs) {
        // A second one would have the first one's slug with a number behind.
        assert!(slug.starts_with(&format!("incident-{n}-")) && slug.ends_with('z'), "{slug}");
    }
    for n in 1..=incidents {
        let room = slack.workspace().channel(&format!("breaking-{n}")).unwrap();
        let messages = slack.workspace().messages(&room.id, None).unwrap();
        let links = messages.iter().filter(|message| message.text.contains("The report is drafted.")).count();
        assert_eq!(links, 1, "{}", room.name);
    }
    let told = format!("{} kills in {:?}\n", incidents * EACH, begun.elapsed());
    std::io::stderr().write_all(told.as_bytes()).unwrap();
}

fn start(place: &Place) -> Running {
    let mut bot = place.start(&["run"]);
    bot.line("connected to Slack");
    bot
}

/// `kill -9`, and another one in its place.
fn killed(bot: Running, place: &Place) -> Running {
    drop(bot);
    start(place)
}

/// Waits until something is so elsewhere.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(120);
    while !is_so() {
        assert!(Instant::now() < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
