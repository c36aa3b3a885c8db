//! Runs a batch of writes in one transaction: a few statements whatever the number of writes.

use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter,
    QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value,
};

use super::StoreError;
use super::chain;
use super::entity::{channel_mark, event, history_message, history_reaction, history_text, inbox, outbox, person};
use super::error::Failure;
use super::history;
use super::sql::{self, Part, Row, Sql, Template};
use super::tracking::{Attempted, Changed, Claimed, SyncedRow, Troubled};
use super::write::{
    AfterSettling, Answer, Change, CommitRows, ErasedInbound, Finished, HistoryRows, IncidentRows, Looking, NewEvent,
    OrderRows, Outgoing, Postponed, Pruning, Replanned, Rewritten, SealRows, SealedEvent, Settle, TrackingAfter, Write,
};

/// The hash of each incident's last event at a version of it, as far as this process knows: what it need not ask for. A
/// version is always the same events.
#[derive(Debug, Default)]
struct Heads(Mutex<HashMap<i64, Head>>);

/// An incident's version, and the hash of its last event then.
#[derive(Clone, Copy, Debug)]
struct Head {
    version: i64,
    hash: chain::Hash,
}

impl Heads {
    /// So many are remembered; then memory starts over.
    const MOST: usize = 10_000;

    fn of(&self, number: i64, version: i64) -> Option<chain::Hash> {
        let heads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heads.get(&number).filter(|head| head.version == version).map(|head| head.hash)
    }

    fn learn(&self, learned: Vec<(i64, Head)>) {
        let mut heads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if heads.len() + learned.len() > Self::MOST {
            heads.clear();
        }
        heads.extend(learned);
    }
}

/// Where one writer's batches run.
pub(super) struct Batches {
    db: DatabaseConnection,
    sql: Arc<Sql>,
    /// Of the incidents whose writes come here, which are always the same.
    heads: Heads,
    /// Whether a statement that is a transaction of its own failed or was given up: SQLite may have left that open.
    is_left_open: AtomicBool,
}

impl Batches {
    /// Batches on that database.
    pub fn new(db: DatabaseConnection, sql: Arc<Sql>) -> Self {
        Self { db, sql, heads: Heads::default(), is_left_open: AtomicBool::new(false) }
    }

    /// All of the writes or none of them. They must not touch one incident twice.
    pub async fn run(&self, writes: &[&Write]) -> Result<Vec<Answer>, Failure> {
        let sorted = Sorted::new(writes);
        if let Some((statement, learned)) = sorted.combined(&self.sql, &self.heads) {
            match self.at_once(statement).await {
                Ok(given) => {
                    self.heads.learn(learned);
                    return sorted.answers(&given, writes.len());
                }
                // The longer way tells whose fault it is.
                Err(Failure::Final(_)) => {}
                // When it took place all the same, repeating it changes nothing, and what it left to do is found.
                Err(failure) => return Err(failure),
            }
        }
        self.clear().await;
        let options = TransactionOptions {
            sqlite_transaction_mode: self.is_sqlite().then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.db.begin_with_options(options).await?;
        let (answers, learned) = Run { db: &transaction, sql: &self.sql }.all(&sorted, writes.len()).await?;
        // From here on a lost connection leaves open whether the writes took place.
        transaction.commit().await.map_err(|error| match Failure::from(error) {
            Failure::Lost(why) => Failure::Away(why),
            other => other,
        })?;
        self.heads.learn(learned);
        Ok(answers)
    }

    /// Runs a statement that is a transaction of its own.
    async fn at_once(&self, statement: Statement) -> Result<Vec<QueryResult>, Failure> {
        self.clear().await;
        self.is_left_open.store(self.is_sqlite(), Ordering::Relaxed);
        let given = self.db.query_all_raw(statement).await?;
        self.is_left_open.store(false, Ordering::Relaxed);
        Ok(given)
    }

    /// Ends a transaction that was left open. SQLite has one writer and one connection that writes, so it is there.
    async fn clear(&self) {
        if self.is_left_open.swap(false, Ordering::Relaxed) {
            // It is refused when there is none: also SQLite ends a transaction that failed, if the reason is grave.
            let _ = self.db.execute_unprepared("ROLLBACK").await;
        }
    }

    fn is_sqlite(&self) -> bool {
        self.db.get_database_backend() == DbBackend::Sqlite
    }
}

/// The writes of a batch, by what is done with them. Each remembers the place of its write.
#[derive(Default)]
struct Sorted<'a> {
    count: usize,
    received: Vec<(usize, &'a inbox::Model)>,
    marks: BTreeMap<&'a str, &'a str>,
    commits: Vec<(usize, &'a CommitRows)>,
    settled: Vec<(usize, &'a Settle)>,
    postponed: Vec<&'a Postponed>,
    panics: Vec<Panics>,
    replanned: Vec<&'a Replanned>,
    orders: Vec<(usize, &'a OrderRows)>,
    attempts: Vec<&'a Attempted>,
    begins_tracking: bool,
    replanned_archival: Vec<&'a Replanned>,
    people: BTreeMap<&'a str, &'a person::Model>,
    forgotten: Vec<&'a str>,
    erased: Vec<&'a ErasedInbound>,
    sealed: Vec<&'a SealRows>,
    pruned: Vec<(Pruning, &'a [i64])>,
    histories: Vec<&'a HistoryRows>,
    pruned_histories: Vec<&'a [(String, String)]>,
    forgotten_histories: Vec<&'a Write>,
}

struct Panics {
    id: i64,
    panics: i32,
}

impl Row for Panics {
    fn values(&self, into: &mut Vec<Value>) {
        into.extend([self.id.into(), self.panics.into()]);
    }
}

struct Touched<'a> {
    channel: &'a str,
    message: &'a str,
}

impl Row for Touched<'_> {
    fn values(&self, into: &mut Vec<Value>) {
        into.extend([self.channel.into(), self.message.into()]);
    }
}

struct Checked {
    number: i64,
    before: i64,
}

impl Row for Checked {
    fn values(&self, into: &mut Vec<Value>) {
        into.extend([self.number.into(), self.before.into()]);
    }
}

struct Taken {
    before: i64,
    last: i64,
}

impl Row for Taken {
    fn values(&self, into: &mut Vec<Value>) {
        into.extend([self.before.into(), self.last.into()]);
    }
}

impl<'a> Sorted<'a> {
    fn new(writes: &[&'a Write]) -> Self {
        let mut sorted = Self { count: writes.len(), ..Self::default() };
        for (place, write) in writes.iter().enumerate() {
            match write {
                Write::Receive(row) => {
                    sorted.received.push((place, row));
                    if let (Some(channel), Some(message)) = (&row.channel, &row.message) {
                        sorted.mark(channel, message);
                    }
                }
                Write::AdvanceMark(mark) => sorted.mark(&mark.channel, &mark.message),
                Write::Commit(rows) => sorted.commits.push((place, rows)),
                Write::Settle(settle) => sorted.settled.push((place, settle)),
                Write::Postpone(postponed) => sorted.postponed.push(postponed),
                Write::CountPanic { id, panics } => sorted.panics.push(Panics { id: *id, panics: *panics }),
                Write::OrderSync(rows) => sorted.orders.push((place, rows)),
                Write::AttemptSync(attempted) => sorted.attempts.push(attempted),
                Write::BeginTracking => sorted.begins_tracking = true,
                Write::Replan(Looking::ForReminders, rows) => sorted.replanned.extend(rows),
                Write::Replan(Looking::ForArchival, rows) => sorted.replanned_archival.extend(rows),
                Write::KeepPerson(person) => {
                    sorted.people.insert(&person.id, person);
                }
                Write::ForgetPerson(person) => sorted.forgotten.push(person),
                Write::EraseInbound(rows) => sorted.erased.extend(rows),
                Write::Seal(rows) => sorted.sealed.push(rows),
                Write::Prune { table, ids } => sorted.pruned.push((*table, ids)),
                Write::History(rows) => sorted.histories.push(rows),
                Write::PruneHistory(keys) => sorted.pruned_histories.push(keys),
                Write::ForgetHistory { .. } => sorted.forgotten_histories.push(write),
            }
        }
        sorted
    }

    /// The batch as one statement, when there is nothing unusual in it.
    fn combined(&self, sql: &Sql, heads: &Heads) -> Option<(Statement, Vec<(i64, Head)>)> {
        // Field by field, so that a new kind of write is not left out of the statement unseen.
        let Self {
            count: _,
            received: _,
            marks: _,
            commits,
            settled,
            postponed,
            panics,
            replanned,
            orders,
            attempts,
            begins_tracking,
            replanned_archival,
            people,
            forgotten,
            erased,
            sealed,
            pruned,
            histories,
            pruned_histories,
            forgotten_histories,
        } = self;
        let changes = |incident: &IncidentRows| {
            incident.change.before > 0 && !incident.events.is_empty() && incident.rewritten.is_empty()
        };
        let is_plain = postponed.is_empty()
            && panics.is_empty()
            && replanned.is_empty()
            && orders.is_empty()
            && attempts.is_empty()
            && !begins_tracking
            && replanned_archival.is_empty()
            && people.is_empty()
            && forgotten.is_empty()
            && erased.is_empty()
            && sealed.is_empty()
            && pruned.is_empty()
            && histories.is_empty()
            && pruned_histories.is_empty()
            && forgotten_histories.is_empty()
            && settled.iter().all(|(_, settle)| settle.is_all())
            && commits.iter().all(|(_, rows)| {
                rows.incident.as_ref().is_none_or(changes) && rows.outbox.iter().all(|outgoing| !outgoing.replaces)
            });
        if !is_plain {
            return self.chatter(sql).map(|statement| (statement, Vec::new()));
        }
        let (mut events, mut learned) = (Vec::new(), Vec::new());
        for incident in self.incidents() {
            let head = heads.of(incident.change.row.number, incident.change.before)?;
            learned.extend(chained(incident, Some(head), &mut events));
        }
        let marks = self.marks();
        let mut changes: Vec<&Change> = self.incidents().map(|incident| &incident.change).collect();
        // Always in the order of their numbers, as on the longer way.
        changes.sort_by_key(|change| change.row.number);
        let tracked = self.tracked();
        let statement = sql.ordinary().statement(&[
            self.settled.iter().map(|(_, settle)| *settle as &dyn Row).collect(),
            self.received.iter().map(|(_, row)| *row as &dyn Row).collect(),
            marks.iter().map(|mark| mark as &dyn Row).collect(),
            self.finished().map(|finished| finished as &dyn Row).collect(),
            changes.into_iter().map(|change| change as &dyn Row).collect(),
            events.iter().map(|event| event as &dyn Row).collect(),
            self.outgoing().map(|(_, row)| row as &dyn Row).collect(),
            tracked.iter().map(|changed| changed as &dyn Row).collect(),
        ]);
        statement.map(|statement| (statement, learned))
    }

    /// The batch as one statement, when it is what people said and nothing else. A message and what happened to it come in
    /// no certain order to a single statement, so one that is gone is left to the longer way.
    fn chatter(&self, sql: &Sql) -> Option<Statement> {
        let Self { histories, count, .. } = self;
        let ([rows], 1) = (histories.as_slice(), *count) else { return None };
        let HistoryRows { messages, texts, reactions, removed, marks, closed_marks } = rows;
        let is_plain = reactions.is_empty() && removed.is_empty() && closed_marks.is_empty();
        if !is_plain || messages.iter().any(|message| message.withheld) {
            return None;
        }
        sql.chatter().statement(&[
            messages.iter().map(|row| row as &dyn Row).collect(),
            texts.iter().map(|row| row as &dyn Row).collect(),
            marks.iter().map(|row| row as &dyn Row).collect(),
        ])
    }

    fn finished(&self) -> impl Iterator<Item = &'a Finished> {
        self.commits.iter().filter_map(|(_, rows)| rows.finishes.as_ref())
    }

    fn incidents(&self) -> impl Iterator<Item = &'a IncidentRows> {
        self.commits.iter().filter_map(|(_, rows)| rows.incident.as_ref())
    }

    /// Always in the order of their numbers, so that two batches never wait for each other.
    fn tracked(&self) -> Vec<Changed> {
        let mut tracked: Vec<Changed> = self.incidents().filter_map(|incident| incident.changed).collect();
        tracked.sort_by_key(|changed| changed.incident);
        tracked
    }

    fn outgoing(&self) -> impl Iterator<Item = (usize, &'a outbox::Model)> {
        self.commits.iter().flat_map(|(place, rows)| rows.outbox.iter().map(|outgoing| (*place, &outgoing.row)))
    }

    fn marks(&self) -> Vec<channel_mark::Model> {
        let mark = |(channel, message): (&&str, &&str)| channel_mark::Model {
            channel: (*channel).to_owned(),
            message: (*message).to_owned(),
        };
        self.marks.iter().map(mark).collect()
    }

    /// What the combined statement gave, as the answers to that many writes.
    fn answers(&self, given: &[QueryResult], count: usize) -> Result<Vec<Answer>, Failure> {
        let (mut settled, mut sent) = (HashSet::new(), Vec::new());
        let mut received: HashMap<String, i64> = HashMap::new();
        for row in given {
            match part(row)? {
                Some(Part::Settle) => {
                    settled.insert(row.try_get_by::<i64, _>(1)?);
                }
                Some(Part::Receive) => {
                    received.insert(row.try_get_by(2)?, row.try_get_by(1)?);
                }
                Some(Part::Outbox) => sent.push(row.try_get_by::<i64, _>(1)?),
                Some(Part::Marks | Part::Finish | Part::Change | Part::Events | Part::Tracking) | None => {}
            }
        }
        let mut answers = vec![Answer::Done; count];
        for (place, settle) in &self.settled {
            answers[*place] = Answer::Settled(settled.remove(&settle.id).then(AfterSettling::default));
        }
        for (place, row) in &self.received {
            // Two of one key in one batch: the first one has it.
            answers[*place] = Answer::Received(received.remove(&row.event_key));
        }
        // Numbers are given out in the order of the rows; only RETURNING may give them in another.
        sent.sort_unstable();
        let mut by_place: HashMap<usize, Vec<Option<i64>>> = HashMap::new();
        for ((place, _), id) in self.outgoing().zip(sent) {
            by_place.entry(place).or_default().push(Some(id));
        }
        for (place, _) in &self.commits {
            answers[*place] = Answer::Committed(by_place.remove(place).unwrap_or_default());
        }
        Ok(answers)
    }

    fn mark(&mut self, channel: &'a str, message: &'a str) {
        let mark = self.marks.entry(channel).or_insert(message);
        *mark = (*mark).max(message);
    }
}

/// The rows of an incident's new events, each with its hash behind the one before; and the head afterwards. Behind an event
/// that is not sealed they are not either, until all of them are sealed together.
fn chained(
    incident: &IncidentRows,
    mut head: Option<chain::Hash>,
    into: &mut Vec<event::Model>,
) -> Option<(i64, Head)> {
    for NewEvent { row, content } in &incident.events {
        head = head.map(|before| chain::link(&before, content));
        into.push(event::Model { hash: head.as_ref().map(chain::written), ..row.clone() });
    }
    let row = &incident.change.row;
    head.map(|hash| (row.number, Head { version: row.version, hash }))
}

/// Of which part a row is that the combined statement gave.
fn part(row: &QueryResult) -> Result<Option<Part>, Failure> {
    let place = usize::try_from(row.try_get_by::<i32, _>(0)?).ok();
    Ok(place.and_then(|place| Part::ALL.get(place)).copied())
}

struct Run<'a> {
    db: &'a DatabaseTransaction,
    sql: &'a Sql,
}

impl Run<'_> {
    /// Every statement of the batch. Locks are taken in the same order by every batch: outbox rows that are settled,
    /// inbox rows, incidents, the counter, how their issues stand, marks, people.
    async fn all(&self, sorted: &Sorted<'_>, count: usize) -> Result<(Vec<Answer>, Vec<(i64, Head)>), Failure> {
        let mut answers = vec![Answer::Done; count];

        let settled = self.settle(&sorted.settled).await?;
        let came_back = settled.iter().filter_map(|(place, settle)| Some((*place, settle.comes_back.as_ref()?)));
        let received: Vec<(usize, &inbox::Model)> = sorted.received.iter().copied().chain(came_back).collect();
        let mut new_rows = self.receive(&received).await?;
        for (place, _) in &sorted.received {
            answers[*place] = Answer::Received(new_rows.remove(place));
        }

        self.execute(&self.sql.erase_inbox, &sorted.erased).await?;
        let learned = self.commit_incidents(&sorted.commits).await?;
        self.seal(&sorted.sealed).await?;
        self.execute(&self.sql.replan_incidents, &sorted.replanned).await?;
        self.execute(&self.sql.replan_archival, &sorted.replanned_archival).await?;

        let decided = sorted.commits.iter().map(|(place, rows)| (*place, rows.outbox.as_slice()));
        let following = settled.iter().map(|(place, settle)| (*place, settle.outbox.as_slice()));
        let ordered = self.track(sorted, &settled).await?;
        let ordered = ordered.iter().map(|(place, rows)| (*place, rows.outgoing.as_slice()));
        let mut sent = self.send(&decided.chain(following).chain(ordered).collect::<Vec<_>>()).await?;
        for (place, _) in &sorted.orders {
            answers[*place] = Answer::Committed(sent.remove(place).unwrap_or_default());
        }
        for (place, _) in &sorted.commits {
            answers[*place] = Answer::Committed(sent.remove(place).unwrap_or_default());
        }
        for (place, _) in &sorted.settled {
            let is_settled = settled.iter().any(|(settled, _)| settled == place);
            answers[*place] = Answer::Settled(is_settled.then(|| AfterSettling {
                came_back: new_rows.remove(place),
                outbox: sent.remove(place).unwrap_or_default(),
            }));
        }

        self.execute(&self.sql.postpone_outbox, &sorted.postponed).await?;
        self.execute(&self.sql.count_panics, &sorted.panics).await?;
        self.execute(&self.sql.advance_marks, &sorted.marks()).await?;
        self.execute(&self.sql.keep_people, &sorted.people.values().collect::<Vec<_>>()).await?;
        if !sorted.forgotten.is_empty() {
            let forgotten = sorted.forgotten.iter().copied();
            person::Entity::delete_many().filter(person::Column::Id.is_in(forgotten)).exec(self.db).await?;
        }
        for rows in &sorted.histories {
            self.keep_history(rows).await?;
        }
        for write in &sorted.forgotten_histories {
            self.forget_history(write).await?;
        }
        for keys in &sorted.pruned_histories {
            self.prune_history(keys).await?;
        }
        for (table, ids) in &sorted.pruned {
            self.prune(*table, ids).await?;
        }
        Ok((answers, learned))
    }

    /// Gives those that were waiting.
    async fn settle<'w>(&self, all: &[(usize, &'w Settle)]) -> Result<Vec<(usize, &'w Settle)>, Failure> {
        let rows: Vec<&Settle> = all.iter().map(|(_, settle)| *settle).collect();
        let mut waiting: HashSet<i64> = self.numbers_of(&self.sql.settle_outbox, &rows).await?.into_iter().collect();
        Ok(all.iter().filter(|(_, settle)| waiting.remove(&settle.id)).copied().collect())
    }

    /// Gives the ids of those that are new, by the place of their write.
    async fn receive(&self, all: &[(usize, &inbox::Model)]) -> Result<HashMap<usize, i64>, Failure> {
        let rows: Vec<&inbox::Model> = all.iter().map(|(_, row)| *row).collect();
        let mut new: HashMap<String, i64> = HashMap::new();
        for row in self.query(&self.sql.receive, &rows).await? {
            new.insert(row.try_get_by::<String, _>(1)?, row.try_get_by::<i64, _>(0)?);
        }
        // Two of one key in one batch: the first one has it.
        Ok(all.iter().filter_map(|(place, row)| Some((*place, new.remove(&row.event_key)?))).collect())
    }

    /// Gives the heads of the incidents' chains afterwards.
    async fn commit_incidents(&self, commits: &[(usize, &CommitRows)]) -> Result<Vec<(i64, Head)>, Failure> {
        let finished: Vec<&Finished> = commits.iter().filter_map(|(_, rows)| rows.finishes.as_ref()).collect();
        self.expect(&self.sql.finish_inbox, &finished, StoreError::AlreadyDone).await?;

        let incidents = || commits.iter().filter_map(|(_, rows)| rows.incident.as_ref());
        let checked: Vec<Checked> = incidents()
            .filter(|incident| incident.events.is_empty())
            .map(|incident| Checked { number: incident.change.row.number, before: incident.change.before })
            .collect();
        let changes = || incidents().filter(|incident| !incident.events.is_empty()).map(|incident| &incident.change);
        // Always in the order of their numbers, so that two batches never wait for each other.
        let mut changed: Vec<&Change> = changes().filter(|change| change.before > 0).collect();
        changed.sort_by_key(|change| change.row.number);
        let new: Vec<&Change> = changes().filter(|change| change.before == 0).collect();
        let rewritten: Vec<&Rewritten> = incidents().flat_map(|incident| &incident.rewritten).collect();

        let heads = self.heads(&changed).await?;
        self.expect(&self.sql.check_versions, &checked, StoreError::VersionConflict).await?;
        self.take_numbers(&new).await?;
        self.expect(&self.sql.insert_incidents, &new, StoreError::VersionConflict).await?;
        self.execute(&self.sql.rewrite_events, &rewritten).await?;
        let (mut events, mut learned) = (Vec::new(), Vec::new());
        for incident in incidents() {
            let Change { row, before } = &incident.change;
            let head = if *before == 0 { Some(chain::BEGINNING) } else { heads.get(&row.number).copied() };
            learned.extend(chained(incident, head, &mut events));
        }
        self.execute(&self.sql.insert_events, &events).await?;
        Ok(learned)
    }

    /// Changes incidents that were there; gives the hash of each one's last event, unless that is not sealed.
    async fn heads(&self, changed: &[&Change]) -> Result<HashMap<i64, chain::Hash>, Failure> {
        let given = self.query(&self.sql.update_incidents, changed).await?;
        if given.len() != changed.len() {
            return Err(Failure::Final(StoreError::VersionConflict));
        }
        let mut heads = HashMap::with_capacity(given.len());
        for row in given {
            let hash = row.try_get_by::<Option<String>, _>(1)?;
            if let Some(hash) = hash.as_deref().and_then(chain::read) {
                heads.insert(row.try_get_by::<i64, _>(0)?, hash);
            }
        }
        Ok(heads)
    }

    /// Puts events on their chains, if the incidents are as they were.
    async fn seal(&self, all: &[&SealRows]) -> Result<(), Failure> {
        let mut checked: Vec<Checked> =
            all.iter().map(|rows| Checked { number: rows.number, before: rows.version }).collect();
        checked.sort_by_key(|checked| checked.number);
        self.expect(&self.sql.check_versions, &checked, StoreError::VersionConflict).await?;
        let events: Vec<&SealedEvent> = all.iter().flat_map(|rows| &rows.events).collect();
        self.execute(&self.sql.seal_events, &events).await
    }

    /// Notes how tracking issues stand; gives the orders that were due.
    async fn track<'w>(
        &self,
        sorted: &Sorted<'w>,
        settled: &[(usize, &Settle)],
    ) -> Result<Vec<(usize, &'w OrderRows)>, Failure> {
        if sorted.begins_tracking {
            self.db.execute_unprepared(&sql::begin_tracking()).await?;
        }
        self.execute(&self.sql.change_tracking, &sorted.tracked()).await?;
        let after = || settled.iter().filter_map(|(_, settle)| settle.tracking.as_ref());
        let synced = after().filter_map(|after| match after {
            TrackingAfter::Synced(row) => Some((row.incident, row)),
            TrackingAfter::Troubled(_) => None,
        });
        let troubled = after().filter_map(|after| match after {
            TrackingAfter::Troubled(row) => Some((row.incident, row)),
            TrackingAfter::Synced(_) => None,
        });
        let synced: BTreeMap<i64, &SyncedRow> = synced.collect();
        let troubled: BTreeMap<i64, &Troubled> = troubled.collect();
        self.execute(&self.sql.sync_tracking, &synced.values().collect::<Vec<_>>()).await?;
        self.execute(&self.sql.trouble_tracking, &troubled.values().collect::<Vec<_>>()).await?;
        self.execute(&self.sql.attempt_tracking, &sorted.attempts).await?;
        let orders: BTreeMap<i64, Claimed> = sorted
            .orders
            .iter()
            .map(|(_, rows)| (rows.incident, Claimed { incident: rows.incident, at: rows.at, again_at: rows.again_at }))
            .collect();
        let claimed = self.numbers_of(&self.sql.claim_tracking, &orders.values().collect::<Vec<_>>()).await?;
        let mut claimed: HashSet<i64> = claimed.into_iter().collect();
        Ok(sorted.orders.iter().filter(|(_, rows)| claimed.remove(&rows.incident)).copied().collect())
    }

    /// Puts effects in the outbox; gives their ids by the place of their write. A replaceable one replaces those of its
    /// kind and lane that wait, and those that stand before it in this batch.
    async fn send(&self, all: &[(usize, &[Outgoing])]) -> Result<HashMap<usize, Vec<Option<i64>>>, Failure> {
        let outgoing = all.iter().flat_map(|(place, rows)| rows.iter().map(|outgoing| (*place, outgoing)));
        let mut rows: Vec<(usize, Cow<'_, outbox::Model>)> = Vec::new();
        let mut replaced: BTreeMap<(i32, &str, &str), i64> = BTreeMap::new();
        for (place, outgoing) in outgoing.rev() {
            let mut row = Cow::Borrowed(&outgoing.row);
            if outgoing.replaces {
                match replaced.entry((outgoing.row.class, &outgoing.row.kind, &outgoing.row.lane)) {
                    Entry::Vacant(first) => {
                        first.insert(row.decided_at);
                    }
                    Entry::Occupied(later) => {
                        let row = row.to_mut();
                        row.settled_at = Some(*later.get());
                        outbox::REPLACED.clone_into(&mut row.state);
                    }
                }
            }
            rows.push((place, row));
        }
        rows.reverse();
        self.replace(&replaced).await?;

        let bare: Vec<&outbox::Model> = rows.iter().map(|(_, row)| row.as_ref()).collect();
        let mut ids = self.numbers_of(&self.sql.insert_outbox, &bare).await?;
        // Numbers are given out in the order of the rows; only RETURNING may give them in another.
        ids.sort_unstable();
        let mut by_place: HashMap<usize, Vec<Option<i64>>> = HashMap::new();
        for ((place, row), id) in rows.iter().zip(ids) {
            by_place.entry(*place).or_default().push(row.settled_at.is_none().then_some(id));
        }
        Ok(by_place)
    }

    /// Marks what waits of these classes, kinds and lanes as replaced.
    async fn replace(&self, replaced: &BTreeMap<(i32, &str, &str), i64>) -> Result<(), Failure> {
        let all: Vec<_> = replaced.iter().collect();
        for kind in all
            .chunk_by(|((class, kind, _), _), ((next_class, next_kind, _), _)| (class, kind) == (next_class, next_kind))
        {
            let lanes: Vec<&str> = kind.iter().map(|((_, _, lane), _)| *lane).collect();
            let latest = kind.iter().map(|(_, at)| **at).max();
            if let (Some(((class, kind, _), _)), Some(at)) = (kind.first(), latest) {
                for statement in sql::replace(self.db.get_database_backend(), &lanes, *class, kind, at) {
                    self.db.execute_raw(statement).await?;
                }
            }
        }
        Ok(())
    }

    /// Takes the numbers of new incidents, if they follow the last that was taken.
    async fn take_numbers(&self, new: &[&Change]) -> Result<(), Failure> {
        let numbers = || new.iter().map(|change| change.row.number);
        let (Some(first), Some(last)) = (numbers().min(), numbers().max()) else { return Ok(()) };
        let follow = usize::try_from(last - first).is_ok_and(|beyond| beyond + 1 == new.len());
        if !follow {
            return Err(Failure::Final(StoreError::VersionConflict));
        }
        self.expect(&self.sql.take_numbers, &[Taken { before: first - 1, last }], StoreError::VersionConflict).await
    }

    /// In this order: a message, what it said, that it is gone, and then what is not to be kept of it.
    async fn keep_history(&self, rows: &HistoryRows) -> Result<(), Failure> {
        self.execute(&self.sql.keep_messages, &rows.messages).await?;
        self.execute(&self.sql.keep_texts, &rows.texts).await?;
        self.execute(&self.sql.keep_reactions, &rows.reactions).await?;
        self.execute(&self.sql.remove_messages, &rows.removed).await?;
        let removed = rows.removed.iter().map(|row| Touched { channel: &row.channel, message: &row.message });
        self.execute(&self.sql.withhold_texts, &removed.collect::<Vec<_>>()).await?;
        self.execute(&self.sql.advance_history, &rows.marks).await?;
        self.execute(&self.sql.close_history, &rows.closed_marks).await
    }

    async fn forget_history(&self, write: &Write) -> Result<(), Failure> {
        let Write::ForgetHistory { by, theirs, texts, user } = write else { return Ok(()) };
        self.execute(&self.sql.rewrite_texts, texts).await?;
        if !theirs.is_empty() {
            history_message::Entity::update_many()
                .col_expr(history_message::Column::Author, Expr::val(by.as_str()))
                .col_expr(history_message::Column::Files, Expr::val("[]"))
                .filter(history::is_one_of(theirs))
                .exec(self.db)
                .await?;
        }
        if let Some(user) = user {
            history_reaction::Entity::update_many()
                .col_expr(history_reaction::Column::Person, Expr::val(by.as_str()))
                .filter(history_reaction::Column::Person.eq(user.as_str()))
                .exec(self.db)
                .await?;
        }
        Ok(())
    }

    async fn prune_history(&self, keys: &[(String, String)]) -> Result<(), Failure> {
        let which = || history::is_one_of(keys);
        history_reaction::Entity::delete_many().filter(which()).exec(self.db).await?;
        history_text::Entity::delete_many().filter(which()).exec(self.db).await?;
        history_message::Entity::delete_many().filter(which()).exec(self.db).await?;
        Ok(())
    }

    async fn prune(&self, table: Pruning, ids: &[i64]) -> Result<(), Failure> {
        let ids = ids.iter().copied();
        match table {
            Pruning::Inbox => inbox::Entity::delete_many().filter(inbox::Column::Id.is_in(ids)).exec(self.db).await?,
            Pruning::Outbox => {
                outbox::Entity::delete_many().filter(outbox::Column::Id.is_in(ids)).exec(self.db).await?
            }
        };
        Ok(())
    }

    /// Runs the statement, which must give a row for each of these.
    async fn expect<R: Row>(&self, sql: &Template, rows: &[R], otherwise: StoreError) -> Result<(), Failure> {
        if self.query(sql, rows).await?.len() == rows.len() {
            return Ok(());
        }
        Err(Failure::Final(otherwise))
    }

    /// The first column of what the statement gives.
    async fn numbers_of<R: Row>(&self, sql: &Template, rows: &[R]) -> Result<Vec<i64>, Failure> {
        let given = self.query(sql, rows).await?;
        Ok(given.iter().map(|row| row.try_get_by::<i64, _>(0)).collect::<Result<_, _>>()?)
    }

    async fn query<R: Row>(&self, sql: &Template, rows: &[R]) -> Result<Vec<QueryResult>, Failure> {
        let mut given = Vec::new();
        for statement in sql.statements(rows) {
            given.extend(self.db.query_all_raw(statement).await?);
        }
        Ok(given)
    }

    async fn execute<R: Row>(&self, sql: &Template, rows: &[R]) -> Result<(), Failure> {
        for statement in sql.statements(rows) {
            self.db.execute_raw(statement).await?;
        }
        Ok(())
    }
}
