//! Who the bot is to GitHub: the owner of a token, or an app. An app proves itself with a token that it signs, and is
//! given another one for the repository, good for an hour ("Authenticating as a GitHub App installation" in GitHub's
//! documentation).

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use super::api::said;
use crate::boundary::http::{Client, Credentials, Secret, encoded};
use crate::boundary::issue_tracker::TrackerError;
use crate::boundary::issue_tracker::failure::Call;

/// How an app's own token may be off the server's clock, and how long it is good; GitHub allows ten minutes.
const EARLIER: SignedDuration = SignedDuration::from_secs(60);
const GOOD_FOR: SignedDuration = SignedDuration::from_secs(540);
/// A token that ends sooner than this is not begun with.
const SPARE: SignedDuration = SignedDuration::from_secs(300);

/// How the bot proves who it is.
#[derive(Clone, Debug)]
pub enum Auth {
    /// A personal access token, fine-grained or classic.
    Token(Secret),
    /// An app.
    App {
        /// Its id, or its client id.
        id: String,
        /// Its private key.
        key: AppKey,
    },
}

/// An app's private key, as GitHub hands it out: RSA in PEM. It does not print.
#[derive(Clone, Debug)]
pub struct AppKey(Secret);

/// Why a text is no private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is no RSA private key in PEM")]
pub struct NoKey;

impl AppKey {
    /// Checks a key. Where a variable cannot hold line breaks, `\n` stands for them.
    pub fn new(pem: &str) -> Result<Self, NoKey> {
        let key = Self(Secret::new(pem.replace("\\n", "\n")));
        key.pair().map(|_| key)
    }

    fn pair(&self) -> Result<RsaKeyPair, NoKey> {
        match PrivateKeyDer::from_pem_slice(self.0.expose().as_bytes()).map_err(|_| NoKey)? {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            _ => return Err(NoKey),
        }
        .map_err(|_| NoKey)
    }

    /// A token that says which app it is (RFC 7519, signed with RS256).
    fn token(&self, id: &str, now: Timestamp) -> Result<Secret, NoKey> {
        let part = |json: serde_json::Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let times = (now - EARLIER, now + GOOD_FOR);
        let claims = json!({ "iat": times.0.as_second(), "exp": times.1.as_second(), "iss": id });
        let text = format!("{}.{}", part(json!({ "alg": "RS256", "typ": "JWT" })), part(claims));
        let pair = self.pair()?;
        let mut signature = vec![0; pair.public().modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature).map_err(|_| NoKey)?;
        Ok(Secret::new(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

/// Proves who the bot is, call by call.
#[derive(Debug)]
pub(super) struct Identity {
    auth: Auth,
    repository: String,
    given: Mutex<Option<(Secret, Timestamp)>>,
}

/// What GitHub says of an app in a repository.
#[derive(Deserialize)]
pub(super) struct Installation {
    pub id: u64,
    pub app_slug: Option<String>,
    #[serde(default)]
    pub permissions: std::collections::BTreeMap<String, String>,
}

impl Identity {
    pub(super) fn new(auth: Auth, repository: &str) -> Self {
        Self { auth, repository: repository.to_owned(), given: Mutex::new(None) }
    }

    /// What a call shows.
    pub(super) async fn credentials(&self, client: &Client, path: &str) -> Result<Credentials, TrackerError> {
        if let Auth::Token(token) = &self.auth {
            return Ok(Credentials::Bearer(token.clone()));
        }
        // The lock is held while a new token is asked for, so that many calls ask once; each call has an end.
        let mut given = self.given.lock().await;
        let now = Timestamp::now();
        if let Some((token, until)) = given.as_ref()
            && now + SPARE < *until
        {
            return Ok(Credentials::Bearer(token.clone()));
        }
        let (token, until) = self.ask(client, path).await?;
        *given = Some((token.clone(), until));
        Ok(Credentials::Bearer(token))
    }

    /// Forgets a token that was not accepted.
    pub(super) async fn forget(&self) {
        self.given.lock().await.take();
    }

    /// Where the app is installed; `None` when the bot is no app.
    pub(super) async fn installation(&self, client: &Client, path: &str) -> Result<Option<Installation>, TrackerError> {
        let Auth::App { id, key } = &self.auth else { return Ok(None) };
        let call = Call::reading("find the app's installation");
        let credentials = Credentials::Bearer(app_token(key, id, call)?);
        let request = client.get(&format!("{path}/installation")).credentials(credentials);
        let answer = request.send().await.map_err(|error| call.unanswered(error))?;
        if answer.is_success() {
            return answer.json().map(Some).map_err(|error| call.unread(&error));
        }
        Err(call.troubled(&answer).unwrap_or_else(|| {
            let sentence = match answer.status {
                StatusCode::UNAUTHORIZED => {
                    "GitHub does not accept the app's key: put the app's id into tracker.app_id, \
                                             and a private key that is listed in the app's settings into \
                                             TRACKER_PRIVATE_KEY."
                        .to_owned()
                }
                StatusCode::NOT_FOUND => format!(
                    "The app is not installed in {}: install it there under Install App in the app's settings, and \
                     check tracker.repository.",
                    self.repository
                ),
                _ => format!("GitHub refuses to tell where the app is installed: {}", said(&answer)),
            };
            call.refused(&answer, sentence)
        }))
    }

    async fn ask(&self, client: &Client, path: &str) -> Result<(Secret, Timestamp), TrackerError> {
        #[derive(Deserialize)]
        struct Given {
            token: String,
            expires_at: Timestamp,
        }
        let call = Call::reading("get the app's token");
        let Auth::App { id, key } = &self.auth else { return Ok((Secret::new(""), Timestamp::MAX)) };
        let Some(installation) = self.installation(client, path).await? else {
            return Ok((Secret::new(""), Timestamp::MAX));
        };
        let credentials = Credentials::Bearer(app_token(key, id, call)?);
        let path = format!("app/installations/{}/access_tokens", encoded(&installation.id.to_string()));
        // A token that nobody received does nothing, so asking again is harmless.
        let request = client.post(&path).json(&json!({})).credentials(credentials);
        let answer = request.send().await.map_err(|error| call.unanswered(error))?;
        if !answer.is_success() {
            return Err(call.troubled(&answer).unwrap_or_else(|| {
                call.refused(&answer, format!("GitHub gives the app no token: {}", said(&answer)))
            }));
        }
        let given: Given = answer.json().map_err(|error| call.unread(&error))?;
        Ok((Secret::new(given.token), given.expires_at))
    }
}

fn app_token(key: &AppKey, id: &str, call: Call) -> Result<Secret, TrackerError> {
    key.token(id, Timestamp::now()).map_err(|error| TrackerError::Refused {
        code: "key".to_owned(),
        sentence: format!("To {}: TRACKER_PRIVATE_KEY {error}.", call.name),
    })
}
