//! Frames of Socket Mode, and the events and messages in them.

use breakingbot::boundary::comm_platform::{Arrived, Me, Said};
use breakingbot::boundary::slack::incoming::{Frame, frame, said};
use breakingbot::core::commands::Place;
use breakingbot::core::desk::Desk;
use breakingbot::core::inbound::Inbound;
use breakingbot::core::turn;

pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let me = Me {
        user: "U0BOT".into(),
        name: "breakingbot".to_owned(),
        team: "T0HOME".to_owned(),
        workspace: "Home".to_owned(),
        url: "https://home.slack.example/".to_owned(),
    };
    read(&text, &me);
    // The event alone, so that not every input has to begin with an envelope.
    if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) {
        read(
            &format!(
                r#"{{"envelope_id":"e","type":"events_api","payload":{{"event_id":"Ev","team_id":"T0HOME","event":{text}}}}}"#
            ),
            &me,
        );
        read(&format!(r#"{{"envelope_id":"e","type":"interactive","payload":{text}}}"#), &me);
        if let Some(said) = said(&value, &"C0MAIN".into(), &me) {
            heard(said);
        }
    }
}

fn read(body: &str, me: &Me) {
    let Frame::Envelope(envelope) = frame(body, me) else { return };
    assert!(!envelope.id.is_empty(), "it can be acknowledged: {body}");
    let Some(arrival) = envelope.arrival else { return };
    assert!(!arrival.event_key.is_empty(), "it is known again: {body}");
    match arrival.what {
        Arrived::Said(said) => heard(said),
        Arrived::Happened(inbound) => stored(&inbound),
    }
}

fn heard(said: Said) {
    let desk = Desk::with_defaults("main", "C0MAIN");
    for place in [Place::Main, Place::Incident, Place::Elsewhere] {
        turn::is_for_us(&said.text, &desk, place);
        turn::belongs_in_incident(&said.text, &desk, place);
    }
    stored(&said.typed(false));
}

/// It goes into the inbox and comes back the same.
fn stored(inbound: &Inbound) {
    let text = serde_json::to_string(inbound).expect("it can be stored");
    let back: Inbound = serde_json::from_str(&text).expect("it can be read back");
    assert_eq!(back, *inbound);
    assert!(!inbound.lane().is_empty());
}
