//! `breakingbot when`.

use super::process::Place;

/// What is typed, in which zone, at which instant; the instant that is understood, or a part of the reason.
const TABLE: &[(&str, &str, &str, Result<&str, &str>)] = &[
    ("now", "UTC", "2024-02-28T17:00:00Z", Ok("2024-02-28T17:00:00Z")),
    ("20 minutes ago", "America/New_York", "2024-02-28T17:00:00Z", Ok("2024-02-28T16:40:00Z")),
    ("9:05", "America/New_York", "2024-02-28T17:00:00Z", Ok("2024-02-28T14:05:00Z")),
    ("9:05", "America/New_York", "2024-02-28T13:00:00Z", Ok("2024-02-27T14:05:00Z")),
    ("yesterday 11:20a", "Europe/Berlin", "2024-02-28T17:00:00Z", Ok("2024-02-27T10:20:00Z")),
    ("2024-02-28 17:00 UTC", "Asia/Tokyo", "2024-03-01T00:00:00Z", Ok("2024-02-28T17:00:00Z")),
    ("2:30", "America/New_York", "2024-03-10T17:00:00Z", Err("The clocks skipped 02:30 on 2024-03-10")),
    ("-5", "UTC", "2024-03-10T17:00:00Z", Err("I cannot read that as a time.")),
    ("feb 30", "Europe/Berlin", "2024-03-10T17:00:00Z", Err("There is no such date.")),
    ("when I woke up", "Europe/Berlin", "2024-03-10T17:00:00Z", Err("Times are read in Europe/Berlin")),
];

#[test]
fn times() {
    let place = Place::new();
    for (text, zone, now, expected) in TABLE {
        let ended = place.run(&["when", text, "--tz", zone, "--now", now]);
        match expected {
            Ok(instant) => {
                assert_eq!(ended.stdout.lines().next(), Some(*instant), "{text}: {ended:?}");
                assert!(ended.stdout.lines().nth(1).unwrap().ends_with(&format!("[{zone}]")), "{ended:?}");
                assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{text}");
            }
            Err(reason) => {
                assert!(ended.stderr.contains(reason), "{text}: {ended:?}");
                assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{text}");
            }
        }
    }
}

#[test]
fn a_time_that_the_clocks_showed_twice_is_the_earlier_one_and_says_so() {
    let ended = Place::new().run(&["when", "1:30", "--tz", "America/New_York", "--now", "2024-11-03T17:00:00Z"]);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert_eq!(lines[0], "2024-11-03T05:30:00Z");
    assert_eq!(lines[2], "The clocks showed that time twice; this is the earlier one.");
}

#[test]
fn without_an_instant_it_is_the_present() {
    let ended = Place::new().run(&["when", "an hour ago"]);
    let understood: jiff::Timestamp = ended.stdout.lines().next().unwrap().parse().unwrap();
    let ago = jiff::Timestamp::now().duration_since(understood).as_secs();
    assert!((3_590..3_700).contains(&ago), "{ended:?}");
}

#[test]
fn a_zone_or_an_instant_that_is_none_is_refused() {
    let place = Place::new();
    let told = place.run(&["when", "now", "--tz", "Mars/Olympus"]);
    assert_eq!(told.code, Some(2));
    assert!(told.stderr.contains("write an IANA name such as Europe/Berlin"), "{told:?}");
    let told = place.run(&["when", "now", "--now", "yesterday"]);
    assert_eq!(told.code, Some(2));
    assert!(told.stderr.contains("write it like 2024-02-28T17:00:00Z"), "{told:?}");
}
