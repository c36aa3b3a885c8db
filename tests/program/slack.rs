//! A local Slack in the test's own process, for a bot in another.

use std::time::Duration;

use playground::{APP_TOKEN, BOT_TOKEN, MessageView, Options, Playground, Workspace};
use tokio::runtime::Runtime;

use super::process::Place;

/// Longer than anything takes, on a machine that is busy with something else.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The desk of the playground's channels.
pub const DESK: &str = r#"
[[desk]]
name = "main"
main_channel = "C0MAIN"
notify_channel = "C0NOTIFY"
oncall_group = "S0ONCALL"
"#;

/// A Slack.
pub struct LocalSlack {
    runtime: Runtime,
    playground: Playground,
}

impl LocalSlack {
    pub fn open() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let playground = runtime.block_on(Playground::start(Options::default())).unwrap();
        Self { runtime, playground }
    }

    /// A place whose bot serves this Slack.
    pub fn place(&self) -> Place {
        Place::new()
            .with("SLACK_API_URL", self.playground.api_url())
            .with("SLACK_BOT_TOKEN", BOT_TOKEN)
            .with("SLACK_APP_TOKEN", APP_TOKEN)
            .with("PORT", "0")
            .file("breakingbot.toml", DESK)
    }

    /// It goes away, and nobody answers at its address.
    pub fn close(self) {
        self.runtime.block_on(self.playground.stop());
    }

    pub fn workspace(&self) -> Workspace {
        self.playground.workspace()
    }

    /// Runs something beside it.
    pub fn runs<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Where it is.
    pub fn workspace_address(&self) -> String {
        self.playground.address().to_string()
    }

    /// Waits until something can be seen.
    pub fn until<T>(&self, what: &str, found: impl FnMut(&Workspace) -> Option<T>) -> T {
        let workspace = self.workspace();
        let found = self.runtime.block_on(workspace.until(PATIENCE, found));
        found.unwrap_or_else(|| panic!("{what} did not happen in time"))
    }

    /// Somebody says something; waits until the bot has answered with this reaction.
    pub fn says(&self, user: &str, channel: &str, text: &str, reaction: &str) -> MessageView {
        let ts = self.workspace().say(user, channel, text, None).unwrap();
        self.until(&format!("{reaction} on {text}"), |workspace| {
            let message = workspace.message(channel, ts.as_str())?;
            message.reactions.iter().any(|given| given.name == reaction).then_some(message)
        })
    }

    /// Somebody declares an incident; waits for its channel with a topic, by id.
    pub fn starts(&self, user: &str, title: &str) -> String {
        self.opens(user, title, 1)
    }

    /// Likewise, when it is the incident of that number.
    pub fn opens(&self, user: &str, title: &str, number: usize) -> String {
        self.says(user, "C0MAIN", &format!(".start {title}"), "ok");
        let name = format!("breaking-{number}");
        self.until("the incident's channel", |workspace| {
            let channels = workspace.channels();
            let opened = channels.iter().find(|channel| channel.name == name && !channel.topic.is_empty());
            opened.map(|channel| channel.id.clone())
        })
    }

    /// Somebody says something; waits until the bot has answered in its thread.
    pub fn asks(&self, user: &str, channel: &str, text: &str) {
        let ts = self.workspace().say(user, channel, text, None).unwrap();
        self.until(&format!("an answer to {text}"), |workspace| {
            let messages = workspace.messages(channel, None).ok()?;
            messages.iter().any(|message| message.thread_ts == Some(ts)).then_some(())
        });
    }
}
