//! Random conversations: who says what, and what happens in between.

use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::core::commands::ALL;
use crate::core::rehearsal::{MAIN, ROOM};
use crate::core::state::State;

/// So many commands are in a conversation.
const COMMANDS: std::ops::Range<usize> = 200..240;

/// Members, a guest and somebody of another organisation.
const PEOPLE: [&str; 6] = ["U0ALICE", "U0BOB", "U0CAROL", "U0DAVE", "U0GINA", "U0OLGA"];

/// What may follow any word, fitting or not.
const ARGUMENTS: &[&str] = &[
    "now",
    "10 minutes ago",
    "two hours ago",
    "yesterday 11:20",
    "2024-02-28 16:40 UTC",
    "25:99",
    "in 5 minutes",
    "2031-01-01 12:00 UTC",
    "1",
    "#2",
    "#1 and #2",
    "99",
    "p1 it spreads",
    "2 as before",
    "low",
    "9",
    "<@U0BOB>",
    "<@U0CAROL>",
    "<@U0ROBOT>",
    "<@U0NOBODY> <@U0BOB>",
    "api, API, web",
    "API",
    ", ,",
    "the network team => DNS is broken",
    "=> no name",
    "legal =>",
    "<https://example.com/pull/42>",
    "https://example.com/pull/43 the fix",
    "json",
    "html",
    "pdf",
    "\u{200b}\u{202e}",
    "\u{202e}dlrow <!channel> *_~`|",
    "several\nlines\n\n => of text",
    "🔥🔥 it's burning",
];

/// What leads an incident on from where it stands. Random words alone rarely get it to its end. `{last}` is the number of
/// the last blocker.
pub fn usual(state: State) -> &'static [&'static str] {
    match state {
        State::Opening | State::Archived => &[".status"],
        State::Started | State::Acknowledged => &[
            ".point",
            ".comms",
            ".comms <@U0BOB>",
            ".eng",
            ".triage <@U0CAROL>",
            ".snooze point 15m",
            ".unsnooze point",
            ".affected api, web",
            ".affectedrm API",
            ".affectedrm web",
            ".pr https://example.com/pull/42",
            ".genesis 2024-02-28 16:00 UTC",
            ".detected 2024-02-28 16:30 UTC",
            ".blocked legal",
            ".mitigated",
            ".stop",
            ".stop",
            ".cancel",
        ],
        State::Blocked => &[
            ".unblocked",
            ".unblocked {last}",
            ".unblocked {last}",
            ".unblockall",
            ".blocked dns => slow",
            ".blocked <@U0CAROL>",
        ],
        State::Mitigated => &[".stop", ".stop", ".stop", ".unmitigated", ".blocked legal => their word"],
        State::Resolved | State::Review(_) => &[
            ".next",
            ".next",
            ".next",
            ".next",
            ".next",
            ".assign",
            ".genesis 2024-02-28 16:00 UTC",
            ".detected 2024-02-28 16:30 UTC",
            ".acknowledged 2024-02-28 16:40 UTC",
            ".acknowledged 2031-01-01 12:00 UTC",
            ".resolved-at now",
            ".summary Payments failed",
            ".components api",
            ".componentrm api",
            ".rfr",
            ".complete",
        ],
        State::ReadyForReview => &[".complete", ".complete", ".unresolve", ".restart"],
        State::Completed => &[".restart", ".status", ".export", ".report", ".report again"],
        State::Canceled => &[".uncancel", ".uncancel", ".status"],
    }
}

/// What is no command.
const CHATTER: &[&str] =
    &["...", ".5%", ".NET is down", "is it over?", ".mitgated", ".unblokced 1", ". point", "", "."];

/// Something that happens without being typed.
#[derive(Clone, Copy, Debug)]
pub enum Happening {
    Opened,
    Refused,
    IntroPosted,
    ChannelArchived,
    ChannelUnarchived,
    Renamed,
    Deleted,
    Joined,
    /// A reminder may be due.
    Tick,
    /// The last reminder stands.
    NagPosted,
    /// The report platform did what it was asked for.
    ReportDrafted,
    /// It refused.
    ReportRefused,
    /// The grace period has passed.
    PutAway,
}

/// A line, after a while in which something may have happened.
#[derive(Clone, Debug)]
pub struct Turn {
    pub pause: SignedDuration,
    pub happening: Option<Happening>,
    pub who: &'static str,
    pub channel: &'static str,
    pub line: Said,
}

#[derive(Clone, Debug)]
pub enum Said {
    Whatever(String),
    WhatIsUsual(Index),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        1 => Just(Happening::Opened),
        1 => Just(Happening::Refused),
        3 => Just(Happening::IntroPosted),
        2 => Just(Happening::ChannelArchived),
        8 => Just(Happening::ChannelUnarchived),
        1 => Just(Happening::Renamed),
        1 => Just(Happening::Deleted),
        2 => Just(Happening::Joined),
        8 => Just(Happening::PutAway),
        4 => Just(Happening::Tick),
        4 => Just(Happening::NagPosted),
        3 => Just(Happening::ReportDrafted),
        1 => Just(Happening::ReportRefused),
    ]
}

/// Any word of any command, with the argument of its example, with none, or with one that may not fit.
fn any_command() -> impl Strategy<Value = String> {
    let argument = prop_oneof![
        3 => Just(None),
        3 => Just(Some("")),
        4 => select(ARGUMENTS).prop_map(Some),
    ];
    (0..ALL.len(), any::<Index>(), argument, any::<bool>()).prop_map(|(command, word, argument, loud)| {
        let spec = ALL[command];
        let words: Vec<&str> = spec.words().collect();
        let word = word.get(&words);
        let word = if loud { word.to_uppercase() } else { (*word).to_owned() };
        let argument = match argument {
            Some(argument) => argument,
            None => spec.example.split_once(' ').map_or("", |(_, argument)| argument),
        };
        format!(".{word} {argument}")
    })
}

fn line() -> impl Strategy<Value = Said> {
    let long = "[a-z <>&,]{1,300}".prop_map(|text| format!(".note {text}"));
    let level = (0..10u8).prop_map(|level| format!(".p{level} because"));
    let whatever = prop_oneof![
        8 => any_command(),
        1 => level,
        1 => long,
        1 => select(CHATTER).prop_map(str::to_owned),
    ];
    prop_oneof![whatever.prop_map(Said::Whatever), any::<Index>().prop_map(Said::WhatIsUsual)]
}

/// An incident from its declaration on.
#[derive(Clone, Debug)]
pub struct Conversation {
    pub declared: &'static str,
    pub strict: bool,
    pub tracker: bool,
    pub turns: Vec<Turn>,
}

/// Somebody declares an incident, its channel is made soon, and then everybody talks.
pub fn conversation() -> impl Strategy<Value = Conversation> {
    let declared = select(&[".start Checkout is down", ".low Search", ".p1 All is lost\nreally", ".START p4 x"][..]);
    let turns = proptest::collection::vec(turn(), COMMANDS);
    (declared, any::<bool>(), any::<bool>(), 0..10usize, turns).prop_map(
        |(declared, strict, tracker, opens_at, mut turns)| {
            turns[opens_at].happening = Some(Happening::Opened);
            Conversation { declared, strict, tracker, turns }
        },
    )
}

fn turn() -> impl Strategy<Value = Turn> {
    let pause = prop_oneof![4 => 0..120i64, 2 => 0..7200i64, 1 => 0..200_000i64];
    // Guests are turned away, so they speak less.
    let who = prop_oneof![12 => select(&PEOPLE[..4]), 1 => select(&PEOPLE[..])];
    let channel = prop_oneof![15 => Just(ROOM), 1 => Just(MAIN)];
    (pause, proptest::option::weighted(0.15, happening()), who, channel, line()).prop_map(
        |(pause, happening, who, channel, line)| Turn {
            pause: SignedDuration::from_secs(pause),
            happening,
            who,
            channel,
            line,
        },
    )
}
