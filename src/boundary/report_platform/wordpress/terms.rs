//! Categories and tags by their names.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answers::{failed, read, refused};
use super::{SendError, WordPress};
use crate::core::templates::escaped;

/// A category or a tag.
#[derive(Clone, Debug, Deserialize)]
struct Term {
    id: u64,
    name: String,
}

const FIELDS: &str = "id,name";
/// The most that WordPress gives at once.
const PAGE: u32 = 100;
/// A name that so many others resemble is not looked for any further.
const PAGES: u32 = 20;

impl WordPress {
    /// The ids of the configured categories.
    pub(super) async fn categories(&self) -> Result<Vec<u64>, SendError> {
        let mut ids = Vec::new();
        for name in &self.settings.categories {
            ids.push(self.category(name).await?.ok_or_else(|| missing_category(name))?);
        }
        Ok(ids)
    }

    /// The ids of the configured tags; who is missing is made.
    pub(super) async fn tags(&self) -> Result<Vec<u64>, SendError> {
        let mut ids = Vec::new();
        for name in &self.settings.tags {
            ids.push(match self.tag(name).await? {
                Some(id) => id,
                None => self.make_tag(name).await?,
            });
        }
        Ok(ids)
    }

    pub(super) async fn category(&self, name: &str) -> Result<Option<u64>, SendError> {
        self.term("categories", name).await
    }

    pub(super) async fn tag(&self, name: &str) -> Result<Option<u64>, SendError> {
        self.term("tags", name).await
    }

    /// The id of the term of exactly that name, letters' case aside.
    async fn term(&self, kind: &str, name: &str) -> Result<Option<u64>, SendError> {
        for page in 1..=PAGES {
            let request = self.client.get(&format!("wp-json/wp/v2/{kind}"));
            let request = request.query("search", name).query("_fields", FIELDS);
            let answer = request.query("per_page", PAGE).query("page", page).send().await.map_err(failed)?;
            let terms: Vec<Term> = read(&answer, self)?;
            if let Some(term) = terms.iter().find(|term| is_called(term, name)) {
                return Ok(Some(term.id));
            }
            let pages = answer.header("x-wp-totalpages").and_then(|pages| pages.parse().ok()).unwrap_or(1);
            if page >= pages {
                break;
            }
        }
        Ok(None)
    }

    async fn make_tag(&self, name: &str) -> Result<u64, SendError> {
        let request = self.client.post("wp-json/wp/v2/tags").query("_fields", FIELDS).json(&json!({ "name": name }));
        let answer = request.send().await.map_err(failed)?;
        // Another copy was faster, or the name differs in accents only.
        if answer.status == StatusCode::BAD_REQUEST
            && let Ok(body) = answer.json::<Value>()
            && body.get("code").and_then(Value::as_str) == Some("term_exists")
            && let Some(id) = body.pointer("/data/term_id").and_then(Value::as_u64)
        {
            return Ok(id);
        }
        let term: Term = read(&answer, self)?;
        Ok(term.id)
    }
}

/// WordPress keeps names encoded.
fn is_called(term: &Term, name: &str) -> bool {
    let known = term.name.to_lowercase().replace("&#039;", "&#39;");
    known == name.to_lowercase() || known == escaped(name).to_lowercase()
}

/// The way out when a category is not there.
pub(super) fn missing_category(name: &str) -> SendError {
    refused(
        "no_category",
        format!("the site has no category {name}; make it there, or take it out of report.categories."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_as_wordpress_keeps_them() {
        let term = |name: &str| Term { id: 1, name: name.to_owned() };
        assert!(is_called(&term("Research &amp; Development"), "research & development"));
        assert!(is_called(&term("What&#039;s up"), "What's up"));
        assert!(is_called(&term("Incidents"), "incidents"));
        assert!(!is_called(&term("Incidents of old"), "incidents"));
    }
}
