//! `breakingbot check`, against a local Slack.

use playground::{APP_TOKEN, BOT_TOKEN};

use super::process::{Ended, Place};
use super::site::{PASSWORD, Site};
use super::slack::{DESK, LocalSlack};

/// The lines that say what is wrong.
fn wrong(ended: &Ended) -> Vec<&str> {
    ended.stdout.lines().filter_map(|line| line.strip_prefix("wrong  ")).collect()
}

fn check(place: &Place) -> Ended {
    let ended = place.run(&["check"]);
    let well = ended.stdout.lines().all(|line| line.starts_with("ok     ") || line.starts_with("wrong  "));
    assert!(well, "{ended:?}");
    assert_eq!(ended.code, Some(i32::from(!wrong(&ended).is_empty())), "{ended:?}");
    ended
}

#[test]
fn all_is_well() {
    let slack = LocalSlack::open();
    let place = slack.place();
    assert_eq!(place.run(&["migrate"]).code, Some(0));
    let ended = check(&place);
    let address = slack.workspace_address();
    insta::assert_snapshot!("all_is_well", ended.stdout.replace(&address, "HOST"));
}

#[test]
fn a_missing_scope_is_named_with_what_needs_it() {
    let slack = LocalSlack::open();
    let scopes: Vec<String> = slack.workspace().scopes();
    slack
        .workspace()
        .set_scopes(scopes.into_iter().filter(|scope| scope != "reactions:write" && scope != "pins:write"));
    let ended = check(&slack.place());
    insta::assert_snapshot!("missing_scopes", wrong(&ended).join("\n"));
    assert_eq!(ended.stderr, "2 things are to be mended.\n");
}

#[test]
fn every_scope_of_the_manifest_is_missed_when_it_is_not_granted() {
    let slack = LocalSlack::open();
    let manifest = include_str!("../../slack-app-manifest.yaml");
    let under = manifest.lines().skip_while(|line| line.trim() != "bot:").skip(1);
    let scopes: Vec<&str> = under.map_while(|line| line.trim().strip_prefix("- ")).collect();
    assert!(scopes.contains(&"app_mentions:read") && scopes.contains(&"reactions:read"), "{scopes:?}");
    for lacking in &scopes {
        let others = scopes.iter().filter(|scope| scope != &lacking).map(ToString::to_string);
        slack.workspace().set_scopes(others);
        let ended = check(&slack.place());
        let told = format!("scope {lacking}: is lacking, so ");
        assert!(wrong(&ended).iter().any(|line| line.starts_with(&told)), "{lacking}: {ended:?}");
    }
    slack.workspace().set_scopes(scopes.iter().filter(|scope| **scope != "reactions:read").map(ToString::to_string));
    insta::assert_snapshot!(wrong(&check(&slack.place())).join("\n"), @"scope reactions:read: is lacking, so reaction_added, reaction_removed never arrive. Add it under OAuth & Permissions, then reinstall the app to the workspace.");
}

#[test]
fn a_wrong_token_is_told_from_the_other() {
    let slack = LocalSlack::open();
    let bot = slack.place().with("SLACK_BOT_TOKEN", "xoxb-wrong");
    insta::assert_snapshot!("wrong_bot_token", wrong(&check(&bot)).join("\n"));
    let app = slack.place().with("SLACK_APP_TOKEN", "xapp-wrong");
    insta::assert_snapshot!("wrong_app_token", wrong(&check(&app)).join("\n"));
    let swapped = slack.place().with("SLACK_APP_TOKEN", BOT_TOKEN).with("SLACK_BOT_TOKEN", APP_TOKEN).run(&["check"]);
    assert!(swapped.stderr.contains("SLACK_APP_TOKEN does not begin with xapp-"), "{swapped:?}");
}

#[test]
fn a_wrong_channel_is_told_with_its_desk() {
    let slack = LocalSlack::open();
    let old = slack.workspace().create_channel("old", false).unwrap();
    slack.workspace().archive("U0ALICE", &old).unwrap();
    let desks = format!(
        "[[desk]]\nname = \"lost\"\nmain_channel = \"C0NOWHERE\"\nnotify_channel = \"{old}\"\noncall_group = \"S0NOBODY\"\n\
         [[desk]]\nname = \"closed\"\nmain_channel = \"G0PRIVATE\"\nnotify_channel = \"C0GENERAL\"\n{DESK}"
    );
    let ended = check(&slack.place().file("breakingbot.toml", &desks));
    insta::assert_snapshot!("wrong_channels", wrong(&ended).join("\n").replace(&old, "C0OLD"));
    assert!(
        ended
            .stdout
            .contains("ok     desk closed, notify channel C0GENERAL: #general, which the bot joins when it starts"),
        "{ended:?}"
    );
}

#[test]
fn a_slack_that_does_not_answer_is_told() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let place = LocalSlack::open().place().with("SLACK_API_URL", format!("http://{closed}/api/"));
    let ended = check(&place);
    assert_eq!(wrong(&ended).len(), 2, "{ended:?}");
    assert!(wrong(&ended).iter().all(|line| line.contains("Slack gives no answer")), "{ended:?}");
}

#[test]
fn without_tokens_there_is_nothing_to_ask_slack() {
    let ended = check(&Place::new());
    assert!(ended.stdout.contains("ok     Slack: no tokens, so the bot serves its playground"), "{ended:?}");
}

#[test]
fn a_report_platform_is_tried() {
    let lines = |place: &Place, address: &str| {
        let told = check(place).stdout.replace(address, "https://wiki.example");
        told.lines().filter(|line| line.contains("report")).collect::<Vec<_>>().join("\n")
    };
    let site = Site::open();
    let wordpress = format!(
        "[report]\nkind = \"wordpress\"\nurl = \"{}\"\nuser = \"bot\"\ncategories = [\"Incidents\", \"Fires\"]\n",
        site.url()
    );
    let place = Place::new().file("breakingbot.toml", &wordpress).with("REPORT_APPLICATION_PASSWORD", PASSWORD);
    insta::assert_snapshot!(lines(&place, &site.url()), @r"
    ok     report platform: WordPress “The Wiki” at https://wiki.example
    ok     report user bot: The bot (author) may write posts
    ok     report category Incidents: is there
    wrong  report category Fires: the site has no category Fires; make it there, or take it out of report.categories.
    ");
    let place = Place::new().file("breakingbot.toml", &wordpress).with("REPORT_APPLICATION_PASSWORD", "hidden-word");
    let told = lines(&place, &site.url());
    assert!(told.contains("wrong  report user bot: the site does not accept") && !told.contains("hidden"), "{told}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    let file = format!("[report]\nkind = \"file\"\ndirectory = \"{path}\"\n");
    let place = Place::new().file("breakingbot.toml", &file);
    assert_eq!(lines(&place, "nowhere"), format!("ok     report folder: {path} can be written to"));
    drop(folder);
    assert!(lines(&place, "nowhere").starts_with("wrong  report folder: the folder"), "{}", lines(&place, "nowhere"));
}
