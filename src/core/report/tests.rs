//! What a report tells of an incident.

use jiff::SignedDuration;

use super::{Report, report, slug};
use crate::core::event::Event;
use crate::core::ids::{IncidentId, Level};
use crate::core::moments::Moment;
use crate::core::rehearsal::Rehearsal;

fn of(room: &Rehearsal) -> Report {
    report(room.incident(), room.people(), &room.desk, &|_| None, room.now())
}

fn timeline(report: &Report) -> Vec<String> {
    let rows = report.timeline.iter().flat_map(|day| day.rows.iter().map(move |row| (day, row)));
    rows.map(|(day, row)| format!("{} {} {}", day.day, row.at.strftime("%H:%M"), row.text)).collect()
}

fn questions(report: &Report) -> String {
    report.prompts.iter().map(|prompt| format!("{}: {}\n", prompt.about, prompt.question)).collect()
}

/// It began the day before, was noticed late, waited for others, and came back once.
fn a_long_one() -> Rehearsal {
    let mut room = Rehearsal::burning();
    let minutes = SignedDuration::from_mins;
    room.alice(".genesis 2024-02-27 23:50 UTC").answer();
    room.alice(".detected 16:00 UTC").answer();
    room.alice(".point").is_ok();
    room.bob(".comms").is_ok();
    room.bob(".summary We think it is DNS").answer();
    room.alice(".blocked <@U0CAROL> => DNS").answer();
    room.advance(minutes(20));
    room.alice(".unblocked").is_ok();
    room.alice(".p1 it spreads").is_ok();
    room.alice(".mitigated").is_ok();
    room.advance(minutes(5));
    room.bob(".unmitigated").is_ok();
    room.advance(minutes(5));
    room.alice(".mitigated").is_ok();
    room.alice(".components dns").is_ok();
    room.advance(minutes(5));
    room.alice(".stop").is_ok();
    room.bob(".summary It was DNS").answer();
    room.alice(".pr https://example.com/pull/1").is_ok();
    room
}

#[test]
fn the_timeline_tells_things_in_the_order_in_which_they_happened() {
    insta::assert_snapshot!(timeline(&of(&a_long_one())).join("\n"), @r"
    2024-02-27 23:50 It began.
    2024-02-28 16:00 It was noticed.
    2024-02-28 17:00 Alice declared it at P2: Checkout is down
    2024-02-28 17:01 Alice took the role point
    2024-02-28 17:01 Bob took the role comms
    2024-02-28 17:01 Bob wrote the summary: We think it is DNS
    2024-02-28 17:01 Alice added blocker #1: waiting for @Carol because DNS
    2024-02-28 17:01 The response was under way.
    2024-02-28 17:21 Alice closed blocker #1
    2024-02-28 17:21 Alice changed the priority to P1: it spreads
    2024-02-28 17:21 Alice marked it mitigated
    2024-02-28 17:26 Bob took the mitigation back
    2024-02-28 17:31 People were no longer hit.
    2024-02-28 17:36 Bob wrote the summary.
    2024-02-28 17:36 Alice recorded a code change: https://example.com/pull/1
    2024-02-28 17:36 It was over.
    ");
}

#[test]
fn durations_are_explained() {
    let told = |room: &Rehearsal| {
        let durations = of(room).durations;
        durations.iter().map(|d| format!("{} {:?}: {}\n", d.metric, d.seconds, d.explanation)).collect::<String>()
    };
    insta::assert_snapshot!(told(&a_long_one()), @r"
    TTD Some(58200): It went on unnoticed from 2024-02-27 23:50 UTC to 2024-02-28 16:00 UTC.
    TTA Some(3660): It was known, and the response not yet under way, from 16:00 to 17:01 UTC on 2024-02-28.
    TTM Some(63660): It hit people from 2024-02-27 23:50 UTC to 2024-02-28 17:31 UTC.
    TTR Some(63960): It was not over from 2024-02-27 23:50 UTC to 2024-02-28 17:36 UTC.
    blocked Some(1200): For 1 % of the time until it was over, something outside was waited for.
    ");
    insta::assert_snapshot!(told(&Rehearsal::burning()), @r"
    TTD None: It cannot be told: when it began (genesis) and when it was noticed (detected) are not on record.
    TTA None: It cannot be told: when it was noticed (detected) and when the response was under way (acknowledged) are not on record.
    TTM None: It cannot be told: when it began (genesis) and when people were no longer hit (mitigated) are not on record.
    TTR None: It cannot be told: when it began (genesis) and when it was over (resolved) are not on record.
    ");
    let mut wrong = Rehearsal::burning();
    wrong.records(Event::MomentSet { moment: Moment::Genesis, at: wrong.now() });
    wrong.records(Event::MomentSet { moment: Moment::Detected, at: wrong.incident().declared });
    insta::assert_snapshot!(told(&wrong).lines().next().unwrap_or_default(), @"TTD None: It cannot be told: genesis is on record as later than detected, so one of the two is wrong.");
}

#[test]
fn the_picture_shows_the_phases_where_they_lie() {
    insta::assert_snapshot!(of(&a_long_one()).picture.join("\n"), @r"
                        2024-02-27 23:50 UTC        2024-02-28 17:36 UTC
    not noticed yet     ███████████████████████████████████████████·····  16 h 10 m
    noticed             ···········································███··  1 h 01 m
    worked on           ··············································█·  30 m
    mitigated, watched  ···············································█  5 m
    waiting for others  ··············································█·  20 m
    ");
    let mut short = Rehearsal::burning();
    assert_eq!(of(&short).picture, [""; 0], "it is not over");
    short.alice(".stop").is_ok();
    insta::assert_snapshot!(of(&short).picture.join("\n"), @r"
              2024-02-28 17:00 UTC        2024-02-28 17:01 UTC
    declared  ████████████████████████████████████████████████  1 m
    ");
}

#[test]
fn every_picture_has_lines_of_one_width_and_a_column_for_each_phase() {
    for (began, ended) in [(1, 2), (1, 100_000), (500, 501), (3, 3)] {
        let mut room = Rehearsal::burning();
        let declared = room.incident().declared;
        let at = |seconds: i64| declared.checked_add(SignedDuration::from_secs(seconds)).unwrap();
        room.records(Event::MomentSet { moment: Moment::Genesis, at: at(0) });
        room.records(Event::MomentSet { moment: Moment::Detected, at: at(began) });
        room.records(Event::Mitigated { at: at(ended) });
        room.records(Event::Resolved { at: at(ended) });
        let picture = of(&room).picture;
        let bars: Vec<&String> = picture.iter().skip(1).collect();
        assert!(!bars.is_empty());
        for bar in bars {
            assert!(bar.contains('█'), "{picture:#?}");
            assert_eq!(bar.chars().filter(|c| matches!(c, '█' | '·')).count(), 48, "{picture:#?}");
        }
    }
}

#[test]
fn questions_follow_from_what_happened() {
    insta::assert_snapshot!(questions(&of(&a_long_one())), @r"
    noticing: It went on for 16 h 10 m before it was noticed. Which signs were there, and what would have carried them to us?
    waiting: 20 m went by waiting for something outside. What would make such waiting shorter, or needless?
    priority: The priority rose while it lasted. What did we learn that changed the picture, and what would have shown it earlier?
    mitigation: It looked better than it was for a while. What made it look so, and what would show us the difference?
    updates: No update was sent while it lasted. Which people would have wanted one, and what made it hard to write?
    factors: No contributing factor is on record yet. Which conditions had to come together for this to happen?
    action items: No action item is on record. What is the smallest change that would make this less likely, or less bad?
    learning: What surprised us?
    learning: What helped us notice, and what would have helped us notice sooner?
    learning: What made it hard to mitigate, and what made it easier?
    learning: What would make the next incident of this kind shorter or smaller?
    learning: What went well, and should stay as it is?
    ");
    let mut quiet = Rehearsal::burning();
    quiet.bob(".notify all is well").is_ok();
    quiet.alice(".factor the cache").is_ok();
    quiet.alice(".factor the load").is_ok();
    quiet.alice(".ai limit the cache").is_ok();
    insta::assert_snapshot!(questions(&of(&quiet)), @r"
    factors: Which of the contributing factors are at work elsewhere, too, and how did they come together here?
    learning: What surprised us?
    learning: What helped us notice, and what would have helped us notice sooner?
    learning: What made it hard to mitigate, and what made it easier?
    learning: What would make the next incident of this kind shorter or smaller?
    learning: What went well, and should stay as it is?
    ");
}

#[test]
fn no_question_looks_for_somebody_to_blame() {
    let mut room = a_long_one();
    room.alice(".note <@U0CAROL> did it").is_ok();
    for asked in [questions(&of(&room)), questions(&of(&Rehearsal::burning()))] {
        let words: Vec<String> = asked.to_lowercase().split(|c: char| !c.is_alphabetic()).map(str::to_owned).collect();
        for culprit in ["who", "whose", "why", "fault", "mistake", "blame", "alice", "bob", "carol", "should"] {
            let allowed = culprit == "should" && asked.contains("should stay as it is");
            assert!(allowed || !words.iter().any(|word| word == culprit), "{culprit}: {asked}");
        }
    }
}

#[test]
fn how_the_priority_changed_is_told_with_its_reasons() {
    let mut room = Rehearsal::burning();
    room.alice(".p1 it <https://a.example|spreads>").is_ok();
    room.records(Event::Prioritized { level: Level(3), reason: None });
    let changes = of(&room).priority_changes;
    let told: Vec<String> = changes
        .iter()
        .map(|c| format!("{} to {}: {}", c.from, c.to, c.reason.as_ref().map_or(String::new(), ToString::to_string)))
        .collect();
    assert_eq!(told, ["P2 to P1: it spreads (https://a.example)", "P1 to P3: "]);
}

#[test]
fn links_lead_to_the_messages() {
    let mut room = Rehearsal::burning();
    room.comes(&crate::core::inbound::Outcome::IntroPosted { message: "1.2".into() });
    room.desk.runbooks.insert("root".into(), "https://runbook.example".into());
    room.bob(".note it began with the deploy").is_ok();
    let permalink =
        |source: &crate::core::ids::Source| Some(format!("https://chat.example/{}", source.message.as_str()));
    let report = report(room.incident(), room.people(), &room.desk, &permalink, room.now());
    let links: Vec<String> = report.links.iter().map(|link| format!("{} {}", link.label, link.url)).collect();
    assert_eq!(links.len(), 3, "{links:?}");
    assert_eq!(
        (links[0].as_str(), links[2].as_str()),
        ("the incident's channel https://chat.example/1.2", "the runbook https://runbook.example")
    );
    let noted = report.timeline.iter().flat_map(|day| &day.rows).find(|row| row.kind == "note").unwrap();
    assert!(noted.url.as_ref().unwrap().starts_with("https://chat.example/"));
}

#[test]
fn as_json_it_is_one_object_with_the_record() {
    let report = of(&a_long_one());
    let json: serde_json::Value = serde_json::to_value(&report).unwrap();
    assert_eq!(json["number"], 1);
    assert_eq!(json["summary"], "It was DNS");
    assert_eq!(json["durations"][0]["metric"], "TTD");
    assert!(json["timeline"][0]["rows"][0]["text"].is_string());
}

#[test]
fn a_slug_tells_the_incident_from_another_of_its_number() {
    assert_eq!(slug(IncidentId(42), "2024-02-28T17:00:00.123Z".parse().unwrap()), "incident-42-20240228t170000z");
}
