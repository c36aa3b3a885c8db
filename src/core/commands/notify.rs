//! `.notify`: a comm update.

use super::{Decision, Needs, Run, Shape, Spec};
use crate::core::event::Event;

pub(super) static SPEC: Spec = Spec {
    word: "notify",
    shape: Shape::Required("the update's text"),
    needs: Needs::UPDATABLE,
    help: "sends an update to those who wait for one: it is logged, and at high priority posted to the notify channel",
    example: ".notify Card payments work again, we keep watching",
    run: Run::Inside(|_, argument, _| Ok(Decision::ok(vec![Event::Notified { text: argument.prose.clone() }]))),
    ..Spec::PLAIN
};

#[cfg(test)]
mod tests {
    use crate::core::rehearsal::Rehearsal;

    #[test]
    fn it_is_logged_and_at_high_priority_posted_to_those_who_wait() {
        let mut room = Rehearsal::burning();
        let sent = room.alice(".notify We roll back;\nten minutes more");
        sent.is_ok();
        assert_eq!(
            sent.posts_in("C0NOTIFY"),
            [":fire: [P2] Update: Checkout is down · #C0ROOM\n> We roll back;\nten minutes more\nSent by @U0ALICE"]
        );
        assert_eq!(room.log().last().unwrap(), "Alice sent an update: We roll back;\nten minutes more");
        assert_eq!(room.incident().last_update, Some(room.now()));

        room.alice(".p3").is_ok();
        let quiet = room.alice(".notify It works again");
        quiet.is_ok();
        assert_eq!(quiet.posts_in("C0NOTIFY"), [""; 0]);
    }

    #[test]
    fn saying_the_same_again_is_an_update_too() {
        let mut room = Rehearsal::burning();
        for _ in 0..2 {
            let sent = room.alice(".notify Still at it");
            sent.is_ok();
            assert_eq!(sent.posts_in("C0NOTIFY").len(), 1);
        }
    }

    #[test]
    fn it_needs_a_text_and_an_updatable_incident() {
        Rehearsal::burning().alice(".notify \u{feff}").is_refused(
            "`.notify` needs the update's text behind it, for example `.notify Card payments work again, we keep watching`.",
        );
        Rehearsal::burning().alice_in_main(".notify It works again").is_refused(
            "`.notify` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
        insta::assert_snapshot!(Rehearsal::in_every_state(".notify It works again"), @r"
        started: ok
        acknowledged: ok
        mitigated: ok
        blocked: ok
        resolved: ok
        review_…: ok
        ready_for_review: ok
        completed: exclamation: `.notify` can't be used now: incident 1 is completed; `.restart` opens it again.
        canceled: exclamation: `.notify` can't be used now: incident 1 is canceled; `.uncancel` takes it up again.
        archived: exclamation: `.notify` can't be used now: incident 1 is archived; unarchive the channel to take it up again.
        ");
    }
}
