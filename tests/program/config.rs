//! Mistakes of the configuration, as they are told at start.

use super::process::Place;

#[test]
fn every_mistake_is_told_at_once_and_nothing_starts() {
    let place = Place::new()
        .with("PORT", "0")
        .file(".env", "SLACK_BOT_TOKEN=xapp-swapped\nSLACK_APP_TOKN=xapp-hidden\nDATABASE_URL=sqlite://bot.db\n")
        .file(
            "breakingbot.toml",
            "[[desk]]\nmain_channel = \"#breaking\"\narchive_after = \"a day\"\n\n[[desks]]\nname = \"woo\"\n",
        );
    for arguments in [&[][..], &["run"], &["check"], &["migrate"], &["healthcheck"]] {
        let ended = place.run(arguments);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{arguments:?}");
        insta::assert_snapshot!("every_mistake_at_once", ended.stderr);
    }
    assert!(!place.path().join("bot.db").exists(), "nothing may start");
}

#[test]
fn a_file_that_is_missing_is_told() {
    let ended = Place::new().with("BREAKINGBOT_CONFIG", "/nowhere/bot.toml").run(&[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("environment: BREAKINGBOT_CONFIG names /nowhere/bot.toml"), "{ended:?}");
}

#[test]
fn help_tells_every_command() {
    let ended = Place::new().run(&["help"]);
    assert_eq!(ended.code, Some(0));
    insta::assert_snapshot!("help", ended.stdout);
}
