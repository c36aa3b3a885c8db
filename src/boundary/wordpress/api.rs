//! The calls of WordPress's REST API that the bot makes ("REST API Handbook" on developer.wordpress.org).

use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::boundary::http::{Address, Answer, Client, Credentials, HttpError, Limits, Secret, encoded};

/// The most that WordPress puts on a page.
const PAGE: usize = 100;
/// So many pages are read at most.
const PAGES: usize = 100;

/// A post, as somebody sees it who may edit it.
#[derive(Clone, Debug, Deserialize)]
pub struct Post {
    /// Its id.
    pub id: u64,
    /// Its page.
    pub link: String,
    /// Its title.
    pub title: Text,
    /// Its text.
    pub content: Text,
    /// The ids of its tags.
    #[serde(default)]
    pub tags: Vec<u64>,
}

/// A text in the notation in which it is stored.
#[derive(Clone, Debug, Deserialize)]
pub struct Text {
    /// The text.
    pub raw: String,
}

/// A tag or category.
#[derive(Clone, Debug, Deserialize)]
pub struct Term {
    /// Its id.
    pub id: u64,
    /// Its name, with HTML's `&amp;`.
    pub name: String,
}

/// What WordPress says with a refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Denied {
    /// Its word for it: `rest_cannot_create`.
    pub code: String,
    /// Its words for people.
    pub message: String,
}

impl Denied {
    /// What an answer that is no success says.
    pub fn of(answer: &Answer) -> Self {
        answer
            .json()
            .unwrap_or_else(|_| Self { code: String::new(), message: format!("HTTP status {}", answer.status) })
    }
}

/// A site.
#[derive(Debug)]
pub struct Site {
    client: Client,
}

impl Site {
    /// Makes ready to call the API of a site, that is, what is below its `/wp-json`.
    pub fn new(site: &Address, user: String, password: Secret, limits: Limits) -> Self {
        let credentials = Credentials::Basic { user, password };
        Self { client: Client::new(site.below("wp-json"), credentials).limited(limits) }
    }

    /// The client, for calls of one's own.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Reads something as somebody who may edit it: `posts/12`.
    pub async fn read(&self, path: &str) -> Result<Answer, HttpError> {
        self.client.get(&format!("wp/v2/{path}")).query("context", "edit").send().await
    }

    /// Makes or changes something: `posts`, `posts/12`.
    pub async fn write(&self, path: &str, body: &impl Serialize) -> Result<Answer, HttpError> {
        self.client.post(&format!("wp/v2/{path}")).query("context", "edit").json(body).send().await
    }

    /// The post with a slug, in whatever status but the bin.
    pub async fn with_slug(&self, slug: &str) -> Result<Answer, HttpError> {
        let request = self.client.get("wp/v2/posts").query("slug", slug).query("status", "any");
        request.query("context", "edit").send().await
    }

    /// The entries of a list, page by page, each page to `each` until that says that it is enough. The answer is the
    /// first that is no success, or the last.
    pub async fn pages<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, String)],
        mut each: impl FnMut(Vec<T>) -> bool,
    ) -> Result<Answer, HttpError> {
        let mut page = 1;
        loop {
            let mut request = self.client.get(&format!("wp/v2/{path}"));
            for (name, value) in query {
                request = request.query(name, value);
            }
            let answer = request.query("per_page", PAGE).query("page", page).send().await?;
            if answer.status != StatusCode::OK {
                return Ok(answer);
            }
            let pages = answer.header("x-wp-totalpages").and_then(|pages| pages.parse().ok()).unwrap_or(1);
            let entries = answer.json().map_err(|error| HttpError::Lost(error.to_string()))?;
            if each(entries) || page >= pages || page >= PAGES {
                return Ok(answer);
            }
            page += 1;
        }
    }

    /// The path of a post.
    pub fn post_path(id: &str) -> String {
        format!("posts/{}", encoded(id))
    }
}
