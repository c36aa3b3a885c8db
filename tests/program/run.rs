//! The bot as a process: starting, health, stopping, secrets.

use std::time::{Duration, Instant};

use playground::{Fault, FaultKind};

use super::process::{Place, get, post, shows};
use super::slack::LocalSlack;

#[test]
fn without_tokens_it_serves_a_slack_of_its_own() {
    let place = Place::new().with("PORT", "0");
    let mut bot = place.start(&[]);
    let address = bot.address();
    let (status, body) = get(&address, "/healthcheck");
    assert_eq!((status, body.contains(r#""status":"ok""#)), (200, true), "{body}");
    bot.terminate();
    let asked = Instant::now();
    let (status, output) = bot.end();
    assert!(status.success() && asked.elapsed() < Duration::from_secs(5), "{status} after {:?}", asked.elapsed());
    assert_eq!(output.matches("http://").count(), 1, "one address is printed: {output}");
}

#[test]
fn it_serves_slack_and_says_how_it_is() {
    let slack = LocalSlack::open();
    let place = slack.place();
    let mut bot = place.start(&["run"]);
    let address = bot.address();
    let room = slack.starts("U0ALICE", "Checkout is down");
    slack.says("U0ALICE", &room, ".point", "ok");
    assert_eq!(get(&address, "/healthcheck").0, 200);

    slack.workspace().revoke_tokens(true);
    slack.workspace().drop_sockets();
    bot.line("connecting to Slack again");
    let (status, body) = get(&address, "/healthcheck");
    assert!(
        status == 503 && body.contains(r#""database":"ok""#) && body.contains(r#""slack":"not connected"#),
        "{body}"
    );

    slack.workspace().revoke_tokens(false);
    bot.line("connected to Slack");
    assert_eq!(get(&address, "/healthcheck").0, 200);
    bot.terminate();
    let asked = Instant::now();
    let (status, output) = bot.end();
    assert!(status.success() && asked.elapsed() < Duration::from_secs(5), "{status}: {output}");
}

#[test]
fn what_was_in_hand_is_done_at_the_next_start() {
    let slack = LocalSlack::open();
    let place = slack.place();
    let mut bot = place.start(&[]);
    bot.line("connected to Slack");
    let room = slack.starts("U0ALICE", "Checkout is down");
    bot.terminate();
    assert!(bot.end().0.success());
    slack.workspace().say("U0BOB", &room, ".point", None).unwrap();
    let mut bot = place.start(&[]);
    slack.until("bob is point", |workspace| {
        let channel = workspace.channel(&room).ok()?;
        channel.topic.contains("U0BOB").then_some(())
    });
    bot.terminate();
    assert!(bot.end().0.success());
}

#[test]
fn a_second_process_on_the_same_file_is_refused_in_one_sentence() {
    let place = Place::new().with("PORT", "0");
    let mut first = place.start(&[]);
    first.address();
    let second = place.run(&[]);
    assert_eq!(second.code, Some(1));
    assert_eq!(second.stdout, "");
    assert_eq!(
        second.stderr.lines().filter(|line| !line.contains("INFO")).collect::<Vec<_>>(),
        [
            "The file breakingbot.db is in use by another Breaking Bot: a SQLite database serves one at a time (several need PostgreSQL)."
        ]
    );
    let check = place.run(&["check"]);
    assert!(check.code == Some(0), "looking disturbs nobody: {check:?}");
}

#[test]
fn a_port_that_is_taken_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ended = Place::new().with("PORT", listener.local_addr().unwrap().port().to_string()).run(&[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("already: end it, or set PORT to another port."), "{ended:?}");
}

#[test]
fn a_database_that_is_away_is_waited_for_and_told() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let place =
        Place::new().with("PORT", "0").with("DATABASE_URL", format!("postgres://bot:hunter2@{closed}/breaking"));
    let mut bot = place.start(&[]);
    bot.line("the database cannot be reached; trying again");
    bot.terminate();
    let asked = Instant::now();
    let (status, output) = bot.end();
    assert!(status.success() && asked.elapsed() < Duration::from_secs(5), "{status}");
    assert!(!output.contains("hunter2"), "{output}");
}

#[test]
fn nothing_that_is_written_holds_a_secret() {
    let slack = LocalSlack::open();
    for (filter, format) in
        [("debug", "human"), ("trace,slack_morphism=trace", "human"), ("trace,slack_morphism=trace", "json")]
    {
        let database = testing::postgres::database().unwrap_or_else(testing::sqlite);
        let place =
            slack.place().with("RUST_LOG", filter).with("LOG_FORMAT", format).with("DATABASE_URL", database.url());
        let mut bot = place.start(&[]);
        bot.line("connected to Slack");
        slack.says("U0ALICE", "C0MAIN", ".point", "exclamation");
        slack.workspace().drop_sockets();
        bot.line("connected to Slack");
        bot.terminate();
        let (status, output) = bot.end();
        assert!(status.success());
        if filter != "debug" {
            assert!(output.contains("TRACE"), "nothing was traced");
            let tickets = output.matches("ticket=").count();
            assert!(tickets > 0 && output.matches("ticket=…").count() == tickets, "a line holds a ticket");
        }
        for secret in [playground::BOT_TOKEN, playground::APP_TOKEN] {
            let line = output.lines().find(|line| line.contains(secret));
            assert_eq!(line, None, "a line holds a token");
        }
        if format == "json" {
            let broken = output.lines().find(|line| serde_json::from_str::<serde_json::Value>(line).is_err());
            assert_eq!(broken, None, "a line that is not JSON");
        }
    }
}

#[test]
fn an_outage_of_slack_is_warned_of_once() {
    let slack = LocalSlack::open();
    let place = slack.place().with("RUST_LOG", "info,breakingbot::boundary::slack::socket=debug");
    let mut bot = place.start(&[]);
    bot.line("connected to Slack");
    let said = slack.says("U0ALICE", "C0MAIN", ".point", "exclamation");
    // Nothing is on its way any more.
    slack.until("the sentence", |workspace| {
        let messages = workspace.messages("C0MAIN", Some(said.ts)).ok()?;
        messages
            .iter()
            .any(|message| message.thread_ts == Some(said.ts) && message.user == playground::BOT_USER)
            .then_some(())
    });
    slack.close();
    for _ in 0..2 {
        bot.line("still not connected to Slack");
    }
    bot.terminate();
    let (status, output) = bot.end();
    assert!(status.success());
    let warned: Vec<&str> = output.lines().filter(|line| line.contains("WARN") || line.contains("ERROR")).collect();
    assert_eq!(warned.len(), 1, "{warned:#?}");
    assert!(warned[0].contains("not connected to Slack; trying again until it is"), "{warned:#?}");
}

#[test]
fn the_playground_alone_tells_how_a_bot_finds_it() {
    let elsewhere = Place::new();
    let mut playground = elsewhere.start(&["playground", "--port", "0"]);
    let page = playground.line("The playground is at ");
    let api = playground.line("SLACK_API_URL=");
    let bot = playground.line("SLACK_BOT_TOKEN=");
    let app = playground.line("SLACK_APP_TOKEN=");
    assert!(page.contains("http://127.0.0.1:"));
    let set = |line: &str| line.split_once('=').unwrap().1.to_owned();
    let place = Place::new()
        .with("SLACK_API_URL", set(&api))
        .with("SLACK_BOT_TOKEN", set(&bot))
        .with("SLACK_APP_TOKEN", set(&app))
        .file("breakingbot.toml", super::slack::DESK);
    assert_eq!(place.run(&["check"]).code, Some(0));
    playground.terminate();
    assert!(playground.end().0.success());
}

#[test]
fn a_new_playground_is_not_taken_for_an_earlier_one() {
    let place = Place::new().with("PORT", "0");
    for number in 1..=2 {
        let mut bot = place.start(&[]);
        let address = bot.address();
        let said =
            post(&address, "/control/say", r#"{"user":"U0ALICE","channel":"C0MAIN","text":".start Checkout is down"}"#);
        assert_eq!(said.0, 200, "{said:?}");
        shows(&address, "/control/channels", &format!("\"breaking-{number}\""));
        bot.terminate();
        assert!(bot.end().0.success());
    }
}

#[test]
fn a_slack_that_hangs_does_not_keep_it_from_ending() {
    for signals in 1..=2 {
        let slack = LocalSlack::open();
        let place = slack.place();
        let mut bot = place.start(&[]);
        bot.line("connected to Slack");
        slack.workspace().fault(Fault::new("reactions.add", FaultKind::Hang(Duration::from_secs(60))));
        slack.workspace().say("U0ALICE", "C0MAIN", ".point", None).unwrap();
        slack.until("the call that hangs", |workspace| {
            workspace.calls().iter().any(|call| call.method == "reactions.add").then_some(())
        });
        bot.terminate();
        let asked = Instant::now();
        bot.line("stopping");
        if signals == 2 {
            bot.terminate();
        }
        let (status, output) = bot.end();
        let expected = if signals == 2 { 130 } else { 0 };
        assert_eq!(status.code(), Some(expected), "{output}");
        assert!(asked.elapsed() < Duration::from_secs(5), "it took {:?}", asked.elapsed());
    }
}
