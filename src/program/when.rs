//! `breakingbot when`: how a time would be understood.

use std::io::Write;

use clap::Args;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};

use super::Failed;
use crate::core::when::{Note, understand};

/// Tell how the bot would understand a time.
///
/// Prints the instant in UTC, then in the zone. Ends with exit code 1, and the reason, when the text is not understood.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: breakingbot when \"yesterday 11:20a\" --tz America/New_York --now 2024-02-28T17:00:00Z"
)]
pub(super) struct When {
    /// The time as somebody would type it behind `.detected`.
    #[arg(allow_hyphen_values = true)]
    text: String,
    /// The IANA name of the author's timezone.
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = zone)]
    tz: TimeZone,
    /// The instant at which it is typed, as RFC 3339; the present when it is left out.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    now: Option<Timestamp>,
}

impl When {
    pub(super) fn run(&self, out: &mut impl Write) -> Result<(), Failed> {
        let now = match self.now {
            Some(now) => now,
            None => Timestamp::now().round(Unit::Second).map_err(|error| Failed::because(error.to_string()))?,
        };
        let understood = understand(&self.text, now, &self.tz).map_err(|why| Failed::because(why.refusal(&self.tz)))?;
        writeln!(out, "{}", understood.at)?;
        writeln!(out, "{}", understood.at.to_zoned(self.tz.clone()))?;
        if understood.note == Some(Note::TwiceTookEarlier) {
            writeln!(out, "The clocks showed that time twice; this is the earlier one.")?;
        }
        Ok(())
    }
}

fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| "not a timezone; write an IANA name such as Europe/Berlin".to_owned())
}

fn instant(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "not an instant; write it like 2024-02-28T17:00:00Z".to_owned())
}
