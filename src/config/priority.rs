//! `[desk.priority.N]`: the levels of a desk, written as what differs from the default levels.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use jiff::SignedDuration;

use super::reader::{Section, Wrong};
use crate::core::commands;
use crate::core::desk::{NagIntervals, Priority, Quiet, default_priorities};
use crate::core::ids::Level;
use crate::core::quiet::QuietHours;

/// A reminder more often than this would be noise; one later than this would be none.
const INTERVAL: RangeInclusive<SignedDuration> = SignedDuration::from_secs(10)..=SignedDuration::from_hours(30 * 24);

/// The levels of `[desk.priority]`: the defaults, with what is written there.
pub(super) fn read(desk: &Section<'_>) -> BTreeMap<Level, Priority> {
    desk.section("priority", |section| {
        let mut levels = default_priorities();
        let written = section.names();
        for name in &written {
            let Some(level) = level_of(name) else {
                section.allow(name);
                section.complain(
                    name,
                    "is no level",
                    "Levels are the numbers 1 to 9, the most urgent first: [desk.priority.1].",
                );
                continue;
            };
            if section.is_switched_off(name) {
                section.allow(name);
                levels.remove(&level);
                continue;
            }
            let priority = section.section(name, |section| one(section, level, levels.get(&level)));
            levels.insert(level, priority);
        }
        if levels.is_empty() {
            section.complain("1", "is switched off, and so is every other level", "Keep at least one.");
        }
        unique_aliases(section, &levels);
        levels
    })
}

fn level_of(name: &str) -> Option<Level> {
    match name.as_bytes() {
        [digit @ b'1'..=b'9'] => Some(Level(digit - b'0')),
        _ => None,
    }
}

fn one(section: &Section<'_>, level: Level, default: Option<&Priority>) -> Priority {
    let base = default.cloned().unwrap_or_else(|| Priority {
        level,
        emoji: "fire".to_owned(),
        aliases: Vec::new(),
        high: false,
        review: false,
        report: false,
        nag: NagIntervals::default(),
        meaning: String::new(),
    });
    let meaning = section.text("meaning");
    if default.is_none() && meaning.is_none() && !section.has("meaning") {
        section.complain(
            "meaning",
            "is missing, and this level has no default",
            "Say in one sentence what the level means: meaning = \"…\".",
        );
    }
    let priority = Priority {
        level,
        emoji: section.parse("emoji", emoji).unwrap_or(base.emoji),
        aliases: section.list("aliases", alias).unwrap_or(base.aliases),
        high: section.flag("high").unwrap_or(base.high),
        review: section.flag("review").unwrap_or(base.review),
        report: section.flag("report").unwrap_or(base.report),
        nag: section.section("nag", |section| nag(section, &base.nag)),
        meaning: meaning.unwrap_or(base.meaning),
    };
    if priority.report && !priority.review {
        section.complain(
            if section.has("report") { "report" } else { "review" },
            "leaves this level with a report but without a review, and reports are written from reviews",
            "Set both to true, or report = false.",
        );
    }
    priority
}

fn nag(section: &Section<'_>, base: &NagIntervals) -> NagIntervals {
    NagIntervals {
        point: section.duration_or_never("point", INTERVAL).unwrap_or(base.point),
        comms: section.duration_or_never("comms", INTERVAL).unwrap_or(base.comms),
        first_update: section.duration_or_never("first_update", INTERVAL).unwrap_or(base.first_update),
        update: section.duration_or_never("update", INTERVAL).unwrap_or(base.update),
        blocker: section.duration_or_never("blocker", INTERVAL).unwrap_or(base.blocker),
        quiet: section.parse("quiet_hours_utc", quiet_hours).unwrap_or_else(|| base.quiet.clone()),
    }
}

fn quiet_hours(text: &str) -> Result<Quiet, Wrong> {
    if text.trim() == "never" {
        return Ok(Quiet::Never);
    }
    let hour = |text: &str| match text.len() {
        1 | 2 if text.bytes().all(|b| b.is_ascii_digit()) => text.parse::<u8>().ok(),
        _ => None,
    };
    match text.split_once('-').map(|(from, to)| (hour(from.trim()), hour(to.trim()))) {
        Some((Some(from @ 0..=23), Some(to @ 0..=24))) if from != to % 24 => {
            Ok(Quiet::Hours(QuietHours::utc(from, to)))
        }
        _ => Err((
            format!("is {text:?}"),
            "Write the first quiet hour and the hour at which they end, in UTC: \"22-06\"; or \"never\".".to_owned(),
        )),
    }
}

pub(super) fn emoji(text: &str) -> Result<String, Wrong> {
    let name = text.trim().trim_matches(':');
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-+'".contains(c);
    if !name.is_empty() && name.chars().all(allowed) {
        return Ok(name.to_owned());
    }
    Err((
        format!("is {text:?}, which is no emoji's name"),
        "Write the name that Slack shows for it, such as \"fire\".".to_owned(),
    ))
}

fn alias(text: &str) -> Result<String, Wrong> {
    let word = text.trim().trim_start_matches('.').to_lowercase();
    if word.is_empty() || !word.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_') {
        return Err((format!("holds {text:?}"), "An alias is one word of letters and digits.".to_owned()));
    }
    if matches!(word.as_bytes(), [b'0'..=b'9'] | [b'p', b'0'..=b'9']) {
        return Err((
            format!("holds {text:?}, which always means the level of that number"),
            "Choose another word.".to_owned(),
        ));
    }
    if commands::ALL.iter().any(|spec| spec.words().any(|known| known == word)) {
        return Err((format!("holds {text:?}, which is a command"), "Choose another word.".to_owned()));
    }
    Ok(word)
}

fn unique_aliases(section: &Section<'_>, levels: &BTreeMap<Level, Priority>) {
    let mut seen: BTreeMap<&str, Level> = BTreeMap::new();
    let mut told = BTreeSet::new();
    for (level, priority) in levels {
        for alias in &priority.aliases {
            let Some(other) = seen.insert(alias, *level) else { continue };
            if told.insert(alias) {
                let key = if section.has(&level.0.to_string()) { level.0 } else { other.0 };
                section.complain(
                    &key.to_string(),
                    match other == *level {
                        true => format!("has the alias {alias:?} twice"),
                        false => format!("makes {alias:?} an alias of both {other} and {level}"),
                    },
                    "A word starts incidents at one level: take it out of aliases at one place.",
                );
            }
        }
    }
}
