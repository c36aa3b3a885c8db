//! The log's entries in words.

use crate::core::event::{Event, Recorded};
use crate::core::message::{Line, Span};
use crate::core::nags::Nag;
use crate::core::prose::Prose;
use crate::core::report::Drafted;
use crate::core::words::people::{self, Names};
use crate::core::words::{nags, report};

/// One entry without its time: `Alice took the role point`. Nobody is notified by it.
pub fn entry(recorded: &Recorded, names: &Names) -> Line {
    let by = people::author(names, &recorded.author);
    let line = Line::new();
    let named = |prose: &Prose| people::named(names, prose);
    match &recorded.event {
        Event::Declared { title, level, .. } => {
            line.text(format!("{by} declared it at {level}: ")).prose(&named(title))
        }
        Event::Opened { channel, .. } => line.text("its channel was opened: ").channel(channel),
        Event::IntroPosted { .. } => line.text("the intro was posted"),
        Event::RoleTaken { role, user } => {
            if matches!(&recorded.author, crate::core::event::Author::Person(author) if author == user) {
                line.text(format!("{by} took the role {}", role.word()))
            } else {
                line.text(format!("{by} gave the role {} to {}", role.word(), people::name(names, user)))
            }
        }
        Event::Acknowledged { at } => at_moment(line.text("acknowledged"), *at, recorded),
        Event::Mitigated { at } => at_moment(line.text(format!("{by} marked it mitigated")), *at, recorded),
        Event::Unmitigated => line.text(format!("{by} took the mitigation back")),
        Event::Resolved { at } => at_moment(line.text(format!("{by} resolved it")), *at, recorded),
        Event::Unresolved => line.text(format!("{by} took the all-clear back")),
        Event::Restarted => line.text(format!("{by} restarted it")),
        Event::Canceled { why: Some(why) } => line.text(format!("canceled: {why}")),
        Event::Canceled { why: None } => line.text(format!("{by} canceled it")),
        Event::Uncanceled => line.text(format!("{by} took it up again")),
        Event::MomentSet { moment, at } => {
            line.text(format!("{by} set {} to ", moment.word())).with(Span::UtcTime(*at))
        }
        Event::MomentCleared { moment } => line.text(format!("{by} took {} back", moment.word())),
        Event::Captured { author, text, .. } => {
            let wrote = author.as_ref().map_or_else(|| "A bot".to_owned(), |author| people::name(names, author));
            line.text(format!("{wrote} wrote: ")).prose(&named(text)).text(format!(" (captured by {by})"))
        }
        Event::CaptureSeconded { .. } => line.text(format!("{by} captured it too")),
        Event::CaptureLeft { .. } => line.text(format!("{by} took one of several captures back")),
        Event::Uncaptured { .. } => line.text(format!("{by} took a captured message out again")),
        Event::Titled { title } => line.text(format!("{by} renamed it: ")).prose(&named(title)),
        Event::Summarized { text } => line.text(format!("{by} wrote the summary: ")).prose(&named(text)),
        Event::Notified { text } => line.text(format!("{by} sent an update: ")).prose(&named(text)),
        Event::ComponentAdded { name } => line.text(format!("{by} added the component ")).prose(&named(name)),
        Event::ComponentRemoved { name } => line.text(format!("{by} removed the component ")).prose(&named(name)),
        Event::AffectedAdded { name } => line.text(format!("{by} added as affected: ")).prose(&named(name)),
        Event::AffectedRemoved { name } => line.text(format!("{by} removed as affected: ")).prose(&named(name)),
        Event::Blocked { id, whom, reason } => {
            let line = line.text(format!("{by} added blocker {id}: waiting for ")).prose(&named(whom));
            match reason {
                Some(reason) => line.text(" because ").prose(&named(reason)),
                None => line,
            }
        }
        Event::Unblocked { id } => line.text(format!("{by} closed blocker {id}")),
        Event::Prioritized { level, reason } => {
            let line = line.text(format!("{by} changed the priority to {level}"));
            match reason {
                Some(reason) => line.text(": ").prose(&named(reason)),
                None => line,
            }
        }
        Event::CodeChanged { url } => line.text(format!("{by} recorded a code change: ")).link(url, url),
        Event::FactorFound { text } => line.text(format!("{by} named a contributing factor: ")).prose(&named(text)),
        Event::ActionItemAdded { title, detail } => {
            let line = line.text(format!("{by} added an action item: ")).prose(&named(title));
            match detail {
                Some(detail) => line.text(" — ").prose(&named(detail)),
                None => line,
            }
        }
        Event::Noted { text } => line.text(format!("{by} noted: ")).prose(&named(text)),
        Event::ReviewStepped { step } => line.text(format!("{by} took the review to {}", step.word())),
        Event::ReadyForReview => line.text(format!("{by} declared it ready for review")),
        Event::Completed => line.text(format!("{by} completed it")),
        Event::Archived => line.text("archived"),
        Event::Unarchived => line.text(format!("{by} took it out of the archive")),
        Event::ChannelArchived => line.text(format!("{by} archived the channel")),
        Event::ChannelUnarchived => line.text(format!("{by} unarchived the channel")),
        Event::ChannelRenamed { name } => line.text(format!("the channel was renamed #{name}")),
        Event::Nagged { nag, escalated } => {
            line.text(format!("{by} {} ", if *escalated { "escalated" } else { "reminded" })).text(match nag {
                Nag::Point => "that nobody is point".to_owned(),
                Nag::Comms => "that nobody is comms".to_owned(),
                Nag::FirstUpdate => "that the first update is due".to_owned(),
                Nag::Update => "that the next update is due".to_owned(),
                Nag::Blocker(id) => format!("that blocker {id} is still open"),
            })
        }
        Event::NagPosted { .. } => line.text("a reminder was posted"),
        Event::ArchivalAnnounced { end } => {
            line.text("its channel was told that it will be archived at ").with(Span::UtcTime(*end))
        }
        Event::ArchivalPostponed { .. } => line.text("somebody wrote, so it is archived later"),
        Event::ArchivingFailed { why } => line.text(format!("its channel could not be archived: {why}")),
        Event::ArchivingRepeated => line.text("archiving its channel was tried again"),
        Event::Snoozed { what, until } => {
            line.text(format!("{by} snoozed {} until ", nags::about(*what).to_lowercase())).with(Span::UtcTime(*until))
        }
        Event::IssueLinked { issue } => line.text("the tracking issue was made: ").link(&issue.url, &issue.key),
        Event::ActionItemTracked { issue, .. } => {
            line.text("the issue of an action item was made: ").link(&issue.url, &issue.key)
        }
        Event::IssueMoved { status } => line.text(format!("somebody moved the tracking issue to “{status}” by hand")),
        Event::ReportAsked => line.text(format!("{by} asked for the report's draft")),
        Event::ReportDrafted { draft, done } => {
            let what = match done {
                Drafted::Made => "the report was drafted: ",
                Drafted::Refreshed => "the report's draft was brought up to date: ",
                Drafted::Kept => "the report's draft was left as people have it: ",
            };
            line.text(what).join(report::place(&draft.link))
        }
        Event::ReportRefused { why } => line.text(format!("the report could not be drafted: {why}")),
        Event::Unsnoozed { what } => line.text(format!("{by} brought {} back", nags::about(*what).to_lowercase())),
        Event::Forgotten { user, events } => {
            let entries = if *events == 1 { "one entry".to_owned() } else { format!("{events} entries") };
            line.text(format!("what {} wrote was taken out of {entries}", people::name(names, user)))
        }
    }
}

/// The moment itself, where it is not when the entry was made.
fn at_moment(line: Line, at: jiff::Timestamp, recorded: &Recorded) -> Line {
    if at == recorded.at { line } else { line.text(" as of ").with(Span::UtcTime(at)) }
}
