//! Guests and people of other organisations.

use insta::assert_snapshot;
use jiff::SignedDuration;

use crate::story::Stage;

stories!(members_only, by_no_route, guests_are_welcome, alone_with_the_bot);

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

/// However it reaches the bot: typed, mentioning it, in a thread, found late in the history, by a button, by a reaction.
async fn by_no_route(stage: Stage) {
    let slack = stage.reminding().begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    for guest in ["gina", "olga"] {
        slack.workspace.invite("alice", guest, &room.id).unwrap();
    }
    let chat = slack.alice.says_in(&room, "who is here?");
    slack.settles().await;
    let before = room.incident().await.version;
    for guest in [&slack.gina, &slack.olga] {
        for said in [
            guest.says_in(&room, ".point"),
            guest.says_in(&room, "@breakingbot .point"),
            guest.says_under(&chat, ".point"),
            guest.says_under(&chat, "@breakingbot .stop"),
            guest.says(".start Mine"),
        ] {
            said.is_answered_with("exclamation").await;
            slack.settles().await;
            let answer = said.answer();
            assert_eq!(answer.reactions, ["exclamation"], "{}", said.line.raw);
            let is_refusal = |reply: &String| reply.contains("can't use my commands at this desk");
            assert!(!answer.replies.is_empty() && answer.replies.iter().all(is_refusal), "{answer:?}");
        }
        slack.workspace.react(guest.id, &room.id, &chat.line.ts, "ok").unwrap();
        slack.workspace.react(guest.id, &room.id, &chat.line.ts, "point").unwrap();
    }
    slack.settles().await;
    assert_eq!(room.incident().await.version, before);

    // The bot is away; what they type is found soon enough to be run, and too late.
    slack.bot_stops().await;
    let old = [slack.gina.says_in(&room, ".point"), slack.olga.says_in(&room, ".stop")];
    slack.later(SignedDuration::from_mins(11));
    let recent = [slack.gina.says_in(&room, ".point"), slack.olga.says_in(&room, ".stop")];
    slack.bot_comes_back().await;
    for said in old.iter().chain(&recent) {
        said.is_answered_with("exclamation").await;
        slack.settles().await;
        assert!(said.refusal().await.contains("can't use my commands at this desk"), "{}", said.line.raw);
    }

    // The reminder that nobody is point has a button, in the channel and in the main one.
    let reminder = |channel: &str| {
        let channel = channel.to_owned();
        move |slack: &playground::Workspace| {
            let posts = slack.messages(&channel, None).ok()?;
            posts
                .into_iter()
                .rev()
                .find(|post| serde_json::Value::from(post.blocks.clone()).to_string().contains("I am point"))
        }
    };
    slack.later(SignedDuration::from_secs(42));
    let in_room = slack.until_some("somebody is asked to be point", reminder(&room.id)).await;
    let in_main = slack.until_some("somebody is asked to be point", reminder("C0MAIN")).await;
    for (guest, words) in [(&slack.gina, "Guests can't"), (&slack.olga, "People of other organisations can't")] {
        for (channel, post) in [(&room.channel, &in_room), (&slack.main(), &in_main)] {
            slack.workspace.click(guest.id, &channel.id, &post.ts, "command_0").unwrap();
            let told = |slack: &playground::Workspace| {
                let messages = slack.messages(&channel.id, Some(post.ts)).ok()?;
                let ephemerals = slack.ephemerals(&channel.id).ok()?;
                let mut all = messages.iter().chain(&ephemerals);
                all.any(|message| message.ts > post.ts && message.text.contains(words)).then_some(())
            };
            slack.until_some("the press is refused", told).await;
        }
    }
    slack.settles().await;
    let incident = room.incident().await;
    assert!(incident.roles.point.is_none() && incident.state.is_active(), "{incident:?}");
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
