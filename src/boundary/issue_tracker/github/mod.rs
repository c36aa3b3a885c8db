//! GitHub Issues, on github.com or an Enterprise server. Labels tell priority, components and status; the issue is closed
//! when the incident is completed or canceled; action items are sub-issues, or lines of a task list.
//!
//! Calls go through [`http`](crate::boundary::http), like those of the other trackers, and not through octocrab: that
//! reads a body however long it is, bounds the times of a connection but not of a call, and follows redirects by rules of
//! its own.

mod api;
mod auth;
mod body;
mod checking;
mod markdown;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tracing::warn;

use super::fitting::fitted;
use super::remembered::Remembered;
use super::{
    ActionItem, Attempt, Document, Fields, Finding, Issue, IssueTracker, Link, Pending, Phase, Standing, TrackerError,
    fingerprint,
};
use crate::boundary::http::{Address, Limits};
use crate::core::document::is_web_address;
use crate::core::ids::Level;
use crate::core::incident::Role;
use api::{Api, Found};
pub use auth::{AppKey, Auth, NoKey};
use body::{List, Status, Wrote};

/// github.com's own API.
pub const GITHUB: &str = "https://api.github.com";
/// GitHub takes 65,536 characters; the rest is for what people write and for the marks.
const LONGEST_PART: usize = 50_000;
/// GitHub takes 256 characters.
const LONGEST_TITLE: usize = 250;

/// How action items are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Items {
    /// As issues under the incident's; where the server has none, as issues in a task list.
    SubIssues,
    /// As lines of a task list in the incident's issue.
    TaskList,
}

/// How GitHub is used.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The API's base.
    pub api: Address,
    /// Who has the repository.
    pub owner: String,
    /// The repository.
    pub repository: String,
    /// Who the bot is.
    pub auth: Auth,
    /// The label of every issue that the bot makes.
    pub label: String,
    /// The label of each level.
    pub priorities: BTreeMap<Level, String>,
    /// The label of each phase that has one.
    pub statuses: BTreeMap<Phase, String>,
    /// What stands before a component's name in its label.
    pub component_prefix: String,
    /// GitHub's account of a person by mail address, in small letters.
    pub accounts: BTreeMap<String, String>,
    /// Whom the issue is assigned to.
    pub assignee: Option<Role>,
    /// How action items are kept.
    pub items: Items,
    /// What a call may take.
    pub limits: Limits,
}

/// GitHub Issues.
#[derive(Debug)]
pub struct GitHub {
    settings: Settings,
    api: Api,
    components: Remembered<(), Vec<String>>,
}

impl GitHub {
    /// Makes ready to call; nothing is sent yet.
    pub fn new(settings: Settings) -> Self {
        Self { api: Api::new(&settings), settings, components: Remembered::default() }
    }

    /// The labels for what the fields say, without the status.
    fn labels(&self, fields: &Fields) -> Vec<String> {
        let components = fields.components.iter().map(|name| format!("{}{name}", self.settings.component_prefix));
        let priority = self.settings.priorities.get(&fields.level).cloned();
        // A label has at most 50 characters.
        let labels = std::iter::once(self.settings.label.clone()).chain(priority).chain(components);
        labels.map(|label| label.replace(',', " ").chars().take(50).collect()).collect()
    }

    fn assignees(&self, fields: &Fields) -> Vec<String> {
        let who = self.settings.assignee.and_then(|role| fields.person(role));
        let email = who.and_then(|who| who.email.as_ref()).map(|email| email.to_lowercase());
        email.and_then(|email| self.settings.accounts.get(&email)).cloned().into_iter().collect()
    }

    /// Where the issue stands: GitHub's state, and the first of the configured labels that it has.
    fn status(&self, found: &Found) -> Status {
        let has = |label: &&String| found.labels.iter().any(|has| has.name.eq_ignore_ascii_case(label));
        Status { open: found.state == "open", label: self.settings.statuses.values().find(has).cloned() }
    }

    fn wanted(&self, fields: &Fields, key: &str, status: Option<Status>) -> Wrote {
        Wrote {
            key: key.to_owned(),
            title: fingerprint::of(&title(fields)),
            labels: self.labels(fields),
            assignees: self.assignees(fields),
            status,
        }
    }

    async fn create(&self, attempt: &Attempt, fields: &Fields) -> Result<Issue, TrackerError> {
        let key = attempt.key.as_str();
        let is_it = |found: &Found| body::wrote(found.body()).is_some_and(|wrote| wrote.key == key);
        if let Some(found) = self.api.find(attempt.doubt, is_it).await? {
            return Ok(found.issue());
        }
        let wrote = self.wanted(fields, key, None);
        let mut issue = json!({
            "title": title(fields),
            "body": body::with_part("", &wrote, &written(&fields.description)),
            "labels": wrote.labels,
            "assignees": wrote.assignees,
        });
        let made = match self.api.create(&issue).await {
            Err(error) if api::is_about(&error, "assignees") => {
                warn!(%error, "GitHub does not assign the issue");
                without(&mut issue, "assignees");
                self.api.create(&issue).await
            }
            made => made,
        };
        made.map(|found| found.issue())
    }

    async fn update(&self, issue: &Issue, fields: &Fields) -> Result<Standing, TrackerError> {
        let found = self.api.issue(issue).await?;
        let last = body::wrote(found.body()).unwrap_or_default();
        let status = self.status(&found);
        let wrote = self.wanted(fields, &last.key, last.status.clone());
        let mut change = serde_json::Map::new();
        let text = body::with_part(found.body(), &wrote, &written(&fields.description));
        if text != found.body() {
            change.insert("body".to_owned(), text.into());
        }
        if wrote.title != last.title && title(fields) != found.title {
            change.insert("title".to_owned(), title(fields).into());
        }
        let labels = names(found.labels.iter().map(|label| &label.name));
        let merged = merged(&labels, &last.labels, &wrote.labels);
        if merged != labels {
            change.insert("labels".to_owned(), json!(merged));
        }
        let assigned = names(found.assignees.iter().map(|user| &user.login));
        let to_assign = self::merged(&assigned, &last.assignees, &wrote.assignees);
        if to_assign != assigned {
            change.insert("assignees".to_owned(), json!(to_assign));
        }
        if !change.is_empty() {
            let mut change = Value::Object(change);
            match self.api.change(issue, &change).await {
                Err(error) if api::is_about(&error, "assignees") => {
                    warn!(%error, "GitHub does not assign the issue");
                    without(&mut change, "assignees");
                    self.api.change(issue, &change).await?
                }
                changed => changed?,
            };
        }
        Ok(standing(&status, last.status.unwrap_or(FIRST) != status))
    }

    async fn transition(&self, issue: &Issue, to: Phase) -> Result<Standing, TrackerError> {
        let found = self.api.issue(issue).await?;
        let mut wrote = body::wrote(found.body()).unwrap_or_default();
        let now = self.status(&found);
        let target = Status { open: !to.is_final(), label: self.settings.statuses.get(&to).cloned() };
        if now != target && wrote.status.clone().unwrap_or(FIRST) != now {
            return Ok(standing(&now, true));
        }
        if now == target && wrote.status.as_ref() == Some(&target) {
            return Ok(standing(&now, false));
        }
        wrote.status = Some(target.clone());
        let text = body::part(found.body()).unwrap_or_default().to_owned();
        let mut change = json!({ "body": body::with_part(found.body(), &wrote, &text) });
        if now.open != target.open {
            change["state"] = if target.open { "open" } else { "closed" }.into();
            change["state_reason"] = match to {
                Phase::Canceled => "not_planned",
                Phase::Completed => "completed",
                _ => "reopened",
            }
            .into();
        }
        if now.label != target.label {
            let is_status =
                |label: &String| self.settings.statuses.values().any(|status| status.eq_ignore_ascii_case(label));
            let kept = found.labels.iter().map(|label| &label.name).filter(|label| !is_status(label));
            change["labels"] = json!(names(kept.chain(target.label.as_ref())));
        }
        self.api.change(issue, &change).await?;
        Ok(standing(&target, false))
    }

    async fn comment(&self, attempt: &Attempt, issue: &Issue, text: &Document) -> Result<(), TrackerError> {
        let mark = body::mark(&attempt.key);
        if self.api.has_comment(issue, attempt.doubt, &mark).await? {
            return Ok(());
        }
        self.api.comment(issue, &json!({ "body": format!("{}\n\n{mark}", written(text)) })).await
    }

    async fn child(&self, attempt: &Attempt, parent: &Issue, item: &ActionItem) -> Result<Issue, TrackerError> {
        let mark = body::mark(&attempt.key);
        if self.settings.items == Items::TaskList {
            let line = format!("- [ ] {}", markdown::words(&item.title));
            self.add_line(parent, List::Items, &mark, &line, false).await?;
            return Ok(parent.clone());
        }
        let is_it = |found: &Found| found.body().contains(&mark);
        let found = match self.api.find(attempt.doubt, is_it).await? {
            Some(found) => found,
            None => {
                let text = format!("{}\n\nAn action item of {}.\n\n{mark}", written(&item.detail), parent.key);
                let title: String = markdown::title(&item.title).chars().take(LONGEST_TITLE).collect();
                let labels = [&self.settings.label];
                self.api.create(&json!({ "title": title, "body": text.trim_start(), "labels": labels })).await?
            }
        };
        // The child is there from here on, and what is asked for is asked for again when this attempt ends badly.
        let under = self.api.put_under(parent, found.id).await.map_err(TrackerError::after_a_part)?;
        if !under {
            let line = format!("- [ ] #{}", found.number);
            self.add_line(parent, List::Items, &mark, &line, false).await.map_err(TrackerError::after_a_part)?;
        }
        Ok(found.issue())
    }

    async fn link(&self, issue: &Issue, to: &Link) -> Result<(), TrackerError> {
        let (mark, line) = match to {
            Link::Page { url, label } if is_web_address(url) => {
                let line = markdown::written(
                    &Document::new().paragraph(
                        crate::core::document::Inline::new()
                            .link(url, label.split_whitespace().collect::<Vec<_>>().join(" ")),
                    ),
                );
                (url.clone(), format!("- {line}"))
            }
            Link::Page { .. } => return Ok(()),
            Link::Issue(other) => (other.url.clone(), format!("- {}", other.key)),
        };
        let mark = format!("<!-- breakingbot:link {} -->", fingerprint::of(&mark));
        self.add_line(issue, List::Links, &mark, &line, true).await
    }

    async fn add_line(
        &self,
        issue: &Issue,
        list: List,
        mark: &str,
        line: &str,
        replaces: bool,
    ) -> Result<(), TrackerError> {
        let found = self.api.issue(issue).await?;
        let text = body::with_line(found.body(), list, mark, line, replaces);
        if text == found.body() {
            return Ok(());
        }
        self.api.change(issue, &json!({ "body": text })).await.map(|_| ())
    }

    async fn components(&self) -> Result<Vec<String>, TrackerError> {
        if let Some(names) = self.components.fresh(&()) {
            return Ok(names);
        }
        match self.api.labels().await {
            Ok(labels) => {
                let prefix = &self.settings.component_prefix;
                let names: Vec<String> =
                    labels.iter().filter_map(|label| label.strip_prefix(prefix.as_str())).map(str::to_owned).collect();
                self.components.keep((), names.clone());
                Ok(names)
            }
            Err(error) => self.components.last(&()).ok_or(error),
        }
    }
}

/// Where an issue stands before the bot moved it.
const FIRST: Status = Status { open: true, label: None };

fn standing(status: &Status, by_hand: bool) -> Standing {
    let status = match (status.open, &status.label) {
        (true, None) => "open".to_owned(),
        (true, Some(label)) => label.clone(),
        (false, None) => "closed".to_owned(),
        (false, Some(label)) => format!("{label}, closed"),
    };
    Standing { status, by_hand }
}

fn title(fields: &Fields) -> String {
    markdown::title(&fields.title).chars().take(LONGEST_TITLE).collect()
}

fn written(document: &Document) -> String {
    fitted(document, LONGEST_PART, markdown::written, |text| text.chars().count())
}

fn names<'n>(names: impl Iterator<Item = &'n String>) -> Vec<String> {
    names.cloned().collect()
}

/// What is there, without what the bot had put there and no longer wants, and with what it newly wants. So what people
/// added stays, and what they took away stays away.
fn merged(there: &[String], last: &[String], wanted: &[String]) -> Vec<String> {
    let has = |list: &[String], name: &str| list.iter().any(|listed| listed.eq_ignore_ascii_case(name));
    let kept = there.iter().filter(|name| has(wanted, name) || !has(last, name));
    let new = wanted.iter().filter(|name| !has(last, name) && !has(there, name));
    let mut seen = BTreeSet::new();
    kept.chain(new).filter(|name| seen.insert(name.to_lowercase())).cloned().collect()
}

fn without(body: &mut Value, field: &str) {
    if let Some(fields) = body.as_object_mut() {
        fields.remove(field);
    }
}

impl IssueTracker for GitHub {
    fn name(&self) -> &'static str {
        "GitHub"
    }

    fn create<'a>(&'a self, attempt: &'a Attempt, fields: &'a Fields) -> Pending<'a, Result<Issue, TrackerError>> {
        Box::pin(self.create(attempt, fields))
    }

    fn update<'a>(
        &'a self,
        _attempt: &'a Attempt,
        issue: &'a Issue,
        fields: &'a Fields,
    ) -> Pending<'a, Result<Standing, TrackerError>> {
        Box::pin(self.update(issue, fields))
    }

    fn transition<'a>(
        &'a self,
        _attempt: &'a Attempt,
        issue: &'a Issue,
        to: Phase,
    ) -> Pending<'a, Result<Standing, TrackerError>> {
        Box::pin(self.transition(issue, to))
    }

    fn comment<'a>(
        &'a self,
        attempt: &'a Attempt,
        issue: &'a Issue,
        text: &'a Document,
    ) -> Pending<'a, Result<(), TrackerError>> {
        Box::pin(self.comment(attempt, issue, text))
    }

    fn link<'a>(
        &'a self,
        _attempt: &'a Attempt,
        issue: &'a Issue,
        to: &'a Link,
    ) -> Pending<'a, Result<(), TrackerError>> {
        Box::pin(self.link(issue, to))
    }

    fn child<'a>(
        &'a self,
        attempt: &'a Attempt,
        parent: &'a Issue,
        item: &'a ActionItem,
    ) -> Pending<'a, Result<Issue, TrackerError>> {
        Box::pin(self.child(attempt, parent, item))
    }

    fn components(&self) -> Pending<'_, Result<Vec<String>, TrackerError>> {
        Box::pin(self.components())
    }

    fn check(&self) -> Pending<'_, Vec<Finding>> {
        Box::pin(self.checked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_added_stays_and_what_they_took_away_stays_away() {
        let list = |names: &str| names.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let merge = |there, last, wanted| merged(&list(there), &list(last), &list(wanted)).join(" ");
        assert_eq!(merge("P1 mine", "P1", "P2"), "mine P2");
        assert_eq!(merge("mine", "P1", "P1"), "mine");
        assert_eq!(merge("p1", "P1", "P1"), "p1");
        assert_eq!(merge("", "", "a A b"), "a b");
    }
}
