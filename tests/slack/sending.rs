//! Effects that are tried for the first time.

use std::time::Duration;

use breakingbot::boundary::comm_platform::{CommPlatform, Pace, SendError};
use breakingbot::boundary::slack::limits;
use breakingbot::core::effect::{Effect, File, Purpose, Reaction, Topic};
use breakingbot::core::ids::Source;
use breakingbot::core::inbound::Outcome;
use breakingbot::core::message::{Line, Message};
use breakingbot::core::nags::Nag;
use breakingbot::core::prose::Prose;
use playground::{Fault, FaultKind};

use crate::world::World;

fn post(channel: &str, message: impl Into<Message>) -> Effect {
    Effect::Post { channel: channel.into(), message: message.into(), purpose: Purpose::Milestone }
}

#[tokio::test]
async fn a_reaction_is_one_call_and_a_second_one_changes_nothing() {
    let world = World::begin().await;
    let to = world.alice_says(".point");
    let effect = Effect::React { to: to.clone(), reaction: Reaction::Ok };
    world.fresh(&effect).await.unwrap();
    assert_eq!(world.calls(), ["reactions.add"]);
    world.fresh(&effect).await.unwrap();
    let message = world.workspace.message("C0MAIN", to.message.as_str()).unwrap();
    assert_eq!(message.reactions.len(), 1);
    assert_eq!(message.reactions[0].name, "ok");
}

#[tokio::test]
async fn a_reaction_is_taken_back_and_one_that_is_not_there_is_as_good() {
    let world = World::begin().await;
    let to = world.alice_says(".start Checkout is down");
    world.fresh(&Effect::React { to: to.clone(), reaction: Reaction::Ok }).await.unwrap();
    for _ in 0..2 {
        world.fresh(&Effect::Unreact { to: to.clone(), reaction: Reaction::Ok }).await.unwrap();
        assert!(world.workspace.message("C0MAIN", to.message.as_str()).unwrap().reactions.is_empty());
    }
    assert_eq!(world.calls(), ["reactions.add", "reactions.remove", "reactions.remove"]);
}

#[tokio::test]
async fn a_reply_is_one_call_in_the_thread_and_carries_its_outbox_id() {
    let world = World::begin().await;
    let to = world.alice_says(".status");
    let message = Message::from(Line::new().text("asked by ").prose(&Prose::from("<!channel> & co")));
    let receipt = world.fresh(&Effect::Reply { to: to.clone(), message }).await.unwrap();
    assert_eq!(world.calls(), ["chat.postMessage"]);
    let said = world.workspace.message("C0MAIN", receipt.message.unwrap().as_str()).unwrap();
    assert_eq!(said.text, "asked by &lt;!channel&gt; &amp; co");
    assert_eq!(said.thread_ts.unwrap().as_str(), to.message.as_str());
    assert_eq!(said.metadata.unwrap()["event_payload"]["outbox"], 7);
}

#[tokio::test]
async fn an_intro_with_heading_aside_and_buttons_is_taken_and_reported_back() {
    let world = World::begin().await;
    let message = Message::from(Line::heading().bold_prose(&Prose::from("Checkout & <search> are *down*")))
        .line(Line::heading().text("What to do"))
        .line(Line::item().code(".point").text(" leads"))
        .line(Line::quote(&Prose::from("a\nb")))
        .line("")
        .line(Line::aside().time(jiff::Timestamp::UNIX_EPOCH))
        .button("I am point", ".point")
        .button("I am comms", ".comms");
    let effect = Effect::Post { channel: "C0MAIN".into(), message, purpose: Purpose::Intro };
    let receipt = world.fresh(&effect).await.unwrap();
    assert_eq!(world.calls(), ["chat.postMessage"]);
    let message = receipt.message.unwrap();
    assert_eq!(receipt.outcome, Some(Outcome::IntroPosted { message: message.clone() }));
    let said = world.workspace.message("C0MAIN", message.as_str()).unwrap();
    let shown = world.workspace.rendered(&said);
    for words in ["Checkout & <search> are *down*", "What to do", "I am point", "1970"] {
        assert!(shown.contains(words), "{words} in {shown}");
    }
    assert!(said.text.contains("I am comms `.comms`"));
}

#[tokio::test]
async fn a_reminder_is_reported_back_changed_and_taken_back() {
    let world = World::begin().await;
    let purpose = Purpose::Nag { nag: Nag::Point, nagged: 5 };
    let message = Message::from(Line::new().bold("Nobody is point")).button("I am point", ".point");
    let receipt = world.fresh(&Effect::Post { channel: "C0MAIN".into(), message, purpose }).await.unwrap();
    let message = receipt.message.unwrap();
    let posted = Outcome::NagPosted { nag: Nag::Point, nagged: 5, channel: "C0MAIN".into(), message: message.clone() };
    assert_eq!(receipt.outcome, Some(posted));

    let to = Message::from(Line::new().person(&"U0ALICE".into()).text(" is point."));
    let rewrite = Effect::Rewrite { channel: "C0MAIN".into(), message: message.clone(), to };
    let remove = Effect::Remove { channel: "C0MAIN".into(), message: message.clone() };
    for _ in 0..2 {
        world.fresh(&rewrite).await.unwrap();
        let said = world.workspace.message("C0MAIN", message.as_str()).unwrap();
        assert_eq!(world.workspace.rendered(&said), "@alice is point.", "the button is gone");
    }
    for _ in 0..2 {
        world.fresh(&remove).await.unwrap();
        assert!(world.workspace.message("C0MAIN", message.as_str()).is_none());
    }
    // What is gone needs no change.
    world.fresh(&rewrite).await.unwrap();
    assert_eq!(
        world.calls(),
        ["chat.postMessage", "chat.update", "chat.update", "chat.delete", "chat.delete", "chat.update"]
    );
}

#[tokio::test]
async fn what_is_too_long_is_split_and_nothing_is_lost() {
    let world = World::begin().await;
    let to = world.alice_says(".components");
    let lines = (0..5_000).map(|n| Line::item().prose(&Prose::from(format!("component <{n}>"))));
    let long = Message::new().lines(lines).line(Line::new().prose(&Prose::from("x".repeat(90_000))));
    world.fresh(&Effect::Reply { to, message: long }).await.unwrap();
    let said = world.said_in("C0MAIN");
    assert!(said.len() > 3);
    assert!(said.iter().all(|m| m.text.chars().count() <= limits::TEXT));
    let text: String = said.iter().map(|m| m.text.as_str()).collect();
    assert!((0..5_000).all(|n| text.contains(&format!("component &lt;{n}&gt;"))));
    assert_eq!(text.matches('x').count(), 90_000);
}

#[tokio::test]
async fn long_blocks_are_split_and_taken_too() {
    let world = World::begin().await;
    let lines = (0..3_000).map(|n| Line::item().prose(&Prose::from(format!("component <{n}> & more of it"))));
    let message = Message::from(Line::heading().text("Components")).lines(lines).button("More", ".components");
    world.fresh(&post("C0MAIN", message)).await.unwrap();
    let said = world.said_in("C0MAIN");
    assert!(said.len() > 1 && said.iter().all(|m| !m.blocks.is_empty()));
    let shown: String = said.iter().map(|m| world.workspace.rendered(m)).collect();
    assert!((0..3_000).all(|n| shown.contains(&format!("component <{n}> & more"))));
}

#[tokio::test]
async fn a_file_is_in_the_thread_with_what_is_said_with_it() {
    let world = World::begin().await;
    let to = world.alice_says(".history");
    let file = File { name: "history.md".to_owned(), content: "# all of it\n".to_owned() };
    world.fresh(&Effect::Attach { to: to.clone(), message: Message::from("The whole log"), file }).await.unwrap();
    let said = world.said_in("C0MAIN").remove(0);
    assert_eq!((said.text.as_str(), said.files[0].name.as_str()), ("The whole log", "history.md"));
    assert_eq!(&*said.files[0].content, b"# all of it\n");
    assert_eq!(said.thread_ts.unwrap().as_str(), to.message.as_str());
    assert_eq!(world.calls().len(), 2);
}

#[tokio::test]
async fn a_whisper_is_for_one_person() {
    let world = World::begin().await;
    let effect = Effect::Whisper {
        channel: "C0MAIN".into(),
        thread: None,
        to: "U0BOB".into(),
        message: Message::from("welcome").button("Status", ".status"),
    };
    world.fresh(&effect).await.unwrap();
    let whispered = world.workspace.ephemerals("C0MAIN").unwrap();
    assert_eq!(whispered[0].ephemeral_to.as_deref(), Some("U0BOB"));
    assert!(world.said_in("C0MAIN").is_empty());
}

#[tokio::test]
async fn a_channel_is_made_with_a_suffix_when_its_name_is_taken() {
    let world = World::begin().await;
    world.workspace.create_channel("breaking-1", false).unwrap();
    let receipt = world.fresh(&Effect::OpenChannel { name: "Breaking 1".to_owned() }).await.unwrap();
    let Some(Outcome::ChannelOpened { channel, name }) = receipt.outcome else { panic!("no channel") };
    assert_eq!(name, "breaking-1-2");
    assert_eq!(world.calls(), ["conversations.create"; 2]);

    let words = |text: &str| Line::new().prose(&Prose::from(text));
    let topic = Topic { head: Line::new().emoji("fire").text(" [P1]"), title: words("A < B"), ..Topic::default() };
    let users = ["U0ALICE", "U0GINA", "U0DORA", "U0NOBODY", "U0BOT", "U0BOB"].map(Into::into).to_vec();
    let intro = world.fresh(&post(channel.as_str(), "hello")).await.unwrap().message.unwrap();
    let page = "https://runbooks.example/".to_owned();
    for _ in 0..2 {
        for effect in [
            Effect::SetTopic { channel: channel.clone(), topic: topic.clone() },
            Effect::Invite { channel: channel.clone(), users: users.clone() },
            Effect::Pin { channel: channel.clone(), message: intro.clone() },
        ] {
            world.fresh(&effect).await.unwrap();
        }
    }
    world.fresh(&Effect::Bookmark { channel: channel.clone(), title: "Runbooks".to_owned(), url: page }).await.unwrap();
    let made = world.workspace.channel(channel.as_str()).unwrap();
    assert_eq!(made.topic, ":fire: [P1] A &lt; B");
    assert!(["U0ALICE", "U0BOB", "U0BOT"].iter().all(|user| made.members.contains(&(*user).to_owned())));
    assert_eq!((made.pins.len(), made.bookmarks.len()), (1, 1));
    for _ in 0..2 {
        world.fresh(&Effect::ArchiveChannel { channel: channel.clone() }).await.unwrap();
    }
    assert!(world.workspace.channel(channel.as_str()).unwrap().archived);
}

#[tokio::test]
async fn a_public_channel_is_entered_to_speak_in_it_and_a_private_one_says_how() {
    let world = World::begin().await;
    world.fresh(&post("C0GENERAL", "hello")).await.unwrap();
    assert_eq!(world.calls(), ["chat.postMessage", "conversations.join", "chat.postMessage"]);
    assert_eq!(world.said_in("C0GENERAL").len(), 1);

    let refused = world.fresh(&post("G0PRIVATE", "hello")).await.unwrap_err();
    let SendError::Refused { code, sentence, operator } = refused else { panic!("not refused") };
    assert_eq!((code.as_str(), operator), ("channel_not_found", true));
    assert!(sentence.contains("/invite @breakingbot"), "{sentence}");
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let world = World::begin().await;
    let scopes = world.workspace.scopes().into_iter().filter(|scope| scope != "reactions:write");
    world.workspace.set_scopes(scopes.collect::<Vec<_>>());
    let to = world.alice_says(".point");
    let refused = world.fresh(&Effect::React { to, reaction: Reaction::Ok }).await.unwrap_err();
    let SendError::Refused { code, sentence, operator } = refused else { panic!("not refused") };
    assert_eq!((code.as_str(), operator), ("missing_scope", true));
    assert!(sentence.contains("`reactions:write`"), "{sentence}");
}

#[tokio::test]
async fn blocks_that_slack_does_not_take_are_said_as_text() {
    let world = World::begin().await;
    world.fault("chat.postMessage", FaultKind::Error("invalid_blocks".to_owned()));
    world.fresh(&post("C0MAIN", Message::from("over").button("Next", ".next"))).await.unwrap();
    let said = world.said_in("C0MAIN").remove(0);
    assert!(said.blocks.is_empty() && said.text.contains("`.next`"));
}

#[tokio::test]
async fn each_kind_of_failure_is_told_apart() {
    let world = World::begin().await;
    let effect = post("C0MAIN", "hello");
    let fail = async |kind| {
        world.workspace.fault(Fault::new("chat.postMessage", kind).times(1));
        world.fresh(&effect).await.unwrap_err()
    };
    let throttled = fail(FaultKind::Throttle { retry_after_s: 3 }).await;
    let expected = SendError::Throttled {
        retry_after: Duration::from_secs(3),
        method: "chat.postMessage",
        pace: Pace::Channel("C0MAIN".into()),
        begun: false,
    };
    assert_eq!(throttled, expected);
    assert!(!throttled.leaves_doubt());
    for lost in [
        FaultKind::Status(503),
        FaultKind::Status(500),
        FaultKind::Reset,
        FaultKind::PerformThenReset,
        FaultKind::Hang(Duration::from_secs(1)),
    ] {
        let error = fail(lost.clone()).await;
        assert!(matches!(error, SendError::Unknown { .. }) && error.leaves_doubt(), "{lost:?}: {error}");
    }
    for (code, doubt) in
        [("internal_error", true), ("fatal_error", true), ("service_unavailable", false), ("request_timeout", false)]
    {
        let error = fail(FaultKind::Error(code.to_owned())).await;
        assert!(matches!(error, SendError::Transient { .. }), "{code}: {error}");
        assert_eq!(error.leaves_doubt(), doubt, "{code}");
    }
    for (code, for_operator) in [
        ("is_archived", false),
        ("invalid_auth", true),
        ("account_inactive", true),
        ("restricted_action", true),
        ("msg_too_long", true),
        ("thread_not_found", false),
        ("something_new", true),
    ] {
        let SendError::Refused { code: told, sentence, operator } = fail(FaultKind::Error(code.to_owned())).await
        else {
            panic!("{code} is permanent");
        };
        assert_eq!((told.as_str(), operator), (code, for_operator));
        assert!(sentence.ends_with('.') && sentence.contains(": "), "{sentence}");
    }
}

#[tokio::test]
async fn what_answers_a_press_is_shown_to_the_presser_or_in_the_thread() {
    let world = World::begin().await;
    let intro = world.alice_says("intro");
    let pressed = Source {
        channel: "C0MAIN".into(),
        message: "1709139660.123456:U0BOB".into(),
        thread: Some(intro.message.clone()),
    };
    world.fresh(&Effect::React { to: pressed.clone(), reaction: Reaction::Ok }).await.unwrap();
    let shown = world.workspace.ephemerals("C0MAIN").unwrap();
    assert_eq!((shown[0].text.as_str(), shown[0].ephemeral_to.as_deref()), (":ok:", Some("U0BOB")));
    world.fresh(&Effect::Reply { to: pressed.clone(), message: Message::from("done") }).await.unwrap();
    assert_eq!(world.said_in("C0MAIN")[0].thread_ts.unwrap().as_str(), intro.message.as_str());
    let on_a_whisper = Source { thread: None, ..pressed };
    world.fresh(&Effect::Reply { to: on_a_whisper, message: Message::from("done") }).await.unwrap();
    assert_eq!(world.said_in("C0MAIN")[1].thread_ts, None);
}

#[tokio::test]
async fn the_database_being_away_is_said_in_the_thread() {
    let world = World::begin().await;
    let to = world.alice_says(".stop");
    world.slack.say_at_once(&to, &Message::from("I cannot reach my database")).await.unwrap();
    let said = world.said_in("C0MAIN").remove(0);
    assert_eq!(said.thread_ts.unwrap().as_str(), to.message.as_str());
    assert_eq!(said.metadata, None);
}
