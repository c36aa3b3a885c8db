//! Each of the vendors, to be used alike: how the bot is told of it, what goes wrong with it, and all that it has.

#![allow(dead_code, reason = "each kind of tests uses a part of it")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use axum::http::Method;
use serde_json::Value;

use super::{Fault, Server, adf, github, jira, p2, text};

pub enum Every {
    Jira(Server<jira::Jira>),
    GitHub(Server<github::GitHub>),
    P2(Server<p2::WordPress>),
}

/// What is made under an incident's issue, or is that issue.
#[derive(Clone, Copy, Debug)]
pub enum Made {
    Issue,
    Comment,
}

/// How often something is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    pub title: String,
    pub comments: Vec<String>,
    pub items: Vec<String>,
}

impl Every {
    pub async fn jira() -> Self {
        Self::Jira(Server::open(jira::Jira::new()).await)
    }

    pub async fn github() -> Self {
        let server = Server::open(github::GitHub::new()).await;
        let url = server.url.clone();
        server.state().url = url;
        Self::GitHub(server)
    }

    pub async fn p2() -> Self {
        Self::P2(Server::open(p2::WordPress::new()).await)
    }

    fn url(&self) -> &str {
        match self {
            Self::Jira(server) => &server.url,
            Self::GitHub(server) => &server.url,
            Self::P2(server) => &server.url,
        }
    }

    /// The section of the configuration.
    pub fn toml(&self) -> String {
        let url = self.url();
        match self {
            Self::Jira(_) => format!(
                "[tracker]\nkind = \"jira\"\nurl = \"{url}\"\nuser = \"bot@acme.example\"\nproject = \"OPS\"\n\
                 [tracker.status]\nacknowledged = \"In Progress\"\nmitigated = \"Mitigated\"\nresolved = \"none\"\n\
                 ready_for_review = \"none\"\ncompleted = \"Done\"\ncanceled = \"Done\"\n\
                 [tracker.moments]\ngenesis = \"customfield_10\"\n[tracker.people]\ncomms = \"customfield_20\"\n"
            ),
            Self::GitHub(_) => format!(
                "[tracker]\nkind = \"github\"\nurl = \"{url}\"\nrepository = \"acme/incidents\"\n\
                 [tracker.accounts]\n\"alice@playground.example\" = \"alice-gh\"\n"
            ),
            Self::P2(_) => format!("[tracker]\nkind = \"p2\"\nurl = \"{url}\"\nuser = \"bot\"\n"),
        }
    }

    /// What `TRACKER_TOKEN` is.
    pub fn secret(&self) -> &'static str {
        match self {
            Self::Jira(_) => "jira-secret",
            Self::GitHub(_) => github::TOKEN,
            Self::P2(_) => "abcd efgh",
        }
    }

    /// Nothing is done, until it is back.
    pub fn away(&self, is_away: bool) {
        match self {
            Self::Jira(server) => server.away(is_away),
            Self::GitHub(server) => server.away(is_away),
            Self::P2(server) => server.away(is_away),
        }
    }

    /// The next call that makes this goes wrong.
    pub fn next(&self, made: Made, fault: Fault) {
        match (self, made) {
            (Self::Jira(server), Made::Issue) => server.next(Method::POST, "/rest/api/3/issue$", fault),
            (Self::Jira(server), Made::Comment) => server.next(Method::POST, "/comment", fault),
            (Self::GitHub(server), Made::Issue) => server.next(Method::POST, "/incidents/issues$", fault),
            (Self::GitHub(server), Made::Comment) => server.next(Method::POST, "/comments", fault),
            (Self::P2(server), Made::Issue) => server.next(Method::POST, "/wp/v2/posts$", fault),
            (Self::P2(server), Made::Comment) => server.next(Method::POST, "/wp/v2/comments", fault),
        }
    }

    /// How many issues there are, those of action items included, and how many comments.
    pub fn counts(&self) -> (usize, usize) {
        match self {
            Self::Jira(server) => {
                let state = server.state();
                (state.issues.len(), state.issues.values().map(|issue| issue.comments.len()).sum())
            }
            Self::GitHub(server) => {
                let state = server.state();
                (state.issues.len(), state.issues.values().map(|issue| issue.comments.len()).sum())
            }
            Self::P2(server) => {
                let state = server.state();
                (state.posts.len(), state.posts.values().map(|post| post.comments.len()).sum())
            }
        }
    }

    /// The incidents' issues, with what is under them.
    pub fn tallies(&self) -> Vec<Tally> {
        match self {
            Self::Jira(server) => {
                let state = server.state();
                let title = |issue: &jira::Issue| field(issue, "summary").as_str().unwrap_or_default().to_owned();
                let parent = |issue: &jira::Issue| text(&field(issue, "parent"), "/id").to_owned();
                let tops = state.issues.iter().filter(|(_, issue)| parent(issue).is_empty());
                let tally = tops.map(|(id, issue)| Tally {
                    title: title(issue),
                    comments: issue.comments.iter().map(|comment| adf::words(&comment.body)).collect(),
                    items: state.issues.values().filter(|other| parent(other) == id.to_string()).map(title).collect(),
                });
                tally.collect()
            }
            Self::GitHub(server) => {
                let state = server.state();
                let tops = state.issues.iter().filter(|(number, _)| !state.under.contains_key(number));
                let title = |number: &u64| state.issues[number].title.clone();
                let tally = tops.map(|(number, issue)| Tally {
                    title: issue.title.clone(),
                    comments: issue.comments.clone(),
                    items: state
                        .under
                        .iter()
                        .filter(|(_, over)| *over == number)
                        .map(|(under, _)| title(under))
                        .collect(),
                });
                tally.collect()
            }
            Self::P2(server) => {
                let state = server.state();
                let item = state.tags.iter().find(|(_, name)| *name == "action item").map(|(id, _)| *id);
                let is_item = |post: &p2::Post| post.tags.iter().any(|tag| Some(*tag) == item);
                let tops = state.posts.values().filter(|post| !is_item(post));
                let tally = tops.map(|post| {
                    let link = format!("href=\"https://p2.example/{}\"", post.slug);
                    let items = state.posts.values().filter(|other| is_item(other) && other.content.contains(&link));
                    Tally {
                        title: post.title.clone(),
                        comments: post.comments.clone(),
                        items: items.map(|item| item.title.clone()).collect(),
                    }
                });
                tally.collect()
            }
        }
    }

    /// Everything that it has, field by field. Ids that depend on what else was made before are told by names.
    pub fn shown(&self) -> String {
        let shown = match self {
            Self::Jira(server) => of_jira(&server.state()),
            Self::GitHub(server) => of_github(&server.state()),
            Self::P2(server) => of_p2(&server.state()),
        };
        self.named(&shown)
    }

    /// Its address is another one each time, and so is that of the page that is linked, by which GitHub's links are marked;
    /// WordPress counts posts and tags together.
    pub fn named(&self, text: &str) -> String {
        let text = text.replace(self.url(), "URL");
        match self {
            Self::Jira(_) => text,
            Self::GitHub(_) => after_each(&text, "breakingbot:link ", |_| Some("…".to_owned())),
            Self::P2(server) => {
                let state = server.state();
                let tag = |id: u64| state.tags.get(&id).cloned();
                let text = after_each(&text, "breakingbot-tag-", |id| tag(id.parse().ok()?));
                let text = after_each(&text, "breakingbot-status-", |id| tag(id.parse().ok()?));
                let post = |id: u64| state.posts.get(&id).map(|post| post.slug.clone());
                after_each(&text, "post ", |id| post(id.parse().ok()?))
            }
        }
    }
}

/// Without the numbers of events in what the bot made: they count also what the tracker caused.
pub fn without_numbers(text: &str) -> String {
    let text = after_each(text, "-comment-", |_| Some("N".to_owned()));
    after_each(&text, "-item-", |_| Some("N".to_owned()))
}

/// Puts something else in the place of the letters and digits after each of these.
fn after_each(text: &str, before: &str, other: impl Fn(&str) -> Option<String>) -> String {
    let mut parts = text.split(before);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(part.len());
        let (found, rest) = part.split_at(end);
        out += before;
        out += &other(found).unwrap_or_else(|| found.to_owned());
        out += rest;
    }
    out
}

fn field(issue: &jira::Issue, name: &str) -> Value {
    issue.fields.get(name).cloned().unwrap_or(Value::Null)
}

fn of_jira(jira: &jira::Jira) -> String {
    let mut out = String::new();
    let name = |id: &str| id.parse().ok().and_then(|id: u64| jira.issues.get(&id)).map(|issue| issue.key.clone());
    for issue in jira.issues.values() {
        writeln!(out, "## {}", issue.key).unwrap();
        for (field, value) in issue.fields.iter().filter(|(field, _)| *field != "description") {
            match field.as_str() {
                "parent" => writeln!(out, "parent: {}", name(text(value, "/id")).unwrap()).unwrap(),
                "components" => {
                    let ids = value.as_array().unwrap().iter().map(|one| text(one, "/id").parse::<usize>().unwrap());
                    let names: Vec<&String> = ids.map(|id| &jira.components[id]).collect();
                    writeln!(out, "components: {names:?}").unwrap();
                }
                _ => writeln!(out, "{field}: {value}").unwrap(),
            }
        }
        for (property, value) in &issue.properties {
            writeln!(out, "property {property}: {value}").unwrap();
        }
        for (address, title) in &issue.pages {
            writeln!(out, "page {title}: {address}").unwrap();
        }
        writeln!(out, "description:\n{}", adf::outlined(&field(issue, "description"))).unwrap();
        for comment in &issue.comments {
            writeln!(out, "comment, properties {}:\n{}", comment.properties, adf::outlined(&comment.body)).unwrap();
        }
    }
    for (kind, from, to) in &jira.links {
        writeln!(out, "{} {kind} {}", name(from).unwrap(), name(to).unwrap()).unwrap();
    }
    out
}

fn of_github(github: &github::GitHub) -> String {
    let mut out = String::new();
    for (number, issue) in &github.issues {
        let state = if issue.open { "open" } else { "closed" };
        writeln!(out, "## #{number} {}\n{state}, reason {:?}", issue.title, issue.reason).unwrap();
        let labels: BTreeSet<&String> = issue.labels.iter().collect();
        writeln!(out, "labels {labels:?}, assignees {:?}", issue.assignees).unwrap();
        writeln!(out, "under {:?}\nbody:\n{}", github.under.get(number), issue.body).unwrap();
        for comment in &issue.comments {
            writeln!(out, "comment:\n{comment}").unwrap();
        }
    }
    out
}

fn of_p2(p2: &p2::WordPress) -> String {
    let mut out = String::new();
    // By their slugs: ids are also those of tags.
    let posts: BTreeMap<&String, &p2::Post> = p2.posts.values().map(|post| (&post.slug, post)).collect();
    assert_eq!(posts.len(), p2.posts.len(), "WordPress gives each post a slug of its own");
    for (slug, post) in posts {
        let mut tags: Vec<&String> = post.tags.iter().map(|tag| &p2.tags[tag]).collect();
        tags.sort();
        writeln!(out, "## {}\nslug {slug}, {}, tags {tags:?}\n{}", post.title, post.status, post.content).unwrap();
        for comment in &post.comments {
            writeln!(out, "comment:\n{comment}").unwrap();
        }
    }
    out
}
