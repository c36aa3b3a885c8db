//! Times as people type them, each in their own zone.

use insta::assert_snapshot;
use jiff::SignedDuration;

use crate::story::Stage;

stories!(are_read_in_the_authors_zone, are_refused_with_the_reason, correct_what_was_marked);

async fn are_read_in_the_authors_zone(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.later(SignedDuration::from_mins(30));
    assert_snapshot!(slack.alice.says_in(&room, ".genesis 17:30").reply().await, @"*Genesis*: 2052-02-28 17:30 CET (Europe/Berlin), 2052-02-28 16:30 UTC.");
    assert_snapshot!(slack.bob.says_in(&room, ".genesis 11:20a").reply().await, @"*Genesis*: 2052-02-28 11:20 EST (America/New_York), 2052-02-28 16:20 UTC.");
    assert_snapshot!(slack.carol.says_in(&room, ".genesis yesterday 11:20p").reply().await, @"*Genesis*: 2052-02-28 23:20 JST (Asia/Tokyo), 2052-02-28 14:20 UTC.");
    assert_snapshot!(slack.dave.says_in(&room, ".genesis 16:00").reply().await, @"*Genesis*: 2052-02-28 16:00 UTC (Etc/UTC), 2052-02-28 16:00 UTC.");
    assert_snapshot!(slack.bob.says_in(&room, ".detected 16:40 UTC").reply().await, @"
    *Detected*: 2052-02-28 11:40 EST (America/New_York), 2052-02-28 16:40 UTC.
    TTD (time to detect): 40 m
    ");
    slack.carol.says_in(&room, ".detected 2052-02-28 16:40 UTC").gets_reaction("ok_hand").await;
    assert_snapshot!(slack.bob.says_in(&room, ".acked two minutes ago").reply().await, @"
    *Acknowledged*: 2052-02-28 12:28 EST (America/New_York), 2052-02-28 17:28 UTC.
    TTA (time to acknowledge): 48 m
    ");
    assert_eq!(room.incident().await.state.word(), "acknowledged");
    assert_snapshot!(slack.bob.says_in(&room, ".genesis last monday 9am").reply().await, @"
    *Genesis*: 2052-02-26 09:00 EST (America/New_York), 2052-02-26 14:00 UTC.
    TTD (time to detect): 2 d 2 h
    ");
    assert_snapshot!(slack.bob.says_in(&room, ".genesis 2052-02-27T17:00Z").reply().await, @"
    *Genesis*: 2052-02-27 12:00 EST (America/New_York), 2052-02-27 17:00 UTC.
    TTD (time to detect): 23 h 40 m
    ");
    assert_snapshot!(slack.alice.says_in(&room, ".status").reply().await, @"
    :fire: [P2] *Checkout is down*
    Incident 1 is acknowledged, 30 m after it was declared.
    • point: nobody, comms: nobody
    • started: Feb 28, 2052 17:00
    • genesis: Feb 27, 2052 17:00
    • detected: Feb 28, 2052 16:40
    • acknowledged: Feb 28, 2052 17:28
    • TTD (time to detect): 23 h 40 m
    • TTA (time to acknowledge): 48 m
    • tracker: none is configured
    • no comm update yet, overdue for 24 m: `.notify what people should know` sends one
    ");
    slack.end().await;
}

async fn are_refused_with_the_reason(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.later(SignedDuration::from_mins(30));
    assert_snapshot!(slack.bob.says_in(&room, ".genesis").refusal().await, @"`.genesis` needs a time behind it, for example `.genesis 40 minutes ago`.");
    assert_snapshot!(slack.bob.says_in(&room, ".genesis when the moon rose").refusal().await, @"I cannot read that as a time. Times are read in America/New_York, or in UTC when they end in UTC. Try `now`, `20 minutes ago`, `9:05`, `3 pm`, `yesterday 11:20`, `monday 9am`, `dec 31 23:59`, `2024-02-28 17:00`, `9:05 UTC`.");
    assert_snapshot!(slack.bob.says_in(&room, ".detected 5 minutes ago").refusal().await, @"Detected can't lie after the start, 2052-02-28 12:00 EST (America/New_York), 2052-02-28 17:00 UTC; I read yours as 2052-02-28 12:25 EST (America/New_York), 2052-02-28 17:25 UTC. Give an earlier one, for example `.detected 2024-02-28 17:00`.");
    assert_snapshot!(slack.carol.says_in(&room, ".acked 2052-02-29 09:00").refusal().await, @"That is in the future: 2052-02-29 09:00 JST (Asia/Tokyo), 2052-02-29 00:00 UTC. Give a time that has passed, for example `.acked 20 minutes ago`.");
    // New York skips 02:30 that day.
    assert_snapshot!(slack.bob.says_in(&room, ".genesis 2051-03-12 02:30").refusal().await, @"The clocks skipped 02:30 on 2051-03-12 for daylight saving; they showed 03:30 instead. Times are read in America/New_York, or in UTC when they end in UTC. Try `now`, `20 minutes ago`, `9:05`, `3 pm`, `yesterday 11:20`, `monday 9am`, `dec 31 23:59`, `2024-02-28 17:00`, `9:05 UTC`.");
    // And has 01:30 twice that day.
    assert_snapshot!(slack.bob.says_in(&room, ".genesis 2051-11-05 01:30").reply().await, @"
    *Genesis*: 2051-11-05 01:30 EDT (America/New_York), 2051-11-05 05:30 UTC.
    The clocks showed that time twice, because daylight saving ended; I took the earlier of the two.
    ");
    assert_snapshot!(slack.bob.says_in(&room, ".resolved-at 5 minutes ago").refusal().await, @"`.resolved-at` only corrects when it was over, and it is not resolved yet; `.stop` resolves it.");
    slack.end().await;
}

async fn correct_what_was_marked(stage: Stage) {
    let slack = stage.begin().await;
    let room = slack.alice.says(".start Checkout is down").opens_channel().await;
    slack.later(SignedDuration::from_mins(60));
    assert_snapshot!(slack.bob.says_in(&room, ".mitigated 20 minutes ago").reply().await, @"*Mitigated*: 2052-02-28 12:40 EST (America/New_York), 2052-02-28 17:40 UTC.");
    assert_snapshot!(slack.bob.says_in(&room, ".mitigated 25 minutes ago").reply().await, @"*Mitigated*: 2052-02-28 12:35 EST (America/New_York), 2052-02-28 17:35 UTC.");
    assert_snapshot!(slack.bob.says_in(&room, ".mitigated").refusal().await, @"Incident 1 was mitigated by bob at Feb 28, 2052 18:00; `.unmitigated` takes that back, and `.mitigated 20 minutes ago` corrects when.");
    assert_eq!(room.incident().await.state.word(), "mitigated");
    slack.bob.says_in(&room, ".unmitigated").gets_reaction("ok").await;
    room.shows("*Unmitigated* by @bob").await;
    assert_snapshot!(slack.bob.says_in(&room, ".unmitigate").refusal().await, @"Incident 1 was unmitigated by bob at Feb 28, 2052 18:00; `.mitigated` when the effect on people ends.");
    slack.bob.says_in(&room, ".stop").gets_reaction("ok").await;
    assert_snapshot!(slack.bob.says_in(&room, ".resolved-at 10 minutes ago").reply().await, @"
    *Resolved*: 2052-02-28 12:50 EST (America/New_York), 2052-02-28 17:50 UTC.
    The review will ask about this: mitigated (2052-02-28 18:00 UTC) lies after resolved (2052-02-28 17:50 UTC): correct one of them with `.mitigated` or `.resolved-at`.
    ");
    assert_snapshot!(slack.bob.says_in(&room, ".history").reply().await, @"
    *History* (7)
    • 2052-02-28 17:00 UTC (#breaking…) · event · alice declared it at P2: Checkout is down
    • 2052-02-28 17:00 UTC · event · its channel was opened: #breaking-1
    • 2052-02-28 18:00 UTC (#breaking-1…) · event · bob marked it mitigated as of 2052-02-28 17:40 UTC
    • 2052-02-28 18:00 UTC (#breaking-1…) · event · bob set mitigated to 2052-02-28 17:35 UTC
    • 2052-02-28 18:00 UTC (#breaking-1…) · event · bob took the mitigation back
    • 2052-02-28 18:00 UTC (#breaking-1…) · event · bob resolved it
    • 2052-02-28 18:00 UTC (#breaking-1…) · event · bob set resolved to 2052-02-28 17:50 UTC
    ");
    slack.end().await;
}
