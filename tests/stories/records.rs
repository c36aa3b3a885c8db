//! What is written down about an incident, and read back.

use insta::assert_snapshot;
use jiff::SignedDuration;

use crate::history::until_kept;
use crate::story::Stage;

stories!(
    the_summary_and_updates,
    names_of_what_is_hit,
    factors_changes_and_action_items,
    blockers,
    a_history_of_three_hundred_entries,
    lists_that_are_just_not_too_long,
    a_summary_of_twelve_thousand_characters,
    five_thousand_components,
    exports,
);

async fn the_summary_and_updates(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    assert_snapshot!(slack.alice.says_in(&room, ".summary").reply().await, @"Incident 1 has no summary yet; `.summary what is known` writes one.");
    assert_snapshot!(slack.alice.says_in(&room, ".summary Cards fail\nin Europe, says @bob").reply().await, @"
    *Summary of incident 1 now*
    > Cards fail
    > in Europe, says @bob
    ");
    slack.alice.says_in(&room, ".summary Cards fail\nin Europe, says @bob").gets_reaction("ok_hand").await;
    slack.later(SignedDuration::from_mins(1));
    assert_snapshot!(slack.alice.says_in(&room, ".summary").reply().await, @"
    *Summary of incident 1* (by alice, Feb 28, 2052 17:00)
    > Cards fail
    > in Europe, says @bob
    `.summary what is known` writes it anew.
    ");
    assert_snapshot!(slack.alice.says_in(&room, ".notify").refusal().await, @"`.notify` needs the update's text behind it, for example `.notify Card payments work again, we keep watching`.");
    slack.alice.says_in(&room, ".notify We roll back;\nmore at 18:00").gets_reaction("ok").await;
    slack.notify().shows("We roll back").await;
    assert_snapshot!(slack.notify().transcript().await, @"
    breakingbot: @channel :fire: [P2] New incident: *Checkout is down* · #breaking-1
        Declared by @alice at P2 (serious, limited blast radius; several customers). To help, join its channel.
    breakingbot: :fire: [P2] Update: *Checkout is down* · #breaking-1
        > We roll back;
        > more at 18:00
        Sent by @alice
    ");
    slack.alice.says_in(&room, ".title Cards fail in Europe").gets_reaction("ok").await;
    room.topic().is(":fire: [P2] CARDS FAIL IN EUROPE · point nobody, comms nobody").await;
    slack.alice.says_in(&room, ".title Cards fail in Europe").gets_reaction("ok_hand").await;
    assert_snapshot!(slack.alice.says_in(&room, ".title").refusal().await, @"`.title` needs a title behind it, for example `.title Checkout is slow in Europe`.");
    slack.alice.says_in(&room, ".p3").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".notify Nobody is woken by this").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".cancel").gets_reaction("ok").await;
    assert_snapshot!(slack.alice.says_in(&room, ".notify One more").refusal().await, @"`.notify` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.");
    assert_snapshot!(slack.alice.says_in(&room, ".title Another").refusal().await, @"`.title` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.");
    slack.settles().await;
    assert!(
        !slack.notify().posts().iter().any(|post| post.contains("Nobody is woken")),
        "{:?}",
        slack.notify().posts()
    );
    slack.end().await;
}

async fn names_of_what_is_hit(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    assert_snapshot!(slack.alice.says_in(&room, ".components").reply().await, @"No component is named yet; `.components checkout, payment api` adds some.");
    slack.alice.says_in(&room, ".components Checkout, Payment API").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".component checkout").gets_reaction("ok_hand").await;
    slack.alice.says_in(&room, ".component CHECKOUT, Cart").gets_reaction("ok").await;
    room.topic().is(":fire: [P2] [Checkout, Payment API, Cart] CHECKOUT IS DOWN · point nobody, comms nobody").await;
    assert_snapshot!(slack.alice.says_in(&room, ".components").reply().await, @"
    *Components* (3)
    1. Checkout
    2. Payment API
    3. Cart
    ");
    slack.alice.says_in(&room, ".componentrm payment api").gets_reaction("ok").await;
    assert_snapshot!(slack.alice.says_in(&room, ".componentrm payment api").refusal().await, @"“payment api” is not among the components; `.components` lists them.");
    assert_snapshot!(slack.alice.says_in(&room, ".componentrm").refusal().await, @"`.componentrm` needs a component behind it, for example `.componentrm payment api`.");
    assert_snapshot!(slack.alice.says_in(&room, ".components , ,").refusal().await, @"There is no name in that: names stand between commas, for example `.components checkout, payment api`.");
    assert_snapshot!(slack.alice.says_in(&room, ".affected").reply().await, @"Nobody is named as affected yet; `.affected customers in Europe, the support team` adds some.");
    slack.alice.says_in(&room, ".affected all of Europe, partners").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".affectedrm Partners").gets_reaction("ok").await;
    assert_snapshot!(slack.alice.says_in(&room, ".affectedrm Asia").refusal().await, @"“Asia” is not among the affected; `.affected` lists them.");
    assert_snapshot!(slack.alice.says_in(&room, ".affected").reply().await, @"
    *Affected* (1)
    1. all of Europe
    ");
    slack.end().await;
}

async fn factors_changes_and_action_items(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    for list in [".factors", ".prs", ".ais", ".notes"] {
        slack.alice.says_in(&room, list).reply().await;
    }
    slack.alice.says_in(&room, ".factor The cache had no limit").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".mybad https://wiki.example/why?a=1&b=2").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".pr https://github.example/shop/pull/7").gets_reaction("ok").await;
    assert_snapshot!(slack.alice.says_in(&room, ".fixpr number 7").refusal().await, @"That is not a URL, so I recorded nothing; for example `.pr https://example.com/pull/42`.");
    assert_snapshot!(slack.alice.says_in(&room, ".ai").refusal().await, @"`.ai` needs a title [=> detail] behind it, for example `.ai limit the cache => 2 GB is plenty`.");
    slack.alice.says_in(&room, ".ai Limit the cache => @bob knows how").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".actionitem Say sorry").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".note the graphs recover").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".notes a second one").gets_reaction("ok").await;
    assert_snapshot!(slack.alice.says_in(&room, ".causes").reply().await, @"
    *Contributing factors* (2)
    1. The cache had no limit · alice, Feb 28, 2052 17:00
    2. https://wiki.example/why?a=1&b=2 · bob, Feb 28, 2052 17:00
    ");
    assert_snapshot!(slack.alice.says_in(&room, ".prs").reply().await, @"
    *Code changes* (1)
    1. https://github.example/shop/pull/7 (https://github.example/shop/pull/7) · alice, Feb 28, 2052 17:00
    ");
    assert_snapshot!(slack.alice.says_in(&room, ".ais").reply().await, @"
    *Action items* (2)
    1. Limit the cache — @bob knows how · alice, Feb 28, 2052 17:00
    2. Say sorry · alice, Feb 28, 2052 17:00
    ");
    assert_snapshot!(slack.alice.says_in(&room, ".notes").reply().await, @"
    *Notes* (2)
    1. the graphs recover · alice, Feb 28, 2052 17:00
    2. a second one · alice, Feb 28, 2052 17:00
    ");
    slack.end().await;
}

async fn blockers(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    assert_snapshot!(slack.alice.says_in(&room, ".blockers").reply().await, @"Nothing was waited for so far; `.blocked whom => reason` says that it is.");
    assert_snapshot!(slack.alice.says_in(&room, ".unblocked").refusal().await, @"Nothing was ever waited for here; `.blocked whom => reason` adds a blocker.");
    assert_snapshot!(slack.alice.says_in(&room, ".blocked").refusal().await, @"`.blocked` needs whom [=> reason] behind it, for example `.blocked the network team => DNS is broken`.");
    slack.alice.says_in(&room, ".blocked the network team => DNS is broken").reply().await;
    slack.alice.says_in(&room, ".blocked the network team => DNS is broken").gets_reaction("ok_hand").await;
    room.topic()
        .is(":fire: [P2] [blocked] CHECKOUT IS DOWN · waiting for the network team · point nobody, comms nobody")
        .await;
    slack.later(SignedDuration::from_mins(10));
    assert_snapshot!(slack.bob.says_in(&room, ".blocker legal").reply().await, @"
    *Blocker #2*: waiting for legal
    `.unblocked 2` when it is not waited for any more.
    ");
    assert_snapshot!(slack.bob.says_in(&room, ".blockers").reply().await, @"
    *Open blockers* (2)
    • #1 alice waits for the network team: DNS is broken · Feb 28, 2052 17:00, 10 m so far
    • #2 bob waits for legal · Feb 28, 2052 17:10, 0 s so far
    Time spent blocked: 10 m
    ");
    assert_snapshot!(slack.bob.says_in(&room, ".unblocked").refusal().await, @"Several blockers are open, so say which one: #1 the network team, #2 legal (`.unblocked 1`).");
    assert_snapshot!(slack.bob.says_in(&room, ".unblocked 7").refusal().await, @"There is no blocker #7; open: #1 the network team, #2 legal (`.unblocked 1`).");
    assert_snapshot!(slack.bob.says_in(&room, ".unblocked legal").refusal().await, @"A blocker is named by its number; open: #1 the network team, #2 legal (`.unblocked 1`).");
    assert_snapshot!(slack.bob.says_in(&room, ".stop").refusal().await, @"Still blocked by #1 the network team, #2 legal: `.unblockall`, then `.stop`.");
    assert_snapshot!(slack.bob.says_in(&room, ".mitigated 5 minutes ago").refusal().await, @"Still blocked by #1 the network team, #2 legal: `.unblockall`, then `.mitigated`.");
    slack.bob.says_in(&room, ".unblocked #1").gets_reaction("ok").await;
    assert_snapshot!(slack.bob.says_in(&room, ".unblocked 1").refusal().await, @"Blocker #1 the network team was closed by bob at Feb 28, 2052 17:10; open: #2 legal (`.unblocked 2`).");
    slack.alice.says_in(&room, ".blocked the network team => DNS is broken").reply().await;
    slack.alice.says_in(&room, ".point").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".comms").gets_reaction("ok").await;
    assert_eq!(room.incident().await.state.word(), "blocked");
    slack.later(SignedDuration::from_mins(10));
    slack.bob.says_in(&room, ".unblockall").gets_reaction("ok").await;
    assert_eq!(room.incident().await.state.word(), "acknowledged");
    assert_snapshot!(slack.bob.says_in(&room, ".unblockall").refusal().await, @"Blocker #3 the network team was closed by bob at Feb 28, 2052 17:20; nothing is waited for now, `.blocked whom => reason` adds a blocker.");
    assert_snapshot!(slack.bob.says_in(&room, ".blockers").reply().await, @"Nothing is waited for now. Blockers so far: 3, all closed; time spent blocked: 20 m.");
    slack.bob.says_in(&room, ".stop").gets_reaction("ok").await;
    slack.end().await;
}

async fn a_history_of_three_hundred_entries(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    let names = (1..=297).map(|n| format!("part {n}")).collect::<Vec<_>>().join(", ");
    slack.alice.says_in(&room, &format!(".components {names}")).gets_reaction("ok").await;
    slack.alice.says_in(&room, ".note enough of that").gets_reaction("ok").await;
    let history = slack.alice.says_in(&room, ".history");
    let shown = history.reply().await;
    assert!(shown.starts_with("*History* (300): here are the last 50, the file has all of them\n"), "{shown}");
    assert!(shown.contains("the component part 249\n") && !shown.contains("the component part 248\n"), "{shown}");
    assert!(shown.contains("alice noted: enough of that\n"), "{shown}");
    let file = history.file().await;
    assert_eq!(file.lines().filter(|line| line.contains(" UTC")).count(), 300);
    slack.end().await;
}

async fn lists_that_are_just_not_too_long(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    let long = "and what belongs to it ".repeat(4);
    let names = (1..=198).map(|n| format!("part {n} {long}")).collect::<Vec<_>>().join(", ");
    slack.alice.says_in(&room, &format!(".components {names}")).gets_reaction("ok").await;
    let history = slack.alice.says_in(&room, ".history");
    history.reply().await;
    slack.settles().await;
    let shown = history.reply().await;
    assert!(shown.starts_with("*History* (200)\n"), "{shown}");
    for n in 1..=198 {
        assert!(shown.contains(&format!("the component part {n} and")), "{n}: {shown}");
    }
    assert!(!shown.contains("(file:"), "{shown}");
    slack.end().await;
}

async fn a_summary_of_twelve_thousand_characters(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    let lines: Vec<String> = (1..=300).map(|n| format!("Line {n}: it is all very sad & <complicated>.")).collect();
    let summary = slack.alice.says_in(&room, &format!(".summary {}", lines.join("\n")));
    summary.reply().await;
    slack.settles().await;
    let shown = summary.reply().await;
    assert!(lines.iter().all(|line| shown.contains(line)), "{shown}");
    slack.bob.joins(&room);
    slack.bob.is_whispered_in(&room).await;
    slack.settles().await;
    let welcome = slack.bob.whispers_in(&room).join("\n");
    assert!(lines.iter().all(|line| welcome.contains(line)), "{welcome}");
    slack.end().await;
}

async fn five_thousand_components(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    let many = (1..=5000).map(|n| format!("c{n}")).collect::<Vec<_>>().join(", ");
    slack.alice.says_in(&room, &format!(".components {many}")).gets_reaction("ok").await;
    room.topic().shows("CHECKOUT IS DOWN · point nobody, comms nobody").await;
    let list = slack.alice.says_in(&room, ".components");
    list.reply().await;
    let file = list.file().await;
    assert!(file.contains("c1\n") && file.contains("c5000\n"), "{}", file.len());
    slack.alice.says_in(&room, ".componentrm C4999").gets_reaction("ok").await;
    slack.end().await;
}

async fn exports(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout <b>is</b> down").opens_channel().await;
    slack.settles().await;
    slack.alice.says_in(&room, ".point").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".comms").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".summary *Cards* fail, ask @bob").reply().await;
    until_kept(&slack, &room).await;
    let export = slack.bob.says_in(&room, ".export");
    assert_snapshot!(export.reply().await, @"
    The full record of incident 1, times in UTC.
    (file: incident-1.md)
    ");
    assert_snapshot!(export.file().await, @r"
    # Incident 1: Checkout &lt;b&gt;is&lt;/b&gt; down

    - State: acknowledged
    - Priority: P2 (serious, limited blast radius; several customers)
    - Declared: 2052-02-28 17:00 UTC by alice
    - Channel: #breaking-1
    - Desk: main
    - This record: written 2052-02-28 17:00 UTC

    ## Summary

    > \*Cards\* fail, ask @bob

    ## Moments

    - started · 2052-02-28 17:00 UTC · 0 s
    - acknowledged · 2052-02-28 17:00 UTC · 0 s

    ## People

    - point · alice · 2052-02-28 17:00 UTC · now
    - comms · bob · 2052-02-28 17:00 UTC · now

    ## Components

    No component was named.

    ## Affected

    Nobody was named as affected.

    ## Blockers

    Nothing was waited for.

    ## Action items

    No action item was recorded.

    ## Contributing factors

    No contributing factor was named.

    ## Code changes

    No code change was recorded.

    ## Revisions

    Nothing was said differently before.

    ## Timeline

    - 2052-02-28 17:00 UTC · event · alice declared it at P2: Checkout &lt;b&gt;is&lt;/b&gt; down
    - 2052-02-28 17:00 UTC · event · its channel was opened: #breaking-1
    - 2052-02-28 17:00 UTC · role · alice took the role point
    - 2052-02-28 17:00 UTC · role · bob took the role comms
    - 2052-02-28 17:00 UTC · event · acknowledged
    - 2052-02-28 17:00 UTC · summary · bob wrote the summary: \*Cards\* fail, ask @bob
    - 2052-02-28 17:00 UTC · channel · alice and bob joined
    ");
    let export = slack.bob.says_in(&room, ".export json");
    assert_snapshot!(export.reply().await, @"
    The full record of incident 1, times in UTC.
    (file: incident-1.json)
    ");
    let json: serde_json::Value = serde_json::from_str(&export.file().await).unwrap();
    assert_eq!(json["title"], "Checkout <b>is</b> down");
    let html = slack.bob.says_in(&room, ".export HTML").file().await;
    assert!(html.contains("Checkout &lt;b&gt;is&lt;/b&gt; down") && !html.contains("<b>is</b>"), "{html}");
    assert_snapshot!(slack.bob.says_in(&room, ".export pdf").refusal().await, @"I can export as `.export md` (also without a word behind it), `.export json` or `.export html`.");
    slack.end().await;
}
