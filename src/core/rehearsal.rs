//! An incident played through the core alone, for the commands' tables of cases: people say things, the answers are
//! looked at.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::board::BoardEntry;
use super::commands::{Components, Context, Services};
use super::delivery::Delivery;
use super::desk::Desk;
use super::effect::{Effect, Reaction};
use super::effects::effects;
use super::event::{Author, Event, Recorded, evolve, fold};
use super::history::{History, Utterance};
use super::ids::{BlockerId, IncidentId, MessageId, Source, UserId};
use super::inbound::{Inbound, Outcome};
use super::incident::Incident;
use super::person::{Person, Standing};
use super::prose::{Piece, Prose};
use super::state::State;
use super::tracking::changes::Tracking;
use super::turn::{self, Turn};
use super::words::log;

/// The incident's channel.
pub const ROOM: &str = "C0ROOM";
/// The desk's main channel.
pub const MAIN: &str = "C0MAIN";

/// A desk, its people, a clock that is turned by hand, and at most one incident.
pub struct Rehearsal {
    /// The desk, to be changed before people speak.
    pub desk: Desk,
    /// Which optional services are configured.
    pub services: Services,
    people: BTreeMap<UserId, Person>,
    incident: Option<Incident>,
    now: Timestamp,
    typed: u64,
    /// Other incidents on the board.
    pub board: Vec<BoardEntry>,
    /// How the incident's tracking issue stands.
    pub tracking: Option<Tracking>,
    /// The components that can be named.
    pub components: Components,
    /// The receipts of the incident.
    pub delivery: Delivery,
    /// What was said in the incident's channel.
    pub history: Option<History>,
}

/// What came of one line.
#[derive(Debug)]
pub struct Reply {
    line: String,
    /// Everything that is said and done because of it.
    pub effects: Vec<Effect>,
}

impl Rehearsal {
    /// Nothing has happened yet. It is 2024-02-28 17:00 UTC, a Wednesday.
    pub fn before_the_fire() -> Self {
        let person = |id: &str, name: &str, zone: &str, standing| Person {
            id: id.into(),
            name: name.to_owned(),
            email: Some(format!("{}@example.com", name.to_lowercase())),
            timezone: zone.to_owned(),
            standing,
        };
        let people = [
            person("U0ALICE", "Alice", "Europe/Berlin", Standing::Member),
            person("U0BOB", "Bob", "America/New_York", Standing::Member),
            person("U0CAROL", "Carol", "Asia/Tokyo", Standing::Member),
            person("U0DAVE", "Dave", "UTC", Standing::Member),
            person("U0GINA", "Gina", "Europe/London", Standing::Guest),
            person("U0OLGA", "Olga", "UTC", Standing::OtherOrganisation),
            person("U0DORA", "Dora", "UTC", Standing::Deactivated),
            person("U0ROBOT", "Robot", "UTC", Standing::Bot),
            person("U0NOBODY", "U0NOBODY", "UTC", Standing::Unknown),
        ];
        let mut desk = Desk::with_defaults("main", MAIN);
        desk.notify_channel = Some("C0NOTIFY".into());
        Self {
            desk,
            services: Services::default(),
            people: people.into_iter().map(|person| (person.id.clone(), person)).collect(),
            incident: None,
            now: "2024-02-28T17:00:00Z".parse().unwrap(),
            typed: 0,
            board: Vec::new(),
            tracking: None,
            components: Components::Any,
            delivery: Delivery::default(),
            history: None,
        }
    }

    /// `.start Checkout is down` was typed by Alice a minute ago and the channel is there.
    pub fn burning() -> Self {
        let mut room = Self::before_the_fire();
        room.alice_in_main(".start Checkout is down").is_ok();
        room.opens();
        room.advance(SignedDuration::from_mins(1));
        room
    }

    /// The channel was made.
    pub fn opens(&mut self) -> Vec<Effect> {
        self.comes(&Outcome::ChannelOpened { channel: ROOM.into(), name: "breaking-1".into() })
    }

    /// Something came of an effect.
    pub fn comes(&mut self, outcome: &Outcome) -> Vec<Effect> {
        let incident = self.incident().id;
        self.happens(&Inbound::Came { incident, outcome: outcome.clone() })
    }

    /// Something happened without being typed.
    pub fn happens(&mut self, inbound: &Inbound) -> Vec<Effect> {
        let turn = turn::happened(self.incident(), inbound, self.now, &self.desk);
        self.keep(turn)
    }

    /// Somebody puts an emoji on a message.
    pub fn reacts(&mut self, user: &str, emoji: &str, message: &Utterance) -> Vec<Effect> {
        self.reaction(user, emoji, message, true)
    }

    /// Somebody takes their emoji from a message.
    pub fn unreacts(&mut self, user: &str, emoji: &str, message: &Utterance) -> Vec<Effect> {
        self.reaction(user, emoji, message, false)
    }

    fn reaction(&mut self, user: &str, emoji: &str, message: &Utterance, there: bool) -> Vec<Effect> {
        let inbound = Inbound::Reacted {
            channel: message.source.channel.clone(),
            message: message.source.message.clone(),
            by: user.into(),
            emoji: emoji.to_owned(),
            there,
            found: there.then(|| Box::new(message.clone())),
        };
        let by = self.people[&UserId::new(user)].clone();
        let turn = turn::reacted(self.incident(), &inbound, &by, self.now, &self.desk);
        self.keep(turn)
    }

    /// An incident in that state, brought there by Bob.
    pub fn standing(state: State) -> Self {
        let mut room = Self::burning();
        let now = room.now;
        let blocked = || Event::Blocked { id: BlockerId(1), whom: "the network team".into(), reason: None };
        let resolved = Event::Resolved { at: now };
        let path = match state {
            State::Opening => {
                room = Self::before_the_fire();
                room.alice_in_main(".start Checkout is down").is_ok();
                Vec::new()
            }
            State::Started => Vec::new(),
            State::Acknowledged => vec![Event::Acknowledged { at: now }],
            State::Mitigated => vec![Event::Mitigated { at: now }],
            State::Blocked => vec![blocked()],
            State::Resolved => vec![resolved],
            State::Review(step) => vec![resolved, Event::ReviewStepped { step }],
            State::ReadyForReview => vec![resolved, Event::ReadyForReview],
            State::Completed => vec![resolved, Event::ReadyForReview, Event::Completed],
            State::Canceled => vec![Event::Canceled { why: None }],
            State::Archived => vec![Event::Canceled { why: None }, Event::Archived],
        };
        for event in path {
            room.records(event);
        }
        assert_eq!(room.incident().state, state);
        room.advance(SignedDuration::from_mins(1));
        room
    }

    /// The line typed by Alice in every state but opening, when there is no channel yet, with what comes of it; the
    /// review steps that answer alike are one.
    pub fn in_every_state(line: &str) -> String {
        let mut told: Vec<(String, String)> = Vec::new();
        for state in State::all().filter(|state| *state != State::Opening) {
            let answer = Self::standing(state).alice(line).told();
            let is_review = |word: &str| word.starts_with("review_");
            match told.last_mut() {
                Some((word, same)) if is_review(word) && is_review(state.word()) && *same == answer => {
                    "review_…".clone_into(word);
                }
                _ => told.push((state.word().to_owned(), answer)),
            }
        }
        told.into_iter().map(|(word, answer)| format!("{word}: {answer}\n")).collect()
    }

    /// Something is put on record, as by a command of Bob's.
    pub fn records(&mut self, event: Event) -> Vec<Effect> {
        let before = self.incident().clone();
        let author = Author::Person("U0BOB".into());
        let recorded = Recorded { seq: before.version + 1, at: self.now, author, source: None, event };
        let mut after = before.clone();
        evolve(&mut after, &recorded);
        let effects = effects(&before, &after, &[recorded], &self.desk);
        self.keep(Turn { after: Some(after), effects })
    }

    /// The incident is looked at because a reminder may be due.
    pub fn ticks(&mut self) -> Vec<Effect> {
        let turn = turn::tick(self.incident(), self.now, &self.desk);
        self.keep(turn)
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Turns the clock.
    pub fn advance(&mut self, by: SignedDuration) {
        self.now = self.now.checked_add(by).unwrap();
    }

    /// The incident.
    pub fn incident(&self) -> &Incident {
        self.incident.as_ref().expect("no incident was declared")
    }

    /// Everybody, by their id.
    pub fn people(&self) -> &BTreeMap<UserId, Person> {
        &self.people
    }

    /// The log in words, for looking at.
    pub fn log(&self) -> Vec<String> {
        let entries = self.incident().events.iter().filter(|recorded| recorded.event.entry().is_some());
        entries.map(|recorded| log::entry(recorded, &self.people).to_string()).collect()
    }

    /// Alice speaks in the incident's channel.
    pub fn alice(&mut self, line: &str) -> Reply {
        self.says("U0ALICE", ROOM, line)
    }

    /// Bob speaks in the incident's channel.
    pub fn bob(&mut self, line: &str) -> Reply {
        self.says("U0BOB", ROOM, line)
    }

    /// Alice speaks in the main channel.
    pub fn alice_in_main(&mut self, line: &str) -> Reply {
        self.says("U0ALICE", MAIN, line)
    }

    /// Alice speaks in a thread of the incident's channel.
    pub fn in_thread(&mut self, thread: &str, line: &str) -> Reply {
        self.says_in("U0ALICE", ROOM, Some(thread.into()), line)
    }

    /// Somebody speaks somewhere. `<@U1>` is a mention, `<https://…>` and `<https://…|label>` a link.
    pub fn says(&mut self, user: &str, channel: &str, line: &str) -> Reply {
        self.says_in(user, channel, None, line)
    }

    fn says_in(&mut self, user: &str, channel: &str, thread: Option<MessageId>, line: &str) -> Reply {
        self.typed += 1;
        let source = Source {
            channel: channel.into(),
            message: MessageId::new(format!("{}.{:06}", self.now.as_second(), self.typed)),
            thread,
        };
        let in_incident = channel == ROOM && self.incident.is_some();
        let author = self.people[&UserId::new(user)].clone();
        let mut board = self.board.clone();
        board.extend(self.incident.iter().filter(|i| i.state.is_live()).map(BoardEntry::from));
        board.sort_by_key(|entry| entry.id);
        let desks = [self.desk.clone()];
        let context = Context {
            now: self.now,
            author: &author,
            source: &source,
            desk: &self.desk,
            desks: &desks,
            people: &self.people,
            board: &board,
            delivery: &self.delivery,
            history: self.history.as_ref(),
            next_number: Some(IncidentId(1)),
            services: self.services,
            tracking: self.tracking.as_ref(),
            components: &self.components,
        };
        let incident = if in_incident { self.incident.as_ref() } else { None };
        let place = turn::place(&source.channel, in_incident, &desks);
        let turn = turn::typed(incident, &prose(line), place, &context);
        let effects = self.keep(turn);
        Reply { line: line.to_owned(), effects }
    }

    /// Keeps what happened, after seeing that the stored events alone would give the same.
    fn keep(&mut self, turn: Turn) -> Vec<Effect> {
        if let Some(after) = turn.after {
            assert_eq!(fold(after.id, after.events.iter().cloned()), after, "the fold of the events is the incident");
            assert_eq!(super::state::implied(&after), after.state, "the machine and what the moments imply agree");
            self.incident = Some(after);
        }
        turn.effects.into_iter().filter(|effect| self.services.serve(effect.destination())).collect()
    }
}

impl Reply {
    /// The answer is the reaction `ok` alone.
    #[track_caller]
    pub fn is_ok(&self) {
        self.is_reaction(Reaction::Ok);
    }

    /// The answer is the reaction `ok_hand` alone.
    #[track_caller]
    pub fn is_already(&self) {
        self.is_reaction(Reaction::OkHand);
    }

    /// The answer in one line: its reaction, and what is said.
    pub fn told(&self) -> String {
        let reactions = self.reactions().into_iter().map(|reaction| reaction.emoji().to_owned());
        reactions.chain(self.texts()).collect::<Vec<_>>().join(": ")
    }

    #[track_caller]
    fn is_reaction(&self, reaction: Reaction) {
        assert_eq!(self.reactions(), [reaction], "{}: {:?}", self.line, self.texts());
        assert_eq!(self.texts(), [""; 0], "{}", self.line);
    }

    /// It is refused with this sentence.
    #[track_caller]
    pub fn is_refused(&self, sentence: &str) {
        assert_eq!(self.reactions(), [Reaction::Exclamation], "{}: {:?}", self.line, self.texts());
        assert_eq!(self.texts(), [sentence], "{}", self.line);
    }

    /// The answer is this reply alone.
    #[track_caller]
    pub fn says(&self, text: &str) {
        assert_eq!(self.answer(), text, "{}", self.line);
    }

    /// The text of the answer, which is one reply and no reaction.
    #[track_caller]
    pub fn answer(&self) -> String {
        assert_eq!(self.reactions(), [], "{}: {:?}", self.line, self.texts());
        assert_eq!(self.texts().len(), 1, "{}: {:?}", self.line, self.texts());
        self.texts().remove(0)
    }

    /// It is shown to its author alone, and nothing runs.
    #[track_caller]
    pub fn is_whispered(&self, text: &str) {
        match self.effects.as_slice() {
            [Effect::Whisper { message, .. }] => assert_eq!(message.to_string(), text, "{}", self.line),
            other => panic!("{}: {other:?}", self.line),
        }
    }

    /// Nothing at all comes of it.
    #[track_caller]
    pub fn is_ignored(&self) {
        assert_eq!(self.effects, [], "{}", self.line);
    }

    /// What is posted in a channel's root because of it.
    pub fn posts_in(&self, channel: &str) -> Vec<String> {
        posts_in(&self.effects, channel)
    }

    /// The file that is attached, its name and content.
    pub fn file(&self) -> Option<(String, String)> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Attach { file, .. } => Some((file.name.clone(), file.content.clone())),
            _ => None,
        })
    }

    /// The title in the topic that is set.
    pub fn title_in_topic(&self) -> Option<String> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::SetTopic { topic, .. } => Some(topic.title.to_string()),
            _ => None,
        })
    }

    fn reactions(&self) -> Vec<Reaction> {
        let reactions = self.effects.iter().filter_map(|effect| match effect {
            Effect::React { reaction, .. } => Some(*reaction),
            _ => None,
        });
        reactions.collect()
    }

    fn texts(&self) -> Vec<String> {
        let texts = self.effects.iter().filter_map(|effect| match effect {
            Effect::Reply { message, .. } | Effect::Attach { message, .. } => Some(message.to_string()),
            _ => None,
        });
        texts.collect()
    }
}

/// What is posted in a channel's root.
pub fn posts_in(effects: &[Effect], channel: &str) -> Vec<String> {
    let posts = effects.iter().filter_map(|effect| match effect {
        Effect::Post { channel: to, message, .. } if to.as_str() == channel => Some(message.to_string()),
        _ => None,
    });
    posts.collect()
}

/// What a person types, with its references in angle brackets: what is neither a mention nor an address is typed so.
pub fn prose(line: &str) -> Prose {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once('<') {
        let Some((reference, after)) = behind.split_once('>') else { break };
        pieces.push(Piece::Text(before.to_owned()));
        pieces.push(match reference.strip_prefix('@') {
            Some(user) => Piece::Person(user.into()),
            None if !reference.contains(':') => Piece::Text(format!("<{reference}>")),
            None => match reference.split_once('|') {
                Some((url, label)) => Piece::Link(url.to_owned(), Some(label.to_owned())),
                None => Piece::Link(reference.to_owned(), None),
            },
        });
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    pieces.into_iter().collect()
}

/// What somebody might type who wants to be more than text, as a regular expression.
pub const UNFRIENDLY: &str = r#"([<>&"'/=:a-z \n!\-\[\]()]|<https?://.{1,10}>|\PC){1,60}"#;

/// An incident with this text wherever people write.
pub fn full_of(text: &Prose) -> Rehearsal {
    let mut room = Rehearsal::burning();
    for event in [
        Event::Titled { title: text.clone() },
        Event::Summarized { text: text.clone() },
        Event::ComponentAdded { name: text.clone() },
        Event::CodeChanged { url: text.readable() },
        Event::FactorFound { text: text.clone() },
        Event::Noted { text: text.clone() },
    ] {
        room.records(event);
    }
    room
}

/// A page without what people wrote: its tags and their attributes, links and line breaks aside.
pub fn tags(html: &str) -> Vec<String> {
    let tags = html.split('<').skip(1).map(|tag| tag.split('>').next().unwrap_or_default().to_owned());
    tags.filter(|tag| !tag.starts_with("a href=\"http") && tag != "/a" && tag != "br").collect()
}
