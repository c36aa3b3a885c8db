//! Whether the app may do what the bot does.

use serde::Deserialize;
use serde_json::json;

use super::client::{CallError, Client, Done};
use super::scopes::{EVENTS, METHODS, scopes};

/// A scope that the app lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingScope {
    /// The scope, as Slack names it.
    pub scope: String,
    /// The methods that fail without it.
    pub methods: Vec<&'static str>,
    /// The events that do not arrive without it.
    pub events: Vec<&'static str>,
}

impl MissingScope {
    fn new(scope: &str) -> Self {
        let users = |all: &[(&'static str, &[&str])]| {
            all.iter().filter(|(_, scopes)| scopes.contains(&scope)).map(|(name, _)| *name).collect()
        };
        Self { scope: scope.to_owned(), methods: users(METHODS), events: users(EVENTS) }
    }
}

impl Client {
    /// The scopes that the app lacks. Slack tells the granted ones; where that is not told, every method is tried, and
    /// what only events need stays unknown.
    pub async fn missing_scopes(&self) -> Result<Vec<MissingScope>, CallError> {
        let missing = match self.granted_scopes().await? {
            Some(granted) => {
                let lacks = |scope: &&str| !granted.iter().any(|granted| granted == scope);
                scopes().into_iter().filter(lacks).map(str::to_owned).collect()
            }
            None => self.refused_scopes().await?,
        };
        Ok(missing.iter().map(|scope| MissingScope::new(scope)).collect())
    }

    /// The scopes for want of which methods are refused, found by calling every one on a channel that does not exist:
    /// Slack looks at the scope first. Nothing is changed by it.
    async fn refused_scopes(&self) -> Result<Vec<String>, CallError> {
        let mut missing = Vec::new();
        for (method, scopes) in METHODS.iter().filter(|(_, scopes)| !scopes.is_empty()) {
            let error = match self.probe(method).await {
                Err(CallError::Slack(failure)) => failure,
                Err(error) => return Err(error),
                Ok(()) => continue,
            };
            match error.code.as_str() {
                "missing_scope" => {
                    missing
                        .push(error.needed.unwrap_or_else(|| scopes.first().copied().unwrap_or_default().to_owned()));
                }
                "account_inactive" | "invalid_auth" | "not_authed" | "token_expired" | "token_revoked" => {
                    return Err(CallError::Slack(error));
                }
                // It found fault with the arguments, so it was allowed to look at them.
                _ => {}
            }
        }
        missing.sort_unstable();
        missing.dedup();
        Ok(missing)
    }

    async fn probe(&self, method: &'static str) -> Result<(), CallError> {
        /// An id that no channel has.
        const NOWHERE: &str = "C0";
        let reads = ["history", "info", "list", "replies", "getUploadURLExternal"];
        if reads.iter().any(|read| method.ends_with(read)) {
            #[derive(Deserialize)]
            struct Anything {}
            let place = || Some(NOWHERE.to_owned());
            let arguments = [
                ("channel", place()),
                ("channel_id", place()),
                ("ts", Some("1.000000".to_owned())),
                ("user", Some("U0".to_owned())),
                ("usergroup", Some("S0".to_owned())),
                ("limit", Some("1".to_owned())),
            ];
            return self.get::<Anything>(method, None, &arguments).await.map(|_| ());
        }
        let arguments = json!({ "channel": NOWHERE, "channel_id": NOWHERE, "timestamp": "1.000000", "name": "" });
        self.post::<_, Done>(method, None, &arguments).await.map(|_| ())
    }
}
