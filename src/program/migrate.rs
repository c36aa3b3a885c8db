//! `breakingbot migrate`: brings the database's tables up to date, or takes the last migrations back.

use std::io::Write;

use clap::Args;

use super::Failed;
use crate::config::Settings;
use crate::data::schema::{self, Standing};
use crate::data::{Store, StoreOptions};

/// Bring the database's tables up to date.
///
/// The bot does the same when it starts; this is for doing it at another time, or by another user of the database.
#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// Take the last N migrations back instead. What their tables hold is lost.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    down: Option<u32>,
}

impl Migrate {
    pub(super) async fn run(&self, settings: &Settings, out: &mut impl Write) -> Result<(), Failed> {
        let (url, database) = (settings.database.url(), &settings.database);
        let (done, names) = match self.down {
            Some(steps) => ("Took back", schema::down(url, steps).await?),
            None => {
                let before = schema::standing(url).await?;
                Store::open(url, StoreOptions::default()).await?.close().await;
                match before {
                    Standing::Behind(names) => ("Applied", names),
                    Standing::Absent => ("Applied", vec!["all migrations, to a new database".to_owned()]),
                    Standing::Current => ("Applied", Vec::new()),
                }
            }
        };
        for name in &names {
            writeln!(out, "{done} {name}.")?;
        }
        match self.down {
            Some(_) if names.is_empty() => writeln!(out, "{database} has no migration to take back.")?,
            Some(_) => {}
            None => writeln!(out, "{database} is up to date.")?,
        }
        Ok(())
    }
}
