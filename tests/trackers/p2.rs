//! WordPress P2.

use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use breakingbot::boundary::http::{Address, Limits, Secret};
use breakingbot::boundary::issue_tracker::p2::{P2, Settings};
use breakingbot::boundary::issue_tracker::{Document, Issue, IssueTracker, Phase};
use breakingbot::core::ids::Level;
use serde_json::json;

use crate::contract::{Seen, What, World, attempt, fields};
use crate::servers::{Fault, Server, p2, reply};

pub struct Blog {
    pub server: Server<p2::WordPress>,
}

pub fn settings(url: &str) -> Settings {
    Settings {
        site: Address::parse(url).unwrap(),
        user: "bot".to_owned(),
        password: Secret::new("abcd efgh"),
        visibility: "publish".to_owned(),
        label: "incident".to_owned(),
        priorities: (1..=9).map(|n| (Level(n), format!("P{n}"))).collect(),
        statuses: Phase::ALL.into_iter().map(|phase| (phase, phase.word().replace('_', " "))).collect(),
        component_prefix: "component: ".to_owned(),
        item_label: "action item".to_owned(),
        limits: Limits { timeout: Duration::from_secs(20), ..Limits::default() },
    }
}

impl Blog {
    fn with(&self, change: impl FnOnce(&mut Settings)) -> Arc<dyn IssueTracker> {
        let mut settings = settings(&self.server.url);
        change(&mut settings);
        Arc::new(P2::new(settings))
    }

    /// Somebody takes one tag off and puts another on.
    fn swap(&self, issue: &Issue, from: &str, to: &str) {
        let (from, to) = {
            let state = self.server.state();
            (state.tag(from), state.tag(to))
        };
        self.change(issue, |post| {
            post.tags.retain(|tag| *tag != from);
            post.tags.push(to);
        });
    }

    fn change(&self, issue: &Issue, change: impl FnOnce(&mut p2::Post)) {
        change(self.server.state().posts.get_mut(&issue.id.parse().unwrap()).unwrap());
    }
}

impl World for Blog {
    async fn open() -> Self {
        Self { server: Server::open(p2::WordPress::new()).await }
    }

    fn tracker(&self) -> Arc<dyn IssueTracker> {
        self.with(|_| {})
    }

    fn impatient(&self) -> Arc<dyn IssueTracker> {
        self.with(|settings| settings.limits.timeout = Duration::from_millis(300))
    }

    fn stranger(&self) -> Arc<dyn IssueTracker> {
        self.with(|settings| settings.password = Secret::new("wrong-secret"))
    }

    fn next(&self, what: What, fault: Fault) {
        let (method, path) = match what {
            What::Create => (Method::POST, "/posts"),
            What::Read => (Method::GET, "/posts/"),
            What::Update => (Method::POST, "/posts/"),
            What::Comment => (Method::POST, "/comments"),
        };
        self.server.next(method, path, fault);
    }

    fn writes(&self) -> Vec<String> {
        self.server.writes()
    }

    fn calls(&self) -> Vec<String> {
        self.server.calls()
    }

    fn seen(&self, issue: &Issue) -> Seen {
        let state = self.server.state();
        let post = &state.posts[&issue.id.parse().unwrap()];
        let tags: Vec<&String> = post.tags.iter().map(|tag| &state.tags[tag]).collect();
        let statuses: Vec<String> = settings(&self.server.url).statuses.into_values().collect();
        let links = post.content.split("breakingbot-links").nth(2).unwrap_or_default();
        let links = links
            .split("<a href=")
            .skip(1)
            .map(|link| link.split('>').nth(1).unwrap().trim_end_matches("</a").to_owned());
        let child = |post: &&p2::Post| post.content.contains(&format!("href=\"{}\"", issue.url));
        Seen {
            title: post.title.clone(),
            words: post.content.clone(),
            status: tags.iter().find(|tag| statuses.contains(tag)).map_or("no status".to_owned(), |tag| (*tag).clone()),
            priority: tags.iter().find(|tag| tag.len() == 2).map(|tag| (*tag).clone()).unwrap_or_default(),
            components: tags.iter().filter_map(|tag| tag.strip_prefix("component: ")).map(str::to_owned).collect(),
            comments: post.comments.clone(),
            children: state.posts.values().filter(child).map(|child| child.title.clone()).collect(),
            links: links.collect(),
            assignee: String::new(),
        }
    }

    fn count(&self) -> usize {
        self.server.state().posts.len()
    }

    fn person_writes(&self, issue: &Issue, before: &str, behind: &str) {
        let paragraph = |words: &str| format!("<!-- wp:paragraph -->\n<p>{words}</p>\n<!-- /wp:paragraph -->");
        self.change(issue, |post| {
            post.content = format!("{}\n\n{}\n\n{}", paragraph(before), post.content, paragraph(behind));
        });
    }

    fn person_clears(&self, issue: &Issue) {
        self.change(issue, |post| {
            let start = post.content.find("<!-- wp:group").unwrap();
            let end = post.content.rfind("<!-- /wp:group -->").unwrap() + "<!-- /wp:group -->".len();
            post.content.replace_range(start..end, "");
        });
    }

    fn person_moves(&self, issue: &Issue) -> String {
        self.swap(issue, "mitigated", "blocked");
        "blocked".to_owned()
    }

    fn person_moves_back(&self, issue: &Issue) {
        self.swap(issue, "blocked", "mitigated");
    }

    fn person_deletes(&self, issue: &Issue) {
        self.server.state().posts.remove(&issue.id.parse().unwrap());
    }

    fn pings(&self, issue: &Issue) -> bool {
        let state = self.server.state();
        let post = &state.posts[&issue.id.parse().unwrap()];
        p2::pings(&post.title) || p2::pings(&post.content) || post.comments.iter().any(|comment| p2::pings(comment))
    }
}

#[tokio::test]
async fn a_user_who_makes_no_tags_writes_posts_all_the_same() {
    let blog = Blog::open().await;
    blog.server.state().lacking.insert("manage_categories");
    let tracker = blog.tracker();
    let mut with_component = fields();
    with_component.components = vec!["api".to_owned(), "unheard of".to_owned()];
    let issue = tracker.create(&attempt("incident-1"), &with_component).await.unwrap();
    assert_eq!(blog.seen(&issue).components, ["api"]);
}

#[tokio::test]
async fn comments_that_come_too_fast_are_waited_for() {
    let blog = Blog::open().await;
    let tracker = blog.tracker();
    let issue = tracker.create(&attempt("incident-1"), &fields()).await.unwrap();
    let flood = json!({ "code": "comment_flood", "message": "You are posting comments too quickly. Slow down.", "data": { "status": 400 } });
    blog.next(What::Comment, Fault::Instead(reply(400, flood)));
    let error = tracker.comment(&attempt("c1"), &issue, &Document::read("x")).await.unwrap_err();
    assert_eq!(error.retry_after().unwrap().as_secs(), 16);
    tracker.comment(&attempt("c1"), &issue, &Document::read("x")).await.unwrap();
    tracker.comment(&attempt("c1"), &issue, &Document::read("x")).await.unwrap();
    assert_eq!(blog.seen(&issue).comments.len(), 1, "WordPress itself refuses the same comment");
}

#[tokio::test]
async fn a_private_post_is_private() {
    let blog = Blog::open().await;
    let tracker = blog.with(|settings| settings.visibility = "private".to_owned());
    let issue = tracker.create(&attempt("incident-1"), &fields()).await.unwrap();
    assert_eq!(blog.server.state().posts[&issue.id.parse().unwrap()].status, "private");
}
