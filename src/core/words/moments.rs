//! Moments, as their author and everybody else reads them.

use jiff::Timestamp;

use crate::core::incident::Incident;
use crate::core::message::{Line, Message, Span};
use crate::core::moments::Moment;
use crate::core::person::Person;
use crate::core::review;
use crate::core::when::{Note, Understood, spoken};

/// An instant on the reader's own clock, and in UTC unless that is their clock:
/// `2024-02-28 18:00 CET (Europe/Berlin), 2024-02-28 17:00 UTC`.
pub fn instant(at: Timestamp, reader: &Person) -> Line {
    let zone = reader.zone();
    let line = Line::new();
    let line = match zone.iana_name() {
        Some(name) if name != "UTC" => {
            let local = at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M %Z").to_string();
            line.text(format!("{local} ({name}), "))
        }
        _ => line,
    };
    line.with(Span::UtcTime(at))
}

/// What a moment was understood to be, the metrics that follow from it, and what the review will ask about its order.
pub fn answer(moment: Moment, understood: Understood, incident: &Incident, author: &Person) -> Message {
    let word = moment.word();
    let mut message =
        Message::from(Line::new().bold(capitalised(word)).text(": ").join(instant(understood.at, author)).text("."));
    if let Some(Note::TwiceTookEarlier) = understood.note {
        message = message
            .line("The clocks showed that time twice, because daylight saving ended; I took the earlier of the two.");
    }
    let follow = incident.moments.metrics().into_iter().filter(|(metric, _)| {
        let (from, to) = metric.ends();
        moment == from || moment == to
    });
    let told: Vec<String> = follow
        .map(|(metric, length)| format!("{} ({}): {}", metric.word(), metric.meaning(), spoken(length)))
        .collect();
    if !told.is_empty() {
        message = message.line(told.join(" · "));
    }
    let disorder = review::out_of_order(incident, Some(moment));
    message.lines(
        disorder.into_iter().map(|line| Line::new().text("The review will ask about this: ").join(line).text(".")),
    )
}

/// With a capital first letter.
pub fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
