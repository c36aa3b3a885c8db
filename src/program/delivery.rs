//! `breakingbot delivery`: the receipts of one incident, also while the bot runs.

use std::collections::BTreeMap;
use std::io::Write;

use clap::Args;
use jiff::Timestamp;

use super::Failed;
use crate::config::Settings;
use crate::core::ids::IncidentId;
use crate::core::message::{Message, Stand};
use crate::core::record::text::Text;
use crate::core::words::delivery::delivery;
use crate::data::{Store, StoreOptions};

/// Print when one incident's last commands and posts were received, decided, sent and confirmed.
///
/// What still waits comes first, with the reason. It can be used while the bot runs.
#[derive(Debug, Args)]
#[command(after_help = "Example: breakingbot delivery 42 --last 500")]
pub(super) struct Receipts {
    /// The incident's number.
    number: i64,
    /// How many of the latest posts, reactions and other effects to print.
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    last: u32,
}

impl Receipts {
    pub(super) async fn run(&self, settings: &Settings, out: &mut impl Write) -> Result<(), Failed> {
        let store = Store::open_to_read(settings.database.url(), StoreOptions::default()).await?;
        let told = self.read(settings, &store).await;
        store.close().await;
        Ok(out.write_all(told?.as_bytes())?)
    }

    async fn read(&self, settings: &Settings, store: &Store) -> Result<String, Failed> {
        let Some(incident) = store.load(IncidentId(self.number)).await? else {
            let what = format!("There is no incident {} in the {}.", self.number, settings.database);
            return Err(Failed::because(what));
        };
        let receipts = store.delivery(incident.id, incident.channel.as_ref(), u64::from(self.last)).await?;
        let mut names = BTreeMap::new();
        for user in receipts.people() {
            if let Some((person, _)) = store.person(user).await? {
                names.insert(user.clone(), person);
            }
        }
        let told = delivery(&incident, &receipts, None, &names, Timestamp::now());
        Ok(plain(&told, |line| Text::of_line(line, &names, |channel| incident.channel_called(channel))))
    }
}

/// The message as lines for a terminal.
fn plain(message: &Message, text: impl Fn(&crate::core::message::Line) -> Text) -> String {
    let lines = message.lines.iter().map(|line| {
        let mark = if line.stand == Stand::Item { "- " } else { "" };
        format!("{mark}{}\n", text(line))
    });
    lines.collect()
}
