//! `.history`: everything that happened, in UTC, each entry linked to the message it came from.

use super::{Context, Decision, Needs, Run, Spec};
use crate::core::event::Recorded;
use crate::core::incident::Incident;
use crate::core::message::{Line, Span, utc};
use crate::core::words::listing::Listing;
use crate::core::words::{log, report};

pub(super) static SPEC: Spec = Spec {
    word: "history",
    aliases: &["timeline", "log"],
    needs: Needs::INCIDENT,
    help: "tells everything that happened, in UTC, with links to the messages",
    example: ".history",
    names_people: true,
    run: Run::Inside(|incident, _, context| Ok(history(incident, context))),
    ..Spec::PLAIN
};

/// The log's entries, each with its time and type.
pub(super) fn entries(incident: &Incident, context: &Context) -> Vec<Line> {
    let entries = report::timeline(incident).into_iter().filter_map(|recorded| {
        let kind = recorded.event.entry()?.word();
        Some(Line::new().with(time(recorded)).text(format!(" · {kind} · ")).join(log::entry(recorded, context.people)))
    });
    entries.collect()
}

fn history(incident: &Incident, context: &Context) -> Decision {
    Listing {
        what: "history",
        entries: entries(incident, context),
        numbered: false,
        closing: None,
        empty: Line::new().text("Nothing has happened yet."),
    }
    .decision(incident, context)
}

/// When it happened, linked to the message that made it happen.
fn time(recorded: &Recorded) -> Span {
    match &recorded.source {
        Some(source) => Span::Permalink { source: source.clone(), label: utc(recorded.told_at()) },
        None => Span::UtcTime(recorded.told_at()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use crate::core::effect::Effect;
    use crate::core::message::Span;
    use crate::core::rehearsal::{ROOM, Rehearsal};
    use crate::core::state::State;

    #[test]
    fn everything_is_told_in_utc_with_names() {
        let mut room = Rehearsal::burning();
        room.alice(".point").is_ok();
        room.bob(".comms <@U0ALICE>").is_ok();
        room.advance(SignedDuration::from_mins(4));
        room.bob(".note ask <@U0CAROL>\nor <https://wiki.example|the wiki>").is_ok();
        room.alice(".mitigated 18:03").answer();
        room.alice(".components api").is_ok();
        for word in [".history", ".timeline", ".LOG"] {
            room.alice(word).says(
                "History (8)\n\
                 - 2024-02-28 17:00 UTC · event · Alice declared it at P2: Checkout is down\n\
                 - 2024-02-28 17:00 UTC · event · its channel was opened: #C0ROOM\n\
                 - 2024-02-28 17:01 UTC · role · Alice took the role point\n\
                 - 2024-02-28 17:01 UTC · role · Bob gave the role comms to Alice\n\
                 - 2024-02-28 17:01 UTC · event · acknowledged\n\
                 - 2024-02-28 17:05 UTC · note · Bob noted: ask @Carol\nor the wiki\n\
                 - 2024-02-28 17:05 UTC · event · Alice marked it mitigated as of 2024-02-28 17:03 UTC\n\
                 - 2024-02-28 17:05 UTC · component · Alice added the component api",
            );
        }
    }

    #[test]
    fn each_time_links_the_message_that_it_came_from() {
        let mut room = Rehearsal::burning();
        room.alice(".note up").is_ok();
        let told = room.alice(".history");
        let [Effect::Reply { message, .. }] = told.effects.as_slice() else { panic!("{told:?}") };
        let times: Vec<&Span> = message.lines.iter().skip(1).filter_map(|line| line.spans.first()).collect();
        let [Span::Permalink { source: declared, .. }, Span::UtcTime(_), Span::Permalink { source, label }] =
            times.as_slice()
        else {
            panic!("{times:?}");
        };
        assert_eq!((declared.channel.as_str(), source.channel.as_str()), ("C0MAIN", ROOM));
        assert_eq!(Some(source), room.incident().events.last().unwrap().source.as_ref());
        assert_eq!(label, "2024-02-28 17:01 UTC");
    }

    #[test]
    fn a_long_one_shows_its_end_and_gives_the_whole() {
        let mut room = Rehearsal::burning();
        for i in 1..=198 {
            room.alice(&format!(".note {i}")).is_ok();
        }
        assert_eq!(room.alice(".history").answer().lines().count(), 201);
        room.alice(".note first\n- second").is_ok();
        let told = room.alice(".history");
        assert_eq!(told.answer().lines().next(), Some("History (201): here are the last 50, the file has all of them"));
        let (name, content) = told.file().unwrap();
        assert_eq!(name, "incident-1-history.md");
        assert!(content.starts_with(
            "# Incident 1: history\n\n\
             - 2024-02-28 17:00 UTC · event · Alice declared it at P2: Checkout is down\n\
             - 2024-02-28 17:00 UTC · event · its channel was opened: #breaking-1\n"
        ));
        assert!(content.ends_with("· note · Alice noted: first  \n  \\- second\n"), "{content}");
    }

    #[test]
    fn it_is_told_in_every_state() {
        for state in State::all().filter(|state| *state != State::Opening) {
            let told = Rehearsal::standing(state).alice(".history").answer();
            assert!(told.starts_with("History ("), "{told}");
        }
        Rehearsal::burning().alice(".log of today").is_refused(
            "`.log` takes no words behind it, so I did nothing; \
             `.log` alone tells everything that happened, in UTC, with links to the messages.",
        );
        Rehearsal::burning().alice_in_main(".history").is_refused(
            "`.history` works in an incident's channel; `.breakings` lists them, `.start` and a title declares a new one.",
        );
    }
}
