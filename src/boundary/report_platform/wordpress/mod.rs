//! Reports as posts of a WordPress site, over its REST API (`wp/v2`) with an application password.
//!
//! A post is found again by its slug and by a mark in its content, an HTML comment that readers do not see; once it is
//! known, by its id. A post that was saved since the bot wrote it is left alone.

mod answers;
mod checking;
mod terms;

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Finding, Outcome, Paper, Pending, ReportPlatform, SendError};
use crate::boundary::http::{Address, Client, Credentials, Limits, Secret};
use crate::core::report::{Draft, Drafted};
use crate::core::templates::escaped;
use answers::{failed, read, refused};

/// Where the posts go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordPressSettings {
    /// The site, without `/wp-json`.
    pub site: Address,
    /// The user that writes them.
    pub user: String,
    /// That user's application password.
    pub password: Secret,
    /// The status that they are made with: `draft`, or one that a plugin adds.
    pub status: String,
    /// The names of the categories that they are put into. They must be there.
    pub categories: Vec<String>,
    /// The names of their tags. Those that are not there are made.
    pub tags: Vec<String>,
}

/// A site.
pub struct WordPress {
    client: Client,
    settings: WordPressSettings,
}

/// A post, as far as it matters here.
#[derive(Clone, Debug, Deserialize)]
struct Post {
    id: u64,
    status: String,
    link: String,
    /// When it was last saved, in whole seconds.
    modified_gmt: String,
    content: Content,
}

#[derive(Clone, Debug, Deserialize)]
struct Content {
    /// Only told to whoever may edit the post.
    raw: Option<String>,
}

/// The fields of a post that are asked for.
const FIELDS: &str = "id,status,link,modified_gmt,content";
/// WordPress makes a slug that is taken unique with a number behind it; so many of these are looked at.
const NUMBERED: u32 = 10;
/// The statuses in which a report may stand; a site has more only when plugins add them.
const STATUSES: [&str; 5] = ["draft", "pending", "private", "future", "publish"];

impl WordPress {
    /// Makes ready to call; nothing is sent yet.
    pub fn new(settings: WordPressSettings) -> Self {
        let credentials = Credentials::Basic { user: settings.user.clone(), password: settings.password.clone() };
        Self { client: Client::new(settings.site.clone(), credentials), settings }
    }

    /// With other limits of a call than the client's own.
    #[must_use]
    pub fn limited(self, limits: Limits) -> Self {
        Self { client: self.client.limited(limits), ..self }
    }

    async fn draft(&self, paper: &Paper, known: Option<&Draft>) -> Result<Outcome, SendError> {
        if let Some(known) = known {
            match self.post(&known.reference).await {
                Ok(Some(post)) => return self.bring_up_to_date(&post, paper, known).await,
                Ok(None) => {}
                // It stands, and is in other hands: somebody published it, and the user may write drafts only.
                Err(SendError::Refused { code, .. }) if code == "rest_forbidden_context" => {
                    return Ok(Outcome { draft: known.clone(), done: Drafted::Kept });
                }
                Err(error) => return Err(error),
            }
        }
        if let Some(post) = self.find(paper).await? {
            // It was made, and that was never recorded: who knows what people did to it since.
            return Ok(Outcome { draft: draft_of(&post, ""), done: Drafted::Made });
        }
        let categories = self.categories().await?;
        let tags = self.tags().await?;
        let body = json!({
            "title": escaped(&paper.title),
            "content": content(paper),
            "slug": paper.slug,
            "status": self.settings.status,
            "categories": categories,
            "tags": tags,
        });
        let answer = self.client.post("wp-json/wp/v2/posts").query("_fields", FIELDS).query("context", "edit");
        let answer = answer.json(&body).send().await.map_err(failed)?;
        let post: Post = read(&answer, self)?;
        Ok(Outcome { draft: draft_of(&post, &post.modified_gmt), done: Drafted::Made })
    }

    /// The post of that id; `None` when it is gone, or lies in the trash.
    async fn post(&self, id: &str) -> Result<Option<Post>, SendError> {
        let Ok(id) = id.parse::<u64>() else { return Ok(None) };
        let request = self.client.get(&format!("wp-json/wp/v2/posts/{id}"));
        let answer = request.query("context", "edit").query("_fields", FIELDS).send().await.map_err(failed)?;
        if answer.status == StatusCode::NOT_FOUND && answers::code(&answer).as_deref() == Some("rest_post_invalid_id") {
            return Ok(None);
        }
        let post: Post = read(&answer, self)?;
        Ok(Some(post).filter(|post| post.status != "trash"))
    }

    /// The post that an earlier attempt made.
    async fn find(&self, paper: &Paper) -> Result<Option<Post>, SendError> {
        let slugs: Vec<String> = std::iter::once(paper.slug.clone())
            .chain((2..=NUMBERED).map(|number| format!("{}-{number}", paper.slug)))
            .collect();
        let mut statuses = STATUSES.to_vec();
        if !statuses.contains(&self.settings.status.as_str()) {
            statuses.push(&self.settings.status);
        }
        let request = self.client.get("wp-json/wp/v2/posts");
        let request = request.query("slug", slugs.join(",")).query("status", statuses.join(","));
        let request = request.query("context", "edit").query("_fields", FIELDS).query("per_page", 100);
        let answer = request.send().await.map_err(failed)?;
        let posts: Vec<Post> = read(&answer, self)?;
        let mark = mark(paper);
        let is_ours = |post: &Post| post.content.raw.as_ref().is_some_and(|raw| raw.contains(&mark));
        Ok(posts.into_iter().filter(is_ours).min_by_key(|post| post.id))
    }

    async fn bring_up_to_date(&self, post: &Post, paper: &Paper, known: &Draft) -> Result<Outcome, SendError> {
        let kept = Outcome { draft: draft_of(post, &known.stamp), done: Drafted::Kept };
        if known.stamp != post.modified_gmt {
            return Ok(kept);
        }
        let body = json!({ "title": escaped(&paper.title), "content": content(paper) });
        let request = self.client.post(&format!("wp-json/wp/v2/posts/{}", post.id));
        let request = request.query("context", "edit").query("_fields", FIELDS).json(&body);
        let answer = request.send().await.map_err(failed)?;
        // Whoever may write drafts need not be allowed to change what is published.
        if answer.status == StatusCode::FORBIDDEN && answers::code(&answer).as_deref() == Some("rest_cannot_edit") {
            return Ok(kept);
        }
        let post: Post = read(&answer, self)?;
        Ok(Outcome { draft: draft_of(&post, &post.modified_gmt), done: Drafted::Refreshed })
    }
}

impl ReportPlatform for WordPress {
    fn name(&self) -> &'static str {
        "WordPress"
    }

    fn draft<'a>(&'a self, paper: &'a Paper, known: Option<&'a Draft>) -> Pending<'a, Result<Outcome, SendError>> {
        Box::pin(self.draft(paper, known))
    }

    fn check(&self) -> Pending<'_, Vec<Finding>> {
        Box::pin(checking::check(self))
    }
}

fn draft_of(post: &Post, stamp: &str) -> Draft {
    Draft { link: post.link.clone(), reference: post.id.to_string(), stamp: stamp.to_owned() }
}

fn content(paper: &Paper) -> String {
    format!("{}\n{}\n", paper.html.trim_end(), mark(paper))
}

/// What tells a post of ours from one of the same slug. The slug has no two dashes in a row, so it cannot end the comment.
fn mark(paper: &Paper) -> String {
    format!("<!-- breaking-bot {} -->", paper.slug)
}

/// The named field of an answer's JSON.
fn field<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str()
}
