//! Which of Slack's methods the bot calls, and the scope that each needs. The app's manifest grants exactly these.

/// A method, and the bot scopes that it needs.
pub const METHODS: &[(&str, &[&str])] = &[
    ("auth.test", &[]),
    ("bookmarks.add", &["bookmarks:write"]),
    ("bookmarks.list", &["bookmarks:read"]),
    ("chat.delete", &["chat:write"]),
    ("chat.postEphemeral", &["chat:write"]),
    ("chat.postMessage", &["chat:write"]),
    ("chat.update", &["chat:write"]),
    ("conversations.archive", &["channels:manage"]),
    ("conversations.create", &["channels:manage"]),
    ("conversations.history", &["channels:history", "groups:history"]),
    ("conversations.info", &["channels:read", "groups:read"]),
    ("conversations.invite", &["channels:manage"]),
    ("conversations.join", &["channels:join"]),
    ("conversations.list", &["channels:read"]),
    ("conversations.replies", &["channels:history", "groups:history"]),
    ("conversations.setTopic", &["channels:manage"]),
    ("files.completeUploadExternal", &["files:write"]),
    ("files.getUploadURLExternal", &["files:write"]),
    ("pins.add", &["pins:write"]),
    ("reactions.add", &["reactions:write"]),
    ("reactions.remove", &["reactions:write"]),
    ("usergroups.users.list", &["usergroups:read"]),
    ("users.info", &["users:read", "users:read.email"]),
];

/// An event that the bot listens to, and the bot scopes that it needs.
pub const EVENTS: &[(&str, &[&str])] = &[
    ("app_mention", &["app_mentions:read"]),
    ("channel_archive", &["channels:read"]),
    ("channel_deleted", &["channels:read"]),
    ("channel_rename", &["channels:read"]),
    ("channel_unarchive", &["channels:read"]),
    ("group_archive", &["groups:read"]),
    ("group_deleted", &["groups:read"]),
    ("group_rename", &["groups:read"]),
    ("group_unarchive", &["groups:read"]),
    ("member_joined_channel", &["channels:read", "groups:read"]),
    ("message.channels", &["channels:history"]),
    ("message.groups", &["groups:history"]),
    ("reaction_added", &["reactions:read"]),
    ("reaction_removed", &["reactions:read"]),
];

/// All bot scopes, sorted.
pub fn scopes() -> Vec<&'static str> {
    let mut scopes: Vec<&str> = METHODS.iter().chain(EVENTS).flat_map(|(_, scopes)| scopes.iter().copied()).collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = include_str!("../../../slack-app-manifest.yaml");

    /// The list under a key of the manifest.
    fn listed(key: &str) -> Vec<&'static str> {
        let under = MANIFEST.lines().skip_while(|line| line.trim() != format!("{key}:")).skip(1);
        under.map_while(|line| line.trim().strip_prefix("- ")).collect()
    }

    #[test]
    fn the_manifest_asks_for_exactly_what_is_used() {
        assert_eq!(listed("bot"), scopes());
        assert_eq!(listed("bot_events"), EVENTS.iter().map(|(event, _)| *event).collect::<Vec<_>>());
        assert!(
            MANIFEST.contains("socket_mode_enabled: true") && MANIFEST.contains("interactivity:\n    is_enabled: true")
        );
    }

    #[test]
    fn every_method_that_is_called_has_its_scope() {
        let sources = [
            include_str!("asking.rs"),
            include_str!("client.rs"),
            include_str!("housekeeping.rs"),
            include_str!("saying.rs"),
        ];
        let families = [
            "auth.",
            "bookmarks.",
            "chat.",
            "conversations.",
            "files.",
            "pins.",
            "reactions.",
            "usergroups.",
            "users.",
        ];
        let mut called: Vec<&str> = sources
            .iter()
            .flat_map(|source| source.split('"').skip(1).step_by(2))
            .filter(|word| families.iter().any(|family| word.starts_with(family)) && !word.contains(' '))
            // The bytes of a file go to an address of their own.
            .filter(|word| *word != "files.upload")
            .collect();
        called.sort_unstable();
        called.dedup();
        assert_eq!(called, METHODS.iter().map(|(method, _)| *method).collect::<Vec<_>>());
    }
}
