//! Tries, by reading alone, whether a draft could be made.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::answers::{failed, read};
use super::terms::missing_category;
use super::{Finding, STATUSES, SendError, WordPress};

/// The site, as the root of its REST API tells.
#[derive(Debug, Deserialize)]
struct Site {
    name: String,
    namespaces: Vec<String>,
}

/// The user whose password it is.
#[derive(Debug, Deserialize)]
struct Me {
    name: String,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    capabilities: BTreeMap<String, Value>,
}

pub(super) async fn check(wordpress: &WordPress) -> Vec<Finding> {
    let mut findings = vec![Finding::new("report platform", site(wordpress).await.map_err(|error| way_out(&error)))];
    if findings.iter().any(|finding| finding.found.is_err()) {
        // Every further question would have the same answer.
        return findings;
    }
    let settings = &wordpress.settings;
    let user = user(wordpress).await;
    let is_known = user.is_ok();
    findings.push(Finding::new(format!("report user {}", settings.user), user));
    if !is_known {
        return findings;
    }
    if !STATUSES.contains(&settings.status.as_str()) {
        findings.push(Finding::new(format!("report status {}", settings.status), status(wordpress).await));
    }
    for name in &settings.categories {
        let found = match wordpress.category(name).await {
            Ok(Some(_)) => Ok("is there".to_owned()),
            Ok(None) => Err(way_out(&missing_category(name))),
            Err(error) => Err(way_out(&error)),
        };
        findings.push(Finding::new(format!("report category {name}"), found));
    }
    for name in &settings.tags {
        let found = match wordpress.tag(name).await {
            Ok(Some(_)) => Ok("is there".to_owned()),
            Ok(None) => Ok("is made with the first report".to_owned()),
            Err(error) => Err(way_out(&error)),
        };
        findings.push(Finding::new(format!("report tag {name}"), found));
    }
    findings
}

async fn site(wordpress: &WordPress) -> Result<String, SendError> {
    let url = &wordpress.settings.site;
    let answer = wordpress.client.get("wp-json/").query("_fields", "name,namespaces").send().await.map_err(failed)?;
    if answer.is_success()
        && answer.json::<Site>().is_ok_and(|site| site.namespaces.iter().any(|namespace| namespace == "wp/v2"))
    {
        let site: Site = read(&answer, wordpress)?;
        return Ok(format!("WordPress “{}” at {url}", site.name));
    }
    if answer.is_success() {
        return Err(super::refused("not_wordpress", format!("{url} is not WordPress's REST API; check report.url.")));
    }
    read::<Site>(&answer, wordpress).map(|site| site.name)
}

async fn user(wordpress: &WordPress) -> Result<String, String> {
    let request = wordpress.client.get("wp-json/wp/v2/users/me").query("context", "edit");
    let answer = request.query("_fields", "name,roles,capabilities").send().await;
    let me: Me = answer.map_err(failed).and_then(|answer| read(&answer, wordpress)).map_err(|error| way_out(&error))?;
    let may = |capability: &str| me.capabilities.get(capability).is_some_and(|value| *value == Value::Bool(true));
    let roles = me.roles.join(", ");
    if !may("edit_posts") {
        return Err(format!(
            "{} ({roles}) may not write posts: the capability edit_posts is missing. Give that user the role Author.",
            me.name
        ));
    }
    let status = &wordpress.settings.status;
    if !matches!(status.as_str(), "draft" | "pending") && !may("publish_posts") {
        return Err(format!(
            "{} ({roles}) may not give posts the status {status}: the capability publish_posts is missing. Give that user the role Author, or use “draft” as report.status.",
            me.name
        ));
    }
    Ok(format!("{} ({roles}) may write posts", me.name))
}

async fn status(wordpress: &WordPress) -> Result<String, String> {
    let request = wordpress.client.get("wp-json/wp/v2/statuses").query("context", "edit");
    let answer = request.send().await.map_err(failed);
    let known: BTreeMap<String, Value> =
        answer.and_then(|answer| read(&answer, wordpress)).map_err(|error| way_out(&error))?;
    if known.contains_key(&wordpress.settings.status) {
        return Ok("is there".to_owned());
    }
    let names: Vec<&str> = known.keys().map(String::as_str).collect();
    Err(format!("the site has no such status; it has {}. Correct report.status.", names.join(", ")))
}

fn way_out(error: &SendError) -> String {
    match error {
        SendError::Refused { sentence, .. } => sentence.clone(),
        SendError::Throttled { .. } => "the site asks to wait. Try again in a minute.".to_owned(),
        SendError::Unknown { why, .. } | SendError::Transient { why, .. } => {
            format!("the site gives no answer ({why}). Check report.url and the way to it, then try again.")
        }
    }
}
