//! The page as the server renders it.

use std::time::Duration;

use playground::Options;
use serde_json::{Value, json};

use crate::app::App;

const HOSTILE: &str = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>";

async fn page(app: &App, path: &str) -> String {
    app.http.get(app.at(path)).send().await.unwrap().text().await.unwrap()
}

async fn parts(app: &App, query: &str) -> Value {
    app.http.get(app.at(&format!("page/view?{query}"))).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn nothing_that_was_written_becomes_markup() {
    let app = App::with(Options { hint: Some(format!("Say `{HOSTILE}`")), ..Options::default() }).await;
    let mut person = playground::Person::new("U0MALLORY", HOSTILE);
    person.tz = HOSTILE.to_owned();
    app.slack.add_person(person);
    app.slack.join("U0MALLORY", "breaking").unwrap();
    let ts = app.slack.say("U0MALLORY", "breaking", HOSTILE, None).unwrap();
    app.slack.say_raw("alice", "breaking", HOSTILE, Some(&ts)).unwrap();
    app.slack.react("U0MALLORY", "breaking", &ts, HOSTILE).unwrap();
    app.slack.set_topic("alice", "breaking", "{{messages}} <b>").unwrap();
    let text = |kind: &str| json!({ "type": kind, "text": format!("{{{{thread}}}} {}", &HOSTILE[..40]) });
    let blocks = json!([
        { "type": "header", "text": text("plain_text") },
        { "type": "section", "text": text("mrkdwn"), "fields": [text("plain_text")],
          "accessory": { "type": "button", "action_id": HOSTILE, "text": text("plain_text") } },
        { "type": "image", "image_url": "javascript:alert(1)", "alt_text": HOSTILE },
        { "type": "rich_text", "elements": [{ "type": "rich_text_section", "elements": [{ "type": "text", "text": HOSTILE }] }] },
        { "type": "markdown", "text": HOSTILE },
    ]);
    let sent = app.ok("chat.postMessage", json!({ "channel": "C0MAIN", "text": HOSTILE, "blocks": blocks })).await;
    app.ok("pins.add", json!({ "channel": "C0MAIN", "timestamp": sent["ts"] })).await;
    app.ok("bookmarks.add", json!({ "channel_id": "C0MAIN", "title": HOSTILE, "type": "link", "link": format!("https://e.example/{HOSTILE}") })).await;
    app.ok("chat.postEphemeral", json!({ "channel": "C0MAIN", "user": "U0ALICE", "text": HOSTILE })).await;
    app.slack.fault(playground::Fault::new(HOSTILE, playground::FaultKind::Error(HOSTILE.to_owned())));
    let html = page(&app, &format!("?channel=breaking&as=alice&thread={ts}")).await;
    assert!(html.contains("&lt;script&gt;alert(1)"), "the text is shown");
    for bad in ["<script>alert", "<img", "href=\"javascript:"] {
        assert!(!html.contains(bad), "{bad} in the page");
    }
    assert_eq!(html.matches("<script").count(), 1, "only the page's own script");
    // A topic that looks like a place in the template stays text.
    assert!(html.contains("title=\"{{messages}} &lt;b&gt;\""), "placeholders in text are filled");
}

#[tokio::test]
async fn the_page_has_a_policy_and_loads_nothing_from_elsewhere() {
    let app = App::new().await;
    let response = app.http.get(app.playground.page_url()).send().await.unwrap();
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(
        policy.contains("default-src 'none'") && policy.contains("script-src 'self'") && !policy.contains("unsafe")
    );
    let html = response.text().await.unwrap();
    for (asset, kind) in [("page/page.js", "text/javascript"), ("page/style.css", "text/css")] {
        assert!(html.contains(asset));
        let response = app.http.get(app.at(asset)).send().await.unwrap();
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with(kind));
        assert!(!response.text().await.unwrap().contains("http://"));
    }
}

#[tokio::test]
async fn what_browser_tests_hold_on_to() {
    let app = App::with(Options { hint: Some("Type `.help` here".into()), ..Options::default() }).await;
    let ts = app.slack.say("bob", "breaking", "@alice *look*", None).unwrap();
    app.slack.react("alice", "breaking", &ts, "ok").unwrap();
    let html = page(&app, "?channel=breaking&as=alice").await;
    for part in [
        "id=\"composer\"",
        "id=\"speaker\"",
        "id=\"topic\"",
        "id=\"thread\"",
        "id=\"thread-composer\"",
        "data-channel=\"breaking\"",
        &format!("data-ts=\"{ts}\""),
        "class=\"reaction\" data-name=\"ok\" aria-pressed=\"true\"",
        "🆗",
        "<span class=\"mention me\">@alice</span> <b>look</b>",
        "<kbd>.help</kbd>",
        "gina · guest",
        "olga · other organisation",
    ] {
        assert!(html.contains(part), "{part}");
    }
}

#[tokio::test]
async fn everybody_sees_what_is_theirs() {
    let app = App::new().await;
    app.ok("chat.postEphemeral", json!({ "channel": "C0MAIN", "user": "U0BOB", "text": "for bob" })).await;
    app.slack.say("alice", "breaking", "for all", None).unwrap();
    let holds = |parts: &Value, place: &str, text: &str| parts[place].as_str().unwrap().contains(text);
    let bob = parts(&app, "channel=breaking&as=bob").await;
    assert!(
        holds(&bob, "messages", "for bob") && holds(&bob, "messages", "for all") && holds(&bob, "channels", "security")
    );
    let carol = parts(&app, "channel=breaking&as=carol").await;
    assert!(!holds(&carol, "messages", "for bob") && !holds(&carol, "channels", "security"));
    // A private channel cannot be looked into by its address.
    assert_eq!(parts(&app, "channel=security&as=carol").await["name"], "breaking");
    assert_eq!(parts(&app, "channel=D0ALICE&as=carol").await["name"], "D0CAROL");
}

#[tokio::test]
async fn times_are_those_of_the_speaker() {
    let app = App::new().await;
    app.slack.say_raw("alice", "breaking", "<!date^1700000000^{date_num} {time}|then>", None).unwrap();
    for (who, time) in [("alice", "2023-11-14 23:13"), ("carol", "2023-11-15 07:13"), ("bob", "2023-11-14 17:13")] {
        let parts = parts(&app, &format!("channel=breaking&as={who}")).await;
        assert!(parts["messages"].as_str().unwrap().contains(time), "{who}");
    }
}

#[tokio::test]
async fn a_permalink_opens_the_message() {
    let app = App::new().await;
    let parent = app.post("C0MAIN", "parent").await;
    let reply =
        app.ok("chat.postMessage", json!({ "channel": "C0MAIN", "text": "the reply", "thread_ts": parent })).await;
    let link = app.ok("chat.getPermalink", json!({ "channel": "C0MAIN", "message_ts": reply["ts"] })).await;
    let html = app.http.get(link["permalink"].as_str().unwrap()).send().await.unwrap().text().await.unwrap();
    assert!(html.contains("class=\"message target"), "the message is marked");
    assert!(html.contains("the reply") && html.contains(&format!("data-thread-ts=\"{parent}\"")));
}

#[tokio::test]
async fn the_stream_tells_of_changes() {
    let app = App::new().await;
    let mut stream = app.http.get(app.at("page/changes")).send().await.unwrap();
    let first = stream.chunk().await.unwrap().unwrap();
    assert!(first.starts_with(b"data: "));
    app.slack.say("alice", "breaking", "x", None).unwrap();
    let next = tokio::time::timeout(Duration::from_secs(20), stream.chunk()).await.unwrap().unwrap().unwrap();
    assert!(next.starts_with(b"data: ") && next != first);
}
