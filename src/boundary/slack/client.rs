//! One call of Slack's Web API, over slack-morphism's session: with a timeout, a line in the debug log, and an error
//! that tells whether it may have been done.
//!
//! The answers are types of our own. slack-morphism's demand fields that we do not need, and its empty ones take any
//! page with status 200 for success; ours always demand Slack's `ok`.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::Uri;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use slack_morphism::errors::SlackClientError;
use slack_morphism::hyper_tokio::{SlackClientHyperConnector, SlackHyperClient};
use slack_morphism::{SlackApiToken, SlackApiTokenValue, SlackClient, SlackFileUploadUrl};
use tokio::sync::OnceCell;
use tracing::debug;

use crate::boundary::comm_platform::Me;
use crate::boundary::http::{self, Address, Credentials, Limits, Secret, connector, tls};
use crate::core::ids::{ChannelId, UserId};

use super::limits;

/// Slack's own address.
pub const SLACK_API_URL: &str = "https://slack.com/api";

/// A call without an answer for so long is of unknown outcome.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// A token. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Takes it, without the blanks that copying leaves.
    pub fn new(token: impl AsRef<str>) -> Self {
        Self(token.as_ref().trim().to_owned())
    }

    fn for_slack(&self) -> SlackApiToken {
        SlackApiToken::new(SlackApiTokenValue(self.0.clone()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Where Slack is, and who we are to it.
#[derive(Clone, Debug)]
pub struct SlackSettings {
    /// The base of the API's methods, with or without a slash at its end. Plain http is for loopback addresses only.
    pub api_url: String,
    /// The bot's token, `xoxb-…`.
    pub bot_token: Token,
    /// The app's token for Socket Mode, `xapp-…`.
    pub app_token: Token,
    /// How long an answer is waited for.
    pub call_timeout: Duration,
}

impl SlackSettings {
    /// Settings for Slack itself.
    pub fn new(bot_token: Token, app_token: Token) -> Self {
        Self { api_url: SLACK_API_URL.to_owned(), bot_token, app_token, call_timeout: CALL_TIMEOUT }
    }
}

/// Why there can be no client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not an address.
    #[error("SLACK_API_URL is not an address: {0:?} (Slack's own is https://slack.com/api)")]
    NotAnAddress(String),
    /// The tokens would cross a network in the clear.
    #[error(
        "SLACK_API_URL may be plain http only for this machine (127.0.0.1, ::1, localhost), not for {0:?}: use https"
    )]
    PlainHttp(String),
}

/// Checks an API base and takes the slash off its end.
pub fn api_base(url: &str) -> Result<String, SettingsError> {
    let base = url.trim().trim_end_matches('/');
    let uri: Uri = base.parse().map_err(|_| SettingsError::NotAnAddress(url.to_owned()))?;
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
    let is_loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match uri.scheme_str() {
        Some("https") if !host.is_empty() => Ok(base.to_owned()),
        Some("http") if is_loopback => Ok(base.to_owned()),
        Some("http") if !host.is_empty() => Err(SettingsError::PlainHttp(host)),
        _ => Err(SettingsError::NotAnAddress(url.to_owned())),
    }
}

/// Why a call did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Too fast.
    #[error("throttled for {0:?}")]
    Throttled(Duration),
    /// It never got to Slack.
    #[error("not sent: {0}")]
    Unsent(String),
    /// It was sent, and what came of it is not known.
    #[error("no usable answer: {0}")]
    Lost(String),
    /// Slack said no.
    #[error("{0}")]
    Slack(Failure),
}

/// What Slack says with a no.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// Slack's word for it.
    pub code: String,
    /// The scope that is lacking, with `missing_scope`.
    pub needed: Option<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.needed {
            Some(needed) => write!(f, "{} ({needed})", self.code),
            None => f.write_str(&self.code),
        }
    }
}

impl CallError {
    /// Slack's word, when it said no.
    pub fn code(&self) -> &str {
        match self {
            Self::Slack(failure) => &failure.code,
            _ => "",
        }
    }
}

/// An answer of Slack's: `ok`, and what was asked for.
#[derive(Deserialize)]
struct Answer<T> {
    ok: bool,
    #[serde(flatten)]
    rest: T,
}

/// Nothing that matters.
#[derive(Deserialize)]
pub(super) struct Done {}

/// Calls Slack's methods.
pub struct Client {
    http: SlackHyperClient,
    bot: SlackApiToken,
    app: SlackApiToken,
    tls: Arc<rustls::ClientConfig>,
    timeout: Duration,
    base: String,
    me: OnceCell<Me>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("me", &self.me.get()).finish_non_exhaustive()
    }
}

impl Client {
    /// Makes ready to call; nothing is sent yet.
    pub fn new(settings: &SlackSettings) -> Result<Self, SettingsError> {
        let base = api_base(&settings.api_url)?;
        let tls = tls();
        let connector = SlackClientHyperConnector::with_connector(connector(tls.clone())).with_slack_api_url(&base);
        Ok(Self {
            http: SlackClient::new(connector),
            bot: settings.bot_token.for_slack(),
            app: settings.app_token.for_slack(),
            tls: Arc::new(tls),
            timeout: settings.call_timeout,
            base,
            me: OnceCell::new(),
        })
    }

    /// How the socket's other end is recognised.
    pub(super) fn tls(&self) -> Arc<rustls::ClientConfig> {
        self.tls.clone()
    }

    /// Who the bot is (auth.test), asked once.
    pub async fn me(&self) -> Result<&Me, CallError> {
        #[derive(Deserialize)]
        struct Identity {
            user_id: String,
            #[serde(default)]
            user: String,
            #[serde(default)]
            team_id: String,
            #[serde(default)]
            team: String,
            url: String,
        }
        self.me
            .get_or_try_init(|| async {
                let identity: Identity = self.get("auth.test", None, &[]).await?;
                Ok(Me {
                    user: UserId::new(identity.user_id),
                    name: identity.user,
                    team: identity.team_id,
                    workspace: identity.team,
                    url: format!("{}/", identity.url.trim_end_matches('/')),
                })
            })
            .await
    }

    /// The name by which people invite the bot, as far as it is known yet.
    pub(super) fn name(&self) -> &str {
        self.me.get().map(|me| me.name.as_str()).filter(|name| !name.is_empty()).unwrap_or("Breaking Bot")
    }

    /// Whether Socket Mode would work: asks for an address and does not use it.
    pub async fn can_listen(&self) -> Result<(), CallError> {
        self.socket_address().await.map(|_| ())
    }

    /// Where a new Socket Mode connection is opened (apps.connections.open). It serves once, and is as good as a token.
    pub(super) async fn socket_address(&self) -> Result<String, CallError> {
        #[derive(Deserialize)]
        struct Opened {
            url: String,
        }
        let request = serde_json::json!({});
        let session = self.http.open_session(&self.app);
        let call = async { session.http_session_api.http_post("apps.connections.open", &request, None).await };
        self.answered::<Opened>("apps.connections.open", None, call).await.map(|opened| opened.url)
    }

    /// The bot scopes that were granted, as Slack tells them in a header of every answer, which slack-morphism does not
    /// hand on; `None` when Slack does not tell.
    pub(super) async fn granted_scopes(&self) -> Result<Option<Vec<String>>, CallError> {
        let address = Address::parse(&self.base).map_err(|error| CallError::Unsent(error.to_string()))?;
        let limits = Limits { timeout: self.timeout, ..Limits::default() };
        let plain = http::Client::new(address, Credentials::Bearer(Secret::new(&self.bot.token_value.0)));
        let answer =
            plain.get("auth.test").limited(limits).send().await.map_err(|error| match error.leaves_doubt() {
                true => CallError::Lost(error.to_string()),
                false => CallError::Unsent(error.to_string()),
            })?;
        #[derive(Deserialize)]
        struct Word {
            #[serde(default)]
            ok: bool,
            #[serde(default)]
            error: String,
        }
        let word: Word = answer.json().map_err(|error| CallError::Lost(error.to_string()))?;
        if !word.ok {
            return Err(CallError::Slack(Failure { code: word.error, needed: None }));
        }
        let told = answer.header("x-oauth-scopes");
        Ok(told.map(|scopes| scopes.split(',').map(|scope| scope.trim().to_owned()).collect()))
    }

    /// A method that changes something, with its arguments as JSON.
    pub(super) async fn post<RQ, RS>(
        &self,
        method: &'static str,
        channel: Option<&ChannelId>,
        request: &RQ,
    ) -> Result<RS, CallError>
    where
        RQ: Serialize + Send + Sync,
        RS: DeserializeOwned + Send,
    {
        let session = self.http.open_session(&self.bot);
        let call = async { session.http_session_api.http_post(method, request, None).await };
        self.answered(method, channel, call).await
    }

    /// A method that only reads, with its arguments in the address: Slack's reading methods take no JSON.
    pub(super) async fn get<RS>(
        &self,
        method: &'static str,
        channel: Option<&ChannelId>,
        arguments: &[(&'static str, Option<String>)],
    ) -> Result<RS, CallError>
    where
        RS: DeserializeOwned + Send,
    {
        let session = self.http.open_session(&self.bot);
        let arguments: Vec<(&str, Option<String>)> = arguments.to_vec();
        let call = async { session.http_session_api.http_get(method, &arguments, None).await };
        self.answered(method, channel, call).await
    }

    /// Sends a file's bytes to where Slack said (files.getUploadURLExternal).
    pub(super) async fn upload(&self, to: SlackFileUploadUrl, content: &str) -> Result<(), CallError> {
        let session = self.http.open_session(&self.bot);
        let content_type = "application/octet-stream".to_owned();
        let started = Instant::now();
        let call = session.http_session_api.http_post_uri_binary::<serde_json::Value>(
            to.0,
            content_type,
            content.as_bytes(),
            None,
        );
        let result = match tokio::time::timeout(self.timeout, call).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(call_error(error)),
            Err(_) => Err(CallError::Lost(format!("no answer within {:?}", self.timeout))),
        };
        log("files.upload", None, started, result.as_ref().err());
        result
    }

    async fn answered<T>(
        &self,
        method: &'static str,
        channel: Option<&ChannelId>,
        call: impl Future<Output = Result<Answer<T>, SlackClientError>>,
    ) -> Result<T, CallError> {
        let started = Instant::now();
        let result = match tokio::time::timeout(self.timeout, call).await {
            Ok(Ok(answer)) if answer.ok => Ok(answer.rest),
            Ok(Ok(_)) => Err(CallError::Lost("Slack said neither yes nor why not".to_owned())),
            Ok(Err(error)) => Err(call_error(error)),
            Err(_) => Err(CallError::Lost(format!("no answer within {:?}", self.timeout))),
        };
        log(method, channel, started, result.as_ref().err());
        result
    }
}

fn log(method: &'static str, channel: Option<&ChannelId>, started: Instant, error: Option<&CallError>) {
    let ms = started.elapsed().as_millis();
    let channel = channel.map_or("-", ChannelId::as_str);
    match error {
        None => debug!(method, channel, outcome = "ok", ms, "Slack call"),
        Some(error) => debug!(method, channel, outcome = %error, ms, "Slack call"),
    }
}

fn call_error(error: SlackClientError) -> CallError {
    match error {
        SlackClientError::RateLimitError(limit) => {
            CallError::Throttled(limit.retry_after.unwrap_or(limits::RETRY_AFTER_UNREAD))
        }
        SlackClientError::ApiError(error) => {
            if matches!(error.code.as_str(), "ratelimited" | "rate_limited" | "message_limit_exceeded") {
                return CallError::Throttled(limits::RETRY_AFTER_UNREAD);
            }
            #[derive(Deserialize)]
            struct Body {
                needed: Option<String>,
            }
            let body = error.http_response_body.as_deref().and_then(|body| serde_json::from_str::<Body>(body).ok());
            CallError::Slack(Failure { code: error.code, needed: body.and_then(|body| body.needed) })
        }
        SlackClientError::HttpError(error) if error.status_code.is_server_error() => {
            CallError::Lost(format!("HTTP status {}", error.status_code))
        }
        SlackClientError::HttpError(error) => CallError::Unsent(format!("HTTP status {}", error.status_code)),
        SlackClientError::HttpProtocolError(error) => match error.cause {
            Some(cause) if never_connected(cause.as_ref()) => CallError::Unsent(chain(cause.as_ref())),
            Some(cause) => CallError::Lost(chain(cause.as_ref())),
            None => CallError::Lost("the connection broke".to_owned()),
        },
        SlackClientError::SystemError(error) => match error.cause {
            Some(cause) => CallError::Lost(chain(cause.as_ref())),
            None => CallError::Lost("the connection broke".to_owned()),
        },
        // The body of an answer that cannot be read may hold anything; it stays out of logs and messages.
        SlackClientError::ProtocolError(error) => {
            CallError::Lost(format!("an answer that cannot be read: {}", error.json_error))
        }
        SlackClientError::SocketModeProtocolError(_) | SlackClientError::EndOfStream(_) => {
            CallError::Lost("the connection broke".to_owned())
        }
    }
}

/// Whether the connection was never made, so that nothing can have been sent. The HTTP client tells only by its words.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    error.to_string() == "client error (Connect)"
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        words.push_str(": ");
        words.push_str(&error.to_string());
        next = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for good in [
            "https://slack.com/api",
            "https://slack.com/api/",
            "http://127.0.0.1:3000/api/",
            "http://[::1]:1/api",
            "http://localhost:3000",
        ] {
            let base = api_base(good).unwrap();
            assert!(!base.ends_with('/') && good.starts_with(&base), "{good}");
        }
        assert_eq!(api_base("http://slack.com/api"), Err(SettingsError::PlainHttp("slack.com".to_owned())));
        assert_eq!(
            api_base("http://127.0.0.1.evil.example/"),
            Err(SettingsError::PlainHttp("127.0.0.1.evil.example".to_owned()))
        );
        for bad in ["", "slack.com/api", "ftp://slack.com", "https://", "not an address"] {
            assert!(matches!(api_base(bad), Err(SettingsError::NotAnAddress(_))), "{bad}");
        }
    }

    #[test]
    fn a_token_does_not_print() {
        let settings = SlackSettings::new(Token::new("xoxb-secret\n"), Token::new("xapp-secret"));
        let client = Client::new(&settings).unwrap();
        assert!(!format!("{settings:?}{client:?}").contains("secret"));
    }

    #[tokio::test]
    async fn a_call_that_never_left_is_told_from_one_that_was_lost() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let settings = SlackSettings {
            api_url: format!("http://{closed}/api"),
            ..SlackSettings::new(Token::new("xoxb"), Token::new("xapp"))
        };
        let error = Client::new(&settings).unwrap().me().await.unwrap_err();
        assert!(matches!(error, CallError::Unsent(_)), "{error:?}");
    }
}
