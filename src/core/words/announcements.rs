//! What a desk's main and notify channels read.

use crate::core::desk::Desk;
use crate::core::event::{Author, Event, Recorded};
use crate::core::incident::Incident;
use crate::core::message::{Line, Message, Span};
use crate::core::prose::Prose;
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

    /// What happened, in the word that the incident's channel reads too.
    fn word(self) -> &'static str {
        match self {
            Self::Started => "New incident",
            Self::Restarted => "Restarted, it is burning again",
            Self::Risen => "More urgent now",
            Self::AllClear => "All clear",
            Self::Unresolved => "Unresolved, it is not over",
            Self::Canceled => "Canceled",
            Self::Uncanceled => "Uncanceled, it was no false alarm",
        }
    }

    /// The event that made it so.
    fn is_made_by(self, event: &Event) -> bool {
        match self {
            Self::Started => matches!(event, Event::Declared { .. }),
            Self::Restarted => matches!(event, Event::Restarted),
            Self::Risen => matches!(event, Event::Prioritized { .. }),
            Self::AllClear => matches!(event, Event::Resolved { .. }),
            Self::Unresolved => matches!(event, Event::Unresolved),
            Self::Canceled => matches!(event, Event::Canceled { .. }),
            Self::Uncanceled => matches!(event, Event::Uncanceled),
        }
    }
}

/// The announcement: what happened, to what, where; then by whom, and what a reader can do. It has the title and links
/// the incident's channel.
pub fn announcement(news: News, incident: &Incident, desk: &Desk, loudly: bool) -> Message {
    let head = if loudly { Line::new().with(Span::Everyone).text(" ") } else { Line::new() };
    let recorded = incident.last(|event| news.is_made_by(event));
    let reason = match recorded.map(|recorded| &recorded.event) {
        Some(Event::Prioritized { reason, .. }) => reason.as_ref(),
        _ => None,
    };
    Message::from(about(head, news.word(), incident, desk))
        .line(detail(news, recorded, incident, desk))
        .lines(reason.map(Line::quote))
}

/// `:fire: [P1] New incident: Checkout is down · #channel`
fn about(head: Line, what: &str, incident: &Incident, desk: &Desk) -> Line {
    let head =
        head.emoji(emoji(incident, desk)).text(format!(" [{}] {what}: ", incident.level)).bold_prose(&incident.title);
    match &incident.channel {
        Some(channel) => head.text(" · ").channel(channel),
        None => head,
    }
}

fn detail(news: News, recorded: Option<&Recorded>, incident: &Incident, desk: &Desk) -> Line {
    let join = "To help, join its channel.";
    match news {
        News::Started => {
            let line = by("Declared", recorded);
            let line = match desk.priority(incident.level).map(|priority| &priority.meaning) {
                Some(meaning) if !meaning.is_empty() => line.text(format!(" at {} ({meaning})", incident.level)),
                _ => line,
            };
            line.text(format!(". {join}"))
        }
        News::Restarted => by("Restarted", recorded).text(format!(". {join}")),
        News::Risen => by(&format!("Raised to {}", incident.level), recorded).text(format!(". {join}")),
        News::AllClear => by("Resolved", recorded).text(format!(". {}", milestones::duration(incident))),
        News::Unresolved => by("The all-clear was taken back", recorded)
            .text(". The effect on people is mitigated; work goes on in its channel."),
        News::Canceled => match recorded.map(|recorded| &recorded.event) {
            Some(Event::Canceled { why: Some(why) }) => Line::new()
                .text(format!("I canceled it: {why}. If it still burns, declare it again with "))
                .code(".start")
                .text(" and its title."),
            _ => by("A false alarm, canceled", recorded).text(". Nothing more to do."),
        },
        News::Uncanceled => by("Taken up again", recorded).text(format!(". It is {}. {join}", incident.state.spoken())),
    }
}

fn by(what: &str, recorded: Option<&Recorded>) -> Line {
    match recorded.map(|recorded| &recorded.author) {
        Some(Author::Person(user)) => Line::new().text(format!("{what} by ")).person(user),
        Some(Author::Bot) | None => Line::new().text(what),
    }
}

/// A comm update as stakeholders read it.
pub fn comm_update(incident: &Incident, desk: &Desk, text: &Prose) -> Message {
    let recorded = incident.last(|event| matches!(event, Event::Notified { .. }));
    Message::from(about(Line::new(), "Update", incident, desk))
        .line(Line::quote(text))
        .line(Line::aside().join(by("Sent", recorded)))
}
