//! What the rest of the program needs of a place where reports are drafted: one draft for each incident, however often it
//! is asked for, and never one that tramples what people wrote. Nothing here decides anything.

pub mod file;
pub mod wordpress;

use crate::core::ids::IncidentId;
use crate::core::report::{Draft, Drafted};

pub use crate::boundary::comm_platform::{Pending, SendError};

/// A report that is to be drafted, in every form that a platform may want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// The incident.
    pub incident: IncidentId,
    /// By what the draft is found again: the same for the same incident, and different from that of every other incident,
    /// also of another database's. Small letters, digits and `-`.
    pub slug: String,
    /// What the report is called, as plain text.
    pub title: String,
    /// The report as HTML, to stand within a page. What people typed is encoded in it.
    pub html: String,
    /// The report as Markdown.
    pub markdown: String,
    /// The report as JSON.
    pub json: String,
}

/// What came of drafting a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Where it stands.
    pub draft: Draft,
    /// What was done.
    pub done: Drafted,
}

/// One thing that was looked at, and what was found: a fact, or what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    /// What was found; an error is a sentence with the way out.
    pub found: Result<String, String>,
}

impl Finding {
    /// A finding.
    pub fn new(what: impl Into<String>, found: Result<String, String>) -> Self {
        Self { what: what.into(), found }
    }
}

/// A place where reports are drafted.
pub trait ReportPlatform: Send + Sync + 'static {
    /// What it is, for people: `WordPress`.
    fn name(&self) -> &'static str;

    /// Sees to it that the incident has one draft. `known` is where it stood when it was last written, if it ever was; an
    /// earlier attempt of which nothing is known may have made one, so it is always looked up first.
    ///
    /// A draft that stands as it was written is brought up to date. One that people may have changed stays as it is.
    fn draft<'a>(&'a self, paper: &'a Paper, known: Option<&'a Draft>) -> Pending<'a, Result<Outcome, SendError>>;

    /// Tries, without leaving anything there, whether drafts can be made.
    fn check(&self) -> Pending<'_, Vec<Finding>>;
}
