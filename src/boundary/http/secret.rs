//! Secrets, and how they are shown to a server.

use std::fmt;

use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A token, a password or a key. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes it, without the blanks that copying leaves at its ends.
    pub fn new(secret: impl AsRef<str>) -> Self {
        Self(secret.as_ref().trim().to_owned())
    }

    /// The secret itself, for the one place that sends or uses it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Who the bot is to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// Nobody.
    None,
    /// A user with a password or an API token (RFC 7617).
    Basic {
        /// The user's name or mail address.
        user: String,
        /// The password or token.
        password: Secret,
    },
    /// A bearer token (RFC 6750).
    Bearer(Secret),
}

impl Credentials {
    /// The header's value, marked as sensitive; `None` when there is nothing to show, or nothing that a header can hold.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let value = match self {
            Self::None => return None,
            Self::Basic { user, password } => {
                format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose())))
            }
            Self::Bearer(token) => format!("Bearer {}", token.expose()),
        };
        let mut value = HeaderValue::from_str(&value).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_it_is_printed() {
        let credentials = [
            Credentials::Basic { user: "bot".to_owned(), password: Secret::new("hunter22\n") },
            Credentials::Bearer(Secret::new("hunter22")),
        ];
        for credentials in credentials {
            assert!(!format!("{credentials:?} {:?}", credentials.header()).contains("hunter22"));
        }
    }

    #[test]
    fn a_user_is_shown_as_rfc_7617_says() {
        let aladdin = Credentials::Basic { user: "Aladdin".to_owned(), password: Secret::new("open sesame") };
        assert_eq!(aladdin.header().unwrap().as_bytes(), b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
}
