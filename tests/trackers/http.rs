//! The manners of every call: they end, they are bounded, and they tell nobody else a secret.

use std::time::Duration;

use axum::http::Method;
use breakingbot::boundary::http::{Address, Client, Credentials, HttpError, Limits, Secret};
use serde_json::json;

use crate::servers::{Call, Fault, Reply, Server, Vendor, reply};

/// Answers what it was told about who calls.
struct Mirror;

impl Vendor for Mirror {
    fn answer(&mut self, call: &Call) -> Reply {
        reply(
            200,
            json!({ "authorization": call.header("authorization"), "path": call.path.join("/"), "agent": call.header("user-agent") }),
        )
    }
}

fn client(url: &str) -> Client {
    let limits = Limits { timeout: Duration::from_secs(20), body: 1_000 };
    Client::new(Address::parse(url).unwrap(), Credentials::Bearer(Secret::new("secret"))).limited(limits)
}

fn redirect(status: u16, to: &str) -> Fault {
    Fault::Instead(reply(status, json!(null)).with("location", to))
}

#[tokio::test]
async fn a_redirect_to_another_host_gets_no_credentials() {
    let (here, elsewhere) = (Server::open(Mirror).await, Server::open(Mirror).await);
    for status in [301, 302, 303, 307, 308] {
        here.next(Method::GET, "/a", redirect(status, &format!("{}/b", elsewhere.url)));
        let error = client(&here.url).get("a").send().await.unwrap_err();
        assert_eq!(error, HttpError::Redirected(elsewhere.url.clone()));
    }
    assert_eq!(elsewhere.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn a_redirect_on_the_same_server_is_followed_where_it_repeats_the_call() {
    let here = Server::open(Mirror).await;
    here.next(Method::GET, "/a", redirect(301, "/b"));
    let answer = client(&here.url).get("a").send().await.unwrap();
    assert_eq!(answer.json::<serde_json::Value>().unwrap()["path"], "b");
    here.next(Method::POST, "/a", redirect(307, &format!("{}/c", here.url)));
    let answer = client(&here.url).post("a").json(&json!({})).send().await.unwrap();
    assert_eq!(answer.json::<serde_json::Value>().unwrap()["path"], "c");
    here.next(Method::POST, "/a", redirect(302, "/b"));
    let error = client(&here.url).post("a").json(&json!({})).send().await.unwrap_err();
    assert_eq!(error, HttpError::Redirected("/b".to_owned()), "a browser would make a GET of it");
    for _ in 0..4 {
        here.next(Method::GET, "/a", redirect(302, "/a"));
    }
    assert!(matches!(client(&here.url).get("a").send().await, Err(HttpError::Redirected(_))));
}

#[tokio::test]
async fn what_is_too_long_or_too_late_is_given_up() {
    let here = Server::open(Mirror).await;
    here.next(Method::POST, "/", Fault::Endless);
    let error = client(&here.url).post("a").json(&json!({})).send().await.unwrap_err();
    assert_eq!(error, HttpError::TooLong(1_000));
    assert!(error.leaves_doubt());
    here.next(Method::GET, "/", Fault::Hang);
    let quick = Limits { timeout: Duration::from_millis(200), body: 1_000 };
    let error = client(&here.url).get("a").limited(quick).send().await.unwrap_err();
    assert!(matches!(error, HttpError::Lost(_)), "{error:?}");
    here.next(Method::GET, "/", Fault::DoneThenBroken);
    assert!(client(&here.url).get("a").send().await.unwrap_err().leaves_doubt());
}

#[tokio::test]
async fn a_call_that_never_left_is_told_from_one_that_was_lost() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = client(&format!("http://{closed}")).get("a").send().await.unwrap_err();
    assert!(matches!(error, HttpError::Unsent(_)) && !error.leaves_doubt(), "{error:?}");
    assert!(!format!("{error:?}{:?}", client(&format!("http://{closed}"))).contains("secret"));
}

#[tokio::test]
async fn the_bot_says_who_it_is() {
    let here = Server::open(Mirror).await;
    let answer = client(&here.url).get("a").query("q", "x y&z").send().await.unwrap();
    let told: serde_json::Value = answer.json().unwrap();
    assert_eq!(told["authorization"], "Bearer secret");
    assert!(told["agent"].as_str().unwrap().starts_with("breakingbot/"));
}
