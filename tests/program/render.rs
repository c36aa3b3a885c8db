//! `breakingbot render`, of an incident that was run through Slack, with the built-in templates and with one's own.

use super::process::Place;
use super::slack::{DESK, LocalSlack};

#[test]
fn an_incident_is_rendered_while_the_bot_runs() {
    let slack = LocalSlack::open();
    let place = slack.place();
    let mut bot = place.start(&[]);
    bot.line("connected to Slack");
    let room = slack.starts("U0ALICE", "Checkout is <down> & out");
    let rendered = |arguments: &[&str]| {
        let ended = place.run(&[&["render", "1"], arguments].concat());
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
        ended.stdout
    };
    let ended = place.run(&["render", "1", "--template", "comment"]);
    assert_eq!(ended.stderr, "Incident 1 has no update to comment on: `.notify` sends one.\n");
    slack.says("U0ALICE", &room, ".notify we are *on* it", "ok");

    assert!(rendered(&[]).starts_with("# Incident 1: Checkout is &lt;down&gt; &amp; out\n"));
    assert!(rendered(&["--format", "html"]).contains("<h2>Summary</h2>"));
    assert!(rendered(&["--template", "description"]).contains("## Overview"));
    assert!(rendered(&["--template", "comment"]).ends_with("> we are \\*on\\* it\n"));

    let own = format!("{DESK}[templates]\nreport_md = \"mine.md\"\n");
    let place = place.file("breakingbot.toml", &own).file("mine.md", "{{ number }}: {{ title }}\n");
    assert_eq!(place.run(&["render", "1"]).stdout, "1: Checkout is &lt;down&gt; &amp; out\n");
    let place = place.file("mine.md", "\n{{ titel }}\n");
    let ended = place.run(&["render", "1"]);
    assert_eq!(
        ended.stderr,
        "The configuration has a mistake:\n  mine.md:2: titel is not something that a template knows. Did you mean title?\n"
    );
}

#[test]
fn what_is_not_there_is_told() {
    let place = Place::new();
    let ended = place.run(&["render", "1"]);
    assert!(ended.code == Some(1) && ended.stderr.contains("there is no database yet"), "{ended:?}");
    let ended = place.run(&["render", "1", "--template", "summary"]);
    assert!(ended.stderr.contains("[possible values: description, comment, report]"), "{ended:?}");
}
