//! Natural time, in zones with all kinds of clocks.

use breakingbot::core::when::{duration, understand};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Half-hour steps, a day that was left out, daylight saving on both halves of the globe.
const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Africa/Monrovia",
];

/// An ordinary Wednesday, a leap day, both sides of both changes of the clocks, and the ends of what can be told.
const NOWS: [&str; 8] = [
    "2024-02-28T17:00:00Z",
    "2024-02-29T00:00:00Z",
    "2024-03-31T01:30:00Z",
    "2024-10-27T00:30:00Z",
    "2024-11-03T06:30:00Z",
    "1970-01-01T00:00:00Z",
    "-009999-01-03T00:00:00Z",
    "9999-12-30T00:00:00Z",
];

pub fn run(data: &[u8]) {
    let Some((&choice, text)) = data.split_first() else { return };
    let choice = usize::from(choice);
    let zone = TimeZone::get(ZONES[choice % ZONES.len()]).expect("the zones are bundled");
    let now: Timestamp = NOWS[choice / ZONES.len() % NOWS.len()].parse().expect("each of them is an instant");
    let text = String::from_utf8_lossy(text);
    match understand(&text, now, &zone) {
        Ok(understood) => {
            // What was understood, told exactly, is understood as the same; RFC 3339 has no years before 0.
            if understood.at.to_string().starts_with('-') {
                return;
            }
            let again = understand(&understood.at.to_string(), now, &zone).map(|again| again.at);
            assert_eq!(again, Ok(understood.at), "{text:?} at {now}");
        }
        Err(why) => {
            let refusal = why.refusal(&zone);
            assert!(refusal.len() < 1_000, "{refusal}");
        }
    }
    if let Some(length) = duration(&text) {
        assert!(!length.is_negative(), "{text:?} is {length}");
    }
}
