//! Desks: where incidents are declared, and by which rules. Filled from the configuration, constant while the bot runs.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::capture::Capture;
use super::ids::{ChannelId, DeskName, GroupId, Level, UserId};
use super::incident::Role;
use super::quiet::QuietHours;

/// When each kind of reminder is due; `None` is never.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NagIntervals {
    /// Between reminders that nobody is point.
    pub point: Option<SignedDuration>,
    /// Between reminders that nobody is comms.
    pub comms: Option<SignedDuration>,
    /// Until the first comm update is due.
    pub first_update: Option<SignedDuration>,
    /// Between comm updates.
    pub update: Option<SignedDuration>,
    /// Between reminders of one blocker, and until the first.
    pub blocker: Option<SignedDuration>,
    /// When nothing is sent.
    pub quiet: Quiet,
}

impl NagIntervals {
    /// Whether no reminder is ever due.
    pub fn is_silent(&self) -> bool {
        [self.point, self.comms, self.first_update, self.update, self.blocker].iter().all(Option::is_none)
    }
}

/// When a level sends no reminders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quiet {
    /// In the desk's quiet hours, if it has any.
    #[default]
    AsDesk,
    /// It always sends them.
    Never,
    /// In hours of its own.
    Hours(QuietHours),
}

/// A priority level of a desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Priority {
    /// The level.
    pub level: Level,
    /// The emoji's name, without colons.
    pub emoji: String,
    /// The words that start an incident at this level (`.low title`).
    pub aliases: Vec<String>,
    /// Whether it is announced loudly and in the notify channel.
    pub high: bool,
    /// Whether a review is required.
    pub review: bool,
    /// Whether a report is required.
    pub report: bool,
    /// When reminders are due.
    pub nag: NagIntervals,
    /// What the level means, in one sentence.
    pub meaning: String,
}

/// A place where incidents are declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// Its name.
    pub name: DeskName,
    /// Where people declare incidents and where the bot announces them.
    pub main_channel: ChannelId,
    /// Where stakeholders read announcements.
    pub notify_channel: Option<ChannelId>,
    /// The template of an incident channel's name: `{number}`, `{slug}`, `{date}`.
    pub channel_name: String,
    /// Who is invited to every incident channel.
    pub initial_users: Vec<UserId>,
    /// Whether guests and members of other organisations may use commands and take roles.
    pub allow_guests: bool,
    /// Who is mentioned on our own failures and on escalated reminders.
    pub oncall_group: Option<GroupId>,
    /// When no reminders are sent, unless a level has hours of its own.
    pub quiet_hours: Option<QuietHours>,
    /// After so many reminders of one kind without an answer the next one escalates.
    pub escalate_after: u32,
    /// Whether only the tracker's components can be named.
    pub strict_components: bool,
    /// How long a completed or canceled incident is left alone before it is archived; `None` is never.
    pub archive_after: Option<SignedDuration>,
    /// So long before it is archived its channel is told; never sooner than it ended.
    pub announce_before: SignedDuration,
    /// By emoji, as what a reaction puts a message on record.
    pub captures: BTreeMap<String, Capture>,
    /// Whether the channel's history is kept.
    pub record_history: bool,
    /// How long it is kept; `None` is for ever.
    pub history_keep: Option<SignedDuration>,
    /// Whether the words of a deleted message are kept.
    pub keep_deleted_text: bool,
    /// Runbooks by name; `root` is the first one to read.
    pub runbooks: BTreeMap<String, String>,
    /// What this desk calls the roles, where that differs from their own words.
    pub role_names: BTreeMap<String, String>,
    /// The levels, most urgent first.
    pub priorities: BTreeMap<Level, Priority>,
    /// The level of a plain `.start`.
    pub default_level: Level,
}

impl Desk {
    /// What was said before this is not kept any more at that time (both UTC); `None` when all of it is kept.
    pub fn oldest_kept(&self, now: Timestamp) -> Option<Timestamp> {
        self.history_keep.and_then(|keep| now.checked_sub(keep).ok())
    }

    /// A desk of that name and main channel with everything else as BEHAVIOUR gives it.
    pub fn with_defaults(name: impl Into<DeskName>, main_channel: impl Into<ChannelId>) -> Self {
        Self {
            name: name.into(),
            main_channel: main_channel.into(),
            notify_channel: None,
            channel_name: "breaking-{number}".to_owned(),
            initial_users: Vec::new(),
            allow_guests: false,
            oncall_group: None,
            quiet_hours: None,
            escalate_after: 3,
            strict_components: false,
            archive_after: Some(SignedDuration::from_hours(24)),
            announce_before: SignedDuration::from_hours(1),
            captures: BTreeMap::from([("pushpin".to_owned(), Capture::Event)]),
            record_history: true,
            history_keep: None,
            keep_deleted_text: false,
            runbooks: BTreeMap::new(),
            role_names: BTreeMap::new(),
            priorities: default_priorities(),
            default_level: Level(2),
        }
    }

    /// Where stakeholders read announcements: the main channel when no other is configured.
    pub fn stakeholders(&self) -> &ChannelId {
        self.notify_channel.as_ref().unwrap_or(&self.main_channel)
    }

    /// The priority of a level, if the desk has it.
    pub fn priority(&self, level: Level) -> Option<&Priority> {
        self.priorities.get(&level)
    }

    /// The level that a word means: `1`, `p1`, `P1` or a starting alias. A level that the desk lacks is `None`.
    pub fn level_of(&self, word: &str) -> Option<Level> {
        let word = word.to_lowercase();
        let digit = word.strip_prefix('p').unwrap_or(&word);
        if let [digit @ b'0'..=b'9'] = digit.as_bytes() {
            let level = Level(digit - b'0');
            return self.priorities.contains_key(&level).then_some(level);
        }
        self.priorities.values().find(|p| p.aliases.iter().any(|alias| alias.to_lowercase() == word)).map(|p| p.level)
    }

    /// Whether the level is announced loudly. A level that is no longer configured is not.
    pub fn is_high(&self, level: Level) -> bool {
        self.priority(level).is_some_and(|p| p.high)
    }

    /// Whether the level needs a review.
    pub fn needs_review(&self, level: Level) -> bool {
        self.priority(level).is_some_and(|p| p.review)
    }

    /// When the quiet hours end in which that instant lies at that level; `None` when it lies in none.
    pub fn quiet_end(&self, level: Level, at: Timestamp) -> Option<Timestamp> {
        match &self.priority(level)?.nag.quiet {
            Quiet::AsDesk => self.quiet_hours.as_ref()?.end(at),
            Quiet::Never => None,
            Quiet::Hours(hours) => hours.end(at),
        }
    }

    /// What people of this desk call a role.
    pub fn role_name(&self, role: Role) -> &str {
        self.role_names.get(role.word()).map_or(role.word(), String::as_str)
    }

    /// The runbook to read first.
    pub fn root_runbook(&self) -> Option<&str> {
        self.runbooks.get("root").or_else(|| self.runbooks.values().next()).map(String::as_str)
    }
}

/// A level's number, emoji, aliases, whether it is high, its intervals and its meaning.
type Row = (u8, &'static str, &'static [&'static str], bool, NagIntervals, &'static str);

/// The levels of BEHAVIOUR §2.
pub fn default_priorities() -> BTreeMap<Level, Priority> {
    let seconds = |s: i64| Some(SignedDuration::from_secs(s));
    let nag = |point, comms, first_update, update, blocker| NagIntervals {
        point,
        comms,
        first_update,
        update,
        blocker,
        quiet: Quiet::AsDesk,
    };
    let rows: [Row; 5] = [
        (
            1,
            "fire",
            &["hi", "high", "critical", "crit"],
            true,
            nag(seconds(180), seconds(120), seconds(360), seconds(1800), seconds(900)),
            "critical: many customers or a severe security breach, all hands",
        ),
        (
            2,
            "fire",
            &["mid", "med", "medium", "normal"],
            true,
            nag(seconds(1800), seconds(1200), seconds(360), seconds(3600), seconds(3600)),
            "serious, limited blast radius; several customers",
        ),
        (
            3,
            "dash",
            &["lo", "low", "lite", "light"],
            false,
            nag(seconds(1800), seconds(1200), seconds(600), None, seconds(14_400)),
            "minor or one customer, still needs prompt work",
        ),
        (
            4,
            "heavy_multiplication_x",
            &["backlog", "none"],
            false,
            NagIntervals::default(),
            "not an incident, ordinary backlog work",
        ),
        (5, "heavy_multiplication_x", &["wontfix"], false, NagIntervals::default(), "nothing wrong"),
    ];
    rows.into_iter()
        .map(|(level, emoji, aliases, high, nag, meaning)| {
            let level = Level(level);
            let priority = Priority {
                level,
                emoji: emoji.to_owned(),
                aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
                high,
                review: high,
                report: high,
                nag,
                meaning: meaning.to_owned(),
            };
            (level, priority)
        })
        .collect()
}
