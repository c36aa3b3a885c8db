//! `breakingbot verify` and `breakingbot forget`, beside a bot that runs.

use sea_orm::{ConnectionTrait, Database};

use super::process::Place;
use super::slack::LocalSlack;

/// Changes the database past the program.
fn by_hand(url: &str, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let db = Database::connect(url).await.unwrap();
        db.execute_unprepared(sql).await.unwrap();
        db.close().await.unwrap();
    });
}

#[test]
fn the_record_is_verified_and_a_person_forgotten_while_the_bot_runs() {
    for database in testing::databases() {
        let slack = LocalSlack::open();
        let place = slack.place().with("DATABASE_URL", database.url());
        let mut bot = place.start(&[]);
        bot.line("connected to Slack");
        let room = slack.starts("U0ALICE", "Checkout is down");
        slack.says("U0ALICE", &room, ".point", "ok");
        slack.says("U0BOB", &room, ".comms", "ok");
        slack.says("U0BOB", &room, ".note my secret", "ok");

        let whole = place.run(&["verify"]);
        assert_eq!((whole.code, whole.stderr.as_str()), (Some(0), ""), "{whole:?}");
        assert!(whole.stdout.starts_with("Verified 1 incident with "), "{whole:?}");
        let one = place.run(&["verify", "1"]);
        assert!(one.code == Some(0) && one.stdout.contains("Last hash: "), "{one:?}");

        let unasked = place.run(&["forget", "U0BOB"]);
        assert_eq!(unasked.code, Some(1));
        assert!(unasked.stdout.contains("wrote, and their name, out of 1 incident in the "), "{unasked:?}");
        assert_eq!(unasked.stderr, "Nothing was changed. With --yes it is done without asking.\n");
        assert!(place.run(&["export", "1"]).stdout.contains("my secret"));

        let forgot = place.run(&["forget", "bob", "--yes"]);
        assert_eq!((forgot.code, forgot.stderr.as_str()), (Some(0), ""), "{forgot:?}");
        assert!(forgot.stdout.starts_with("Forgot U0BOB; forgotten-"), "{forgot:?}");
        let exported = place.run(&["export", "1"]).stdout;
        assert!(!exported.contains("my secret") && !exported.to_lowercase().contains("bob"), "{exported}");
        assert!(exported.contains(r"noted: \[forgotten\]"), "{exported}");
        let nobody = place.run(&["forget", "Nobody", "--yes"]);
        assert!(nobody.stderr.starts_with("The bot has met nobody called Nobody."), "{nobody:?}");

        // The bot goes on with what is on record now, also where it held another version.
        slack.says("U0ALICE", &room, ".note and on it goes", "ok");
        slack.says("U0CAROL", &room, ".comms", "ok");
        let whole = place.run(&["verify"]);
        assert_eq!(whole.code, Some(0), "{whole:?}");

        by_hand(database.url(), "UPDATE event SET payload = replace(payload, 'and on', 'or off') WHERE kind = 'noted'");
        let damaged = place.run(&["verify"]);
        assert_eq!(damaged.code, Some(1));
        assert!(damaged.stdout.starts_with("Incident 1: event "), "{damaged:?}");
        assert!(damaged.stdout.contains(" is not what was recorded there.\nVerified 1 incident"), "{damaged:?}");
        assert_eq!(damaged.stderr, "One incident is not as it was recorded.\n");
    }
}

#[test]
fn what_is_not_there_is_not_verified() {
    let place = Place::new();
    assert!(place.run(&["verify"]).stderr.contains("there is no database yet"));
    assert_eq!(place.run(&["migrate"]).code, Some(0));
    let none = place.run(&["verify", "7"]);
    assert!(none.code == Some(1) && none.stderr.starts_with("There is no incident 7 in the "), "{none:?}");
    let all = place.run(&["verify"]);
    assert!(all.code == Some(0) && all.stdout.starts_with("Verified 0 incidents with 0 events in "), "{all:?}");
}
