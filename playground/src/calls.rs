//! What was called, and what came of it.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::ts::Ts;

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Answered `ok: true`.
    Ok,
    /// Answered with this error code.
    Error(String),
    /// Answered with this HTTP status and no Slack answer.
    Status(u16),
    /// Got no answer.
    Lost {
        /// Whether it was done all the same.
        performed: bool,
    },
}

/// One call of the Web API.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Call {
    /// `chat.postMessage`
    pub method: String,
    /// As they were sent (form values are strings), without the token.
    pub arguments: Map<String, Value>,
    /// When it arrived, on the workspace's clock.
    pub at: Ts,
    /// What came of it.
    pub outcome: Outcome,
}

#[derive(Debug)]
pub(crate) struct CallLog {
    kept: usize,
    calls: VecDeque<Call>,
}

impl CallLog {
    pub(crate) fn new(kept: usize) -> Self {
        Self { kept, calls: VecDeque::new() }
    }

    pub(crate) fn record(&mut self, call: Call) {
        if self.kept == 0 {
            return;
        }
        if self.calls.len() >= self.kept {
            self.calls.pop_front();
        }
        self.calls.push_back(call);
    }

    pub(crate) fn all(&self) -> Vec<Call> {
        self.calls.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.calls.clear();
    }
}
