use std::path::Path;

use jiff::SignedDuration;

use super::*;
use crate::core::desk::Quiet;
use crate::core::ids::Level;
use crate::core::quiet::QuietHours;
use crate::core::record::Format;

/// The settings of these variables and of this file; the mistakes as a person reads them.
fn read(variables: &[(&str, &str)], toml: &str) -> Result<Settings, String> {
    let folder = tempfile::tempdir().unwrap();
    if !toml.is_empty() {
        std::fs::write(folder.path().join("breakingbot.toml"), toml).unwrap();
    }
    let environment = Environment::of(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    Settings::of(&environment, folder.path()).map_err(|problems| problems.to_string())
}

/// The one mistake of a desk that is right but for these lines.
fn mistake(lines: &str) -> String {
    let told = read(&[], &format!("[[desk]]\nmain_channel = \"C0MAIN\"\n{lines}\n")).unwrap_err();
    let mut problems = told.lines().skip(1);
    let first = problems.next().unwrap().trim().to_owned();
    assert_eq!(problems.next(), None, "more than one mistake: {told}");
    first
}

fn desk(lines: &str) -> Desk {
    let mut settings = read(&[], &format!("[[desk]]\nmain_channel = \"C0MAIN\"\n{lines}\n")).unwrap();
    settings.desks.remove(0)
}

#[test]
fn a_short_id_is_an_id() {
    let settings = read(&[], "[[desk]]\nmain_channel = \"C1\"\ninitial_users = [\"U1\"]").unwrap();
    assert_eq!(settings.desks[0].main_channel.as_str(), "C1");
}

#[test]
fn nothing_configured_is_the_playground_on_a_file() {
    let settings = read(&[], "").unwrap();
    assert_eq!(settings.database.to_string(), "SQLite file breakingbot.db");
    assert!(settings.tokens.is_none());
    assert_eq!(settings.listens_on().to_string(), "127.0.0.1:8080");
    assert_eq!(settings.desks.len(), 1);
    assert_eq!(settings.desks[0].main_channel.as_str(), "C0MAIN");
    assert_eq!(settings.desks[0].stakeholders().as_str(), "C0NOTIFY");
    assert_eq!(settings.annoyotron.interval, Duration::from_secs(42));
    assert_eq!(settings.archivist.interval, Duration::from_secs(42 * 60));
    assert_eq!(settings.slack.call_timeout, Duration::from_secs(5));
}

#[test]
fn the_example_file_says_what_is_so_without_it() {
    let example = include_str!("../../breakingbot.example.toml");
    let settings = read(&[], example).unwrap();
    let mut desk = settings.desks[0].clone();
    assert_eq!(desk.priorities, Desk::with_defaults("x", "C0MAIN").priorities);
    desk.notify_channel = None;
    desk.runbooks.clear();
    assert_eq!(desk, Desk { default_level: Level(2), ..Desk::with_defaults("main", desk.main_channel.clone()) });
    let bare = read(&[], "[[desk]]\nmain_channel = \"C0MAIN\"").unwrap();
    assert_eq!(settings.slack, bare.slack);
    assert_eq!(settings.store, bare.store);
    assert_eq!(settings.annoyotron, bare.annoyotron);
    assert_eq!(settings.archivist, bare.archivist);
    assert_eq!(settings.syntrax, bare.syntrax);
}

#[test]
fn every_mistake_is_told_at_once() {
    let variables = [
        ("DATABASE_URL", "mysql://root@db/breaking"),
        ("SLACK_BOT_TOKEN", "xapp-swapped"),
        ("SLACK_API_URL", "http://slack.example/api"),
        ("PORT", "eighty"),
        ("HOST", "everywhere"),
        ("RUST_LOG", "breakingbot=loud"),
        ("LOG_FORMAT", "yaml"),
    ];
    let toml = r##"
[[desk]]
name = "woo"
main_channel = "#breaking"
notify_chanel = "C0NOTIFY"
channel_name = "Breaking-{numbr}"
initial_users = ["U0ALICE", "bob", 5]
allow_guests = "no"
oncall_group = "@oncall"
archive_after = "soon"
default_level = 4
[desk.runbooks]
root = "wiki/breaking"
[desk.role_names]
boss = "chief"
[desk.priority.1]
aliases = ["hi", "stop", "p3", "two words", "low"]
nag = { point = "1s", update = "often", quiet_hours_utc = "22:00-06:00" }
[desk.priority.4]
emoji = ":no such:"
[desk.priority]
5 = false
7 = { high = true }
hot = { high = true }

[[desk]]
name = "woo"
main_channel = "C0OTHER"
priority.4 = false
default_level = 4

[[desk]]
name = "third"
main_channel = "C0OTHER"

[annoyotron]
interval = 42
[archivst]
interval = "42m"
[slack]
call_timeout = "5ms"
"##;
    // `[desk.priority]` after `[desk.priority.1]` is allowed by TOML.
    insta::assert_snapshot!(read(&variables, toml).unwrap_err());
}

#[test]
fn a_file_that_is_not_toml_is_told_by_its_lines() {
    let told = read(&[], "[[desk]\nmain_channel = C0MAIN\n").unwrap_err();
    insta::assert_snapshot!(told);
}

#[test]
fn a_desk_of_its_own() {
    let desk = desk(
        r#"
        name = "woo"
        channel_name = "fire-{date}-{slug}"
        archive_after = "never"
        default_level = 3
        [desk.role_names]
        point = "incident commander"
        [desk.priority]
        4 = false
        5 = false
        6 = { meaning = "a drill", emoji = ":fire_engine:", aliases = [".Drill"], nag = { point = "1h30m" } }
        [desk.priority.3]
        nag = { quiet_hours_utc = "22-6", point = "never" }
        "#,
    );
    assert_eq!(desk.priorities.keys().map(|level| level.0).collect::<Vec<_>>(), [1, 2, 3, 6]);
    assert_eq!(desk.default_level, Level(3));
    let drill = desk.priority(Level(6)).unwrap();
    assert_eq!((drill.emoji.as_str(), drill.high, drill.review), ("fire_engine", false, false));
    assert_eq!(drill.nag.point, Some(SignedDuration::from_mins(90)));
    assert_eq!(drill.nag.comms, None);
    assert_eq!(desk.level_of("drill"), Some(Level(6)));
    let low = desk.priority(Level(3)).unwrap();
    assert_eq!(low.nag.quiet, Quiet::Hours(QuietHours::utc(22, 6)));
    assert_eq!(low.nag.point, None);
    assert_eq!(low.nag.comms, Some(SignedDuration::from_secs(1200)), "what is not written stays the default");
    assert_eq!(desk.archive_after, None);
    assert_eq!(desk.role_name(crate::core::incident::Role::Point), "incident commander");
}

#[test]
fn quiet_hours_are_a_desks_or_a_levels() {
    let desk = desk(
        r#"
        quiet_hours = { from = "22:00", to = "06:30", zone = "Europe/Berlin" }
        priority.1.nag.quiet_hours_utc = "never"
        priority.3.nag = { quiet_hours_utc = "18-8", blocker = "2h" }
        "#,
    );
    let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    let night = at("2024-07-01T04:00:00Z");
    assert_eq!(desk.quiet_end(Level(1), night), None);
    assert_eq!(desk.quiet_end(Level(2), night), Some(at("2024-07-01T04:30:00Z")));
    assert_eq!(desk.quiet_end(Level(3), night), Some(at("2024-07-01T08:00:00Z")));
    assert_eq!(desk.priority(Level(3)).unwrap().nag.blocker, Some(SignedDuration::from_hours(2)));
}

#[test]
fn every_desk_escalates_as_the_annoyotron_says() {
    let settings = read(&[], "annoyotron.escalate_after = 5\n[[desk]]\nmain_channel = \"C0MAIN\"").unwrap();
    assert_eq!(settings.desks[0].escalate_after, 5);
}

#[test]
fn each_mistake_of_a_desk_names_its_remedy() {
    let cases = [
        ("channel_name = \"breaking\"", "gives every incident the same name"),
        ("channel_name = \"breaking-{date}\"", "gives every incident the same name"),
        ("channel_name = \"breaking-{number\"", "a brace that has no partner"),
        ("channel_name = \"a b-{number}\"", "has ' ', which Slack does not allow"),
        (
            "channel_name = \"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhh{number}\"",
            "is too long",
        ),
        ("default_level = 9", "a level that this desk does not have. Set it to one of 1, 2, 3, 4, 5."),
        ("default_level = 10", "Write a whole number from 1 to 9."),
        ("priority.3.nag.quiet_hours_utc = \"6-6\"", "\"22-06\""),
        ("priority.3.nag.quiet_hours_utc = \"22-25\"", "\"22-06\""),
        ("priority.3.nag.quiet_hours_utc = \"1-2-3\"", "\"22-06\""),
        ("priority.3.nag.blocker = \"1s\"", "Write a time from \"10s\" to \"30d\""),
        ("quiet_hours = \"22-06\"", "Write a section: [desk.quiet_hours]."),
        ("quiet_hours = { from = \"22:00\", to = \"06:00\" }", "desk.quiet_hours.zone is missing. Write all three"),
        ("quiet_hours = { from = \"22:00\", to = \"22:00\", zone = \"UTC\" }", "is when they begin"),
        ("quiet_hours = { from = \"22h\", to = \"06:00\", zone = \"UTC\" }", "which no clock shows"),
        ("quiet_hours = { from = \"22:00\", to = \"24:00\", zone = \"UTC\" }", "which no clock shows"),
        ("quiet_hours = { from = \"22:00\", to = \"06:00\", zone = \"Berlin\" }", "\"Berlin\", which is no timezone"),
        ("priority.3.report = true", "a report but without a review"),
        ("priority.8 = { high = true }", "meaning is missing, and this level has no default"),
        ("priority.3.aliases = [\"crit\"]", "makes \"crit\" an alias of both P1 and P3"),
        ("priority.3.aliases = [\"meh\", \"meh\"]", "has the alias \"meh\" twice"),
        ("priority = 3", "is the number 3. Write a section: [desk.priority]."),
        ("main_chanel = \"C0MAIN\"", "Did you mean main_channel?"),
        ("colour = \"red\"", "Known here: allow_guests, archive_after,"),
        ("initial_users = \"U0ALICE\"", "Write a list: initial_users = ["),
        ("initial_users = [\"@alice\"]", "Write the member id, not the name"),
        ("record_history = 1", "Write true or false"),
        ("name = \"\"", "is empty"),
        ("archive_after = \"-1d\"", "is no length of time"),
        ("runbooks.root = \"ftp://x\"", "https://"),
    ];
    for (lines, expected) in cases {
        let told = mistake(lines);
        assert!(told.contains(expected), "{lines}\n  {told}\n  should contain {expected}");
        assert!(told.starts_with("breakingbot.toml:"), "{told}");
    }
}

#[test]
fn a_lease_outlives_a_call() {
    let lease = |toml: &str| read(&[], toml).map(|settings| settings.store.lease.as_secs());
    assert_eq!(lease(""), Ok(10));
    assert_eq!(lease("slack.call_timeout = \"20s\""), Ok(40));
    assert_eq!(lease("slack.call_timeout = \"20s\"\nstore.lease = \"1m\""), Ok(60));
    let told = lease("slack.call_timeout = \"20s\"\nstore.lease = \"30s\"").unwrap_err();
    assert!(told.contains("breakingbot.toml:2: store.lease is 30 s") && told.contains("at least \"40s\""), "{told}");
}

#[test]
fn tokens_come_in_pairs_and_with_a_desk() {
    let (app, bot) = (("SLACK_APP_TOKEN", "xapp-1"), ("SLACK_BOT_TOKEN", "xoxb-1"));
    let desk = "[[desk]]\nmain_channel = \"C1A\"";
    assert!(read(&[app, bot], desk).unwrap().tokens.is_some());
    assert!(read(&[app], desk).unwrap_err().contains("SLACK_BOT_TOKEN is not set, but SLACK_APP_TOKEN is. Set both"));
    assert!(read(&[bot], desk).unwrap_err().contains("SLACK_APP_TOKEN is not set"));
    assert!(read(&[("SLACK_APP_TOKEN", "xoxb-1"), bot], desk).unwrap_err().contains("does not begin with xapp-"));
    assert!(read(&[app, bot], "").unwrap_err().contains("breakingbot.toml is missing"));
    assert!(read(&[app, bot], "[slack]").unwrap_err().contains("breakingbot.toml has no [[desk]]"));
    assert!(read(&[("SLACK_APP_TOKEN", " "), ("SLACK_BOT_TOKEN", "")], "").unwrap().tokens.is_none());
}

#[test]
fn addresses() {
    let tokens = [("SLACK_APP_TOKEN", "xapp-1"), ("SLACK_BOT_TOKEN", "xoxb-1")];
    let api = |url| {
        let [app, bot] = tokens;
        read(&[app, bot, ("SLACK_API_URL", url)], "[[desk]]\nmain_channel = \"C1A\"").map(|settings| settings.api_url)
    };
    assert_eq!(api("https://slack.example/api/").unwrap(), "https://slack.example/api");
    assert_eq!(api("http://127.0.0.1:8080/api").unwrap(), "http://127.0.0.1:8080/api");
    assert_eq!(api("http://[::1]:8080/api//").unwrap(), "http://[::1]:8080/api");
    assert_eq!(api("http://localhost/api").unwrap(), "http://localhost/api");
    assert_eq!(api("").unwrap(), "https://slack.com/api");
    assert!(api("http://localhost.example/api").unwrap_err().contains("unencrypted"));
    assert!(api("slack.com").unwrap_err().contains("is no address"));
    assert!(read(&[("SLACK_API_URL", "http://localhost/api")], "").unwrap_err().contains("is set, but no token is"));

    let database = |url| Database::at(url).map(|database| database.to_string());
    assert_eq!(database("sqlite:///var/lib/bot.db?mode=rwc").unwrap(), "SQLite file /var/lib/bot.db");
    for nothing in ["sqlite::memory:", "sqlite://", "sqlite:"] {
        assert!(database(nothing).unwrap_err().1.contains("sqlite://breakingbot.db"));
    }
    assert_eq!(
        database("postgres://bot:secret@db.example:6432/breaking").unwrap(),
        "PostgreSQL database breaking at db.example:6432"
    );
    for wrong in
        ["postgres://bot:hunter22@:nope/x", "postgres//bot@db", "breakingbot.db", "postgres://b:s3cr3t/w@db:x/y"]
    {
        let (what, remedy) = database(wrong).unwrap_err();
        assert!(!what.contains("hunter22") && !what.contains("s3cr3t"), "{what}");
        assert!(remedy.contains("postgres://"), "{remedy}");
    }
}

#[test]
fn a_configuration_file_that_was_asked_for_must_be_there() {
    let told = read(&[("BREAKINGBOT_CONFIG", "elsewhere.toml")], "").unwrap_err();
    assert!(told.contains("BREAKINGBOT_CONFIG names elsewhere.toml, which cannot be read"), "{told}");
}

#[test]
fn the_env_file_is_read_and_its_secrets_are_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "PORT=9999\nSLACK_BOT_TOKN=xoxb-hidden\nOTHER=fine\nthis is xoxb-broken\n";
    std::fs::write(folder.path().join(".env"), lines).unwrap();
    let mut problems = Vec::new();
    let mut environment = Environment::of([("HOST".to_owned(), "0.0.0.0".to_owned())]);
    environment.add_file(&folder.path().join(".env"), &mut problems);
    let told = Problems::sorted(problems).to_string();
    assert!(told.contains(".env: SLACK_BOT_TOKN is unknown. Did you mean SLACK_BOT_TOKEN?"), "{told}");
    assert!(told.contains(".env:4: has a line that cannot be read"), "{told}");
    assert!(!told.contains("hidden") && !told.contains("broken"), "{told}");
    assert_eq!(Settings::of(&environment, folder.path()).unwrap().listens_on().to_string(), "0.0.0.0:9999");
}

const WORDPRESS: &str = "[report]\nkind = \"wordpress\"\nurl = \"https://wiki.example/wp-json/\"\nuser = \"bot\"\n";

#[test]
fn reports_go_to_a_site_or_to_a_folder() {
    let password = [("REPORT_APPLICATION_PASSWORD", "abcd efgh")];
    let Some(Report::WordPress(site)) = read(&password, WORDPRESS).unwrap().report else { panic!("a site") };
    assert_eq!(
        (site.site.to_string().as_str(), site.user.as_str(), site.status.as_str()),
        ("https://wiki.example", "bot", "draft")
    );
    let file = "[report]\nkind = \"file\"\ndirectory = \"out\"\nformats = [\"md\"]\nlink = \"https://r.example/x\"";
    let Some(Report::File(file)) = read(&[], file).unwrap().report else { panic!("a folder") };
    assert!(file.directory.ends_with("out") && file.directory.is_absolute());
    assert_eq!((file.formats, file.link.as_deref()), (vec![Format::Markdown], Some("https://r.example/x/")));
    assert_eq!(read(&[], "").unwrap().report, None);
    assert_eq!(read(&password, "").unwrap().report, None);
}

#[test]
fn mistakes_of_a_report_platform_are_told_at_once() {
    let toml = r#"
[report]
kind = "wordpress"
url = "http://wiki.example"
status = "Under Review"
categories = ["", 5]
directory = "out"
link = "out"
formats = ["pdf"]
[templates]
description = "gone.md"
comment = 5
raport = "x"
"#;
    insta::assert_snapshot!(read(&[], toml).unwrap_err());
    let one = |toml: &str| read(&[], toml).unwrap_err().lines().skip(1).map(str::trim).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(one(WORDPRESS), @r#"environment: REPORT_APPLICATION_PASSWORD is not set, but report.kind is "wordpress". Make an application password in the profile of bot on the site, and put it into .env."#);
    insta::assert_snapshot!(one("[report]\nkind = \"wiki\""), @r#"breakingbot.toml:2: report.kind is "wiki". Write "wordpress" or "file"."#);
    insta::assert_snapshot!(one("[report]\ndirectory = \"x\""), @r#"breakingbot.toml:1: report.kind is missing. Write kind = "wordpress" or kind = "file"."#);
    insta::assert_snapshot!(one("[report]\nkind = \"file\"\nformats = []"), @r#"
    breakingbot.toml:1: report.directory is missing. Write directory = "/srv/reports".
    breakingbot.toml:3: report.formats is empty. Write at least one of "html", "md" and "json".
    "#);
}

#[test]
fn templates_are_tried_at_start_and_every_mistake_has_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    file("breakingbot.toml", "[templates]\ndescription = \"d.md\"\nreport_html = \"r.html\"\nreport_md = \"r.md\"\n");
    file("d.md", "# {{ title }}\n{{ sumary }}\n\n{{ prority.level }}\n");
    file("r.html", "<p>{{ title }}\n{% for x in log %}{{ x.txt }}{% endfor %}\n");
    file("r.md", "{{ title }}: {{ lasted_seconds|duration }}\n");
    let settings = || Settings::of(&Environment::default(), folder.path());
    insta::assert_snapshot!(settings().unwrap_err());
    file("d.md", "# {{ title }}\n");
    file("r.html", "<p>{{ title }}</p>\n");
    file("r.md", "{{ title }}{% if lasted_seconds is not none %}: {{ lasted_seconds|duration }}{% endif %}\n");
    assert_ne!(settings().unwrap().templates, Templates::built_in());
    assert_eq!(read(&[], "").unwrap().templates, Templates::built_in());
}

#[test]
fn secrets_do_not_print() {
    let variables = [
        ("SLACK_APP_TOKEN", "xapp-hidden"),
        ("SLACK_BOT_TOKEN", "xoxb-hidden"),
        ("DATABASE_URL", "postgres://bot:hidden@db.example/breaking"),
        ("REPORT_APPLICATION_PASSWORD", "hidden"),
    ];
    let settings = read(&variables, &format!("{WORDPRESS}[[desk]]\nmain_channel = \"C1A\"")).unwrap();
    let printed = format!("{settings:?} {:#?} {}", settings, settings.database);
    assert!(!printed.contains("hidden"), "{printed}");
}

#[test]
fn every_key_is_in_the_reference() {
    let reference =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/CONFIGURATION.md")).unwrap();
    for key in known_keys() {
        assert!(reference.contains(&format!("`{key}`")), "docs/CONFIGURATION.md lacks `{key}`");
    }
    for (name, default) in VARIABLES {
        assert!(reference.contains(&format!("`{name}`")), "docs/CONFIGURATION.md lacks `{name}`");
        assert!(
            default.is_empty() || reference.contains(&format!("`{default}`")),
            "{name}: its default is `{default}`"
        );
    }
}

const JIRA: &str = "[tracker]\nkind = \"jira\"\nurl = \"https://acme.atlassian.net\"\nuser = \"bot@acme.example\"\nproject = \"OPS\"\n";

#[test]
fn each_tracker_with_its_defaults() {
    use crate::boundary::issue_tracker::{Configured, Phase, github};
    let token = [("TRACKER_TOKEN", "hidden")];
    let tracker = |toml: &str| read(&token, toml).unwrap().tracker.unwrap();
    assert!(read(&token, "").unwrap().tracker.is_none());
    let Configured::Jira(jira) = tracker(JIRA) else { panic!("not Jira") };
    assert_eq!(jira.priorities[&Level(1)], "Highest");
    assert_eq!(jira.statuses.get(&Phase::Started), None);
    assert_eq!(jira.statuses[&Phase::Canceled], "Done");
    assert_eq!(jira.people[&crate::core::incident::Role::Point], "assignee");
    let Configured::GitHub(github) = tracker(
        "[tracker]\nkind = \"github\"\nrepository = \"acme/incidents\"\naction_items = \"task-list\"\nassignee = \"none\"\n\
         status.started = \"none\"\naccounts.\"Alice@acme.example\" = \"alice-gh\"\npriority.1 = \"sev1\"\n",
    ) else {
        panic!("not GitHub")
    };
    assert_eq!(github.api.to_string(), "https://api.github.com");
    assert_eq!((github.items, github.assignee), (github::Items::TaskList, None));
    assert_eq!(github.accounts["alice@acme.example"], "alice-gh");
    assert_eq!((github.priorities[&Level(1)].as_str(), github.priorities[&Level(9)].as_str()), ("sev1", "P9"));
    assert!(
        !github.statuses.contains_key(&Phase::Started) && github.statuses[&Phase::ReadyForReview] == "ready for review"
    );
    let Configured::P2(p2) =
        tracker("[tracker]\nkind = \"p2\"\nurl = \"https://p2.acme.example/wp-json/\"\nuser = \"bot\"\n")
    else {
        panic!("not P2")
    };
    assert_eq!((p2.site.to_string().as_str(), p2.visibility.as_str()), ("https://p2.acme.example", "publish"));
    let printed = format!("{jira:?} {github:?} {p2:?}");
    assert!(!printed.contains("hidden"), "{printed}");
}

#[test]
fn every_mistake_of_a_tracker_is_told_at_once() {
    let toml = r#"
[tracker]
kind = "jria"
url = "http://acme.example"
repository = "acme"
label = "two words"
visibility = "secret"
assignee = "boss"
[tracker.priority]
1 = ""
10 = "x"
[tracker.status]
solved = "Done"
[tracker.moments]
genesis = "Genesis"
"#;
    insta::assert_snapshot!(read(&[], toml).unwrap_err());
    insta::assert_snapshot!(read(&[], &JIRA.replace("project", "projct")).unwrap_err());
    insta::assert_snapshot!(read(&[], &format!("{JIRA}repository = \"a/b\"\n")).unwrap_err());
}

#[test]
fn a_github_app_has_a_key_and_no_token() {
    let github = "[tracker]\nkind = \"github\"\nrepository = \"acme/incidents\"\n";
    let app = format!("{github}app_id = \"12\"\n");
    let (token, key) = (
        ("TRACKER_TOKEN", "t"),
        ("TRACKER_PRIVATE_KEY", "-----BEGIN RSA PRIVATE KEY-----\\nhidden\\n-----END RSA PRIVATE KEY-----"),
    );
    let told = |variables: &[(&str, &str)], toml: &str| read(variables, toml).unwrap_err();
    assert!(told(&[], github).contains("TRACKER_TOKEN is not set, but tracker.kind is \"github\""));
    assert!(told(&[], &app).contains("TRACKER_PRIVATE_KEY is not set, but tracker.app_id is."));
    assert!(told(&[key], github).contains("TRACKER_PRIVATE_KEY is set, but tracker.app_id is not."));
    assert!(told(&[token, key], &app).contains("Leave one of them"));
    let broken = told(&[key], &app);
    assert!(broken.contains("is no RSA private key in PEM") && !broken.contains("hidden"), "{broken}");
}
