//! Faults on purpose, as a client meets them.

use std::time::Duration;

use playground::{BOT_TOKEN, Fault, FaultKind, Outcome};
use serde_json::json;

use crate::app::{App, LIMIT};

/// How many messages the main channel has.
fn posted(app: &App) -> usize {
    app.slack.channel("breaking").unwrap().messages.len()
}

#[tokio::test]
async fn each_kind_does_what_it_says() {
    let app = App::new().await;
    let message = json!({ "channel": "C0MAIN", "text": "x" });
    // What the client meets: a status, an error code, or no answer; and whether it was done all the same.
    for (kind, status, code, outcome) in [
        (FaultKind::Throttle { retry_after_s: 7 }, Some(429), "ratelimited", Outcome::Error("ratelimited".into())),
        (FaultKind::Error("fatal_error".into()), Some(200), "fatal_error", Outcome::Error("fatal_error".into())),
        (FaultKind::Status(503), Some(503), "", Outcome::Status(503)),
        (FaultKind::Reset, None, "", Outcome::Lost { performed: false }),
        (FaultKind::PerformThenReset, None, "", Outcome::Lost { performed: true }),
        (FaultKind::Hang(Duration::from_millis(1)), None, "", Outcome::Lost { performed: false }),
        (FaultKind::PerformThenHang(Duration::from_millis(1)), None, "", Outcome::Lost { performed: true }),
    ] {
        let before = posted(&app);
        app.slack.clear_calls();
        app.slack.fault(Fault::new("chat.postMessage", kind.clone()).times(1));
        let answer = app.send("chat.postMessage", BOT_TOKEN, &message).await;
        assert_eq!(answer.as_ref().ok().map(|a| a.status().as_u16()), status, "{kind:?}");
        if kind == (FaultKind::Throttle { retry_after_s: 7 }) {
            assert_eq!(answer.as_ref().unwrap().headers()["retry-after"], "7");
        }
        let body = match answer {
            Ok(answer) => answer.text().await.unwrap(),
            Err(_) => String::new(),
        };
        assert!(body.contains(code), "{kind:?}: {body}");
        let done = outcome == Outcome::Lost { performed: true };
        assert_eq!(posted(&app) - before, usize::from(done), "{kind:?}");
        assert_eq!(app.slack.calls()[0].outcome, outcome, "{kind:?}");
        app.post("C0MAIN", "and then it works").await;
    }
}

#[tokio::test]
async fn a_hanging_call_ends_when_the_playground_does() {
    let app = App::new().await;
    app.slack.fault(Fault::new("*", FaultKind::Hang(Duration::from_secs(600))).in_channel("C0MAIN"));
    app.post("C0NOTIFY", "another channel works").await;
    let address = format!("{}/chat.postMessage", app.playground.api_url());
    let arguments = json!({ "channel": "C0MAIN", "text": "x" });
    let hanging = tokio::spawn(app.http.post(address).bearer_auth(BOT_TOKEN).json(&arguments).send());
    app.slack.until(LIMIT, |slack| (slack.calls().len() == 2).then_some(())).await.unwrap();
    app.playground.stop().await;
    assert!(hanging.await.unwrap().is_err());
}

#[tokio::test]
async fn cleared_faults_are_gone() {
    let app = App::new().await;
    app.slack.fault(Fault::new("*", FaultKind::Status(500)));
    app.slack.clear_faults();
    app.post("C0MAIN", "fine").await;
}
