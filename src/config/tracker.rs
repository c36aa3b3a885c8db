//! `[tracker]`: the issue tracker, if there is one. Its secrets are variables of the environment.

use std::collections::{BTreeMap, BTreeSet};

use super::environment::Environment;
use super::problem::Problem;
use super::reader::{Section, Wrong, nearest};
use super::seconds;
use crate::boundary::http::{Address, AddressError, Limits, Secret};
use crate::boundary::issue_tracker::{Configured, Phase, github, jira, p2};
use crate::core::ids::Level;
use crate::core::incident::Role;
use crate::core::moments::Moment;

/// The secret that all trackers have: an API token, or WordPress's application password.
pub(super) const TOKEN: &str = "TRACKER_TOKEN";
/// The private key of a GitHub app, in the place of a token.
pub(super) const PRIVATE_KEY: &str = "TRACKER_PRIVATE_KEY";

/// What a name is that takes a default away.
const NONE: &str = "none";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Jira,
    GitHub,
    P2,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Jira, Self::GitHub, Self::P2];

    fn word(self) -> &'static str {
        match self {
            Self::Jira => "jira",
            Self::GitHub => "github",
            Self::P2 => "p2",
        }
    }

    /// The keys that mean something for this kind and not for every one.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Jira => &["url", "user", "project", "issue_type", "item_type", "link_type", "moments", "people"],
            Self::GitHub => {
                &["url", "repository", "app_id", "action_items", "assignee", "component_prefix", "accounts"]
            }
            Self::P2 => &["url", "user", "visibility", "item_label", "component_prefix"],
        }
    }
}

/// What stands in the section, before it is known to make sense together.
struct Written {
    kind: Option<Kind>,
    url: Option<Address>,
    user: Option<String>,
    project: Option<String>,
    issue_type: String,
    item_type: String,
    link_type: String,
    repository: Option<(String, String)>,
    app_id: Option<String>,
    items: github::Items,
    assignee: Option<Role>,
    visibility: String,
    label: String,
    item_label: String,
    component_prefix: String,
    priorities: BTreeMap<Level, String>,
    statuses: BTreeMap<Phase, String>,
    moments: BTreeMap<Moment, String>,
    people: BTreeMap<Role, String>,
    accounts: BTreeMap<String, String>,
    limits: Limits,
}

/// What the file tells of the tracker; the secrets are still to come.
pub(super) struct Tracker(Option<Written>);

pub(super) fn read(root: &Section<'_>) -> Tracker {
    root.section("tracker", |section| {
        let kind = section.parse("kind", kind);
        let written = written(section, kind);
        if section.is_absent() {
            return Tracker(None);
        }
        if !section.has("kind") {
            section.complain("kind", "is missing", "Write kind = \"jira\", \"github\" or \"p2\".");
        }
        if let Some(kind) = kind {
            complain_of_others(section, kind);
            complain_of_missing(section, kind);
        }
        Tracker(Some(written))
    })
}

fn written(section: &Section<'_>, kind: Option<Kind>) -> Written {
    let text = |key: &str, default: &str| section.text(key).unwrap_or_else(|| default.to_owned());
    Written {
        kind,
        url: section.parse("url", address),
        user: section.text("user"),
        project: section.text("project"),
        issue_type: text("issue_type", "Task"),
        item_type: text("item_type", "Sub-task"),
        link_type: text("link_type", "Relates"),
        repository: section.parse("repository", repository),
        app_id: section.text("app_id"),
        items: section.parse("action_items", items).unwrap_or(github::Items::SubIssues),
        assignee: section.parse("assignee", assignee).unwrap_or(Some(Role::Point)),
        visibility: section.parse("visibility", visibility).unwrap_or_else(|| "publish".to_owned()),
        label: section.parse("label", label).unwrap_or_else(|| "incident".to_owned()),
        item_label: text("item_label", "action item"),
        component_prefix: section
            .parse("component_prefix", |text| Ok(text.to_owned()))
            .unwrap_or_else(|| "component: ".to_owned()),
        priorities: section.section("priority", |section| priorities(section, kind)),
        statuses: section.section("status", |section| statuses(section, kind)),
        moments: section.section("moments", |section| {
            let field = |moment: Moment| Some((moment, section.parse(&key_of(moment.word()), field)?));
            Moment::ALL.into_iter().filter_map(field).collect()
        }),
        people: people(section),
        accounts: section.section("accounts", |section| {
            let names = section.names();
            names.into_iter().filter_map(|name| Some((name.to_lowercase(), section.text(&name)?))).collect()
        }),
        limits: Limits { timeout: seconds(section, "timeout", 15, 1..=60), ..Limits::default() },
    }
}

/// Keys that belong to another kind.
fn complain_of_others(section: &Section<'_>, kind: Kind) {
    let others: BTreeSet<&str> = Kind::ALL.into_iter().flat_map(Kind::keys).copied().collect();
    for key in others.into_iter().filter(|key| section.has(key) && !kind.keys().contains(key)) {
        let kinds: Vec<&str> =
            Kind::ALL.into_iter().filter(|kind| kind.keys().contains(&key)).map(Kind::word).collect();
        let what = format!("means nothing to {}, only to {}", kind.word(), kinds.join(" and "));
        section.complain(key, what, "Take it out, or set tracker.kind.");
    }
}

fn complain_of_missing(section: &Section<'_>, kind: Kind) {
    let needed: &[(&str, &str)] = match kind {
        Kind::Jira => &[
            ("url", "Write the site's address: url = \"https://example.atlassian.net\"."),
            ("user", "Write the mail address of the bot's account in Jira."),
            ("project", "Write the project's key: project = \"OPS\"."),
        ],
        Kind::GitHub => &[("repository", "Write owner and name: repository = \"example/incidents\".")],
        Kind::P2 => &[
            ("url", "Write the site's address: url = \"https://p2.example.com\"."),
            ("user", "Write the login name of the bot's user in WordPress."),
        ],
    };
    for (key, remedy) in needed.iter().filter(|(key, _)| !section.has(key)) {
        section.complain(key, "is missing", *remedy);
    }
}

impl Tracker {
    /// The tracker with its secrets; `None` when there is none, or when something is wrong, which is then told.
    pub(super) fn with_secrets(self, environment: &Environment, problems: &mut Vec<Problem>) -> Option<Configured> {
        let written = self.0?;
        let kind = written.kind?;
        let token = environment.secret(TOKEN);
        let key = environment.secret(PRIVATE_KEY);
        match kind {
            Kind::Jira => {
                let token = needed(
                    environment,
                    token,
                    kind,
                    "Make an API token in the settings of the bot's Atlassian account",
                    problems,
                );
                Some(Configured::Jira(jira::Settings {
                    site: written.url?,
                    user: written.user?,
                    token: token?,
                    project: written.project?,
                    issue_type: written.issue_type,
                    item_type: written.item_type,
                    link_type: written.link_type,
                    label: written.label,
                    priorities: written.priorities,
                    statuses: written.statuses,
                    moments: written.moments,
                    people: written.people,
                    limits: written.limits,
                    search_lag: jira::SEARCH_LAG,
                }))
            }
            Kind::GitHub => {
                let auth = github_auth(environment, written.app_id, token, key, problems);
                let (owner, repository) = written.repository?;
                Some(Configured::GitHub(github::Settings {
                    // The constant is an address.
                    api: written.url.or_else(|| Address::parse(github::GITHUB).ok())?,
                    owner,
                    repository,
                    auth: auth?,
                    label: written.label,
                    priorities: written.priorities,
                    statuses: written.statuses,
                    component_prefix: written.component_prefix,
                    accounts: written.accounts,
                    assignee: written.assignee,
                    items: written.items,
                    limits: written.limits,
                }))
            }
            Kind::P2 => {
                let password = needed(
                    environment,
                    token,
                    kind,
                    "Make an application password in the profile of the bot's user",
                    problems,
                );
                Some(Configured::P2(p2::Settings {
                    site: written.url?,
                    user: written.user?,
                    password: password?,
                    visibility: written.visibility,
                    label: written.label,
                    priorities: written.priorities,
                    statuses: written.statuses,
                    component_prefix: written.component_prefix,
                    item_label: written.item_label,
                    limits: written.limits,
                }))
            }
        }
    }
}

fn needed(
    environment: &Environment,
    token: Option<Secret>,
    kind: Kind,
    how: &str,
    problems: &mut Vec<Problem>,
) -> Option<Secret> {
    if token.is_none() {
        let what = format!("is not set, but tracker.kind is \"{}\"", kind.word());
        problems.push(environment.wrong(TOKEN, what, format!("{how}, and put it into .env.")));
    }
    token
}

fn github_auth(
    environment: &Environment,
    app: Option<String>,
    token: Option<Secret>,
    key: Option<Secret>,
    problems: &mut Vec<Problem>,
) -> Option<github::Auth> {
    let mut wrong = |name: &str, what: &str, remedy: &str| {
        problems.push(environment.wrong(name, what, remedy));
        None
    };
    match (app, token, key) {
        (None, Some(token), None) => Some(github::Auth::Token(token)),
        (Some(id), None, Some(key)) => match github::AppKey::new(key.expose()) {
            Ok(key) => Some(github::Auth::App { id, key }),
            Err(_) => wrong(
                PRIVATE_KEY,
                "is no RSA private key in PEM",
                "Put the whole file that GitHub gave into it, in single quotes or with \\n for its line breaks.",
            ),
        },
        (None, None, None) => wrong(
            TOKEN,
            "is not set, but tracker.kind is \"github\"",
            "Make a fine-grained token with the repository permission Issues, Read and write, or set tracker.app_id and \
             TRACKER_PRIVATE_KEY for an app.",
        ),
        (Some(_), _, None) => wrong(
            PRIVATE_KEY,
            "is not set, but tracker.app_id is",
            "Generate a private key in the app's settings, and put it into .env.",
        ),
        (None, _, Some(_)) => {
            wrong(PRIVATE_KEY, "is set, but tracker.app_id is not", "Set tracker.app_id, or take the key out.")
        }
        (Some(_), Some(_), Some(_)) => wrong(
            TOKEN,
            "is set, and so is TRACKER_PRIVATE_KEY",
            "Leave one of them: the bot is an app, or it has a token.",
        ),
    }
}

fn one_of<T>(text: &str, known: &[(&str, T)]) -> Result<T, Wrong>
where
    T: Clone,
{
    let word = text.trim();
    if let Some((_, value)) = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)) {
        return Ok(value.clone());
    }
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let remedy = match nearest(word, names.iter().copied()) {
        Some(near) => format!("Did you mean \"{near}\"?"),
        None => format!("Write one of \"{}\".", names.join("\", \"")),
    };
    Err((format!("is {text:?}"), remedy))
}

fn kind(text: &str) -> Result<Kind, Wrong> {
    one_of(text, &Kind::ALL.map(|kind| (kind.word(), kind)))
}

fn items(text: &str) -> Result<github::Items, Wrong> {
    one_of(text, &[("sub-issues", github::Items::SubIssues), ("task-list", github::Items::TaskList)])
}

fn visibility(text: &str) -> Result<String, Wrong> {
    one_of(text, &["publish", "private"].map(|word| (word, word.to_owned())))
}

fn assignee(text: &str) -> Result<Option<Role>, Wrong> {
    let mut known = Role::ALL.map(|role| (role.word(), Some(role))).to_vec();
    known.push((NONE, None));
    one_of(text, &known)
}

fn address(text: &str) -> Result<Address, Wrong> {
    // People copy WordPress's address with the path of its API.
    let base = text.trim().trim_end_matches('/');
    Address::parse(base.strip_suffix("/wp-json").unwrap_or(base)).map_err(|error| match error {
        AddressError::NotAnAddress => {
            (format!("is {text:?}"), "Write an address that begins with https://.".to_owned())
        }
        AddressError::HoldsCredentials => {
            (error.to_string(), format!("Take them out, and put the password into {TOKEN}."))
        }
        AddressError::PlainHttp(_) => (error.to_string(), "Use https.".to_owned()),
    })
}

fn repository(text: &str) -> Result<(String, String), Wrong> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            && !name.starts_with('.')
    };
    match text.trim().split_once('/') {
        Some((owner, name)) if is_name(owner) && is_name(name) => Ok((owner.to_owned(), name.to_owned())),
        _ => Err((format!("is {text:?}"), "Write owner and name: \"example/incidents\".".to_owned())),
    }
}

/// A label that every tracker takes: Jira's have no blanks.
fn label(text: &str) -> Result<String, Wrong> {
    let label = text.trim();
    let is_fine =
        !label.is_empty() && label.len() <= 40 && label.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
    if is_fine {
        return Ok(label.to_owned());
    }
    Err((format!("is {text:?}"), "Write one word of letters, digits, -, _ and dots, at most 40 of them.".to_owned()))
}

fn field(text: &str) -> Result<String, Wrong> {
    let field = text.trim();
    let number =
        field.strip_prefix("customfield_").is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()));
    if number || field == "assignee" {
        return Ok(field.to_owned());
    }
    Err((format!("is {text:?}"), "Write the field's id: \"customfield_10050\".".to_owned()))
}

fn key_of(word: &str) -> String {
    word.replace([' ', '-'], "_")
}

/// A name, or `None` for `"none"`.
fn name_or_none(text: &str) -> Result<Option<String>, Wrong> {
    match text.trim() {
        "" => Err(("is empty".to_owned(), format!("Write a name, or \"{NONE}\"."))),
        NONE => Ok(None),
        name => Ok(Some(name.to_owned())),
    }
}

fn priorities(section: &Section<'_>, kind: Option<Kind>) -> BTreeMap<Level, String> {
    let named = ["Highest", "High", "Medium", "Low", "Lowest"];
    let mut priorities = BTreeMap::new();
    for level in 1..=9_u8 {
        let default = match kind {
            Some(Kind::Jira) => named.get(usize::from(level) - 1).map(|name| (*name).to_owned()),
            _ => Some(format!("P{level}")),
        };
        let name = section.parse(&level.to_string(), name_or_none).unwrap_or(default);
        priorities.extend(name.map(|name| (Level(level), name)));
    }
    priorities
}

fn statuses(section: &Section<'_>, kind: Option<Kind>) -> BTreeMap<Phase, String> {
    let default = |phase: Phase| match (kind, phase) {
        // What a new project of Jira's has. The issue begins where the workflow begins.
        (Some(Kind::Jira), Phase::Started) => None,
        (Some(Kind::Jira), Phase::Completed | Phase::Canceled) => Some("Done".to_owned()),
        (Some(Kind::Jira), _) => Some("In Progress".to_owned()),
        _ => Some(phase.word().replace('_', " ")),
    };
    let status = |phase: Phase| {
        let name = section.parse(phase.word(), name_or_none).unwrap_or_else(|| default(phase))?;
        Some((phase, name))
    };
    Phase::ALL.into_iter().filter_map(status).collect()
}

/// The fields of people; the assignee is point unless something else is written.
fn people(section: &Section<'_>) -> BTreeMap<Role, String> {
    section.section("people", |section| {
        let written = Role::ALL.into_iter().filter_map(|role| {
            Some((
                role,
                section
                    .parse(role.word(), |text| if text.trim() == NONE { Ok(None) } else { field(text).map(Some) })?,
            ))
        });
        let written: BTreeMap<Role, Option<String>> = written.collect();
        let is_taken = written.values().flatten().any(|field| field == "assignee");
        let mut people: BTreeMap<Role, String> =
            written.iter().filter_map(|(role, field)| Some((*role, field.clone()?))).collect();
        if !is_taken && !written.contains_key(&Role::Point) {
            people.insert(Role::Point, "assignee".to_owned());
        }
        people
    })
}
