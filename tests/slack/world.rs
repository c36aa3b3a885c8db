//! A playground, and the boundary pointed at it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use breakingbot::boundary::comm_platform::{
    CommPlatform, Doubt, KnownChannels, OutboxKey, Pending, Receipt, SendError,
};
use breakingbot::boundary::slack::{Client, Slack, SlackSettings, Token};
use breakingbot::core::effect::Effect;
use breakingbot::core::ids::{ChannelId, Source};
use jiff::Timestamp;
use playground::{APP_TOKEN, BOT_TOKEN, Fault, FaultKind, Message, Options, Playground, Workspace};

/// Longer than anything here takes; only a failing test waits for it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The channels that the test says are an incident's.
#[derive(Default)]
pub struct Known(pub Mutex<Vec<ChannelId>>);

impl KnownChannels for Known {
    fn is_known<'a>(&'a self, channel: &'a ChannelId) -> Pending<'a, Result<bool, String>> {
        let is_known = self.0.lock().unwrap().contains(channel);
        Box::pin(async move { Ok(is_known) })
    }
}

/// A playground, and Slack as the bot has it.
pub struct World {
    pub playground: Playground,
    pub workspace: Workspace,
    pub client: Arc<Client>,
    pub known: Arc<Known>,
    pub slack: Slack,
}

impl World {
    pub async fn begin() -> Self {
        Self::with(Options::default()).await
    }

    pub async fn with(options: Options) -> Self {
        let playground = Playground::start(options).await.unwrap();
        let workspace = playground.workspace();
        let client = Arc::new(client_of(&playground, APP_TOKEN));
        let known = Arc::new(Known::default());
        let slack = Slack::new(client.clone(), known.clone());
        // The identity is asked for once; calls are counted without it.
        slack.me().await.unwrap();
        workspace.clear_calls();
        Self { playground, workspace, client, known, slack }
    }

    pub async fn perform(&self, effect: &Effect, doubt: Doubt) -> Result<Receipt, SendError> {
        self.slack.perform(OutboxKey(7), effect, doubt).await
    }

    pub async fn fresh(&self, effect: &Effect) -> Result<Receipt, SendError> {
        self.perform(effect, Doubt::Fresh).await
    }

    /// The methods that were called, in order.
    pub fn calls(&self) -> Vec<String> {
        self.workspace.calls().into_iter().map(|call| call.method).collect()
    }

    pub fn fault(&self, method: &str, kind: FaultKind) {
        self.workspace.fault(Fault::new(method, kind).times(1));
    }

    /// Alice types; where that stands.
    pub fn alice_says(&self, text: &str) -> Source {
        let ts = self.workspace.say("U0ALICE", "C0MAIN", text, None).unwrap();
        Source { channel: "C0MAIN".into(), message: ts.as_str().into(), thread: None }
    }

    /// What the bot has said in a channel.
    pub fn said_in(&self, channel: &str) -> Vec<Message> {
        let messages = self.workspace.messages(channel, None).unwrap();
        let written = |m: &Message| matches!(m.subtype, None | Some("file_share"));
        messages.into_iter().filter(|m| m.user == self.workspace.bot_user() && written(m)).collect()
    }
}

pub fn client_of(playground: &Playground, app_token: &str) -> Client {
    let settings = SlackSettings {
        // A slash at the end is as good as none.
        api_url: format!("{}/", playground.api_url()),
        call_timeout: Duration::from_millis(500),
        ..SlackSettings::new(Token::new(BOT_TOKEN), Token::new(app_token))
    };
    Client::new(&settings).unwrap()
}

/// An earlier attempt, just now.
pub fn doubtful() -> Doubt {
    Doubt::MaybeDone { since: Timestamp::now() }
}
