//! Questions for the discussion. They ask about what people saw, and about the system around them, never for a culprit:
//! whoever acted had reasons that made sense at the time.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::durations::{length, share};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::moments::Metric;

/// A question to talk about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Prompt {
    /// What it is about, in a word or two.
    pub about: &'static str,
    /// The question, after what it rests on.
    pub question: String,
}

/// What is asked of every incident.
pub const ALWAYS: [&str; 4] = [
    "What surprised us?",
    "What helped us notice, and what would have helped us notice sooner?",
    "What made it hard to mitigate, and what made it easier?",
    "What would make the next incident of this kind shorter or smaller?",
];

/// A part of the whole that is worth a question of its own, in hundredths.
const WORTH_ASKING: i64 = 20;
/// Shorter times are not worth one, whatever their share.
const TOO_SHORT: SignedDuration = SignedDuration::from_mins(5);

/// The questions that this incident asks by itself, then those that are always asked.
pub(super) fn prompts(incident: &Incident, now: Timestamp) -> Vec<Prompt> {
    let mut prompts = Vec::new();
    let mut ask = |about, question: String| prompts.push(Prompt { about, question });
    if let Some(length) = long(incident, Metric::Ttd) {
        ask(
            "noticing",
            format!(
                "It went on for {length} before it was noticed. Which signs were there, and what would have carried them to us?"
            ),
        );
    }
    if let Some(length) = long(incident, Metric::Tta) {
        ask(
            "beginning",
            format!("{length} went by between noticing it and working on it. What would have made that step easier?"),
        );
    }
    let blocked = incident.time_blocked(now);
    if blocked >= TOO_SHORT {
        let length = length(blocked.as_secs());
        ask(
            "waiting",
            format!(
                "{length} went by waiting for something outside. What would make such waiting shorter, or needless?"
            ),
        );
    }
    if rose(incident) {
        let question = "The priority rose while it lasted. What did we learn that changed the picture, and what would \
                        have shown it earlier?";
        ask("priority", question.to_owned());
    }
    if came_back(incident) {
        let question =
            "It looked better than it was for a while. What made it look so, and what would show us the difference?";
        ask("mitigation", question.to_owned());
    }
    if !any(incident, |event| matches!(event, Event::Notified { .. })) {
        let question = "No update was sent while it lasted. Which people would have wanted one, and what made it hard \
                        to write?";
        ask("updates", question.to_owned());
    }
    ask("factors", factors(incident));
    if !any(incident, |event| matches!(event, Event::ActionItemAdded { .. })) {
        let question =
            "No action item is on record. What is the smallest change that would make this less likely, or less bad?";
        ask("action items", question.to_owned());
    }
    let always = ALWAYS.map(|question| Prompt { about: "learning", question: question.to_owned() });
    let keep = Prompt { about: "learning", question: "What went well, and should stay as it is?".to_owned() };
    prompts.into_iter().chain(always).chain([keep]).collect()
}

fn factors(incident: &Incident) -> String {
    let found = incident.events.iter().filter(|recorded| matches!(recorded.event, Event::FactorFound { .. })).count();
    match found {
        0 => "No contributing factor is on record yet. Which conditions had to come together for this to happen?",
        1 => "One contributing factor is on record. Which other conditions had to come together with it?",
        _ => "Which of the contributing factors are at work elsewhere, too, and how did they come together here?",
    }
    .to_owned()
}

/// How long the metric was, when that is a part of the whole that stands out.
fn long(incident: &Incident, metric: Metric) -> Option<String> {
    let metrics = incident.moments.metrics();
    let of = |wanted: Metric| metrics.iter().find(|(metric, _)| *metric == wanted).map(|(_, length)| *length);
    let part = of(metric)?;
    let stands_out = of(Metric::Ttr).is_none_or(|whole| share(part, whole) >= WORTH_ASKING);
    (part >= TOO_SHORT && stands_out).then(|| length(part.as_secs()))
}

/// Whether it became more urgent after it was declared.
fn rose(incident: &Incident) -> bool {
    let mut level = None;
    let mut rose = false;
    for recorded in &incident.events {
        match recorded.event {
            Event::Declared { level: first, .. } => level = Some(first),
            Event::Prioritized { level: new, .. } => {
                rose |= level.is_some_and(|old| new < old);
                level = Some(new);
            }
            _ => {}
        }
    }
    rose
}

fn came_back(incident: &Incident) -> bool {
    any(incident, |event| matches!(event, Event::Unmitigated | Event::Unresolved | Event::Restarted))
}

fn any(incident: &Incident, matches: impl Fn(&Event) -> bool) -> bool {
    incident.last(matches).is_some()
}
