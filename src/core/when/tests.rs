use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{EXAMPLES, NotUnderstood, Note, Understood, duration, spoken, understand};

const BERLIN: &str = "Europe/Berlin";
const NEW_YORK: &str = "America/New_York";
const TOKYO: &str = "Asia/Tokyo";
const KOLKATA: &str = "Asia/Kolkata";
const LORD_HOWE: &str = "Australia/Lord_Howe";
const APIA: &str = "Pacific/Apia";
const BEIRUT: &str = "Asia/Beirut";

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn read(text: &str, now: &str, zone_name: &str) -> Result<Understood, NotUnderstood> {
    understand(text, now.parse().unwrap(), &zone(zone_name))
}

/// Rows of phrase, now (UTC), zone, and the instant that is meant (UTC); all that are wrong are shown at once.
fn check(rows: &[(&str, &str, &str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(text, now, zone, expected)| {
            let expected: Timestamp = expected.parse().unwrap();
            let got = read(text, now, zone);
            (got != Ok(Understood { at: expected, note: None }))
                .then(|| format!("{text:?} at {now} in {zone}: expected {expected}, got {got:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A Wednesday, 13:00:30.5 in Berlin, 8:00:30.5 in New York.
const WEDNESDAY: &str = "2024-03-20T12:00:30.5Z";

#[test]
fn relative_to_now() {
    let rows = [
        ("now", "2024-03-20T12:00:30.5Z"),
        ("right now", "2024-03-20T12:00:30.5Z"),
        ("20 minutes ago", "2024-03-20T11:40:30.5Z"),
        ("two hours ago", "2024-03-20T10:00:30.5Z"),
        ("an hour ago", "2024-03-20T11:00:30.5Z"),
        ("a minute ago", "2024-03-20T11:59:30.5Z"),
        ("half an hour ago", "2024-03-20T11:30:30.5Z"),
        ("half hour ago", "2024-03-20T11:30:30.5Z"),
        ("a half hour ago", "2024-03-20T11:30:30.5Z"),
        ("an hour and a half ago", "2024-03-20T10:30:30.5Z"),
        ("one and a half hours ago", "2024-03-20T10:30:30.5Z"),
        ("2 and a half hours ago", "2024-03-20T09:30:30.5Z"),
        ("1.5 hours ago", "2024-03-20T10:30:30.5Z"),
        ("90 min ago", "2024-03-20T10:30:30.5Z"),
        ("90m ago", "2024-03-20T10:30:30.5Z"),
        ("1h30m ago", "2024-03-20T10:30:30.5Z"),
        ("1h30 ago", "2024-03-20T10:30:30.5Z"),
        ("1 hour and 30 minutes ago", "2024-03-20T10:30:30.5Z"),
        ("1 hour, 30 minutes ago", "2024-03-20T10:30:30.5Z"),
        ("forty-five minutes ago", "2024-03-20T11:15:30.5Z"),
        ("twenty five minutes ago", "2024-03-20T11:35:30.5Z"),
        ("ninety minutes ago", "2024-03-20T10:30:30.5Z"),
        ("a couple of hours ago", "2024-03-20T10:00:30.5Z"),
        ("couple of minutes ago", "2024-03-20T11:58:30.5Z"),
        ("30 seconds ago", "2024-03-20T12:00:00.5Z"),
        ("2 days ago", "2024-03-18T12:00:30.5Z"),
        ("a week ago", "2024-03-13T12:00:30.5Z"),
        ("1 day 2 hours ago", "2024-03-19T10:00:30.5Z"),
        ("1.5 days ago", "2024-03-19T00:00:30.5Z"),
        ("a month ago", "2024-02-20T12:00:30.5Z"),
        ("half a year ago", "2023-09-20T11:00:30.5Z"),
        ("0 minutes ago", "2024-03-20T12:00:30.5Z"),
        ("in 20 minutes", "2024-03-20T12:20:30.5Z"),
        ("in 2 hours", "2024-03-20T14:00:30.5Z"),
        ("20 minutes ago UTC", "2024-03-20T11:40:30.5Z"),
    ];
    check(&rows.map(|(text, expected)| (text, WEDNESDAY, BERLIN, expected)));
}

#[test]
fn clock_times_are_the_latest_past_ones() {
    check(&[
        ("9:05", WEDNESDAY, BERLIN, "2024-03-20T08:05:00Z"),
        ("9:05", WEDNESDAY, NEW_YORK, "2024-03-19T13:05:00Z"),
        ("9:05", WEDNESDAY, TOKYO, "2024-03-20T00:05:00Z"),
        ("9:05", WEDNESDAY, KOLKATA, "2024-03-20T03:35:00Z"),
        ("9:05", WEDNESDAY, LORD_HOWE, "2024-03-19T22:05:00Z"),
        ("9:05 UTC", WEDNESDAY, NEW_YORK, "2024-03-20T09:05:00Z"),
        ("9:05 utc", WEDNESDAY, TOKYO, "2024-03-20T09:05:00Z"),
        ("9:05Z", WEDNESDAY, TOKYO, "2024-03-20T09:05:00Z"),
        ("9:05 GMT", WEDNESDAY, TOKYO, "2024-03-20T09:05:00Z"),
        ("1405", WEDNESDAY, BERLIN, "2024-03-19T13:05:00Z"),
        ("1405", WEDNESDAY, TOKYO, "2024-03-20T05:05:00Z"),
        ("14", WEDNESDAY, BERLIN, "2024-03-19T13:00:00Z"),
        ("3", WEDNESDAY, BERLIN, "2024-03-20T02:00:00Z"),
        ("0", WEDNESDAY, BERLIN, "2024-03-19T23:00:00Z"),
        ("2024", WEDNESDAY, BERLIN, "2024-03-19T19:24:00Z"),
        ("3pm", WEDNESDAY, BERLIN, "2024-03-19T14:00:00Z"),
        ("3 pm", WEDNESDAY, TOKYO, "2024-03-20T06:00:00Z"),
        ("3 PM", WEDNESDAY, TOKYO, "2024-03-20T06:00:00Z"),
        ("3\u{202f}pm", WEDNESDAY, TOKYO, "2024-03-20T06:00:00Z"),
        ("3\u{a0}pm", WEDNESDAY, TOKYO, "2024-03-20T06:00:00Z"),
        ("８：３４　ａｍ", WEDNESDAY, BERLIN, "2024-03-20T07:34:00Z"),
        ("  8:34 \t am\n", WEDNESDAY, BERLIN, "2024-03-20T07:34:00Z"),
        ("\u{200b}8:34 am\u{feff}", WEDNESDAY, BERLIN, "2024-03-20T07:34:00Z"),
        ("8:34 a.m.", WEDNESDAY, BERLIN, "2024-03-20T07:34:00Z"),
        ("8:34a", WEDNESDAY, BERLIN, "2024-03-20T07:34:00Z"),
        ("834 am", WEDNESDAY, BERLIN, "2024-03-20T07:34:00Z"),
        ("<http://9.am|9.am>", WEDNESDAY, BERLIN, "2024-03-20T08:00:00Z"),
        ("12 am", WEDNESDAY, BERLIN, "2024-03-19T23:00:00Z"),
        ("12 pm", WEDNESDAY, BERLIN, "2024-03-20T11:00:00Z"),
        ("12:30 am", WEDNESDAY, BERLIN, "2024-03-19T23:30:00Z"),
        ("noon", WEDNESDAY, BERLIN, "2024-03-20T11:00:00Z"),
        ("noon", WEDNESDAY, NEW_YORK, "2024-03-19T16:00:00Z"),
        ("midnight", WEDNESDAY, BERLIN, "2024-03-19T23:00:00Z"),
        ("at 9:05", WEDNESDAY, BERLIN, "2024-03-20T08:05:00Z"),
        ("at 9", WEDNESDAY, BERLIN, "2024-03-20T08:00:00Z"),
        ("@ 9:05", WEDNESDAY, BERLIN, "2024-03-20T08:05:00Z"),
        ("@9:05", WEDNESDAY, BERLIN, "2024-03-20T08:05:00Z"),
        ("9.05", WEDNESDAY, BERLIN, "2024-03-20T08:05:00Z"),
        ("14h30", WEDNESDAY, BERLIN, "2024-03-19T13:30:00Z"),
        ("9:05:07", WEDNESDAY, BERLIN, "2024-03-20T08:05:07Z"),
        ("13:00", WEDNESDAY, BERLIN, "2024-03-20T12:00:00Z"),
        ("13:00:30", WEDNESDAY, BERLIN, "2024-03-20T12:00:30Z"),
        ("13:00:31", WEDNESDAY, BERLIN, "2024-03-19T12:00:31Z"),
        ("13:01", WEDNESDAY, BERLIN, "2024-03-19T12:01:00Z"),
    ]);
}

#[test]
fn days_and_dates() {
    check(&[
        ("today", WEDNESDAY, BERLIN, "2024-03-19T23:00:00Z"),
        ("today 9:05", WEDNESDAY, BERLIN, "2024-03-20T08:05:00Z"),
        ("today 9:05", WEDNESDAY, NEW_YORK, "2024-03-20T13:05:00Z"),
        ("yesterday", WEDNESDAY, BERLIN, "2024-03-18T23:00:00Z"),
        ("Yesterday 11:20a", WEDNESDAY, BERLIN, "2024-03-19T10:20:00Z"),
        ("yesterday 11:20a utc", WEDNESDAY, BERLIN, "2024-03-19T11:20:00Z"),
        ("yesterday at noon", WEDNESDAY, BERLIN, "2024-03-19T11:00:00Z"),
        ("yesterday, 14", WEDNESDAY, BERLIN, "2024-03-19T13:00:00Z"),
        ("9:05 yesterday", WEDNESDAY, BERLIN, "2024-03-19T08:05:00Z"),
        ("yesterday 23:00", "2024-03-20T02:00:00Z", NEW_YORK, "2024-03-19T03:00:00Z"),
        ("yesterday 23:00 UTC", "2024-03-20T02:00:00Z", NEW_YORK, "2024-03-19T23:00:00Z"),
        ("tomorrow 9:00", WEDNESDAY, BERLIN, "2024-03-21T08:00:00Z"),
        ("2 days ago at 9:05", WEDNESDAY, BERLIN, "2024-03-18T08:05:00Z"),
        ("monday", WEDNESDAY, BERLIN, "2024-03-17T23:00:00Z"),
        ("monday 9am", WEDNESDAY, BERLIN, "2024-03-18T08:00:00Z"),
        ("last monday 9am", WEDNESDAY, BERLIN, "2024-03-18T08:00:00Z"),
        ("wednesday", WEDNESDAY, BERLIN, "2024-03-19T23:00:00Z"),
        ("wed 9am", WEDNESDAY, BERLIN, "2024-03-20T08:00:00Z"),
        ("wednesday 2pm", WEDNESDAY, BERLIN, "2024-03-13T13:00:00Z"),
        ("last wednesday 9am", WEDNESDAY, BERLIN, "2024-03-13T08:00:00Z"),
        ("thursday 9am", WEDNESDAY, BERLIN, "2024-03-14T08:00:00Z"),
        ("next wednesday 9am", WEDNESDAY, BERLIN, "2024-03-27T08:00:00Z"),
        ("next thu 9am", WEDNESDAY, BERLIN, "2024-03-21T08:00:00Z"),
        ("9am on monday", WEDNESDAY, BERLIN, "2024-03-18T08:00:00Z"),
        ("on monday at 9", WEDNESDAY, BERLIN, "2024-03-18T08:00:00Z"),
        ("dec 31 23:59", WEDNESDAY, BERLIN, "2023-12-31T22:59:00Z"),
        ("dec 31 2359", WEDNESDAY, BERLIN, "2023-12-31T22:59:00Z"),
        ("Dec. 31, 23:59", WEDNESDAY, BERLIN, "2023-12-31T22:59:00Z"),
        ("dec 31 23:59", "2024-12-31T22:58:59Z", BERLIN, "2023-12-31T22:59:00Z"),
        ("dec 31 23:59", "2024-12-31T22:59:00Z", BERLIN, "2024-12-31T22:59:00Z"),
        ("dec 31 23:59", "2024-12-31T23:30:00Z", BERLIN, "2024-12-31T22:59:00Z"),
        ("dec 31 23:59", "2024-12-31T15:00:00Z", TOKYO, "2024-12-31T14:59:00Z"),
        ("23:59", "2024-12-31T23:30:00Z", BERLIN, "2024-12-31T22:59:00Z"),
        ("jan 1", "2024-12-31T23:30:00Z", BERLIN, "2024-12-31T23:00:00Z"),
        ("jan 1", "2024-12-31T22:30:00Z", BERLIN, "2023-12-31T23:00:00Z"),
        ("Jan 9 at 4 pm", WEDNESDAY, NEW_YORK, "2024-01-09T21:00:00Z"),
        ("jan 9 at 2015", WEDNESDAY, BERLIN, "2024-01-09T19:15:00Z"),
        ("jan 9 2015", WEDNESDAY, BERLIN, "2015-01-08T23:00:00Z"),
        ("9 jan 16:00", WEDNESDAY, BERLIN, "2024-01-09T15:00:00Z"),
        ("9th of January 16:00", WEDNESDAY, BERLIN, "2024-01-09T15:00:00Z"),
        ("april 20, 2020 16:20", WEDNESDAY, BERLIN, "2020-04-20T14:20:00Z"),
        ("April 20th 2020 4:20pm", WEDNESDAY, NEW_YORK, "2020-04-20T20:20:00Z"),
        ("20 april 2020, 16:20", WEDNESDAY, KOLKATA, "2020-04-20T10:50:00Z"),
        ("16:20 on april 20, 2020", WEDNESDAY, KOLKATA, "2020-04-20T10:50:00Z"),
        ("dec 31 2030 10:00", WEDNESDAY, BERLIN, "2030-12-31T09:00:00Z"),
        ("feb 29", WEDNESDAY, BERLIN, "2024-02-28T23:00:00Z"),
        ("feb 29 noon", "2024-02-29T10:59:59Z", BERLIN, "2020-02-29T11:00:00Z"),
        ("feb 29 noon", "2027-06-01T00:00:00Z", BERLIN, "2024-02-29T11:00:00Z"),
        ("feb 29 noon", "1904-02-01T00:00:00Z", "UTC", "1896-02-29T12:00:00Z"),
        ("a month ago", "2024-03-31T12:00:00Z", "UTC", "2024-02-29T12:00:00Z"),
    ]);
}

#[test]
fn iso_forms() {
    check(&[
        ("2024-02-28T17:00Z", WEDNESDAY, BERLIN, "2024-02-28T17:00:00Z"),
        ("2024-02-28t17:00z", WEDNESDAY, BERLIN, "2024-02-28T17:00:00Z"),
        ("2024-02-28T17:00:30+02:00", WEDNESDAY, BERLIN, "2024-02-28T15:00:30Z"),
        ("2024-02-28 17:00:30 +0200", WEDNESDAY, BERLIN, "2024-02-28T15:00:30Z"),
        ("2024-02-28T17:00:30.25Z", WEDNESDAY, BERLIN, "2024-02-28T17:00:30.25Z"),
        ("2024-02-28T17:00", WEDNESDAY, KOLKATA, "2024-02-28T11:30:00Z"),
        ("2024-02-28 17:00", WEDNESDAY, LORD_HOWE, "2024-02-28T06:00:00Z"),
        ("2024-02-28  17:00", WEDNESDAY, BERLIN, "2024-02-28T16:00:00Z"),
        ("2024-02-28 17:00 UTC", WEDNESDAY, BERLIN, "2024-02-28T17:00:00Z"),
        ("2024-02-28", WEDNESDAY, BERLIN, "2024-02-27T23:00:00Z"),
        ("2024-02-28 UTC", WEDNESDAY, BERLIN, "2024-02-28T00:00:00Z"),
        ("2024/02/28 17:00", WEDNESDAY, BERLIN, "2024-02-28T16:00:00Z"),
        ("2024-2-8 9:05", WEDNESDAY, BERLIN, "2024-02-08T08:05:00Z"),
        ("2024-02-28 at 4 pm", WEDNESDAY, BERLIN, "2024-02-28T15:00:00Z"),
        ("2024-02-28, noon", WEDNESDAY, BERLIN, "2024-02-28T11:00:00Z"),
        ("2034-02-28 17:00", WEDNESDAY, BERLIN, "2034-02-28T16:00:00Z"),
    ]);
}

#[test]
fn days_ago_keep_the_clock_and_hours_ago_do_not() {
    check(&[
        // The clocks went forward in Berlin on March 31 at 2:00.
        ("1 day ago", "2024-03-31T10:00:00Z", BERLIN, "2024-03-30T11:00:00Z"),
        ("24 hours ago", "2024-03-31T10:00:00Z", BERLIN, "2024-03-30T10:00:00Z"),
        ("a week ago", "2024-04-03T10:00:00Z", BERLIN, "2024-03-27T11:00:00Z"),
        // Half an hour only, and southern.
        ("1 day ago", "2024-04-07T10:00:00Z", LORD_HOWE, "2024-04-06T09:30:00Z"),
        // 02:30 a day before was skipped: moved on to 03:30, not refused.
        ("a day ago", "2024-03-11T06:30:00Z", NEW_YORK, "2024-03-10T07:30:00Z"),
    ]);
}

fn skipped(text: &str, now: &str, zone: &str) -> Option<(String, String)> {
    match read(text, now, zone) {
        Err(NotUnderstood::SkippedByDaylightSaving { local, instead }) => {
            Some((local.to_string(), instead.to_string()))
        }
        _ => None,
    }
}

#[test]
fn skipped_times_are_refused() {
    let rows = [
        ("2024-03-10 02:30", WEDNESDAY, NEW_YORK, "2024-03-10T02:30:00", "2024-03-10T03:30:00"),
        ("2024-03-10 2:00", WEDNESDAY, NEW_YORK, "2024-03-10T02:00:00", "2024-03-10T03:00:00"),
        ("mar 10 2:30am", WEDNESDAY, NEW_YORK, "2024-03-10T02:30:00", "2024-03-10T03:30:00"),
        ("2:30", "2024-03-10T16:00:00Z", NEW_YORK, "2024-03-10T02:30:00", "2024-03-10T03:30:00"),
        ("2:30", "2024-03-11T05:00:00Z", NEW_YORK, "2024-03-10T02:30:00", "2024-03-10T03:30:00"),
        ("yesterday 2:30", "2024-03-11T16:00:00Z", NEW_YORK, "2024-03-10T02:30:00", "2024-03-10T03:30:00"),
        ("sunday 2:30", "2024-03-11T16:00:00Z", NEW_YORK, "2024-03-10T02:30:00", "2024-03-10T03:30:00"),
        ("2024-03-31T02:30", WEDNESDAY, BERLIN, "2024-03-31T02:30:00", "2024-03-31T03:30:00"),
        ("2024-10-06 02:15", WEDNESDAY, LORD_HOWE, "2024-10-06T02:15:00", "2024-10-06T02:45:00"),
    ];
    for (text, now, zone, local, instead) in rows {
        let expected = Some((local.to_owned(), instead.to_owned()));
        assert_eq!(skipped(text, now, zone), expected, "{text} at {now} in {zone}");
    }
    // One that is still to be skipped is not the latest past one.
    check(&[
        ("2:30", "2024-03-10T06:30:00Z", NEW_YORK, "2024-03-09T07:30:00Z"),
        ("2:59", "2024-03-10T06:59:59Z", NEW_YORK, "2024-03-09T07:59:00Z"),
        ("1:59", "2024-03-10T07:30:00Z", NEW_YORK, "2024-03-10T06:59:00Z"),
        ("3:00", "2024-03-10T07:30:00Z", NEW_YORK, "2024-03-10T07:00:00Z"),
        ("2024-03-10 02:30 UTC", WEDNESDAY, NEW_YORK, "2024-03-10T02:30:00Z"),
        // Beirut skips midnight: the day starts at 1:00, but nobody's clock showed 0:00.
        ("2024-03-31", "2024-04-02T00:00:00Z", BEIRUT, "2024-03-30T22:00:00Z"),
    ]);
    assert!(skipped("2024-03-31 0:00", "2024-04-02T00:00:00Z", BEIRUT).is_some());
    // Samoa had no December 30 in 2011.
    let now = "2012-01-05T00:00:00Z";
    assert_eq!(read("2011-12-30", now, APIA), Err(NotUnderstood::NoSuchDate));
    assert!(skipped("dec 30 2011 9:00", now, APIA).is_some());
}

#[test]
fn times_that_occur_twice_are_the_earlier_and_say_so() {
    let rows = [
        ("2024-10-27 02:30", "2024-10-28T12:00:00Z", BERLIN, "2024-10-27T00:30:00Z"),
        ("2:30", "2024-10-27T12:00:00Z", BERLIN, "2024-10-27T00:30:00Z"),
        ("2:30", "2024-10-27T00:45:00Z", BERLIN, "2024-10-27T00:30:00Z"),
        ("2:30", "2024-10-27T01:15:00Z", BERLIN, "2024-10-27T00:30:00Z"),
        ("sunday 2:30am", "2024-10-28T12:00:00Z", BERLIN, "2024-10-27T00:30:00Z"),
        ("oct 27 2:30", "2024-10-28T12:00:00Z", BERLIN, "2024-10-27T00:30:00Z"),
        ("a day ago", "2024-10-28T01:30:00Z", BERLIN, "2024-10-27T00:30:00Z"),
        ("yesterday 1:30", "2024-11-04T12:00:00Z", NEW_YORK, "2024-11-03T05:30:00Z"),
        ("2024-04-07 01:45", "2024-04-08T00:00:00Z", LORD_HOWE, "2024-04-06T14:45:00Z"),
    ];
    for (text, now, zone, at) in rows {
        let expected = Understood { at: at.parse().unwrap(), note: Some(Note::TwiceTookEarlier) };
        assert_eq!(read(text, now, zone), Ok(expected), "{text} at {now} in {zone}");
    }
    check(&[
        // Neither of today's has come.
        ("2:30", "2024-10-27T00:15:00Z", BERLIN, "2024-10-26T00:30:00Z"),
        // An offset or UTC leaves nothing open.
        ("2024-10-27T02:30+01:00", "2024-10-28T12:00:00Z", BERLIN, "2024-10-27T01:30:00Z"),
        ("2024-10-27 02:30 UTC", "2024-10-28T12:00:00Z", BERLIN, "2024-10-27T02:30:00Z"),
        ("1 hour ago", "2024-10-27T01:30:00Z", BERLIN, "2024-10-27T00:30:00Z"),
    ]);
}

#[test]
fn what_is_not_understood_says_why() {
    use NotUnderstood::{NoSuchDate, NoSuchTime, OutOfRange, TooLong, Unreadable};
    let far = "9".repeat(90) + " years ago";
    let unknown = |name: &str| NotUnderstood::UnknownTimezone { name: name.to_owned() };
    let rows = [
        ("", Unreadable),
        ("   \u{a0}\n", Unreadable),
        ("banana", Unreadable),
        ("9:05 banana", Unreadable),
        ("banana 9:05", Unreadable),
        ("9:05 9:06", Unreadable),
        ("9:5", Unreadable),
        ("9 : 05", Unreadable),
        ("905", Unreadable),
        ("99999", Unreadable),
        ("1709139600", Unreadable),
        ("-9:05", Unreadable),
        ("20 minutes", Unreadable),
        ("ago", Unreadable),
        ("minutes ago", Unreadable),
        ("a few minutes ago", Unreadable),
        ("30m 1h ago", Unreadable),
        ("1h1h ago", Unreadable),
        ("half a month ago", Unreadable),
        ("last night", Unreadable),
        ("last", Unreadable),
        ("this monday", Unreadable),
        ("monday tuesday", Unreadable),
        ("jan", Unreadable),
        ("april 2020", Unreadable),
        ("02/28/2024", Unreadable),
        ("28.02.2024 17:00", Unreadable),
        ("2024-02/28", Unreadable),
        ("14 dec 31 x", Unreadable),
        ("in", Unreadable),
        ("at", Unreadable),
        ("utc", Unreadable),
        ("z", Unreadable),
        ("nowz", Unreadable),
        ("now 9:05", Unreadable),
        ("2 hours ago at 9:05", Unreadable),
        ("2024-02-28T17:00+02:00 UTC", Unreadable),
        ("2024-02-28T17:00+01:00[Europe/Berlin]", Unreadable),
        ("９月", Unreadable),
        ("٣:٠٥", Unreadable),
        ("<", Unreadable),
        ("<a|b", Unreadable),
        ("25:00", NoSuchTime),
        ("24:00", NoSuchTime),
        ("9:60", NoSuchTime),
        ("9:05:60", NoSuchTime),
        ("2561", NoSuchTime),
        ("24", NoSuchTime),
        ("13pm", NoSuchTime),
        ("13:30 pm", NoSuchTime),
        ("0:30 am", NoSuchTime),
        ("yesterday 25:00", NoSuchTime),
        ("2024-02-28T25:00Z", NoSuchTime),
        ("feb 30", NoSuchDate),
        ("jan 0", NoSuchDate),
        ("feb 29 2023", NoSuchDate),
        ("2023-02-29", NoSuchDate),
        ("2023-02-29 17:00", NoSuchDate),
        ("2023-13-01T17:00Z", NoSuchDate),
        ("april 31 2020 16:20", NoSuchDate),
        ("99999999999999 years ago", OutOfRange),
        ("99999999999999999999999999 seconds ago", OutOfRange),
        ("99999999999999999999999999 hours ago", OutOfRange),
        ("in 99999999999999999999999999 weeks", OutOfRange),
        ("20000 years ago", OutOfRange),
        ("99999999999999 days ago at 9:05", OutOfRange),
        ("9999-12-31T23:59:59-23:00", OutOfRange),
        (&far, OutOfRange),
        ("9:05 EST", unknown("EST")),
        ("yesterday 11:20a cet", unknown("CET")),
        ("banana est", Unreadable),
        (&"9".repeat(101), TooLong),
        (&"9:05 ".repeat(1_000_000), TooLong),
    ];
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(text, why)| {
            let got = read(text, WEDNESDAY, BERLIN);
            (got.as_ref() != Err(why))
                .then(|| format!("{:?}: expected {why:?}, got {got:?}", text.get(..40).unwrap_or(text)))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_refusal_reads_well() {
    let why = read("2024-03-10 02:30", WEDNESDAY, NEW_YORK).unwrap_err();
    insta::assert_snapshot!(
        why.refusal(&zone(NEW_YORK)),
        @"The clocks skipped 02:30 on 2024-03-10 for daylight saving; they showed 03:30 instead. Times are read in America/New_York, or in UTC when they end in UTC. Try `now`, `20 minutes ago`, `9:05`, `3 pm`, `yesterday 11:20`, `monday 9am`, `dec 31 23:59`, `2024-02-28 17:00`, `9:05 UTC`."
    );
    let reasons = ["banana", "2561", "feb 30", "9:05 est", "99999 years ago"]
        .map(|text| read(text, WEDNESDAY, "UTC").unwrap_err().to_string())
        .join("\n");
    insta::assert_snapshot!(reasons, @r"
    I cannot read that as a time.
    No clock shows that time.
    There is no such date.
    I do not know which timezone EST is: leave it out, or give the time in UTC.
    That is further away than I can count.
    ");
    assert!(NotUnderstood::Unreadable.refusal(&TimeZone::UTC).contains("Times are read in UTC. Try"));
}

#[test]
fn every_example_is_understood() {
    for example in EXAMPLES.split(", ") {
        let text = example.trim_matches('`');
        assert!(read(text, WEDNESDAY, BERLIN).is_ok(), "{text}");
    }
}

#[test]
fn durations_as_typed() {
    let rows = [
        ("15 min", Some(900)),
        ("2h", Some(7200)),
        ("2 H", Some(7200)),
        ("1h30m", Some(5400)),
        ("1h 30m", Some(5400)),
        ("1h30", Some(5400)),
        ("two hours", Some(7200)),
        ("90s", Some(90)),
        ("1.5h", Some(5400)),
        ("an hour", Some(3600)),
        ("half an hour", Some(1800)),
        ("an hour and a half", Some(5400)),
        ("two minutes and 10 secs", Some(130)),
        ("fifteen minutes", Some(900)),
        ("a couple of days", Some(172_800)),
        ("1d12h", Some(129_600)),
        ("2 weeks", Some(1_209_600)),
        ("half a day", Some(43_200)),
        ("0 min", Some(0)),
        ("", None),
        ("15", None),
        ("min", None),
        ("-5 min", None),
        ("1h75", None),
        ("1:30", None),
        ("15 min ago", None),
        ("15 min banana", None),
        ("a month", None),
        ("99999999999999999999999999 weeks", None),
    ];
    for (text, seconds) in rows {
        assert_eq!(duration(text), seconds.map(SignedDuration::from_secs), "{text:?}");
    }
}

#[test]
fn durations_as_read() {
    let rows = [
        (0, "0 s"),
        (45, "45 s"),
        (59, "59 s"),
        (60, "1 m"),
        (200, "3 m"),
        (3599, "59 m"),
        (3600, "1 h"),
        (3900, "1 h 05 m"),
        (7200 + 59, "2 h"),
        (86_399, "23 h 59 m"),
        (86_400, "1 d"),
        (2 * 86_400 + 4 * 3600 + 120, "2 d 4 h"),
        (-200, "-3 m"),
    ];
    for (seconds, text) in rows {
        assert_eq!(spoken(SignedDuration::from_secs(seconds)), text);
    }
    assert_eq!(spoken(SignedDuration::from_millis(-1)), "0 s");
    assert_eq!(spoken(SignedDuration::MIN), "-106751991167300 d 15 h");
}

fn any_zone() -> impl Strategy<Value = TimeZone> {
    prop::sample::select(vec![
        "UTC",
        BERLIN,
        NEW_YORK,
        TOKYO,
        KOLKATA,
        LORD_HOWE,
        APIA,
        BEIRUT,
        "America/Sao_Paulo",
        "America/St_Johns",
    ])
    .prop_map(zone)
}

/// Mostly the years that incidents happen in, and at times any at all.
fn any_now() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        9 => (1_000_000_000_i64..2_000_000_000).prop_map(|second| Timestamp::from_second(second).unwrap()),
        1 => (Timestamp::MIN.as_second()..=Timestamp::MAX.as_second())
            .prop_map(|second| Timestamp::from_second(second).unwrap()),
    ]
}

/// Words of the grammar in any order: far more of these come close to a phrase than of arbitrary strings.
fn word_salad() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "now",
        "in",
        "ago",
        "at",
        "@",
        "on",
        "9",
        "14",
        "31",
        "1405",
        "2024",
        "99999999999999999999",
        "9:05",
        "12",
        ":",
        ".",
        ",",
        "-",
        "am",
        "p",
        "a",
        "an",
        "half",
        "and",
        "couple",
        "of",
        "two",
        "forty",
        "h",
        "min",
        "seconds",
        "day",
        "weeks",
        "month",
        "years",
        "last",
        "next",
        "monday",
        "sun",
        "yesterday",
        "tomorrow",
        "feb",
        "29",
        "th",
        "2024-03-10",
        "T02:30",
        "+02:00",
        "utc",
        "z",
        "noon",
        "midnight",
        "<",
        "|",
        ">",
        "\u{202f}",
    ]);
    (prop::collection::vec((word, prop::bool::ANY), 0..8)).prop_map(|words| {
        words.into_iter().map(|(word, space)| format!("{word}{}", if space { " " } else { "" })).collect()
    })
}

fn undated() -> impl Strategy<Value = String> {
    let clock = prop_oneof![
        (0..24, 0..60).prop_map(|(hour, minute)| format!("{hour}:{minute:02}")),
        (0..24, 0..60).prop_map(|(hour, minute)| format!("{hour:02}{minute:02}")),
        (1..13, 0..60, prop::bool::ANY)
            .prop_map(|(hour, minute, am)| format!("{hour}:{minute:02} {}", if am { "am" } else { "pm" })),
        (0..24).prop_map(|hour: i32| hour.to_string()),
    ];
    let day =
        prop::sample::select(vec!["", "monday ", "last tue ", "sunday ", "dec 31 ", "jan 1 ", "feb 29 ", "yesterday "]);
    // Without the `at`, 2020 after a date would be its year.
    (day, clock).prop_map(|(day, clock)| format!("{day}at {clock}"))
}

proptest! {
    #[test]
    fn nothing_panics(text in any::<String>(), now in any_now(), zone in any_zone()) {
        let _ = understand(&text, now, &zone);
        let _ = duration(&text);
    }

    #[test]
    fn no_order_of_words_panics(text in word_salad(), now in any_now(), zone in any_zone()) {
        let _ = understand(&text, now, &zone);
        let _ = duration(&text);
    }

    #[test]
    fn any_duration_can_be_read(seconds in any::<i64>(), nanos in 0..1_000_000_000) {
        prop_assert!(!spoken(SignedDuration::new(seconds, nanos)).is_empty());
    }

    #[test]
    fn what_has_no_year_is_not_in_the_future(text in undated(), now in any_now(), zone in any_zone()) {
        match understand(&text, now, &zone) {
            Ok(understood) => prop_assert!(understood.at <= now),
            Err(NotUnderstood::SkippedByDaylightSaving { local, .. }) => prop_assert!(local <= zone.to_datetime(now)),
            Err(why) => prop_assert!(why == NotUnderstood::OutOfRange, "{}: {:?}", text, why),
        }
    }

    #[test]
    fn a_clock_time_is_at_most_a_day_and_a_change_of_clocks_ago(
        hour in 0..24, minute in 0..60, now in 1_400_000_000_i64..2_000_000_000, zone in any_zone(),
    ) {
        let now = Timestamp::from_second(now).unwrap();
        if let Ok(understood) = understand(&format!("{hour}:{minute:02}"), now, &zone) {
            prop_assert!(now.duration_since(understood.at) <= SignedDuration::from_hours(25));
            let local = zone.to_datetime(understood.at);
            prop_assert_eq!((i32::from(local.hour()), i32::from(local.minute()), local.second()), (hour, minute, 0));
        }
    }

    #[test]
    fn the_written_form_is_read_back(minutes in 16_000_000_i64..33_000_000, now in any_now(), zone in any_zone()) {
        let at = Timestamp::from_second(minutes * 60).unwrap();
        let local = at.to_zoned(zone.clone());
        let text = local.strftime("%Y-%m-%d %H:%M").to_string();
        let understood = understand(&text, now, &zone).unwrap();
        match understood.note {
            None => prop_assert_eq!(understood.at, at),
            Some(Note::TwiceTookEarlier) => prop_assert!(understood.at <= at),
        }
        prop_assert_eq!(zone.to_datetime(understood.at), local.datetime());
        let in_utc = at.strftime("%Y-%m-%d %H:%M UTC").to_string();
        prop_assert_eq!(understand(&in_utc, now, &zone).unwrap().at, at);
    }

    #[test]
    fn a_spoken_duration_can_be_typed(seconds in 0_i64..100_000_000) {
        let spoken = spoken(SignedDuration::from_secs(seconds));
        let typed = duration(&spoken).unwrap().as_secs();
        prop_assert!(typed <= seconds && seconds - typed < 3600, "{} for {}", spoken, seconds);
    }
}

#[test]
fn the_edges_of_time_are_out_of_range() {
    for now in [Timestamp::MIN, Timestamp::MAX] {
        for text in ["9:05", "23:59", "monday", "dec 31 23:59", "yesterday", "tomorrow", "a day ago", "in 1 second"] {
            for zone_name in ["UTC", BERLIN, TOKYO] {
                let _ = understand(text, now, &zone(zone_name));
            }
        }
    }
    let first = date(-9999, 1, 2).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
    assert_eq!(understand("a week ago", first, &TimeZone::UTC), Err(NotUnderstood::OutOfRange));
}
