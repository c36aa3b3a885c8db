//! `breakingbot export`: one incident's full record, also while the bot runs.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use clap::Args;
use clap::builder::PossibleValuesParser;
use jiff::Timestamp;

use super::Failed;
use crate::config::Settings;
use crate::core::ids::{IncidentId, UserId};
use crate::core::record::{Format, record_with_history, said, write};
use crate::core::turn::involved;
use crate::data::{Store, StoreOptions};

/// Print one incident's full record, with times in UTC.
///
/// It can be used while the bot runs. People are called by the names that the bot has met.
#[derive(Debug, Args)]
#[command(after_help = "Example: breakingbot export 42 --format html > incident-42.html")]
pub(super) struct Export {
    /// The incident's number.
    number: i64,
    /// Markdown, JSON or HTML.
    #[arg(long, value_name = "FORMAT", default_value = "md", value_parser = PossibleValuesParser::new(Format::ALL.map(Format::word)))]
    format: String,
}

impl Export {
    pub(super) async fn run(&self, settings: &Settings, out: &mut impl Write) -> Result<(), Failed> {
        let store = Store::open_to_read(settings.database.url(), StoreOptions::default()).await?;
        let written = self.read(settings, &store).await;
        store.close().await;
        Ok(out.write_all(written?.as_bytes())?)
    }

    async fn read(&self, settings: &Settings, store: &Store) -> Result<String, Failed> {
        let id = IncidentId(self.number);
        let Some(incident) = store.load(id).await? else {
            let what = format!("There is no incident {id} in the {}.", settings.database);
            return Err(Failed::because(what));
        };
        let desk = settings.desks.iter().find(|desk| desk.name == incident.desk).or(settings.desks.first());
        let Some(desk) = desk else { return Err(Failed::because("There is no desk.")) };
        let history = if desk.record_history {
            Some(store.history(id, said::MOST_MESSAGES, said::MOST_BYTES).await?)
        } else {
            None
        };
        let said_or_met = history.iter().flat_map(|history| history.people().into_iter().cloned());
        let users: BTreeSet<UserId> = involved(&incident).into_iter().chain(said_or_met).collect();
        let mut people = BTreeMap::new();
        for user in users {
            if let Some((person, _)) = store.person(&user).await? {
                people.insert(user, person);
            }
        }
        let format = Format::from_word(&self.format).unwrap_or(Format::Markdown);
        Ok(write(&record_with_history(&incident, history.as_ref(), &people, desk, Timestamp::now()), format))
    }
}
