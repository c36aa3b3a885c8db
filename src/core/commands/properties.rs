//! What holds however people use the bot: long random conversations between several people, looked at after every line.

mod contract;
mod conversation;

use std::cell::RefCell;
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{TestCaseResult, TestError, TestRunner};

use contract::{clears, is_promised, sets};
use conversation::{Conversation, Happening, Said, Turn, conversation, usual};

use super::{ALL, Heard, Place, Run, hear};
use crate::core::effect::{Effect, Reaction};
use crate::core::event::{Author, Event, Recorded, evolve};
use crate::core::inbound::{Inbound, Outcome};
use crate::core::incident::{Incident, Role};
use crate::core::message::Span;
use crate::core::moments::Moment;
use crate::core::rehearsal::{MAIN, ROOM, Rehearsal, prose};
use crate::core::report::{Draft, Drafted};
use crate::core::review;
use crate::core::state::State;

const CONVERSATIONS: u32 = 32;

/// What the conversations came to, so that they cannot become empty talk unnoticed.
#[derive(Default)]
struct Seen {
    states: BTreeSet<&'static str>,
    accepted: BTreeSet<&'static str>,
    refused: BTreeSet<&'static str>,
}

#[test]
fn whatever_people_type_the_bot_keeps_its_promises() {
    let seen = RefCell::new(Seen::default());
    let config = ProptestConfig { cases: CONVERSATIONS, source_file: Some(file!()), ..ProptestConfig::default() };
    let outcome = TestRunner::new(config)
        .run(&conversation(), |conversation| hold(&conversation, &mut seen.borrow_mut(), &mut Vec::new()));
    if let Err(TestError::Fail(why, conversation)) = outcome {
        let mut told = Vec::new();
        let _ = hold(&conversation, &mut Seen::default(), &mut told);
        panic!("{why}\nIt came so:\n{}", told.join("\n"));
    }
    outcome.unwrap();
    let seen = seen.into_inner();
    let missed: Vec<&str> = State::all().map(State::word).filter(|word| !seen.states.contains(word)).collect();
    assert_eq!(missed, [""; 0], "no conversation came to these states");
    let never = |done: &BTreeSet<&str>| -> Vec<&str> {
        ALL.iter().map(|spec| spec.word).filter(|word| !done.contains(word)).collect()
    };
    assert_eq!(never(&seen.accepted), [""; 0], "these commands were never accepted");
    assert_eq!(never(&seen.refused), [""; 0], "these commands were never refused");
}

/// Holds a conversation, and keeps what was said and what happened, up to where a promise is broken.
fn hold(conversation: &Conversation, seen: &mut Seen, told: &mut Vec<String>) -> TestCaseResult {
    let mut room = Rehearsal::before_the_fire();
    room.services.tracker = conversation.tracker;
    room.services.report = !conversation.strict;
    room.desk.strict_components = conversation.strict && conversation.tracker;
    told.push(conversation.declared.to_owned());
    room.alice_in_main(conversation.declared).is_ok();
    seen.accepted.insert("start");
    conversation.turns.iter().try_for_each(|turn| take(&mut room, turn, seen, told))
}

fn take(room: &mut Rehearsal, turn: &Turn, seen: &mut Seen, told: &mut Vec<String>) -> TestCaseResult {
    room.advance(turn.pause);
    if let Some(happening) = turn.happening {
        told.push(format!("{happening:?}"));
        let before = room.incident().clone();
        happen(room, happening);
        goes_on(&before, room)?;
        seen.states.insert(room.incident().state.word());
    }
    let line = match &turn.line {
        Said::Whatever(line) => line.clone(),
        Said::WhatIsUsual(which) => {
            let last = room.incident().blockers.len().to_string();
            which.get(usual(room.incident().state)).replace("{last}", &last)
        }
    };
    told.push(format!("{} {} {}: {line}", room.now(), turn.channel, turn.who));
    let place = if turn.channel == MAIN { Place::Main } else { Place::Incident };
    let heard = hear(&prose(&line), &room.desk, place);
    if let (Place::Main, Heard::Command(typed)) = (place, &heard)
        && matches!(typed.spec.run, Run::Declares(_))
    {
        // That would be another incident.
        return Ok(());
    }
    let before = room.incident().clone();
    let reply = room.says(turn.who, turn.channel, &line);
    match heard {
        Heard::Command(typed) => {
            let accepted = is_answered_once(&reply.effects, &line, turn.channel)?;
            if accepted {
                seen.accepted.insert(typed.spec.word);
            } else {
                seen.refused.insert(typed.spec.word);
                prop_assert_eq!(room.incident(), &before, "a refusal changes nothing");
            }
            let mut new = room.incident().events.beyond(before.events.len());
            let by_author =
                |recorded: &Recorded| recorded.author == Author::Person(turn.who.into()) && recorded.source.is_some();
            prop_assert!(new.all(by_author));
        }
        Heard::NearMiss(_) => {
            prop_assert!(matches!(reply.effects.as_slice(), [Effect::Whisper { .. }]), "{:?}", reply.effects);
            prop_assert_eq!(room.incident(), &before);
        }
        Heard::Nothing => {
            prop_assert_eq!(&reply.effects, &[]);
            prop_assert_eq!(room.incident(), &before);
        }
    }
    goes_on(&before, room)?;
    seen.states.insert(room.incident().state.word());
    Ok(())
}

fn happen(room: &mut Rehearsal, happening: Happening) {
    let (channel, by) = (ROOM.into(), Some("U0DAVE".into()));
    match happening {
        Happening::Opened => {
            room.opens();
        }
        Happening::Refused => {
            room.comes(&Outcome::ChannelRefused { why: "I may not make channels.".into() });
        }
        Happening::IntroPosted => {
            room.comes(&Outcome::IntroPosted { message: "1.2".into() });
        }
        Happening::ChannelArchived => {
            room.happens(&Inbound::ChannelArchived { channel, by });
        }
        Happening::ChannelUnarchived => {
            room.happens(&Inbound::ChannelUnarchived { channel, by });
        }
        Happening::Renamed => {
            room.happens(&Inbound::ChannelRenamed { channel, name: "war-room".into() });
        }
        Happening::Deleted => {
            room.happens(&Inbound::ChannelDeleted { channel });
        }
        Happening::Joined => {
            room.happens(&Inbound::Joined { channel, user: "U0CAROL".into() });
        }
        Happening::Tick => {
            room.ticks();
        }
        Happening::NagPosted => {
            let last = room.incident().events.iter().rev().find_map(|recorded| match recorded.event {
                Event::Nagged { nag, .. } => Some((nag, recorded.seq)),
                _ => None,
            });
            if let Some((nag, nagged)) = last {
                room.comes(&Outcome::NagPosted { nag, nagged, channel, message: "1.3".into() });
            }
        }
        Happening::ReportDrafted if room.incident().report.pending => {
            let draft = Draft { link: "https://wiki.example/1".into(), reference: "1".into(), stamp: "1".into() };
            room.comes(&Outcome::ReportDrafted { draft, done: Drafted::Made });
        }
        Happening::ReportRefused if room.incident().report.pending => {
            room.comes(&Outcome::ReportRefused { why: "It is full.".into() });
        }
        Happening::ReportDrafted | Happening::ReportRefused => {}
        Happening::PutAway if matches!(room.incident().state, State::Completed | State::Canceled) => {
            room.records(Event::Archived);
        }
        Happening::PutAway => {}
    }
}

/// A command has exactly one answer, where it was given, and it comes first. Tells whether it was accepted.
fn is_answered_once(effects: &[Effect], line: &str, channel: &str) -> Result<bool, TestCaseError> {
    let answers: Vec<&Effect> = effects.iter().filter(|effect| effect.answers().is_some()).collect();
    let accepted = match answers.as_slice() {
        [Effect::React { reaction: Reaction::Ok | Reaction::OkHand, .. }] => true,
        [Effect::Reply { message, .. } | Effect::Attach { message, .. }] => {
            prop_assert!(!message.to_string().trim().is_empty());
            true
        }
        [Effect::React { reaction: Reaction::Exclamation, .. }, Effect::Reply { message, .. }] => {
            prop_assert!(!message.to_string().trim().is_empty());
            false
        }
        other => return Err(TestCaseError::fail(format!("`{line}` is not answered once: {other:?}"))),
    };
    prop_assert_eq!(&effects[..answers.len()], answers.iter().map(|&a| a.clone()).collect::<Vec<_>>());
    for answer in answers {
        prop_assert_eq!(answer.answers().map(|to| to.channel.as_str()), Some(channel));
        if let Effect::Reply { message, .. } | Effect::Attach { message, .. } = answer {
            let spans = message.lines.iter().flat_map(|line| &line.spans);
            prop_assert!(!spans.into_iter().any(|span| matches!(span, Span::Everyone | Span::Group(_))));
        }
    }
    Ok(accepted)
}

/// What was is still there, and each thing that happened since did what the contract says of it.
fn goes_on(before: &Incident, room: &Rehearsal) -> TestCaseResult {
    let after = room.incident();
    prop_assert!(after.events.iter().take(before.events.len()).eq(before.events.iter()), "events are only added");
    prop_assert_eq!(after.version as usize, after.events.len());
    let mut step = before.clone();
    for recorded in after.events.beyond(before.events.len()) {
        let was = step.clone();
        prop_assert_eq!(recorded.seq, was.version + 1);
        prop_assert_eq!(recorded.at, room.now());
        evolve(&mut step, recorded);
        prop_assert!(
            is_promised(&recorded.event, was.state, &step),
            "{:?} in {:?}: {:?}",
            recorded,
            was.state,
            step.state
        );
        for moment in Moment::ALL {
            let (had, has) = (was.moments.get(moment), step.moments.get(moment));
            let cleared = clears(&recorded.event).contains(&moment);
            prop_assert!(!cleared || has.is_none(), "{:?} keeps {:?}", recorded.event, moment);
            prop_assert!(cleared || had.is_none() || has.is_some(), "{:?} loses {:?}", recorded.event, moment);
            prop_assert!(
                cleared || had == has || sets(&recorded.event, moment),
                "{:?} sets {:?}",
                recorded.event,
                moment
            );
        }
        for role in Role::ALL {
            let taken = matches!(&recorded.event, Event::RoleTaken { role: taken, .. } if *taken == role);
            prop_assert!(
                taken || was.roles.get(role) == step.roles.get(role),
                "{:?} changes {:?}",
                recorded.event,
                role
            );
        }
    }
    is_sound(after, room)
}

/// What holds of every incident at any time.
fn is_sound(incident: &Incident, room: &Rehearsal) -> TestCaseResult {
    let moments = &incident.moments;
    for moment in Moment::ALL {
        prop_assert!(moments.get(moment).is_none_or(|at| at <= room.now()), "{:?} lies in the future", moment);
    }
    for moment in [moments.genesis, moments.detected].into_iter().flatten() {
        prop_assert!(moment <= incident.declared);
    }
    if review::missing(incident).is_empty() {
        prop_assert!(moments.genesis.is_some() && moments.genesis <= moments.detected);
        prop_assert!(moments.detected <= moments.acknowledged);
        prop_assert!(moments.genesis <= moments.mitigated && moments.mitigated <= moments.resolved);
        prop_assert!(incident.summary.is_some() && !incident.components.is_empty());
    }
    let ids: Vec<usize> = incident.blockers.iter().map(|blocker| blocker.id.0 as usize).collect();
    prop_assert_eq!(ids, (1..=incident.blockers.len()).collect::<Vec<_>>());
    prop_assert!(incident.state == State::Blocked || !incident.state.is_active() || !incident.is_blocked());
    for names in [&incident.components, &incident.affected] {
        let distinct: BTreeSet<String> = names.iter().map(|name| name.readable().to_lowercase()).collect();
        prop_assert_eq!(distinct.len(), names.len());
        prop_assert!(names.iter().all(|name| !name.is_blank()));
    }
    prop_assert!(!incident.title.is_blank() && incident.title.chars() <= 250);
    Ok(())
}
