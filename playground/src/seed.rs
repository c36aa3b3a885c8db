//! The workspace as it is when it opens.

use crate::model::{BOT_ID, BOT_USER, OTHER_TEAM_ID, Person, UserGroup};

fn person(id: &str, name: &str, real_name: &str, tz: &str) -> Person {
    Person { real_name: real_name.to_owned(), tz: tz.to_owned(), ..Person::new(id, name) }
}

pub(crate) fn people() -> Vec<Person> {
    let mut gina = person("U0GINA", "gina", "Gina Gates", "Europe/London");
    gina.guest = true;
    let mut olga = person("U0OLGA", "olga", "Olga Orlova", "Europe/Helsinki");
    olga.stranger = true;
    olga.team_id = OTHER_TEAM_ID.to_owned();
    olga.email = "olga@other.example".to_owned();
    let mut dora = person("U0DORA", "dora", "Dora Diaz", "Etc/UTC");
    dora.deleted = true;
    let mut robot = person("U0ROBOT", "robot", "Robot", "Etc/UTC");
    robot.bot_id = Some("B0ROBOT".to_owned());
    robot.email = String::new();
    let mut bot = person(BOT_USER, "breakingbot", "Breaking Bot", "Etc/UTC");
    bot.bot_id = Some(BOT_ID.to_owned());
    bot.email = String::new();
    vec![
        person("U0ALICE", "alice", "Alice Adler", "Europe/Berlin"),
        person("U0BOB", "bob", "Bob Brown", "America/New_York"),
        person("U0CAROL", "carol", "Carol Chiba", "Asia/Tokyo"),
        person("U0DAVE", "dave", "Dave Dunn", "Etc/UTC"),
        gina,
        olga,
        dora,
        robot,
        bot,
    ]
}

pub(crate) fn groups() -> Vec<UserGroup> {
    vec![UserGroup {
        id: "S0ONCALL".to_owned(),
        handle: "oncall".to_owned(),
        name: "On call".to_owned(),
        users: vec!["U0ALICE".to_owned(), "U0BOB".to_owned()],
    }]
}

pub(crate) struct SeededChannel {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) private: bool,
    pub(crate) members: &'static [&'static str],
}

pub(crate) const CHANNELS: [SeededChannel; 4] = [
    SeededChannel {
        id: "C0MAIN",
        name: "breaking",
        private: false,
        members: &["U0ALICE", "U0BOB", "U0CAROL", "U0DAVE", "U0GINA", "U0OLGA", BOT_USER],
    },
    SeededChannel {
        id: "C0NOTIFY",
        name: "breaking-notify",
        private: false,
        members: &["U0ALICE", "U0BOB", "U0CAROL", "U0DAVE", BOT_USER],
    },
    SeededChannel {
        id: "C0GENERAL",
        name: "general",
        private: false,
        members: &["U0ALICE", "U0BOB", "U0CAROL", "U0DAVE"],
    },
    SeededChannel { id: "G0PRIVATE", name: "security", private: true, members: &["U0ALICE", "U0BOB"] },
];

/// What the app's bot token may do at first. Not `chat:write.public`: as with most installations, the bot must be in
/// a channel to post there.
pub(crate) const SCOPES: [&str; 29] = [
    "app_mentions:read",
    "bookmarks:read",
    "bookmarks:write",
    "channels:history",
    "channels:join",
    "channels:manage",
    "channels:read",
    "channels:write.invites",
    "channels:write.topic",
    "chat:write",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "groups:write",
    "groups:write.invites",
    "groups:write.topic",
    "im:history",
    "im:read",
    "im:write",
    "pins:read",
    "pins:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users:read",
    "users:read.email",
    "mpim:write",
];
