//! How incidents end, and begin again.

use insta::assert_snapshot;
use jiff::SignedDuration;

use crate::story::Stage;

stories!(over_and_not_over, false_alarms, a_review_from_nothing, without_a_review);

async fn over_and_not_over(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    assert_snapshot!(slack.alice.says_in(&room, ".stop the deploy!").refusal().await, @"`.stop` takes no words behind it, so I did nothing; `.stop` alone resolves: the all-clear.");
    assert_snapshot!(slack.alice.says_in(&room, ".unresolve").refusal().await, @"Incident 1 is not resolved; `.stop` when it is over.");
    assert_snapshot!(slack.alice.says_in(&room, ".restart").refusal().await, @"Incident 1 is still burning; `.mitigated` when the effect on people ends, `.stop` when it is over.");
    slack.later(SignedDuration::from_mins(20));
    slack.bob.says_in(&room, ".allclear").gets_reaction("ok").await;
    room.topic().is(":white_check_mark: [P2] CHECKOUT IS DOWN · point nobody, comms nobody").await;
    slack.settles().await;
    assert_snapshot!(slack.alice.says_in(&room, ".stop").refusal().await, @"Incident 1 was resolved by bob at Feb 28, 2052 17:20; `.unresolve` takes the all-clear back.");
    assert_snapshot!(slack.alice.says_in(&room, ".mitigated").refusal().await, @"Incident 1 was mitigated by bob at Feb 28, 2052 17:20; `.mitigated 20 minutes ago` corrects when.");
    assert_snapshot!(slack.alice.says_in(&room, ".blocked somebody").refusal().await, @"`.blocked` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.");
    slack.alice.says_in(&room, ".unresolved").gets_reaction("ok").await;
    slack.settles().await;
    assert_eq!(room.incident().await.state.word(), "mitigated");
    slack.alice.says_in(&room, ".resolve").gets_reaction("ok").await;
    slack.settles().await;
    slack.later(SignedDuration::from_mins(20));
    slack.alice.says_in(&room, ".restart").gets_reaction("ok").await;
    slack.settles().await;
    assert_eq!(room.incident().await.state.word(), "acknowledged");
    assert_snapshot!(slack.alice.says_in(&room, ".restart").refusal().await, @"Incident 1 was restarted by alice at Feb 28, 2052 17:40; `.mitigated` when the effect on people ends, `.stop` when it is over.");
    slack.alice.says_in(&room, ".clear").gets_reaction("ok").await;
    assert_snapshot!(slack.main().transcript().await, @"
    alice: .start Checkout is down :ok:
    breakingbot: :fire: [P2] New incident: *Checkout is down* · #breaking-1
        Declared by @alice at P2 (serious, limited blast radius; several customers). To help, join its channel.
    breakingbot: :white_check_mark: [P2] All clear: *Checkout is down* · #breaking-1
        Resolved by @bob. It lasted 20 m from when it was declared.
    breakingbot: :fire: [P2] Unresolved, it is not over: *Checkout is down* · #breaking-1
        The all-clear was taken back by @alice. The effect on people is mitigated; work goes on in its channel.
    breakingbot: :white_check_mark: [P2] All clear: *Checkout is down* · #breaking-1
        Resolved by @alice. It lasted 20 m from when it was declared.
    breakingbot: :fire: [P2] Restarted, it is burning again: *Checkout is down* · #breaking-1
        Restarted by @alice. To help, join its channel.
    breakingbot: :white_check_mark: [P2] All clear: *Checkout is down* · #breaking-1
        Resolved by @alice. It lasted 40 m from when it was declared.
    ");
    assert_snapshot!(slack.notify().transcript().await, @"
    breakingbot: @channel :fire: [P2] New incident: *Checkout is down* · #breaking-1
        Declared by @alice at P2 (serious, limited blast radius; several customers). To help, join its channel.
    breakingbot: :white_check_mark: [P2] All clear: *Checkout is down* · #breaking-1
        Resolved by @bob. It lasted 20 m from when it was declared.
    breakingbot: :fire: [P2] Unresolved, it is not over: *Checkout is down* · #breaking-1
        The all-clear was taken back by @alice. The effect on people is mitigated; work goes on in its channel.
    breakingbot: :white_check_mark: [P2] All clear: *Checkout is down* · #breaking-1
        Resolved by @alice. It lasted 20 m from when it was declared.
    breakingbot: @channel :fire: [P2] Restarted, it is burning again: *Checkout is down* · #breaking-1
        Restarted by @alice. To help, join its channel.
    breakingbot: :white_check_mark: [P2] All clear: *Checkout is down* · #breaking-1
        Resolved by @alice. It lasted 40 m from when it was declared.
    ");
    assert_snapshot!(room.transcript().await, @"
    breakingbot: Checkout is down
        :fire: Incident 1, P2 (serious, limited blast radius; several customers), declared by @alice at Feb 28, 2052 17:00.
        *Next steps*
        • `.point` to run the response
        • `.comms` to write updates for everybody who asks
        • `.summary what is known` so that who comes late can catch up
        `.priority` if the level is wrong; `.stop` when it is over; `.commands` lists everything I can do.
    alice: .stop the deploy! :exclamation:
        breakingbot: `.stop` takes no words behind it, so I did nothing; `.stop` alone resolves: the all-clear.
    alice: .unresolve :exclamation:
        breakingbot: Incident 1 is not resolved; `.stop` when it is over.
    alice: .restart :exclamation:
        breakingbot: Incident 1 is still burning; `.mitigated` when the effect on people ends, `.stop` when it is over.
    bob: .allclear :ok:
    breakingbot: *Resolved* by @bob. All clear. It lasted 20 m from when it was declared.
        Not on record yet: action items (`.ai`), code changes (`.pr`), contributing factors (`.factor`).
        Next: `.next` walks you through the review, step by step.
        If it is not over: `.unresolve` takes the all-clear back, `.restart` says that it is burning again.
    alice: .stop :exclamation:
        breakingbot: Incident 1 was resolved by bob at Feb 28, 2052 17:20; `.unresolve` takes the all-clear back.
    alice: .mitigated :exclamation:
        breakingbot: Incident 1 was mitigated by bob at Feb 28, 2052 17:20; `.mitigated 20 minutes ago` corrects when.
    alice: .blocked somebody :exclamation:
        breakingbot: `.blocked` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.
    alice: .unresolved :ok:
    breakingbot: *Unresolved* by @alice. It is not over, but still mitigated: `.stop` when it is over, `.restart` if people are hit again.
    alice: .resolve :ok:
    breakingbot: *Resolved* by @alice. All clear. It lasted 20 m from when it was declared.
        Not on record yet: action items (`.ai`), code changes (`.pr`), contributing factors (`.factor`).
        Next: `.next` walks you through the review, step by step.
        If it is not over: `.unresolve` takes the all-clear back, `.restart` says that it is burning again.
    alice: .restart :ok:
    breakingbot: *Restarted* by @alice. It is burning again; `.mitigated` when people are not hit any more.
    alice: .restart :exclamation:
        breakingbot: Incident 1 was restarted by alice at Feb 28, 2052 17:40; `.mitigated` when the effect on people ends, `.stop` when it is over.
    alice: .clear :ok:
    breakingbot: *Resolved* by @alice. All clear. It lasted 40 m from when it was declared.
        Not on record yet: action items (`.ai`), code changes (`.pr`), contributing factors (`.factor`).
        Next: `.next` walks you through the review, step by step.
        If it is not over: `.unresolve` takes the all-clear back, `.restart` says that it is burning again.
    ");
    slack.end().await;
}

async fn false_alarms(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    assert_snapshot!(slack.alice.says_in(&room, ".uncancel").refusal().await, @"Incident 1 is not canceled; `.cancel` calls it off.");
    slack.alice.says_in(&room, ".cancel").gets_reaction("ok").await;
    slack.settles().await;
    room.topic().is(":no_entry_sign: [P2] CHECKOUT IS DOWN · point nobody, comms nobody").await;
    assert_snapshot!(slack.bob.says_in(&room, ".cancel").refusal().await, @"Incident 1 was canceled by alice at Feb 28, 2052 17:00; `.uncancel` takes it up again.");
    assert_snapshot!(slack.bob.says_in(&room, ".stop").refusal().await, @"`.stop` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.");
    assert_snapshot!(slack.bob.says_in(&room, ".point").refusal().await, @"`.point` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.");
    assert_snapshot!(slack.bob.says_in(&room, ".next").refusal().await, @"`.next` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.");
    slack.bob.says_in(&room, ".status").reply().await;
    slack.bob.says_in(&room, ".uncancel").gets_reaction("ok").await;
    slack.settles().await;
    room.topic().is(":fire: [P2] CHECKOUT IS DOWN · point nobody, comms nobody").await;
    slack.bob.says_in(&room, ".stop").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".next").reply().await;
    assert_snapshot!(slack.bob.says_in(&room, ".cancel").refusal().await, @"Incident 1 is in review and can't be canceled from there: `.unresolve`, then `.cancel`.");
    slack.bob.says_in(&room, ".unresolve").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".cancel").gets_reaction("ok").await;
    assert_snapshot!(slack.main().transcript().await, @"
    alice: .start Checkout is down :ok:
    breakingbot: :fire: [P2] New incident: *Checkout is down* · #breaking-1
        Declared by @alice at P2 (serious, limited blast radius; several customers). To help, join its channel.
    breakingbot: :no_entry_sign: [P2] Canceled: *Checkout is down* · #breaking-1
        A false alarm, canceled by @alice. Nothing more to do.
    breakingbot: :fire: [P2] Uncanceled, it was no false alarm: *Checkout is down* · #breaking-1
        Taken up again by @bob. It is started. To help, join its channel.
    breakingbot: :white_check_mark: [P2] All clear: *Checkout is down* · #breaking-1
        Resolved by @bob. It lasted 0 s from when it was declared.
    breakingbot: :fire: [P2] Unresolved, it is not over: *Checkout is down* · #breaking-1
        The all-clear was taken back by @bob. The effect on people is mitigated; work goes on in its channel.
    breakingbot: :no_entry_sign: [P2] Canceled: *Checkout is down* · #breaking-1
        A false alarm, canceled by @bob. Nothing more to do.
    ");
    slack.end().await;
}

async fn a_review_from_nothing(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.later(SignedDuration::from_mins(20));
    assert_snapshot!(slack.alice.says_in(&room, ".next").refusal().await, @"Incident 1 is not resolved; `.stop` first; the review comes after.");
    assert_snapshot!(slack.alice.says_in(&room, ".rfr").refusal().await, @"Incident 1 is not resolved; `.stop` first.");
    assert_snapshot!(slack.alice.says_in(&room, ".complete").refusal().await, @"Incident 1 is not resolved; `.stop` first.");
    slack.alice.says_in(&room, ".stop").gets_reaction("ok").await;
    slack.settles().await;
    assert_snapshot!(slack.alice.says_in(&room, ".rfr").refusal().await, @"
    Not ready for review yet, 4 things are missing; mend them, then `.rfr` again:
    • the summary is not written: `.summary what happened`
    • genesis, when it began, is not set: `.genesis yesterday 17:00`
    • detected, when it was noticed, is not set: `.detected yesterday 17:00`
    • no component is named: `.components api, checkout`
    ");
    assert_snapshot!(slack.alice.says_in(&room, ".complete").refusal().await, @"P2 needs a review before it is completed: `.rfr` opens it or lists what is missing, `.next` leads there step by step.");
    assert_snapshot!(slack.alice.says_in(&room, ".next").reply().await, @"
    *Review, step 1 of 6: who owns the review?*
    Nobody owns the review yet.
    • `.assign @name` names somebody, `.assign` takes it yourself
    Then `.next` goes on; until then it comes back to this step.
    ");
    assert_snapshot!(slack.alice.says_in(&room, ".next").reply().await, @"
    *Review, step 1 of 6: who owns the review?*
    Nobody owns the review yet.
    • `.assign @name` names somebody, `.assign` takes it yourself
    Then `.next` goes on; until then it comes back to this step.
    ");
    slack.alice.says_in(&room, ".assign @bob").gets_reaction("ok").await;
    assert_snapshot!(slack.alice.says_in(&room, ".next").reply().await, @"
    *Review, step 2 of 6: when did it begin, and when was it noticed?*
    Genesis and detected tell how long it took to notice, and how long people were hit.
    • genesis is not set: `.genesis 40 minutes ago` or a clock time
    • detected is not set: `.detected 30 minutes ago` or a clock time
    Then `.next` goes on; until then it comes back to this step.
    ");
    slack.alice.says_in(&room, ".genesis 30 minutes ago").reply().await;
    slack.alice.says_in(&room, ".detected 25 minutes ago").reply().await;
    assert_snapshot!(slack.alice.says_in(&room, ".next").reply().await, @"
    *Review, step 3 of 6: is the priority right?*
    It is P2 (serious, limited blast radius; several customers).
    • `.priority 1 and why` changes it, to whichever level is right
    `.next` goes on.
    ");
    assert_snapshot!(slack.alice.says_in(&room, ".next").reply().await, @"
    *Review, step 4 of 6: which parts of the system are concerned?*
    No component is named yet.
    • `.components api, checkout` names them
    Then `.next` goes on; until then it comes back to this step.
    ");
    slack.alice.says_in(&room, ".components checkout").gets_reaction("ok").await;
    assert_snapshot!(slack.alice.says_in(&room, ".next").reply().await, @"
    *Review, step 5 of 6: what contributed to it?*
    No contributing factor is named yet.
    • `.factor the cache had no limit` adds one
    `.next` goes on.
    ");
    assert_snapshot!(slack.alice.says_in(&room, ".next").reply().await, @"
    *Review, step 6 of 6: does the summary tell the whole story?*
    No summary is written yet.
    • `.summary what happened` writes it
    `.next` goes on.
    ");
    assert_snapshot!(slack.alice.says_in(&room, ".next").refusal().await, @"
    Not ready for review yet, one thing is missing; mend it, then `.rfr` again:
    • the summary is not written: `.summary what happened`
    ");
    slack.alice.says_in(&room, ".summary Cards failed").reply().await;
    slack.alice.says_in(&room, ".next").gets_reaction("ok").await;
    room.shows("What surprised us?").await;
    assert_snapshot!(slack.alice.says_in(&room, ".rfr").refusal().await, @"Incident 1 was declared ready for review by alice at Feb 28, 2052 17:20; `.complete` when the review is done.");
    assert_snapshot!(slack.alice.says_in(&room, ".done").reply().await, @"Completed. P2 asks for a report, and no report platform is configured: `.export html` gives the whole record to write it from.");
    room.shows("*Completed* by @alice").await;
    assert_snapshot!(slack.alice.says_in(&room, ".complete").refusal().await, @"Incident 1 was completed by alice at Feb 28, 2052 17:20; `.restart` opens it again.");
    assert_snapshot!(slack.alice.says_in(&room, ".note too late").refusal().await, @"`.note` can't be used now: incident 1 is completed; `.restart` opens it again.");
    slack.alice.says_in(&room, ".restart").gets_reaction("ok").await;
    slack.end().await;
}

async fn without_a_review(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".low Search is slow").opens_channel().await;
    slack.alice.says_in(&room, ".stop").gets_reaction("ok").await;
    assert_snapshot!(slack.alice.says_in(&room, ".next").refusal().await, @"P3 needs no review here: `.complete` is enough, and `.rfr` opens a review all the same.");
    slack.alice.says_in(&room, ".complete").gets_reaction("ok").await;
    slack.end().await;
}
