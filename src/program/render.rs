//! `breakingbot render`: one incident through a template, as trackers and report platforms would get it.

use std::collections::BTreeMap;
use std::io::Write;

use clap::Args;
use clap::builder::PossibleValuesParser;
use jiff::Timestamp;

use super::Failed;
use crate::config::Settings;
use crate::core::ids::IncidentId;
use crate::core::report::{Report, Update, report, updates};
use crate::core::templates::{Format, Written};
use crate::core::tracking::told;
use crate::core::turn::involved;
use crate::core::words::people::Names;
use crate::data::{Store, StoreOptions};

/// Print one incident as a template writes it: your own, or the built-in one.
///
/// It can be used while the bot runs. People are called by the names that the bot has met; links to messages are left
/// out, since only Slack knows them.
#[derive(Debug, Args)]
#[command(after_help = "Example: breakingbot render 42 --template report --format html")]
pub(super) struct Render {
    /// The incident's number.
    number: i64,
    /// The tracking issue's description, a comment on it for the last update, or the report.
    #[arg(long, value_name = "TEMPLATE", default_value = "report", value_parser = PossibleValuesParser::new(["description", "comment", "report"]))]
    template: String,
    /// The report's format.
    #[arg(long, value_name = "FORMAT", default_value = "md", value_parser = PossibleValuesParser::new(["md", "html"]))]
    format: String,
}

impl Render {
    pub(super) async fn run(&self, settings: &Settings, out: &mut impl Write) -> Result<(), Failed> {
        let store = Store::open_to_read(settings.database.url(), StoreOptions::default()).await?;
        let read = self.read(settings, &store).await;
        store.close().await;
        let written = self.write(settings, &read?)?;
        if let Some(mistake) = &written.instead {
            tracing::warn!(%mistake, "this incident needs the built-in template");
        }
        Ok(out.write_all(written.text.as_bytes())?)
    }

    async fn read(&self, settings: &Settings, store: &Store) -> Result<(Report, Option<Update>), Failed> {
        let id = IncidentId(self.number);
        let Some(incident) = store.load(id).await? else {
            let what = format!("There is no incident {id} in the {}.", settings.database);
            return Err(Failed::because(what));
        };
        let mut names: Names = BTreeMap::new();
        for user in involved(&incident) {
            if let Some((person, _)) = store.person(&user).await? {
                names.insert(user, person);
            }
        }
        let desk = settings.desks.iter().find(|desk| desk.name == incident.desk).or(settings.desks.first());
        let Some(desk) = desk else { return Err(Failed::because("There is no desk.")) };
        let update = updates(&incident, &names).pop();
        let report = match self.template.as_str() {
            "report" => report(&incident, &names, desk, &|_| None, Timestamp::now()),
            // As an issue is written.
            _ => told(&incident, &names, desk, &|_| None),
        };
        Ok((report, update))
    }

    fn write(&self, settings: &Settings, (report, update): &(Report, Option<Update>)) -> Result<Written, Failed> {
        let templates = &settings.templates;
        Ok(match (self.template.as_str(), update) {
            ("description", _) => templates.description(report),
            ("comment", Some(update)) => templates.comment(report, update),
            ("comment", None) => {
                let what = format!("Incident {} has no update to comment on: `.notify` sends one.", self.number);
                return Err(Failed::because(what));
            }
            _ if self.format == "html" => templates.report(report, Format::Html),
            _ => templates.report(report, Format::Markdown),
        })
    }
}
