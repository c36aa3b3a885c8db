//! The clerk does what is to be done in the tracker: it makes an incident's issue, and brings it up to date with whatever
//! the incident is at that moment.

use std::sync::Arc;

use crate::actors::Shared;
use crate::actors::outlets::{Order, Outlet};
use crate::boundary::comm_platform::{Pace, Pending, Receipt, SendError};
use crate::boundary::issue_tracker::{Attempt, Doubt, Issue, IssueTracker, Key, Link, TrackerError};
use crate::core::effect::Effect;
use crate::core::ids::Source;
use crate::core::inbound::{Outcome, TrackedItem};
use crate::core::incident::Incident;
use crate::core::templates::Templates;
use crate::core::tracking::Writing;
use crate::core::tracking::changes::{self, Synced, Tracking};
use crate::core::turn;
use crate::core::words::people::Names;
use crate::data::StoreError;

/// Works in one tracker.
pub struct Clerk {
    tracker: Arc<dyn IssueTracker>,
    templates: Arc<Templates>,
}

impl Clerk {
    /// One who works in this tracker, and writes with these templates.
    pub fn new(tracker: Arc<dyn IssueTracker>, templates: Arc<Templates>) -> Self {
        Self { tracker, templates }
    }

    /// Makes the issue. What it has to know beyond its fields, the next sync brings.
    async fn open(&self, shared: &Shared, work: &Work) -> Result<Receipt, SendError> {
        if work.tracking.issue.is_some() {
            return Ok(Receipt::default());
        }
        let issue = self.make(shared, work).await?;
        let synced = Synced { issue: Some(issue.clone()), ..Synced::default() };
        let outcome = Outcome::Tracked { issue: Some(issue), items: Vec::new(), by_hand: None };
        Ok(Receipt { outcome: Some(outcome), synced: Some(Box::new(synced)), message: None })
    }

    async fn make(&self, shared: &Shared, work: &Work) -> Result<Issue, SendError> {
        let doubt = work.tracking.attempted_at.map_or(Doubt::Fresh, |since| Doubt::MaybeDone { since });
        shared.store.attempt(work.incident.id, 0, shared.clock.now()).await.map_err(|error| unrecorded(&error))?;
        let mut writing = self.writing(shared, work).await;
        let fields = changes::fields(&work.incident, &work.names, &mut writing);
        told(work, &writing);
        let attempt = Attempt { key: key(&work.incident, "issue"), doubt };
        self.tracker.create(&attempt, &fields).await.map_err(failed)
    }

    async fn writing<'a>(&'a self, shared: &Shared, work: &'a Work) -> Writing<'a> {
        let permalinks = shared.platform.permalinks().await;
        let permalink = |source: &Source| permalinks.as_ref().map(|permalink| permalink(source));
        Writing::of(&work.incident, &work.names, shared.desk(&work.incident.desk), &permalink, &self.templates)
    }

    /// Brings the issue up to date: first what it says, then where it stands, then what is under it, each in order.
    async fn sync(&self, shared: &Shared, work: &Work) -> Result<Receipt, SendError> {
        let Work { incident, tracking, names } = work;
        let upto = incident.version;
        if changes::last_change(incident, tracking.synced).is_none() && tracking.issue.is_some() {
            return Ok(done(Synced { seq: upto, ..as_it_was(tracking) }, None));
        }
        let (issue, made) = match &tracking.issue {
            Some(issue) => (issue.clone(), None),
            None => {
                let issue = self.make(shared, work).await?;
                (issue.clone(), Some(issue))
            }
        };
        let call = |what: &str, seq: u64| key(incident, &format!("{what}-{seq}"));
        let mut writing = self.writing(shared, work).await;
        let fields = changes::fields(incident, names, &mut writing);
        let new = changes::changes(incident, tracking.synced, names, &mut writing);
        told(work, &writing);
        let attempt = Attempt::first(call("update", upto));
        let mut standing = self.tracker.update(&attempt, &issue, &fields).await.map_err(failed)?;
        let phase = changes::phase(incident);
        if tracking.phase != Some(phase) {
            let attempt = Attempt::first(call("transition", upto));
            standing = self.tracker.transition(&attempt, &issue, phase).await.map_err(failed)?;
        }
        if tracking.phase.is_none()
            && let Some(channel) = &incident.channel
            && let Some(url) = shared.platform.page(channel).await
        {
            let to = Link::Page { url, label: format!("#{}", incident.channel_name) };
            self.tracker.link(&Attempt::first(call("link", upto)), &issue, &to).await.map_err(failed)?;
        }
        if !(new.comments.is_empty() && new.items.is_empty()) {
            // From here on they may be there, whatever becomes of this process.
            shared.store.attempt(incident.id, upto, shared.clock.now()).await.map_err(|error| unrecorded(&error))?;
        }
        let doubt = |seq| match tracking.attempted_at {
            Some(since) if seq <= tracking.attempted => Doubt::MaybeDone { since },
            _ => Doubt::Fresh,
        };
        for (seq, text) in &new.comments {
            let attempt = Attempt { key: call("comment", *seq), doubt: doubt(*seq) };
            self.tracker.comment(&attempt, &issue, text).await.map_err(failed)?;
        }
        let mut items = Vec::new();
        for (seq, item) in &new.items {
            let attempt = Attempt { key: call("item", *seq), doubt: doubt(*seq) };
            let issue = self.tracker.child(&attempt, &issue, item).await.map_err(failed)?;
            items.push(TrackedItem { item: *seq, issue });
        }
        let known = tracking.by_hand && tracking.status.as_ref() == Some(&standing.status);
        let by_hand = (standing.by_hand && !known).then(|| standing.status.clone());
        let outcome = Outcome::Tracked { issue: made, items, by_hand };
        let synced = Synced {
            issue: Some(issue),
            seq: upto,
            phase: Some(phase),
            status: Some(standing.status),
            by_hand: standing.by_hand,
        };
        Ok(done(synced, Some(outcome).filter(Outcome::tells_anything)))
    }
}

/// When the operator's own template could not write something, the operator hears so.
fn told(work: &Work, writing: &Writing<'_>) {
    for mistake in &writing.mistakes {
        tracing::error!(incident = %work.incident.id, %mistake, "a template failed; the built-in one was used instead");
    }
}

/// What is on the clerk's desk.
struct Work {
    incident: Incident,
    tracking: Tracking,
    names: Names,
}

impl Outlet for Clerk {
    fn perform<'a>(&'a self, shared: &'a Shared, order: Order<'a>) -> Pending<'a, Result<Receipt, SendError>> {
        Box::pin(async move {
            let Some(id) = order.incident else { return Err(senseless("it concerns no incident")) };
            let incident = shared.store.load(id).await.map_err(|error| unrecorded(&error))?;
            let Some(incident) = incident else { return Err(senseless("its incident is not on record")) };
            let tracking = shared.store.tracking(id).await.map_err(|error| unrecorded(&error))?.unwrap_or_default();
            let names = shared.people.named(&turn::involved(&incident)).await;
            let work = Work { incident, tracking, names };
            match order.effect {
                Effect::TrackOpen => self.open(shared, &work).await,
                Effect::TrackSync => self.sync(shared, &work).await,
                _ => Err(senseless("it is not for the tracker")),
            }
        })
    }
}

fn done(synced: Synced, outcome: Option<Outcome>) -> Receipt {
    Receipt { message: None, outcome, synced: Some(Box::new(synced)) }
}

fn as_it_was(tracking: &Tracking) -> Synced {
    Synced {
        issue: tracking.issue.clone(),
        seq: tracking.synced,
        phase: tracking.phase,
        status: tracking.status.clone(),
        by_hand: tracking.by_hand,
    }
}

/// The same for every attempt at one thing, and another one with another database, where numbers begin again.
fn key(incident: &Incident, what: &str) -> Key {
    Key::new(format!("incident-{}-{}-{what}", incident.id, incident.declared.as_second()))
}

fn failed(error: TrackerError) -> SendError {
    match error {
        TrackerError::Throttled { retry_after, call, begun } => {
            SendError::Throttled { retry_after, method: call, pace: Pace::Method, begun }
        }
        TrackerError::Unknown { call, why } => SendError::Unknown { method: call, why },
        TrackerError::Transient { call, why, begun } => SendError::Transient { method: call, why, begun },
        TrackerError::Gone { issue, sentence } => {
            SendError::Refused { code: "gone".to_owned(), sentence: format!("{issue}: {sentence}"), operator: true }
        }
        TrackerError::Refused { code, sentence } => SendError::Refused { code, sentence, operator: true },
    }
}

fn unrecorded(error: &StoreError) -> SendError {
    SendError::Transient { method: "database", why: error.to_string(), begun: false }
}

fn senseless(why: &str) -> SendError {
    SendError::Refused {
        code: "senseless".to_owned(),
        sentence: format!("the order makes no sense: {why}"),
        operator: true,
    }
}
