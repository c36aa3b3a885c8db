//! What `breakingbot check` says of a site. It reads only.

use breakingbot::boundary::http::{Address, Secret};
use breakingbot::boundary::report_platform::ReportPlatform;
use breakingbot::boundary::report_platform::wordpress::WordPressSettings;

use super::site::{Fault, Site};
use super::{settings, wordpress};

async fn told(site: &Site, change: impl FnOnce(&mut WordPressSettings)) -> String {
    let mut settings = settings(site);
    change(&mut settings);
    let findings = wordpress(settings).check().await;
    let lines = findings.into_iter().map(|finding| match finding.found {
        Ok(fact) => format!("ok     {}: {fact}\n", finding.what),
        Err(remedy) => format!("wrong  {}: {remedy}\n", finding.what),
    });
    let told = lines.collect::<String>().replace(&site.url(), "https://wiki.example");
    assert!(site.calls().iter().all(|call| call.starts_with("GET ")), "{:?}", site.calls());
    assert!(site.posts().is_empty() && site.tags().is_empty());
    told
}

#[tokio::test]
async fn all_is_well() {
    insta::assert_snapshot!(told(&Site::open(), |_| ()).await, @r"
    ok     report platform: WordPress “The Wiki” at https://wiki.example
    ok     report user bot: The bot (author) may write posts
    ok     report category incidents: is there
    ok     report tag incident: is made with the first report
    ok     report tag Checkout & Pay: is made with the first report
    ");
}

#[tokio::test]
async fn everything_that_is_missing_is_told_at_once() {
    let change = |s: &mut WordPressSettings| {
        s.status = "in-review".into();
        s.categories = vec!["Incidents".into(), "Fires".into()];
    };
    insta::assert_snapshot!(told(&Site::open(), change).await, @r"
    ok     report platform: WordPress “The Wiki” at https://wiki.example
    ok     report user bot: The bot (author) may write posts
    wrong  report status in-review: the site has no such status; it has draft, future, pending, private, publish. Correct report.status.
    ok     report category Incidents: is there
    wrong  report category Fires: the site has no category Fires; make it there, or take it out of report.categories.
    ok     report tag incident: is made with the first report
    ok     report tag Checkout & Pay: is made with the first report
    ");
}

#[tokio::test]
async fn each_wrong_thing_names_its_remedy() {
    let site = Site::open();
    let mut all = String::new();
    all += &told(&site, |s| s.password = Secret::new("wrong")).await;
    all += &told(&site, |s| s.user = "nobody".into()).await;
    all += &told(&site, |s| s.site = Address::parse(&format!("{}/blog", site.url())).unwrap()).await;
    site.role("bot", "subscriber");
    all += &told(&site, |_| ()).await;
    site.role("bot", "contributor");
    all += &told(&site, |s| s.status = "publish".into()).await;
    site.away(Fault::Page(200));
    all += &told(&site, |_| ()).await;
    site.away(Fault::Page(503));
    all += &told(&site, |_| ()).await;
    site.has_plain_permalinks();
    all += &told(&site, |_| ()).await;
    insta::assert_snapshot!(all, @r"
    ok     report platform: WordPress “The Wiki” at https://wiki.example
    wrong  report user bot: the site does not accept the application password of bot; make a new one in that user's profile, and put it into REPORT_APPLICATION_PASSWORD.
    ok     report platform: WordPress “The Wiki” at https://wiki.example
    wrong  report user nobody: the site knows no user nobody; correct report.user.
    wrong  report platform: https://wiki.example/blog has no REST API for posts; check report.url.
    ok     report platform: WordPress “The Wiki” at https://wiki.example
    wrong  report user bot: The bot (subscriber) may not write posts: the capability edit_posts is missing. Give that user the role Author.
    ok     report platform: WordPress “The Wiki” at https://wiki.example
    wrong  report user bot: The bot (contributor) may not give posts the status publish: the capability publish_posts is missing. Give that user the role Author, or use “draft” as report.status.
    wrong  report platform: https://wiki.example is not WordPress's REST API; check report.url.
    wrong  report platform: the site gives no answer (503 Service Unavailable). Check report.url and the way to it, then try again.
    wrong  report platform: https://wiki.example answers that there is no REST API (404); check report.url, and that the site's permalinks are not “plain”.
    ");
}
