//! `.report`: where the report's draft is; or it is made, or made again.

use super::refusals::{not_so, wrong_state};
use super::{Argument, Context, Decision, Needs, Refusal, Run, Shape, Spec, Verdict};
use crate::core::event::Event;
use crate::core::incident::Incident;
use crate::core::message::Line;
use crate::core::state::State;
use crate::core::words::report::place;

pub(super) static SPEC: Spec = Spec {
    word: "report",
    shape: Shape::Optional("[again]"),
    needs: Needs::INCIDENT,
    help: "tells where the report's draft is, or has it made; `.report again` makes one that is gone, and brings one up to date that nobody changed",
    example: ".report",
    run: Run::Inside(decide),
    ..Spec::PLAIN
};

fn decide(incident: &Incident, argument: &Argument, context: &Context) -> Verdict {
    let again = argument.readable().trim().eq_ignore_ascii_case("again");
    if !argument.is_empty() && !again {
        return Err(Refusal::says(
            Line::new()
                .code(".report")
                .text(" alone tells where the report's draft is, ")
                .code(".report again")
                .text(" has it made again; I know no other."),
        ));
    }
    match &incident.report.draft {
        Some(draft) if !again => {
            let line = Line::new().text(format!("The report of incident {}: ", incident.id)).join(place(&draft.link));
            return Ok(Decision::says(line));
        }
        _ => {}
    }
    if !context.services.report {
        return Ok(Decision::says(
            Line::new()
                .text("No report platform is configured, so I cannot draft a report; ")
                .code(".export html")
                .text(" gives the whole record to write it from."),
        ));
    }
    if incident.report.pending {
        return Ok(Decision::says(coming(incident)));
    }
    match incident.state {
        State::Completed => Ok(Decision::done_and_says(
            vec![Event::ReportAsked],
            "I am drafting the report; its link comes in this channel.",
        )),
        State::Archived | State::Canceled => Err(wrong_state(argument.word, incident)),
        _ => Err(not_so(
            incident,
            "completed, and its report is drafted then",
            Line::new().code(".export html").text(" gives the record as it is now"),
        )),
    }
}

/// A draft is on its way: since when, so that people know whether to wait.
fn coming(incident: &Incident) -> Line {
    let line = Line::new().text("The report's draft is on its way");
    let line = match incident.last(|event| *event == Event::ReportAsked) {
        Some(asked) => line.text(" since ").time(asked.at),
        None => line,
    };
    line.text("; its link comes in this channel, as soon as the report platform answers.")
}

#[cfg(test)]
mod tests {
    use crate::core::effect::Effect;
    use crate::core::inbound::Outcome;
    use crate::core::rehearsal::{ROOM, Rehearsal, posts_in};
    use crate::core::report::{Draft, Drafted};
    use crate::core::state::State;

    fn completed() -> Rehearsal {
        let mut room = Rehearsal::standing(State::ReadyForReview);
        room.services.report = true;
        assert!(room.alice(".complete").answer().contains("on its way"));
        room
    }

    fn draft() -> Draft {
        Draft { link: "https://wiki.example/?p=7".into(), reference: "7".into(), stamp: "a".into() }
    }

    fn comes(room: &mut Rehearsal, done: Drafted) -> Vec<String> {
        posts_in(&room.comes(&Outcome::ReportDrafted { draft: draft(), done }), ROOM)
    }

    #[test]
    fn while_it_is_coming_it_says_since_when_and_asks_no_second_time() {
        let mut room = completed();
        for line in [".report", ".report again", ".REPORT"] {
            let reply = room.bob(line);
            reply.says(
                "The report's draft is on its way since 2024-02-28 17:02 UTC; its link comes in this channel, as soon as \
                 the report platform answers.",
            );
            assert_eq!(reply.effects.len(), 1);
        }
    }

    #[test]
    fn once_it_stands_its_link_is_posted_and_told() {
        let mut room = completed();
        assert_eq!(
            comes(&mut room, Drafted::Made),
            ["The report is drafted. Read it, add what it lacks, and publish it from there: https://wiki.example/?p=7"]
        );
        for _ in 0..2 {
            let reply = room.bob(".report");
            reply.says("The report of incident 1: https://wiki.example/?p=7");
            assert_eq!(reply.effects.len(), 1);
        }
    }

    #[test]
    fn again_looks_after_the_draft_that_is_known() {
        let mut room = completed();
        comes(&mut room, Drafted::Made);
        let reply = room.bob(".report Again");
        reply.says("I am drafting the report; its link comes in this channel.");
        assert_eq!(reply.effects.last(), Some(&Effect::DraftReport { known: Some(draft()) }));
        assert_eq!(
            comes(&mut room, Drafted::Refreshed),
            ["The report's draft is up to date again: https://wiki.example/?p=7"]
        );
        room.bob(".report again").answer();
        assert_eq!(
            comes(&mut room, Drafted::Kept),
            ["The report's draft stands, and may have been changed since I wrote it, so I left it as it is: \
              https://wiki.example/?p=7"]
        );
    }

    #[test]
    fn a_refusal_is_told_and_can_be_tried_again() {
        let mut room = completed();
        let why = "WordPress does not accept the password.".to_owned();
        assert_eq!(
            posts_in(&room.comes(&Outcome::ReportRefused { why }), ROOM),
            [
                "I could not draft the report: WordPress does not accept the password. When that is mended, `.report` tries \
              again; until then `.export html` gives the whole record."
            ]
        );
        room.bob(".report").says("I am drafting the report; its link comes in this channel.");
    }

    #[test]
    fn a_file_is_named_literally() {
        let mut room = completed();
        let draft = Draft { link: "/srv/reports/incident-1.html".into(), ..draft() };
        room.comes(&Outcome::ReportDrafted { draft, done: Drafted::Made });
        room.bob(".report").says("The report of incident 1: `/srv/reports/incident-1.html`");
    }

    #[test]
    fn an_incident_that_needs_no_report_can_have_one() {
        let mut room = Rehearsal::standing(State::Resolved);
        room.services.report = true;
        room.alice(".p3").is_ok();
        room.alice(".complete").is_ok();
        room.alice(".report").says("I am drafting the report; its link comes in this channel.");
    }

    #[test]
    fn in_a_closed_channel_nothing_is_said() {
        let mut room = completed();
        room.happens(&crate::core::inbound::Inbound::ChannelArchived { channel: ROOM.into(), by: None });
        assert_eq!(comes(&mut room, Drafted::Made), [""; 0]);
    }

    #[test]
    fn in_every_state() {
        insta::assert_snapshot!(Rehearsal::in_every_state(".report"), @r"
        started: No report platform is configured, so I cannot draft a report; `.export html` gives the whole record to write it from.
        acknowledged: No report platform is configured, so I cannot draft a report; `.export html` gives the whole record to write it from.
        mitigated: No report platform is configured, so I cannot draft a report; `.export html` gives the whole record to write it from.
        blocked: No report platform is configured, so I cannot draft a report; `.export html` gives the whole record to write it from.
        resolved: No report platform is configured, so I cannot draft a report; `.export html` gives the whole record to write it from.
        review_…: No report platform is configured, so I cannot draft a report; `.export html` gives the whole record to write it from.
        ready_for_review: No report platform is configured, so I cannot draft a report; `.export html` gives the whole record to write it from.
        completed: No report platform is configured, so I cannot draft a report; `.export html` gives the whole record to write it from.
        canceled: No report platform is configured, so I cannot draft a report; `.export html` gives the whole record to write it from.
        archived: No report platform is configured, so I cannot draft a report; `.export html` gives the whole record to write it from.
        ");
        Rehearsal::burning().alice(".report now").is_refused(
            "`.report` alone tells where the report's draft is, `.report again` has it made again; I know no other.",
        );
        let mut room = Rehearsal::burning();
        room.services.report = true;
        room.alice(".report").is_refused(
            "Incident 1 is not completed, and its report is drafted then; `.export html` gives the record as it is now.",
        );
    }
}
