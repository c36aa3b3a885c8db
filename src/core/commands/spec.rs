//! What a command is, and what it may decide.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::core::board::BoardEntry;
use crate::core::delivery::Delivery;
use crate::core::desk::Desk;
use crate::core::effect::{Destination, File};
use crate::core::event::{Author, Event, Recorded, evolve};
use crate::core::history::History;
use crate::core::ids::{IncidentId, Source, UserId};
use crate::core::incident::Incident;
use crate::core::message::Message;
use crate::core::person::Person;
use crate::core::prose::Prose;
use crate::core::tracking::changes::Tracking;

/// A command, described once.
pub struct Spec {
    /// Its word, without the dot.
    pub word: &'static str,
    /// Its other words.
    pub aliases: &'static [&'static str],
    /// What follows the word.
    pub shape: Shape,
    /// Where and when it can be used.
    pub needs: Needs,
    /// What it does, in one line.
    pub help: &'static str,
    /// A line to type.
    pub example: &'static str,
    /// Whether its answer tells people by name, so that their names must be known.
    pub names_people: bool,
    /// Whether its answer tells of other incidents.
    pub reads_board: bool,
    /// Whether its answer tells how the incident's tracking issue stands.
    pub reads_tracking: bool,
    /// Whether its answer tells what became of the incident's commands and posts.
    pub reads_delivery: bool,
    /// Whether its answer tells what was said in the incident's channel.
    pub reads_history: bool,
    /// The refusal when what it does was done already; asked before anything else when no argument was given.
    pub reached: Option<fn(&Incident, &Context) -> Option<Refusal>>,
    /// How it is decided.
    pub run: Run,
}

impl Spec {
    /// The fields that most commands leave as they are.
    pub const PLAIN: Self = Self {
        word: "",
        aliases: &[],
        shape: Shape::None,
        needs: Needs::ANYWHERE,
        help: "",
        example: "",
        names_people: false,
        reads_board: false,
        reads_tracking: false,
        reads_delivery: false,
        reads_history: false,
        reached: None,
        run: Run::Anywhere(|_, _, _| Ok(Decision::ok(Vec::new()))),
    };

    /// Its word and aliases.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.word).chain(self.aliases.iter().copied())
    }

    /// Whether a missing argument is what is wrong first: elsewhere, the wrong place is.
    pub(super) fn is_open_to(&self, incident: Option<&Incident>) -> bool {
        match self.needs.with_argument {
            Need::Anywhere | Need::MainChannel => incident.is_none(),
            Need::Incident => incident.is_some(),
            Need::Active => incident.is_some_and(|incident| incident.state.is_active()),
            Need::Updatable => incident.is_some_and(|incident| incident.state.is_updatable()),
        }
    }
}

/// What follows a command's word. The text is how it is shown: `[@user]`, `title`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nothing.
    None,
    /// Something that can be left out.
    Optional(&'static str),
    /// Something that is needed.
    Required(&'static str),
}

/// Where or when a command can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Anywhere the bot is.
    Anywhere,
    /// In a desk's main channel.
    MainChannel,
    /// In an incident's channel.
    Incident,
    /// In the channel of an active incident.
    Active,
    /// In the channel of an updatable incident.
    Updatable,
}

/// What a command needs, which may depend on whether it was given an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// When nothing follows the word.
    pub bare: Need,
    /// When something does.
    pub with_argument: Need,
}

impl Needs {
    /// Anywhere.
    pub const ANYWHERE: Self = Self::always(Need::Anywhere);
    /// An incident's channel, in any state.
    pub const INCIDENT: Self = Self::always(Need::Incident);
    /// An active incident.
    pub const ACTIVE: Self = Self::always(Need::Active);
    /// An updatable incident.
    pub const UPDATABLE: Self = Self::always(Need::Updatable);
    /// Shows in any state, changes only what is updatable.
    pub const SHOWS_OR_SETS: Self = Self { bare: Need::Incident, with_argument: Need::Updatable };

    /// The same with and without an argument.
    pub const fn always(need: Need) -> Self {
        Self { bare: need, with_argument: need }
    }
}

/// How a command is decided.
#[derive(Clone, Copy)]
pub enum Run {
    /// In any channel; the incident is there when it is an incident's.
    Anywhere(fn(Option<&Incident>, &Argument, &Context) -> Verdict),
    /// In an incident's channel.
    Inside(fn(&Incident, &Argument, &Context) -> Verdict),
    /// It makes a new incident, whose number is `context.next_number`.
    Declares(fn(&Argument, &Context) -> Verdict),
}

/// What was typed behind a command's word.
#[derive(Clone, Copy, Debug)]
pub struct Argument<'a> {
    /// The word that was typed, in lower case, without the dot: one of the command's words.
    pub word: &'a str,
    /// What followed it, trimmed; several lines are kept.
    pub prose: &'a Prose,
}

impl Argument<'_> {
    /// Whether nothing that can be seen followed.
    pub fn is_empty(&self) -> bool {
        self.prose.is_blank()
    }

    /// What followed, as commands read it.
    pub fn readable(&self) -> String {
        self.prose.readable()
    }
}

/// Which optional services are configured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Services {
    /// An issue tracker.
    pub tracker: bool,
    /// A report platform.
    pub report: bool,
}

impl Services {
    /// Whether anything does what is to be done there; what would be done elsewhere is not to be done. The chat is
    /// always there.
    pub fn serve(self, destination: Destination) -> bool {
        match destination {
            Destination::Chat => true,
            Destination::Tracker => self.tracker,
            Destination::ReportPlatform => self.report,
        }
    }
}

/// What a decision may depend on beside the incident.
pub struct Context<'a> {
    /// When the command was typed (UTC).
    pub now: Timestamp,
    /// Who typed it.
    pub author: &'a Person,
    /// The message it was typed in.
    pub source: &'a Source,
    /// The desk: the incident's, the channel's, or the first.
    pub desk: &'a Desk,
    /// All desks.
    pub desks: &'a [Desk],
    /// Who is mentioned in the command and, where the command tells people by name, in the incident and on the board.
    pub people: &'a BTreeMap<UserId, Person>,
    /// The incidents of all desks that are not archived, by number; filled for commands that read it.
    pub board: &'a [BoardEntry],
    /// The receipts of the incident; filled for commands that read them.
    pub delivery: &'a Delivery,
    /// What was said in the incident's channel; there for commands that tell it, where the desk keeps it.
    pub history: Option<&'a History>,
    /// The number that a new incident gets; there for commands that declare.
    pub next_number: Option<IncidentId>,
    /// Which optional services are configured.
    pub services: Services,
    /// How the incident's tracking issue stands; there for commands that tell of it.
    pub tracking: Option<&'a Tracking>,
    /// The tracker's components; there for commands that name some where only these can be named.
    pub components: &'a Components,
}

/// The components that can be named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Components {
    /// Any.
    #[default]
    Any,
    /// These.
    These(Vec<String>),
    /// The tracker does not tell now.
    NotTold,
}

impl Context<'_> {
    /// Whether the command was typed in a desk's main channel.
    pub fn is_main_channel(&self) -> bool {
        self.desks.iter().any(|desk| desk.main_channel == self.source.channel)
    }

    /// What somebody is called: their name when it is known, the bare id otherwise.
    pub fn name(&self, user: &UserId) -> String {
        if *user == self.author.id {
            return self.author.name.clone();
        }
        self.people.get(user).map_or_else(|| user.to_string(), |person| person.name.clone())
    }

    /// The incident as it will be after these events.
    pub fn after(&self, incident: &Incident, events: &[Event]) -> Incident {
        let mut after = incident.clone();
        for recorded in self.record(incident.version, events) {
            evolve(&mut after, &recorded);
        }
        after
    }

    /// The events as they will be stored behind `version` earlier ones.
    pub fn record(&self, version: u64, events: &[Event]) -> Vec<Recorded> {
        (version + 1..)
            .zip(events)
            .map(|(seq, event)| Recorded {
                seq,
                at: self.now,
                author: Author::Person(self.author.id.clone()),
                source: Some(self.source.clone()),
                event: event.clone(),
            })
            .collect()
    }
}

/// What happens because of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The events it makes; none when it only reads.
    pub events: Vec<Event>,
    /// Its one answer.
    pub answer: Answer,
}

impl Decision {
    /// Done: the answer is the reaction `ok`.
    pub fn ok(events: Vec<Event>) -> Self {
        Self { events, answer: Answer::Ok }
    }

    /// It is so already: the answer is the reaction `ok_hand`.
    pub fn already() -> Self {
        Self { events: Vec::new(), answer: Answer::Already }
    }

    /// Only something to read.
    pub fn says(message: impl Into<Message>) -> Self {
        Self { events: Vec::new(), answer: Answer::Says(message.into()) }
    }

    /// Done, with something to read.
    pub fn done_and_says(events: Vec<Event>, message: impl Into<Message>) -> Self {
        Self { events, answer: Answer::Says(message.into()) }
    }
}

/// The one answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The reaction `ok`.
    Ok,
    /// The reaction `ok_hand`.
    Already,
    /// One threaded reply.
    Says(Message),
    /// One threaded reply with a file.
    Gives(Message, File),
}

/// Why a command was not done: the sentence that the person reads, with the way out. It is shown in the thread, with the
/// reaction `exclamation` on the command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(pub Message);

impl Refusal {
    /// A refusal of that wording.
    pub fn says(message: impl Into<Message>) -> Self {
        Self(message.into())
    }
}

/// What a command decides.
pub type Verdict = Result<Decision, Refusal>;
