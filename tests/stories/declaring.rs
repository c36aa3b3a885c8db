//! How incidents are declared, and what people read of it.

use insta::assert_snapshot;

use crate::story::Stage;

stories!(
    at_every_level,
    without_a_title_or_in_the_wrong_place,
    with_a_title_of_three_thousand_characters,
    with_a_name_that_is_taken,
    with_people_who_cannot_be_invited,
    at_the_same_time,
    without_a_channel,
);

async fn at_every_level(stage: Stage) {
    let slack = stage.begin().await;
    for (line, topic) in [
        (".start Checkout is down", ":fire: [P2] CHECKOUT IS DOWN"),
        (".START p1 Everything burns", ":fire: [P1] EVERYTHING BURNS"),
        (".critical The cards are stolen", ":fire: [P1] THE CARDS ARE STOLEN"),
        (".low Search is slow", ":dash: [P3] SEARCH IS SLOW"),
        (".p4 A button is blue", ":heavy_multiplication_x: [P4] A BUTTON IS BLUE"),
    ] {
        let room = slack.alice.says(line).opens_channel().await;
        room.topic().shows(topic).await;
        slack.settles().await;
    }
    assert_snapshot!(slack.main().transcript().await, @"
    alice: .start Checkout is down :ok:
    breakingbot: :fire: [P2] New incident: *Checkout is down* · #breaking-1
        Declared by @alice at P2 (serious, limited blast radius; several customers). To help, join its channel.
    alice: .START p1 Everything burns :ok:
    breakingbot: :fire: [P1] New incident: *Everything burns* · #breaking-2
        Declared by @alice at P1 (critical: many customers or a severe security breach, all hands). To help, join its channel.
    alice: .critical The cards are stolen :ok:
    breakingbot: :fire: [P1] New incident: *The cards are stolen* · #breaking-3
        Declared by @alice at P1 (critical: many customers or a severe security breach, all hands). To help, join its channel.
    alice: .low Search is slow :ok:
    breakingbot: :dash: [P3] New incident: *Search is slow* · #breaking-4
        Declared by @alice at P3 (minor or one customer, still needs prompt work). To help, join its channel.
    alice: .p4 A button is blue :ok:
    breakingbot: :heavy_multiplication_x: [P4] New incident: *A button is blue* · #breaking-5
        Declared by @alice at P4 (not an incident, ordinary backlog work). To help, join its channel.
    ");
    assert_snapshot!(slack.notify().transcript().await, @"
    breakingbot: @channel :fire: [P2] New incident: *Checkout is down* · #breaking-1
        Declared by @alice at P2 (serious, limited blast radius; several customers). To help, join its channel.
    breakingbot: @channel :fire: [P1] New incident: *Everything burns* · #breaking-2
        Declared by @alice at P1 (critical: many customers or a severe security breach, all hands). To help, join its channel.
    breakingbot: @channel :fire: [P1] New incident: *The cards are stolen* · #breaking-3
        Declared by @alice at P1 (critical: many customers or a severe security breach, all hands). To help, join its channel.
    ");
    slack.end().await;
}

async fn without_a_title_or_in_the_wrong_place(stage: Stage) {
    let slack = stage.begin().await;
    assert_snapshot!(slack.alice.says(".start").refusal().await, @"`.start` needs a title behind it, for example `.start Checkout is down`.");
    assert_snapshot!(slack.alice.says(".low \u{200b}\u{202e}").refusal().await, @"`.low` needs a title behind it, for example `.start Checkout is down`.");
    assert_snapshot!(slack.alice.says(".start p7 Odd").refusal().await, @"There is no level `p7` here; the levels are P1, P2, P3, P4, P5 (`.priorities` tells what they mean).");
    assert_snapshot!(slack.alice.says(".p7").refusal().await, @"There is no level `p7` here; the levels are P1, P2, P3, P4, P5 (`.priorities` tells what they mean).");
    slack.workspace.invite("alice", "breakingbot", "general").unwrap();
    assert_snapshot!(slack.bob.says_in(&slack.channel("general"), ".start Here").refusal().await, @"`.start` declares a new incident, and that is done in #breaking.");
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    assert_snapshot!(slack.alice.says_in(&room, ".start Another").refusal().await, @"`.start` declares a new incident, and that is done in #breaking.");
    assert_snapshot!(slack.alice.says_in(&room, ".low Another").refusal().await, @"`.low` declares a new incident, and that is done in #breaking.");
    assert_eq!(room.incident, 1, "what was refused took no number");
    slack.end().await;
}

async fn with_a_title_of_three_thousand_characters(stage: Stage) {
    let slack = stage.begin().await;
    let long = format!("Nothing works. {}", "It is all very sad. ".repeat(150));
    let room = slack.alice.says(&format!(".start {long}")).opens_channel().await;
    let incident = room.incident().await;
    assert_eq!(incident.title.readable().chars().count(), 249);
    assert!(room.view().topic.chars().count() <= 250);
    let notes = slack.alice.says_in(&room, ".notes").reply().await;
    assert!(notes.contains(long.trim()), "{notes}");
    slack.end().await;
}

async fn with_a_name_that_is_taken(stage: Stage) {
    let slack = stage
        .begin_after(|workspace| {
            workspace.create_channel("breaking-1", false).unwrap();
            workspace.create_channel("breaking-1-2", true).unwrap();
        })
        .await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    assert_eq!(room.view().name, "breaking-1-3");
    slack.end().await;
}

async fn with_people_who_cannot_be_invited(stage: Stage) {
    let stage = stage.desk(|desk| {
        desk.initial_users = ["U0GINA", "U0DORA", "U0NOBODY", "U0OLGA", "U0BOB"].map(Into::into).to_vec();
    });
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.settles().await;
    let members = room.view().members;
    for member in ["U0ALICE", "U0BOB", "U0BOT"] {
        assert!(members.iter().any(|m| m == member), "{member} is not in {members:?}");
    }
    assert!(!members.iter().any(|m| m == "U0DORA"), "{members:?}");
    slack.end().await;
}

async fn at_the_same_time(stage: Stage) {
    let stage = stage.desk(|desk| desk.channel_name = "{slug}".to_owned());
    let slack = stage.begin().await;
    let lines = [&slack.alice, &slack.bob, &slack.carol, &slack.dave].map(|person| person.says(".start It burns"));
    let mut names = Vec::new();
    for line in &lines {
        names.push(line.opens_channel().await.view().name);
    }
    names.sort();
    assert_eq!(names, ["it-burns", "it-burns-2", "it-burns-3", "it-burns-4"]);
    slack.end().await;
}

/// The workspace does not let the bot make channels.
async fn without_a_channel(stage: Stage) {
    let slack = stage.begin().await;
    let scopes = slack.workspace.scopes();
    slack.workspace.set_scopes(scopes.iter().filter(|scope| *scope != "channels:manage").cloned());
    let declaration = slack.alice.says(".start Checkout is down");
    slack.settles().await;
    assert_snapshot!(slack.main().transcript().await, @"
    alice: .start Checkout is down :exclamation:
        breakingbot: I could not make a channel for incident 1, so I canceled it; go on in a channel of your own for now. The Slack app lacks the scope `channels:manage`, without which conversations.create fails: whoever manages the app adds it under OAuth & Permissions and reinstalls the app to the workspace. Then declare it again with `.start` and its title.
    ");
    slack.workspace.set_scopes(scopes);
    drop(declaration);
    slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.end().await;
}
