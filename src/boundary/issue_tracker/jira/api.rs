//! The calls of Jira Cloud's REST API, version 3, that the bot makes, and what Jira's refusals mean ("The Jira Cloud
//! platform REST API" in Atlassian's documentation).

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Settings;
use crate::boundary::http::{Answer, Client, Credentials, Request, encoded};
use crate::boundary::issue_tracker::failure::{Call, in_its_words};
use crate::boundary::issue_tracker::{Issue, TrackerError};

/// The issue property in which the bot remembers what it wrote.
pub(super) const PROPERTY: &str = "breakingbot";
/// The most that is asked for at once.
const PAGE: usize = 100;
/// So many pages are read at most.
const PAGES: usize = 100;

/// An issue that was made or found.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Named {
    pub id: String,
    pub key: String,
}

/// Something with an id and a name: a priority, a component, an issue type.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Thing {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub subtask: bool,
}

/// A person of Jira's.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct User {
    #[serde(rename = "accountId")]
    pub account: String,
    #[serde(rename = "displayName", default)]
    pub name: String,
    #[serde(rename = "emailAddress")]
    pub email: Option<String>,
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

/// The fields of an issue that the bot reads; custom ones by their ids.
pub(super) type IssueFields = serde_json::Map<String, Value>;

/// An issue as it is read.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Found {
    pub fields: IssueFields,
    #[serde(default)]
    pub properties: BTreeMap<String, Value>,
}

impl Found {
    /// The name of the status.
    pub(super) fn status(&self) -> String {
        self.fields
            .get("status")
            .and_then(|status| status.get("name"))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    }
}

/// A way from one status to another.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Transition {
    pub id: String,
    pub to: Thing,
}

/// The project.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Project {
    pub key: String,
    pub name: String,
    #[serde(rename = "issueTypes", default)]
    pub types: Vec<Thing>,
}

/// Calls Jira.
#[derive(Debug)]
pub(super) struct Api {
    client: Client,
    project: String,
}

impl Api {
    pub(super) fn new(settings: &Settings) -> Self {
        let credentials = Credentials::Basic { user: settings.user.clone(), password: settings.token.clone() };
        let client = Client::new(settings.site.clone(), credentials).limited(settings.limits);
        Self { client, project: settings.project.clone() }
    }

    /// An issue as people find it.
    pub(super) fn issue(&self, named: &Named) -> Issue {
        let url = format!("{}/browse/{}", self.client.address(), named.key);
        Issue { id: named.id.clone(), key: named.key.clone(), url }
    }

    /// The oldest issue with a label. Jira's search lags behind its writes.
    pub(super) async fn labelled(&self, label: &str) -> Result<Option<Named>, TrackerError> {
        #[derive(Deserialize)]
        struct Answer {
            issues: Vec<Named>,
        }
        let jql = format!("project = {} AND labels = {} ORDER BY created ASC", quoted(&self.project), quoted(label));
        let body = json!({ "jql": jql, "maxResults": 2, "fields": ["summary"] });
        let call = Call::reading("look for the issue");
        let answer: Answer = self.call(call, self.client.post(&path("search/jql")).json(&body)).await?;
        if answer.issues.len() > 1 {
            tracing::warn!(label, "several issues have the same label; the oldest is taken");
        }
        Ok(answer.issues.into_iter().next())
    }

    pub(super) async fn create(&self, body: &Value) -> Result<Named, TrackerError> {
        self.call(Call::writing("create issue"), self.client.post(&path("issue")).json(body)).await
    }

    /// An issue with these fields and the bot's property.
    pub(super) async fn read(&self, issue: &Issue, fields: &str) -> Result<Found, TrackerError> {
        let request = self.client.get(&issue_path(issue, "")).query("fields", fields).query("properties", PROPERTY);
        self.call(Call::reading("read issue"), request).await.map_err(|error| gone(error, issue))
    }

    pub(super) async fn change(&self, issue: &Issue, body: &Value) -> Result<(), TrackerError> {
        let request = self.client.put(&issue_path(issue, "")).json(body);
        self.done(Call::writing("update issue"), request).await.map_err(|error| gone(error, issue))
    }

    pub(super) async fn transitions(&self, issue: &Issue) -> Result<Vec<Transition>, TrackerError> {
        #[derive(Deserialize)]
        struct Answer {
            transitions: Vec<Transition>,
        }
        let request = self.client.get(&issue_path(issue, "/transitions"));
        let answer: Result<Answer, _> = self.call(Call::reading("list transitions"), request).await;
        answer.map(|answer| answer.transitions).map_err(|error| gone(error, issue))
    }

    pub(super) async fn transition(&self, issue: &Issue, body: &Value) -> Result<(), TrackerError> {
        let request = self.client.post(&issue_path(issue, "/transitions")).json(body);
        self.done(Call::writing("move issue"), request).await.map_err(|error| gone(error, issue))
    }

    pub(super) async fn comment(&self, issue: &Issue, body: &Value) -> Result<(), TrackerError> {
        let request = self.client.post(&issue_path(issue, "/comment")).json(body);
        self.done(Call::writing("comment on issue"), request).await.map_err(|error| gone(error, issue))
    }

    /// Whether an issue has a comment with this key in its property, newest first. A list of comments does not tell their
    /// properties; asking for comments by their ids does.
    pub(super) async fn has_comment(&self, issue: &Issue, key: &str) -> Result<bool, TrackerError> {
        #[derive(Deserialize)]
        struct Comments {
            comments: Vec<CommentId>,
            total: usize,
        }
        #[derive(Deserialize)]
        struct CommentId {
            id: String,
        }
        #[derive(Deserialize)]
        struct Told {
            values: Vec<Comment>,
        }
        #[derive(Deserialize)]
        struct Comment {
            #[serde(default)]
            properties: Vec<Property>,
        }
        #[derive(Deserialize)]
        struct Property {
            key: String,
            value: Value,
        }
        let call = Call::reading("look for the comment");
        let mut start = 0;
        for _ in 0..PAGES {
            let request = self.client.get(&issue_path(issue, "/comment"));
            let request = request.query("orderBy", "-created").query("startAt", start).query("maxResults", PAGE);
            let listed: Comments = self.call(call, request).await.map_err(|error| gone(error, issue))?;
            let ids: Vec<u64> = listed.comments.iter().filter_map(|comment| comment.id.parse().ok()).collect();
            if ids.is_empty() {
                return Ok(false);
            }
            // A page may be shorter than was asked for.
            start += ids.len();
            let request = self.client.post(&path("comment/list")).query("expand", "properties");
            let told: Told = self.call(call, request.json(&json!({ "ids": ids }))).await?;
            let is_it = |property: &Property| {
                property.key == PROPERTY && property.value.get("key").and_then(Value::as_str) == Some(key)
            };
            if told.values.iter().any(|comment| comment.properties.iter().any(is_it)) {
                return Ok(true);
            }
            if start >= listed.total {
                return Ok(false);
            }
        }
        Err(TrackerError::Transient { call: call.name, why: format!("more than {PAGES} pages"), begun: false })
    }

    /// Links a page. One `globalId` is one link, however often it is sent.
    pub(super) async fn link_page(&self, issue: &Issue, url: &str, label: &str) -> Result<(), TrackerError> {
        let body = json!({ "globalId": url, "object": { "url": url, "title": label } });
        let request = self.client.post(&issue_path(issue, "/remotelink")).json(&body);
        self.done(Call::writing("link page"), request).await.map_err(|error| gone(error, issue))
    }

    /// Links two issues, unless they are.
    pub(super) async fn link_issue(&self, from: &Issue, to: &Issue, kind: &str) -> Result<(), TrackerError> {
        let found = self.read(from, "issuelinks").await?;
        let links = found.fields.get("issuelinks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let is_it = |link: &Value| {
            let names = |way: &str| link.get(way).and_then(|other| other.get("id")).and_then(Value::as_str);
            [names("outwardIssue"), names("inwardIssue")].contains(&Some(to.id.as_str()))
                && link
                    .pointer("/type/name")
                    .and_then(Value::as_str)
                    .is_some_and(|name| name.eq_ignore_ascii_case(kind))
        };
        if links.iter().any(is_it) {
            return Ok(());
        }
        let body = json!({
            "type": { "name": kind },
            "inwardIssue": { "id": from.id },
            "outwardIssue": { "id": to.id },
        });
        self.done(Call::writing("link issues"), self.client.post(&path("issueLink")).json(&body)).await
    }

    /// The people who can be assigned, by what they are called or their mail address.
    pub(super) async fn assignable(&self, query: &str) -> Result<Vec<User>, TrackerError> {
        let request = self.client.get(&path("user/assignable/search"));
        let request = request.query("project", &self.project).query("query", query).query("maxResults", 20);
        self.call(Call::reading("look for a person"), request).await
    }

    pub(super) async fn components(&self) -> Result<Vec<Thing>, TrackerError> {
        #[derive(Deserialize)]
        struct Page {
            values: Vec<Thing>,
            #[serde(rename = "isLast", default)]
            is_last: bool,
        }
        let mut all = Vec::new();
        for _ in 0..PAGES {
            let request = self.client.get(&format!("rest/api/3/project/{}/component", encoded(&self.project)));
            let request = request.query("startAt", all.len()).query("maxResults", PAGE);
            let answer: Page = self.call(Call::reading("list components"), request).await?;
            let is_end = answer.is_last || answer.values.is_empty();
            all.extend(answer.values);
            if is_end {
                break;
            }
        }
        Ok(all)
    }

    pub(super) async fn myself(&self) -> Result<User, TrackerError> {
        self.call(Call::reading("ask who the bot is"), self.client.get(&path("myself"))).await
    }

    pub(super) async fn project(&self) -> Result<Project, TrackerError> {
        let request = self.client.get(&format!("rest/api/3/project/{}", encoded(&self.project)));
        self.call(Call::reading("read the project"), request).await
    }

    /// Those of these permissions in the project that the bot lacks, by the names that people see.
    pub(super) async fn lacking(&self, permissions: &[&str]) -> Result<Vec<String>, TrackerError> {
        #[derive(Deserialize)]
        struct Answer {
            permissions: BTreeMap<String, Permission>,
        }
        #[derive(Deserialize)]
        struct Permission {
            name: String,
            #[serde(rename = "havePermission")]
            has: bool,
        }
        let request = self.client.get(&path("mypermissions"));
        let request = request.query("projectKey", &self.project).query("permissions", permissions.join(","));
        let answer: Answer = self.call(Call::reading("ask for permissions"), request).await?;
        Ok(answer.permissions.into_values().filter(|permission| !permission.has).map(|lacks| lacks.name).collect())
    }

    /// The names of the statuses that issues of a type can have.
    pub(super) async fn statuses(&self, kind: &str) -> Result<Vec<String>, TrackerError> {
        #[derive(Deserialize)]
        struct OfType {
            name: String,
            statuses: Vec<Thing>,
        }
        let request = self.client.get(&format!("rest/api/3/project/{}/statuses", encoded(&self.project)));
        let types: Vec<OfType> = self.call(Call::reading("list statuses"), request).await?;
        let of_type = types.into_iter().find(|of_type| of_type.name.eq_ignore_ascii_case(kind));
        Ok(of_type.map(|of_type| of_type.statuses.into_iter().map(|status| status.name).collect()).unwrap_or_default())
    }

    /// The names of the priorities.
    pub(super) async fn priorities(&self) -> Result<Vec<String>, TrackerError> {
        #[derive(Deserialize)]
        struct Page {
            values: Vec<Thing>,
        }
        let request = self.client.get(&path("priority/search")).query("maxResults", PAGE);
        let page: Page = self.call(Call::reading("list priorities"), request).await?;
        Ok(page.values.into_iter().map(|priority| priority.name).collect())
    }

    /// The names of the kinds of links.
    pub(super) async fn link_types(&self) -> Result<Vec<String>, TrackerError> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(rename = "issueLinkTypes")]
            types: Vec<Thing>,
        }
        let answer: Answer =
            self.call(Call::reading("list kinds of links"), self.client.get(&path("issueLinkType"))).await?;
        Ok(answer.types.into_iter().map(|kind| kind.name).collect())
    }

    /// The fields by id, with their names and types.
    pub(super) async fn fields(&self) -> Result<BTreeMap<String, (String, String)>, TrackerError> {
        #[derive(Deserialize)]
        struct Field {
            id: String,
            name: String,
            schema: Option<Schema>,
        }
        #[derive(Deserialize)]
        struct Schema {
            #[serde(rename = "type")]
            kind: String,
        }
        let fields: Vec<Field> = self.call(Call::reading("list fields"), self.client.get(&path("field"))).await?;
        let told = fields
            .into_iter()
            .map(|field| (field.id, (field.name, field.schema.map_or_else(String::new, |schema| schema.kind))));
        Ok(told.collect())
    }

    async fn call<T: DeserializeOwned>(&self, call: Call, request: Request<'_>) -> Result<T, TrackerError> {
        let answer = self.sent(call, request).await?;
        answer.json().map_err(|error| call.unread(&error))
    }

    async fn done(&self, call: Call, request: Request<'_>) -> Result<(), TrackerError> {
        self.sent(call, request).await.map(|_| ())
    }

    /// An answer of success.
    async fn sent(&self, call: Call, request: Request<'_>) -> Result<Answer, TrackerError> {
        let answer = request.send().await.map_err(|error| call.unanswered(error))?;
        if answer.is_success() {
            return Ok(answer);
        }
        Err(call.troubled(&answer).unwrap_or_else(|| self.refusal(call, &answer)))
    }

    fn refusal(&self, call: Call, answer: &Answer) -> TrackerError {
        let (name, said) = (call.name, said(answer));
        let sentence = match answer.status {
            StatusCode::UNAUTHORIZED => {
                "Jira does not accept the token: make an API token for the account that tracker.user names, and put it \
                 into TRACKER_TOKEN."
                    .to_owned()
            }
            StatusCode::FORBIDDEN => {
                format!("Jira forbids the bot to {name} ({said}): `breakingbot check` names the permission.")
            }
            StatusCode::NOT_FOUND => {
                format!(
                    "Jira does not find what is needed to {name}, or hides it from the bot ({said}): check tracker.url and tracker.project."
                )
            }
            _ => format!("Jira refuses to {name}: {said}"),
        };
        call.refused(answer, sentence)
    }
}

/// What Jira says with a refusal.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Refusal {
    #[serde(rename = "errorMessages")]
    messages: Vec<String>,
    errors: BTreeMap<String, String>,
}

/// Jira's own words.
fn said(answer: &Answer) -> String {
    let refusal: Refusal = answer.json().unwrap_or_default();
    let errors = refusal.errors.iter().map(|(field, error)| format!("{field}: {error}"));
    let words: Vec<String> = refusal.messages.iter().cloned().chain(errors).collect();
    match words.is_empty() {
        true => format!("HTTP status {}", answer.status),
        false => in_its_words(&words.join("; ")),
    }
}

/// Those of these fields that Jira found fault with.
pub(super) fn faulty<'f>(error: &TrackerError, fields: impl Iterator<Item = &'f String>) -> Vec<String> {
    match error {
        TrackerError::Refused { code, sentence } if code == "400" => {
            fields.filter(|field| sentence.contains(&format!("{field}: "))).cloned().collect()
        }
        _ => Vec::new(),
    }
}

fn path(rest: &str) -> String {
    format!("rest/api/3/{rest}")
}

fn issue_path(issue: &Issue, rest: &str) -> String {
    format!("rest/api/3/issue/{}{rest}", encoded(&issue.id))
}

/// A text in JQL.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// An issue that is not there any more.
fn gone(error: TrackerError, issue: &Issue) -> TrackerError {
    match error {
        TrackerError::Refused { code, .. } if code == "404" => TrackerError::Gone {
            issue: issue.key.clone(),
            sentence: format!(
                "{} is not in Jira any more, or the bot may not see it: it was deleted or moved.",
                issue.key
            ),
        },
        other => other,
    }
}

/// The body of a property that is sent with something else.
pub(super) fn property(value: &impl Serialize) -> Value {
    json!([{ "key": PROPERTY, "value": value }])
}
