//! Commands: an incident from its declaration on, by several people, each line of the input typed by one of them.

use std::collections::BTreeMap;

use breakingbot::boundary::slack::{limits, mrkdwn, render, topic};
use breakingbot::core::commands::{Components, Context, Heard, Place, Services, hear};
use breakingbot::core::delivery::Delivery;
use breakingbot::core::desk::Desk;
use breakingbot::core::effect::{Effect, Reaction};
use breakingbot::core::event::fold;
use breakingbot::core::ids::{IncidentId, MessageId, Source, UserId};
use breakingbot::core::inbound::{Inbound, Outcome};
use breakingbot::core::incident::Incident;
use breakingbot::core::message::{Message, Span};
use breakingbot::core::person::{Person, Standing};
use breakingbot::core::prose::Prose;
use breakingbot::core::state::implied;
use breakingbot::core::turn;
use jiff::{SignedDuration, Timestamp};

/// So many lines of an input are typed.
const LINES: usize = 12;

/// A workspace's address for permalinks.
const WORKSPACE: &str = "https://home.slack.example/";

pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut room = Room::new();
    room.types(Place::Main, &"U0ALICE".into(), ".start Checkout is down");
    room.opens();
    for line in text.split('\u{1e}').take(LINES) {
        // The first character says who types it, and where.
        let mut letters = line.chars();
        let (who, place) = match letters.next() {
            Some('b') => ("U0BOB", Place::Incident),
            Some('g') => ("U0GINA", Place::Incident),
            Some('m') => ("U0BOB", Place::Main),
            Some('e') => ("U0ALICE", Place::Elsewhere),
            _ => ("U0ALICE", Place::Incident),
        };
        room.types(place, &who.into(), letters.as_str());
    }
    let incident = room.incident.expect("it was declared");
    assert_eq!(fold(incident.id, incident.events.iter().cloned()), incident, "{text:?}");
}

struct Room {
    desk: Desk,
    people: BTreeMap<UserId, Person>,
    incident: Option<Incident>,
    now: Timestamp,
    typed: u32,
}

impl Room {
    fn new() -> Self {
        let person = |id: &str, zone: &str, standing| Person {
            id: id.into(),
            name: format!("<!channel> & {id}"),
            email: None,
            timezone: zone.to_owned(),
            standing,
        };
        let people = [
            person("U0ALICE", "Europe/Berlin", Standing::Member),
            person("U0BOB", "America/New_York", Standing::Member),
            person("U0GINA", "UTC", Standing::Guest),
        ];
        let mut desk = Desk::with_defaults("main", "C0MAIN");
        desk.notify_channel = Some("C0NOTIFY".into());
        Self {
            desk,
            people: people.into_iter().map(|person| (person.id.clone(), person)).collect(),
            incident: None,
            now: "2024-02-28T17:00:00Z".parse().expect("that is an instant"),
            typed: 0,
        }
    }

    fn opens(&mut self) {
        let incident = self.incident.as_ref().expect("it was declared");
        let outcome = Outcome::ChannelOpened { channel: "C0ROOM".into(), name: "breaking-1".to_owned() };
        let inbound = Inbound::Came { incident: incident.id, outcome };
        let turn = turn::happened(incident, &inbound, self.now, &self.desk);
        self.keep(turn, &"its channel was made");
    }

    fn types(&mut self, place: Place, author: &UserId, raw: &str) {
        self.typed += 1;
        self.now += SignedDuration::from_secs(37);
        let channel = match place {
            Place::Main => "C0MAIN",
            Place::Incident => "C0ROOM",
            Place::Elsewhere => "C0OTHER",
        };
        let source = Source {
            channel: channel.into(),
            message: MessageId::new(format!("{}.{:06}", self.now.as_second(), self.typed)),
            thread: None,
        };
        let text: Prose = mrkdwn::decode(raw);
        let incident = self.incident.as_ref().filter(|_| place == Place::Incident);
        let board: Vec<_> = self.incident.iter().map(Into::into).collect();
        let desks = [self.desk.clone()];
        let context = Context {
            now: self.now,
            author: &self.people[author],
            source: &source,
            desk: &self.desk,
            desks: &desks,
            people: &self.people,
            board: &board,
            delivery: &Delivery::default(),
            history: None,
            next_number: Some(IncidentId(1)),
            services: Services::default(),
            tracking: None,
            components: &Components::Any,
        };
        let is_command = matches!(hear(&text, &self.desk, place), Heard::Command(_));
        let turn = turn::typed(incident, &text, place, &context);
        let answers: Vec<&Effect> = turn.effects.iter().filter(|effect| effect.answers() == Some(&source)).collect();
        let is_one = match answers.as_slice() {
            [] => !is_command,
            [Effect::React { reaction: Reaction::Exclamation, .. }, Effect::Reply { .. }] => is_command,
            [Effect::React { reaction: Reaction::Ok | Reaction::OkHand, .. }]
            | [Effect::Reply { .. } | Effect::Attach { .. }] => is_command,
            _ => false,
        };
        assert!(is_one, "{raw:?} is answered with {answers:?}");
        let again = self.incident.is_some() && place == Place::Main && turn.after.is_some();
        if again {
            turn.effects.iter().for_each(|effect| can_be_sent(effect, &raw));
        } else {
            self.keep(turn, &raw);
        }
    }

    /// Keeps what happened, after seeing that it hangs together and can be said.
    fn keep(&mut self, turn: turn::Turn, because: &dyn std::fmt::Debug) {
        for effect in &turn.effects {
            can_be_sent(effect, because);
        }
        if let Some(after) = turn.after {
            assert_eq!(implied(&after), after.state, "{because:?}");
            self.incident = Some(after);
        }
    }
}

/// Within Slack's limits, and without anything that pages people but what the bot itself means.
fn can_be_sent(effect: &Effect, because: &dyn std::fmt::Debug) {
    match effect {
        Effect::Reply { message, .. }
        | Effect::Whisper { message, .. }
        | Effect::Post { message, .. }
        | Effect::Rewrite { to: message, .. }
        | Effect::Attach { message, .. } => can_be_said(message, because),
        Effect::SetTopic { topic: parts, .. } => {
            let topic = topic::topic(parts);
            assert!(topic.chars().count() <= limits::TOPIC, "{because:?}: {topic}");
            assert!(!topic.contains("<!"), "{because:?}: {topic}");
        }
        Effect::OpenChannel { name } => {
            let name = topic::channel_name(name, 1);
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
            assert!(
                !name.is_empty() && name.chars().count() <= 80 && name.chars().all(is_plain),
                "{because:?}: {name}"
            );
        }
        _ => {}
    }
}

fn can_be_said(message: &Message, because: &dyn std::fmt::Debug) {
    let spans = || message.lines.iter().flat_map(|line| &line.spans);
    let loud = spans().filter(|span| matches!(span, Span::Everyone | Span::Group(_))).count();
    for post in render::posts(message, WORKSPACE) {
        let blocks = serde_json::to_string(&post.blocks).expect("blocks are JSON");
        assert!(post.text.chars().count() <= limits::TEXT && post.blocks.len() <= limits::BLOCKS, "{because:?}");
        for written in [&post.text, &blocks] {
            // Times are written as a command of Slack's, too.
            let paging = written.matches("<!").count() - written.matches("<!date^").count();
            assert!(paging <= loud, "{because:?}: {written}");
        }
    }
}
