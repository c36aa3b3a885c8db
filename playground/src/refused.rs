//! Why something was not done, in Slack's own words.

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

/// A refusal: Slack's error code (`channel_not_found`) and what comes with it in the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Refused {
    code: Cow<'static, str>,
    details: Map<String, Value>,
}

impl Refused {
    /// A refusal with this error code.
    pub fn new(code: impl Into<Cow<'static, str>>) -> Self {
        Self { code: code.into(), details: Map::new() }
    }

    /// The error code, as in the field `error` of Slack's answer.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Adds a field to the answer.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }

    /// A required argument that is not there: its own code, as Slack's newer methods answer it.
    pub(crate) fn missing(argument: &str) -> Self {
        Self::new("invalid_arguments").with(
            "response_metadata",
            serde_json::json!({ "messages": [format!("[ERROR] missing required field: {argument}")] }),
        )
    }

    pub(crate) fn into_answer(self) -> Value {
        let mut answer = self.details;
        answer.insert("ok".to_owned(), Value::Bool(false));
        answer.insert("error".to_owned(), Value::String(self.code.into_owned()));
        Value::Object(answer)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)
    }
}

impl std::error::Error for Refused {}

impl From<&'static str> for Refused {
    fn from(code: &'static str) -> Self {
        Self::new(code)
    }
}
