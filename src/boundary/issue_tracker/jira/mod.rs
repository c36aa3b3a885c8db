//! Jira Cloud. The incident's issue carries a label by which it is found again; what the bot wrote last is an issue
//! property, so that what people changed since can be told from what the bot must change.

mod adf;
mod api;
mod checking;
mod description;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tracing::warn;

use super::fitting::fitted;
use super::remembered::Remembered;
use super::{
    ActionItem, Attempt, Document, Doubt, Fields, Finding, Issue, IssueTracker, Link, Pending, Phase, Standing,
    TrackerError, Who, fingerprint,
};
use crate::boundary::http::{Address, Limits, Secret};
use crate::core::document::is_web_address;
use crate::core::ids::Level;
use crate::core::incident::Role;
use crate::core::moments::Moment;
use api::{Api, Found, Named, Thing};

/// Jira takes 32,767 characters in a description, counted in its own way; the rest is for what people write.
const LONGEST_PART: usize = 20_000;
/// Jira takes 255 characters.
const LONGEST_TITLE: usize = 250;
/// For so long a search may not find what was just written: Atlassian's "Search After Write" speaks of seconds to minutes.
pub const SEARCH_LAG: Duration = Duration::from_secs(90);

/// How Jira is used.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The site: `https://example.atlassian.net`.
    pub site: Address,
    /// The mail address of the bot's account.
    pub user: String,
    /// Its API token.
    pub token: Secret,
    /// The key of the project.
    pub project: String,
    /// The type of an incident's issue.
    pub issue_type: String,
    /// The type of an action item's issue.
    pub item_type: String,
    /// How an action item's issue is linked to the incident's when it is no sub-task.
    pub link_type: String,
    /// The label of every issue that the bot makes.
    pub label: String,
    /// The priority of each level.
    pub priorities: BTreeMap<Level, String>,
    /// The status of each phase that has one.
    pub statuses: BTreeMap<Phase, String>,
    /// The custom field of each moment that has one; of type date-time.
    pub moments: BTreeMap<Moment, String>,
    /// The field of each role that has one; of type user.
    pub people: BTreeMap<Role, String>,
    /// What a call may take.
    pub limits: Limits,
    /// For how long a search that finds nothing is not believed after an attempt that may have been done.
    pub search_lag: Duration,
}

/// Jira Cloud.
#[derive(Debug)]
pub struct Jira {
    settings: Settings,
    api: Api,
    components: Remembered<(), Vec<Thing>>,
    people: Remembered<String, Option<String>>,
    types: Remembered<(), Vec<Thing>>,
    tried: Remembered<String, Timestamp>,
}

/// What the bot wrote last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Wrote {
    /// The call that made the issue.
    key: String,
    /// The status that the bot chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// The ids of the components that it named.
    components: Vec<String>,
    /// A mark of what it wrote into each other field.
    fields: BTreeMap<String, String>,
}

impl Jira {
    /// Makes ready to call; nothing is sent yet.
    pub fn new(settings: Settings) -> Self {
        Self {
            api: Api::new(&settings),
            settings,
            components: Remembered::default(),
            people: Remembered::default(),
            types: Remembered::default(),
            tried: Remembered::default(),
        }
    }

    /// The issue that was made with a key, when an earlier attempt may have made it.
    async fn earlier(&self, attempt: &Attempt) -> Result<Option<Issue>, TrackerError> {
        let Doubt::MaybeDone { since } = attempt.doubt else { return Ok(None) };
        if let Some(named) = self.api.labelled(attempt.key.as_str()).await? {
            return Ok(Some(self.api.issue(&named)));
        }
        let last = self.tried.last(&attempt.key.to_string()).unwrap_or(since).max(since);
        let age = Timestamp::now().duration_since(last).unsigned_abs();
        if age < self.settings.search_lag {
            return Err(TrackerError::Transient {
                call: "look for the issue",
                why: "Jira's search may not show yet what was written just now".to_owned(),
                begun: true,
            });
        }
        Ok(None)
    }

    async fn create(&self, attempt: &Attempt, fields: &Fields) -> Result<Issue, TrackerError> {
        if let Some(issue) = self.earlier(attempt).await? {
            return Ok(issue);
        }
        let (values, components) = self.values(fields).await?;
        let part = written(&fields.description);
        let wrote = Wrote {
            key: attempt.key.to_string(),
            status: None,
            components: components.clone(),
            fields: marks(&values),
        };
        let mut body = values;
        // A new issue has nothing that would have to be taken away.
        body.retain(|_, value| !value.is_null());
        body.insert("project".to_owned(), json!({ "key": self.settings.project }));
        body.insert("issuetype".to_owned(), json!({ "name": self.settings.issue_type }));
        body.insert("description".to_owned(), description::with_part(None, part));
        body.insert("labels".to_owned(), json!([self.settings.label, attempt.key.as_str()]));
        if !components.is_empty() {
            body.insert("components".to_owned(), ids(&components));
        }
        let named = self.made(attempt, body, &wrote).await?;
        Ok(self.api.issue(&named))
    }

    /// Makes an issue; without those optional fields that the project does not have on its screen.
    async fn made(
        &self,
        attempt: &Attempt,
        mut fields: Map<String, Value>,
        wrote: &Wrote,
    ) -> Result<Named, TrackerError> {
        self.tried.keep(attempt.key.to_string(), Timestamp::now());
        let body = |fields: &Map<String, Value>| json!({ "fields": fields, "properties": api::property(wrote) });
        match self.api.create(&body(&fields)).await {
            Err(error) => {
                if !self.dropped(&error, &mut fields) {
                    return Err(error);
                }
                self.api.create(&body(&fields)).await
            }
            named => named,
        }
    }

    /// Takes out what Jira found fault with, when all of that can be left out.
    fn dropped(&self, error: &TrackerError, fields: &mut Map<String, Value>) -> bool {
        let faulty = api::faulty(error, fields.keys());
        let needed = ["project", "issuetype", "summary", "parent"];
        if faulty.is_empty() || faulty.iter().any(|field| needed.contains(&field.as_str())) {
            return false;
        }
        warn!(fields = %faulty.join(", "), %error, "Jira does not take these fields; they are left out");
        fields.retain(|name, _| !faulty.contains(name));
        true
    }

    /// The fields as Jira takes them, without the description, and the ids of the components.
    async fn values(&self, fields: &Fields) -> Result<(Map<String, Value>, Vec<String>), TrackerError> {
        let mut values = Map::new();
        values.insert("summary".to_owned(), one_line(&fields.title).into());
        if let Some(name) = self.settings.priorities.get(&fields.level) {
            values.insert("priority".to_owned(), json!({ "name": name }));
        }
        for (moment, field) in &self.settings.moments {
            let at = fields.moments.get(*moment);
            values.insert(field.clone(), at.map_or(Value::Null, |at| date_time(at).into()));
        }
        for (role, field) in &self.settings.people {
            let account = match fields.person(*role) {
                Some(who) => match self.account(who).await? {
                    Some(account) => json!({ "accountId": account }),
                    // Somebody whom Jira does not know; whoever is there stays.
                    None => continue,
                },
                None => Value::Null,
            };
            values.insert(field.clone(), account);
        }
        let mut components = Vec::new();
        if !fields.components.is_empty() {
            let known = self.known_components().await?;
            let find = |name: &String| known.iter().find(|known| known.name.eq_ignore_ascii_case(name));
            components = fields.components.iter().filter_map(find).map(|known| known.id.clone()).collect();
        }
        Ok((values, components))
    }

    async fn update(&self, issue: &Issue, fields: &Fields) -> Result<Standing, TrackerError> {
        let (values, components) = self.values(fields).await?;
        let names: Vec<&str> =
            values.keys().map(String::as_str).chain(["description", "status", "components"]).collect();
        let found = self.api.read(issue, &names.join(",")).await?;
        let last = wrote(&found);
        let status = found.status();
        let wanted = Wrote { components: components.clone(), fields: marks(&values), ..last.clone() };
        let mut change = Map::new();
        for (name, value) in values {
            let is_new = wanted.fields.get(&name) != last.fields.get(&name);
            // Nothing where the bot never wrote anything: a person may have.
            let is_idle = value.is_null() && !last.fields.contains_key(&name);
            if is_new && !is_idle {
                change.insert(name, value);
            }
        }
        let there = component_ids(&found);
        let kept = there.iter().filter(|id| components.contains(id) || !last.components.contains(id));
        let new = components.iter().filter(|id| !last.components.contains(id) && !there.contains(id));
        let merged: Vec<String> = kept.chain(new).cloned().collect();
        if merged != there {
            change.insert("components".to_owned(), ids(&merged));
        }
        let description = found.fields.get("description").filter(|description| !description.is_null());
        let part = written(&fields.description);
        if description::part(description).is_none_or(|there| !description::is_same(&there, &part)) {
            change.insert("description".to_owned(), description::with_part(description, part));
        }
        if !change.is_empty() || wanted != last {
            let body = |change: &Map<String, Value>| json!({ "fields": change, "properties": api::property(&wanted) });
            if let Err(error) = self.api.change(issue, &body(&change)).await {
                if !self.dropped(&error, &mut change) {
                    return Err(error);
                }
                self.api.change(issue, &body(&change)).await?;
            }
        }
        let by_hand = last.status.as_ref().is_some_and(|last| !last.eq_ignore_ascii_case(&status));
        Ok(Standing { status, by_hand })
    }

    async fn transition(&self, issue: &Issue, to: Phase) -> Result<Standing, TrackerError> {
        let found = self.api.read(issue, "status").await?;
        let mut last = wrote(&found);
        let status = found.status();
        let by_hand = last.status.as_ref().is_some_and(|last| !last.eq_ignore_ascii_case(&status));
        let Some(target) = self.settings.statuses.get(&to) else { return Ok(Standing { status, by_hand }) };
        if status.eq_ignore_ascii_case(target) {
            if last.status.as_deref() != Some(status.as_str()) {
                last.status = Some(status.clone());
                self.api.change(issue, &json!({ "fields": {}, "properties": api::property(&last) })).await?;
            }
            return Ok(Standing { status, by_hand: false });
        }
        if by_hand {
            return Ok(Standing { status, by_hand });
        }
        let transitions = self.api.transitions(issue).await?;
        let Some(transition) = transitions.iter().find(|way| way.to.name.eq_ignore_ascii_case(target)) else {
            let ways: Vec<&str> = transitions.iter().map(|way| way.to.name.as_str()).collect();
            return Err(TrackerError::Refused {
                code: "no_transition".to_owned(),
                sentence: format!(
                    "Jira's workflow has no way for {} from {status} to {target}, only to {}: add one to the workflow, or \
                     set tracker.status.{} to another status.",
                    issue.key,
                    if ways.is_empty() { "nothing".to_owned() } else { ways.join(", ") },
                    to.word(),
                ),
            });
        };
        let reached = transition.to.name.clone();
        last.status = Some(reached.clone());
        let body = json!({ "transition": { "id": transition.id }, "properties": api::property(&last) });
        self.api.transition(issue, &body).await?;
        Ok(Standing { status: reached, by_hand: false })
    }

    async fn comment(&self, attempt: &Attempt, issue: &Issue, text: &Document) -> Result<(), TrackerError> {
        let key = attempt.key.as_str();
        if attempt.may_be_done() && self.api.has_comment(issue, key).await? {
            return Ok(());
        }
        let body = json!({
            "body": adf::doc(written(text)),
            "properties": api::property(&json!({ "key": key })),
        });
        self.api.comment(issue, &body).await
    }

    async fn child(&self, attempt: &Attempt, parent: &Issue, item: &ActionItem) -> Result<Issue, TrackerError> {
        let kind = self.settings.item_type.as_str();
        let types = self.types().await?;
        let is_subtask =
            types.iter().find(|known| known.name.eq_ignore_ascii_case(kind)).is_some_and(|kind| kind.subtask);
        let issue = match self.earlier(attempt).await? {
            Some(issue) => issue,
            None => {
                let mut fields = Map::new();
                fields.insert("project".to_owned(), json!({ "key": self.settings.project }));
                fields.insert("issuetype".to_owned(), json!({ "name": kind }));
                fields.insert("summary".to_owned(), one_line(&item.title).into());
                fields.insert("labels".to_owned(), json!([self.settings.label, attempt.key.as_str()]));
                if !item.detail.is_empty() {
                    fields.insert("description".to_owned(), adf::doc(written(&item.detail)));
                }
                if is_subtask {
                    fields.insert("parent".to_owned(), json!({ "id": parent.id }));
                }
                let wrote = Wrote { key: attempt.key.to_string(), ..Wrote::default() };
                let named = self.made(attempt, fields, &wrote).await?;
                self.api.issue(&named)
            }
        };
        if !is_subtask {
            let linked = self.api.link_issue(parent, &issue, &self.settings.link_type).await;
            linked.map_err(TrackerError::after_a_part)?;
        }
        Ok(issue)
    }

    async fn types(&self) -> Result<Vec<Thing>, TrackerError> {
        if let Some(types) = self.types.fresh(&()) {
            return Ok(types);
        }
        let types = self.api.project().await?.types;
        self.types.keep((), types.clone());
        Ok(types)
    }

    async fn known_components(&self) -> Result<Vec<Thing>, TrackerError> {
        if let Some(components) = self.components.fresh(&()) {
            return Ok(components);
        }
        match self.api.components().await {
            Ok(components) => {
                self.components.keep((), components.clone());
                Ok(components)
            }
            Err(error) => self.components.last(&()).ok_or(error),
        }
    }

    /// The account of a person, by mail address; whoever Jira does not tell about is nobody.
    async fn account(&self, who: &Who) -> Result<Option<String>, TrackerError> {
        let Some(email) = who.email.as_ref().map(|email| email.to_lowercase()) else { return Ok(None) };
        if let Some(account) = self.people.fresh(&email) {
            return Ok(account);
        }
        let users = match self.api.assignable(&email).await {
            Ok(users) => users,
            // Without the permission to browse users the issue is kept current all the same.
            Err(error) if error.is_permanent() => {
                warn!(%error, "Jira does not tell who people are");
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        // Many people hide their address. The search matched it all the same, so a single answer is the person.
        let exact =
            users.iter().find(|user| user.email.as_ref().is_some_and(|found| found.eq_ignore_ascii_case(&email)));
        let hidden = match users.as_slice() {
            [user] if user.email.is_none() => Some(user),
            _ => None,
        };
        let account = exact.or(hidden).filter(|user| user.active).map(|user| user.account.clone());
        self.people.keep(email, account.clone());
        Ok(account)
    }
}

fn wrote(found: &Found) -> Wrote {
    found.properties.get(api::PROPERTY).and_then(|value| serde_json::from_value(value.clone()).ok()).unwrap_or_default()
}

fn marks(values: &Map<String, Value>) -> BTreeMap<String, String> {
    let set = values.iter().filter(|(_, value)| !value.is_null());
    set.map(|(name, value)| (name.clone(), fingerprint::of(&value.to_string()))).collect()
}

fn ids(ids: &[String]) -> Value {
    ids.iter().map(|id| json!({ "id": id })).collect()
}

fn component_ids(found: &Found) -> Vec<String> {
    let components = found.fields.get("components").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    components.iter().filter_map(|component| component.get("id")?.as_str().map(str::to_owned)).collect()
}

fn written(document: &Document) -> Vec<Value> {
    fitted(document, LONGEST_PART, adf::blocks, |blocks| {
        blocks.iter().map(|block| adf::words(block).chars().count()).sum()
    })
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(LONGEST_TITLE).collect()
}

/// A date and time as Jira's date-time fields take it.
fn date_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string()
}

impl IssueTracker for Jira {
    fn name(&self) -> &'static str {
        "Jira"
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
        Box::pin(async move {
            match to {
                Link::Page { url, label } if is_web_address(url) => {
                    self.api.link_page(issue, url, &one_line(label)).await
                }
                Link::Page { .. } => Ok(()),
                Link::Issue(other) => self.api.link_issue(issue, other, &self.settings.link_type).await,
            }
        })
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
        Box::pin(async move {
            let components = self.known_components().await?;
            Ok(components.into_iter().map(|component| component.name).collect())
        })
    }

    fn check(&self) -> Pending<'_, Vec<Finding>> {
        Box::pin(self.checked())
    }
}
