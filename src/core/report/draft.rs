//! What an incident remembers of its report's draft on the report platform.

use serde::{Deserialize, Serialize};

/// Where a draft stands, and how it stood when it was last written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// Its address, or where its file is.
    pub link: String,
    /// What the platform finds it by.
    pub reference: String,
    /// How it stood after it was written, in the platform's own terms: while it stands so, nobody changed it. Empty when
    /// that is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stamp: String,
}

/// What became of a draft that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drafted {
    /// It was made.
    Made,
    /// It stood, nobody had changed it, and it was brought up to date.
    Refreshed,
    /// It stood and may have been changed by people, so it was left as it is.
    Kept,
}

/// How an incident's report stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drafting {
    /// A draft is on its way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pending: bool,
    /// The draft that stands, or stood when it was last looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<Draft>,
    /// Why the last attempt came to nothing for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}
