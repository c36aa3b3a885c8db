//! GitHub, as its REST API (2022-11-28) behaves towards a token or an app.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Map, Value, json};

use super::{Call, Reply, Vendor, reply, text, unknown};

pub const TOKEN: &str = "github-secret";
/// The token that the app is given.
const GIVEN: &str = "ghs_given";
/// The app's key.
pub const KEY: &str = include_str!("app.pem");

#[derive(Clone, Debug)]
pub struct Issue {
    pub title: String,
    pub body: String,
    pub open: bool,
    pub reason: Option<String>,
    pub labels: Vec<String>,
    pub assignees: Vec<String>,
    pub comments: Vec<String>,
    pub updated: Timestamp,
}

pub struct GitHub {
    pub url: String,
    pub issues: BTreeMap<u64, Issue>,
    pub labels: BTreeSet<String>,
    pub under: BTreeMap<u64, u64>,
    pub has_sub_issues: bool,
    pub has_issues: bool,
    pub may_write: bool,
    pub app_permissions: Value,
    /// How often a token was given to the app.
    pub given: usize,
}

impl GitHub {
    pub fn new() -> Self {
        let labels =
            (0..120).map(|n| format!("component: service {n}")).chain(["component: api", "bug"].map(str::to_owned));
        Self {
            url: "https://github.example".to_owned(),
            issues: BTreeMap::new(),
            labels: labels.collect(),
            under: BTreeMap::new(),
            has_sub_issues: true,
            has_issues: true,
            may_write: true,
            app_permissions: json!({ "issues": "write", "metadata": "read" }),
            given: 0,
        }
    }

    fn shown(&self, number: u64) -> Value {
        let issue = &self.issues[&number];
        json!({
            "id": number + 5_000,
            "number": number,
            "html_url": format!("{}/acme/incidents/issues/{number}", self.url),
            "title": issue.title,
            "body": issue.body,
            "state": if issue.open { "open" } else { "closed" },
            "state_reason": issue.reason,
            "labels": issue.labels.iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(),
            "assignees": issue.assignees.iter().map(|login| json!({ "login": login })).collect::<Vec<_>>(),
            "updated_at": issue.updated.to_string(),
        })
    }

    /// Puts what was sent into an issue, or says what is wrong.
    fn put(&mut self, number: Option<u64>, body: &Value) -> Reply {
        let known: &[&str] = match number {
            None => &["title", "body", "labels", "assignees"],
            Some(_) => &["title", "body", "labels", "assignees", "state", "state_reason"],
        };
        if let Some(key) = unknown(body, known).first() {
            return invalid("Issue", key, "unknown");
        }
        let mut issue = match number {
            Some(number) => self.issues[&number].clone(),
            None => Issue {
                title: String::new(),
                body: String::new(),
                open: true,
                reason: None,
                labels: Vec::new(),
                assignees: Vec::new(),
                comments: Vec::new(),
                updated: Timestamp::now(),
            },
        };
        if let Some(title) = body.get("title") {
            issue.title = title.as_str().unwrap_or_default().to_owned();
        }
        if issue.title.is_empty() || issue.title.chars().count() > 256 {
            return invalid("Issue", "title", "missing_field");
        }
        if let Some(text) = body.get("body") {
            issue.body = text.as_str().unwrap_or_default().to_owned();
        }
        if issue.body.chars().count() > 65_536 {
            return invalid("Issue", "body", "too_long");
        }
        let list = |key: &str| {
            body.get(key).map(|list| {
                list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect::<Vec<_>>()
            })
        };
        if let Some(labels) = list("labels") {
            if labels.iter().any(|label| label.is_empty() || label.chars().count() > 50) {
                return invalid("Label", "name", "invalid");
            }
            self.labels.extend(labels.iter().cloned());
            issue.labels = labels;
        }
        if let Some(assignees) = list("assignees") {
            if assignees.iter().any(|login| !["alice-gh", "bob-gh"].contains(&login.as_str())) {
                return invalid("Issue", "assignees", "invalid");
            }
            issue.assignees = assignees;
        }
        match body.get("state").and_then(Value::as_str) {
            Some("open") => issue.open = true,
            Some("closed") => issue.open = false,
            None => {}
            Some(_) => return invalid("Issue", "state", "invalid"),
        }
        match body.get("state_reason").and_then(Value::as_str) {
            Some(reason @ ("completed" | "not_planned" | "reopened")) => issue.reason = Some(reason.to_owned()),
            None => {}
            Some(_) => return invalid("Issue", "state_reason", "invalid"),
        }
        issue.updated = Timestamp::now();
        let is_new = number.is_none();
        let number = number.unwrap_or_else(|| self.issues.keys().last().unwrap_or(&0) + 1);
        self.issues.insert(number, issue);
        reply(if is_new { 201 } else { 200 }, self.shown(number))
    }

    fn page(&self, call: &Call, all: &[Value]) -> Reply {
        let (size, page) = (call.number("per_page", 30).min(100), call.number("page", 1));
        let entries: Vec<Value> = all.iter().skip((page - 1) * size).take(size).cloned().collect();
        let answer = reply(200, entries.into());
        if all.len() > page * size {
            let path = format!("{}/{}", self.url, call.path.join("/"));
            return answer
                .with("link", format!("<{path}?page={}>; rel=\"next\", <{path}?page=9>; rel=\"last\"", page + 1));
        }
        answer
    }

    fn since(call: &Call) -> Timestamp {
        let since = call.query("since");
        if since.is_empty() { Timestamp::MIN } else { since.parse().unwrap() }
    }

    fn is_app(call: &Call) -> bool {
        let Some(token) = call.header("authorization").strip_prefix("Bearer ") else { return false };
        let parts: Vec<&str> = token.split('.').collect();
        let [head, claims, signature] = parts.as_slice() else { return false };
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
        let der = KEY.split("-----").nth(2).unwrap().lines().collect::<String>();
        let pair = RsaKeyPair::from_der(&base64::engine::general_purpose::STANDARD.decode(der).unwrap()).unwrap();
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref().to_vec());
        key.verify(format!("{head}.{claims}").as_bytes(), &decoded(signature)).unwrap();
        let head: Value = serde_json::from_slice(&decoded(head)).unwrap();
        let claims: Value = serde_json::from_slice(&decoded(claims)).unwrap();
        let now = Timestamp::now().as_second();
        let (issued, ends) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
        head["alg"] == "RS256" && claims["iss"] == "12" && issued <= now && ends > now && ends - issued <= 600
    }

    fn of_issue(&mut self, number: u64, rest: &[&str], call: &Call) -> Reply {
        match (&call.method, rest) {
            (&Method::GET, []) => reply(200, self.shown(number)),
            (&Method::PATCH, []) => self.put(Some(number), &call.body),
            (&Method::GET, ["comments"]) => {
                let _ = Self::since(call);
                let comments = self.issues[&number].comments.iter().map(|body| json!({ "id": 1, "body": body }));
                let comments: Vec<Value> = comments.collect();
                self.page(call, &comments)
            }
            (&Method::POST, ["comments"]) => {
                if let Some(key) = unknown(&call.body, &["body"]).first() {
                    return invalid("IssueComment", key, "unknown");
                }
                let body = text(&call.body, "/body").to_owned();
                if body.is_empty() {
                    return invalid("IssueComment", "body", "missing_field");
                }
                let issue = self.issues.get_mut(&number).unwrap();
                issue.comments.push(body.clone());
                issue.updated = Timestamp::now();
                reply(201, json!({ "id": 1, "body": body }))
            }
            (&Method::POST, ["sub_issues"]) if self.has_sub_issues => {
                let Some(id) = call.body["sub_issue_id"].as_u64() else {
                    return invalid("Issue", "sub_issue_id", "missing_field");
                };
                let child = id - 5_000;
                if !self.issues.contains_key(&child) {
                    return reply(404, json!({ "message": "The provided sub-issue does not exist" }));
                }
                if self.under.insert(child, number).is_some() {
                    return reply(
                        422,
                        json!({ "message": "An error occurred while adding the sub-issue to the parent issue. Issue may not contain duplicate sub-issues and Sub issue may only have one parent" }),
                    );
                }
                reply(201, self.shown(number))
            }
            _ => not_found(),
        }
    }
}

impl Vendor for GitHub {
    fn answer(&mut self, call: &Call) -> Reply {
        if call.header("user-agent").is_empty() {
            return reply(
                403,
                json!({ "message": "Request forbidden by administrative rules. Please make sure your request has a User-Agent header" }),
            );
        }
        assert_eq!(call.header("accept"), "application/vnd.github+json");
        assert_eq!(call.header("x-github-api-version"), "2022-11-28");
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        let (method, path) = (&call.method, path.as_slice());
        match (method, path) {
            (&Method::GET, ["repos", "acme", "incidents", "installation"]) => {
                if !Self::is_app(call) {
                    return reply(401, json!({ "message": "A JSON web token could not be decoded" }));
                }
                return reply(200, json!({ "id": 7, "app_slug": "breaking-bot", "permissions": self.app_permissions }));
            }
            (&Method::GET, ["repos", _, _, "installation"]) => return not_found(),
            (&Method::POST, ["app", "installations", "7", "access_tokens"]) => {
                if !Self::is_app(call) {
                    return reply(401, json!({ "message": "A JSON web token could not be decoded" }));
                }
                self.given += 1;
                let until = Timestamp::now() + SignedDuration::from_hours(1);
                return reply(
                    201,
                    json!({ "token": GIVEN, "expires_at": until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string() }),
                );
            }
            _ => {}
        }
        if ![TOKEN, GIVEN].map(|token| format!("Bearer {token}")).contains(&call.header("authorization").to_owned()) {
            return reply(
                401,
                json!({ "message": "Bad credentials", "documentation_url": "https://docs.github.com/rest" }),
            );
        }
        let Some(path) = path.strip_prefix(&["repos", "acme", "incidents"]) else { return not_found() };
        if !self.may_write && *method != Method::GET {
            return reply(403, json!({ "message": "Resource not accessible by personal access token" }));
        }
        match (method, path) {
            (&Method::GET, []) => {
                reply(200, json!({ "full_name": "acme/incidents", "has_issues": self.has_issues, "archived": false }))
            }
            (&Method::GET, ["labels"]) => {
                let labels: Vec<Value> = self.labels.iter().map(|name| json!({ "name": name })).collect();
                self.page(call, &labels)
            }
            (&Method::POST, ["issues"]) => self.put(None, &call.body),
            (&Method::GET, ["issues"]) => {
                assert_eq!(call.query("state"), "all");
                let since = Self::since(call);
                let found = self.issues.iter().rev().filter(|(_, issue)| issue.updated >= since);
                let found: Vec<Value> = found.map(|(number, _)| self.shown(*number)).collect();
                self.page(call, &found)
            }
            (_, ["issues", number, rest @ ..]) => {
                match number.parse().ok().filter(|number| self.issues.contains_key(number)) {
                    Some(number) => self.of_issue(number, rest, call),
                    None => not_found(),
                }
            }
            _ => not_found(),
        }
    }
}

fn not_found() -> Reply {
    reply(404, json!({ "message": "Not Found", "documentation_url": "https://docs.github.com/rest" }))
}

fn invalid(resource: &str, field: &str, code: &str) -> Reply {
    let mut error = Map::new();
    for (key, value) in [("resource", resource), ("field", field), ("code", code)] {
        error.insert(key.to_owned(), value.into());
    }
    reply(422, json!({ "message": "Validation Failed", "errors": [error] }))
}

/// Whether GitHub would mention somebody or refer to something: it looks at the words outside of code, after comments of
/// HTML are gone.
pub fn pings(markdown: &str) -> bool {
    let mut shown = markdown.to_owned();
    while let Some(start) = shown.find("<!--") {
        let end = shown[start..].find("-->").map_or(shown.len(), |end| start + end + 3);
        shown.replace_range(start..end, "");
    }
    let words: String = shown.split('`').step_by(2).collect::<String>().replace('\\', "");
    let mut before = ' ';
    let mut chars = words.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        if !before.is_alphanumeric() && ((c == '@' && next.is_alphanumeric()) || (c == '#' && next.is_ascii_digit())) {
            return true;
        }
        before = c;
    }
    false
}
