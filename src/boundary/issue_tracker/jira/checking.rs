//! Whether the bot may do in Jira what it needs.

use super::{Finding, Jira};
use crate::boundary::issue_tracker::TrackerError;

/// What the bot needs in the project, by the keys of Jira's permissions.
const PERMISSIONS: [&str; 7] = [
    "ADD_COMMENTS",
    "ASSIGN_ISSUES",
    "BROWSE_PROJECTS",
    "CREATE_ISSUES",
    "EDIT_ISSUES",
    "LINK_ISSUES",
    "TRANSITION_ISSUES",
];

impl Jira {
    pub(super) async fn checked(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut tell = |what: &str, found: Result<String, String>| {
            findings.push(Finding { what: format!("Jira, {what}"), found });
        };
        let wrong = |error: TrackerError| error.as_finding("Jira");
        let settings = &self.settings;
        match self.api.myself().await {
            Ok(user) => tell("account", Ok(user.name)),
            Err(error) => {
                tell("account", Err(wrong(error)));
                return findings;
            }
        }
        let project = match self.api.project().await {
            Ok(project) => project,
            Err(TrackerError::Refused { code, .. }) if code == "404" => {
                let key = &settings.project;
                tell(
                    "project",
                    Err(format!(
                        "there is no project {key}, or the bot may not see it. Write the project's key into \
                         tracker.project, and give the bot's account the permission Browse Projects there."
                    )),
                );
                return findings;
            }
            Err(error) => {
                tell("project", Err(wrong(error)));
                return findings;
            }
        };
        tell("project", Ok(format!("{} ({})", project.key, project.name)));
        let has = |names: &[String], name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        let types: Vec<String> = project.types.into_iter().map(|kind| kind.name).collect();
        for (key, kind) in [("issue_type", &settings.issue_type), ("item_type", &settings.item_type)] {
            if !has(&types, kind) {
                let known = types.join(", ");
                tell("issue types", Err(format!("there is no type {kind}. Set tracker.{key} to one of: {known}.")));
            }
        }
        match self.api.lacking(&PERMISSIONS).await {
            Ok(lacking) if lacking.is_empty() => tell("permissions", Ok("all that the bot needs".to_owned())),
            Ok(lacking) => {
                let names = lacking.join(", ");
                tell(
                    "permissions",
                    Err(format!(
                        "the bot's account lacks {names} in {}. Add it under Project settings, People, to a role that \
                         has them, or grant them in the project's permission scheme.",
                        settings.project
                    )),
                );
            }
            Err(error) => tell("permissions", Err(wrong(error))),
        }
        match self.api.statuses(&settings.issue_type).await {
            // A type that is not there is told above.
            Ok(known) if known.is_empty() => {}
            Ok(known) => {
                for (phase, status) in settings.statuses.iter().filter(|(_, status)| !has(&known, status)) {
                    tell(
                        "statuses",
                        Err(format!(
                            "issues of type {} have no status {status}. Set tracker.status.{} to one of: {}.",
                            settings.issue_type,
                            phase.word(),
                            known.join(", ")
                        )),
                    );
                }
            }
            Err(error) => tell("statuses", Err(wrong(error))),
        }
        match self.api.priorities().await {
            Ok(known) => {
                for (level, priority) in settings.priorities.iter().filter(|(_, priority)| !has(&known, priority)) {
                    let remedy = format!(
                        "there is no priority {priority}. Set tracker.priority.{} to one of: {}.",
                        level.0,
                        known.join(", ")
                    );
                    tell("priorities", Err(remedy));
                }
            }
            Err(error) => tell("priorities", Err(wrong(error))),
        }
        match self.api.link_types().await {
            Ok(known) if !has(&known, &settings.link_type) => {
                let (kind, known) = (&settings.link_type, known.join(", "));
                tell("links", Err(format!("there is no kind {kind}. Set tracker.link_type to one of: {known}.")));
            }
            Ok(_) => {}
            Err(error) => tell("links", Err(wrong(error))),
        }
        self.check_fields(&mut tell).await;
        match self.api.components().await {
            Ok(components) => tell("components", Ok(components.len().to_string())),
            Err(error) => tell("components", Err(wrong(error))),
        }
        findings
    }

    async fn check_fields(&self, tell: &mut impl FnMut(&str, Result<String, String>)) {
        let settings = &self.settings;
        let moments = settings.moments.iter().map(|(moment, field)| {
            (format!("tracker.moments.{}", moment.word().replace(' ', "_")), field, ["datetime"].as_slice())
        });
        let people = settings
            .people
            .iter()
            .map(|(role, field)| (format!("tracker.people.{}", role.word()), field, ["user"].as_slice()));
        let wanted: Vec<_> = moments.chain(people).collect();
        if wanted.is_empty() {
            return;
        }
        let fields = match self.api.fields().await {
            Ok(fields) => fields,
            Err(error) => return tell("fields", Err(error.as_finding("Jira"))),
        };
        for (key, field, kinds) in wanted {
            match fields.get(field) {
                Some((_, kind)) if kinds.contains(&kind.as_str()) => {}
                Some((name, kind)) => {
                    let wanted = kinds.join(" or ");
                    let remedy = format!("{key} is {field} ({name}), of type {kind}. Name a field of type {wanted}.");
                    tell("fields", Err(remedy));
                }
                None => tell(
                    "fields",
                    Err(format!(
                        "{key} is {field}, which Jira does not have. Write the id of a field: customfield_10050."
                    )),
                ),
            }
        }
    }
}
