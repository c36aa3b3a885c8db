//! The calls of GitHub's REST API that the bot makes, and what GitHub's refusals mean ("Issues", "Labels" and "Best
//! practices for using the REST API" in GitHub's documentation).

use axum::http::{Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Settings;
use super::auth::{Identity, Installation};
use crate::boundary::http::{Answer, Client, Credentials, Request, encoded};
use crate::boundary::issue_tracker::failure::{Call, in_its_words};
use crate::boundary::issue_tracker::{Doubt, Issue, TrackerError};

/// The version of the API that is spoken.
pub(super) const VERSION: &str = "2022-11-28";
/// The most that GitHub puts on a page.
const PAGE: usize = 100;
/// So many pages are read at most: ten thousand issues changed since an attempt, or labels, are more than there are.
const PAGES: usize = 100;
/// Looks begin so much before the attempt, for clocks that differ.
const EARLIER: SignedDuration = SignedDuration::from_mins(10);

/// An issue, as far as the bot reads it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Found {
    pub id: u64,
    pub number: u64,
    pub html_url: String,
    pub title: String,
    pub body: Option<String>,
    pub state: String,
    #[serde(default)]
    pub labels: Vec<Label>,
    #[serde(default)]
    pub assignees: Vec<User>,
    #[serde(default)]
    pub pull_request: Option<Value>,
}

impl Found {
    pub(super) fn issue(&self) -> Issue {
        Issue { id: self.number.to_string(), key: format!("#{}", self.number), url: self.html_url.clone() }
    }

    pub(super) fn body(&self) -> &str {
        self.body.as_deref().unwrap_or_default()
    }
}

/// A label.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Label {
    pub name: String,
}

/// A person of GitHub's.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct User {
    pub login: String,
}

/// A comment.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Comment {
    pub body: Option<String>,
}

/// What GitHub says of the repository.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Repository {
    pub full_name: String,
    pub has_issues: bool,
    #[serde(default)]
    pub archived: bool,
}

/// Calls GitHub.
#[derive(Debug)]
pub(super) struct Api {
    client: Client,
    identity: Identity,
    name: String,
    path: String,
}

impl Api {
    pub(super) fn new(settings: &Settings) -> Self {
        let client = Client::new(settings.api.clone(), Credentials::None)
            .header(axum::http::header::ACCEPT, "application/vnd.github+json")
            .header(axum::http::HeaderName::from_static("x-github-api-version"), VERSION)
            .limited(settings.limits);
        let name = format!("{}/{}", settings.owner, settings.repository);
        let path = format!("repos/{}/{}", encoded(&settings.owner), encoded(&settings.repository));
        Self { client, identity: Identity::new(settings.auth.clone(), &name), name, path }
    }

    /// The repository's name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn installation(&self) -> Result<Option<Installation>, TrackerError> {
        self.identity.installation(&self.client, &self.path).await
    }

    pub(super) async fn repository(&self) -> Result<Repository, TrackerError> {
        self.read(Call::reading("read"), "", &[]).await
    }

    pub(super) async fn issue(&self, issue: &Issue) -> Result<Found, TrackerError> {
        let call = Call::reading("read issue");
        self.read(call, &format!("/issues/{}", encoded(&issue.id)), &[]).await.map_err(|error| gone(error, issue))
    }

    pub(super) async fn create(&self, body: &impl Serialize) -> Result<Found, TrackerError> {
        self.write(Call::writing("create issue"), Method::POST, "/issues", body).await
    }

    pub(super) async fn change(&self, issue: &Issue, body: &impl Serialize) -> Result<Found, TrackerError> {
        let path = format!("/issues/{}", encoded(&issue.id));
        let changed = self.write(Call::writing("update issue"), Method::PATCH, &path, body).await;
        changed.map_err(|error| gone(error, issue))
    }

    pub(super) async fn comment(&self, issue: &Issue, body: &impl Serialize) -> Result<(), TrackerError> {
        let path = format!("/issues/{}/comments", encoded(&issue.id));
        let made: Result<Comment, _> = self.write(Call::writing("comment on issue"), Method::POST, &path, body).await;
        made.map(|_| ()).map_err(|error| gone(error, issue))
    }

    /// Puts an issue under another. `Ok(false)`: this GitHub has no sub-issues.
    pub(super) async fn put_under(&self, parent: &Issue, child: u64) -> Result<bool, TrackerError> {
        let call = Call::writing("add sub-issue");
        let path = format!("{}/issues/{}/sub_issues", self.path, encoded(&parent.id));
        let request = self.client.post(&path).json(&serde_json::json!({ "sub_issue_id": child }));
        let answer = self.sent(call, request).await?;
        match answer.status {
            status if status.is_success() => Ok(true),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(false),
            // It is under this issue already, or a person has put it under another one.
            StatusCode::UNPROCESSABLE_ENTITY => Ok(true),
            _ => Err(self.refusal(call, &answer)),
        }
    }

    /// The issues, newest change first, that were changed since an attempt began, until one is the one that is looked
    /// for.
    pub(super) async fn find(
        &self,
        doubt: Doubt,
        is_it: impl Fn(&Found) -> bool,
    ) -> Result<Option<Found>, TrackerError> {
        let Doubt::MaybeDone { since } = doubt else { return Ok(None) };
        let query =
            [("state", "all".to_owned()), ("sort", "updated".to_owned()), ("since", (since - EARLIER).to_string())];
        self.search(Call::reading("look for the issue"), "/issues", &query, |found: &Found| {
            found.pull_request.is_none() && is_it(found)
        })
        .await
    }

    /// Whether a comment of an issue, written since an attempt began, is the one that is looked for.
    pub(super) async fn has_comment(&self, issue: &Issue, doubt: Doubt, mark: &str) -> Result<bool, TrackerError> {
        let Doubt::MaybeDone { since } = doubt else { return Ok(false) };
        let path = format!("/issues/{}/comments", encoded(&issue.id));
        let query = [("since", (since - EARLIER).to_string())];
        let is_it = |comment: &Comment| comment.body.as_ref().is_some_and(|body| body.contains(mark));
        let found = self.search(Call::reading("look for the comment"), &path, &query, is_it).await;
        found.map(|found| found.is_some()).map_err(|error| gone(error, issue))
    }

    /// The names of the repository's labels.
    pub(super) async fn labels(&self) -> Result<Vec<String>, TrackerError> {
        let names = std::sync::Mutex::new(Vec::new());
        let keep = |label: &Label| {
            names.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(label.name.clone());
            false
        };
        let _: Option<Label> = self.search(Call::reading("list labels"), "/labels", &[], keep).await?;
        Ok(names.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Whether issues may be written: asks for one without a title, which GitHub refuses to make, but looks at the
    /// permission first.
    pub(super) async fn may_write(&self) -> Result<(), TrackerError> {
        let call = Call::reading("write issues");
        let request = self.client.post(&format!("{}/issues", self.path)).json(&serde_json::json!({}));
        let answer = self.sent(call, request).await?;
        match answer.status {
            StatusCode::UNPROCESSABLE_ENTITY => Ok(()),
            _ => Err(self.refusal(call, &answer)),
        }
    }

    /// Goes through a list page by page until an entry is the one.
    async fn search<T: serde::de::DeserializeOwned>(
        &self,
        call: Call,
        path: &str,
        query: &[(&'static str, String)],
        is_it: impl Fn(&T) -> bool,
    ) -> Result<Option<T>, TrackerError> {
        for page in 1..=PAGES {
            let mut request = self.client.get(&format!("{}{path}", self.path));
            for (name, value) in query {
                request = request.query(name, value);
            }
            let answer = self.sent(call, request.query("per_page", PAGE).query("page", page)).await?;
            if !answer.is_success() {
                return Err(self.refusal(call, &answer));
            }
            let entries: Vec<T> = answer.json().map_err(|error| call.unread(&error))?;
            if let Some(found) = entries.into_iter().find(&is_it) {
                return Ok(Some(found));
            }
            if answer.next_page().is_none() {
                return Ok(None);
            }
        }
        Err(TrackerError::Transient { call: call.name, why: format!("more than {PAGES} pages"), begun: false })
    }

    async fn read<T: serde::de::DeserializeOwned>(
        &self,
        call: Call,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<T, TrackerError> {
        let mut request = self.client.get(&format!("{}{path}", self.path));
        for (name, value) in query {
            request = request.query(name, value);
        }
        let answer = self.sent(call, request).await?;
        if answer.is_success() {
            answer.json().map_err(|error| call.unread(&error))
        } else {
            Err(self.refusal(call, &answer))
        }
    }

    async fn write<T: serde::de::DeserializeOwned>(
        &self,
        call: Call,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, TrackerError> {
        let request = self.client.request(method, &format!("{}{path}", self.path)).json(body);
        let answer = self.sent(call, request).await?;
        if answer.is_success() {
            answer.json().map_err(|error| call.unread(&error))
        } else {
            Err(self.refusal(call, &answer))
        }
    }

    /// Every answer that is one: neither too fast nor trouble on their side.
    async fn sent(&self, call: Call, request: Request<'_>) -> Result<Answer, TrackerError> {
        let credentials = self.identity.credentials(&self.client, &self.path).await?;
        let answer = request.credentials(credentials).send().await.map_err(|error| call.unanswered(error))?;
        if answer.status == StatusCode::UNAUTHORIZED {
            self.identity.forget().await;
        }
        if is_throttled(&answer) {
            return Err(call.throttled(answer.retry_after(Timestamp::now())));
        }
        match call.troubled(&answer) {
            Some(trouble) => Err(trouble),
            None => Ok(answer),
        }
    }

    fn refusal(&self, call: Call, answer: &Answer) -> TrackerError {
        let (name, repository, said) = (call.name, self.name(), said(answer));
        let sentence = match answer.status {
            StatusCode::UNAUTHORIZED => {
                "GitHub does not accept the token: put one that has not expired into TRACKER_TOKEN.".to_owned()
            }
            StatusCode::FORBIDDEN => format!(
                "GitHub forbids the bot to {name} in {repository} ({said}): give it the repository permission Issues, \
                 Read and write."
            ),
            StatusCode::NOT_FOUND => format!(
                "GitHub finds nothing to {name} at {repository}, or hides it from the bot: check tracker.repository, \
                 that the token or app may use it, and tracker.url if it is set."
            ),
            StatusCode::GONE => {
                format!("{repository} has no issues any more: turn Issues on in the repository's settings.")
            }
            _ => format!("GitHub refuses to {name} in {repository}: {said}"),
        };
        call.refused(answer, sentence)
    }
}

/// GitHub's own words.
pub(super) fn said(answer: &Answer) -> String {
    #[derive(Deserialize)]
    struct Body {
        message: String,
        #[serde(default)]
        errors: Vec<Value>,
    }
    let Ok(body) = answer.json::<Body>() else { return format!("HTTP status {}", answer.status) };
    let errors = body.errors.iter().map(|error| {
        let part = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        match part("message") {
            "" => format!("{} {}", part("field"), part("code")),
            message => message.to_owned(),
        }
    });
    in_its_words(&std::iter::once(body.message.clone()).chain(errors).collect::<Vec<_>>().join("; "))
}

/// Whether GitHub found fault with a field.
pub(super) fn is_about(error: &TrackerError, field: &str) -> bool {
    matches!(error, TrackerError::Refused { code, sentence } if code == "422" && sentence.contains(field))
}

/// The primary limit shows in the headers, the secondary one in the words or in a time to wait; both may come as 403.
fn is_throttled(answer: &Answer) -> bool {
    answer.status == StatusCode::FORBIDDEN
        && (answer.header("retry-after").is_some()
            || answer.header("x-ratelimit-remaining").is_some_and(|left| left.trim() == "0")
            || said(answer).to_lowercase().contains("rate limit"))
}

/// An issue that is not there any more.
fn gone(error: TrackerError, issue: &Issue) -> TrackerError {
    match error {
        TrackerError::Refused { code, .. } if code == "404" || code == "410" => TrackerError::Gone {
            issue: issue.key.clone(),
            sentence: format!(
                "{} is not in the repository any more, or the bot may not see it: it was deleted or moved.",
                issue.key
            ),
        },
        other => other,
    }
}
