//! Hours of the day in which no reminder is sent.

use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// From one time of the day up to, not including, another, as the clocks of a zone show them. May cross midnight: then
/// they end on the next day. Where daylight saving moves the clocks, the hours get longer or shorter with the night.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// When they begin.
    pub from: Time,
    /// When they end; never the same as when they begin.
    pub to: Time,
    /// The zone's IANA name.
    pub zone: String,
}

impl QuietHours {
    /// Between whole hours, in UTC.
    pub fn utc(from: u8, to: u8) -> Self {
        let hour = |hour: u8| Time::new(i8::try_from(hour % 24).unwrap_or_default(), 0, 0, 0).unwrap_or_default();
        Self { from: hour(from), to: hour(to), zone: "UTC".to_owned() }
    }

    /// When the quiet hours end in which `at` lies; `None` when it lies in none.
    pub fn end(&self, at: Timestamp) -> Option<Timestamp> {
        // The configuration refuses a zone that the timezone database does not have.
        let zone = TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC);
        let today = zone.to_datetime(at).date();
        [today.yesterday().ok(), Some(today)].into_iter().flatten().find_map(|date| {
            let begins = self.begins(date, &zone)?;
            let ends = self.ends(date, &zone)?;
            (begins <= at && at < ends).then_some(ends)
        })
    }

    /// The first instant of the quiet hours that begin on that date.
    fn begins(&self, date: Date, zone: &TimeZone) -> Option<Timestamp> {
        instant(date, self.from, zone, Twice::First)
    }

    /// The end of the quiet hours that begin on that date.
    fn ends(&self, date: Date, zone: &TimeZone) -> Option<Timestamp> {
        let date = if self.to > self.from { date } else { date.checked_add(1.day()).ok()? };
        instant(date, self.to, zone, Twice::Second)
    }
}

impl std::fmt::Display for QuietHours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} to {} {}", self.from.strftime("%H:%M"), self.to.strftime("%H:%M"), self.zone)
    }
}

/// Which instant is meant when the clocks show a time twice.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Twice {
    First,
    Second,
}

/// When the clocks show that time on that date. A time that they skip is when they skip it.
fn instant(date: Date, time: Time, zone: &TimeZone, twice: Twice) -> Option<Timestamp> {
    let instants = zone.to_ambiguous_timestamp(date.to_datetime(time));
    match (instants.offset(), twice) {
        (AmbiguousOffset::Gap { before, .. }, _) => {
            // The skipped time, as if the clocks had not been moved, lies behind the moment when they were; the last
            // move before it is that moment.
            let unmoved = before.to_timestamp(date.to_datetime(time)).ok()?;
            zone.preceding(unmoved.checked_add(1.nanosecond()).ok()?).next().map(|moved| moved.timestamp())
        }
        (_, Twice::First) => instants.earlier().ok(),
        (_, Twice::Second) => instants.later().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn berlin(from: &str, to: &str) -> QuietHours {
        QuietHours { from: from.parse().unwrap(), to: to.parse().unwrap(), zone: "Europe/Berlin".to_owned() }
    }

    #[test]
    fn they_may_cross_midnight() {
        let night = QuietHours::utc(22, 6);
        for (now, end) in [
            ("2024-02-28T21:59:59Z", None),
            ("2024-02-28T22:00:00Z", Some("2024-02-29T06:00:00Z")),
            ("2024-02-29T00:00:00Z", Some("2024-02-29T06:00:00Z")),
            ("2024-02-29T05:59:59Z", Some("2024-02-29T06:00:00Z")),
            ("2024-02-29T06:00:00Z", None),
        ] {
            assert_eq!(night.end(at(now)), end.map(at), "{now}");
        }
        let noon = QuietHours::utc(12, 13);
        assert_eq!(noon.end(at("2024-02-28T12:30:00Z")), Some(at("2024-02-28T13:00:00Z")));
        assert_eq!(noon.end(at("2024-02-28T13:00:00Z")), None);
        assert_eq!(QuietHours::utc(22, 24).end(at("2024-02-28T23:00:00Z")), Some(at("2024-02-29T00:00:00Z")));
    }

    #[test]
    fn the_night_is_shorter_in_march_and_longer_in_october() {
        let night = berlin("22:00", "06:00");
        for (begins, ends) in [
            ("2024-03-30T21:00:00Z", "2024-03-31T04:00:00Z"),
            ("2024-03-31T20:00:00Z", "2024-04-01T04:00:00Z"),
            ("2024-10-26T20:00:00Z", "2024-10-27T05:00:00Z"),
            ("2024-10-27T21:00:00Z", "2024-10-28T05:00:00Z"),
        ] {
            let (begins, ends) = (at(begins), at(ends));
            assert_eq!(night.end(begins), Some(ends));
            assert_eq!(night.end(begins - 1.nanosecond()), None, "{begins}");
            assert_eq!(night.end(ends - 1.nanosecond()), Some(ends));
            assert_eq!(night.end(ends), None, "{ends}");
        }
    }

    #[test]
    fn a_time_that_is_skipped_or_shown_twice_is_one_instant() {
        // 02:30 does not exist on 2024-03-31 and exists twice on 2024-10-27.
        assert_eq!(berlin("22:00", "02:30").end(at("2024-03-31T00:30:00Z")), Some(at("2024-03-31T01:00:00Z")));
        assert_eq!(berlin("02:30", "06:00").end(at("2024-03-31T00:59:59Z")), None);
        assert_eq!(berlin("02:30", "06:00").end(at("2024-03-31T01:00:00Z")), Some(at("2024-03-31T04:00:00Z")));
        assert_eq!(berlin("22:00", "02:30").end(at("2024-10-27T01:15:00Z")), Some(at("2024-10-27T01:30:00Z")));
        assert_eq!(berlin("02:30", "06:00").end(at("2024-10-27T00:30:00Z")), Some(at("2024-10-27T05:00:00Z")));
    }
}
