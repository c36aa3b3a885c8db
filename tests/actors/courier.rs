//! The courier: order, throttling, doubt, refusals.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use breakingbot::boundary::comm_platform::{Doubt, Pace, SendError};
use breakingbot::core::effect::Effect;

use crate::chat::short;
use crate::house::{House, MAIN, ROOM, live};

/// Fails the first `times` matching effects with this.
fn fails(times: usize, of: fn(&Effect) -> bool, with: SendError) -> impl FnMut(&Effect) -> Option<SendError> + Send {
    let left = Arc::new(AtomicUsize::new(times));
    move |effect| {
        let some = of(effect) && left.load(Ordering::SeqCst) > 0;
        if some {
            left.fetch_sub(1, Ordering::SeqCst);
        }
        some.then(|| with.clone())
    }
}

fn is_reaction(effect: &Effect) -> bool {
    matches!(effect, Effect::React { .. })
}

fn unknown() -> SendError {
    SendError::Unknown { method: "reactions.add", why: "timeout".into() }
}

#[test]
fn an_unknown_outcome_is_looked_up_before_it_is_repeated() {
    live(async {
        let house = House::burning().await;
        house.chat.answers_with(fails(1, is_reaction, unknown()));
        let typed = house.says("U0ALICE", ROOM, ".point").await;
        let doubts = house
            .chat
            .until(|all| {
                let tries = all.iter().filter(|one| short(&one.effect) == format!("react ok {typed}"));
                let doubts: Vec<Doubt> = tries.map(|one| one.doubt).collect();
                (doubts.len() == 2).then_some(doubts)
            })
            .await;
        assert_eq!(doubts[0], Doubt::Fresh);
        assert!(matches!(doubts[1], Doubt::MaybeDone { .. }), "{doubts:?}");
    });
}

#[test]
fn what_surely_did_nothing_is_repeated_without_a_look() {
    live(async {
        let house = House::burning().await;
        let error = SendError::Transient { method: "reactions.add", why: "internal_error".into(), begun: false };
        house.chat.answers_with(fails(2, is_reaction, error));
        let typed = house.says("U0ALICE", ROOM, ".point").await;
        let doubts = house
            .chat
            .until(|all| {
                let tries = all.iter().filter(|one| short(&one.effect) == format!("react ok {typed}"));
                let doubts: Vec<Doubt> = tries.map(|one| one.doubt).collect();
                (doubts.len() == 3).then_some(doubts)
            })
            .await;
        assert_eq!(doubts, [Doubt::Fresh; 3]);
    });
}

#[test]
fn a_throttled_channel_delays_its_own_lane_only() {
    live(async {
        let house = House::burning().await;
        house.says("U0ALICE", MAIN, ".start Another").await;
        house.chat.until_told("topic C-breaking-2").await;
        let throttled = SendError::Throttled {
            retry_after: Duration::from_secs(3600),
            method: "reactions.add",
            pace: Pace::Channel(ROOM.into()),
            begun: false,
        };
        let slow = house.says("U0ALICE", ROOM, ".nonsense").await;
        house.chat.answers_with(fails(1, is_reaction, throttled));
        let late = house.says("U0ALICE", ROOM, ".point").await;
        house.chat.until_told(&format!("react ok {late}")).await;
        // Its lane rests; the other one does not, and what is not a reaction leaves the resting lane all the same.
        let other = house.says("U0ALICE", "C-breaking-2", ".point").await;
        house.chat.until_told(&format!("react ok {other}")).await;
        house
            .chat
            .until(|all| {
                (all.iter().filter(|one| short(&one.effect) == format!("topic {ROOM}")).count() >= 2).then_some(())
            })
            .await;
        let _ = slow;
        assert_eq!(house.chat.told().iter().filter(|one| **one == format!("react ok {late}")).count(), 1);
    });
}

#[test]
fn a_refusal_that_the_operator_can_mend_is_told_to_who_waits_and_blocks_nothing() {
    live(async {
        let house = House::burning().await;
        let refused = SendError::Refused {
            code: "missing_scope".into(),
            sentence: "the bot's token lacks the scope reactions:write; add it and install the app again.".into(),
            operator: true,
        };
        house.chat.answers_with(fails(1, is_reaction, refused));
        let typed = house.says("U0ALICE", ROOM, ".point").await;
        house.chat.until_told(&format!("reply {typed} This is done; only the reaction")).await;
        let next = house.says("U0BOB", ROOM, ".comms").await;
        house.chat.until_told(&format!("react ok {next}")).await;
    });
}

#[test]
fn when_the_channel_cannot_be_made_the_starter_is_told_and_the_incident_is_canceled() {
    live(async {
        let house = House::open().await;
        let refused = SendError::Refused {
            code: "missing_scope".into(),
            sentence: "the bot's token lacks the scope channels:manage.".into(),
            operator: true,
        };
        house.chat.answers_with(fails(1, |effect| matches!(effect, Effect::OpenChannel { .. }), refused));
        let typed = house.says("U0ALICE", MAIN, ".start Checkout is down").await;
        house.chat.until_told(&format!("reply {typed} I could not make a channel for incident 1, so I canceled it; go on in a channel of your own for now. the bot's token lacks")).await;
        assert!(house.incident(1).await.moments.canceled.is_some());
    });
}

#[test]
fn after_a_restart_everything_that_waits_is_looked_up_first() {
    live(async {
        let house = House::burning().await;
        house.chat.answers_with(fails(usize::MAX, is_reaction, unknown()));
        let typed = house.says("U0ALICE", ROOM, ".point").await;
        house.chat.until_told(&format!("react ok {typed}")).await;
        let waiting = house.store.waiting_outbox(Some(ROOM), 10).await.unwrap();
        assert!(waiting.iter().any(|row| short(&row.effect) == format!("react ok {typed}")), "{waiting:?}");
        // Another life of the bot on the same record.
        let chat = crate::chat::Chat::new();
        let _second = breakingbot::app::App::start(breakingbot::app::Parts {
            store: house.store.clone(),
            platform: chat.clone(),
            desks: house.app.shared().desks.to_vec(),
            outlets: breakingbot::actors::outlets::Outlets::default(),
            clock: house.clock.clone().into(),
            tuning: breakingbot::actors::Tuning::default(),
        });
        let doubt = chat.until(|all| all.first().map(|one| one.doubt)).await;
        assert!(matches!(doubt, Doubt::MaybeDone { .. }));
    });
}
