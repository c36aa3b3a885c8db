//! What WordPress's answers mean: which come again by themselves, and what is to be mended where they do not.

use std::time::Duration;

use axum::http::StatusCode;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{SendError, WordPress, field};
use crate::boundary::comm_platform::Pace;
use crate::boundary::http::{Answer, HttpError};

const METHOD: &str = "WordPress";
/// How long a site that is asked too often is left alone when it does not say.
const REST: Duration = Duration::from_secs(30);

/// There was no answer.
pub(super) fn failed(error: HttpError) -> SendError {
    match error {
        HttpError::Redirected(to) => refused(
            "redirected",
            format!("the site sends calls on to {to}; write that address into report.url if it is the right one."),
        ),
        HttpError::Unwritable(why) => {
            refused("unwritable", format!("the call cannot be written ({why}); check report.url."))
        }
        error if error.leaves_doubt() => SendError::Unknown { method: METHOD, why: error.to_string() },
        error => SendError::Transient { method: METHOD, why: error.to_string(), begun: false },
    }
}

pub(super) fn refused(code: &str, sentence: String) -> SendError {
    SendError::Refused { code: code.to_owned(), sentence, operator: true }
}

/// The answer's JSON when it is a success, what it means otherwise.
pub(super) fn read<T: DeserializeOwned>(answer: &Answer, site: &WordPress) -> Result<T, SendError> {
    if answer.is_success() {
        // Something in front of the site, or a plugin that prints into the answer. It may have been done.
        return answer.json().map_err(|error| SendError::Unknown { method: METHOD, why: error.to_string() });
    }
    Err(meaning(answer, site))
}

/// The error code of the REST API.
pub(super) fn code(answer: &Answer) -> Option<String> {
    field(&answer.json::<Value>().ok()?, "code").map(str::to_owned)
}

fn meaning(answer: &Answer, site: &WordPress) -> SendError {
    let status = answer.status;
    match status {
        StatusCode::TOO_MANY_REQUESTS => {
            return SendError::Throttled {
                retry_after: answer.retry_after(Timestamp::now()).unwrap_or(REST),
                method: METHOD,
                pace: Pace::Method,
                begun: false,
            };
        }
        StatusCode::REQUEST_TIMEOUT => {
            return SendError::Unknown { method: METHOD, why: status.to_string() };
        }
        status if status.is_server_error() => {
            return SendError::Transient { method: METHOD, why: status.to_string(), begun: true };
        }
        _ => {}
    }
    let Ok(body) = answer.json::<Value>() else {
        let url = &site.settings.site;
        return refused(
            "not_wordpress",
            match status {
                StatusCode::NOT_FOUND => {
                    format!(
                        "{url} answers that there is no REST API (404); check report.url, and that the site's permalinks are not “plain”."
                    )
                }
                _ => format!(
                    "something at {url} that is not WordPress's REST API answers {status}; check report.url, and what stands in front of the site."
                ),
            },
        );
    };
    let code = field(&body, "code").unwrap_or_default();
    refused(if code.is_empty() { "unknown" } else { code }, sentence(code, status, &body, site))
}

/// What the operator is to do. WordPress's own message is not repeated: it can be HTML, in any language.
fn sentence(code: &str, status: StatusCode, body: &Value, site: &WordPress) -> String {
    let (user, url) = (&site.settings.user, &site.settings.site);
    let parameters = || {
        let named = body.pointer("/data/params").and_then(Value::as_object);
        named.map(|named| named.keys().cloned().collect::<Vec<_>>().join(", ")).unwrap_or_default()
    };
    match (code, status) {
        ("rest_no_route", _) => format!("{url} has no REST API for posts; check report.url."),
        ("invalid_username" | "invalid_email", _) => {
            format!("the site knows no user {user}; correct report.user.")
        }
        ("incorrect_password", _) => format!(
            "the site does not accept the application password of {user}; make a new one in that user's profile, and put it into REPORT_APPLICATION_PASSWORD."
        ),
        ("application_passwords_disabled" | "application_passwords_disabled_for_user", _) => format!(
            "application passwords are switched off for {user} at {url}; they need https, and no plugin that forbids them."
        ),
        (_, StatusCode::UNAUTHORIZED) => format!(
            "the site does not take the application password of {user} ({code}); check report.user and REPORT_APPLICATION_PASSWORD, and that the web server passes the Authorization header on."
        ),
        ("rest_cannot_publish", _) => format!(
            "{user} may not give a post the status {}; use “draft” as report.status, or give {user} the role Author.",
            site.settings.status
        ),
        ("rest_cannot_assign_term", _) => {
            format!(
                "{user} may not put posts into the categories or tags of the configuration; give {user} the role Author."
            )
        }
        (
            "rest_cannot_create"
            | "rest_cannot_edit"
            | "rest_forbidden_context"
            | "rest_forbidden"
            | "rest_forbidden_status",
            _,
        ) => {
            format!("{user} may not write posts there ({code}); give {user} the role Author.")
        }
        ("rest_invalid_param", _) if parameters().contains("status") => {
            format!("the site knows no status {}; correct report.status.", site.settings.status)
        }
        ("rest_invalid_param", _) => {
            format!("the site does not take {} of a post; check section report.", parameters())
        }
        _ => format!("the site refuses the call ({status}, {code}); check section report."),
    }
}
