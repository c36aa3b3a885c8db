//! One bot, several desks, each with its own rules.

use insta::assert_snapshot;

use breakingbot::core::desk::Desk;

use crate::story::Stage;

stories!(each_by_its_own_rules, declare_at_the_same_time, without_a_notify_channel);

async fn each_by_its_own_rules(mut stage: Stage) {
    let mut security = Desk::with_defaults("security", "G0PRIVATE");
    security.channel_name = "sec-{number}-{slug}".to_owned();
    security.initial_users = vec!["U0CAROL".into()];
    security.role_names.insert("point".to_owned(), "lead".to_owned());
    security.runbooks.insert("breach".to_owned(), "https://runbooks.example/breach".to_owned());
    security.priorities.retain(|level, _| level.0 <= 2);
    security.default_level = breakingbot::core::ids::Level(1);
    stage.desks.push(security);
    let slack = stage.begin_after(|workspace| workspace.invite("alice", "breakingbot", "security").unwrap()).await;
    let security = slack.channel("security");
    let breach = slack.bob.says_in(&security, ".start Keys have leaked").opens_channel().await;
    let checkout = slack.alice.says(".start Checkout is down").opens_channel().await;
    breach.topic().is(":fire: [P1] KEYS HAVE LEAKED · lead nobody, comms nobody").await;
    checkout.topic().is(":fire: [P2] CHECKOUT IS DOWN · point nobody, comms nobody").await;
    slack.until("Carol is invited", |_| breach.view().members.iter().any(|member| member == "U0CAROL")).await;
    assert_eq!(breach.view().name, "sec-1-keys-have-leaked");
    slack.settles().await;
    slack.bob.says_in(&security, ".low A rumour").is_ignored().await;
    assert_snapshot!(slack.bob.says_in(&security, ".p3 A rumour").refusal().await, @"There is no level `p3` here; the levels are P1, P2 (`.priorities` tells what they mean).");
    assert_snapshot!(slack.bob.says_in(&breach, ".p3").refusal().await, @"There is no level `p3` here; the levels are P1, P2 (`.priorities` tells what they mean).");
    assert_snapshot!(slack.bob.says_in(&breach, ".mainchannel").reply().await, @"Incidents are declared and announced in #security: `.start Checkout is down` there opens one.");
    assert_snapshot!(slack.bob.says_in(&checkout, ".mainchannel").reply().await, @"Incidents are declared and announced in #breaking: `.start Checkout is down` there opens one.");
    assert_snapshot!(security.transcript().await, @"
    bob: .start Keys have leaked :ok:
    breakingbot: @channel :fire: [P1] New incident: *Keys have leaked* · #sec-1-keys-have-leaked
        Declared by @bob at P1 (critical: many customers or a severe security breach, all hands). To help, join its channel.
    bob: .low A rumour
    bob: .p3 A rumour :exclamation:
        breakingbot: There is no level `p3` here; the levels are P1, P2 (`.priorities` tells what they mean).
    ");
    assert!(!slack.main().transcript().await.contains("Keys"));
    assert!(!slack.notify().transcript().await.contains("Keys"));
    assert_eq!(breach.view().bookmarks.len(), 1);
    slack.end().await;
}

async fn declare_at_the_same_time(mut stage: Stage) {
    stage.desks.push(Desk::with_defaults("general", "C0GENERAL"));
    let slack = stage.begin_after(|workspace| workspace.invite("alice", "breakingbot", "general").unwrap()).await;
    let general = slack.channel("general");
    let lines: Vec<_> = (1..=4)
        .flat_map(|n| {
            let line = format!(".start Incident {n}");
            [slack.alice.says(&line), slack.bob.says_in(&general, &line)]
        })
        .collect();
    let mut names = Vec::new();
    for line in lines {
        names.push(line.opens_channel().await.view().name);
    }
    names.sort();
    assert_eq!(names, (1..=8).map(|n| format!("breaking-{n}")).collect::<Vec<_>>());
    slack.settles().await;
    assert_eq!((slack.main().posts().len(), general.posts().len()), (4, 4));
    slack.end().await;
}

async fn without_a_notify_channel(stage: Stage) {
    let slack = stage.desk(|desk| desk.notify_channel = None).begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.settles().await;
    slack.alice.says_in(&room, ".notify We roll back").gets_reaction("ok").await;
    slack.settles().await;
    slack.alice.says_in(&room, ".stop").gets_reaction("ok").await;
    assert_snapshot!(slack.main().transcript().await, @"
    alice: .start Checkout is down :ok:
    breakingbot: @channel :fire: [P2] New incident: *Checkout is down* · #breaking-1
        Declared by @alice at P2 (serious, limited blast radius; several customers). To help, join its channel.
    breakingbot: :fire: [P2] Update: *Checkout is down* · #breaking-1
        > We roll back
        Sent by @alice
    breakingbot: :white_check_mark: [P2] All clear: *Checkout is down* · #breaking-1
        Resolved by @alice. It lasted 0 s from when it was declared.
    ");
    assert_eq!(slack.notify().posts(), [""; 0]);
    slack.end().await;
}
