//! Natural time: from what a person types after `.mitigated` or `.detected` to an instant.
//!
//! A phrase is read in its author's timezone, against a `now` that the caller gives. What could mean several moments
//! means the latest one that is not in the future: `9:05` typed at 8:00 is yesterday's. The rules that a reader may
//! want to look up:
//!
//! - `14` and `1405` are 24-hour clock times, `3` is 03:00; `9.05` and `14h30` are ways to write a clock. `12 am` is
//!   midnight and `12 pm` is noon.
//! - `monday`, `dec 31` and `2024-02-28` without a time are the start of that day. `monday` may be today, `last monday`
//!   is before today, `next monday` after it.
//! - Four digits right after a month and a day are a year from 1970 to 2099, and otherwise a clock: `jan 9 2015` is a
//!   date, `jan 9 2359` and `jan 9 at 2015` have a time.
//! - A date with its year, `tomorrow`, `today 23:00` and `in 20 minutes` say what they say, even if that is in the
//!   future. Whether a future moment is acceptable is for the caller to decide.
//! - Hours, minutes and seconds "ago" are elapsed time. Days, weeks, months and years "ago" keep the clock: the same
//!   local time on an earlier date. Should that date have skipped it, the clock is moved on by as much as was skipped;
//!   this is not refused, because the person did not name that time.
//! - A named time that daylight saving skips is refused. One that occurs twice is the earlier of the two, with a note.
//! - What has no seconds is at second 0, except `now` and times ago, which are as exact as `now` is.
//!
//! ISO 8601 and RFC 3339 are read by jiff. For the phrases no crate does: `interim`, the best kept one that knows jiff,
//! leans to the future (`9:05`, `monday`, `dec 31`), reads `1405` and `14` as years, does not know `noon`, `11:20a`,
//! `an hour ago` or a trailing `UTC`, and moves a skipped time instead of refusing it. So there is a small grammar here:
//! `words` cuts the text, `phrase` and `amount` say what was meant, and this file turns that into an instant.

mod amount;
mod phrase;
#[cfg(test)]
mod tests;
mod words;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::fmt::temporal::Pieces;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, Timestamp, Zoned};

use amount::Amount;
pub use amount::{duration, spoken};
use phrase::{Clock, Day, Phrase, Which};
use words::Words;

/// Examples to show when a phrase is not understood; each of them is.
pub const EXAMPLES: &str = "`now`, `20 minutes ago`, `9:05`, `3 pm`, `yesterday 11:20`, `monday 9am`, \
                            `dec 31 23:59`, `2024-02-28 17:00`, `9:05 UTC`";

/// What a phrase was understood to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Understood {
    /// The instant. Not in the future, unless the phrase names a day or a distance that is.
    pub at: Timestamp,
    /// What the author should be told about the choice that was made, if there was one.
    pub note: Option<Note>,
}

/// A choice that the author did not make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The clocks showed this local time twice, because daylight saving ended; the earlier instant was taken.
    TwiceTookEarlier,
}

/// Why a phrase is not understood, each in one sentence for its author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotUnderstood {
    /// The words do not form a time.
    #[error("I cannot read that as a time.")]
    Unreadable,
    /// Longer than any time that a person would write.
    #[error("That is too long to be a time.")]
    TooLong,
    /// A clock time such as 25:00, 13pm or 2561.
    #[error("No clock shows that time.")]
    NoSuchTime,
    /// A date such as February 30, or February 29 of a year that is no leap year.
    #[error("There is no such date.")]
    NoSuchDate,
    /// An abbreviation that means different zones to different people, or a different offset in summer.
    #[error("I do not know which timezone {name} is: leave it out, or give the time in UTC.")]
    UnknownTimezone {
        /// The abbreviation, in capitals.
        name: String,
    },
    /// A local time that never was, because the clocks went forward over it.
    #[error(
        "The clocks skipped {} for daylight saving; they showed {} instead.",
        .local.strftime("%H:%M on %Y-%m-%d"),
        .instead.strftime("%H:%M")
    )]
    SkippedByDaylightSaving {
        /// What the author wrote, in the zone in which it was read.
        local: DateTime,
        /// The same moment as the clocks of that zone showed it, moved on by as much as they skipped.
        instead: DateTime,
    },
    /// A moment before or after all that can be told, about the years -9999 to 9999.
    #[error("That is further away than I can count.")]
    OutOfRange,
}

impl NotUnderstood {
    /// The whole refusal: the reason, the timezone in which the phrase was read, and [`EXAMPLES`].
    pub fn refusal(&self, zone: &TimeZone) -> String {
        let read_in = match zone.iana_name() {
            Some("UTC") => "UTC".to_owned(),
            name => format!("{}, or in UTC when they end in UTC", name.unwrap_or("your timezone")),
        };
        format!("{self} Times are read in {read_in}. Try {EXAMPLES}.")
    }
}

/// What `text` means to somebody who writes it at `now` in `zone`.
///
/// A trailing `UTC`, `GMT` or `Z` makes it mean that in UTC instead.
///
/// # Errors
///
/// A [`NotUnderstood`] that says why; nothing is guessed from a part of the text.
pub fn understand(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Understood, NotUnderstood> {
    let plain = words::plain(text).ok_or(NotUnderstood::TooLong)?;
    let in_utc = without_utc(&plain);
    let author = match in_utc {
        Some(_) => Author::new(now, &TimeZone::UTC),
        None => Author::new(now, zone),
    };
    let text = in_utc.unwrap_or(&plain).trim_end();

    if let Some(iso) = Iso::parse(text) {
        return match iso {
            // Two zones for one moment: at most one of them is meant.
            Iso::At(_) if in_utc.is_some() => Err(NotUnderstood::Unreadable),
            Iso::At(at) => Ok(Understood { at: at?, note: None }),
            Iso::Local(local) => author.at(local),
        };
    }
    match phrase(text) {
        Some(phrase) => author.means(&phrase),
        None => Err(unreadable(text)),
    }
}

fn phrase(text: &str) -> Option<Phrase> {
    phrase::parse(Words::new(&words::tokens(text)))
}

/// `text` before a trailing UTC, which may touch a digit (`17:00Z`) but not another word.
fn without_utc(text: &str) -> Option<&str> {
    ["utc", "gmt", "z"]
        .iter()
        .find_map(|suffix| text.strip_suffix(suffix))
        .filter(|rest| !rest.ends_with(char::is_alphabetic))
}

/// The reason for text that has no meaning: often a zone's abbreviation behind a good time.
fn unreadable(text: &str) -> NotUnderstood {
    const AMBIGUOUS_ZONES: &[&str] = &[
        "acst", "aest", "aedt", "akst", "akdt", "bst", "cest", "cet", "cdt", "cst", "ct", "edt", "eest", "eet", "est",
        "et", "hst", "ist", "jst", "kst", "mdt", "msk", "mst", "mt", "nzdt", "nzst", "pdt", "pst", "pt", "sast", "sgt",
        "west", "wet",
    ];
    match text.rsplit_once(' ') {
        Some((time, zone)) if AMBIGUOUS_ZONES.contains(&zone) && phrase(time).is_some() => {
            NotUnderstood::UnknownTimezone { name: zone.to_uppercase() }
        }
        _ => NotUnderstood::Unreadable,
    }
}

/// A date of ISO 8601 or RFC 3339.
enum Iso {
    /// With its offset.
    At(Result<Timestamp, NotUnderstood>),
    /// In whatever zone the author is in, with a time.
    Local(DateTime),
}

impl Iso {
    /// `None` for anything that is not ISO with a time; the grammar of phrases reads dates without one.
    fn parse(text: &str) -> Option<Self> {
        // jiff also reads forms without hyphens, but people who type `20240228` or `1405` may mean many things.
        let hyphenated =
            text.as_bytes().get(4) == Some(&b'-') && text.as_bytes().iter().take(4).all(u8::is_ascii_digit);
        if !hyphenated {
            return None;
        }
        // Logs put a space before the offset, ISO does not.
        let glued = match text.rsplit_once(' ') {
            Some((head, offset)) if offset.starts_with(['+', '-']) => format!("{head}{offset}"),
            _ => text.to_owned(),
        };
        let pieces = Pieces::parse(&glued).ok()?;
        let local = pieces.date().to_datetime(pieces.time()?);
        if pieces.time_zone_annotation().is_some() {
            return None;
        }
        Some(match pieces.to_numeric_offset() {
            Some(offset) => Self::At(offset.to_timestamp(local).map_err(|_| NotUnderstood::OutOfRange)),
            None => Self::Local(local),
        })
    }
}

/// The author's clock and calendar at the moment of writing.
struct Author {
    now: Zoned,
}

impl Author {
    fn new(now: Timestamp, zone: &TimeZone) -> Self {
        Self { now: now.to_zoned(zone.clone()) }
    }

    fn means(&self, phrase: &Phrase) -> Result<Understood, NotUnderstood> {
        match phrase {
            Phrase::Now => Ok(Understood { at: self.now.timestamp(), note: None }),
            Phrase::Ago(amount) => self.shifted(amount, -1),
            Phrase::In(amount) => self.shifted(amount, 1),
            Phrase::Clock(clock) => {
                let today = self.now.date();
                self.latest([Some(today), today.yesterday().ok()].into_iter().flatten(), Some(clock.time()?))
            }
            Phrase::Day(day, clock) => {
                let time = clock.map(Clock::time).transpose()?;
                self.on_day(day, time)
            }
        }
    }

    fn on_day(&self, day: &Day, time: Option<Time>) -> Result<Understood, NotUnderstood> {
        let today = self.now.date();
        match *day {
            Day::FromToday(days) => self.on(days_after(today, days)?, time),
            Day::Dated { year, month, day } => {
                self.on(Date::new(year, month, day).map_err(|_| NotUnderstood::NoSuchDate)?, time)
            }
            Day::Weekday(weekday, which) => self.on_weekday(weekday, which, time),
            Day::Yearly { month, day } => {
                // Leap days are at most eight years apart (1896 and 1904); the latest may be in this year's future.
                let dates: Vec<Date> =
                    (0..=8).filter_map(|back| Date::new(today.year().checked_sub(back)?, month, day).ok()).collect();
                if dates.is_empty() {
                    return Err(NotUnderstood::NoSuchDate);
                }
                self.latest(dates.into_iter(), time)
            }
        }
    }

    fn on_weekday(&self, weekday: Weekday, which: Which, time: Option<Time>) -> Result<Understood, NotUnderstood> {
        let today = self.now.date();
        let days_since = i64::from(today.weekday().since(weekday));
        match which {
            Which::Latest => {
                let this = days_after(today, -days_since)?;
                let dates = [Some(this), days_after(this, -7).ok()];
                self.latest(dates.into_iter().flatten(), time)
            }
            Which::Last if days_since == 0 => self.on(days_after(today, -7)?, time),
            Which::Last => self.on(days_after(today, -days_since)?, time),
            Which::Next => self.on(days_after(today, 7 - days_since)?, time),
        }
    }

    /// The first of `dates` (latest first) on which `time` is not in the future.
    fn latest(&self, dates: impl Iterator<Item = Date>, time: Option<Time>) -> Result<Understood, NotUnderstood> {
        for date in dates {
            match self.on(date, time) {
                Ok(found) if found.at > self.now.timestamp() => {}
                // A skipped time has no instant to compare, but the clock on the wall has passed it or has not.
                Err(NotUnderstood::SkippedByDaylightSaving { local, .. }) if local > self.now.datetime() => {}
                other => return other,
            }
        }
        Err(NotUnderstood::OutOfRange)
    }

    /// `time` on `date`, or the first moment of `date`, which daylight saving may have moved from 00:00.
    fn on(&self, date: Date, time: Option<Time>) -> Result<Understood, NotUnderstood> {
        if let Some(time) = time {
            return self.at(date.to_datetime(time));
        }
        let start = date
            .at(12, 0, 0, 0)
            .to_zoned(self.now.time_zone().clone())
            .and_then(|noon| noon.start_of_day())
            .map_err(|_| NotUnderstood::OutOfRange)?;
        if start.date() != date {
            // Zones have crossed the date line, and then a whole day is missing.
            return Err(NotUnderstood::NoSuchDate);
        }
        Ok(Understood { at: start.timestamp(), note: None })
    }

    /// The instant at which the author's clock shows `local`.
    fn at(&self, local: DateTime) -> Result<Understood, NotUnderstood> {
        let zone = self.now.time_zone();
        let instants = zone.to_ambiguous_timestamp(local);
        let note = match instants.offset() {
            AmbiguousOffset::Unambiguous { .. } => None,
            AmbiguousOffset::Fold { .. } => Some(Note::TwiceTookEarlier),
            AmbiguousOffset::Gap { .. } => {
                let later = instants.later().map_err(|_| NotUnderstood::OutOfRange)?;
                return Err(NotUnderstood::SkippedByDaylightSaving { local, instead: zone.to_datetime(later) });
            }
        };
        let at = instants.earlier().map_err(|_| NotUnderstood::OutOfRange)?;
        Ok(Understood { at, note })
    }

    /// `amount` before (`sign` -1) or after (`sign` 1) now: the calendar's part by the calendar, then the exact part.
    fn shifted(&self, amount: &Amount, sign: i64) -> Result<Understood, NotUnderstood> {
        let out_of_range = |_| NotUnderstood::OutOfRange;
        let exact = amount.exact().ok_or(NotUnderstood::OutOfRange)?;
        let (mut start, mut note) = (self.now.timestamp(), None);
        if amount.has_calendar_part() {
            let months = amount.months().ok_or(NotUnderstood::OutOfRange)?;
            let days = amount.days().ok_or(NotUnderstood::OutOfRange)?;
            let span = Span::new()
                .try_months(months.saturating_mul(sign))
                .and_then(|span| span.try_days(days.saturating_mul(sign)))
                .map_err(out_of_range)?;
            let local = self.now.datetime().checked_add(span).map_err(out_of_range)?;
            let instants = self.now.time_zone().to_ambiguous_timestamp(local);
            if matches!(instants.offset(), AmbiguousOffset::Fold { .. }) {
                note = Some(Note::TwiceTookEarlier);
            }
            start = instants.compatible().map_err(out_of_range)?;
        }
        let at = if sign < 0 { start.checked_sub(exact) } else { start.checked_add(exact) };
        Ok(Understood { at: at.map_err(out_of_range)?, note })
    }
}

/// The date `days` after `date`; before it when negative.
fn days_after(date: Date, days: i64) -> Result<Date, NotUnderstood> {
    Span::new().try_days(days).and_then(|span| date.checked_add(span)).map_err(|_| NotUnderstood::OutOfRange)
}
