//! Running one row of the inbox, or looking for what is due: learn what must be known, let the core decide, commit all
//! of it at once.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tracing::Instrument;

use super::Shared;
use super::catch_up::PATIENCE;
use crate::core::archival::{self, Seen};
use crate::core::commands::{Components, Context, Place};
use crate::core::delivery::Delivery;
use crate::core::desk::Desk;
use crate::core::event::Recorded;
use crate::core::ids::{IncidentId, Source, UserId};
use crate::core::inbound::{Inbound, Outcome};
use crate::core::incident::Incident;
use crate::core::nags;
use crate::core::person::{Person, Standing};
use crate::core::prose::Prose;
use crate::core::record::said;
use crate::core::state::State;
use crate::core::tracking::changes;
use crate::core::turn::{self, Late, Turn};
use crate::crash;
use crate::data::{After, BoardFilter, Commit, InboxId, InboxRow, NextNumber, OutboxRow, Replan, StoreError};

/// A version conflict is decided again at most so often; then the row waits for the next poll.
const ATTEMPTS: usize = 8;

/// So many of an incident's latest effects are read for their receipts: what a person can look through in a thread.
const DELIVERIES: u64 = 40;

/// So many people of a channel's history are told by name at most: each may be a question to the chat, and in a channel
/// of more most only looked in.
const NAMED: usize = 200;

/// Why a row did not run now. It stays in the inbox, first of its lane.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRun {
    /// The database did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It would be decided wrongly now, and rightly in a moment.
    #[error("not yet: {0}")]
    NotYet(String),
}

/// What a row did.
#[derive(Debug, Default)]
pub struct Ran {
    /// The effects that are now in the outbox, to be sent.
    pub outbox: Vec<OutboxRow>,
}

/// Runs a row against an incident. `held` is the incident as the actor holds it, `None` when it must be loaded; it is
/// given back as it is after the commit, so that memory follows the database and never the other way round. Another copy
/// may have changed the incident since: the commit finds that out, also of a turn that changes nothing, and then it is
/// loaded and decided again.
pub async fn against_incident(
    shared: &Shared,
    id: IncidentId,
    mut held: Option<Incident>,
    row: &InboxRow,
) -> (Option<Incident>, Result<Ran, StoreError>) {
    let span = tracing::info_span!("run", incident = %id, lane = %row.lane, inbox = row.id.0);
    async {
        for _ in 0..ATTEMPTS {
            let incident = match held.take() {
                Some(incident) => Ok(Some(incident)),
                None => shared.store.load(id).await,
            };
            let incident = match incident {
                Ok(Some(incident)) => incident,
                Ok(None) => {
                    tracing::error!("the incident is not on record; its row is dropped");
                    return (None, finish(shared, row).await);
                }
                Err(error) => return (None, Err(error)),
            };
            let now = moment(shared, row);
            let desk = shared.desk(&incident.desk);
            let (turn, _number) = match decide(shared, Some(&incident), desk, row, now).await {
                Ok(decided) => decided,
                Err(error) => return (Some(incident), Err(error)),
            };
            match commit(shared, Some(&incident), turn, Some(row.id), now).await {
                Ok((after, ran)) => {
                    let after = after.unwrap_or(incident);
                    tell_operator(&after, row);
                    if let Some(channel) = &after.channel {
                        shared.rooms.learn(channel, id);
                        if matches!(row.body, Inbound::Came { .. }) {
                            shared.gaps.opened(channel, after.declared);
                        }
                    }
                    return (Some(after), Ok(ran));
                }
                Err(StoreError::VersionConflict) => tracing::debug!("somebody else was faster; deciding again"),
                // Nothing was committed by us; what we hold may be older than what was.
                Err(StoreError::AlreadyDone) => return (None, Ok(Ran::default())),
                Err(error) => return (None, Err(error)),
            }
        }
        (None, Err(StoreError::VersionConflict))
    }
    .instrument(span)
    .await
}

/// Looks whether reminders of an incident are due, and sends them; when none is, notes when to look again. `held` is as
/// for [`against_incident`]. When another copy was faster, nothing is due any more.
pub async fn reminders(
    shared: &Shared,
    id: IncidentId,
    held: Option<Incident>,
    now: Timestamp,
) -> (Option<Incident>, Result<Ran, StoreError>) {
    let span = tracing::info_span!("remind", incident = %id);
    look(shared, id, held, now, Look::Reminders).instrument(span).await
}

/// Looks whether an incident that is over is to be put away; when it is not, notes when to look again. `held` is as for
/// [`against_incident`]. When another copy was faster, nothing is due any more.
pub async fn archival(
    shared: &Shared,
    id: IncidentId,
    held: Option<Incident>,
    now: Timestamp,
    seen: Seen,
) -> (Option<Incident>, Result<Ran, StoreError>) {
    let span = tracing::info_span!("put away", incident = %id);
    look(shared, id, held, now, Look::Archival(seen)).instrument(span).await
}

/// What the clock may have made due.
#[derive(Clone, Copy)]
enum Look {
    Reminders,
    Archival(Seen),
}

impl Look {
    fn turn(self, incident: &Incident, desk: &Desk, now: Timestamp) -> Turn {
        match self {
            Self::Reminders => turn::tick(incident, now, desk),
            Self::Archival(seen) => turn::put_away(incident, now, desk, seen),
        }
    }

    /// Nothing is due: notes when it will be.
    async fn again(self, shared: &Shared, incident: &Incident, now: Timestamp) -> Result<(), StoreError> {
        let desk = shared.desk(&incident.desk);
        let replan = |next_due| [Replan { incident: incident.id, version: incident.version, next_due }];
        match self {
            Self::Reminders => shared.store.replan(&replan(nags::next_due(incident, desk, now))).await,
            Self::Archival(_) => shared.store.replan_archival(&replan(archival::next_due(incident, desk))).await,
        }
    }
}

async fn look(
    shared: &Shared,
    id: IncidentId,
    mut held: Option<Incident>,
    now: Timestamp,
    look: Look,
) -> (Option<Incident>, Result<Ran, StoreError>) {
    for _ in 0..ATTEMPTS {
        let incident = match current(shared, id, held.take()).await {
            Ok(Some(incident)) => incident,
            Ok(None) => return (None, Ok(Ran::default())),
            Err(error) => return (None, Err(error)),
        };
        let turn = look.turn(&incident, shared.desk(&incident.desk), now);
        if turn.after.is_none() {
            let noted = look.again(shared, &incident, now).await;
            return (Some(incident), noted.map(|()| Ran::default()));
        }
        match commit(shared, Some(&incident), turn, None, now).await {
            Ok((after, ran)) => return (after.or(Some(incident)), Ok(ran)),
            Err(StoreError::VersionConflict) => tracing::debug!("somebody else was faster; looking again"),
            Err(error) => return (None, Err(error)),
        }
    }
    (None, Err(StoreError::VersionConflict))
}

/// Runs a row that concerns no incident yet, or none at all.
pub async fn at_front_desk(shared: &Shared, row: &InboxRow) -> Result<Ran, NotRun> {
    let span = tracing::info_span!("run", lane = %row.lane, inbox = row.id.0);
    async {
        let Inbound::Typed { source, .. } = &row.body else {
            return Ok(finish(shared, row).await?);
        };
        let desk = shared.desk_of_channel(&source.channel);
        if let Inbound::Typed { text, .. } = &row.body
            && turn::belongs_in_incident(text, desk, turn::place(&source.channel, false, &shared.desks))
            && shared.clock.now().duration_since(row.received_at) < PATIENCE
            && shared.store.board(BoardFilter::Live).await?.iter().any(|entry| entry.state == State::Opening)
        {
            return Err(NotRun::NotYet("a channel is just being made for an incident".to_owned()));
        }
        for _ in 0..ATTEMPTS {
            let now = moment(shared, row);
            let (turn, _number) = decide(shared, None, desk, row, now).await?;
            match commit(shared, None, turn, Some(row.id), now).await {
                Ok((_, ran)) => return Ok(ran),
                // The number was taken by somebody else: decide with the next.
                Err(StoreError::VersionConflict) => {}
                Err(StoreError::AlreadyDone) => return Ok(Ran::default()),
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::VersionConflict.into())
    }
    .instrument(span)
    .await
}

/// The operator hears once, not at every attempt, that the chat does not archive a channel.
fn tell_operator(incident: &Incident, row: &InboxRow) {
    let Inbound::Came { outcome: Outcome::ArchivingFailed { why }, .. } = &row.body else { return };
    let (failures, channel) = (incident.archival.failures, incident.channel.as_ref().map(ToString::to_string));
    match failures {
        1 => tracing::error!(
            channel,
            cause = why,
            "the channel of an archived incident cannot be archived; trying again for days"
        ),
        archival::ATTEMPTS => tracing::warn!(channel, cause = why, "the channel is left as it is"),
        _ => tracing::debug!(channel, failures, cause = why, "the channel still cannot be archived"),
    }
}

/// The incident as it is on record: what is held when nobody else can have changed it, or did not.
async fn current(shared: &Shared, id: IncidentId, held: Option<Incident>) -> Result<Option<Incident>, StoreError> {
    match held {
        Some(incident) if shared.store.is_exclusive() => Ok(Some(incident)),
        Some(incident) if shared.store.version(id).await? == incident.version => Ok(Some(incident)),
        _ => shared.store.load(id).await,
    }
}

/// When it happened: when it was typed, but never later than now, whatever the chat's clock says.
fn moment(shared: &Shared, row: &InboxRow) -> Timestamp {
    let now = shared.clock.now();
    match &row.body {
        Inbound::Typed { at, .. } => now.min(*at),
        _ => now,
    }
}

/// The turn, and the number that it gives to a new incident: to be held until the turn is committed.
type Decided = (Turn, Option<NextNumber>);

async fn decide(
    shared: &Shared,
    incident: Option<&Incident>,
    desk: &Desk,
    row: &InboxRow,
    now: Timestamp,
) -> Result<Decided, StoreError> {
    match (&row.body, incident) {
        (Inbound::Typed { source, author, text, at, from_outside, late: true, .. }, _) => {
            let author = author_of(shared, author, *from_outside).await;
            if author.standing == Standing::Bot {
                return Ok(Decided::default());
            }
            let longest = SignedDuration::try_from(shared.tuning.catch_up).unwrap_or(SignedDuration::MAX);
            let away = row.received_at.duration_since(*at) > longest;
            let why = if away { Late::Away } else { Late::Changed };
            Ok((turn::late(text, *at, source, why, &author, desk), None))
        }
        (Inbound::Typed { source, author, text, from_outside, .. }, incident) => {
            let author = author_of(shared, author, *from_outside).await;
            typed(shared, incident, desk, source, &author, text, now).await
        }
        (reacted @ Inbound::Reacted { by, .. }, Some(incident)) => {
            let by = author_of(shared, by, false).await;
            Ok((turn::reacted(incident, reacted, &by, now, desk), None))
        }
        (other, Some(incident)) => Ok((turn::happened(incident, other, now, desk), None)),
        (_, None) => Ok(Decided::default()),
    }
}

async fn author_of(shared: &Shared, author: &UserId, from_outside: bool) -> Person {
    let mut person = shared.people.person(author).await.as_ref().clone();
    if from_outside && person.standing == Standing::Member {
        person.standing = Standing::OtherOrganisation;
    }
    person
}

async fn typed(
    shared: &Shared,
    incident: Option<&Incident>,
    desk: &Desk,
    source: &Source,
    author: &Person,
    text: &Prose,
    now: Timestamp,
) -> Result<Decided, StoreError> {
    if author.standing == Standing::Bot {
        return Ok(Decided::default());
    }
    let place: Place = turn::place(&source.channel, incident.is_some(), &shared.desks);
    let wants = turn::wants(text, incident, desk, place);
    let board = if wants.board { shared.store.board(BoardFilter::Live).await? } else { Vec::new() };
    let delivery = match incident {
        Some(incident) if wants.delivery => {
            shared.store.delivery(incident.id, incident.channel.as_ref(), DELIVERIES).await?
        }
        _ => Delivery::default(),
    };
    let history = match incident {
        Some(incident) if wants.history => {
            Some(shared.store.history(incident.id, said::MOST_MESSAGES, said::MOST_BYTES).await?)
        }
        _ => None,
    };
    let mut users = wants.people;
    users.extend(history.iter().flat_map(|history| history.people().into_iter().take(NAMED)).cloned());
    users.extend(board.iter().flat_map(|entry| [&entry.roles.point, &entry.roles.comms]).flatten().cloned());
    users.extend(delivery.people().cloned());
    let people: BTreeMap<UserId, Person> = shared.people.named(&users).await;
    let tracking = match incident {
        Some(incident) if wants.tracking && shared.services.tracker => shared.tracking(incident.id).await?,
        _ => None,
    };
    let components = if wants.components { shared.components().await } else { Components::Any };
    // Only what is declared waits for a number, not what is refused; so it is decided first without one.
    let to_be_numbered = wants.number.then_some(IncidentId(0));
    let context = |next_number| Context {
        now,
        author,
        source,
        desk,
        desks: &shared.desks,
        people: &people,
        board: &board,
        delivery: &delivery,
        history: history.as_ref(),
        next_number,
        services: shared.services,
        tracking: tracking.as_ref(),
        components: &components,
    };
    let turn = turn::typed(incident, text, place, &context(to_be_numbered));
    if to_be_numbered.is_none() || turn.after.is_none() {
        return Ok((turn, None));
    }
    let number = shared.store.next_number().await?;
    Ok((turn::typed(incident, text, place, &context(Some(number.id))), Some(number)))
}

/// Commits a turn and the end of the row that caused it, if any. What was decided on an incident is only committed while
/// that is as it was, also when nothing happened to it: so an answer that only reads tells what is on record.
async fn commit(
    shared: &Shared,
    before: Option<&Incident>,
    turn: Turn,
    inbox: Option<InboxId>,
    now: Timestamp,
) -> Result<(Option<Incident>, Ran), StoreError> {
    let expected = before.map_or(0, |incident| incident.version);
    let incident = match turn.after.as_ref().or(before) {
        Some(incident) => {
            let desk = shared.desk(&incident.desk);
            let after = After::new(incident, expected, now, nags::next_due(incident, desk, now))?;
            let after = after.archived_at(archival::next_due(incident, desk));
            let is_news = || {
                let nothing = Incident::nothing(incident.id);
                let new: Vec<Recorded> = incident.events.since(expected).cloned().collect();
                changes::concern(before.unwrap_or(&nothing), incident, &new)
            };
            Some(if shared.services.tracker && is_news() { after.to_be_tracked() } else { after })
        }
        None => None,
    };
    let effects = turn.effects.into_iter().filter(|effect| shared.services.serve(effect.destination())).collect();
    let commit = Commit { incident, effects, inbox, at: now };
    let committed = shared.store.commit(commit).await?;
    crash::point("decision.committed");
    Ok((turn.after, Ran { outbox: committed.outbox }))
}

/// Finishes a row that nothing is to be done about.
async fn finish(shared: &Shared, row: &InboxRow) -> Result<Ran, StoreError> {
    let now = shared.clock.now();
    match commit(shared, None, Turn::default(), Some(row.id), now).await {
        Ok(_) | Err(StoreError::AlreadyDone) => Ok(Ran::default()),
        Err(error) => Err(error),
    }
}
