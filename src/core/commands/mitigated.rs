//! `.mitigated`, `.unmitigated`: the effect on people has ended, or not after all.

use super::moments::{set, shown, time};
use super::refusals::{done_before, not_so, still_blocked, way_back, wrong_state};
use super::{Argument, Context, Decision, Need, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::moments::Moment;
use crate::core::state::{Action, State};

pub(super) static MITIGATED: Spec = Spec {
    word: "mitigated",
    aliases: &["mitigate"],
    shape: Shape::Optional("[time]"),
    needs: Needs { bare: Need::Active, with_argument: Need::Updatable },
    help: "marks that the effect on people has ended; with a time, sets or corrects when",
    example: ".mitigated 20 minutes ago",
    names_people: true,
    reached: Some(mitigated_before),
    run: Run::Inside(mitigated),
    ..Spec::PLAIN
};

pub(super) static UNMITIGATED: Spec = Spec {
    word: "unmitigated",
    aliases: &["unmitigate"],
    needs: Needs::INCIDENT,
    help: "takes the mitigation back: it was premature",
    example: ".unmitigated",
    names_people: true,
    run: Run::Inside(unmitigated),
    ..Spec::PLAIN
};

fn mitigated(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    let understood = if argument.is_empty() { None } else { Some(time(argument, context)?) };
    if let Some(understood) = understood
        && incident.moments.mitigated.is_some()
    {
        return Ok(set(Moment::Mitigated, understood, incident, context));
    }
    if incident.is_blocked() {
        return Err(still_blocked(MITIGATED.word, incident));
    }
    if !Action::Mitigate.is_possible_from(incident.state) {
        return Err(wrong_state(argument.word, incident));
    }
    Ok(match understood {
        Some(when) => shown(Moment::Mitigated, when, Event::Mitigated { at: when.at }, incident, context),
        None => Decision::ok(vec![Event::Mitigated { at: context.now }]),
    })
}

/// Who marked the mitigation that holds now: `.mitigated`, or `.stop` when nobody had.
fn mitigated_before(incident: &Incident, context: &Context) -> Option<Refusal> {
    incident.moments.mitigated?;
    let way_out = match incident.state {
        State::Canceled | State::Archived => return None,
        State::Completed => way_back(State::Completed),
        State::Mitigated => {
            way_back(State::Mitigated).text(", and ").code(".mitigated 20 minutes ago").text(" corrects when")
        }
        _ => Line::new().code(".mitigated 20 minutes ago").text(" corrects when"),
    };
    let cleared = |event: &Event| matches!(event, Event::Unmitigated | Event::Restarted);
    let since = incident.events.iter().rposition(|recorded| cleared(&recorded.event)).map_or(0, |last| last + 1);
    let recorded = incident
        .events
        .iter()
        .skip(since)
        .find(|recorded| matches!(recorded.event, Event::Mitigated { .. } | Event::Resolved { .. }))?;
    Some(done_before(recorded, incident, context, "mitigated", way_out))
}

fn unmitigated(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    if Action::Unmitigate.is_possible_from(incident.state) {
        return Ok(Decision::ok(vec![Event::Unmitigated]));
    }
    let way_out = Line::new().code(".mitigated").text(" when the effect on people ends");
    let concerned = |event: &Event| {
        matches!(event, Event::Mitigated { .. } | Event::Unmitigated | Event::Resolved { .. } | Event::Restarted)
    };
    Err(match incident.state {
        State::Blocked if incident.moments.mitigated.is_some() => still_blocked(UNMITIGATED.word, incident),
        State::Started | State::Acknowledged | State::Blocked => match incident.last(concerned) {
            Some(recorded) if recorded.event == Event::Unmitigated => {
                done_before(recorded, incident, context, "unmitigated", way_out)
            }
            _ => not_so(incident, "mitigated", way_out),
        },
        _ => wrong_state(argument.word, incident),
    })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use crate::core::event::Event;
    use crate::core::rehearsal::{ROOM, Rehearsal};
    use crate::core::state::State;

    #[test]
    fn it_is_marked_now_and_acknowledges_what_was_not() {
        for word in [".mitigated", ".mitigate", ".MITIGATED"] {
            let mut room = Rehearsal::burning();
            let said = room.alice(word);
            said.is_ok();
            assert_eq!(room.incident().state, State::Mitigated);
            let moments = &room.incident().moments;
            assert_eq!([moments.acknowledged, moments.mitigated], [Some(room.now()); 2]);
            assert_eq!(
                said.posts_in(ROOM),
                [
                    "Mitigated by @U0ALICE. Keep watching: `.stop` when it is over, `.unmitigated` if people are still hit."
                ]
            );
        }
    }

    #[test]
    fn with_a_time_it_is_marked_then_and_shown_back() {
        let mut room = Rehearsal::burning();
        room.advance(SignedDuration::from_mins(30));
        room.records(Event::Acknowledged { at: room.now() });
        room.alice(".genesis 17:30").answer();
        let said = room.alice(".mitigated 18:10");
        said.says(
            "Mitigated: 2024-02-28 18:10 CET (Europe/Berlin), 2024-02-28 17:10 UTC.\n\
             TTM (time to mitigate): 40 m",
        );
        assert_eq!(room.incident().state, State::Mitigated);
        assert_eq!(
            said.posts_in(ROOM),
            ["Mitigated by @U0ALICE as of 2024-02-28 17:10 UTC. \
              Keep watching: `.stop` when it is over, `.unmitigated` if people are still hit."]
        );
    }

    #[test]
    fn a_time_corrects_it_once_it_is_set_and_the_state_stays() {
        for state in [State::Mitigated, State::Resolved, State::ReadyForReview] {
            let mut room = Rehearsal::standing(state);
            let said = room.alice(".mitigated 17:30");
            said.says("Mitigated: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.");
            assert_eq!(said.posts_in(ROOM), [""; 0]);
            assert_eq!(room.incident().state, state);
            room.alice(".mitigated 17:30").is_already();
        }
    }

    #[test]
    fn a_blocked_one_that_was_mitigated_before_can_be_corrected_only() {
        let mut room = Rehearsal::standing(State::Mitigated);
        room.records(Event::Blocked { id: crate::core::ids::BlockerId(1), whom: "legal".into(), reason: None });
        room.alice(".mitigated 17:30").answer();
        assert_eq!(room.incident().state, State::Blocked);
        room.alice(".mitigated").is_refused(
            "Incident 1 was mitigated by Bob at 2024-02-28 17:01 UTC; `.mitigated 20 minutes ago` corrects when.",
        );
        room.alice(".unmitigated").is_refused("Still blocked by #1 legal: `.unblockall`, then `.unmitigated`.");
    }

    #[test]
    fn who_resolved_it_unmitigated_is_who_mitigated_it() {
        let mut room = Rehearsal::standing(State::Mitigated);
        room.alice(".unmitigated").is_ok();
        room.records(Event::Resolved { at: room.now() });
        room.alice(".unresolve").is_ok();
        room.alice(".mitigated").is_refused(
            "Incident 1 was mitigated by Bob at 2024-02-28 17:02 UTC; \
             `.unmitigated` takes that back, and `.mitigated 20 minutes ago` corrects when.",
        );
    }

    #[test]
    fn times_that_cannot_be_are_refused() {
        for (said, answer) in [
            (
                ".mitigated when the fix landed",
                "I cannot read that as a time. Times are read in Europe/Berlin, or in UTC when they end in UTC. \
                 Try `now`, `20 minutes ago`, `9:05`, `3 pm`, `yesterday 11:20`, `monday 9am`, `dec 31 23:59`, \
                 `2024-02-28 17:00`, `9:05 UTC`.",
            ),
            (
                ".mitigated in 20 minutes",
                "That is in the future: 2024-02-28 18:21 CET (Europe/Berlin), 2024-02-28 17:21 UTC. \
                 Give a time that has passed, for example `.mitigated 20 minutes ago`.",
            ),
        ] {
            let mut room = Rehearsal::burning();
            room.alice(said).is_refused(answer);
            assert_eq!(room.incident().state, State::Started);
        }
    }

    #[test]
    fn in_every_state() {
        insta::assert_snapshot!(Rehearsal::in_every_state(".mitigated"), @r"
        started: ok
        acknowledged: ok
        mitigated: exclamation: Incident 1 was mitigated by Bob at 2024-02-28 17:01 UTC; `.unmitigated` takes that back, and `.mitigated 20 minutes ago` corrects when.
        blocked: exclamation: Still blocked by #1 the network team: `.unblockall`, then `.mitigated`.
        resolved: exclamation: Incident 1 was mitigated by Bob at 2024-02-28 17:01 UTC; `.mitigated 20 minutes ago` corrects when.
        review_…: exclamation: Incident 1 was mitigated by Bob at 2024-02-28 17:01 UTC; `.mitigated 20 minutes ago` corrects when.
        ready_for_review: exclamation: Incident 1 was mitigated by Bob at 2024-02-28 17:01 UTC; `.mitigated 20 minutes ago` corrects when.
        completed: exclamation: Incident 1 was mitigated by Bob at 2024-02-28 17:01 UTC; `.restart` opens it again.
        canceled: exclamation: `.mitigated` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.mitigated` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
        insta::assert_snapshot!(Rehearsal::in_every_state(".mitigated 17:30"), @r"
        started: Mitigated: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        acknowledged: Mitigated: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        mitigated: Mitigated: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        blocked: exclamation: Still blocked by #1 the network team: `.unblockall`, then `.mitigated`.
        resolved: Mitigated: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        review_…: Mitigated: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        ready_for_review: Mitigated: 2024-02-28 17:30 CET (Europe/Berlin), 2024-02-28 16:30 UTC.
        completed: exclamation: `.mitigated` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.mitigated` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.mitigated` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
        insta::assert_snapshot!(Rehearsal::in_every_state(".unmitigated"), @r"
        started: exclamation: Incident 1 is not mitigated; `.mitigated` when the effect on people ends.
        acknowledged: exclamation: Incident 1 is not mitigated; `.mitigated` when the effect on people ends.
        mitigated: ok
        blocked: exclamation: Incident 1 is not mitigated; `.mitigated` when the effect on people ends.
        resolved: exclamation: `.unmitigated` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.
        review_…: exclamation: `.unmitigated` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.
        ready_for_review: exclamation: `.unmitigated` can't be used now: incident 1 is resolved; `.unresolve` takes the all-clear back.
        completed: exclamation: `.unmitigated` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.unmitigated` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.unmitigated` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
    }

    #[test]
    fn a_second_unmitigated_is_told_who_did_it_and_when() {
        let mut room = Rehearsal::standing(State::Mitigated);
        room.bob(".unmitigated").is_ok();
        assert_eq!(room.incident().state, State::Acknowledged);
        room.alice(".unmitigated").is_refused(
            "Incident 1 was unmitigated by Bob at 2024-02-28 17:02 UTC; `.mitigated` when the effect on people ends.",
        );
    }

    #[test]
    fn it_belongs_in_an_incidents_channel() {
        let mut room = Rehearsal::burning();
        room.alice_in_main(".mitigated").is_refused(
            "`.mitigated` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        room.says("U0ALICE", "C0OTHER", ".unmitigated")
            .is_refused("`.unmitigated` works in an incident's channel; `.breakings` lists them.");
        room.alice(".unmitigated now").is_refused(
            "`.unmitigated` takes no words behind it, so I did nothing; \
             `.unmitigated` alone takes the mitigation back: it was premature.",
        );
    }
}
