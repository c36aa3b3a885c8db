//! Whether the bot may do in WordPress what it needs.

use serde_json::Value;

use super::{Finding, P2, success};
use crate::boundary::issue_tracker::TrackerError;
use crate::boundary::issue_tracker::failure::Call;

/// What the bot's user must be able to do, by WordPress's names of capabilities.
const CAPABILITIES: [&str; 3] = ["edit_posts", "publish_posts", "edit_published_posts"];

impl P2 {
    pub(super) async fn checked(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut tell = |what: &str, found: Result<String, String>| {
            findings.push(Finding { what: format!("WordPress, {what}"), found });
        };
        let wrong = |error: TrackerError| error.as_finding("WordPress");
        let call = Call::reading("ask");
        match success(call, self.site.client().get("").send().await) {
            Ok(answer) => {
                let index: Value = answer.json().unwrap_or_default();
                let speaks = index
                    .get("namespaces")
                    .and_then(Value::as_array)
                    .is_some_and(|names| names.iter().any(|name| name == "wp/v2"));
                let name = index.get("name").and_then(Value::as_str).unwrap_or_default();
                tell(
                    "site",
                    match speaks {
                        true => Ok(format!("{name} ({})", self.settings.site)),
                        false => Err(format!(
                            "{} is no WordPress site with a REST API. Write the site's own address into tracker.url.",
                            self.settings.site
                        )),
                    },
                );
                if !speaks {
                    return findings;
                }
            }
            Err(error) => {
                tell("site", Err(wrong(error)));
                return findings;
            }
        }
        let me = match self.me().await {
            Ok(me) => me,
            Err(error) => {
                tell("user", Err(wrong(error)));
                return findings;
            }
        };
        let has = |capability: &str| me.capabilities.get(capability).copied().unwrap_or(false);
        let mut needed = CAPABILITIES.to_vec();
        if self.settings.visibility == "private" {
            needed.extend(["edit_private_posts", "read_private_posts"]);
        }
        let lacking: Vec<&str> = needed.into_iter().filter(|capability| !has(capability)).collect();
        let found = match lacking.is_empty() {
            true => Ok(format!("{}, may write posts", me.name)),
            false => Err(format!("{} lacks {}. Give that user the role Editor.", me.name, lacking.join(", "))),
        };
        tell("user", found);
        tell(
            "tags",
            match has("manage_categories") {
                true => Ok("may be made".to_owned()),
                false => Err(format!(
                    "{} may not make tags (manage_categories), so those that are missing are left out. Give that user the \
                     role Editor.",
                    me.name
                )),
            },
        );
        findings
    }
}
