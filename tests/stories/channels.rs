//! What happens to incidents' channels.

use insta::assert_snapshot;

use crate::story::Stage;

stories!(who_comes_late_is_welcomed, archived_and_unarchived, renamed, deleted, archived_when_it_is_over);

async fn who_comes_late_is_welcomed(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.bob.joins(&room);
    slack.settles().await;
    assert_eq!(slack.bob.whispers_in(&room), [""; 0]);
    slack.alice.says_in(&room, ".summary Cards fail").reply().await;
    slack.alice.says_in(&room, ".genesis 10 minutes ago").reply().await;
    slack.alice.says_in(&room, ".detected 5 minutes ago").reply().await;
    slack.carol.joins(&room);
    assert_snapshot!(slack.carol.is_whispered_in(&room).await, @"
    Welcome. This is incident 1, [P2] *Checkout is down*: started.
    > Cards fail
    TTD 5 m
    point: nobody, comms: nobody
    `.status` tells the rest.
    ");
    slack.alice.says_in(&room, ".comms @dave").gets_reaction("ok").await;
    assert_snapshot!(slack.dave.is_whispered_in(&room).await, @"
    Welcome. This is incident 1, [P2] *Checkout is down*: started.
    > Cards fail
    TTD 5 m
    point: nobody, comms: @dave
    `.status` tells the rest.
    ");
    slack.end().await;
}

async fn archived_and_unarchived(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.settles().await;
    slack.bob.archives(&room);
    slack.main().shows("was archived by @bob").await;
    slack.bob.unarchives(&room);
    slack.settles().await;
    slack.alice.says_in(&room, ".point").gets_reaction("ok").await;
    room.topic().shows("point @alice").await;
    assert_snapshot!(slack.main().transcript().await, @"
    alice: .start Checkout is down :ok:
    breakingbot: :fire: [P2] New incident: *Checkout is down* · #breaking-1
        Declared by @alice at P2 (serious, limited blast radius; several customers). To help, join its channel.
    breakingbot: The channel of incident 1 (*Checkout is down*, started) was archived by @bob while it was still active. Is it over? Unarchive the channel and type `.stop` there; reminders rest until then.
    ");
    slack.end().await;
}

async fn renamed(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.settles().await;
    slack.alice.renames(&room, "checkout-is-down");
    slack.settles().await;
    assert_snapshot!(slack.alice.says_in(&room, ".status").reply().await, @"
    :fire: [P2] *Checkout is down*
    Incident 1 is started, 0 s after it was declared.
    • point: nobody, comms: nobody
    • started: Feb 28, 2052 17:00
    • tracker: none is configured
    • no comm update yet: `.notify what people should know` sends one
    ");
    slack.end().await;
}

async fn deleted(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.settles().await;
    slack.alice.deletes(&room);
    let told = slack.main().shows("its channel was deleted").await;
    assert!(told.ends_with("If it still burns, declare it again with `.start` and its title."), "{told}");
    assert_eq!(slack.incident(1).await.state.word(), "canceled");
    slack.end().await;
}

async fn archived_when_it_is_over(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".low Checkout is down").opens_channel().await;
    slack.alice.says_in(&room, ".stop").gets_reaction("ok").await;
    slack.settles().await;
    slack.bob.archives(&room);
    slack.settles().await;
    assert_eq!(room.incident().await.state.word(), "resolved");
    slack.bob.unarchives(&room);
    slack.settles().await;
    slack.bob.says_in(&room, ".restart").gets_reaction("ok").await;
    slack.end().await;
}
