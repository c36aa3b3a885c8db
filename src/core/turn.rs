//! One turn: something came in, and what becomes of it. The actors call this and commit what it gives.

use jiff::Timestamp;

use super::archival::{self, Seen};
use super::capture;
use super::commands::{self, Answer, Context, Heard, Need, Place, Refusal, Run, Typed, hear};
use super::desk::Desk;
use super::effect::{Effect, Purpose, Reaction};
use super::effects::effects;
use super::event::{Author, Event, Recorded, evolve};
use super::ids::{ChannelId, IncidentId, Source, UserId};
use super::inbound::{Inbound, Outcome, TrackedItem};
use super::incident::Incident;
use super::message::{Line, Message};
use super::nags;
use super::person::{Person, Standing};
use super::prose::Prose;
use super::state::{Action, State};
use super::tracking::Issue;
use super::when::Understood;
use super::words::intro;
use super::words::moments::answer;

/// What becomes of something that came in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// The incident afterwards, when anything happened to it.
    pub after: Option<Incident>,
    /// What is said and done, in order.
    pub effects: Vec<Effect>,
}

/// What has to be known before a command can be decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// Whose names and standing.
    pub people: Vec<UserId>,
    /// The board of all incidents; the people on it are then also wanted.
    pub board: bool,
    /// The receipts of the incident; the people in them are then also wanted.
    pub delivery: bool,
    /// What was said in the incident's channel; the people in it are then also wanted.
    pub history: bool,
    /// A number for a new incident.
    pub number: bool,
    /// How the incident's tracking issue stands.
    pub tracking: bool,
    /// The tracker's components.
    pub components: bool,
}

/// What kind of channel it is.
pub fn place(channel: &ChannelId, in_incident: bool, desks: &[Desk]) -> Place {
    if in_incident {
        Place::Incident
    } else if desks.iter().any(|desk| desk.main_channel == *channel) {
        Place::Main
    } else {
        Place::Elsewhere
    }
}

/// Whether what was typed is any of our business; everything else is chatter and needs no record in the inbox.
pub fn is_for_us(text: &Prose, desk: &Desk, place: Place) -> bool {
    match hear(text, desk, place) {
        Heard::Command(_) => true,
        Heard::NearMiss(_) => place != Place::Elsewhere,
        Heard::Nothing => false,
    }
}

/// Whether it is a command that only makes sense in an incident's channel.
pub fn belongs_in_incident(text: &Prose, desk: &Desk, place: Place) -> bool {
    let Heard::Command(typed) = hear(text, desk, place) else { return false };
    let need = if typed.argument.is_blank() { typed.spec.needs.bare } else { typed.spec.needs.with_argument };
    matches!(need, Need::Incident | Need::Active | Need::Updatable)
}

/// What has to be known to decide what was typed, its author aside.
pub fn wants(text: &Prose, incident: Option<&Incident>, desk: &Desk, place: Place) -> Wants {
    let Heard::Command(typed) = hear(text, desk, place) else { return Wants::default() };
    let mut people: Vec<UserId> = typed.argument.people().cloned().collect();
    if typed.spec.names_people
        && let Some(incident) = incident
    {
        people.extend(involved(incident));
    }
    people.sort();
    people.dedup();
    Wants {
        people,
        board: typed.spec.reads_board,
        delivery: typed.spec.reads_delivery && incident.is_some(),
        history: typed.spec.reads_history && incident.is_some() && desk.record_history,
        number: matches!(typed.spec.run, Run::Declares(_)) && place == Place::Main,
        tracking: typed.spec.reads_tracking,
        components: desk.strict_components && commands::names_components(&typed),
    }
}

/// Everybody who did something, has a role, or is mentioned.
pub fn involved(incident: &Incident) -> Vec<UserId> {
    let mut people: Vec<UserId> = incident
        .events
        .iter()
        .flat_map(|recorded| {
            let author = match &recorded.author {
                Author::Person(user) => Some(user),
                Author::Bot => None,
            };
            let given = match &recorded.event {
                Event::RoleTaken { user, .. } => Some(user),
                Event::Captured { author, .. } => author.as_ref(),
                _ => None,
            };
            author.into_iter().chain(given).chain(recorded.event.prose().flat_map(Prose::people))
        })
        .cloned()
        .collect();
    people.sort();
    people.dedup();
    people
}

/// What becomes of something that was typed. `incident` is the one in whose channel it was typed, if any.
pub fn typed(incident: Option<&Incident>, text: &Prose, place: Place, context: &Context) -> Turn {
    match hear(text, context.desk, place) {
        Heard::Command(typed) => command(incident, &typed, context),
        Heard::NearMiss(corrected) if place != Place::Elsewhere => Turn {
            after: None,
            effects: vec![Effect::Whisper {
                channel: context.source.channel.clone(),
                thread: context.source.thread.clone(),
                to: context.author.id.clone(),
                message: suggestion(&corrected),
            }],
        },
        Heard::NearMiss(_) | Heard::Nothing => Turn::default(),
    }
}

/// Why a command is not run without asking its author once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Late {
    /// It was typed too long before it was read.
    Away,
    /// It was changed before it was read: it may not have been a command at first.
    Changed,
}

/// The answer to a command that is not run without asking.
pub fn late(text: &Prose, at: Timestamp, source: &Source, why: Late, author: &Person, desk: &Desk) -> Turn {
    if let Err(refusal) = commands::may_command(author, desk) {
        return Turn { after: None, effects: refused(refusal, source) };
    }
    let line = match why {
        Late::Away => Line::new()
            .text("I was away when you sent this at ")
            .time(at)
            .text(", so I did not run it. If you still want it, copy and send it again:"),
        Late::Changed => Line::new().text(
            "You changed this before I read it, so I did not run it: I cannot tell what it said first. If you want it, \
             copy and send it again:",
        ),
    };
    let message = Message::from(line).line(Line::new().prose(text));
    Turn { after: None, effects: vec![Effect::Reply { to: source.clone(), message }] }
}

fn suggestion(corrected: &Prose) -> Message {
    Message::from("I did nothing. If you meant this, copy and send it:").line(Line::new().prose(corrected))
}

fn command(incident: Option<&Incident>, typed: &Typed, context: &Context) -> Turn {
    let decision = match commands::decide(incident, typed, context) {
        Ok(decision) => decision,
        Err(refusal) => return Turn { after: None, effects: refused(refusal, context.source) },
    };
    let to = context.source.clone();
    let mut out = vec![match decision.answer {
        Answer::Ok => Effect::React { to, reaction: Reaction::Ok },
        Answer::Already => Effect::React { to, reaction: Reaction::OkHand },
        Answer::Says(message) => Effect::Reply { to, message },
        Answer::Gives(message, file) => Effect::Attach { to, message, file },
    }];
    if decision.events.is_empty() {
        return Turn { after: None, effects: out };
    }
    let fresh = Incident::nothing(context.next_number.unwrap_or(IncidentId(0)));
    let before = match typed.spec.run {
        Run::Declares(_) => &fresh,
        Run::Anywhere(_) | Run::Inside(_) => incident.unwrap_or(&fresh),
    };
    let recorded = context.record(before.version, &decision.events);
    let (after, effects) = apply(before, &recorded, context.desk);
    out.extend(effects);
    Turn { after: Some(after), effects: out }
}

/// A refusal's reaction and sentence; together they are one answer.
pub fn refused(refusal: Refusal, source: &Source) -> Vec<Effect> {
    vec![
        Effect::React { to: source.clone(), reaction: Reaction::Exclamation },
        Effect::Reply { to: source.clone(), message: refusal.0 },
    ]
}

/// What becomes of a reaction by somebody. What it puts on record is seen in the log; only who cannot be obeyed is told,
/// and alone: nobody else asked.
pub fn reacted(incident: &Incident, inbound: &Inbound, by: &Person, now: Timestamp, desk: &Desk) -> Turn {
    let Inbound::Reacted { channel, message, emoji, there, found, .. } = inbound else { return Turn::default() };
    let Some(what) = desk.captures(emoji).filter(|_| by.standing != Standing::Bot) else { return Turn::default() };
    let source = match found {
        Some(found) => found.source.clone(),
        None => Source { channel: channel.clone(), message: message.clone(), thread: None },
    };
    let whisper = |message: Message| Turn {
        after: None,
        effects: vec![Effect::Whisper {
            channel: channel.clone(),
            thread: source.thread.clone(),
            to: by.id.clone(),
            message,
        }],
    };
    let events = match (there, found) {
        (true, Some(found)) => capture::added(incident, &source, what, &by.id, found),
        (true, None) => return whisper("I could not read that message, so it is not in the log.".into()),
        (false, _) => capture::removed(incident, &source, what, &by.id),
    };
    if events.is_empty() {
        return Turn::default();
    }
    if let Some(Refusal(sentence)) = commands::may_command(by, desk).err() {
        return whisper(sentence);
    }
    if !incident.state.is_updatable() || incident.state == State::Opening {
        let line = Line::new().text(format!(
            "Incident {} is {}, so its log stays as it is; your reaction changed nothing.",
            incident.id,
            incident.state.spoken()
        ));
        return whisper(line.into());
    }
    let author = Author::Person(by.id.clone());
    let recorded: Vec<Recorded> = (incident.version + 1..)
        .zip(events)
        .map(|(seq, event)| Recorded { seq, at: now, author: author.clone(), source: Some(source.clone()), event })
        .collect();
    let set = recorded.iter().find_map(|recorded| match recorded.event {
        Event::MomentSet { moment, at } => Some((moment, at)),
        _ => None,
    });
    let (after, mut effects) = apply(incident, &recorded, desk);
    if let Some((moment, at)) = set {
        effects.extend(whisper(answer(moment, Understood { at, note: None }, &after, by)).effects);
    }
    Turn { after: Some(after), effects }
}

/// What becomes of something that happened to an incident without being typed.
pub fn happened(incident: &Incident, inbound: &Inbound, now: Timestamp, desk: &Desk) -> Turn {
    let mut said = Vec::new();
    let (author, events) = match inbound {
        Inbound::Came { outcome, .. } => (Author::Bot, came(incident, outcome, &mut said)),
        Inbound::Joined { channel, user } => {
            said.extend(intro::welcome(incident, desk).map(|message| Effect::Whisper {
                channel: channel.clone(),
                thread: None,
                to: user.clone(),
                message,
            }));
            (Author::Bot, Vec::new())
        }
        Inbound::ChannelArchived { by, .. } if !incident.channel_archived => {
            if incident.state.is_active() {
                said.push(in_main(desk, closed(incident, by.as_ref())));
            }
            (by_whom(by.as_ref()), archived_by_hand(incident))
        }
        Inbound::ChannelUnarchived { by, .. } if incident.channel_archived => {
            let mut events = vec![Event::ChannelUnarchived];
            if incident.moments.archived.is_some() {
                events.insert(0, Event::Unarchived);
            }
            (by_whom(by.as_ref()), events)
        }
        Inbound::ChannelRenamed { name, .. } if *name != incident.channel_name => {
            (Author::Bot, vec![Event::ChannelRenamed { name: name.clone() }])
        }
        Inbound::ChannelDeleted { .. } if !incident.channel_archived => {
            let mut events = archived_by_hand(incident);
            if incident.state.is_active() {
                events.push(Event::Canceled { why: Some("its channel was deleted".to_owned()) });
            }
            (Author::Bot, events)
        }
        Inbound::Typed { .. }
        | Inbound::Reacted { .. }
        | Inbound::ChannelArchived { .. }
        | Inbound::ChannelUnarchived { .. }
        | Inbound::ChannelRenamed { .. }
        | Inbound::ChannelDeleted { .. } => (Author::Bot, Vec::new()),
    };
    if events.is_empty() {
        return Turn { after: None, effects: said };
    }
    let recorded: Vec<Recorded> = (incident.version + 1..)
        .zip(events)
        .map(|(seq, event)| Recorded { seq, at: now, author: author.clone(), source: None, event })
        .collect();
    let (after, effects) = apply(incident, &recorded, desk);
    said.extend(effects);
    Turn { after: Some(after), effects: said }
}

/// What becomes of an incident that is looked at because a reminder may be due.
pub fn tick(incident: &Incident, now: Timestamp, desk: &Desk) -> Turn {
    let due = nags::due(incident, desk, now);
    let recorded: Vec<Recorded> = (incident.version + 1..)
        .zip(due)
        .map(|(seq, due)| {
            let event = Event::Nagged { nag: due.nag, escalated: due.escalates };
            Recorded { seq, at: now, author: Author::Bot, source: None, event }
        })
        .collect();
    if recorded.is_empty() {
        return Turn::default();
    }
    let (after, effects) = apply(incident, &recorded, desk);
    Turn { after: Some(after), effects }
}

/// What becomes of an incident that is over and is looked at because it may be time to put it away. `seen` is what was
/// found in its channel.
pub fn put_away(incident: &Incident, now: Timestamp, desk: &Desk, seen: Seen) -> Turn {
    let events = archival::decide(incident, desk, now, seen);
    if events.is_empty() {
        return Turn::default();
    }
    let recorded: Vec<Recorded> = (incident.version + 1..)
        .zip(events)
        .map(|(seq, event)| Recorded { seq, at: now, author: Author::Bot, source: None, event })
        .collect();
    let (after, effects) = apply(incident, &recorded, desk);
    Turn { after: Some(after), effects }
}

/// The channel is gone from view. What was over is thereby put away, without waiting any longer.
fn archived_by_hand(incident: &Incident) -> Vec<Event> {
    let mut events = vec![Event::ChannelArchived];
    if Action::Archive.is_possible_from(incident.state) {
        events.push(Event::Archived);
    }
    events
}

fn came(incident: &Incident, outcome: &Outcome, said: &mut Vec<Effect>) -> Vec<Event> {
    match outcome {
        Outcome::ChannelOpened { channel, name } if incident.channel.is_none() => {
            vec![Event::Opened { channel: channel.clone(), name: name.clone() }]
        }
        Outcome::ChannelRefused { why } if incident.channel.is_none() && incident.moments.canceled.is_none() => {
            if let Some(declaration) = &incident.declaration {
                // It was taken for possible when it was typed. There is one answer, and that is this one.
                said.push(Effect::Unreact { to: declaration.clone(), reaction: Reaction::Ok });
                let sentence = Line::new()
                    .text(format!(
                        "I could not make a channel for incident {}, so I canceled it; go on in a channel of your own \
                         for now. {why} Then declare it again with ",
                        incident.id
                    ))
                    .code(".start")
                    .text(" and its title.");
                said.extend(refused(Refusal::says(sentence), declaration));
            }
            vec![Event::Canceled { why: Some(format!("its channel could not be made: {why}")) }]
        }
        // Somebody may have taken it out of the archive meanwhile.
        Outcome::ArchivingFailed { why } if incident.state == State::Archived && incident.channel_archived => {
            vec![Event::ArchivingFailed { why: why.clone() }]
        }
        Outcome::IntroPosted { message } => vec![Event::IntroPosted { message: message.clone() }],
        Outcome::NagPosted { nag, nagged, channel, message } => {
            if incident.nags.record(*nag).is_some_and(|record| record.open == Some(*nagged)) {
                let (channel, message) = (channel.clone(), message.clone());
                return vec![Event::NagPosted { nag: *nag, nagged: *nagged, channel, message }];
            }
            // It was answered, or repeated, before it was known where it stands.
            if incident.channel.as_ref() != Some(channel) || !incident.channel_archived {
                said.push(Effect::Remove { channel: channel.clone(), message: message.clone() });
            }
            Vec::new()
        }
        Outcome::Tracked { issue, items, by_hand } => tracked(incident, issue.as_ref(), items, by_hand.as_ref()),
        Outcome::ReportDrafted { draft, done } => {
            vec![Event::ReportDrafted { draft: draft.clone(), done: *done }]
        }
        Outcome::ReportRefused { why } => vec![Event::ReportRefused { why: why.clone() }],
        Outcome::ChannelOpened { .. } | Outcome::ChannelRefused { .. } | Outcome::ArchivingFailed { .. } => Vec::new(),
    }
}

/// What the incident learns from the tracker: each thing once.
fn tracked(incident: &Incident, issue: Option<&Issue>, items: &[TrackedItem], by_hand: Option<&String>) -> Vec<Event> {
    let linked = issue.filter(|issue| incident.issue.as_ref() != Some(*issue));
    let linked = linked.map(|issue| Event::IssueLinked { issue: issue.clone() });
    let is_known = |item: u64| {
        let same = |event: &Event| matches!(event, Event::ActionItemTracked { item: known, .. } if *known == item);
        incident.last(same).is_some()
    };
    let items = items.iter().filter(|tracked| !is_known(tracked.item));
    let items = items.map(|tracked| Event::ActionItemTracked { item: tracked.item, issue: tracked.issue.clone() });
    let moved = by_hand.map(|status| Event::IssueMoved { status: status.clone() });
    linked.into_iter().chain(items).chain(moved).collect()
}

fn by_whom(by: Option<&UserId>) -> Author {
    by.map_or(Author::Bot, |user| Author::Person(user.clone()))
}

fn in_main(desk: &Desk, message: Message) -> Effect {
    Effect::Post { channel: desk.main_channel.clone(), message, purpose: Purpose::Announcement }
}

/// The question to the main channel when a burning incident lost its channel.
fn closed(incident: &Incident, by: Option<&UserId>) -> Message {
    let line =
        Line::new().text("The channel of incident ").text(format!("{} (", incident.id)).bold_prose(&incident.title);
    let line = line.text(format!(", {}) was archived", incident.state.spoken()));
    let line = match by {
        Some(user) => line.text(" by ").person(user),
        None => line,
    };
    line.text(" while it was still active. Is it over? Unarchive the channel and type ")
        .code(".stop")
        .text(" there; reminders rest until then.")
        .into()
}

fn apply(before: &Incident, recorded: &[Recorded], desk: &Desk) -> (Incident, Vec<Effect>) {
    let mut after = before.clone();
    for one in recorded {
        evolve(&mut after, one);
    }
    let effects = effects(before, &after, recorded, desk);
    (after, effects)
}
