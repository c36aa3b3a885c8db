//! Guests and people of other organisations.

use insta::assert_snapshot;

use crate::story::Stage;

stories!(members_only, guests_are_welcome, alone_with_the_bot);

async fn members_only(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    for guest in ["gina", "olga"] {
        slack.workspace.invite("alice", guest, &room.id).unwrap();
    }
    assert_snapshot!(slack.gina.says(".start Mine").refusal().await, @"Guests can't use my commands at this desk; ask a member of the workspace to type it for you.");
    assert_snapshot!(slack.olga.says(".start Mine").refusal().await, @"People of other organisations can't use my commands at this desk; ask a member of this workspace to type it for you.");
    for line in [".status", ".point", ".stop", ".summary", ".history", ".help", ".nonsense"] {
        for guest in [&slack.gina, &slack.olga] {
            let said = guest.says_in(&room, line);
            match line {
                ".nonsense" => said.is_ignored().await,
                _ => assert!(said.refusal().await.contains("can't use my commands at this desk"), "{line}"),
            }
        }
    }
    // In a thread, and with a mention of the bot.
    let chat = slack.alice.says_in(&room, "who is here?");
    assert!(slack.olga.says_under(&chat, ".stop").refusal().await.contains("other organisations"));
    assert!(slack.gina.says_in(&room, "@breakingbot .stop").refusal().await.contains("Guests"));
    assert_eq!(room.incident().await.version, 3);
    slack.end().await;
}

async fn guests_are_welcome(stage: Stage) {
    let slack = stage.desk(|desk| desk.allow_guests = true).begin().await;
    let room = slack.gina.says(".start Checkout is down").opens_channel().await;
    slack.settles().await;
    for guest in ["gina", "olga"] {
        slack.workspace.invite("alice", guest, &room.id).unwrap();
    }
    slack.olga.says_in(&room, ".point").gets_reaction("ok").await;
    slack.olga.says_in(&room, ".comms @gina").gets_reaction("ok").await;
    slack.gina.says_in(&room, ".stop").gets_reaction("ok").await;
    slack.end().await;
}

/// Outside the desks' channels the first desk answers.
async fn alone_with_the_bot(stage: Stage) {
    let slack = stage.begin().await;
    slack.alice.says(".start Checkout is down").opens_channel().await;
    assert_snapshot!(slack.alice.says_to_bot(".status").reply().await, @"
    *One incident is active*
    • :fire: [P2] *Checkout is down*: started, 0 s old, point: nobody, comms: nobody · #breaking-1
    No issue tracker is configured.
    ");
    assert_snapshot!(slack.alice.says_to_bot(".start Another").refusal().await, @"`.start` declares a new incident, and that is done in #breaking.");
    assert_snapshot!(slack.alice.says_to_bot(".stop").refusal().await, @"`.stop` works in an incident's channel; `.breakings` lists them.");
    assert_snapshot!(slack.gina.says_to_bot(".status").refusal().await, @"Guests can't use my commands at this desk; ask a member of the workspace to type it for you.");
    slack.alice.says_to_bot("hello?").is_ignored().await;
    slack.end().await;
}
