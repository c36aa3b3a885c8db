//! What a desk's main and notify channels read.

use crate::core::desk::Desk;
use crate::core::incident::Incident;
use crate::core::message::{Line, Message, Span};
use crate::core::words::milestones;
use crate::core::words::topic::emoji;

/// Why an incident is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// It was declared.
    Started,
    /// It burns again.
    Restarted,
    /// It rose to a high priority.
    Risen,
    /// It is over.
    AllClear,
    /// The all-clear was premature.
    Unresolved,
    /// It was a false alarm.
    Canceled,
    /// It was none after all.
    Uncanceled,
}

impl News {
    /// Whether the notify channel is woken with a channel-wide mention at high priority: there is something to do.
    pub fn is_loud(self) -> bool {
        matches!(self, Self::Started | Self::Restarted | Self::Risen)
    }
}

/// The announcement. It has the title and links the incident's channel.
pub fn announcement(news: News, incident: &Incident, desk: &Desk, loudly: bool) -> Message {
    let head = if loudly { Line::new().with(Span::Everyone).text(" ") } else { Line::new() };
    let head =
        head.emoji(emoji(incident, desk)).text(format!(" [{}] ", incident.level)).bold_prose(&incident.title).text(
            match news {
                News::Started => " has started",
                News::Restarted => " is burning again",
                News::Risen => " is more urgent now",
                News::AllClear => ": all clear",
                News::Unresolved => " is not over: the all-clear was premature",
                News::Canceled => " was canceled: a false alarm",
                News::Uncanceled => " was no false alarm: it is taken up again",
            },
        );
    let head = match &incident.channel {
        Some(channel) => head.text(" · ").channel(channel),
        None => head,
    };
    Message::from(head).line(match news {
        News::Started => by_starter(incident),
        News::AllClear => Line::new().text(milestones::duration(incident)),
        News::Restarted | News::Risen | News::Unresolved | News::Uncanceled => {
            Line::new().text("Updates and help: in its channel.")
        }
        News::Canceled => Line::new().text("Nothing more to do."),
    })
}

fn by_starter(incident: &Incident) -> Line {
    Line::new().text("Declared by ").person(&incident.starter).text(". To help, join its channel.")
}

/// A comm update as stakeholders read it.
pub fn comm_update(incident: &Incident, desk: &Desk, text: &crate::core::prose::Prose) -> Message {
    let head = Line::new()
        .emoji(emoji(incident, desk))
        .text(format!(" [{}] ", incident.level))
        .bold_prose(&incident.title)
        .text(": update");
    let head = match &incident.channel {
        Some(channel) => head.text(" · ").channel(channel),
        None => head,
    };
    Message::from(head).line(Line::quote(text))
}
