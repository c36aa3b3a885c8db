//! `.delivery`: what became of the last commands and posts, and what waits and why.

use super::{Decision, Needs, Run, Spec};
use crate::core::words::delivery::delivery;

pub(super) static SPEC: Spec = Spec {
    word: "delivery",
    needs: Needs::INCIDENT,
    help: "tells when the last commands and posts were received, decided, sent and confirmed, and what waits and why",
    example: ".delivery",
    names_people: true,
    reads_delivery: true,
    run: Run::Inside(|incident, _, context| {
        let (own, names) = (Some(context.source), context.people);
        Ok(Decision::says(delivery(incident, context.delivery, own, names, context.now)))
    }),
    ..Spec::PLAIN
};

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use crate::core::delivery::{DeliveryEntry, Fate, Undecided};
    use crate::core::effect::{Effect, Purpose, Reaction};
    use crate::core::ids::{IncidentId, MessageId, Source};
    use crate::core::inbound::{Inbound, Outcome};
    use crate::core::message::Message;
    use crate::core::rehearsal::{MAIN, ROOM, Rehearsal, prose};
    use crate::core::state::State;

    const DECIDED: &str = "2024-02-28T17:00:40Z";

    fn at(millis: i64) -> Timestamp {
        DECIDED.parse::<Timestamp>().unwrap() + SignedDuration::from_millis(millis)
    }

    fn source(message: &str) -> Source {
        Source { channel: ROOM.into(), message: MessageId::new(message), thread: None }
    }

    fn typed(message: &str, line: &str, typed_before: i64) -> Inbound {
        Inbound::Typed {
            source: source(message),
            author: "U0BOB".into(),
            at: at(-typed_before),
            text: prose(line),
            from_outside: false,
            late: false,
            on: None,
        }
    }

    fn sent(effect: Effect, cause: Option<Inbound>) -> DeliveryEntry {
        DeliveryEntry {
            lane: effect.lane(Some(IncidentId(1))),
            effect,
            received_at: cause.is_some().then(|| at(0)),
            cause,
            decided_at: at(3),
            fate: Fate::Sent,
            sent_at: Some(at(4)),
            settled_at: Some(at(47)),
            receipt: None,
            attempts: 1,
            next_attempt_at: at(3),
            last_error: None,
        }
    }

    fn waiting(effect: Effect, cause: Option<Inbound>) -> DeliveryEntry {
        DeliveryEntry { fate: Fate::Waiting, sent_at: None, settled_at: None, attempts: 0, ..sent(effect, cause) }
    }

    fn react(message: &str) -> Effect {
        Effect::React { to: source(message), reaction: Reaction::Ok }
    }

    fn post(channel: &str, purpose: Purpose) -> Effect {
        Effect::Post { channel: channel.into(), message: Message::from("x"), purpose }
    }

    fn topic() -> Effect {
        Effect::SetTopic { channel: ROOM.into(), topic: crate::core::effect::Topic::default() }
    }

    #[test]
    fn everything_arrived() {
        let mut room = Rehearsal::burning();
        let point = typed("1.1", ".point <@U0CAROL>", 200);
        let opened = Inbound::Came {
            incident: IncidentId(1),
            outcome: Outcome::ChannelOpened { channel: ROOM.into(), name: "breaking-1".into() },
        };
        let announced = DeliveryEntry {
            receipt: Some(MessageId::new("2.1")),
            attempts: 3,
            settled_at: Some(at(2_470)),
            ..sent(post(MAIN, Purpose::Announcement), Some(opened.clone()))
        };
        let replaced = DeliveryEntry { fate: Fate::Replaced, sent_at: None, ..sent(topic(), Some(point.clone())) };
        let nag = crate::core::nags::Nag::Comms;
        room.delivery.entries = vec![
            sent(post(ROOM, Purpose::Intro), Some(opened.clone())),
            announced,
            sent(Effect::Invite { channel: ROOM.into(), users: vec!["U0ALICE".into(), "U0BOB".into()] }, Some(opened)),
            sent(react("1.1"), Some(point.clone())),
            replaced,
            sent(topic(), Some(typed("1.2", ".comms", 12_400))),
            DeliveryEntry { decided_at: at(0), ..sent(post(ROOM, Purpose::Nag { nag, nagged: 4 }), None) },
        ];
        insta::assert_snapshot!(room.alice(".delivery").answer(), @r"
        Delivery of incident 1: nothing waits.
        Done last, in UTC; + counts from when it was received:
        2024-02-28 17:00:40.000 · the channel was made · decided +3 ms
        - intro in #C0ROOM · sent +4 ms · confirmed +47 ms
        - announcement in #C0MAIN · sent +4 ms · confirmed +2.4 s, tried 3 times
        - invitation of Alice, Bob · sent +4 ms · confirmed +47 ms
        2024-02-28 17:00:40.000 · Bob: .point @Carol · decided +3 ms
        - reaction :ok: · sent +4 ms · confirmed +47 ms
        - topic · a later one replaced it
        2024-02-28 17:00:40.000 · Bob: .comms · received 12.4 s after it was typed · decided +3 ms
        - topic · sent +4 ms · confirmed +47 ms
        2024-02-28 17:00:40.000 · by itself
        - reminder in #C0ROOM · sent +4 ms · confirmed +47 ms
        ");
    }

    #[test]
    fn what_waits_or_failed_is_told_with_its_reason() {
        let mut room = Rehearsal::burning();
        let notify = typed("1.1", ".notify We roll back", 0);
        room.delivery.entries = vec![
            DeliveryEntry {
                fate: Fate::Refused,
                last_error: Some(
                    "refused (not_in_channel): The bot is not in channel C0NOTIFY: type `/invite @breaking` there."
                        .into(),
                ),
                ..sent(post("C0NOTIFY", Purpose::Announcement), Some(notify.clone()))
            },
            DeliveryEntry {
                attempts: 2,
                last_error: Some("chat.postMessage is throttled for 30s".into()),
                next_attempt_at: at(45_000),
                ..waiting(post(MAIN, Purpose::Announcement), Some(notify.clone()))
            },
            waiting(topic(), Some(notify)),
        ];
        room.delivery.undecided = vec![
            Undecided {
                inbound: typed("1.2", ".export html", 0),
                received_at: at(100),
                set_aside: Some("it ended its actor".into()),
            },
            Undecided { inbound: typed("1.3", ".stop", 0), received_at: at(18_000), set_aside: None },
        ];
        insta::assert_snapshot!(room.alice(".delivery").answer(), @r"
        Delivery of incident 1: 3 things wait.
        - announcement in #C0MAIN waits for 19.9 s: tried twice, chat.postMessage is throttled for 30s, next try in 25.0 s (for 2024-02-28 17:00:40.000 · Bob: .notify We roll back)
        - topic waits for 19.9 s: not tried yet, something else of its channel goes first (for 2024-02-28 17:00:40.000 · Bob: .notify We roll back)
        - Not decided for 2.0 s: 2024-02-28 17:00:58.000 · Bob: .stop · received 18.0 s after it was typed
        - Not run: 2024-02-28 17:00:40.100 · Bob: .export html (it ended its actor)
        Done last, in UTC; + counts from when it was received:
        2024-02-28 17:00:40.000 · Bob: .notify We roll back · decided +3 ms
        - announcement in #C0NOTIFY · sent +4 ms · refused +47 ms (not_in_channel): The bot is not in channel C0NOTIFY: type `/invite @breaking` there.
        ");
    }

    #[test]
    fn the_question_itself_is_not_among_what_waits() {
        let mut room = Rehearsal::burning();
        let asked = Source {
            channel: ROOM.into(),
            message: MessageId::new(format!("{}.{:06}", room.now().as_second(), 2)),
            thread: None,
        };
        room.delivery.undecided = vec![Undecided {
            inbound: Inbound::Typed {
                source: asked,
                author: "U0ALICE".into(),
                at: room.now(),
                text: prose(".delivery"),
                from_outside: false,
                late: false,
                on: None,
            },
            received_at: room.now(),
            set_aside: None,
        }];
        room.alice(".delivery").says("Delivery of incident 1: nothing waits.");
    }

    #[test]
    fn it_is_told_in_every_state_of_an_incident_and_only_there() {
        for state in State::all().filter(|state| *state != State::Opening) {
            Rehearsal::standing(state).alice(".delivery").says("Delivery of incident 1: nothing waits.");
        }
        Rehearsal::burning().alice_in_main(".delivery").is_refused(
            "`.delivery` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        Rehearsal::burning().alice(".delivery of the pizza").is_refused(
            "`.delivery` takes no words behind it, so I did nothing; `.delivery` alone tells when the last commands and \
             posts were received, decided, sent and confirmed, and what waits and why.",
        );
    }
}
