//! One incident, in each format; and what people should not be able to do to a page by typing.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::{Format, Record, record, record_with_history, write};
use crate::core::history::{Attached, History, Kept, Kind, Version};
use crate::core::ids::Source;
use crate::core::incident::Incident;
use crate::core::prose::Prose;
use crate::core::rehearsal::{ROOM, Rehearsal, UNFRIENDLY, full_of, tags};
use crate::core::state::State;

fn written(room: &Rehearsal, format: Format) -> String {
    write(&recorded(room), format)
}

fn recorded(room: &Rehearsal) -> Record {
    record(room.incident(), room.people(), &room.desk, room.now())
}

/// An incident with something of everything in it, some of it unfriendly.
fn everything() -> Rehearsal {
    let mut room = Rehearsal::burning();
    let minutes = SignedDuration::from_mins;
    room.alice(".title <b>Checkout</b> & *Search* are down").is_ok();
    room.alice(".point").is_ok();
    room.alice(".comms <@U0BOB>").is_ok();
    room.alice(".genesis 17:40").answer();
    room.alice(".detected 17:50").answer();
    room.bob(
        ".summary # Payments fail <!channel>\n\n1. since the deploy\n    <https://wiki.example/?a=1&b=2|see *here*>",
    )
    .answer();
    room.bob(".notify <@U0CAROL> rolls back").is_ok();
    room.alice(".components payment_api, [web](https://evil.example)").is_ok();
    room.alice(".affected \"everybody\" in 'Europe'").is_ok();
    room.alice(".blocked <@U0CAROL> => her\nanswer").answer();
    room.advance(minutes(10));
    room.bob(".unblocked").is_ok();
    room.bob(".blocked the network team").answer();
    room.alice(".factor `cache` \\ ~~had~~ no limit").is_ok();
    room.alice(".factor <javascript:alert(1)|click>").is_ok();
    room.alice(".pr <https://example.com/pull/42>").is_ok();
    room.alice(".ai limit the cache => 2 GB\n- is plenty").is_ok();
    room.advance(minutes(5));
    room
}

#[test]
fn as_markdown() {
    insta::assert_snapshot!(written(&everything(), Format::Markdown));
}

#[test]
fn as_json() {
    let json = written(&everything(), Format::Json);
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(read["blocked_seconds"], 15 * 60);
    assert_eq!(read["blockers"][0]["seconds"], 10 * 60);
    assert_eq!(read["components"][1], "[web](https://evil.example)");
    insta::assert_snapshot!(json);
}

#[test]
fn the_json_is_what_its_schema_says() {
    let schema: serde_json::Value = serde_json::from_str(include_str!("../../../docs/incident.schema.json")).unwrap();
    assert_eq!(schema["properties"]["schema_version"]["const"], super::SCHEMA_VERSION);
    let mut canceled = Rehearsal::burning();
    canceled.alice(".cancel").is_ok();
    let states = State::all().filter(|state| *state != State::Opening).map(Rehearsal::standing);
    for room in [everything(), revised(), Rehearsal::burning(), canceled].into_iter().chain(states) {
        let json: serde_json::Value = serde_json::from_str(&written(&room, Format::Json)).unwrap();
        assert_eq!(testing::schema::mistakes(&schema, &json), Vec::<String>::new());
    }
    // Every word that a state or an entry can have.
    let words = |of: &serde_json::Value| of["enum"].as_array().unwrap().clone();
    assert_eq!(words(&schema["properties"]["state"]), State::all().map(State::word).collect::<Vec<_>>());
}

/// An incident in which everything was said once more.
fn revised() -> Rehearsal {
    let mut room = Rehearsal::burning();
    let mut says = |minutes, line: &str| {
        room.advance(SignedDuration::from_mins(minutes));
        room.alice(line);
    };
    says(1, ".point");
    says(1, ".summary It burns");
    says(5, ".point <@U0BOB>");
    says(1, ".title Checkout and search are down");
    says(1, ".p1 it is worse");
    says(1, ".detected 17:50");
    says(1, ".detected 17:55");
    says(1, ".summary Checkout and search burn");
    says(20, ".mitigated");
    says(1, ".unmitigated");
    says(9, ".mitigated");
    says(30, ".stop");
    room
}

#[test]
fn what_was_said_before_and_who_was_what_when_is_kept() {
    let record = recorded(&revised());
    let told = |at: jiff::Timestamp| at.strftime("%H:%M").to_string();
    let revisions: Vec<String> = record
        .revisions
        .iter()
        .map(|one| {
            let what = one.moment.map_or_else(|| format!("{:?}", one.what), ToOwned::to_owned);
            let to = one.to.as_ref().map_or_else(|| "nothing".to_owned(), ToString::to_string);
            format!("{} {what}: {} → {to}", told(one.at), one.from)
        })
        .collect();
    insta::assert_snapshot!(revisions.join("\n"));
    let tenures: Vec<String> = record
        .role_history
        .iter()
        .map(|one| {
            format!("{} {} {}–{}", one.called, one.who.name, told(one.from), one.until.map(told).unwrap_or_default())
        })
        .collect();
    assert_eq!(tenures, ["point Alice 17:02–17:08", "point Bob 17:08–"]);
    let levels: Vec<String> = record
        .priority_history
        .iter()
        .map(|one| format!("{} {}–{}", one.level, told(one.from), one.until.map(told).unwrap_or_default()))
        .collect();
    assert_eq!(levels, ["P2 17:00–17:10", "P1 17:10–"]);
}

#[test]
fn as_html() {
    insta::assert_snapshot!(written(&everything(), Format::Html));
}

#[test]
fn an_incident_of_which_nothing_is_known_yet_says_so() {
    let told = written(&Rehearsal::burning(), Format::Markdown);
    for said in ["Nobody wrote a summary.", "Nothing was waited for.", "No action item was recorded."] {
        assert!(told.contains(said), "{told}");
    }
}

#[test]
fn what_one_incident_says_is_counted_whole() {
    let room = everything();
    let told = |incident: &Incident| incident.events.iter().filter(|recorded| recorded.event.entry().is_some()).count();
    assert_eq!(recorded(&room).log.len(), told(room.incident()));
}

#[test]
fn formats_have_words() {
    for format in Format::ALL {
        assert_eq!(Format::from_word(format.word()), Some(format));
    }
    assert_eq!(Format::from_word("MarkDown"), Some(Format::Markdown));
    assert_eq!(Format::from_word("pdf"), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_that_is_typed_becomes_a_tag(typed in UNFRIENDLY) {
        let page = |text: Prose| {
            let room = full_of(&text);
            let attached = Attached { name: text.readable(), link: Some(text.readable()) };
            let said = Kept {
                source: Source { channel: ROOM.into(), message: "1709139900.000100".into(), thread: None },
                at: room.now(),
                kind: Kind::Said,
                author: Some("U0CAROL".into()),
                by_bot: false,
                files: vec![attached],
                versions: vec![Version { since: room.now(), text: Some(text) }],
                deleted: None,
                reactions: Vec::new(),
            };
            let history = History { messages: vec![said], is_whole: true };
            let record =
                record_with_history(room.incident(), Some(&history), room.people(), &room.desk, room.now());
            write(&record, Format::Html)
        };
        let html = page(crate::core::rehearsal::prose(&typed));
        prop_assert_eq!(tags(&html), tags(&page("harmless".into())), "{}", html);
    }
}
