//! `.cancel`, `.uncancel`: a false alarm, or none after all.

use super::refusals::{already_done, done_before, not_so, way_back, wrong_state};
use super::{Argument, Context, Decision, Needs, Refusal, Run, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::state::{Action, State};

pub(super) static CANCEL: Spec = Spec {
    word: "cancel",
    needs: Needs::INCIDENT,
    help: "calls it off: a false alarm",
    example: ".cancel",
    names_people: true,
    reached: Some(|incident, context| {
        incident.moments.canceled?;
        let canceled = |event: &Event| matches!(event, Event::Canceled { .. });
        already_done(incident, context, "canceled", way_back(incident.state), canceled)
    }),
    run: Run::Inside(cancel),
    ..Spec::PLAIN
};

pub(super) static UNCANCEL: Spec = Spec {
    word: "uncancel",
    needs: Needs::INCIDENT,
    help: "takes it up again: it was no false alarm",
    example: ".uncancel",
    names_people: true,
    run: Run::Inside(uncancel),
    ..Spec::PLAIN
};

fn cancel(incident: &Incident, argument: &Argument, _: &Context) -> Verdict {
    if Action::Cancel.is_possible_from(incident.state) {
        return Ok(Decision::ok(vec![Event::Canceled { why: None }]));
    }
    Err(match incident.state {
        State::Review(_) | State::ReadyForReview => Refusal::says(
            Line::new()
                .text(format!("Incident {} is in review and can't be canceled from there: ", incident.id))
                .code(".unresolve")
                .text(", then ")
                .code(".cancel")
                .text("."),
        ),
        _ => wrong_state(argument.word, incident),
    })
}

fn uncancel(incident: &Incident, _: &Argument, context: &Context) -> Verdict {
    if Action::Uncancel.is_possible_from(incident.state) {
        return Ok(Decision::ok(vec![Event::Uncanceled]));
    }
    if incident.state == State::Archived {
        return Err(wrong_state(UNCANCEL.word, incident));
    }
    let way_out = if Action::Cancel.is_possible_from(incident.state) {
        Line::new().code(".cancel").text(" calls it off")
    } else {
        way_back(incident.state)
    };
    let concerned = |event: &Event| matches!(event, Event::Canceled { .. } | Event::Uncanceled);
    Err(match incident.last(concerned) {
        Some(recorded) if recorded.event == Event::Uncanceled => {
            done_before(recorded, incident, context, "uncanceled", way_out)
        }
        _ => not_so(incident, "canceled", way_out),
    })
}

#[cfg(test)]
mod tests {
    use crate::core::event::Event;
    use crate::core::ids::BlockerId;
    use crate::core::rehearsal::{MAIN, ROOM, Rehearsal};
    use crate::core::state::State;

    #[test]
    fn a_false_alarm_is_called_off_and_taken_up_again_where_it_stood() {
        for state in [State::Started, State::Acknowledged, State::Mitigated, State::Blocked, State::Resolved] {
            let mut room = Rehearsal::standing(state);
            let canceled = room.alice(".cancel");
            canceled.is_ok();
            assert_eq!(room.incident().state, State::Canceled);
            assert_eq!(canceled.posts_in(ROOM), ["Canceled by @U0ALICE. A false alarm; `.uncancel` if it was none."]);
            assert_eq!(canceled.posts_in(MAIN).len(), 1);
            let uncanceled = room.bob(".uncancel");
            uncanceled.is_ok();
            assert_eq!(room.incident().state, state);
            assert_eq!(uncanceled.posts_in(ROOM), [format!("Uncanceled by @U0BOB. It is {} again.", state.spoken())]);
            assert_eq!(uncanceled.posts_in(MAIN).len(), 1);
        }
    }

    #[test]
    fn a_second_one_is_told_who_did_it_and_when() {
        let mut room = Rehearsal::burning();
        room.bob(".cancel").is_ok();
        room.alice(".cancel")
            .is_refused("Incident 1 was canceled by Bob at 2024-02-28 17:01 UTC; `.uncancel` takes it up again.");
        room.bob(".uncancel").is_ok();
        room.alice(".uncancel")
            .is_refused("Incident 1 was uncanceled by Bob at 2024-02-28 17:01 UTC; `.cancel` calls it off.");
    }

    #[test]
    fn blockers_stay_open_while_it_is_canceled() {
        let mut room = Rehearsal::standing(State::Mitigated);
        room.records(Event::Blocked { id: BlockerId(1), whom: "legal".into(), reason: None });
        room.alice(".cancel").is_ok();
        room.alice(".uncancel").is_ok();
        room.records(Event::Unblocked { id: BlockerId(1) });
        assert_eq!(room.incident().state, State::Mitigated);
    }

    #[test]
    fn in_every_state() {
        insta::assert_snapshot!(Rehearsal::in_every_state(".cancel"), @r"
        started: ok
        acknowledged: ok
        mitigated: ok
        blocked: ok
        resolved: ok
        review_…: exclamation: Incident 1 is in review and can't be canceled from there: `.unresolve`, then `.cancel`.
        ready_for_review: exclamation: Incident 1 is in review and can't be canceled from there: `.unresolve`, then `.cancel`.
        completed: exclamation: `.cancel` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: Incident 1 was canceled by Bob at 2024-02-28 17:01 UTC; `.uncancel` takes it up again.
        archived: exclamation: Incident 1 was canceled by Bob at 2024-02-28 17:01 UTC; unarchive the channel to take it up again.
        ");
        insta::assert_snapshot!(Rehearsal::in_every_state(".uncancel"), @r"
        started: exclamation: Incident 1 is not canceled; `.cancel` calls it off.
        acknowledged: exclamation: Incident 1 is not canceled; `.cancel` calls it off.
        mitigated: exclamation: Incident 1 is not canceled; `.cancel` calls it off.
        blocked: exclamation: Incident 1 is not canceled; `.cancel` calls it off.
        resolved: exclamation: Incident 1 is not canceled; `.cancel` calls it off.
        review_…: exclamation: Incident 1 is not canceled; `.unresolve` takes the all-clear back.
        ready_for_review: exclamation: Incident 1 is not canceled; `.unresolve` takes the all-clear back.
        completed: exclamation: Incident 1 is not canceled; `.restart` opens it again.
        canceled: ok
        archived: exclamation: `.uncancel` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
    }

    #[test]
    fn elsewhere_and_with_words_they_do_nothing() {
        let mut room = Rehearsal::burning();
        room.alice_in_main(".cancel").is_refused(
            "`.cancel` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        room.alice(".cancel my subscription").is_refused(
            "`.cancel` takes no words behind it, so I did nothing; `.cancel` alone calls it off: a false alarm.",
        );
        assert_eq!(room.incident().state, State::Started);
    }
}
