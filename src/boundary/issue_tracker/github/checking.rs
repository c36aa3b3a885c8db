//! Whether the bot may do in GitHub what it needs.

use super::auth::Auth;
use super::{Finding, GitHub};
use crate::boundary::issue_tracker::TrackerError;

impl GitHub {
    pub(super) async fn checked(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut tell = |what: &str, found: Result<String, String>| {
            findings.push(Finding { what: format!("GitHub, {what}"), found });
        };
        let wrong = |error: TrackerError| error.as_finding("GitHub");
        if let Auth::App { .. } = self.settings.auth {
            let app = match self.api.installation().await {
                Ok(Some(app)) => app,
                Ok(None) => return findings,
                Err(error) => {
                    tell("app", Err(wrong(error)));
                    return findings;
                }
            };
            let name = app.app_slug.unwrap_or_else(|| app.id.to_string());
            let found = match app.permissions.get("issues").map(String::as_str) {
                Some("write") => Ok(format!("{name}, may read and write issues")),
                _ => Err(format!(
                    "{name} lacks the repository permission Issues, Read and write. Grant it under Permissions & events \
                     in the app's settings, then accept it where the app is installed."
                )),
            };
            tell("app", found);
        }
        let repository = match self.api.repository().await {
            Ok(repository) => repository,
            Err(error) => {
                tell("repository", Err(wrong(error)));
                return findings;
            }
        };
        let name = &repository.full_name;
        let found = match (repository.archived, repository.has_issues) {
            (true, _) => Err(format!("{name} is archived. Unarchive it, or name another in tracker.repository.")),
            (false, false) => Err(format!("{name} has no issues. Turn Issues on in the repository's settings.")),
            (false, true) => Ok(name.clone()),
        };
        let is_well = found.is_ok();
        tell("repository", found);
        if is_well && matches!(self.settings.auth, Auth::Token(_)) {
            let found = self.api.may_write().await;
            tell("token", found.map(|()| "may read and write issues".to_owned()).map_err(wrong));
        }
        match self.api.labels().await {
            Ok(labels) => {
                let prefix = self.settings.component_prefix.as_str();
                let components = labels.iter().filter(|label| label.starts_with(prefix)).count();
                tell("labels", Ok(format!("{}, {components} of them for components", labels.len())));
            }
            Err(error) => tell("labels", Err(wrong(error))),
        }
        findings
    }
}
