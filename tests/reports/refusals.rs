//! What comes again by itself, and what is told to whoever must mend it.

use std::time::Duration;

use breakingbot::boundary::http::Secret;
use breakingbot::boundary::report_platform::SendError;
use breakingbot::boundary::report_platform::wordpress::WordPressSettings;

use super::site::{Fault, Site};
use super::{draft, settings, wordpress};

async fn error(site: &Site, change: impl FnOnce(&mut WordPressSettings)) -> SendError {
    let mut settings = settings(site);
    change(&mut settings);
    draft(&wordpress(settings), "It burned.", None).await.unwrap_err()
}

#[tokio::test]
async fn what_is_to_be_mended_is_told_in_one_sentence() {
    let mut told = String::new();
    let mut tell = |what: &str, error: SendError, site: &Site| {
        let SendError::Refused { code, sentence, operator: true } = error else { panic!("{what}: {error}") };
        let port = site.url();
        let sentence = sentence.replace(&port, "https://wiki.example");
        told.push_str(&format!("{what} ({code}): {sentence}\n"));
        assert!(site.posts().is_empty(), "{what}");
    };
    let as_is = |_: &mut WordPressSettings| ();

    let site = Site::open();
    tell("wrong password", error(&site, |s| s.password = Secret::new("wrong")).await, &site);
    tell("wrong user", error(&site, |s| s.user = "nobody".into()).await, &site);
    tell("wrong category", error(&site, |s| s.categories = vec!["Fires".into()]).await, &site);
    tell("wrong status", error(&site, |s| s.status = "in-review".into()).await, &site);
    site.role("bot", "subscriber");
    tell("a subscriber", error(&site, as_is).await, &site);
    site.role("bot", "contributor");
    tell("a contributor who publishes", error(&site, |s| s.status = "publish".into()).await, &site);
    site.disables_passwords(true);
    tell("no application passwords", error(&site, as_is).await, &site);
    site.disables_passwords(false);
    site.drops_authorization();
    tell("the header is dropped", error(&site, as_is).await, &site);
    site.away(Fault::Page(403));
    tell("a firewall", error(&site, as_is).await, &site);
    site.away(Fault::Answered(418, None));
    tell("something new", error(&site, as_is).await, &site);
    site.has_plain_permalinks();
    tell("plain permalinks", error(&site, as_is).await, &site);
    insta::assert_snapshot!(told, @r"
    wrong password (incorrect_password): the site does not accept the application password of bot; make a new one in that user's profile, and put it into REPORT_APPLICATION_PASSWORD.
    wrong user (invalid_username): the site knows no user nobody; correct report.user.
    wrong category (no_category): the site has no category Fires; make it there, or take it out of report.categories.
    wrong status (rest_invalid_param): the site knows no status in-review; correct report.status.
    a subscriber (rest_forbidden_context): bot may not write posts there (rest_forbidden_context); give bot the role Author.
    a contributor who publishes (rest_cannot_publish): bot may not give a post the status publish; use “draft” as report.status, or give bot the role Author.
    no application passwords (application_passwords_disabled): application passwords are switched off for bot at https://wiki.example; they need https, and no plugin that forbids them.
    the header is dropped (rest_forbidden_context): the site does not take the application password of bot (rest_forbidden_context); check report.user and REPORT_APPLICATION_PASSWORD, and that the web server passes the Authorization header on.
    a firewall (not_wordpress): something at https://wiki.example that is not WordPress's REST API answers 403 Forbidden; check report.url, and what stands in front of the site.
    something new (as_the_test_wants): the site refuses the call (418 I'm a teapot, as_the_test_wants); check section report.
    plain permalinks (not_wordpress): https://wiki.example answers that there is no REST API (404); check report.url, and that the site's permalinks are not “plain”.
    ");
}

#[tokio::test]
async fn what_comes_back_by_itself_is_tried_again() {
    let site = Site::open();
    for fault in [Fault::Answered(500, None), Fault::Page(502), Fault::Page(503), Fault::Page(504)] {
        site.away(fault);
        assert!(matches!(error(&site, |_| ()).await, SendError::Transient { .. }));
    }
    for fault in [Fault::Silent, Fault::Answered(408, None)] {
        site.away(fault);
        assert!(matches!(error(&site, |_| ()).await, SendError::Unknown { .. }));
    }
    site.away(Fault::Answered(429, Some(("retry-after", "17"))));
    let SendError::Throttled { retry_after, .. } = error(&site, |_| ()).await else { panic!("throttled") };
    assert_eq!(retry_after, Duration::from_secs(17));
    site.away(Fault::Answered(429, None));
    let SendError::Throttled { retry_after, .. } = error(&site, |_| ()).await else { panic!("throttled") };
    assert_eq!(retry_after, Duration::from_secs(30));
    site.back();
    draft(&wordpress(settings(&site)), "It burned.", None).await.unwrap();
}

#[tokio::test]
async fn a_site_that_is_not_there_is_tried_again() {
    let site = Site::open();
    let gone = settings(&site);
    drop(site);
    let error = draft(&wordpress(gone), "It burned.", None).await.unwrap_err();
    assert!(!error.is_permanent(), "{error}");
}

#[tokio::test]
async fn another_host_gets_nothing_and_no_password() {
    let (site, other) = (Site::open(), Site::open());
    site.away(Fault::Redirected(format!("{}/wp-json/wp/v2/posts", other.url())));
    let SendError::Refused { sentence, .. } = error(&site, |_| ()).await else { panic!("refused") };
    assert_eq!(
        sentence.replace(&other.url(), "https://other.example"),
        "the site sends calls on to https://other.example; write that address into report.url if it is the right one."
    );
    assert_eq!(other.calls(), [""; 0]);
}

#[tokio::test]
async fn nothing_secret_is_in_what_is_told() {
    let site = Site::open();
    let wrong = error(&site, |s| s.password = Secret::new("hidden-word")).await;
    assert!(!format!("{wrong} {wrong:?}").contains("hidden-word"));
    assert!(!format!("{:?}", settings(&site)).contains("EFGH"));
}
