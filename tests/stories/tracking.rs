//! The tracking issue: made, linked, kept current; and a tracker that is away.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use breakingbot::actors::outlets::Outlets;
use breakingbot::core::ids::IncidentId;
use breakingbot::core::templates::{Template, Templates};
use insta::assert_snapshot;
use jiff::SignedDuration;

use crate::rooms::Room;
use crate::story::{Stage, Story};
use crate::tracker::{Kept, Tracker, Trouble};

stories!(
    an_incident_is_tracked_from_its_declaration_to_its_end,
    without_a_tracker_it_costs_this,
    a_tracker_that_is_away_costs_the_chat_nothing_and_is_told_everything_afterwards,
    the_bot_dies_between_the_tracker_and_the_record,
    strict_components_are_the_trackers,
    an_issue_is_written_with_the_operators_own_templates,
);

const INTERVAL: SignedDuration = SignedDuration::from_secs(64);

/// A tracker, and a bot that looks every 64 seconds sharp.
fn with_tracker(mut stage: Stage) -> (Stage, Arc<Tracker>) {
    let tracker = Tracker::new();
    stage.tuning.sync_jitter = Duration::ZERO;
    stage.tuning.longest_pause = Duration::from_millis(50);
    stage.outlets = Outlets::default().tracked_in(tracker.clone(), Arc::default());
    (stage, tracker)
}

/// The next look has come, and everything is told.
async fn ticks(slack: &Story) {
    slack.later(INTERVAL);
    is_synced(slack).await;
    slack.settles().await;
}

async fn is_synced(slack: &Story) {
    slack
        .until_on_record("the issue is up to date", |store| async move {
            let tracking = store.tracking(IncidentId(1)).await.unwrap()?;
            (tracking.changed > 0 && tracking.synced >= tracking.changed).then_some(())
        })
        .await;
}

async fn an_incident_is_tracked_from_its_declaration_to_its_end(stage: Stage) {
    let (stage, tracker) = with_tracker(stage);
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    room.topic().is(":fire: [P2] CHECKOUT IS DOWN · point nobody, comms nobody · OPS-1").await;
    slack.settles().await;
    assert_eq!(bookmarks(&room), ["Tracking issue OPS-1 https://tracker.example/browse/OPS-1"]);
    ticks(&slack).await;

    slack.alice.says_in(&room, ".point").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".comms").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".summary Payments *time out* since the <deploy>").reply().await;
    slack.bob.says_in(&room, ".notify We roll the deploy back").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".components payments").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".affected all customers").gets_reaction("ok").await;
    ticks(&slack).await;

    slack.alice.says_in(&room, ".p1").gets_reaction("ok").await;
    slack.dave.says_in(&room, ".ai Deploy to the canary first => @alice knows how").gets_reaction("ok").await;
    slack.dave.says_in(&room, ".factor The deploy skipped the canary").gets_reaction("ok").await;
    slack.dave.says_in(&room, ".pr https://github.example/shop/pull/7").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".genesis 10 minutes ago").reply().await;
    slack.alice.says_in(&room, ".detected 9 minutes ago").reply().await;
    slack.bob.says_in(&room, ".notify It works again").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".stop").gets_reaction("ok").await;
    slack.dave.says_in(&room, ".rfr").gets_reaction("ok").await;
    ticks(&slack).await;

    assert_snapshot!(slack.dave.says_in(&room, ".ais").reply().await, @"
    *Action items* (1)
    1. Deploy to the canary first — @alice knows how · OPS-1-1 (https://tracker.example/browse/OPS-1-1) · dave, Feb 28, 2052 17:02
    ");
    slack.dave.says_in(&room, ".complete").reply().await;
    ticks(&slack).await;
    assert_snapshot!(slack.dave.says_in(&room, ".issue").reply().await, @"
    Incident 1 is tracked as OPS-1 (https://tracker.example/browse/OPS-1), status “Done”.
    • last synced Feb 28, 2052 17:04, just now
    • nothing is waiting
    ");
    assert_snapshot!(slack.alice.says(".breakings").reply().await, @"
    *Inactive (1)*
    • :white_check_mark: [P1] *Checkout is down*: completed, 4 m old · OPS-1 (https://tracker.example/browse/OPS-1) · #breaking-1
    ");
    assert_snapshot!(tracker.shown(), @"
    OPS-1 [Done] P1 Checkout is down
      people: point: alice, comms: bob
      components: payments
      started: 2052-02-28T17:00:00Z
      genesis: 2052-02-28T16:52:08Z
      detected: 2052-02-28T16:53:08Z
      acknowledged: 2052-02-28T17:01:04Z
      mitigated: 2052-02-28T17:02:08Z
      resolved: 2052-02-28T17:02:08Z
      ready for review: 2052-02-28T17:02:08Z
      completed: 2052-02-28T17:03:12Z
      link: #breaking-1
        Incident 1, P1 (critical: many customers or a severe security breach, all hands), completed. Declared 2052-02-28 17:00 UTC by alice and handled in #breaking-1. All times are UTC.
        # Summary
        > Payments *time out* since the <deploy>
        # Overview
        - Point: alice
        - Comms: bob
        - Component: payments
        - Affected: all customers
        - Started: 2052-02-28 17:00 UTC
        - Genesis: 2052-02-28 16:52 UTC
        - Detected: 2052-02-28 16:53 UTC
        - Acknowledged: 2052-02-28 17:01 UTC
        - Mitigated: 2052-02-28 17:02 UTC
        - Resolved: 2052-02-28 17:02 UTC
        - Ready for review: 2052-02-28 17:02 UTC
        - Completed: 2052-02-28 17:03 UTC
        - Time to detect (TTD): 1 m
        - Time to acknowledge (TTA): 7 m
        - Time to mitigate (TTM): 10 m
        - Time to resolve (TTR): 10 m
        # Contributing factors
        - The deploy skipped the canary (dave)
        # Code changes
        - https://github.example/shop/pull/7
        # Timeline
        - 2052-02-28 16:52 UTC It began.
        - 2052-02-28 16:53 UTC It was noticed.
        - 2052-02-28 17:00 UTC alice declared it at P2: Checkout is down
        - 2052-02-28 17:01 UTC alice took the role point
        - 2052-02-28 17:01 UTC bob took the role comms
        - 2052-02-28 17:01 UTC bob wrote the summary.
        - 2052-02-28 17:01 UTC bob sent an update: We roll the deploy back
        - 2052-02-28 17:01 UTC The response was under way.
        - 2052-02-28 17:02 UTC alice changed the priority to P1
        - 2052-02-28 17:02 UTC dave recorded a code change: https://github.example/shop/pull/7
        - 2052-02-28 17:02 UTC bob sent an update: It works again
        - 2052-02-28 17:02 UTC People were no longer hit.
        - 2052-02-28 17:02 UTC It was over.
      comment
        Update by bob at 2052-02-28 17:01 UTC:
        > We roll the deploy back
      comment
        Update by bob at 2052-02-28 17:02 UTC:
        > It works again
      OPS-1-1 Deploy to the canary first
        @alice knows how
        An action item of incident 1, recorded by dave, 2052-02-28 17:02 UTC.
    ");
    assert_snapshot!(tracker.calls().join("\n"), @"
    create
    update OPS-1
    transition OPS-1 started
    link OPS-1
    update OPS-1
    transition OPS-1 acknowledged
    comment OPS-1
    update OPS-1
    transition OPS-1 ready_for_review
    comment OPS-1
    child OPS-1
    update OPS-1
    transition OPS-1 completed
    ");
    slack.end().await;
}

fn bookmarks(room: &Room) -> Vec<String> {
    let bookmarks = room.view().bookmarks;
    bookmarks.iter().map(|bookmark| format!("{} {}", bookmark.title, bookmark.link)).collect()
}

/// A whole incident, and what it costs in the chat.
async fn burns(slack: &Story) -> Room {
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.later(INTERVAL);
    slack.alice.says_in(&room, ".point").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".comms").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".notify We roll the deploy back").gets_reaction("ok").await;
    slack.later(INTERVAL);
    slack.dave.says_in(&room, ".ai Deploy to the canary first").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".notify It works again").gets_reaction("ok").await;
    slack.later(INTERVAL);
    slack.alice.says_in(&room, ".stop").gets_reaction("ok").await;
    room.topic().is(":white_check_mark: [P2] CHECKOUT IS DOWN · point @alice, comms @bob").await;
    slack.settles().await;
    let mut calls: BTreeMap<String, usize> = BTreeMap::new();
    for call in slack.workspace.calls() {
        *calls.entry(call.method).or_default() += 1;
    }
    // What is looked up depends on the bot's past, and how many topics a burst takes on chance.
    let says = ["bookmarks.add", "chat.", "conversations.create", "conversations.invite", "pins.add", "reactions.add"];
    calls.retain(|method, _| says.iter().any(|prefix| method.starts_with(prefix)));
    let told: Vec<String> = calls.iter().map(|(method, count)| format!("{method} {count}")).collect();
    assert_snapshot!(told.join("\n"), @"
    chat.postEphemeral 1
    chat.postMessage 8
    conversations.create 1
    conversations.invite 1
    pins.add 1
    reactions.add 7
    ");
    room
}

async fn without_a_tracker_it_costs_this(stage: Stage) {
    let slack = stage.begin().await;
    burns(&slack).await;
    slack.end().await;
}

async fn a_tracker_that_is_away_costs_the_chat_nothing_and_is_told_everything_afterwards(stage: Stage) {
    let (stage, tracker) = with_tracker(stage);
    tracker.is_away(true);
    let slack = stage.begin().await;
    let room = burns(&slack).await;
    assert!(tracker.issues().is_empty());
    slack.bot_restarts().await;
    tracker.is_away(false);
    room.topic().is(":white_check_mark: [P2] CHECKOUT IS DOWN · point @alice, comms @bob · OPS-1").await;
    ticks(&slack).await;
    assert_snapshot!(tracker.shown(), @"
    OPS-1 [In review] P2 Checkout is down
      people: point: alice, comms: bob
      started: 2052-02-28T17:00:00Z
      acknowledged: 2052-02-28T17:01:04Z
      mitigated: 2052-02-28T17:03:12Z
      resolved: 2052-02-28T17:03:12Z
      link: #breaking-1
        Incident 1, P2 (serious, limited blast radius; several customers), resolved. Declared 2052-02-28 17:00 UTC by alice and handled in #breaking-1. All times are UTC.
        # Summary
        Nobody wrote a summary yet.
        # Overview
        - Point: alice
        - Comms: bob
        - Started: 2052-02-28 17:00 UTC
        - Acknowledged: 2052-02-28 17:01 UTC
        - Mitigated: 2052-02-28 17:03 UTC
        - Resolved: 2052-02-28 17:03 UTC
        # Timeline
        - 2052-02-28 17:00 UTC alice declared it at P2: Checkout is down
        - 2052-02-28 17:01 UTC alice took the role point
        - 2052-02-28 17:01 UTC bob took the role comms
        - 2052-02-28 17:01 UTC bob sent an update: We roll the deploy back
        - 2052-02-28 17:01 UTC The response was under way.
        - 2052-02-28 17:02 UTC bob sent an update: It works again
        - 2052-02-28 17:03 UTC People were no longer hit.
        - 2052-02-28 17:03 UTC It was over.
      comment
        Update by bob at 2052-02-28 17:01 UTC:
        > We roll the deploy back
      comment
        Update by bob at 2052-02-28 17:02 UTC:
        > It works again
      OPS-1-1 Deploy to the canary first
        An action item of incident 1, recorded by dave, 2052-02-28 17:02 UTC.
    ");
    slack.end().await;
}

async fn the_bot_dies_between_the_tracker_and_the_record(stage: Stage) {
    let (mut stage, tracker) = with_tracker(stage);
    // Six deaths, and each time the next bot waits for what the last one leased.
    stage.tuning.lease = Duration::from_secs(3);
    stage.tuning.call_margin = Duration::from_millis(1_500);
    tracker.troubles("create", Trouble::LosesAnswer);
    let slack = stage.begin().await;
    let declaration = slack.alice.says(".start Checkout is down");
    tracker.until("the issue is there", |issues, _| (!issues.is_empty()).then_some(())).await;
    slack.bot_dies().await;
    slack.bot_comes_back().await;
    let room = declaration.opens_channel().await;
    room.topic().shows("OPS-1").await;
    ticks(&slack).await;
    for round in 1..=5 {
        tracker.troubles("child", Trouble::LosesAnswer);
        slack.alice.says_in(&room, &format!(".notify {round}")).gets_reaction("ok").await;
        slack.alice.says_in(&room, &format!(".ai {round}")).gets_reaction("ok").await;
        slack.later(INTERVAL);
        let is_there = |kept: &Kept| kept.children.len() == round;
        tracker.until("it is there", |issues, _| issues.iter().any(is_there).then_some(())).await;
        slack.bot_dies().await;
        slack.bot_comes_back().await;
        is_synced(&slack).await;
    }
    let issues = tracker.issues();
    let counts: Vec<_> = issues.iter().map(|kept| (kept.comments.len(), kept.children.len())).collect();
    assert_eq!(counts, [(5, 5)]);
    slack.end().await;
}

async fn strict_components_are_the_trackers(stage: Stage) {
    let (stage, tracker) = with_tracker(stage.desk(|desk| desk.strict_components = true));
    tracker.has_components(&["Checkout", "Payment API"]);
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.alice.says_in(&room, ".components checkout").gets_reaction("ok").await;
    room.topic().shows("[Checkout]").await;
    let refused = slack.alice.says_in(&room, ".components paymnet api").refusal().await;
    assert_snapshot!(refused, @"“paymnet api” is not a component of the issue tracker, so I added nothing. Did you mean `Payment API`?");
    slack.end().await;
}

async fn an_issue_is_written_with_the_operators_own_templates(stage: Stage) {
    let (mut stage, tracker) = with_tracker(stage);
    let own = [
        (Template::Description, "# {{ title }}\n\n1. {{ summary }}\n2. {{ components|join(' & ') }}"),
        // It fails at the second component, and then the built-in one writes.
        (Template::Comment, "{{ 1 // (2 - components|length) }}: *{{ update.by }}* says {{ update.text }}"),
    ];
    let own = Templates::with(own.map(|(template, source)| (template, source.to_owned()))).unwrap();
    stage.outlets = Outlets::default().tracked_in(tracker.clone(), Arc::new(own));
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.bob.says_in(&room, ".summary - one\n# two https://wiki.example/a?b=_c_").reply().await;
    slack.bob.says_in(&room, ".notify We *look*").gets_reaction("ok").await;
    ticks(&slack).await;
    slack.alice.says_in(&room, ".components a, b").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".notify We found it").gets_reaction("ok").await;
    ticks(&slack).await;
    let issues = tracker.issues();
    let comments = issues[0].comments.iter().map(|(_, text)| format!("{:?}", text.blocks)).collect::<Vec<_>>();
    assert_snapshot!(comments.join("\n"), @r#"
    [Paragraph(Inline([Text("0: "), Italic("bob"), Text(" says We *look*")]))]
    [Paragraph(Inline([Text("Update by bob at 2052-02-28 17:01 UTC:")])), Quote(Inline([Text("We found it")]))]
    "#);
    let description = issues[0].fields.description.blocks.iter().map(|block| format!("{block:?}")).collect::<Vec<_>>();
    assert_snapshot!(description.join("\n"), @r##"
    Heading { level: 1, text: Inline([Text("Checkout is down")]) }
    List { ordered: true, items: [Inline([Text("- one"), Break, Text("# two "), Link { url: "https://wiki.example/a?b=_c_", label: "https://wiki.example/a?b=_c_" }]), Inline([Text("a & b")])] }
    "##);
    slack.end().await;
}
