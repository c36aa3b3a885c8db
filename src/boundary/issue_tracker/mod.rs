//! What the rest of the program needs of an issue tracker: one issue for each incident, kept current, and issues under it
//! for its action items. Nothing here decides anything.
//!
//! # Writing one
//!
//! Implement [`IssueTracker`]. Four promises are asked for:
//!
//! 1. **Once.** Each call has an [`Attempt`] with a [`Key`] that no other call has. However often [`create`], [`child`]
//!    and [`comment`] are called with one key, there is one issue and one comment: put the key into what is made, and look
//!    for it before making it. A [`Doubt::Fresh`] attempt surely did nothing yet, so the look may be left out; after
//!    [`Doubt::MaybeDone`] it may not, and a search that lags behind must be given the time to catch up. The other calls
//!    say how things are to be, so repeating them changes nothing.
//! 2. **Nothing of other people's.** The bot owns a marked part of the description, the fields that the configuration
//!    gives it, and nothing else. What people write around the marks stays. A status that a person chose stays too, and
//!    [`Standing::by_hand`] says so; so the tracker must remember what the bot itself chose last, best in the issue.
//! 3. **Words are words.** All texts come as [`Document`]s and plain strings, and must be encoded so that no markup, no
//!    mention and no HTML of the tracker's comes of them.
//! 4. **Every call ends**, within a time, with an answer or with a [`TrackerError`] that says whether it may have been
//!    done. Calls through [`http`](crate::boundary::http) do.
//!
//! The contract tests in `tests/trackers` hold an implementation to these. It is put to use by a variant of
//! [`Configured`], and by its keys in `src/config/tracker.rs`.
//!
//! A whole one, for a board on the wall:
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::sync::Mutex;
//!
//! use breakingbot::boundary::issue_tracker::{
//!     ActionItem, Attempt, Document, Fields, Finding, Issue, IssueTracker, Key, Link, Pending, Phase, Standing, TrackerError,
//! };
//!
//! /// One card for each issue; what the bot wrote stands apart from what people write.
//! #[derive(Default)]
//! struct Card {
//!     title: String,
//!     ours: Document,
//!     status: Option<String>,
//!     chosen: Option<String>,
//!     comments: BTreeMap<Key, Document>,
//!     links: BTreeMap<String, String>,
//! }
//!
//! #[derive(Default)]
//! struct Board(Mutex<BTreeMap<String, Card>>);
//!
//! impl Board {
//!     /// The key is the card's own id, so the same call finds the same card.
//!     fn put_up(&self, key: &Key, title: &str, text: &Document) -> Issue {
//!         let id = key.to_string();
//!         let new = || Card { title: title.to_owned(), ours: text.clone(), ..Card::default() };
//!         self.0.lock().unwrap().entry(id.clone()).or_insert_with(new);
//!         Issue { url: format!("https://board.example/{id}"), key: id.clone(), id }
//!     }
//!
//!     fn with<T>(&self, issue: &Issue, change: impl FnOnce(&mut Card) -> T) -> Result<T, TrackerError> {
//!         self.0.lock().unwrap().get_mut(&issue.id).map(change).ok_or_else(|| TrackerError::Gone {
//!             issue: issue.key.clone(),
//!             sentence: format!("{} was taken off the board.", issue.key),
//!         })
//!     }
//! }
//!
//! fn standing(card: &Card) -> Standing {
//!     Standing { status: card.status.clone().unwrap_or_default(), by_hand: card.status != card.chosen }
//! }
//!
//! impl IssueTracker for Board {
//!     fn name(&self) -> &'static str {
//!         "the board"
//!     }
//!
//!     fn create<'a>(&'a self, attempt: &'a Attempt, fields: &'a Fields) -> Pending<'a, Result<Issue, TrackerError>> {
//!         Box::pin(async move { Ok(self.put_up(&attempt.key, &fields.title, &fields.description)) })
//!     }
//!
//!     fn update<'a>(
//!         &'a self,
//!         _attempt: &'a Attempt,
//!         issue: &'a Issue,
//!         fields: &'a Fields,
//!     ) -> Pending<'a, Result<Standing, TrackerError>> {
//!         Box::pin(async move {
//!             self.with(issue, |card| {
//!                 card.title.clone_from(&fields.title);
//!                 card.ours = fields.description.clone();
//!                 standing(card)
//!             })
//!         })
//!     }
//!
//!     fn transition<'a>(
//!         &'a self,
//!         _attempt: &'a Attempt,
//!         issue: &'a Issue,
//!         to: Phase,
//!     ) -> Pending<'a, Result<Standing, TrackerError>> {
//!         Box::pin(async move {
//!             self.with(issue, |card| {
//!                 let is_there = card.status.as_deref() == Some(to.word());
//!                 if is_there || !standing(card).by_hand {
//!                     card.status = Some(to.word().to_owned());
//!                     card.chosen.clone_from(&card.status);
//!                 }
//!                 standing(card)
//!             })
//!         })
//!     }
//!
//!     fn comment<'a>(
//!         &'a self,
//!         attempt: &'a Attempt,
//!         issue: &'a Issue,
//!         text: &'a Document,
//!     ) -> Pending<'a, Result<(), TrackerError>> {
//!         Box::pin(async move {
//!             self.with(issue, |card| {
//!                 card.comments.entry(attempt.key.clone()).or_insert_with(|| text.clone());
//!             })
//!         })
//!     }
//!
//!     fn link<'a>(
//!         &'a self,
//!         _attempt: &'a Attempt,
//!         issue: &'a Issue,
//!         to: &'a Link,
//!     ) -> Pending<'a, Result<(), TrackerError>> {
//!         let (url, label) = match to {
//!             Link::Page { url, label } => (url.clone(), label.clone()),
//!             Link::Issue(other) => (other.url.clone(), other.key.clone()),
//!         };
//!         Box::pin(async move {
//!             self.with(issue, |card| {
//!                 card.links.insert(url, label);
//!             })
//!         })
//!     }
//!
//!     fn child<'a>(
//!         &'a self,
//!         attempt: &'a Attempt,
//!         parent: &'a Issue,
//!         item: &'a ActionItem,
//!     ) -> Pending<'a, Result<Issue, TrackerError>> {
//!         Box::pin(async move {
//!             let child = self.put_up(&attempt.key, &item.title, &item.detail);
//!             self.with(parent, |card| card.links.insert(child.url.clone(), item.title.clone()))?;
//!             Ok(child)
//!         })
//!     }
//!
//!     fn components(&self) -> Pending<'_, Result<Vec<String>, TrackerError>> {
//!         Box::pin(async { Ok(Vec::new()) })
//!     }
//!
//!     fn check(&self) -> Pending<'_, Vec<Finding>> {
//!         Box::pin(async { vec![Finding { what: "board".to_owned(), found: Ok("hangs on the wall".to_owned()) }] })
//!     }
//! }
//!
//! # use breakingbot::core::{ids::Level, moments::Moments};
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let board = Board::default();
//! let fields = Fields {
//!     title: "Checkout is down".to_owned(),
//!     description: Document::read("Everybody is **hit**."),
//!     level: Level(1),
//!     components: Vec::new(),
//!     people: Vec::new(),
//!     moments: Moments::default(),
//! };
//! let first = Attempt::first(Key::new("incident-12-1709139600"));
//! let issue = board.create(&first, &fields).await.unwrap();
//! assert_eq!(board.create(&first, &fields).await.unwrap(), issue);
//! let standing = board.transition(&first, &issue, Phase::Mitigated).await.unwrap();
//! assert_eq!((standing.status.as_str(), standing.by_hand), ("mitigated", false));
//! # });
//! ```
//!
//! [`create`]: IssueTracker::create
//! [`child`]: IssueTracker::child
//! [`comment`]: IssueTracker::comment

pub mod github;
pub mod jira;
pub mod p2;

mod failure;
mod fingerprint;
mod fitting;
mod remembered;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use crate::boundary::comm_platform::{Doubt, Pending};
pub use crate::core::document::Document;
pub use crate::core::tracking::{ActionItem, Fields, Issue, Link, Phase, Standing, Who};

/// What makes a call the same call when it is repeated: unique for all time in one tracker, such as
/// `incident-12-1709139600-comment-34`, with the instant of the declaration in it, since numbers begin again with a new
/// database.
///
/// At most 80 of `a` to `z`, `0` to `9` and single `-`, so that it can be a label, a slug or a part of an HTML comment.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    /// The most characters of a key.
    pub const LONGEST: usize = 80;

    /// Takes a text as a key; whatever else stands between becomes a `-`, and what is beyond the length is cut.
    pub fn new(text: impl AsRef<str>) -> Self {
        let words = text.as_ref().split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let mut key = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
        key.truncate(Self::LONGEST);
        Self(key.trim_end_matches('-').to_owned())
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One attempt at a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which call.
    pub key: Key,
    /// What is known of earlier attempts at it.
    pub doubt: Doubt,
}

impl Attempt {
    /// The first attempt at a call.
    pub fn first(key: Key) -> Self {
        Self { key, doubt: Doubt::Fresh }
    }

    /// Whether an earlier attempt may have done it.
    pub fn may_be_done(&self) -> bool {
        matches!(self.doubt, Doubt::MaybeDone { .. })
    }
}

/// Why a call is not known to be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrackerError {
    /// Too fast. Not done, unless `begun`.
    #[error("{call} is throttled for {retry_after:?}")]
    Throttled {
        /// How long to wait.
        retry_after: Duration,
        /// Which call of the tracker's.
        call: &'static str,
        /// A part of it was done before.
        begun: bool,
    },
    /// The call was sent and no usable answer came: it may have been done.
    #[error("{call} has an unknown outcome: {why}")]
    Unknown {
        /// Which call of the tracker's.
        call: &'static str,
        /// What happened instead of an answer.
        why: String,
    },
    /// Not done now; may work soon. Surely not done, unless `begun`.
    #[error("{call} did not work: {why}")]
    Transient {
        /// Which call of the tracker's.
        call: &'static str,
        /// What went wrong.
        why: String,
        /// A part of it may have been done.
        begun: bool,
    },
    /// The issue is not there any more, or the bot may not see it.
    #[error("{issue} is gone: {sentence}")]
    Gone {
        /// Which, as people call it.
        issue: String,
        /// One sentence with the way out.
        sentence: String,
    },
    /// Refused for good: trying again cannot help.
    #[error("refused ({code}): {sentence}")]
    Refused {
        /// The tracker's own word for it, or the HTTP status.
        code: String,
        /// One sentence for the operator, with the way out.
        sentence: String,
    },
}

impl TrackerError {
    /// Whether the next attempt must look before it repeats, that is, be given [`Doubt::MaybeDone`].
    pub fn leaves_doubt(&self) -> bool {
        match self {
            Self::Unknown { .. } => true,
            Self::Throttled { begun, .. } | Self::Transient { begun, .. } => *begun,
            Self::Gone { .. } | Self::Refused { .. } => false,
        }
    }

    /// Whether trying again cannot help.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Gone { .. } | Self::Refused { .. })
    }

    /// How long the tracker asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }
}

/// The tracker that is configured.
#[derive(Clone, Debug)]
pub enum Configured {
    /// Jira Cloud.
    Jira(jira::Settings),
    /// GitHub Issues.
    GitHub(github::Settings),
    /// A WordPress site.
    P2(p2::Settings),
}

impl Configured {
    /// Makes ready to call it; nothing is sent yet.
    pub fn tracker(&self) -> Arc<dyn IssueTracker> {
        match self {
            Self::Jira(settings) => Arc::new(jira::Jira::new(settings.clone())),
            Self::GitHub(settings) => Arc::new(github::GitHub::new(settings.clone())),
            Self::P2(settings) => Arc::new(p2::P2::new(settings.clone())),
        }
    }
}

/// A line of `breakingbot check`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was tried.
    pub what: String,
    /// The fact when it is well, otherwise what is wrong and what to do.
    pub found: Result<String, String>,
}

/// A place where incidents are tracked as issues.
pub trait IssueTracker: Send + Sync + 'static {
    /// What people call it: `Jira`, `GitHub`.
    fn name(&self) -> &'static str;

    /// Makes the issue of an incident, or finds the one that was made with this key.
    fn create<'a>(&'a self, attempt: &'a Attempt, fields: &'a Fields) -> Pending<'a, Result<Issue, TrackerError>>;

    /// Makes an issue say what the fields say, as far as it is the bot's. Tells where the issue stands.
    fn update<'a>(
        &'a self,
        attempt: &'a Attempt,
        issue: &'a Issue,
        fields: &'a Fields,
    ) -> Pending<'a, Result<Standing, TrackerError>>;

    /// Moves an issue to the status that is configured for a phase, when there is one and nobody else has chosen another
    /// since the bot did; then it stays, and the answer says so.
    fn transition<'a>(
        &'a self,
        attempt: &'a Attempt,
        issue: &'a Issue,
        to: Phase,
    ) -> Pending<'a, Result<Standing, TrackerError>>;

    /// Adds a comment to an issue, unless one was made with this key.
    fn comment<'a>(
        &'a self,
        attempt: &'a Attempt,
        issue: &'a Issue,
        text: &'a Document,
    ) -> Pending<'a, Result<(), TrackerError>>;

    /// Lets an issue point to something. One address or issue is linked once; a new label replaces the old.
    fn link<'a>(
        &'a self,
        attempt: &'a Attempt,
        issue: &'a Issue,
        to: &'a Link,
    ) -> Pending<'a, Result<(), TrackerError>>;

    /// Makes an issue under another one, or finds the one that was made with this key.
    fn child<'a>(
        &'a self,
        attempt: &'a Attempt,
        parent: &'a Issue,
        item: &'a ActionItem,
    ) -> Pending<'a, Result<Issue, TrackerError>>;

    /// The names of the components that the tracker has. Remembered for some minutes; while the tracker is away, the
    /// last that it said.
    fn components(&self) -> Pending<'_, Result<Vec<String>, TrackerError>>;

    /// Tries what the bot needs of the tracker without changing anything, and tells for each that it is well or what
    /// to do, the missing permission by its name.
    fn check(&self) -> Pending<'_, Vec<Finding>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_can_stand_anywhere() {
        assert_eq!(Key::new("Incident 12/é:x--").as_str(), "incident-12-x");
        assert_eq!(Key::new("a".repeat(100)).as_str().len(), Key::LONGEST);
    }

    #[test]
    fn only_what_may_have_been_done_leaves_doubt() {
        let unknown = TrackerError::Unknown { call: "create issue", why: "no answer".to_owned() };
        let transient =
            |begun| TrackerError::Transient { call: "create issue", why: "HTTP status 503".to_owned(), begun };
        let refused = TrackerError::Refused { code: "403".to_owned(), sentence: "No.".to_owned() };
        assert!(unknown.leaves_doubt() && transient(true).leaves_doubt());
        assert!(!transient(false).leaves_doubt() && !refused.leaves_doubt());
        assert!(refused.is_permanent() && !unknown.is_permanent());
    }
}
