//! Capture: a reaction of a person puts a message of the incident's channel on record, once however many people react,
//! and takes it out again when the last of them takes it back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::desk::Desk;
use super::event::{Author, Event, Recorded};
use super::history::Utterance;
use super::ids::{Source, UserId};
use super::incident::Incident;
use super::moments::Moment;
use super::prose::Prose;

/// An action item's title is cut here; the whole message is then its detail.
const TITLE: usize = 250;

/// As what a message is put on record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capture {
    /// As something that happened.
    Event,
    /// As something to be done.
    ActionItem,
    /// As something that contributed.
    Factor,
    /// As the evidence for a moment, which it sets to when it was sent.
    Moment(Moment),
}

/// A message that is on record because of reactions that stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing<'a> {
    /// The event that put it there.
    pub captured: &'a Recorded,
    /// As what.
    pub what: Capture,
    /// When it was sent.
    pub at: Timestamp,
    /// Whose reactions stand.
    pub by: Vec<&'a UserId>,
}

/// What is captured and stands.
pub fn standing(incident: &Incident) -> Vec<Standing<'_>> {
    let mut all: Vec<Standing<'_>> = Vec::new();
    for recorded in &incident.events {
        let by = match &recorded.author {
            Author::Person(user) => Some(user),
            Author::Bot => None,
        };
        match &recorded.event {
            Event::Captured { what, at, .. } => {
                all.push(Standing { captured: recorded, what: *what, at: *at, by: by.into_iter().collect() });
            }
            Event::CaptureSeconded { captured } => {
                if let Some(one) = all.iter_mut().find(|one| one.captured.seq == *captured) {
                    one.by.extend(by);
                }
            }
            Event::CaptureLeft { captured } => {
                if let Some(one) = all.iter_mut().find(|one| one.captured.seq == *captured) {
                    one.by.retain(|user| Some(*user) != by);
                }
            }
            Event::Uncaptured { captured } => all.retain(|one| one.captured.seq != *captured),
            _ => {}
        }
    }
    all
}

/// What somebody's reaction on a message makes happen; nothing when it is so already. `found` is the message, when it
/// stands.
pub fn added(incident: &Incident, message: &Source, what: Capture, by: &UserId, found: &Utterance) -> Vec<Event> {
    if let Some(one) = standing(incident).into_iter().find(|one| is(one, message, what)) {
        let seconds = !one.by.contains(&by);
        return seconds.then_some(Event::CaptureSeconded { captured: one.captured.seq }).into_iter().collect();
    }
    let text = words(found);
    let at = found.at;
    let captured = Event::Captured { what, at, author: found.author.clone(), text: text.clone() };
    let follows = match what {
        Capture::Event => None,
        Capture::ActionItem => {
            let title = text.one_line().cut(TITLE);
            let detail = (title != text).then_some(text);
            Some(Event::ActionItemAdded { title, detail })
        }
        Capture::Factor => Some(Event::FactorFound { text }),
        Capture::Moment(moment) => {
            (incident.moments.get(moment) != Some(at)).then_some(Event::MomentSet { moment, at })
        }
    };
    std::iter::once(captured).chain(follows).collect()
}

/// What it makes happen that somebody takes their reaction back.
pub fn removed(incident: &Incident, message: &Source, what: Capture, by: &UserId) -> Vec<Event> {
    let Some(one) = standing(incident).into_iter().find(|one| is(one, message, what) && one.by.contains(&by)) else {
        return Vec::new();
    };
    let captured = one.captured.seq;
    if one.by.len() > 1 {
        return vec![Event::CaptureLeft { captured }];
    }
    let restored = match what {
        Capture::Moment(moment) if incident.moments.get(moment) == Some(one.at) => {
            Some(match set_before(incident, moment, captured) {
                Some(at) => Event::MomentSet { moment, at },
                None => Event::MomentCleared { moment },
            })
        }
        _ => None,
    };
    std::iter::once(Event::Uncaptured { captured }).chain(restored).collect()
}

fn is(one: &Standing<'_>, message: &Source, what: Capture) -> bool {
    one.what == what && one.captured.source.as_ref().is_some_and(|source| source.message == message.message)
}

/// What a moment was set to before that event.
fn set_before(incident: &Incident, moment: Moment, seq: u64) -> Option<Timestamp> {
    let before = incident.events.iter().take_while(|recorded| recorded.seq < seq);
    super::event::fold(incident.id, before.cloned()).moments.get(moment)
}

/// What a message says; the names of its files when it says nothing.
fn words(found: &Utterance) -> Prose {
    if !found.text.is_blank() || found.files.is_empty() {
        return found.text.clone();
    }
    found.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ").into()
}

impl Desk {
    /// As what that emoji puts a message on record here. A skin tone makes no difference.
    pub fn captures(&self, emoji: &str) -> Option<Capture> {
        let plain = emoji.split_once("::").map_or(emoji, |(plain, _)| plain);
        self.captures.get(plain).copied()
    }
}

impl Incident {
    /// The events but those that were taken out again.
    pub fn standing_events(&self) -> impl Iterator<Item = &Recorded> {
        let mut out: Vec<u64> = Vec::new();
        for recorded in &self.events {
            let Event::Uncaptured { captured } = &recorded.event else { continue };
            out.push(*captured);
            let what = self.events.iter().find(|one| one.seq == *captured).map(|one| &one.event);
            if matches!(what, Some(Event::Captured { what: Capture::ActionItem | Capture::Factor, .. })) {
                out.push(captured + 1);
            }
        }
        self.events.iter().filter(move |recorded| !out.contains(&recorded.seq))
    }
}

impl Recorded {
    /// When what it tells of happened: a captured message when it was sent, everything else when it was recorded.
    pub fn told_at(&self) -> Timestamp {
        match &self.event {
            Event::Captured { at, .. } => *at,
            _ => self.at,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::core::effect::Effect;
    use crate::core::history::{Attached, Kind};
    use crate::core::rehearsal::{ROOM, Rehearsal, prose};
    use crate::core::state::State;

    const EMOJI: [(&str, Capture); 4] = [
        ("pushpin", Capture::Event),
        ("hammer", Capture::ActionItem),
        ("bulb", Capture::Factor),
        ("eyes", Capture::Moment(Moment::Detected)),
    ];

    fn room() -> Rehearsal {
        let mut room = Rehearsal::burning();
        room.desk.captures = EMOJI.into_iter().map(|(emoji, what)| (emoji.to_owned(), what)).collect();
        room.advance(SignedDuration::from_mins(10));
        room
    }

    /// What Carol wrote at 17:05.
    fn message(text: &str) -> Utterance {
        Utterance {
            source: Source { channel: ROOM.into(), message: "1709139900.000100".into(), thread: None },
            at: "2024-02-28T17:05:00Z".parse().unwrap(),
            kind: Kind::Said,
            author: Some("U0CAROL".into()),
            by_bot: false,
            text: prose(text),
            files: Vec::new(),
            changed: None,
        }
    }

    #[test]
    fn a_pinned_message_is_in_the_log_at_its_own_time_by_its_own_author() {
        let mut room = room();
        room.alice(".note before").is_ok();
        assert_eq!(room.reacts("U0BOB", "pushpin", &message("the db is at 100 %, ask <@U0DAVE>")), []);
        let log = room.alice(".history").answer();
        let lines: Vec<&str> = log.lines().skip(3).collect();
        assert_eq!(
            lines,
            [
                "- 2024-02-28 17:05 UTC · event · Carol wrote: the db is at 100 %, ask @Dave (captured by Bob)",
                "- 2024-02-28 17:11 UTC · note · Alice noted: before",
            ]
        );
        let last = room.incident().events.last().unwrap();
        assert_eq!(last.source.as_ref().map(|source| source.message.as_str()), Some("1709139900.000100"));
        // Before it was pinned, nobody knew it from the log.
        assert!(!room.alice(".asof 17:06 utc").answer().contains("100 %"));
    }

    #[test]
    fn however_many_react_it_is_there_once_until_the_last_takes_it_back() {
        for (emoji, what) in EMOJI {
            let mut room = room();
            let message = message("it was the deploy");
            let log =
                |room: &Rehearsal| room.incident().standing_events().filter(|one| one.event.entry().is_some()).count();
            let before = log(&room);
            for user in ["U0BOB", "U0CAROL", "U0BOB"] {
                room.reacts(user, emoji, &message);
                assert_eq!(log(&room), before + 1, "{emoji}");
            }
            assert_eq!(
                standing(room.incident()).iter().map(|one| (one.what, one.by.len())).collect::<Vec<_>>(),
                [(what, 2)]
            );
            room.unreacts("U0BOB", emoji, &message);
            assert_eq!(log(&room), before + 1, "{emoji}: Carol's stands");
            room.unreacts("U0DAVE", emoji, &message);
            room.unreacts("U0CAROL", emoji, &message);
            assert_eq!(standing(room.incident()), []);
            assert_eq!(room.incident().moments.detected, None);
            // And in again.
            room.reacts("U0BOB", emoji, &message);
            assert_eq!(standing(room.incident()).len(), 1);
        }
    }

    #[test]
    fn action_items_and_factors_are_listed_while_they_stand() {
        for (emoji, list) in [("hammer", ".ais"), ("bulb", ".factors")] {
            let mut room = room();
            let message = message("the canary\nwas off");
            room.reacts("U0BOB", emoji, &message);
            assert!(room.alice(list).answer().contains("the canary"), "{list}");
            room.unreacts("U0BOB", emoji, &message);
            assert!(!room.alice(list).answer().contains("the canary"), "{list}");
        }
    }

    #[test]
    fn a_moment_is_set_to_the_message_and_set_back() {
        let mut room = room();
        room.alice(".detected 17:50").answer();
        let before = room.incident().moments.detected;
        let message = message("this is when we saw it");
        let told = room.reacts("U0BOB", "eyes", &message);
        let [Effect::Whisper { to, message: words, .. }] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(to.as_str(), "U0BOB");
        assert!(
            words.to_string().starts_with("Detected: 2024-02-28 12:05 EST (America/New_York), 2024-02-28 17:05 UTC."),
            "{words}"
        );
        assert_eq!(room.incident().moments.detected, Some(message.at));
        room.unreacts("U0BOB", "eyes", &message);
        assert_eq!(room.incident().moments.detected, before);
        // What was corrected since stays.
        room.reacts("U0BOB", "eyes", &message);
        room.alice(".detected 17:55").answer();
        let corrected = room.incident().moments.detected;
        room.unreacts("U0BOB", "eyes", &message);
        assert_eq!(room.incident().moments.detected, corrected);
    }

    #[test]
    fn guests_and_others_are_told_alone() {
        for (user, why) in [("U0GINA", "guest"), ("U0OLGA", "organisation")] {
            let mut room = room();
            let version = room.incident().version;
            let told = room.reacts(user, "pushpin", &message("x"));
            let [Effect::Whisper { message: words, .. }] = told.as_slice() else { panic!("{told:?}") };
            assert!(words.to_string().to_lowercase().contains(why), "{words}");
            assert_eq!(room.incident().version, version);
            room.desk.allow_guests = true;
            assert_eq!(room.reacts(user, "pushpin", &message("x")), []);
            assert_eq!(room.incident().version, version + 1);
        }
        assert_eq!(room().reacts("U0ROBOT", "pushpin", &message("x")), []);
    }

    #[test]
    fn what_is_finished_is_not_added_to() {
        for state in State::all().filter(|state| *state != State::Opening) {
            let mut room = Rehearsal::standing(state);
            let told = room.reacts("U0BOB", "pushpin", &message("x"));
            assert_eq!(standing(room.incident()).len(), usize::from(state.is_updatable()), "{state:?}");
            assert_eq!(told.len(), usize::from(!state.is_updatable()), "{state:?}");
        }
    }

    #[test]
    fn a_message_of_files_alone_is_known_by_their_names() {
        let mut room = room();
        let mut graph = message("");
        graph.files = vec![Attached { name: "graph.png".to_owned(), link: None }];
        room.reacts("U0BOB", "pushpin::skin-tone-2", &graph);
        assert!(room.alice(".history").answer().contains("Carol wrote: graph.png"));
        assert_eq!(room.reacts("U0BOB", "tada", &message("x")), [], "any other emoji is none of our business");
    }
}
