//! What the README promises: one incident from its declaration to its end.

use insta::assert_snapshot;
use jiff::SignedDuration;

use crate::story::Stage;

stories!(burns_is_put_out_and_reviewed);

async fn burns_is_put_out_and_reviewed(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    room.topic().is(":fire: [P2] CHECKOUT IS DOWN · point nobody, comms nobody").await;

    slack.later(SignedDuration::from_mins(2));
    slack.alice.says_in(&room, ".point").gets_reaction("ok").await;
    slack.bob.says_in(&room, ".comms").gets_reaction("ok").await;
    room.topic().is(":fire: [P2] CHECKOUT IS DOWN · point @alice, comms @bob").await;

    slack.later(SignedDuration::from_mins(10));
    slack.bob.says_in(&room, ".summary Payments time out since the deploy").reply().await;
    slack.bob.says_in(&room, ".notify We roll the deploy back").gets_reaction("ok").await;
    slack.notify().shows("We roll the deploy back").await;
    slack.alice.says_in(&room, ".genesis 15 minutes ago").reply().await;
    slack.alice.says_in(&room, ".detected 13 minutes ago").reply().await;

    slack.carol.says_in(&room, ".blocked the payment provider => they must lift the rate limit").reply().await;
    room.topic().shows("waiting for the payment provider").await;
    slack.alice.says_in(&room, ".mitigated").refusal().await;
    slack.later(SignedDuration::from_mins(5));
    slack.carol.says_in(&room, ".unblocked").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".mitigated").gets_reaction("ok").await;
    room.shows("*Mitigated* by @alice").await;

    slack.later(SignedDuration::from_mins(30));
    slack.dave.says_in(&room, ".pr https://github.example/shop/pull/7").gets_reaction("ok").await;
    slack.alice.says_in(&room, ".stop").gets_reaction("ok").await;
    slack.main().shows("All clear: *Checkout is down*").await;
    room.shows("*Resolved* by @alice").await;

    slack.dave.says_in(&room, ".assign").gets_reaction("ok").await;
    slack.dave.says_in(&room, ".rfr").refusal().await;
    slack.dave.says_in(&room, ".components payments").gets_reaction("ok").await;
    slack.dave.says_in(&room, ".factor The deploy skipped the canary").gets_reaction("ok").await;
    slack.dave.says_in(&room, ".ai Deploy to the canary first => @alice knows how").gets_reaction("ok").await;
    for _ in 0..3 {
        slack.dave.says_in(&room, ".next").reply().await;
    }
    slack.dave.says_in(&room, ".next").gets_reaction("ok").await;
    room.shows("What surprised us?").await;
    slack.dave.says_in(&room, ".complete").reply().await;

    assert_snapshot!(slack.main().transcript().await, @"
    alice: .start Checkout is down :ok:
    breakingbot: :fire: [P2] New incident: *Checkout is down* · #breaking-1
        Declared by @alice at P2 (serious, limited blast radius; several customers). To help, join its channel.
    breakingbot: :white_check_mark: [P2] All clear: *Checkout is down* · #breaking-1
        Resolved by @alice. It lasted 50 m.
    ");
    assert_snapshot!(slack.notify().transcript().await, @"
    breakingbot: @channel :fire: [P2] New incident: *Checkout is down* · #breaking-1
        Declared by @alice at P2 (serious, limited blast radius; several customers). To help, join its channel.
    breakingbot: :fire: [P2] Update: *Checkout is down* · #breaking-1
        > We roll the deploy back
        Sent by @bob
    breakingbot: :white_check_mark: [P2] All clear: *Checkout is down* · #breaking-1
        Resolved by @alice. It lasted 50 m.
    ");
    assert_snapshot!(room.transcript().await, @"
    breakingbot: Checkout is down
        :fire: Incident 1, P2 (serious, limited blast radius; several customers), declared by @alice at Feb 28, 2052 17:00.
        *Next steps*
        • `.point` to run the response
        • `.comms` to write updates for everybody who asks
        • `.summary what is known` so that who comes late can catch up
        `.priority` if the level is wrong; `.stop` when it is over; `.commands` lists everything I can do.
    alice: .point :ok:
    bob: .comms :ok:
    bob: .summary Payments time out since the deploy
        breakingbot: *Summary of incident 1 now*
            > Payments time out since the deploy
    bob: .notify We roll the deploy back :ok:
    alice: .genesis 15 minutes ago
        breakingbot: *Genesis*: 2052-02-28 17:57 CET (Europe/Berlin), 2052-02-28 16:57 UTC.
    alice: .detected 13 minutes ago
        breakingbot: *Detected*: 2052-02-28 17:59 CET (Europe/Berlin), 2052-02-28 16:59 UTC.
            TTD (time to detect): 2 m · TTA (time to acknowledge): 3 m
    carol: .blocked the payment provider => they must lift the rate limit
        breakingbot: *Blocker #1*: waiting for the payment provider
            Reason: they must lift the rate limit
            `.unblocked 1` when it is not waited for any more.
    alice: .mitigated :exclamation:
        breakingbot: Still blocked by #1 the payment provider: `.unblockall`, then `.mitigated`.
    carol: .unblocked :ok:
    alice: .mitigated :ok:
    breakingbot: *Mitigated* by @alice. Keep watching: `.stop` when it is over, `.unmitigated` if people are still hit.
    dave: .pr https://github.example/shop/pull/7 :ok:
    alice: .stop :ok:
    breakingbot: *Resolved* by @alice. All clear. It lasted 50 m.
        *Code changes*
        • https://github.example/shop/pull/7 (https://github.example/shop/pull/7)
        Not on record yet: action items (`.ai`), contributing factors (`.factor`).
        Next: `.next` walks you through the review, step by step.
        If it is not over: `.unresolve` takes the all-clear back, `.restart` says that it is burning again.
    dave: .assign :ok:
    dave: .rfr :exclamation:
        breakingbot: Not ready for review yet, one thing is missing; mend it, then `.rfr` again:
            • no component is named: `.components api, checkout`
    dave: .components payments :ok:
    dave: .factor The deploy skipped the canary :ok:
    dave: .ai Deploy to the canary first => @alice knows how :ok:
    dave: .next
        breakingbot: *Review, step 3 of 6: is the priority right?*
            It is P2 (serious, limited blast radius; several customers).
            • `.priority 1 and why` changes it, to whichever level is right
            `.next` goes on.
    dave: .next
        breakingbot: *Review, step 5 of 6: what contributed to it?*
            On record:
            • The deploy skipped the canary
            • `.factor the cache had no limit` adds one
            `.next` goes on.
    dave: .next
        breakingbot: *Review, step 6 of 6: does the summary tell the whole story?*
            On record:
            > Payments time out since the deploy
            • `.summary what happened` writes it anew
            `.next` goes on.
    dave: .next :ok:
    breakingbot: *Ready for review* by @dave. The report as it stands follows: discuss each section in its thread; `.complete` when the review is done.
    breakingbot: Summary
        > Payments time out since the deploy
    breakingbot: Moments and metrics
        • started: Feb 28, 2052 17:00
        • genesis: Feb 28, 2052 16:57
        • detected: Feb 28, 2052 16:59
        • acknowledged: Feb 28, 2052 17:02
        • mitigated: Feb 28, 2052 17:17
        • resolved: Feb 28, 2052 17:47
        • ready for review: Feb 28, 2052 17:47
        • TTD (time to detect): 2 m
        • TTA (time to acknowledge): 3 m
        • TTM (time to mitigate): 20 m
        • TTR (time to resolve): 50 m
        • time blocked: 5 m
    breakingbot: People
        • point: @alice
        • comms: @bob
        • assigned: @dave
    breakingbot: Components
        • payments
    breakingbot: Affected
        Nobody is named as affected: `.affected all customers in Europe`.
    breakingbot: Contributing factors
        • The deploy skipped the canary
    breakingbot: Code changes
        • https://github.example/shop/pull/7 (https://github.example/shop/pull/7)
    breakingbot: Action items
        • Deploy to the canary first — @alice knows how
    breakingbot: Timeline
        `.history` shows it, `.export` gives the whole record as a file.
    breakingbot: Discussion
        • What surprised us?
        • What helped us notice, and what would have helped us notice sooner?
        • What made it hard to mitigate, and what made it easier?
        • What would make the next incident of this kind shorter or smaller?
    dave: .complete
        breakingbot: Completed. P2 asks for a report, and no report platform is configured: `.export html` gives the whole record to write it from.
    breakingbot: *Completed* by @dave. Thank you all. `.restart` if it comes back.
    ");
    slack.end().await;
}
