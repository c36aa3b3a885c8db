//! Whether the app may do what the bot does.

use serde::Deserialize;
use serde_json::json;

use super::client::{CallError, Client, Done};
use super::scopes::METHODS;

/// A scope that the app lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingScope {
    /// The method that needs it.
    pub method: &'static str,
    /// The scope, as Slack names it.
    pub scope: String,
}

impl Client {
    /// The scopes that the app lacks, found by calling every method on a channel that does not exist: Slack looks at
    /// the scope first. Nothing is changed by it. Slack tells the granted scopes in a header as well, which
    /// slack-morphism does not hand on.
    pub async fn missing_scopes(&self) -> Result<Vec<MissingScope>, CallError> {
        let mut missing = Vec::new();
        for (method, scopes) in METHODS.iter().filter(|(_, scopes)| !scopes.is_empty()) {
            let error = match self.probe(method).await {
                Err(CallError::Slack(failure)) => failure,
                Err(error) => return Err(error),
                Ok(()) => continue,
            };
            match error.code.as_str() {
                "missing_scope" => missing.push(MissingScope {
                    method,
                    scope: error.needed.unwrap_or_else(|| scopes.first().copied().unwrap_or_default().to_owned()),
                }),
                "account_inactive" | "invalid_auth" | "not_authed" | "token_expired" | "token_revoked" => {
                    return Err(CallError::Slack(error));
                }
                // It found fault with the arguments, so it was allowed to look at them.
                _ => {}
            }
        }
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
