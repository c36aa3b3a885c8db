//! Group commit: writes that wait together share a transaction.
//!
//! Each writer takes all that waits, runs it in one transaction and answers each. When a batch fails, it is halved and
//! run again, so that one write's conflict costs the others nothing but time. Writes that nobody waits for stand back a
//! moment for others whose transaction they can share: the note that a command was answered goes with the next command,
//! instead of being in its way. Housekeeping has transactions of its own, some milliseconds apart: with the history in
//! it, a command's would take several times as long. SQLite has one writer; PostgreSQL has several, and a
//! lane's writes always go to the same one, so that they keep their order.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::DatabaseConnection;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::StoreError;
use super::batch::Batches;
use super::error::Failure;
use super::sql::Sql;
use super::write::{Answer, Write};

/// How many writes share a transaction at most.
const BATCH: usize = 256;
/// How many writes wait at a writer before those who bring more have to wait.
const QUEUE: usize = 1024;
/// How often a batch is run again at once: more often than a pool has connections that a restart of the database left
/// dead.
const ATTEMPTS: usize = 12;
/// How long writes that nobody waits for stand back for others.
const STAND_BACK: Duration = Duration::from_millis(5);
/// How long housekeeping stands back: so long that a writer under load is seldom in it, so short that the history keeps up.
const HOUSEKEEPING: Duration = Duration::from_millis(20);

struct Pending {
    write: Write,
    answer: oneshot::Sender<Result<Answer, StoreError>>,
}

/// The writers' queues.
#[derive(Debug)]
pub(super) struct Writers {
    queues: Vec<mpsc::Sender<Pending>>,
    tasks: Mutex<Vec<(Arc<Notify>, JoinHandle<()>)>>,
    hash: BuildHasherDefault<DefaultHasher>,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending").field("write", &self.write).finish_non_exhaustive()
    }
}

impl Writers {
    /// Starts that many writers. A transaction that hangs is given up after `patience`.
    pub fn start(db: &DatabaseConnection, sql: &Arc<Sql>, count: u32, patience: Duration) -> Self {
        let (queues, tasks) = (0..count.max(1))
            .map(|_| {
                let (queue, pending) = mpsc::channel(QUEUE);
                let closing = Arc::new(Notify::new());
                let writer = Writer { batches: Batches::new(db.clone(), Arc::clone(sql)), patience };
                let task = tokio::spawn(writer.work(pending, Arc::clone(&closing)));
                (queue, (closing, task))
            })
            .unzip();
        Self { queues, tasks: Mutex::new(tasks), hash: BuildHasherDefault::default() }
    }

    /// Hands a write to its writer and waits for the answer.
    pub async fn write(&self, write: Write) -> Result<Answer, StoreError> {
        let gone = || StoreError::Unavailable("the store is closed".to_owned());
        let queues = u64::try_from(self.queues.len()).unwrap_or(1);
        let place = self.hash.hash_one(write.lane()) % queues;
        let queue = usize::try_from(place).ok().and_then(|place| self.queues.get(place));
        let (answer, answered) = oneshot::channel();
        queue.ok_or_else(gone)?.send(Pending { write, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }

    /// Takes nothing more, and lets the writers finish what waits.
    pub async fn finish(&self) {
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for (closing, task) in tasks {
            closing.notify_one();
            // A writer that panicked has nothing left to finish.
            let _ = task.await;
        }
    }
}

struct Writer {
    batches: Batches,
    patience: Duration,
}

impl Writer {
    async fn work(self, mut pending: mpsc::Receiver<Pending>, closing: Arc<Notify>) {
        let mut batch = Vec::new();
        let mut housekeeping: Vec<Pending> = Vec::new();
        let mut until = Instant::now();
        let mut awaited = Instant::now();
        loop {
            let more = tokio::select! {
                () = closing.notified() => {
                    pending.close();
                    continue;
                }
                count = pending.recv_many(&mut batch, BATCH) => count > 0,
                () = tokio::time::sleep_until(until), if !housekeeping.is_empty() => true,
            };
            if !batch.is_empty() {
                stand_back(&mut pending, &mut batch).await;
                let waited = !housekeeping.is_empty();
                housekeeping.extend(batch.extract_if(.., |pending| pending.write.is_housekeeping()));
                let now = Instant::now();
                if !batch.is_empty() {
                    awaited = now;
                }
                if !waited {
                    // Where nothing else was written lately, there is nobody to stand back for.
                    until = if now.duration_since(awaited) < HOUSEKEEPING { now + HOUSEKEEPING } else { now };
                }
                self.settle(std::mem::take(&mut batch)).await;
            }
            if !more || Instant::now() >= until {
                self.settle(std::mem::take(&mut housekeeping)).await;
            }
            if !more {
                return;
            }
        }
    }

    /// Runs the batch, in halves where it must be, until each write is answered.
    async fn settle(&self, batch: Vec<Pending>) {
        let mut parts = vec![batch];
        while let Some(mut part) = parts.pop() {
            // Whoever stopped waiting was told that the database is not available: what was not done then is not
            // done later.
            part.retain(|pending| !pending.answer.is_closed());
            if let Some(place) = second_of_an_incident(&part) {
                parts.push(part.split_off(place));
            }
            if part.is_empty() {
                continue;
            }
            match self.run(&part).await {
                Ok(answers) => answer(part, answers.into_iter().map(Ok)),
                Err(Failure::Away(why) | Failure::Lost(why)) => {
                    let error = StoreError::Unavailable(why);
                    answer(part, std::iter::repeat(Err(error)));
                }
                Err(_) if part.len() > 1 => {
                    parts.push(part.split_off(part.len() / 2));
                    parts.push(part);
                }
                Err(failure) => answer(part, std::iter::once(Err(failure.into()))),
            }
        }
    }

    /// Runs the batch, again when another transaction was in the way or the pool's connection turned out to be dead.
    async fn run(&self, part: &[Pending]) -> Result<Vec<Answer>, Failure> {
        let writes: Vec<&Write> = part.iter().map(|pending| &pending.write).collect();
        let mut last = Failure::Away("no attempt was made".to_owned());
        for _ in 0..ATTEMPTS {
            match tokio::time::timeout(self.patience, self.batches.run(&writes)).await {
                Ok(Err(failure @ (Failure::Again(_) | Failure::Lost(_)))) => last = failure,
                Ok(outcome) => return outcome,
                Err(_) => return Err(Failure::Away("it did not answer in time".to_owned())),
            }
        }
        Err(last)
    }
}

/// Waits a moment for writes that cannot wait, when there are none among these.
async fn stand_back(pending: &mut mpsc::Receiver<Pending>, batch: &mut Vec<Pending>) {
    let company = async {
        while batch.len() < BATCH && batch.iter().all(|pending| pending.write.is_patient()) {
            if pending.recv_many(batch, BATCH - batch.len()).await == 0 {
                return;
            }
        }
    };
    // What was received is in the batch, also when the time is over.
    let _ = tokio::time::timeout(STAND_BACK, company).await;
}

/// Where the batch must be cut, since the statements of a batch see each incident once.
fn second_of_an_incident(batch: &[Pending]) -> Option<usize> {
    let mut seen = HashSet::new();
    batch.iter().position(|pending| pending.write.incident().is_some_and(|incident| !seen.insert(incident)))
}

fn answer(part: Vec<Pending>, answers: impl Iterator<Item = Result<Answer, StoreError>>) {
    for (pending, answer) in part.into_iter().zip(answers) {
        // Whoever stopped waiting repeats the write, which is safe.
        let _ = pending.answer.send(answer);
    }
}
