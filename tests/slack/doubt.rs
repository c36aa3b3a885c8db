//! Effects whose earlier attempt has an unknown outcome: done exactly once, whether it was done or not.

use breakingbot::boundary::comm_platform::{Doubt, SendError};
use breakingbot::core::effect::{Effect, File, Purpose, Reaction, Topic};
use breakingbot::core::ids::ChannelId;
use breakingbot::core::inbound::Outcome;
use breakingbot::core::message::{Line, Message};
use playground::{Fault, FaultKind};

use crate::world::{World, doubtful};

/// The call whose answer is lost, and the effect.
fn effects(world: &World) -> Vec<(&'static str, Effect)> {
    let to = world.alice_says(".status");
    let channel = ChannelId::from("C0MAIN");
    let topic = Topic { title: Line::from("CHECKOUT"), ..Topic::default() };
    let file = File { name: "log.md".to_owned(), content: "log".to_owned() };
    vec![
        ("reactions.add", Effect::React { to: to.clone(), reaction: Reaction::Ok }),
        ("chat.postMessage", Effect::Reply { to: to.clone(), message: "a reply".into() }),
        (
            "chat.postMessage",
            Effect::Post { channel: channel.clone(), message: "a post".into(), purpose: Purpose::Intro },
        ),
        ("files.completeUploadExternal", Effect::Attach { to: to.clone(), message: "a file".into(), file }),
        ("conversations.create", Effect::OpenChannel { name: "breaking-1".to_owned() }),
        ("conversations.setTopic", Effect::SetTopic { channel: channel.clone(), topic }),
        ("conversations.invite", Effect::Invite { channel: "C0NOTIFY".into(), users: vec!["U0DAVE".into()] }),
        ("pins.add", Effect::Pin { channel: channel.clone(), message: to.message.clone() }),
        (
            "bookmarks.add",
            Effect::Bookmark { channel: channel.clone(), title: "Runbook".into(), url: "https://r.example/".into() },
        ),
        ("conversations.archive", Effect::ArchiveChannel { channel }),
    ]
}

/// Everything that people can see, as one text. Archiving comes last, so all of it is there.
fn seen(world: &World) -> String {
    let main = world.workspace.channel("C0MAIN").unwrap();
    let reactions: Vec<_> = main.messages.iter().flat_map(|m| m.reactions.clone()).collect();
    let said: Vec<_> =
        world.said_in("C0MAIN").into_iter().map(|m| (m.text, m.files.len(), m.thread_ts.is_some())).collect();
    let mut channels: Vec<_> = world.workspace.channels().into_iter().map(|c| (c.name, c.members)).collect();
    channels.sort();
    format!(
        "{said:?} {reactions:?} {} {} {} {} {} {channels:?}",
        main.topic,
        main.purpose,
        main.pins.len(),
        main.bookmarks.len(),
        main.archived
    )
}

#[tokio::test]
async fn what_was_done_is_not_done_again_and_what_was_not_is() {
    let plain = World::begin().await;
    for (_, effect) in effects(&plain) {
        plain.fresh(&effect).await.unwrap();
    }
    for lost in [FaultKind::PerformThenReset, FaultKind::Reset] {
        let world = World::begin().await;
        for (method, effect) in effects(&world) {
            let doubt = doubtful();
            world.fault(method, lost.clone());
            let error = world.fresh(&effect).await.unwrap_err();
            assert!(error.leaves_doubt(), "{method}: {error}");
            let receipt = world.perform(&effect, doubt).await.unwrap();
            assert_eq!(receipt.outcome.is_some(), effect.reports_back(), "{method}");
        }
        assert_eq!(seen(&world), seen(&plain), "{lost:?}");
    }
}

#[tokio::test]
async fn of_a_split_text_only_what_is_missing_is_posted() {
    let world = World::begin().await;
    let to = world.alice_says(".components");
    let lines = (0..5_000).map(|n| Line::item().text(format!("component {n:04}, one of many")));
    let effect = Effect::Reply { to, message: Message::new().lines(lines) };
    world.fresh(&effect).await.unwrap();
    let whole = world.said_in("C0MAIN");
    assert!(whole.len() > 2);
    // The second part goes missing, as if only the first and the last had got there.
    world.workspace.delete("C0MAIN", whole[1].ts.as_str()).unwrap();
    world.perform(&effect, doubtful()).await.unwrap();
    let mut texts: Vec<String> = world.said_in("C0MAIN").into_iter().map(|m| m.text).collect();
    let mut expected: Vec<String> = whole.into_iter().map(|m| m.text).collect();
    texts.sort();
    expected.sort();
    assert_eq!(texts, expected);
}

#[tokio::test]
async fn a_text_that_is_throttled_half_way_leaves_doubt() {
    let world = World::begin().await;
    let to = world.alice_says(".components");
    let lines = (0..5_000).map(|n| Line::item().text(format!("component {n:04}, one of many")));
    let effect = Effect::Reply { to, message: Message::new().lines(lines) };
    world.workspace.rate_limits(true);
    world.workspace.say("U0BOB", "C0MAIN", "chatter", None).unwrap();
    let doubt = doubtful();
    let mut attempts = 0;
    let mut next = Doubt::Fresh;
    loop {
        attempts += 1;
        match world.perform(&effect, next).await {
            Ok(_) => break,
            Err(SendError::Throttled { retry_after, begun, .. }) => {
                assert!(begun);
                next = doubt;
                world.workspace.advance(retry_after);
            }
            Err(other) => panic!("{other}"),
        }
        assert!(attempts < 20);
    }
    let text: String = world.said_in("C0MAIN").into_iter().map(|m| m.text).collect();
    assert!((0..5_000).all(|n| text.matches(&format!("component {n:04}")).count() == 1));
}

#[tokio::test]
async fn a_whisper_that_may_have_been_shown_is_not_repeated() {
    let world = World::begin().await;
    let effect = Effect::Whisper { channel: "C0MAIN".into(), thread: None, to: "U0BOB".into(), message: "psst".into() };
    world.fault("chat.postEphemeral", FaultKind::PerformThenReset);
    assert!(world.fresh(&effect).await.unwrap_err().leaves_doubt());
    world.perform(&effect, doubtful()).await.unwrap();
    assert_eq!(world.workspace.ephemerals("C0MAIN").unwrap().len(), 1);
}

#[tokio::test]
async fn a_channel_that_was_made_is_taken_over_unless_it_is_somebody_elses() {
    let open = Effect::OpenChannel { name: "breaking-1".to_owned() };
    let opened = |outcome: Option<Outcome>| match outcome {
        Some(Outcome::ChannelOpened { channel, name }) => (channel, name),
        other => panic!("{other:?}"),
    };

    // Somebody else's channel has the name; ours got the suffix, and the answer was lost.
    let world = World::begin().await;
    world.workspace.create_channel("breaking-1", false).unwrap();
    let doubt = doubtful();
    world.workspace.fault(Fault::new("conversations.create", FaultKind::Error("name_taken".to_owned())).times(1));
    world.workspace.fault(Fault::new("conversations.create", FaultKind::PerformThenReset).times(1));
    assert!(world.fresh(&open).await.unwrap_err().leaves_doubt());
    let (channel, name) = opened(world.perform(&open, doubt).await.unwrap().outcome);
    assert_eq!(name, "breaking-1-2");
    assert!(world.workspace.channels().iter().all(|c| c.name != "breaking-1-3"));

    // The same channel once it is an incident's.
    world.known.0.lock().unwrap().push(channel);
    let (_, name) = opened(world.perform(&open, doubt).await.unwrap().outcome);
    assert_eq!(name, "breaking-1-3");
}

#[tokio::test]
async fn a_lookup_that_fails_leaves_the_doubt() {
    let world = World::begin().await;
    let to = world.alice_says(".status");
    let effect = Effect::Reply { to, message: "a reply".into() };
    for kind in
        [FaultKind::Throttle { retry_after_s: 1 }, FaultKind::Status(503), FaultKind::Error("fatal_error".into())]
    {
        world.fault("conversations.replies", kind);
        let error = world.perform(&effect, doubtful()).await.unwrap_err();
        assert!(error.leaves_doubt(), "{error}");
    }
    assert!(world.said_in("C0MAIN").is_empty());
}
