//! One incident from beginning to end, clicked and typed.

use super::browser::{Driver, Scheme};
use super::page::{Page, pictures};
use super::process::Place;

/// When this is set, the picture of the README is taken anew.
const PICTURE: &str = "TAKE_PICTURE";

#[test]
fn an_incident_is_run_on_the_page() {
    let Some(driver) = Driver::start() else { return };
    let place = Place::new().with("PORT", "0");
    let mut bot = place.start(&[]);
    let address = bot.address();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let page = Page::open(driver.window(1280, 860, Scheme::Dark).await, &address).await;
        declared_and_led(&page).await;
        put_out(&page).await;
        reviewed(&page).await;
        page.closes().await;
        for (name, width, scheme) in [("light", 1280, Scheme::Light), ("narrow", 500, Scheme::Dark)] {
            let page = Page::open(driver.window(width, 860, scheme).await, &address).await;
            looked_at(&page, name).await;
            page.closes().await;
        }
    });
}

async fn declared_and_led(page: &Page) {
    page.is_pictured(pictures().join("1-empty.png")).await;
    page.speaks_as("alice").await;
    page.gets(".start Checkout is down", "ok").await;
    page.shows("#messages", "New incident: Checkout is down").await;
    page.is_pictured(pictures().join("2-declared.png")).await;
    page.goes_to("breaking-1").await;
    page.shows("#topic", "[P2] CHECKOUT IS DOWN").await;
    page.shows("#messages", "Next steps").await;
    page.gets(".point", "ok").await;
    page.speaks_as("bob").await;
    page.gets(".comms", "ok").await;
    page.shows("#topic", "point @alice, comms @bob").await;
    let status = page.asks(".status").await;
    assert!(status.contains("Incident 1 is acknowledged"), "{status}");
    page.closes_thread().await;
    let summary = page.asks(".summary Card payments time out in Europe since the 16:40 deploy").await;
    assert!(summary.contains("Card payments time out in Europe"), "{summary}");
    let genesis = page.asks(".genesis 20 minutes ago").await;
    assert!(genesis.contains("Genesis") && genesis.contains("America/New_York"), "{genesis}");
    let detected = page.asks(".detected 15 minutes ago").await;
    assert!(detected.contains("TTD (time to detect): 5 m"), "{detected}");
    page.is_pictured(pictures().join("3-thread.png")).await;
    page.closes_thread().await;
}

async fn put_out(page: &Page) {
    page.speaks_as("carol").await;
    let blocked = page.asks(".blocked the payment provider => they must lift the rate limit").await;
    assert!(blocked.contains("Blocker #1"), "{blocked}");
    page.shows("#topic", "[blocked]").await;
    let refused = page.asks(".stop").await;
    assert!(refused.contains("Still blocked by #1 the payment provider"), "{refused}");
    page.is_pictured(pictures().join("4-blocked.png")).await;
    if std::env::var_os(PICTURE).is_some() {
        page.is_pictured(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/playground.png")).await;
    }
    page.closes_thread().await;
    page.gets(".unblocked", "ok").await;
    page.speaks_as("alice").await;
    page.gets(".mitigated", "ok").await;
    page.shows("#messages", "Mitigated by @alice").await;
    page.gets(".stop", "ok").await;
    page.shows("#messages", "Resolved by @alice").await;
    page.shows("#topic", "point @alice, comms @bob").await;
}

async fn reviewed(page: &Page) {
    let missing = page.asks(".rfr").await;
    assert!(missing.contains("no component is named"), "{missing}");
    page.closes_thread().await;
    let assignee = page.asks(".next").await;
    assert!(assignee.contains("who owns the review?"), "{assignee}");
    page.closes_thread().await;
    page.gets(".assign", "ok").await;
    page.gets(".components payments", "ok").await;
    for about in ["is the priority right?", "what contributed to it?", "does the summary tell the whole story?"] {
        let step = page.asks(".next").await;
        assert!(step.contains(about), "{step}");
    }
    page.closes_thread().await;
    page.gets(".next", "ok").await;
    page.shows("#messages", "Ready for review by @alice").await;
    page.shows("#messages", "What surprised us?").await;
    let completed = page.asks(".complete").await;
    assert!(completed.contains("Completed"), "{completed}");
    page.shows("#messages", "Completed by @alice").await;
    page.is_pictured(pictures().join("5-completed.png")).await;
    page.closes_thread().await;
}

/// The rest is for a person to look at.
async fn looked_at(page: &Page, name: &str) {
    page.shows("#messages", "All clear").await;
    page.is_pictured(pictures().join(format!("6-{name}-main.png"))).await;
    page.asks(".commands").await;
    page.is_pictured(pictures().join(format!("7-{name}-thread.png"))).await;
}
