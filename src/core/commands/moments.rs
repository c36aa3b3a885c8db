//! `.genesis`, `.detected`, `.acknowledged`, `.resolved-at`: sets or corrects a moment.

use super::{Argument, Context, Decision, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::moments::Moment;
use crate::core::state::Action;
use crate::core::when::{Understood, understand};
use crate::core::words::moments::{answer, capitalised, instant};

const MOMENT: Spec = Spec { shape: Shape::Required("a time"), needs: Needs::UPDATABLE, ..Spec::PLAIN };

pub(super) static GENESIS: Spec = Spec {
    word: "genesis",
    help: "sets when the trouble began",
    example: ".genesis 40 minutes ago",
    run: Run::Inside(|incident, argument, context| decide(Moment::Genesis, incident, argument, context)),
    ..MOMENT
};

pub(super) static DETECTED: Spec = Spec {
    word: "detected",
    help: "sets when somebody or something noticed",
    example: ".detected 9:05",
    run: Run::Inside(|incident, argument, context| decide(Moment::Detected, incident, argument, context)),
    ..MOMENT
};

pub(super) static ACKNOWLEDGED: Spec = Spec {
    word: "acknowledged",
    aliases: &["acked"],
    help: "sets when the response was under way",
    example: ".acknowledged 10 minutes ago",
    run: Run::Inside(|incident, argument, context| decide(Moment::Acknowledged, incident, argument, context)),
    ..MOMENT
};

pub(super) static RESOLVED_AT: Spec = Spec {
    word: "resolved-at",
    help: "corrects when it was over, once it is resolved",
    example: ".resolved-at 20 minutes ago",
    run: Run::Inside(resolved_at),
    ..MOMENT
};

fn decide(moment: Moment, incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    let understood = time(argument, context)?;
    if matches!(moment, Moment::Genesis | Moment::Detected) && understood.at > incident.declared {
        return Err(Refusal::says(
            Line::new()
                .text(format!("{} can't lie after the start, ", capitalised(moment.word())))
                .join(instant(incident.declared, context.author))
                .text("; I read yours as ")
                .join(instant(understood.at, context.author))
                .text(". Give an earlier one, for example ")
                .code(format!(".{} 2024-02-28 17:00", argument.word))
                .text("."),
        ));
    }
    let unset = incident.moments.get(moment).is_none();
    if moment == Moment::Acknowledged && unset && Action::Ack.is_possible_from(incident.state) {
        return Ok(shown(moment, understood, Event::Acknowledged { at: understood.at }, incident, context));
    }
    Ok(set(moment, understood, incident, context))
}

fn resolved_at(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    if incident.moments.resolved.is_none() {
        return Err(Refusal::says(
            Line::new()
                .code(".resolved-at")
                .text(" only corrects when it was over, and it is not resolved yet; ")
                .code(".stop")
                .text(" resolves it."),
        ));
    }
    Ok(set(Moment::Resolved, time(argument, context)?, incident, context))
}

/// The moment as it is now, unless it was so already; the state stays.
pub(super) fn set(moment: Moment, understood: Understood, incident: &Incident, context: &Context) -> Decision {
    if incident.moments.get(moment) == Some(understood.at) {
        return Decision::already();
    }
    shown(moment, understood, Event::MomentSet { moment, at: understood.at }, incident, context)
}

/// The event that sets the moment, which is shown back.
pub(super) fn shown(
    moment: Moment,
    understood: Understood,
    event: Event,
    incident: &Incident,
    context: &Context,
) -> Decision {
    let events = vec![event];
    let after = context.after(incident, &events);
    Decision::done_and_says(events, answer(moment, understood, &after, context.author))
}

/// The instant that was typed, in its author's timezone. No moment lies in the future.
pub(super) fn time(argument: &Argument, context: &Context) -> Result<Understood, Refusal> {
    let zone = context.author.zone();
    let understood =
        understand(&argument.readable(), context.now, &zone).map_err(|reason| Refusal::says(reason.refusal(&zone)))?;
    if understood.at > context.now {
        return Err(Refusal::says(
            Line::new()
                .text("That is in the future: ")
                .join(instant(understood.at, context.author))
                .text(". Give a time that has passed, for example ")
                .code(format!(".{} 20 minutes ago", argument.word))
                .text("."),
        ));
    }
    Ok(understood)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use crate::core::event::Event;
    use crate::core::ids::BlockerId;
    use crate::core::moments::Moment;
    use crate::core::rehearsal::{ROOM, Rehearsal};
    use crate::core::state::State;

    #[test]
    fn they_are_shown_back_in_the_authors_zone_and_in_utc_with_the_metrics_that_follow() {
        let mut room = Rehearsal::burning();
        for (user, said, answer) in [
            ("U0ALICE", ".genesis 17:40", "Genesis: 2024-02-28 17:40 CET (Europe/Berlin), 2024-02-28 16:40 UTC."),
            (
                "U0BOB",
                ".detected 11:50 am",
                "Detected: 2024-02-28 11:50 EST (America/New_York), 2024-02-28 16:50 UTC.\nTTD (time to detect): 10 m",
            ),
            (
                "U0CAROL",
                ".acknowledged 02:00",
                "Acknowledged: 2024-02-29 02:00 JST (Asia/Tokyo), 2024-02-28 17:00 UTC.\nTTA (time to acknowledge): 10 m",
            ),
            (
                "U0DAVE",
                ".acked 2024-02-28 16:55",
                "Acknowledged: 2024-02-28 16:55 UTC.\nTTA (time to acknowledge): 5 m",
            ),
            ("U0DAVE", ".mitigated 16:58", "Mitigated: 2024-02-28 16:58 UTC.\nTTM (time to mitigate): 18 m"),
            (
                "U0BOB",
                ".genesis 16:30 UTC",
                "Genesis: 2024-02-28 11:30 EST (America/New_York), 2024-02-28 16:30 UTC.\n\
                 TTD (time to detect): 20 m · TTM (time to mitigate): 28 m",
            ),
        ] {
            let reply = room.says(user, ROOM, said);
            reply.says(answer);
        }
        room.says("U0DAVE", ROOM, ".acknowledged 16:55").is_already();
        room.alice(".genesis\n17:30").is_already();
    }

    #[test]
    fn acknowledged_acknowledges_what_was_not_and_a_blocked_one_stays_blocked() {
        let mut room = Rehearsal::burning();
        room.alice(".acknowledged now").answer();
        assert_eq!(room.incident().state, State::Acknowledged);
        let mut room = Rehearsal::standing(State::Blocked);
        room.alice(".acknowledged 17:59").answer();
        assert_eq!(room.incident().state, State::Blocked);
        assert!(matches!(room.incident().events.last().unwrap().event, Event::Acknowledged { .. }));
        room.alice(".acknowledged 17:58").answer();
        assert!(matches!(
            room.incident().events.last().unwrap().event,
            Event::MomentSet { moment: Moment::Acknowledged, .. }
        ));
        room.records(Event::Unblocked { id: BlockerId(1) });
        assert_eq!(room.incident().state, State::Acknowledged);
    }

    #[test]
    fn the_wrong_way_round_is_taken_and_pointed_out() {
        let mut room = Rehearsal::burning();
        room.alice(".detected 17:00").answer();
        room.alice(".genesis 17:30").says(
            "Genesis: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.\n\
             The review will ask about this: genesis (2024-02-28 16:30 UTC) lies after detected (2024-02-28 16:00 UTC): \
             correct one of them with `.genesis` or `.detected`.",
        );
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_way_out() {
        for (said, answer) in [
            (".genesis", "`.genesis` needs a time behind it, for example `.genesis 40 minutes ago`."),
            (
                ".resolved-at \u{200b}",
                "`.resolved-at` needs a time behind it, for example `.resolved-at 20 minutes ago`.",
            ),
            (
                ".detected 18:00:30 tomorrow",
                "That is in the future: 2024-02-29 18:00 CET (Europe/Berlin), 2024-02-29 17:00 UTC. \
                 Give a time that has passed, for example `.detected 20 minutes ago`.",
            ),
            (
                ".genesis now",
                "Genesis can't lie after the start, 2024-02-28 18:00 CET (Europe/Berlin), 2024-02-28 17:00 UTC; \
                 I read yours as 2024-02-28 18:01 CET (Europe/Berlin), 2024-02-28 17:01 UTC. \
                 Give an earlier one, for example `.genesis 2024-02-28 17:00`.",
            ),
            (
                ".acked 3 pm PST",
                "I do not know which timezone PST is: leave it out, or give the time in UTC. \
                 Times are read in Europe/Berlin, or in UTC when they end in UTC. \
                 Try `now`, `20 minutes ago`, `9:05`, `3 pm`, `yesterday 11:20`, `monday 9am`, `dec 31 23:59`, \
                 `2024-02-28 17:00`, `9:05 UTC`.",
            ),
            (
                ".detected 2023-03-26 02:30",
                "The clocks skipped 02:30 on 2023-03-26 for daylight saving; they showed 03:30 instead. \
                 Times are read in Europe/Berlin, or in UTC when they end in UTC. \
                 Try `now`, `20 minutes ago`, `9:05`, `3 pm`, `yesterday 11:20`, `monday 9am`, `dec 31 23:59`, \
                 `2024-02-28 17:00`, `9:05 UTC`.",
            ),
            (
                ".resolved-at 20 minutes ago",
                "`.resolved-at` only corrects when it was over, and it is not resolved yet; `.stop` resolves it.",
            ),
        ] {
            let mut room = Rehearsal::burning();
            let before = room.incident().clone();
            room.alice(said).is_refused(answer);
            assert_eq!(*room.incident(), before, "{said}");
        }
    }

    #[test]
    fn a_time_that_was_twice_is_the_earlier_and_says_so() {
        Rehearsal::burning().alice(".genesis 2023-10-29 02:30").says(
            "Genesis: 2023-10-29 02:30 CEST (Europe/Berlin), 2023-10-29 00:30 UTC.\n\
             The clocks showed that time twice, because daylight saving ended; I took the earlier of the two.",
        );
    }

    #[test]
    fn all_but_genesis_and_detected_may_lie_before_the_start_and_the_start_itself_is_no_later() {
        let mut room = Rehearsal::standing(State::Resolved);
        for said in
            [".genesis 18:00", ".detected 18:00", ".acknowledged 17:00", ".mitigated 17:00", ".resolved-at 17:00"]
        {
            room.alice(said).answer();
        }
        room.advance(SignedDuration::from_mins(5));
        room.alice(".resolved-at now").answer();
        assert_eq!(room.incident().moments.resolved, Some(room.now()));
        assert_eq!(room.incident().state, State::Resolved);
    }

    #[test]
    fn in_every_state() {
        insta::assert_snapshot!(Rehearsal::in_every_state(".genesis 17:30"), @r"
        started: Genesis: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        acknowledged: Genesis: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        mitigated: Genesis: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        TTM (time to mitigate): 31 m
        blocked: Genesis: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        resolved: Genesis: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        TTM (time to mitigate): 31 m · TTR (time to resolve): 31 m
        review_…: Genesis: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        TTM (time to mitigate): 31 m · TTR (time to resolve): 31 m
        ready_for_review: Genesis: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        TTM (time to mitigate): 31 m · TTR (time to resolve): 31 m
        completed: exclamation: `.genesis` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.genesis` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.genesis` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
        insta::assert_snapshot!(Rehearsal::in_every_state(".acknowledged 17:30"), @r"
        started: Acknowledged: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        acknowledged: Acknowledged: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        mitigated: Acknowledged: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        blocked: Acknowledged: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        resolved: Acknowledged: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        review_…: Acknowledged: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        ready_for_review: Acknowledged: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        completed: exclamation: `.acknowledged` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.acknowledged` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.acknowledged` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
        insta::assert_snapshot!(Rehearsal::in_every_state(".resolved-at 17:30"), @r"
        started: exclamation: `.resolved-at` only corrects when it was over, and it is not resolved yet; `.stop` resolves it.
        acknowledged: exclamation: `.resolved-at` only corrects when it was over, and it is not resolved yet; `.stop` resolves it.
        mitigated: exclamation: `.resolved-at` only corrects when it was over, and it is not resolved yet; `.stop` resolves it.
        blocked: exclamation: `.resolved-at` only corrects when it was over, and it is not resolved yet; `.stop` resolves it.
        resolved: Resolved: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        The review will ask about this: mitigated (2024-02-28 17:01 UTC) lies after resolved (2024-02-28 16:30 UTC): correct one of them with `.mitigated` or `.resolved-at`.
        review_…: Resolved: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        The review will ask about this: mitigated (2024-02-28 17:01 UTC) lies after resolved (2024-02-28 16:30 UTC): correct one of them with `.mitigated` or `.resolved-at`.
        ready_for_review: Resolved: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        The review will ask about this: mitigated (2024-02-28 17:01 UTC) lies after resolved (2024-02-28 16:30 UTC): correct one of them with `.mitigated` or `.resolved-at`.
        completed: exclamation: `.resolved-at` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.resolved-at` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.resolved-at` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
    }
}
