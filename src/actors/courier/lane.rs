//! One lane of the outbox in memory.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::Courier;
use crate::actors::beside::Beside;
use crate::boundary::backoff::Backoff;
use crate::boundary::comm_platform::Doubt;
use crate::core::effect::{Class, Destination, Effect};
use crate::data::{Attempt, OutboxId, OutboxRow};

/// An effect that is to be sent.
#[derive(Debug)]
pub struct Job {
    /// Its row.
    pub row: OutboxRow,
    /// What is known of earlier attempts.
    pub doubt: Doubt,
    /// Not before then.
    pub not_before: Option<Instant>,
    /// The latest attempt; while there was none, when it was decided.
    pub latest: Attempt,
    /// How often it was tried by this process.
    pub attempts: u32,
    /// What came of the last attempt.
    pub last_error: Option<String>,
    /// Its pauses.
    pub backoff: Backoff,
}

impl Job {
    /// Nobody tried it yet.
    pub fn fresh(row: OutboxRow) -> Self {
        Self {
            latest: Attempt { began: row.decided_at, ended: row.decided_at },
            row,
            doubt: Doubt::Fresh,
            not_before: None,
            attempts: 0,
            last_error: None,
            backoff: Backoff::default(),
        }
    }

    /// It was found in the database: somebody may have tried it.
    fn found(row: OutboxRow) -> Self {
        let doubt = Doubt::MaybeDone { since: row.decided_at };
        Self { doubt, ..Self::fresh(row) }
    }
}

/// A lane: what waits in it, in order, and what is on its way.
#[derive(Debug, Default)]
pub struct Lane {
    jobs: BTreeMap<(Class, OutboxId), Job>,
    flying: Option<OutboxId>,
    fetching: bool,
    resting: bool,
    /// Under which class it waits for room at its destination.
    queued: Option<Class>,
    /// How many of its effects are done and not yet recorded as done.
    pub settling: usize,
    /// Rows that this process put there and that nobody can have tried.
    untried: Vec<OutboxId>,
    /// The database has rows that are not here: they are fetched before anything that came later leaves.
    pub behind: bool,
}

/// What a lane does next.
pub enum Next {
    /// Send this.
    Job(Box<Job>),
    /// Wait so long.
    Rest(Duration),
}

impl Lane {
    /// Takes a fresh row in. A topic makes earlier ones needless.
    pub fn admit(&mut self, job: Job, bound: usize) {
        if self.behind || self.fetching || self.jobs.len() >= bound {
            self.behind = true;
            return;
        }
        if job.row.effect.is_replaceable() {
            let kind = std::mem::discriminant(&job.row.effect);
            self.jobs.retain(|_, other| std::mem::discriminant(&other.row.effect) != kind);
        }
        self.jobs.insert((job.row.class, job.row.id), job);
    }

    /// Takes a job that was on its way back in.
    pub fn put_back(&mut self, job: Job) {
        let kind = std::mem::discriminant(&job.row.effect);
        let replaced = job.row.effect.is_replaceable()
            && self
                .jobs
                .values()
                .any(|other| std::mem::discriminant(&other.row.effect) == kind && other.row.id > job.row.id);
        if !replaced {
            self.jobs.insert((job.row.class, job.row.id), job);
        }
    }

    /// Whether nothing can be sent now because something else goes on.
    pub fn is_busy(&self) -> bool {
        self.flying.is_some() || self.fetching || self.resting
    }

    /// Whether it waits for a time to come.
    pub fn rests(&self) -> bool {
        self.resting
    }

    /// Where its effects are done.
    pub fn destination(&self) -> Destination {
        self.jobs.values().next().map_or(Destination::Chat, |job| job.row.effect.destination())
    }

    /// Waits until its destination has room for another effect; then it is told that the rest is over.
    pub fn queue(&mut self, class: Class) {
        self.resting = true;
        self.queued = Some(class);
    }

    /// The class of its first effect.
    pub fn class(&self) -> Class {
        self.jobs.keys().next().map_or(Class::Optional, |(class, _)| *class)
    }

    /// When it waits for room and something more urgent came in: the class under which it waits from now on.
    pub fn promoted(&mut self) -> Option<Class> {
        let class = self.class();
        let queued = self.queued.as_mut().filter(|queued| class < **queued)?;
        *queued = class;
        Some(class)
    }

    /// Whether nothing waits, here or in the database.
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty() && !self.behind && self.flying.is_none() && !self.fetching && self.settling == 0
    }

    /// Whether anything is here to be sent, at once or later.
    pub fn has_ready(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// The first job that may leave: of each class only its first, the classes in their order. `rest` tells how long the
    /// chat wants an effect to wait.
    pub fn next(&mut self, rest: impl Fn(&Effect) -> Option<Duration>) -> Next {
        let now = Instant::now();
        let mut seen: Option<Class> = None;
        let mut shortest: Option<Duration> = None;
        let mut found = None;
        for (key, job) in &self.jobs {
            if seen == Some(key.0) {
                continue;
            }
            seen = Some(key.0);
            let own = job.not_before.and_then(|at| at.checked_duration_since(now)).filter(|pause| !pause.is_zero());
            let pause = own.max(rest(&job.row.effect));
            match pause {
                None => {
                    found = Some(*key);
                    break;
                }
                Some(pause) => shortest = Some(shortest.map_or(pause, |other| other.min(pause))),
            }
        }
        match found.and_then(|key| self.jobs.remove(&key)) {
            Some(job) => {
                self.flying = Some(job.row.id);
                Next::Job(Box::new(job))
            }
            None => Next::Rest(shortest.unwrap_or(Duration::from_secs(1))),
        }
    }

    /// What was on its way is back.
    pub fn landed(&mut self) {
        self.flying = None;
    }

    /// What was on its way is lost; the database still has it.
    pub fn crashed(&mut self) {
        self.flying = None;
        self.resting = true;
        self.jobs.clear();
        self.behind = true;
    }

    /// The lane was claimed just now: what is in memory is in the database, too, and comes from there in its order. What
    /// this process knows to be untried stays known.
    pub fn refetch(&mut self, job: Job) {
        self.flying = None;
        self.put_back(job);
        self.behind = true;
        self.untried = self.jobs.values().filter(|job| job.doubt == Doubt::Fresh).map(|job| job.row.id).collect();
        self.jobs.clear();
    }

    /// The rest is over.
    pub fn rested(&mut self) {
        self.resting = false;
        self.queued = None;
    }

    /// Rests, and goes on by itself.
    pub fn rest(&mut self, beside: &Beside<Courier>, name: &str, pause: Duration) {
        self.resting = true;
        let name = name.to_owned();
        beside.run(tokio::time::sleep(pause), move |(), courier| {
            if let Some(lane) = courier.lanes.get_mut(&name) {
                lane.rested();
            }
            courier.advance(&name);
        });
    }

    /// Rows are being fetched.
    pub fn begin_fetch(&mut self) {
        self.fetching = true;
        self.behind = false;
    }

    /// Rows were fetched.
    pub fn fetched(&mut self, rows: Vec<OutboxRow>, limit: usize) {
        self.fetching = false;
        self.behind |= rows.len() >= limit;
        for row in rows {
            let untried = self.untried.contains(&row.id);
            let job = if untried { Job::fresh(row) } else { Job::found(row) };
            self.jobs.entry((job.row.class, job.row.id)).or_insert(job);
        }
        self.untried.clear();
    }
}
