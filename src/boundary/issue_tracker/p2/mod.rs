//! A WordPress site with the P2 theme, or any other: the incident is a post, updates are comments, tags tell priority,
//! components and status, action items are posts that lead to the incident's.

mod checking;
mod post;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tracing::warn;

use super::failure::{Call, in_its_words};
use super::fitting::fitted;
use super::remembered::Remembered;
use super::{
    ActionItem, Attempt, Document, Fields, Finding, Issue, IssueTracker, Link, Pending, Phase, Standing, TrackerError,
    fingerprint,
};
use crate::boundary::http::{Address, Answer, HttpError, Limits, Secret};
use crate::boundary::wordpress::{Denied, Post, Site, Term, blocks};
use crate::core::document::{Inline, is_web_address};
use crate::core::ids::Level;
use post::Wrote;

/// WordPress itself has no bound that matters; this keeps a page readable and a call short.
const LONGEST: usize = 200_000;
/// A comment is at most 65,525 bytes (the `comment_content` column).
const LONGEST_COMMENT: usize = 60_000;
const LONGEST_TITLE: usize = 250;
/// WordPress waits 15 s between comments of one person.
const FLOOD: std::time::Duration = std::time::Duration::from_secs(16);

/// How WordPress is used.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The site: `https://p2.example.com`.
    pub site: Address,
    /// The bot's user.
    pub user: String,
    /// Its application password.
    pub password: Secret,
    /// The status of a post: `publish`, or `private`.
    pub visibility: String,
    /// The tag of every post that the bot makes.
    pub label: String,
    /// The tag of each level.
    pub priorities: BTreeMap<Level, String>,
    /// The tag of each phase that has one.
    pub statuses: BTreeMap<Phase, String>,
    /// What stands before a component's name in its tag.
    pub component_prefix: String,
    /// The tag of an action item's post.
    pub item_label: String,
    /// What a call may take.
    pub limits: Limits,
}

/// A P2.
#[derive(Debug)]
pub struct P2 {
    settings: Settings,
    site: Site,
    tags: Remembered<String, u64>,
    components: Remembered<(), Vec<String>>,
}

impl P2 {
    /// Makes ready to call; nothing is sent yet.
    pub fn new(settings: Settings) -> Self {
        let site = Site::new(&settings.site, settings.user.clone(), settings.password.clone(), settings.limits);
        Self { settings, site, tags: Remembered::default(), components: Remembered::default() }
    }

    fn tag_names(&self, fields: &Fields) -> Vec<String> {
        let components = fields.components.iter().map(|name| format!("{}{name}", self.settings.component_prefix));
        let priority = self.settings.priorities.get(&fields.level).cloned();
        std::iter::once(self.settings.label.clone()).chain(priority).chain(components).collect()
    }

    /// The ids of tags by name. One that cannot be made is left out.
    async fn tag_ids(&self, names: &[String]) -> Result<Vec<u64>, TrackerError> {
        let mut ids = Vec::new();
        for name in names {
            let id = self.tag_id(name).await?;
            ids.extend(id.filter(|id| !ids.contains(id)));
        }
        Ok(ids)
    }

    async fn tag_id(&self, name: &str) -> Result<Option<u64>, TrackerError> {
        let key = name.to_lowercase();
        if let Some(id) = self.tags.fresh(&key) {
            return Ok(Some(id));
        }
        let call = Call::reading("look for a tag");
        let mut found = None;
        let query = [("search", name.to_owned())];
        let answer = self.site.pages("tags", &query, |terms: Vec<Term>| {
            found = terms.into_iter().find(|term| decoded(&term.name).to_lowercase() == key).map(|term| term.id);
            found.is_some()
        });
        success(call, answer.await)?;
        if found.is_none() {
            found = self.make_tag(name).await?;
        }
        if let Some(id) = found {
            self.tags.keep(key, id);
        }
        Ok(found)
    }

    async fn make_tag(&self, name: &str) -> Result<Option<u64>, TrackerError> {
        let call = Call::writing("make a tag");
        let answer = self.site.write("tags", &json!({ "name": name })).await.map_err(|error| call.unanswered(error))?;
        if answer.is_success() {
            return answer.json::<Term>().map(|term| Some(term.id)).map_err(|error| call.unread(&error));
        }
        let denied = Denied::of(&answer);
        if denied.code == "term_exists" {
            let body: Value = answer.json().unwrap_or_default();
            return Ok(body.pointer("/data/term_id").and_then(Value::as_u64));
        }
        match failure(call, &answer) {
            // A user who may write posts but make no tags.
            error if error.is_permanent() => {
                warn!(name, %error, "WordPress does not make a tag; it is left out");
                Ok(None)
            }
            error => Err(error),
        }
    }

    async fn find(&self, attempt: &Attempt) -> Result<Option<Issue>, TrackerError> {
        if !attempt.may_be_done() {
            return Ok(None);
        }
        let call = Call::reading("look for the post");
        let answer = success(call, self.site.with_slug(attempt.key.as_str()).await)?;
        let posts: Vec<Post> = answer.json().map_err(|error| call.unread(&error))?;
        Ok(posts.first().map(issue))
    }

    async fn make(&self, attempt: &Attempt, title: &str, content: &str, tags: &[u64]) -> Result<Issue, TrackerError> {
        let call = Call::writing("make the post");
        let body = json!({
            "slug": attempt.key.as_str(),
            "status": self.settings.visibility,
            "title": title,
            "content": content,
            "tags": tags,
        });
        let answer = success(call, self.site.write("posts", &body).await)?;
        answer.json::<Post>().map(|post| issue(&post)).map_err(|error| call.unread(&error))
    }

    async fn read(&self, issue: &Issue) -> Result<Post, TrackerError> {
        let call = Call::reading("read the post");
        let answer = success(call, self.site.read(&Site::post_path(&issue.id)).await);
        answer.map_err(|error| gone(error, issue))?.json().map_err(|error| call.unread(&error))
    }

    async fn change(&self, issue: &Issue, change: &Value) -> Result<(), TrackerError> {
        let answer = self.site.write(&Site::post_path(&issue.id), change).await;
        success(Call::writing("update the post"), answer).map(|_| ()).map_err(|error| gone(error, issue))
    }

    async fn create(&self, attempt: &Attempt, fields: &Fields) -> Result<Issue, TrackerError> {
        if let Some(issue) = self.find(attempt).await? {
            return Ok(issue);
        }
        let tags = self.tag_ids(&self.tag_names(fields)).await?;
        let title = title(&fields.title);
        let wrote = Wrote { title: fingerprint::of(&title), tags: tags.clone(), status: None };
        let content = post::with_part("", &wrote, &written(&fields.description));
        self.make(attempt, &title, &content, &tags).await
    }

    /// The ids of the tags that tell a status, by phase.
    async fn status_tags(&self) -> Result<Vec<(u64, String)>, TrackerError> {
        let mut tags = Vec::new();
        for name in self.settings.statuses.values() {
            if let Some(id) = self.tag_id(name).await? {
                tags.push((id, name.clone()));
            }
        }
        Ok(tags)
    }

    async fn update(&self, issue: &Issue, fields: &Fields) -> Result<Standing, TrackerError> {
        let tags = self.tag_ids(&self.tag_names(fields)).await?;
        let statuses = self.status_tags().await?;
        let post = self.read(issue).await?;
        let last = post::wrote(&post.content.raw).unwrap_or_default();
        let title = title(&fields.title);
        let wrote = Wrote { title: fingerprint::of(&title), tags, status: last.status };
        let mut change = serde_json::Map::new();
        let content = post::with_part(&post.content.raw, &wrote, &written(&fields.description));
        if content != post.content.raw {
            change.insert("content".to_owned(), content.into());
        }
        if wrote.title != last.title && title != post.title.raw {
            change.insert("title".to_owned(), title.into());
        }
        let kept = post.tags.iter().filter(|tag| wrote.tags.contains(tag) || !last.tags.contains(tag));
        let new = wrote.tags.iter().filter(|tag| !last.tags.contains(tag) && !post.tags.contains(tag));
        let merged: Vec<u64> = kept.chain(new).copied().collect();
        if merged != post.tags {
            change.insert("tags".to_owned(), json!(merged));
        }
        if !change.is_empty() {
            self.change(issue, &Value::Object(change)).await?;
        }
        let now = status(&post, &statuses);
        Ok(standing(now, &statuses, last.status.unwrap_or_default() != now))
    }

    async fn transition(&self, issue: &Issue, to: Phase) -> Result<Standing, TrackerError> {
        let statuses = self.status_tags().await?;
        let target = match self.settings.statuses.get(&to) {
            Some(name) => self.tag_id(name).await?,
            None => None,
        };
        let post = self.read(issue).await?;
        let mut wrote = post::wrote(&post.content.raw).unwrap_or_default();
        let now = status(&post, &statuses);
        if now != target && wrote.status.unwrap_or_default() != now {
            return Ok(standing(now, &statuses, true));
        }
        if now == target && wrote.status == Some(target) {
            return Ok(standing(now, &statuses, false));
        }
        wrote.status = Some(target);
        let part = post::part(&post.content.raw).unwrap_or_default().to_owned();
        let mut change = json!({ "content": post::with_part(&post.content.raw, &wrote, &part) });
        if now != target {
            let is_status = |tag: &u64| statuses.iter().any(|(status, _)| status == tag);
            let tags: Vec<u64> = post.tags.iter().copied().filter(|tag| !is_status(tag)).chain(target).collect();
            change["tags"] = json!(tags);
        }
        self.change(issue, &change).await?;
        Ok(standing(target, &statuses, false))
    }

    async fn comment(&self, attempt: &Attempt, issue: &Issue, text: &Document) -> Result<(), TrackerError> {
        let mark = format!("<!-- breakingbot:{} -->", attempt.key);
        if attempt.may_be_done() && self.has_comment(issue, &mark).await? {
            return Ok(());
        }
        let content = fitted(text, LONGEST_COMMENT, blocks::comment, String::len);
        let body = json!({ "post": number(issue), "content": format!("{content}\n{mark}") });
        let call = Call::writing("comment on the post");
        let answer = self.site.write("comments", &body).await.map_err(|error| call.unanswered(error))?;
        if answer.is_success() {
            return Ok(());
        }
        match Denied::of(&answer).code.as_str() {
            // The mark makes it the same comment and no other.
            "comment_duplicate" => Ok(()),
            "comment_flood" => Err(call.throttled(Some(FLOOD))),
            "rest_comment_invalid_post_id" => Err(gone_for_good(issue)),
            _ => Err(failure(call, &answer)),
        }
    }

    async fn has_comment(&self, issue: &Issue, mark: &str) -> Result<bool, TrackerError> {
        #[derive(serde::Deserialize)]
        struct Comment {
            content: Rendered,
        }
        #[derive(serde::Deserialize)]
        struct Rendered {
            rendered: String,
        }
        let mut is_there = false;
        let query = [("post", issue.id.clone()), ("order", "desc".to_owned()), ("status", "all".to_owned())];
        // Only moderators see comments in every status; the others see what is approved, which the bot's are.
        let query = if self.may_moderate().await? { query.as_slice() } else { query.get(..2).unwrap_or_default() };
        let answer = self.site.pages("comments", query, |comments: Vec<Comment>| {
            is_there = comments.iter().any(|comment| comment.content.rendered.contains(mark));
            is_there
        });
        success(Call::reading("look for the comment"), answer.await)?;
        Ok(is_there)
    }

    async fn may_moderate(&self) -> Result<bool, TrackerError> {
        let me = self.me().await?;
        Ok(me.capabilities.get("moderate_comments").copied().unwrap_or(false))
    }

    async fn me(&self) -> Result<Me, TrackerError> {
        let call = Call::reading("ask who the bot is");
        success(call, self.site.read("users/me").await)?.json().map_err(|error| call.unread(&error))
    }

    async fn child(&self, attempt: &Attempt, parent: &Issue, item: &ActionItem) -> Result<Issue, TrackerError> {
        if let Some(issue) = self.find(attempt).await? {
            return Ok(issue);
        }
        let names = [self.settings.label.clone(), self.settings.item_label.clone()];
        let tags = self.tag_ids(&names).await?;
        let origin = Inline::new().text("An action item of ").link(&parent.url, &parent.key).text(".");
        let content = written(&Document { blocks: item.detail.blocks.clone() }.paragraph(origin));
        self.make(attempt, &title(&item.title), &content, &tags).await
    }

    async fn link(&self, issue: &Issue, to: &Link) -> Result<(), TrackerError> {
        let (url, label) = match to {
            Link::Page { url, label } => (url, label),
            Link::Issue(other) => (&other.url, &other.key),
        };
        if !is_web_address(url) {
            return Ok(());
        }
        let href = blocks::attribute(url);
        let label = blocks::encoded(&label.split_whitespace().collect::<Vec<_>>().join(" "));
        let post = self.read(issue).await?;
        let content = post::with_link(&post.content.raw, &href, &format!("<a href=\"{href}\">{label}</a>"));
        if content == post.content.raw {
            return Ok(());
        }
        self.change(issue, &json!({ "content": content })).await
    }

    async fn components(&self) -> Result<Vec<String>, TrackerError> {
        if let Some(names) = self.components.fresh(&()) {
            return Ok(names);
        }
        match self.tags_with_prefix().await {
            Ok(names) => {
                self.components.keep((), names.clone());
                Ok(names)
            }
            Err(error) => self.components.last(&()).ok_or(error),
        }
    }

    async fn tags_with_prefix(&self) -> Result<Vec<String>, TrackerError> {
        let mut names = Vec::new();
        let answer = self.site.pages("tags", &[], |terms: Vec<Term>| {
            let prefix = self.settings.component_prefix.as_str();
            names.extend(terms.iter().filter_map(|term| decoded(&term.name).strip_prefix(prefix).map(str::to_owned)));
            false
        });
        success(Call::reading("list tags"), answer.await)?;
        Ok(names)
    }
}

/// What WordPress says of the bot's user.
#[derive(Debug, serde::Deserialize)]
struct Me {
    name: String,
    #[serde(default)]
    capabilities: BTreeMap<String, bool>,
}

fn issue(post: &Post) -> Issue {
    Issue { id: post.id.to_string(), key: format!("post {}", post.id), url: post.link.clone() }
}

fn number(issue: &Issue) -> Value {
    issue.id.parse::<u64>().map_or_else(|_| issue.id.clone().into(), Value::from)
}

/// The status's tag that a post has.
fn status(post: &Post, statuses: &[(u64, String)]) -> Option<u64> {
    post.tags.iter().copied().find(|tag| statuses.iter().any(|(status, _)| status == tag))
}

fn standing(tag: Option<u64>, statuses: &[(u64, String)], by_hand: bool) -> Standing {
    let name = statuses.iter().find(|(id, _)| Some(*id) == tag).map(|(_, name)| name.clone());
    Standing { status: name.unwrap_or_else(|| "no status".to_owned()), by_hand }
}

/// A title is HTML to WordPress.
fn title(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    blocks::encoded(&line.chars().take(LONGEST_TITLE).collect::<String>())
}

fn written(document: &Document) -> String {
    fitted(document, LONGEST, blocks::written, String::len)
}

/// A term's name as people write it.
fn decoded(name: &str) -> String {
    name.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#039;", "'").replace("&amp;", "&")
}

fn success(call: Call, answer: Result<Answer, HttpError>) -> Result<Answer, TrackerError> {
    let answer = answer.map_err(|error| call.unanswered(error))?;
    if answer.is_success() { Ok(answer) } else { Err(failure(call, &answer)) }
}

fn failure(call: Call, answer: &Answer) -> TrackerError {
    if let Some(trouble) = call.troubled(answer) {
        return trouble;
    }
    let denied = Denied::of(answer);
    let (name, said) = (call.name, in_its_words(&decoded(&denied.message)));
    let sentence = match (answer.status.as_u16(), denied.code.as_str()) {
        (401, _) | (_, "incorrect_password" | "invalid_username" | "invalid_email" | "rest_not_logged_in") => {
            "WordPress does not accept the password: make an application password in the profile of the user \
             that tracker.user names, and put it into TRACKER_TOKEN."
                .to_owned()
        }
        (403, _) => format!("WordPress forbids the bot to {name} ({said}): give its user the role Editor."),
        (404, "rest_no_route" | "") => format!(
            "there is no WordPress API at tracker.url ({said}): write the site's own address, and choose \
             another form of permalinks than Plain."
        ),
        _ => format!("WordPress refuses to {name}: {said}"),
    };
    let code = if denied.code.is_empty() { answer.status.as_u16().to_string() } else { denied.code };
    TrackerError::Refused { code, sentence }
}

fn gone(error: TrackerError, issue: &Issue) -> TrackerError {
    match error {
        TrackerError::Refused { code, .. } if code == "rest_post_invalid_id" => gone_for_good(issue),
        other => other,
    }
}

fn gone_for_good(issue: &Issue) -> TrackerError {
    TrackerError::Gone {
        issue: issue.key.clone(),
        sentence: format!("{} is not in WordPress any more: it was deleted.", issue.key),
    }
}

impl IssueTracker for P2 {
    fn name(&self) -> &'static str {
        "WordPress"
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
