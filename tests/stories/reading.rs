//! The commands that only tell.

use insta::assert_snapshot;
use jiff::SignedDuration;
use playground::{Fault, FaultKind};

use crate::story::Stage;

stories!(the_board, the_rules, the_receipts);

async fn the_board(stage: Stage) {
    let slack = stage.begin().await;
    slack.workspace.invite("alice", "breakingbot", "general").unwrap();
    assert_snapshot!(slack.bob.says(".status").reply().await, @":white_check_mark: All clear: no incident is active. `.start` and a title in #breaking declares one.");
    assert_snapshot!(slack.bob.says(".breakings").reply().await, @":white_check_mark: All clear: no incident has a channel now. `.start` and a title in #breaking declares one.");
    let search = slack.alice.says(".low Search is slow").opens_channel().await;
    slack.later(SignedDuration::from_mins(40));
    let checkout = slack.alice.says(".critical Checkout is down").opens_channel().await;
    let images = slack.carol.says(".start Images are gone").opens_channel().await;
    slack.later(SignedDuration::from_mins(5));
    slack.alice.says_in(&checkout, ".point").gets_reaction("ok").await;
    slack.alice.says_in(&checkout, ".comms @bob").gets_reaction("ok").await;
    slack.alice.says_in(&search, ".mitigated").gets_reaction("ok").await;
    slack.carol.says_in(&images, ".stop").gets_reaction("ok").await;
    assert_snapshot!(slack.bob.says(".status").reply().await, @"
    *2 incidents are active, the most urgent first*
    • :fire: [P1] *Checkout is down*: acknowledged, 5 m old, point: alice, comms: bob · #breaking-2
    • :dash: [P3] *Search is slow*: mitigated, 45 m old, point: nobody, comms: nobody · #breaking-1
    No issue tracker is configured.
    ");
    assert_snapshot!(slack.bob.says_in(&slack.channel("general"), ".breakingchannels").reply().await, @"
    *Burning (1)*
    • :fire: [P1] *Checkout is down*: acknowledged, 5 m old · #breaking-2
    *Mitigated (1)*
    • :dash: [P3] *Search is slow*: mitigated, 45 m old · #breaking-1
    *Inactive (1)*
    • :white_check_mark: [P2] *Images are gone*: resolved, 5 m old · #breaking-3
    ");
    assert_snapshot!(slack.alice.says_in(&checkout, ".status").reply().await, @"
    :fire: [P1] *Checkout is down*
    Incident 2 is acknowledged, 5 m after it was declared.
    • point: alice, comms: bob
    • started: Feb 28, 2052 17:40
    • acknowledged: Feb 28, 2052 17:45
    • tracker: none is configured
    • no comm update yet: `.notify what people should know` sends one
    ");
    assert_snapshot!(slack.alice.says_in(&checkout, ".issue").reply().await, @"No issue tracker is configured, so there is no tracking issue; ask whoever runs me to configure one.");
    slack.end().await;
}

async fn the_rules(stage: Stage) {
    let stage = stage.desk(|desk| {
        desk.runbooks.insert("root".to_owned(), "https://runbooks.example/breaking".to_owned());
    });
    let slack = stage.begin().await;
    assert_snapshot!(slack.bob.says(".mainchannel").reply().await, @"Incidents are declared and announced in #breaking: `.start Checkout is down` there opens one.");
    assert_snapshot!(slack.bob.says(".priorities").reply().await, @"
    *Priorities*
    • :fire: *P1*: critical: many customers or a severe security breach, all hands. Start with `.p1`, `.hi`, `.high`, `.critical`, `.crit`
    • :fire: *P2* (the default): serious, limited blast radius; several customers. Start with `.p2`, `.mid`, `.med`, `.medium`, `.normal`
    • :dash: *P3*: minor or one customer, still needs prompt work. Start with `.p3`, `.lo`, `.low`, `.lite`, `.light`
    • :heavy_multiplication_x: *P4*: not an incident, ordinary backlog work. Start with `.p4`, `.backlog`, `.none`
    • :heavy_multiplication_x: *P5*: nothing wrong. Start with `.p5`, `.wontfix`
    `.start` and a title declares at P2; any of these words and a title at its level, in #breaking. In an incident's channel `.p1 reason` changes the level.
    ");
    assert_snapshot!(slack.bob.says(".help").reply().await, @"
    Something new is broken? `.start Checkout is down` in #breaking declares an incident and opens its channel.
    *Runbooks*
    • root (https://runbooks.example/breaking)
    `.status` tells how things stand, `.breakings` lists the incidents' channels, `.commands` everything I can do.
    ");
    assert_snapshot!(slack.bob.says(".commands").reply().await, @"
    *In* #breaking
    • `.start title` declares an incident; `.low`, `.critical` and the other levels' words, and `.p1`, start at that level
    *Anywhere*
    • `.status` tells how this incident stands; outside an incident's channel, lists all that are active
    • `.breakings` (`.breakingchannels`) lists the channels of all incidents: burning first, then mitigated, then inactive
    • `.mainchannel` names the channel where incidents are declared
    • `.priorities` tells the levels and what they mean
    • `.help` tells what to do next, how to declare an incident, and where the runbooks are
    • `.commands` lists everything I can do
    *In an incident's channel*
    • `.point [@user]` takes or gives the role of point, who runs the response
    • `.comms [@user]` takes or gives the role of comms, who writes updates
    • `.triage [@user]` takes or gives the role of triage, who handles reports and tickets
    • `.eng [@user]` takes or gives the role of eng, who leads the engineering work
    • `.mitigated [time]` (`.mitigate`) marks that the effect on people has ended; with a time, sets or corrects when
    • `.unmitigated` (`.unmitigate`) takes the mitigation back: it was premature
    • `.stop` (`.allclear` `.clear` `.resolve` `.resolved`) resolves: the all-clear
    • `.unresolve` (`.unresolved`) takes the all-clear back: it is mitigated, not over
    • `.restart` says that it burns again, and announces it like a start
    • `.cancel` calls it off: a false alarm
    • `.uncancel` takes it up again: it was no false alarm
    • `.title title` renames the incident; the channel's topic follows
    • `.summary [text]` shows the summary, or writes it anew, which counts as a comm update
    • `.notify update's text` sends an update to those who wait for one: it is logged, and at high priority posted to the notify channel
    • `.components [a, b]` (`.component`) lists the parts of the system that are concerned, or adds some
    • `.componentrm component` removes a component
    • `.affected [a, b]` lists who or what is hit, or adds some
    • `.affectedrm who or what` removes somebody or something that is not hit after all
    • `.blockers` lists what is waited for, who said so, for how long, and the time spent blocked
    • `.blocked whom [=> reason]` (`.blocker`) says that somebody or something outside is waited for, and why
    • `.unblocked [id]` (`.unblock`) closes a blocker; with one open its id may be left out
    • `.unblockall` (`.unblockedall`) closes all blockers
    • `.genesis time` sets when the trouble began
    • `.detected time` sets when somebody or something noticed
    • `.acknowledged time` (`.acked`) sets when the response was under way
    • `.resolved-at time` corrects when it was over, once it is resolved
    • `.priority [level] [reason]` changes the priority, as `.p1 reason` does too; alone it tells what the levels mean
    • `.pr URL` (`.fixpr`) records a code change
    • `.prs` lists the code changes; `.pr` and a URL adds one
    • `.factor text or URL` (`.cause` `.rootcause` `.chain` `.iamsorry` `.mybad`) records a contributing factor
    • `.factors` (`.causes` `.rootcauses` `.chains`) lists the contributing factors; `.factor` and a text adds one
    • `.ai title [=> detail]` (`.actionitem`) records an action item
    • `.ais` (`.actionitems`) lists the action items; `.ai` and a title adds one
    • `.note text` writes an internal note
    • `.notes [text]` lists the internal notes, or writes one
    • `.history` (`.timeline` `.log`) tells everything that happened, in UTC, with links to the messages
    • `.asof when` tells what was known at a time: state, roles, priority, summary and log
    • `.issue` (`.ticket`) tells where the tracking issue is
    • `.assign [@user]` (`.assignee`) makes you, or the person mentioned, the owner of the review
    • `.next` (`.tutorial`) walks you through the review, step by step
    • `.rfr` (`.readyforreview`) opens the review, or lists what is missing for it
    • `.complete` (`.done`) ends the review, and drafts the report where the priority requires one
    • `.report [again]` tells where the report's draft is, or has it made; `.report again` makes one that is gone, and brings one up to date that nobody changed
    • `.export [md, json, html]` gives the full record as a file: Markdown, JSON or HTML
    • `.delivery` tells when the last commands and posts were received, decided, sent and confirmed, and what waits and why
    • `.nags` tells which reminders are due when, and why
    • `.snooze [point, comms, update, #1] [how long]` silences reminders for an hour, or for as long as you say
    • `.unsnooze [point, comms, update, #1]` brings snoozed reminders back
    ");
    assert_snapshot!(slack.bob.says(".commands please").refusal().await, @"`.commands` takes no words behind it, so I did nothing; `.commands` alone lists everything I can do.");
    slack.end().await;
}

async fn the_receipts(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.settles().await;
    slack.alice.says_in(&room, ".point").gets_reaction("ok").await;
    slack.settles().await;
    slack.later(SignedDuration::from_secs(5));
    let slow = Fault::new("chat.postMessage", FaultKind::Throttle { retry_after_s: 3 }).in_channel("C0NOTIFY").times(1);
    slack.workspace.fault(slow);
    slack.bob.says_in(&room, ".notify <!channel> we roll back").gets_reaction("ok").await;
    slack
        .until_on_record("the announcement is put off, and nothing else waits", |store| async move {
            let waiting = store.waiting_outbox(None, 10).await.unwrap();
            (waiting.len() == 1 && waiting[0].last_error.is_some()).then_some(())
        })
        .await;
    slack.later(SignedDuration::from_millis(1_500));
    let told = slack.bob.says_in(&room, ".delivery").reply().await;
    assert_snapshot!(told, @"
    *Delivery* of incident 1: one thing waits.
    • announcement in #breaking-notify waits for 1.5 s: tried once, chat.postMessage is throttled for 3s, next try in 1.5 s (for 2052-02-28 17:00:05.000 (#breaking-1…) · bob: .notify <!channel> we roll back)
    Done last, in UTC; + counts from when it was received:
    2052-02-28 17:00:00.000 (#breaking…) · alice: .start Checkout is down · decided +0 ms
    • reaction :ok: · sent +0 ms · confirmed +0 ms
    • making of the channel breaking-1 · sent +0 ms · confirmed +0 ms
    2052-02-28 17:00:00.000 · the channel was made · decided +0 ms
    • intro (#breaking-1…) in #breaking-1 · sent +0 ms · confirmed +0 ms
    • announcement (#breaking…) in #breaking · sent +0 ms · confirmed +0 ms
    • announcement (#breaking-notify…) in #breaking-notify · sent +0 ms · confirmed +0 ms
    • invitation of alice · sent +0 ms · confirmed +0 ms
    • topic · sent +0 ms · confirmed +0 ms
    2052-02-28 17:00:00.000 · the intro was posted · decided +0 ms
    • pin · sent +0 ms · confirmed +0 ms
    2052-02-28 17:00:00.000 (#breaking-1…) · alice: .point · decided +0 ms
    • reaction :ok: · sent +0 ms · confirmed +0 ms
    • topic · sent +0 ms · confirmed +0 ms
    2052-02-28 17:00:05.000 (#breaking-1…) · bob: .notify <!channel> we roll back · decided +0 ms
    • reaction :ok: · sent +0 ms · confirmed +0 ms
    ");
    slack.settles().await;
    let told = slack.bob.says_in(&room, ".delivery").reply().await;
    assert!(told.starts_with("*Delivery* of incident 1: nothing waits."), "{told}");
    assert!(told.contains("announcement (#breaking-notify…) in #breaking-notify · sent"), "{told}");
    slack.end().await;
}
