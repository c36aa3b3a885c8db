//! One draft, however often it is asked for, and never one that tramples what people wrote.

use breakingbot::core::report::Drafted;

use super::site::{Fault, Site};
use super::{SLUG, draft, settings, wordpress};

#[tokio::test]
async fn a_draft_has_everything_that_was_asked_for() {
    let site = Site::open();
    let made = draft(&wordpress(settings(&site)), "It burned.", None).await.unwrap();
    assert_eq!(made.done, Drafted::Made);
    let (id, post) = site.the_post();
    assert_eq!(made.draft.link, format!("https://wiki.example/?p={id}"));
    assert_eq!((made.draft.reference, post.tags.len()), (id.to_string(), 2));
    assert_eq!(site.tags(), ["incident", "Checkout &amp; Pay"]);
    insta::assert_snapshot!(site.told(), @r"
    post 103 by bot, draft, /incident-7-20240228t170000z
    categories [2], tags [101, 102]
    Incident 7: &lt;b&gt;Checkout&lt;/b&gt; &#91;gallery&#93; &amp; more

    <h2>Summary</h2>
    <blockquote><p>It burned.</p></blockquote>
    <!-- breaking-bot incident-7-20240228t170000z -->
    ");
}

#[tokio::test]
async fn what_may_have_been_done_is_looked_up_and_not_repeated() {
    for fault in [Fault::DoneAnd(502), Fault::DoneAndSilent, Fault::DoneAndGarbled] {
        let site = Site::open();
        site.has_tags(["incident".into(), "Checkout &amp; Pay".into()]);
        let wordpress = wordpress(settings(&site));
        site.next_write(fault.clone());
        let lost = draft(&wordpress, "It burned.", None).await.unwrap_err();
        assert!(lost.leaves_doubt() && !lost.is_permanent(), "{fault:?}: {lost}");
        for _ in 0..3 {
            let found = draft(&wordpress, "It burned.", None).await.unwrap();
            assert_eq!((found.done, found.draft.reference), (Drafted::Made, site.the_post().0.to_string()));
        }
        assert_eq!(site.posts().len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn another_post_of_the_same_slug_is_none_of_ours() {
    let site = Site::open();
    let theirs = site.carol_writes(SLUG, "my own words");
    let bot = wordpress(settings(&site));
    site.has_tags(["incident".into(), "Checkout &amp; Pay".into()]);
    site.next_write(Fault::DoneAnd(500));
    draft(&bot, "It burned.", None).await.unwrap_err();
    let found = draft(&bot, "It burned.", None).await.unwrap();
    let (id, post) = site.the_post();
    assert_eq!((post.slug, found.draft.reference), (format!("{SLUG}-2"), id.to_string()));
    assert_eq!(site.posts()[&theirs].content, "my own words");
}

#[tokio::test]
async fn one_that_nobody_changed_is_brought_up_to_date() {
    let site = Site::open();
    let bot = wordpress(settings(&site));
    let mut known = draft(&bot, "It burned.", None).await.unwrap().draft;
    for text in ["It burned for long.", "It burned for very long."] {
        let again = draft(&bot, text, Some(&known)).await.unwrap();
        assert_eq!(again.done, Drafted::Refreshed);
        assert!(site.the_post().1.content.contains(text));
        known = again.draft;
    }
    assert_eq!(site.posts().len(), 1);
}

#[tokio::test]
async fn one_that_people_changed_stays() {
    let site = Site::open();
    let bot = wordpress(settings(&site));
    let known = draft(&bot, "It burned.", None).await.unwrap().draft;
    let (id, _) = site.the_post();
    // The title, the slug and even the mark may go: it is known by its id.
    site.carol_edits(id, |post| {
        post.content = "Much better words.".into();
        post.slug = "the-day-checkout-burned".into();
    });
    for _ in 0..2 {
        let again = draft(&bot, "It burned for long.", Some(&known)).await.unwrap();
        assert_eq!((again.done, &again.draft), (Drafted::Kept, &known));
    }
    assert_eq!(site.the_post().1.content, "Much better words.");
}

#[tokio::test]
async fn one_that_was_published_by_somebody_else_stays_where_the_bot_may_not_change_it() {
    let site = Site::open();
    site.role("bot", "contributor");
    let bot = wordpress(settings(&site));
    let mut known = draft(&bot, "It burned.", None).await.unwrap().draft;
    let (id, _) = site.the_post();
    site.carol_edits(id, |post| post.status = "publish".into());
    let again = draft(&bot, "It burned for long.", Some(&known)).await.unwrap();
    assert_eq!((again.done, &again.draft), (Drafted::Kept, &known));
    site.role("bot", "author");
    // As if nobody had saved it since, but for the role.
    known.stamp = "2024-03-01T00:00:02".into();
    let refreshed = draft(&bot, "It burned for long.", Some(&known)).await.unwrap();
    assert_eq!(refreshed.done, Drafted::Refreshed);
}

#[tokio::test]
async fn one_that_is_gone_is_made_again_once() {
    for gone in [Site::carol_trashes, Site::carol_deletes] {
        let site = Site::open();
        let bot = wordpress(settings(&site));
        let known = draft(&bot, "It burned.", None).await.unwrap().draft;
        let (id, _) = site.the_post();
        gone(&site, id);
        site.next_write(Fault::DoneAnd(503));
        draft(&bot, "It burned.", Some(&known)).await.unwrap_err();
        let again = draft(&bot, "It burned.", Some(&known)).await.unwrap();
        assert_eq!((again.done, again.draft.reference), (Drafted::Made, site.the_post().0.to_string()));
    }
}

#[tokio::test]
async fn tags_are_found_on_every_page_and_made_once() {
    let site = Site::open();
    site.has_tags((0..150).map(|number| format!("incident {number}")).chain(["Incident".into()]));
    site.has_tags(["Café".into()]);
    let mut wanted = settings(&site);
    wanted.tags = vec!["incident".into(), "Cafe".into()];
    draft(&wordpress(wanted), "It burned.", None).await.unwrap();
    assert_eq!(site.tags().len(), 152, "nothing was made");
    assert_eq!(site.the_post().1.tags.len(), 2);
}

#[tokio::test]
async fn a_status_of_a_plugin_is_used() {
    let site = Site::open();
    site.knows_status("in-review");
    let mut wanted = settings(&site);
    wanted.status = "in-review".into();
    let bot = wordpress(wanted);
    let known = draft(&bot, "It burned.", None).await.unwrap().draft;
    assert_eq!(site.the_post().1.status, "in-review");
    // And it is found in it.
    let found = draft(&bot, "It burned.", None).await.unwrap();
    assert_eq!(found.draft.reference, known.reference);
}

#[tokio::test]
async fn what_is_known_costs_few_calls() {
    let site = Site::open();
    site.has_tags(["incident".into(), "Checkout &amp; Pay".into()]);
    let bot = wordpress(settings(&site));
    let known = draft(&bot, "It burned.", None).await.unwrap().draft;
    assert_eq!(site.calls().len(), 5, "{:#?}", site.calls());
    draft(&bot, "It burned.", Some(&known)).await.unwrap();
    assert_eq!(site.calls().len(), 7, "{:#?}", site.calls());
}
