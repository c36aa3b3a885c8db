//! `breakingbot export` and `delivery`, of an incident that was run through Slack.

use std::time::Instant;

use super::process::Place;
use super::slack::{LocalSlack, PATIENCE};

#[test]
fn an_incident_is_exported_while_the_bot_runs() {
    for database in testing::databases() {
        let slack = LocalSlack::open();
        let place = slack.place().with("DATABASE_URL", database.url());
        let mut bot = place.start(&[]);
        bot.line("connected to Slack");
        let room = slack.starts("U0ALICE", "Checkout is <down> & out");
        slack.says("U0ALICE", &room, ".point", "ok");
        slack.says("U0BOB", &room, ".comms", "ok");
        slack.says("U0ALICE", &room, ".note it began with the deploy", "ok");

        slack.workspace().say("U0BOB", &room, "the <db> is *slow*", None).unwrap();

        let exported = |format| {
            let ended = place.run(&["export", "1", "--format", format]);
            assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
            ended.stdout
        };
        // What is said beside commands is written down a moment later.
        let asked = Instant::now();
        let mut markdown = exported("md");
        while !markdown.contains("slow") {
            assert!(asked.elapsed() < PATIENCE, "what Bob said is missing:\n{markdown}");
            markdown = exported("md");
        }
        let said = markdown.lines().find(|line| line.contains("slow")).unwrap_or_default().to_lowercase();
        assert!(said.ends_with(r"utc · message · bob: the &lt;db&gt; is \*slow\*"), "{said}");
        for part in ["it began with the deploy", "alice", "bob", "acknowledged"] {
            assert!(markdown.to_lowercase().contains(part), "{part} is missing:\n{markdown}");
        }
        let json: serde_json::Value = serde_json::from_str(&exported("json")).unwrap();
        assert_eq!((&json["number"], &json["state"]), (&1.into(), &"acknowledged".into()));
        assert!(json["messages"].as_array().unwrap().iter().any(|said| said["text"] == "the <db> is *slow*"), "{json}");
        let html = exported("html");
        assert!(html.contains(": the &lt;db&gt; is *slow*</bdi>"), "{html}");
        assert!(html.contains("Checkout is &lt;down&gt; &amp; out"), "{html}");
        assert_eq!(
            place.run(&["export", "1"]).stdout.lines().next(),
            markdown.lines().next(),
            "Markdown is the default"
        );

        let receipts = place.run(&["delivery", "1"]);
        assert_eq!((receipts.code, receipts.stderr.as_str()), (Some(0), ""));
        for part in [
            "Delivery of incident 1: ",
            "lice: .point · decided +",
            "- reaction :ok: · sent +",
            "intro in #breaking-1 ·",
        ] {
            assert!(receipts.stdout.contains(part), "{part} is missing:\n{}", receipts.stdout);
        }
        let last = place.run(&["delivery", "1", "--last", "1"]).stdout;
        assert_eq!(last.lines().filter(|line| line.contains("· sent +")).count(), 1, "{last}");
        for command in ["export", "delivery"] {
            let none = place.run(&[command, "7"]);
            assert!(none.code == Some(1) && none.stderr.starts_with("There is no incident 7"), "{none:?}");
        }
    }
}

#[test]
fn without_a_database_there_is_nothing_to_export() {
    let place = Place::new();
    let ended = place.run(&["export", "1"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("there is no database yet"), "{ended:?}");
    assert!(!place.path().join("breakingbot.db").exists());
    let ended = place.run(&["export", "1", "--format", "pdf"]);
    assert!(ended.code == Some(2) && ended.stderr.contains("[possible values: md, json, html]"), "{ended:?}");
}
