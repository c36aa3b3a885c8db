//! `breakingbot verify`: whether the stored record is as it was recorded, also while the bot runs.

use std::io::Write;
use std::time::Instant;

use clap::Args;

use super::Failed;
use crate::config::Settings;
use crate::core::ids::IncidentId;
use crate::data::{Store, StoreOptions, Verified};

/// Walk the incidents' chains of events, and name the first one that was changed.
///
/// Each event holds the hash of itself and of the one before, so that an edit of the stored record, an event that was
/// taken out, and one in another's place are found; and the incident's row must be what its events make. Ends with exit
/// code 1 when something is wrong. It can be used while the bot runs.
///
/// For one incident it prints the hash of the last event. Who keeps that elsewhere can also find a record that was
/// written anew as a whole.
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The incident's number; all of them when it is left out.
    number: Option<i64>,
}

impl Verify {
    pub(super) async fn run(&self, settings: &Settings, out: &mut impl Write) -> Result<(), Failed> {
        let store = Store::open_to_read(settings.database.url(), StoreOptions::default()).await?;
        let begun = Instant::now();
        let mut all = Vec::new();
        let numbers = self.number.map_or(0..=i64::MAX, |number| number..=number);
        let verified = store.verify(numbers, |one| all.push(one)).await;
        store.close().await;
        verified?;
        if let (Some(number), true) = (self.number, all.is_empty()) {
            let what = format!("There is no incident {} in the {}.", IncidentId(number), settings.database);
            return Err(Failed::because(what));
        }
        tell(&all, self.number.is_some(), begun.elapsed().as_secs_f64(), out)
    }
}

fn tell(all: &[Verified], one: bool, seconds: f64, out: &mut impl Write) -> Result<(), Failed> {
    let mut damaged = 0;
    for found in all {
        if let Some(damage) = &found.damage {
            damaged += 1;
            writeln!(out, "Incident {}: {damage}.", found.incident)?;
        }
    }
    let unsealed: u64 = all.iter().filter(|found| found.damage.is_none()).map(|found| found.unsealed).sum();
    if unsealed > 0 {
        let events = counted(unsealed, "event is", "events are");
        writeln!(out, "{events} not on the chain yet: an older version wrote them. The bot adds them when it runs.")?;
    }
    let events: u64 = all.iter().map(|found| found.events).sum();
    let incidents = counted(u64::try_from(all.len()).unwrap_or(u64::MAX), "incident", "incidents");
    let events = counted(events, "event", "events");
    writeln!(out, "Verified {incidents} with {events} in {seconds:.1} s.")?;
    if let ([found], true) = (all, one) {
        writeln!(out, "Last hash: {}.", found.head)?;
    }
    match damaged {
        0 => Ok(()),
        1 => Err(Failed::because("One incident is not as it was recorded.")),
        n => Err(Failed::because(format!("{n} incidents are not as they were recorded."))),
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
