//! `[report]`: where reports are drafted.

use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::problem::Problem;
use super::reader::{Section, Wrong};
use crate::boundary::http::Address;
use crate::boundary::report_platform::file::FileSettings;
use crate::boundary::report_platform::wordpress::WordPressSettings;
use crate::core::record::Format;

/// The report platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// Posts of a WordPress site.
    WordPress(WordPressSettings),
    /// Files in a folder.
    File(FileSettings),
}

/// The variable with the application password.
pub(super) const PASSWORD: &str = "REPORT_APPLICATION_PASSWORD";

/// What the file tells; the password comes from the environment.
pub(super) enum Written {
    WordPress(WordPress),
    File(FileSettings),
}

/// A site as the file tells of it.
pub(super) struct WordPress {
    site: Address,
    user: String,
    status: String,
    categories: Vec<String>,
    tags: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    WordPress,
    File,
}

/// The keys of each kind.
const OF_WORDPRESS: [&str; 5] = ["url", "user", "status", "categories", "tags"];
const OF_FILE: [&str; 3] = ["directory", "formats", "link"];

pub(super) fn read(root: &Section<'_>, folder: &Path) -> Option<Written> {
    root.section("report", |section| {
        let kind = section.parse("kind", |text| match text.trim() {
            "wordpress" => Ok(Kind::WordPress),
            "file" => Ok(Kind::File),
            other => Err((format!("is {other:?}"), "Write \"wordpress\" or \"file\".".to_owned())),
        });
        let site = section.parse("url", site);
        let user = section.text("user");
        let status = section.parse("status", slug);
        let categories = section.list("categories", name);
        let tags = section.list("tags", name);
        let directory = section.text("directory");
        let formats = section.list("formats", format);
        let link = section.parse("link", link);
        if kind.is_none() {
            let alone = OF_WORDPRESS.iter().chain(&OF_FILE).any(|key| section.has(key));
            if alone && !section.has("kind") {
                section.complain("kind", "is missing", "Write kind = \"wordpress\" or kind = \"file\".");
            }
            return None;
        }
        let (others, other) =
            if kind == Some(Kind::File) { (&OF_WORDPRESS[..], "wordpress") } else { (&OF_FILE[..], "file") };
        for key in others.iter().filter(|key| section.has(key)) {
            section.complain(key, format!("is for kind = \"{other}\" only"), "Take it out, or correct kind.");
        }
        let needed = |key: &str, example: &str| {
            if !section.has(key) {
                section.complain(key, "is missing", format!("Write {key} = \"{example}\"."));
            }
        };
        match kind? {
            Kind::WordPress => {
                needed("url", "https://wiki.example.com");
                needed("user", "breaking-bot");
                Some(Written::WordPress(WordPress {
                    site: site?,
                    user: user?,
                    status: status.unwrap_or_else(|| "draft".to_owned()),
                    categories: categories.unwrap_or_default(),
                    tags: tags.unwrap_or_default(),
                }))
            }
            Kind::File => {
                needed("directory", "/srv/reports");
                let formats = formats.unwrap_or_else(|| vec![Format::Html, Format::Markdown, Format::Json]);
                if formats.is_empty() && section.has("formats") {
                    section.complain("formats", "is empty", "Write at least one of \"html\", \"md\" and \"json\".");
                }
                Some(Written::File(FileSettings { directory: folder.join(PathBuf::from(directory?)), formats, link }))
            }
        }
    })
}

/// With the password.
pub(super) fn complete(
    written: Option<Written>,
    environment: &Environment,
    problems: &mut Vec<Problem>,
) -> Option<Report> {
    Some(match written? {
        Written::File(settings) => Report::File(settings),
        Written::WordPress(WordPress { site, user, status, categories, tags }) => {
            let Some(password) = environment.secret(PASSWORD) else {
                let remedy =
                    format!("Make an application password in the profile of {user} on the site, and put it into .env.");
                problems.push(environment.wrong(PASSWORD, "is not set, but report.kind is \"wordpress\"", remedy));
                return None;
            };
            Report::WordPress(WordPressSettings { site, user, password, status, categories, tags })
        }
    })
}

fn site(text: &str) -> Result<Address, Wrong> {
    let remedy = "Write the site's own address, like https://wiki.example.com; http is for this machine only.";
    let text = text.trim().trim_end_matches('/').trim_end_matches("/wp-json");
    Address::parse(text).map_err(|error| (error.to_string(), remedy.to_owned()))
}

fn slug(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    let is_slug = !text.is_empty() && text.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_'));
    match is_slug && text != "trash" {
        true => Ok(text.to_owned()),
        false => Err((
            format!("is {text:?}"),
            "Write the status as WordPress does: \"draft\", \"pending\", or one that a plugin adds.".to_owned(),
        )),
    }
}

fn name(text: &str) -> Result<String, Wrong> {
    match text.trim() {
        "" => Err(("holds an empty name".to_owned(), "Write the name as the site shows it.".to_owned())),
        text => Ok(text.to_owned()),
    }
}

fn format(text: &str) -> Result<Format, Wrong> {
    Format::from_word(text.trim())
        .ok_or_else(|| (format!("holds {text:?}"), "Write \"html\", \"md\" or \"json\".".to_owned()))
}

/// The address of the folder, with a slash at its end.
fn link(text: &str) -> Result<String, Wrong> {
    let text = text.trim().trim_end_matches('/');
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(char::is_whitespace) => Ok(format!("{text}/")),
        _ => Err((
            format!("is {text:?}, which is no address"),
            "Write where people read the files, like https://reports.example.com/incidents.".to_owned(),
        )),
    }
}
