//! Questions, and what was missed.

use breakingbot::boundary::comm_platform::{CommPlatform, LookupError};
use breakingbot::core::person::Standing;
use playground::FaultKind;

use crate::world::World;

#[tokio::test]
async fn people_are_told_apart() {
    let world = World::begin().await;
    for (user, name, standing) in [
        ("U0ALICE", "alice", Standing::Member),
        ("U0GINA", "gina", Standing::Guest),
        ("U0OLGA", "olga", Standing::OtherOrganisation),
        ("U0DORA", "dora", Standing::Deactivated),
        ("U0ROBOT", "robot", Standing::Bot),
        ("U0NOBODY", "u0nobody", Standing::Unknown),
    ] {
        let person = world.slack.person(&user.into()).await.unwrap();
        assert_eq!(person.standing, standing, "{user}");
        assert!(person.name.to_lowercase().contains(name), "{}", person.name);
    }
    let alice = world.slack.person(&"U0ALICE".into()).await.unwrap();
    assert_eq!((alice.timezone.as_str(), alice.email.is_some()), ("Europe/Berlin", true));
}

#[tokio::test]
async fn groups_channels_and_the_bot_itself_are_known() {
    let world = World::begin().await;
    let people = world.slack.group(&"S0ONCALL".into()).await.unwrap();
    assert_eq!(people, ["U0ALICE".into(), "U0BOB".into()]);

    world.workspace.set_topic("U0BOB", "C0MAIN", "a & b").unwrap();
    let main = world.slack.channel(&"C0MAIN".into()).await.unwrap();
    assert_eq!((main.name.as_str(), main.topic.as_str()), ("breaking", "a & b"));
    assert!(main.member && !main.archived && !main.private);
    let general = world.slack.channel(&"C0GENERAL".into()).await.unwrap();
    assert!(!general.member);
    world.slack.join(&"C0GENERAL".into()).await.unwrap();
    world.slack.join(&"C0GENERAL".into()).await.unwrap();
    assert!(world.slack.channel(&"C0GENERAL".into()).await.unwrap().member);

    let me = world.slack.me().await.unwrap();
    assert_eq!((me.user.as_str(), me.name.as_str()), ("U0BOT", "breakingbot"));
    assert!(me.url.ends_with('/'));

    let refused = world.slack.join(&"G0PRIVATE".into()).await.unwrap_err();
    assert!(matches!(refused, LookupError::Refused { sentence, .. } if sentence.contains("/invite @breakingbot")));
    world.fault("users.info", FaultKind::Status(500));
    let unanswered = world.slack.person(&"U0ALICE".into()).await.unwrap_err();
    assert!(matches!(unanswered, LookupError::Unanswered { .. }));
}

#[tokio::test]
async fn what_was_missed_comes_oldest_first_threads_included() {
    let world = World::begin().await;
    let say = |text: &str, thread: Option<&str>| world.workspace.say("U0ALICE", "C0MAIN", text, thread).unwrap();
    let old = say("old", None);
    say("old reply", Some(old.as_str()));
    let mark = say("the last that was seen", None);
    let mut expected = Vec::new();
    for n in 0..450 {
        say(&format!("new {n}"), None);
        expected.push(format!("new {n}"));
    }
    say("reply to the old", Some(old.as_str()));
    expected.push("reply to the old".to_owned());
    let fresh = say(".stop", None);
    say("reply to the new", Some(fresh.as_str()));
    expected.extend([".stop".to_owned(), "reply to the new".to_owned()]);

    let missed = world.slack.missed(&"C0MAIN".into(), &mark.as_str().into(), 10_000).await.unwrap();
    assert!(missed.complete);
    assert_eq!(missed.said.iter().map(|said| said.text.readable()).collect::<Vec<_>>(), expected);
    let reply = missed.said.last().unwrap();
    assert_eq!(reply.source.thread.as_ref().unwrap().as_str(), fresh.as_str());

    let some = world.slack.missed(&"C0MAIN".into(), &mark.as_str().into(), 2).await.unwrap();
    assert!(!some.complete);
    assert_eq!(some.said.iter().map(|said| said.text.readable()).collect::<Vec<_>>(), [".stop", "reply to the new"]);
    let nothing = world.slack.missed(&"C0MAIN".into(), &reply.source.message, 10).await.unwrap();
    assert!(nothing.said.is_empty() && nothing.complete);
}

#[tokio::test]
async fn the_scopes_that_are_missing_are_found_without_changing_anything() {
    let world = World::begin().await;
    assert_eq!(world.client.missing_scopes().await.unwrap(), []);
    let before = world.workspace.channels();
    let lost = ["bookmarks:read", "channels:manage", "reactions:write"];
    let left = world.workspace.scopes().into_iter().filter(|scope| !lost.contains(&scope.as_str()));
    world.workspace.set_scopes(left.collect::<Vec<_>>());
    // Where Slack's headers do not arrive, every method is tried.
    for told in [true, false] {
        world.workspace.tell_scopes(told);
        let missing = world.client.missing_scopes().await.unwrap();
        assert_eq!(missing.iter().map(|missing| missing.scope.as_str()).collect::<Vec<_>>(), lost);
    }
    assert_eq!(world.workspace.channels(), before);
    world.workspace.revoke_tokens(true);
    assert_eq!(world.client.missing_scopes().await.unwrap_err().code(), "token_revoked");
}
