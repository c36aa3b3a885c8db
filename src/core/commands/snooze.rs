//! `.snooze`: silences reminders for a while.

use jiff::SignedDuration;

use super::{Argument, Context, Decision, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::desk::Desk;
use crate::core::event::Event;
use crate::core::ids::BlockerId;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::nags::Subject;
use crate::core::when::{duration, spoken};
use crate::core::words::{blockers, nags};

/// What the button under a reminder snoozes it for.
pub const SHORT: &str = "15m";
/// What is snoozed without a length of time.
const USUAL: SignedDuration = SignedDuration::from_hours(1);
/// Shorter than this nobody would notice.
const SHORTEST: SignedDuration = SignedDuration::from_mins(1);
/// Longer than this would be forgetting.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

pub(super) static SPEC: Spec = Spec {
    word: "snooze",
    shape: Shape::Optional("[point, comms, update, #1] [how long]"),
    needs: Needs::ACTIVE,
    help: "silences reminders for an hour, or for as long as you say",
    example: ".snooze point 15m",
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    let text = argument.readable();
    let (which, rest) = subjects(text.trim(), incident)?;
    let length = length(rest, context.desk)?;
    let until = context.now.checked_add(length).unwrap_or(context.now);
    let events = which.iter().map(|what| Event::Snoozed { what: *what, until }).collect();
    let (told, back) = match which.as_slice() {
        [one @ Subject::All] => (nags::about(*one), ".unsnooze".to_owned()),
        [one] => (nags::about(*one), format!(".unsnooze {one}")),
        _ => ("Reminders about every blocker".to_owned(), ".unsnooze blocker".to_owned()),
    };
    let line = Line::new().text(format!("{told} are snoozed for {}, until ", spoken(length))).time(until);
    Ok(Decision::done_and_says(events, line.text("; ").code(back).text(" brings them back.")))
}

/// What is meant, and the rest of the text. Everything, when no word says what.
pub(super) fn subjects<'t>(text: &'t str, incident: &Incident) -> Result<(Vec<Subject>, &'t str), Refusal> {
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim_start();
    let one = match first.to_lowercase().as_str() {
        "all" | "everything" => Subject::All,
        "point" => Subject::Point,
        "comms" => Subject::Comms,
        "update" | "updates" => Subject::Update,
        "blocker" | "blockers" if !rest.starts_with('#') => {
            let all: Vec<_> = incident.open_blockers().map(|blocker| Subject::Blocker(blocker.id)).collect();
            return if all.is_empty() {
                Err(Refusal::says("Nothing is waited for, so there is no reminder to silence."))
            } else {
                Ok((all, rest))
            };
        }
        "blocker" | "blockers" => return subjects(rest, incident),
        word => match word.strip_prefix('#').map(str::parse) {
            Some(Ok(number)) => open_blocker(BlockerId(number), incident)?,
            _ => return Ok((vec![Subject::All], text)),
        },
    };
    Ok((vec![one], rest))
}

fn open_blocker(id: BlockerId, incident: &Incident) -> Result<Subject, Refusal> {
    if incident.open_blockers().any(|blocker| blocker.id == id) {
        return Ok(Subject::Blocker(id));
    }
    let line = Line::new().text(format!("There is no open blocker {id}"));
    Err(Refusal::says(if incident.is_blocked() {
        line.text("; open are ").join(blockers::named(incident)).text(".")
    } else {
        line.text(": nothing is waited for.")
    }))
}

fn length(text: &str, desk: &Desk) -> Result<SignedDuration, Refusal> {
    let text = text.strip_prefix("for ").unwrap_or(text).trim();
    if text.is_empty() {
        return Ok(USUAL);
    }
    let examples = Line::new()
        .code(".snooze 30m")
        .text(", ")
        .code(".snooze point 15m")
        .text(", ")
        .code(".snooze update 2 hours")
        .text(", or nothing for an hour.");
    match duration(text) {
        None => Err(Refusal::says(
            Line::new().text("I can't tell for how long from ").code(text.to_owned()).text("; try ").join(examples),
        )),
        Some(length) if length > LONGEST => {
            let line = Line::new().text(format!("Longer than {} would be forgetting.", spoken(LONGEST)));
            let calm = desk.priorities.values().find(|priority| priority.nag.is_silent());
            Err(Refusal::says(match calm {
                Some(calm) => line
                    .text(" A lower priority, such as ")
                    .code(format!(".{}", calm.level.to_string().to_lowercase()))
                    .text(", ends reminders for good."),
                None => line.text(" Snooze again when it is over."),
            }))
        }
        Some(length) => Ok(length.max(SHORTEST)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use crate::core::nags::{Nag, Subject};
    use crate::core::rehearsal::Rehearsal;

    #[test]
    fn it_tells_what_is_silent_until_when() {
        for (said, answer) in [
            (".snooze", "All reminders are snoozed for 1 h, until 2024-02-28 18:01 UTC; `.unsnooze` brings them back."),
            (
                ".snooze 15m",
                "All reminders are snoozed for 15 m, until 2024-02-28 17:16 UTC; `.unsnooze` brings them back.",
            ),
            (
                ".SNOOZE Point half an hour",
                "Reminders about point are snoozed for 30 m, until 2024-02-28 17:31 UTC; `.unsnooze point` brings them back.",
            ),
            (
                ".snooze updates for 2 hours",
                "Reminders about updates are snoozed for 2 h, until 2024-02-28 19:01 UTC; `.unsnooze update` brings them back.",
            ),
            (
                ".snooze comms 1s",
                "Reminders about comms are snoozed for 1 m, until 2024-02-28 17:02 UTC; `.unsnooze comms` brings them back.",
            ),
        ] {
            Rehearsal::burning().alice(said).says(answer);
        }
    }

    #[test]
    fn a_blocker_is_snoozed_by_its_number_or_with_all_of_them() {
        let mut room = Rehearsal::burning();
        room.alice(".blocked the network team").answer();
        room.alice(".snooze #1 2h").says(
            "Reminders about blocker #1 are snoozed for 2 h, until 2024-02-28 19:01 UTC; `.unsnooze #1` brings them back.",
        );
        room.alice(".blocked legal").answer();
        room.alice(".snooze blockers").says(
            "Reminders about every blocker are snoozed for 1 h, until 2024-02-28 18:01 UTC; `.unsnooze blocker` brings them back.",
        );
        let hour = room.now() + SignedDuration::from_hours(1);
        for id in [1, 2] {
            let nag = Nag::Blocker(crate::core::ids::BlockerId(id));
            assert_eq!(room.incident().nags.snoozed_until(nag), Some(hour));
        }
        assert_eq!(room.incident().nags.snoozes.len(), 2);
        room.alice(".snooze #3").is_refused("There is no open blocker #3; open are #1 the network team, #2 legal.");
    }

    #[test]
    fn a_later_word_counts() {
        let mut room = Rehearsal::burning();
        room.alice(".snooze point 2h").answer();
        room.alice(".snooze").answer();
        let hour = room.now() + SignedDuration::from_hours(1);
        assert_eq!(room.incident().nags.snoozed_until(Nag::Point), Some(hour));
        room.alice(".snooze point 15m").answer();
        assert_eq!(room.incident().nags.snoozed_until(Nag::Point), Some(room.now() + SignedDuration::from_mins(15)));
        assert_eq!(room.incident().nags.snoozed_until(Nag::Comms), Some(hour));
        assert_eq!(
            room.incident().nags.snoozes.iter().map(|s| s.what).collect::<Vec<_>>(),
            [Subject::All, Subject::Point]
        );
    }

    #[test]
    fn refusals_name_the_way_out() {
        for (said, answer) in [
            (
                ".snooze pont",
                "I can't tell for how long from `pont`; try `.snooze 30m`, `.snooze point 15m`, `.snooze update 2 hours`, or nothing for an hour.",
            ),
            (
                ".snooze point 15",
                "I can't tell for how long from `15`; try `.snooze 30m`, `.snooze point 15m`, `.snooze update 2 hours`, or nothing for an hour.",
            ),
            (
                ".snooze 3 days",
                "Longer than 1 d would be forgetting. A lower priority, such as `.p4`, ends reminders for good.",
            ),
            (".snooze blocker", "Nothing is waited for, so there is no reminder to silence."),
            (".snooze #1", "There is no open blocker #1: nothing is waited for."),
        ] {
            Rehearsal::burning().alice(said).is_refused(answer);
        }
    }

    #[test]
    fn it_needs_an_active_incident() {
        let mut room = Rehearsal::burning();
        room.alice(".stop").is_ok();
        room.alice(".snooze")
            .is_refused("`.snooze` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.");
    }
}
