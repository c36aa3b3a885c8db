//! What is said and done outside because of what happened, answers to commands aside.

use super::desk::Desk;
use super::effect::{Effect, Purpose};
use super::event::{Author, Event, Recorded};
use super::ids::{ChannelId, UserId};
use super::incident::Incident;
use super::message::Message;
use super::nags::{self, Nag, Posted};
use super::words::announcements::{News, announcement, comm_update};
use super::words::nags as words;
use super::words::{intro, milestones, report, topic};

/// The effects of the events that took the incident from `before` to `after`.
pub fn effects(before: &Incident, after: &Incident, events: &[Recorded], desk: &Desk) -> Vec<Effect> {
    let mut out = Vec::new();
    for recorded in events {
        of_event(before, after, recorded, desk, &mut out);
    }
    put_right_reminders(before, after, events, desk, &mut out);
    if let Some(channel) = &after.channel
        && !before.channel_archived
        && asks_to_archive(events)
    {
        out.push(Effect::ArchiveChannel { channel: channel.clone() });
    }
    let (old, new) = (topic::topic(before, desk), topic::topic(after, desk));
    if let Some(channel) = &after.channel
        && !after.channel_archived
        && (before.channel.is_none() || before.channel_archived || old != new)
    {
        out.push(Effect::SetTopic { channel: channel.clone(), topic: new });
    }
    out
}

fn of_event(before: &Incident, after: &Incident, recorded: &Recorded, desk: &Desk, out: &mut Vec<Effect>) {
    let by = match &recorded.author {
        Author::Person(user) => Some(user),
        Author::Bot => None,
    };
    if let Some(channel) = &after.channel
        && !after.channel_archived
        && let Some(message) = milestones::milestone(recorded, after, desk)
    {
        out.push(Effect::Post { channel: channel.clone(), message, purpose: Purpose::Milestone });
    }
    match &recorded.event {
        Event::Declared { channel_name, .. } => out.push(Effect::OpenChannel { name: channel_name.clone() }),
        Event::Opened { channel, .. } => opened(after, channel, desk, out),
        Event::IntroPosted { message } => {
            if let Some(channel) = &after.channel {
                out.push(Effect::Pin { channel: channel.clone(), message: message.clone() });
                if let Some(url) = desk.root_runbook() {
                    out.push(Effect::Bookmark { channel: channel.clone(), title: "Runbook".into(), url: url.into() });
                }
            }
        }
        Event::RoleTaken { user, .. } => {
            // Who takes a role from elsewhere, by a button, need not be in the incident's channel.
            let elsewhere =
                recorded.source.as_ref().is_some_and(|source| after.channel.as_ref() != Some(&source.channel));
            if let Some(channel) = &after.channel
                && (Some(user) != by || elsewhere)
            {
                out.push(Effect::Invite { channel: channel.clone(), users: vec![user.clone()] });
            }
        }
        Event::Resolved { .. } => announce(News::AllClear, after, desk, out),
        Event::Unresolved => announce(News::Unresolved, after, desk, out),
        Event::Restarted => announce(News::Restarted, after, desk, out),
        // What never had a channel was never announced.
        Event::Canceled { .. } if before.channel.is_some() => announce(News::Canceled, after, desk, out),
        Event::Uncanceled => announce(News::Uncanceled, after, desk, out),
        Event::ReadyForReview => {
            if let Some(channel) = &after.channel {
                out.extend(report::sections(after, desk).into_iter().map(|message| Effect::Post {
                    channel: channel.clone(),
                    message,
                    purpose: Purpose::ReportSection,
                }));
            }
        }
        Event::Notified { text } => {
            if desk.is_high(after.level) {
                post(desk.stakeholders(), comm_update(after, desk, text), out);
            }
        }
        Event::Prioritized { level, .. } => {
            let rises = desk.is_high(*level) && (!desk.is_high(before.level) || *level < before.level);
            if rises && before.state.is_active() {
                announce(News::Risen, after, desk, out);
            }
        }
        Event::Nagged { nag, .. } => nagged(before, *nag, recorded, desk, out),
        Event::ReportAsked => out.push(Effect::DraftReport { known: before.report.draft.clone() }),
        Event::ReportDrafted { draft, done } => say_in_room(after, report::drafted(draft, *done), out),
        Event::ReportRefused { why } => say_in_room(after, report::refused(why), out),
        Event::IssueLinked { issue } => {
            if let Some(channel) = after.channel.clone().filter(|_| !after.channel_archived) {
                let title = format!("Tracking issue {}", issue.key);
                out.push(Effect::Bookmark { channel, title, url: issue.url.clone() });
            }
        }
        Event::Acknowledged { .. }
        | Event::Mitigated { .. }
        | Event::Unmitigated
        | Event::Canceled { .. }
        | Event::Completed
        | Event::MomentSet { .. }
        | Event::Titled { .. }
        | Event::Summarized { .. }
        | Event::ComponentAdded { .. }
        | Event::ComponentRemoved { .. }
        | Event::AffectedAdded { .. }
        | Event::AffectedRemoved { .. }
        | Event::Blocked { .. }
        | Event::Unblocked { .. }
        | Event::CodeChanged { .. }
        | Event::FactorFound { .. }
        | Event::ActionItemAdded { .. }
        | Event::Noted { .. }
        | Event::ReviewStepped { .. }
        | Event::Captured { .. }
        | Event::CaptureSeconded { .. }
        | Event::CaptureLeft { .. }
        | Event::Uncaptured { .. }
        | Event::MomentCleared { .. }
        | Event::NagPosted { .. }
        | Event::Snoozed { .. }
        | Event::Unsnoozed { .. }
        | Event::Forgotten { .. }
        | Event::Archived
        | Event::ArchivalAnnounced { .. }
        | Event::ArchivalPostponed { .. }
        | Event::ArchivingFailed { .. }
        | Event::ArchivingRepeated
        | Event::Unarchived
        | Event::ChannelArchived
        | Event::ChannelUnarchived
        | Event::ChannelRenamed { .. }
        | Event::ActionItemTracked { .. }
        | Event::IssueMoved { .. } => {}
    }
}

/// Whether the chat is to archive the channel, and nobody has done it by hand.
fn asks_to_archive(events: &[Recorded]) -> bool {
    let happened = |what: fn(&Event) -> bool| events.iter().any(|recorded| what(&recorded.event));
    happened(|event| matches!(event, Event::Archived | Event::ArchivingRepeated))
        && !happened(|event| matches!(event, Event::ChannelArchived))
}

/// A reminder: in the incident's channel, and in the main channel when it asks for somebody to take a role, or for the
/// on-call group, who need not be in the incident's channel.
fn nagged(before: &Incident, nag: Nag, recorded: &Recorded, desk: &Desk, out: &mut Vec<Effect>) {
    let planned = nags::plan(before, desk).into_iter().find(|planned| planned.nag == nag);
    let (Some(planned), Some(room)) = (planned, &before.channel) else { return };
    let purpose = Purpose::Nag { nag, nagged: recorded.seq };
    let message = words::reminder(&planned, before, desk, recorded.at);
    out.push(Effect::Post { channel: room.clone(), message, purpose });
    if nag.is_about_a_role() || planned.escalates {
        let message = words::reminder_in_main(&planned, before, desk, recorded.at);
        out.push(Effect::Post { channel: desk.main_channel.clone(), message, purpose });
    }
}

/// A reminder that was repeated is taken back, and one that need not be answered any more says so and no longer asks.
fn put_right_reminders(before: &Incident, after: &Incident, events: &[Recorded], desk: &Desk, out: &mut Vec<Effect>) {
    let Some(last) = events.last() else { return };
    for record in before.nags.records.iter().filter(|record| !record.posts.is_empty()) {
        let nag = record.nag;
        let kept = after.nags.record(nag);
        let repeated = kept.is_some_and(|kept| kept.open.is_some() && kept.open != record.open);
        let answered = kept.is_none_or(|kept| kept.open.is_none())
            || nags::is_asked_for(nag, before, desk) && !nags::is_asked_for(nag, after, desk);
        for Posted { channel, message } in &record.posts {
            let (channel, message) = (channel.clone(), message.clone());
            let is_room = after.channel.as_ref() == Some(&channel);
            if is_room && after.channel_archived {
                continue;
            }
            if repeated {
                out.push(Effect::Remove { channel, message });
            } else if answered {
                let to = if is_room {
                    words::settled(nag, before, after, desk, last.at)
                } else {
                    words::settled_in_main(nag, before, after, desk, last.at)
                };
                out.push(Effect::Rewrite { channel, message, to: to.into() });
            }
        }
    }
}

/// In the root of the incident's channel, unless that is closed.
fn say_in_room(after: &Incident, message: Message, out: &mut Vec<Effect>) {
    if let Some(channel) = after.channel.clone()
        && !after.channel_archived
    {
        out.push(Effect::Post { channel, message, purpose: Purpose::Report });
    }
}

/// The channel exists: it is introduced, announced, and peopled.
fn opened(after: &Incident, channel: &ChannelId, desk: &Desk, out: &mut Vec<Effect>) {
    out.push(Effect::Post { channel: channel.clone(), message: intro::intro(after, desk), purpose: Purpose::Intro });
    announce(News::Started, after, desk, out);
    let mut users: Vec<UserId> = vec![after.starter.clone()];
    for user in &desk.initial_users {
        if !users.contains(user) {
            users.push(user.clone());
        }
    }
    out.push(Effect::Invite { channel: channel.clone(), users });
    out.push(Effect::TrackOpen);
}

/// In the main channel, and at high priority in the notify channel, loudly when there is something to do. A desk without
/// a notify channel has its loud announcement in the main channel, where its stakeholders read.
fn announce(news: News, after: &Incident, desk: &Desk, out: &mut Vec<Effect>) {
    let high = desk.is_high(after.level);
    let loud = high && news.is_loud();
    let apart = desk.stakeholders() != &desk.main_channel;
    post(&desk.main_channel, announcement(news, after, desk, loud && !apart), out);
    if high && apart {
        post(desk.stakeholders(), announcement(news, after, desk, loud), out);
    }
}

fn post(channel: &ChannelId, message: Message, out: &mut Vec<Effect>) {
    out.push(Effect::Post { channel: channel.clone(), message, purpose: Purpose::Announcement });
}
