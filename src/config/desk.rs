//! `[[desk]]`: where incidents are declared, and by which rules.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::priority;
use super::reader::{Section, Wrong, nearest};
use crate::boundary::slack::limits;
use crate::core::capture::Capture;
use crate::core::desk::Desk;
use crate::core::ids::{ChannelId, GroupId, Level, UserId};
use crate::core::incident::Role;
use crate::core::moments::Moment;
use crate::core::quiet::QuietHours;

/// What a channel's name can be made of.
const PLACEHOLDERS: [&str; 3] = ["number", "slug", "date"];

/// Longer than any incident is remembered, and short enough to be added to any time.
const LONGEST: SignedDuration = SignedDuration::from_hours(100 * 365 * 24);

/// The desks of the document; none when it has none.
pub(super) fn read(root: &Section<'_>) -> Vec<Desk> {
    let (mut names, mut channels) = (BTreeSet::new(), BTreeMap::new());
    let desks = root.sections("desk", |section| {
        let desk = one(section);
        if !names.insert(desk.name.clone()) {
            let what = format!("is {:?}, as another desk's", desk.name.as_str());
            section.complain("name", what, "Give every desk a name of its own.");
        }
        if section.has("main_channel")
            && let Some(other) = channels.insert(desk.main_channel.clone(), desk.name.clone())
        {
            let what = format!("is the main channel of desk {:?} too", other.as_str());
            section.complain("main_channel", what, "Incidents of a channel belong to one desk: use another channel.");
        }
        desk
    });
    desks.unwrap_or_default()
}

fn one(section: &Section<'_>) -> Desk {
    let name = section.text("name").unwrap_or_else(|| "main".to_owned());
    let main = section.parse("main_channel", channel);
    if main.is_none() && !section.has("main_channel") {
        section.complain(
            "main_channel",
            "is missing",
            "Write the id of the channel where people declare incidents; Slack shows it at the end of the channel's details.",
        );
    }
    let default = Desk::with_defaults(name, main.unwrap_or_else(|| ChannelId::new("")));
    let priorities = priority::read(section);
    let default_level = default_level(section, &priorities, default.default_level);
    Desk {
        notify_channel: section.parse("notify_channel", channel),
        channel_name: section.parse("channel_name", channel_name).unwrap_or(default.channel_name),
        initial_users: section.list("initial_users", user).unwrap_or_default(),
        allow_guests: section.flag("allow_guests").unwrap_or(default.allow_guests),
        oncall_group: section.parse("oncall_group", group),
        quiet_hours: quiet_hours(section),
        escalate_after: default.escalate_after,
        strict_components: section.flag("strict_components").unwrap_or(default.strict_components),
        archive_after: section
            .duration_or_never("archive_after", SignedDuration::ZERO..=LONGEST)
            .unwrap_or(default.archive_after),
        announce_before: default.announce_before,
        captures: section.section("capture", captures),
        record_history: section.flag("record_history").unwrap_or(default.record_history),
        history_keep: section
            .duration_or("history_keep", "forever", SignedDuration::from_hours(24)..=LONGEST)
            .flatten(),
        keep_deleted_text: section.flag("keep_deleted_text").unwrap_or(default.keep_deleted_text),
        runbooks: section.section("runbooks", runbooks),
        role_names: section.section("role_names", role_names),
        priorities,
        default_level,
        name: default.name,
        main_channel: default.main_channel,
    }
}

fn default_level<T>(section: &Section<'_>, levels: &BTreeMap<Level, T>, default: Level) -> Level {
    let written = section.number("default_level", 1..=9).and_then(|n| u8::try_from(n).ok()).map(Level);
    let level = written.unwrap_or(default);
    if !levels.contains_key(&level) && !levels.is_empty() {
        let known = levels.keys().map(|level| level.0.to_string()).collect::<Vec<_>>().join(", ");
        section.complain(
            "default_level",
            format!("is {}, a level that this desk does not have", level.0),
            format!("Set it to one of {known}."),
        );
    }
    level
}

/// `quiet_hours = { from = "22:00", to = "06:00", zone = "Europe/Berlin" }`.
fn quiet_hours(section: &Section<'_>) -> Option<QuietHours> {
    const KEY: &str = "quiet_hours";
    section.section(KEY, |hours| {
        let written = !hours.is_absent();
        let [from, to] = ["from", "to"].map(|key| hours.parse(key, time));
        let zone = hours.parse("zone", zone);
        for key in ["from", "to", "zone"] {
            if written && !hours.has(key) {
                hours.complain(
                    key,
                    "is missing",
                    "Write all three: quiet_hours = { from = \"22:00\", to = \"06:00\", zone = \"Europe/Berlin\" }.",
                );
            }
        }
        let quiet = QuietHours { from: from?, to: to?, zone: zone? };
        if quiet.from == quiet.to {
            hours.complain(
                "to",
                "is when they begin",
                "Let them end at another time; `point = \"never\"` and the like end reminders altogether.",
            );
        }
        Some(quiet)
    })
}

/// A time of the day: `22:00`.
fn time(text: &str) -> Result<Time, Wrong> {
    let parsed = match text.trim().split_once(':') {
        Some((hour, minute)) if matches!(hour.len(), 1 | 2) && minute.len() == 2 => {
            hour.parse().ok().zip(minute.parse().ok()).and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok())
        }
        _ => None,
    };
    parsed.ok_or_else(|| {
        (format!("is {text:?}, which no clock shows"), "Write hours and minutes, such as \"22:00\".".to_owned())
    })
}

/// A timezone that the timezone database has.
fn zone(text: &str) -> Result<String, Wrong> {
    match TimeZone::get(text.trim()) {
        Ok(zone) => Ok(zone.iana_name().unwrap_or(text.trim()).to_owned()),
        Err(_) => Err((
            format!("is {text:?}, which is no timezone"),
            "Write its name in the timezone database, such as \"Europe/Berlin\" or \"UTC\".".to_owned(),
        )),
    }
}

/// An id of Slack's: one of these capitals, then capitals and digits.
fn id(text: &str, first: &[char], what: &str, remedy: &str) -> Result<(), Wrong> {
    let alphabet = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    if text.starts_with(first) && text.len() > 1 && text.chars().all(alphabet) {
        return Ok(());
    }
    Err((format!("has {text:?}, which is not the id of a {what}"), remedy.to_owned()))
}

fn channel(text: &str) -> Result<ChannelId, Wrong> {
    let remedy =
        "Write the id, not the name: it begins with C and stands at the end of the channel's details in Slack.";
    id(text, &['C', 'G'], "channel", remedy)?;
    Ok(ChannelId::new(text))
}

fn user(text: &str) -> Result<UserId, Wrong> {
    let remedy =
        "Write the member id, not the name: it begins with U and is copied from the person's profile in Slack.";
    id(text, &['U', 'W'], "person", remedy)?;
    Ok(UserId::new(text))
}

fn group(text: &str) -> Result<GroupId, Wrong> {
    let remedy =
        "Write the id, not the handle: it begins with S and stands in the address of the group's page in Slack.";
    id(text, &['S'], "user group", remedy)?;
    Ok(GroupId::new(text))
}

/// The template of a channel's name: two incidents must never want the same.
fn channel_name(template: &str) -> Result<String, Wrong> {
    let known = PLACEHOLDERS.map(|name| format!("{{{name}}}")).join(", ");
    let mut literal = String::new();
    let mut used = BTreeSet::new();
    let mut rest = template;
    while let Some(start) = rest.find(['{', '}']) {
        literal.push_str(&rest[..start]);
        let Some((inside, after)) = rest[start..].strip_prefix('{').and_then(|rest| rest.split_once('}')) else {
            return Err((format!("is {template:?}, with a brace that has no partner"), format!("Known are {known}.")));
        };
        let Some(name) = PLACEHOLDERS.iter().find(|name| **name == inside) else {
            let remedy = match nearest(inside, PLACEHOLDERS.into_iter()) {
                Some(near) => format!("Did you mean {{{near}}}?"),
                None => format!("Known are {known}."),
            };
            return Err((format!("has the unknown placeholder {{{inside}}}"), remedy));
        };
        used.insert(*name);
        rest = after;
    }
    literal.push_str(rest);
    if let Some(bad) = literal.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(*c))) {
        return Err((
            format!("has {bad:?}, which Slack does not allow in a channel's name"),
            "Use small letters, digits, hyphens and underscores.".to_owned(),
        ));
    }
    if !used.contains("number") && !used.contains("slug") {
        return Err((
            format!("is {template:?}, which gives every incident the same name"),
            "Put {number} into it, such as \"breaking-{number}\".".to_owned(),
        ));
    }
    // A number takes up to ten, a date ten; a slug is cut to what is left.
    if literal.len() + 10 * used.iter().filter(|name| **name != "slug").count() > limits::CHANNEL_NAME {
        let longest = limits::CHANNEL_NAME;
        return Err(("is too long".to_owned(), format!("A channel's name has at most {longest} characters.")));
    }
    Ok(template.to_owned())
}

fn runbooks(section: &Section<'_>) -> BTreeMap<String, String> {
    let address = |text: &str| match text.starts_with("https://") || text.starts_with("http://") {
        true => Ok(text.to_owned()),
        false => Err((format!("is {text:?}"), "Write an address that begins with https://.".to_owned())),
    };
    section.names().into_iter().filter_map(|name| Some((name.clone(), section.parse(&name, address)?))).collect()
}

/// Which emoji put a message on record, and as what. The pushpin stays unless it is taken away.
fn captures(section: &Section<'_>) -> BTreeMap<String, Capture> {
    let mut captures = BTreeMap::new();
    for (key, what, default) in [
        ("event", Capture::Event, Some("pushpin")),
        ("action_item", Capture::ActionItem, None),
        ("factor", Capture::Factor, None),
        ("genesis", Capture::Moment(Moment::Genesis), None),
        ("detected", Capture::Moment(Moment::Detected), None),
    ] {
        let read = |text: &str| match text.trim() {
            "never" => Ok(None),
            name => priority::emoji(name).map(Some),
        };
        let Some(emoji) = section.parse(key, read).unwrap_or_else(|| default.map(str::to_owned)) else { continue };
        if captures.insert(emoji.clone(), what).is_some() {
            section.complain(
                key,
                format!("is {emoji:?}, which captures something else already"),
                "Use an emoji for one thing only.",
            );
        }
    }
    captures
}

fn role_names(section: &Section<'_>) -> BTreeMap<String, String> {
    Role::ALL.iter().filter_map(|role| Some((role.word().to_owned(), section.text(role.word())?))).collect()
}
