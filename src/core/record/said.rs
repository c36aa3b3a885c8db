//! What was said in the incident's channel, as its record tells it: what people and other bots wrote, who came and went,
//! which topics people set. Left out is what the log tells already, commands and captured messages, what only asked this
//! bot to show something, and what it said itself.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::text::{Part, Text};
use super::{Who, person};
use crate::core::capture::Capture;
use crate::core::commands::{Heard, Need, Place, hear};
use crate::core::desk::Desk;
use crate::core::event::{Author, Event};
use crate::core::history::{Attached, History, Kept, Kind};
use crate::core::ids::{ChannelId, MessageId, Source, UserId};
use crate::core::incident::Incident;
use crate::core::message::utc;
use crate::core::person::Standing;
use crate::core::prose::{Piece, Prose};
use crate::core::words::people::{self, Names};

/// A record tells at most so many messages: several days of a busy channel, and a page that a browser still opens at once.
pub const MOST_MESSAGES: usize = 10_000;

/// And of at most so many bytes together: beyond that a file is no longer something to read.
pub const MOST_BYTES: usize = 4 << 20;

/// A message in the incident's channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// When it was sent; when it was deleted, if only that is known.
    pub at: Timestamp,
    /// Of which kind.
    pub kind: Kind,
    /// Who; without an id when it was a bot without a user, or when that is not known.
    pub by: Who,
    /// Whether a bot said it.
    pub by_bot: bool,
    /// What it says; of a topic, the topic. None when it was deleted and its words are not kept, and of joins.
    pub text: Option<Text>,
    /// The files with it.
    pub files: Vec<Attached>,
    /// When it was changed last.
    pub changed_at: Option<Timestamp>,
    /// When it was deleted.
    pub deleted_at: Option<Timestamp>,
    /// Which message it is, and in which thread.
    pub source: Source,
    /// Who began the thread that it is in, and when, as far as is known.
    #[serde(skip)]
    pub under: Option<(String, Timestamp)>,
}

impl Message {
    /// The word for its type in a timeline.
    pub fn word(&self) -> &'static str {
        match self.kind {
            Kind::Said if self.source.thread.is_some() => "reply",
            Kind::Said => "message",
            _ => "channel",
        }
    }

    /// It in words, its author included.
    pub fn told(&self) -> Text {
        let name = &self.by.name;
        match self.kind {
            Kind::Said => self.told_as_said(),
            Kind::Joined => words(format!("{name} joined")),
            Kind::Left => words(format!("{name} left")),
            Kind::Topic | Kind::Notice => match &self.text {
                Some(topic) if *topic != Text::default() => words(format!("{name} set the topic: ")).join(topic),
                _ => words(format!("{name} took the topic away")),
            },
        }
    }

    /// `Carol (to Bob, 17:04): since when? (file: graph.png) (changed at 17:06)`.
    fn told_as_said(&self) -> Text {
        let under = match (&self.source.thread, &self.under) {
            (None, _) => String::new(),
            (Some(_), Some((name, at))) => format!(" (to {name}, {})", self.clock(*at)),
            (Some(_), None) => " (in a thread)".to_owned(),
        };
        let mut said: Vec<Text> = self.text.iter().filter(|text| **text != Text::default()).cloned().collect();
        if let [first, rest @ ..] = self.files.as_slice() {
            let what = if rest.is_empty() { "(file: " } else { "(files: " };
            let files = rest.iter().fold(words(what).join(&file(first)), |text, one| text.words(", ").join(&file(one)));
            said.push(files.words(")"));
        }
        said.extend(self.changed_at.map(|at| words(format!("(changed at {})", self.clock(at)))));
        said.extend(self.deleted_at.map(|at| words(format!("(deleted at {})", self.clock(at)))));
        if said.is_empty() {
            said.push(words("(without words)"));
        }
        let mut out = words(format!("{}{under}:", self.by.name));
        for one in &said {
            out = out.words(" ").join(one);
        }
        out
    }

    /// A time beside its own: with the day when that is another.
    fn clock(&self, at: Timestamp) -> String {
        let zoned = |at: Timestamp| at.to_zoned(TimeZone::UTC);
        if zoned(at).date() == zoned(self.at).date() { zoned(at).strftime("%H:%M").to_string() } else { utc(at) }
    }
}

fn words(words: impl Into<String>) -> Text {
    Text::default().words(words)
}

fn file(file: &Attached) -> Text {
    let part = match &file.link {
        Some(link) => Part::Link(link.clone(), Some(file.name.clone()).filter(|name| name != link)),
        None => Part::Words(file.name.clone()),
    };
    Text::from_iter([part])
}

/// The messages that a record tells, in the order of the chat.
pub(super) fn messages(incident: &Incident, history: &History, names: &Names, desk: &Desk) -> Vec<Message> {
    let Some(channel) = &incident.channel else { return Vec::new() };
    let reader = Reader {
        own: own(incident, history),
        log: Logged::of(incident, channel),
        by_id: history.messages.iter().map(|kept| (&kept.source.message, kept)).collect(),
        names,
        desk,
    };
    history.messages.iter().filter(|kept| reader.is_told(kept)).map(|kept| reader.message(kept)).collect()
}

/// Who this bot is in the chat: whoever wrote what is on record as its words.
fn own<'a>(incident: &Incident, history: &'a History) -> Option<&'a UserId> {
    let posted: BTreeSet<&MessageId> = incident
        .events
        .iter()
        .filter_map(|recorded| match &recorded.event {
            Event::IntroPosted { message } => Some(message),
            Event::NagPosted { channel, message, .. } => {
                Some(message).filter(|_| incident.channel.as_ref() == Some(channel))
            }
            _ => None,
        })
        .collect();
    history.messages.iter().find(|kept| posted.contains(&kept.source.message))?.author.as_ref()
}

/// What the log has of the channel's messages.
struct Logged<'a> {
    /// Messages whose words were captured and stand in it, and when they were taken.
    captured: BTreeMap<&'a MessageId, Timestamp>,
    /// Messages that did something by themselves.
    commands: BTreeSet<&'a MessageId>,
}

impl<'a> Logged<'a> {
    fn of(incident: &'a Incident, channel: &ChannelId) -> Self {
        let source = |source: Option<&'a Source>| source.filter(|source| source.channel == *channel);
        let mut captured = BTreeMap::new();
        for recorded in incident.standing_events() {
            // Of the evidence for a moment the log has the moment alone.
            let Event::Captured { what: Capture::Event | Capture::ActionItem | Capture::Factor, .. } = &recorded.event
            else {
                continue;
            };
            if let Some(source) = source(recorded.source.as_ref()) {
                captured.insert(&source.message, recorded.at);
            }
        }
        let ever: BTreeSet<&MessageId> = incident
            .events
            .iter()
            .filter(|recorded| matches!(recorded.event, Event::Captured { .. }))
            .filter_map(|recorded| source(recorded.source.as_ref()).map(|source| &source.message))
            .collect();
        let sources = incident.events.iter().filter_map(|recorded| source(recorded.source.as_ref()));
        let commands = sources.map(|source| &source.message).filter(|message| !ever.contains(message)).collect();
        Self { captured, commands }
    }
}

struct Reader<'a> {
    own: Option<&'a UserId>,
    log: Logged<'a>,
    by_id: BTreeMap<&'a MessageId, &'a Kept>,
    names: &'a Names,
    desk: &'a Desk,
}

impl Reader<'_> {
    fn is_told(&self, kept: &Kept) -> bool {
        let is_ours = match (&kept.author, self.own) {
            (Some(author), Some(own)) => author == own,
            // Which bot this one is, is not known any more: then rather none than all of its answers.
            (Some(_), None) => kept.by_bot,
            (None, _) => false,
        };
        if is_ours {
            return false;
        }
        match kept.kind {
            Kind::Said => !self.is_in_log(kept) && !self.is_between_them_and_us(kept),
            // What happened to the channel in other ways is in the log, as far as it matters.
            Kind::Notice => false,
            Kind::Joined | Kind::Left | Kind::Topic => {
                kept.author.as_ref().is_some_and(|author| !self.is_bot(author)) && !kept.by_bot
            }
        }
    }

    /// Whether the log has it as it is now; what was changed since it was captured is told, as it reads differently.
    fn is_in_log(&self, kept: &Kept) -> bool {
        match self.log.captured.get(&kept.source.message) {
            Some(captured) => changed(kept).is_none_or(|at| at <= *captured),
            // Of a deleted command nothing may be left but its id.
            None => kept.text().is_none() && self.log.commands.contains(&kept.source.message),
        }
    }

    /// A command that is in the log with what it did, or that only asked to be shown something. One that was to change
    /// something and did not, as it was refused, has words that stand nowhere else.
    fn is_between_them_and_us(&self, kept: &Kept) -> bool {
        let Some(text) = kept.text().filter(|_| !kept.by_bot) else { return false };
        let text = text.trimmed();
        let text = match text.pieces() {
            [Piece::Person(user), rest @ ..] if self.is_bot(user) => rest.iter().cloned().collect::<Prose>(),
            _ => text,
        };
        let Heard::Command(typed) = hear(&text, self.desk, Place::Incident) else { return false };
        let changes = matches!(typed.spec.needs.with_argument, Need::Active | Need::Updatable);
        let says_more = changes && !typed.argument.is_blank();
        !says_more || self.log.commands.contains(&kept.source.message)
    }

    fn is_bot(&self, user: &UserId) -> bool {
        self.own == Some(user) || self.names.get(user).is_some_and(|person| person.standing == Standing::Bot)
    }

    fn message(&self, kept: &Kept) -> Message {
        let has_words = kept.kind == Kind::Said || kept.kind == Kind::Topic;
        let is_kept = kept.deleted.is_none() || self.desk.keep_deleted_text;
        let text = kept.text().filter(|_| has_words && is_kept);
        let under = kept.source.thread.as_ref().and_then(|thread| self.by_id.get(thread));
        Message {
            at: kept.at,
            kind: kept.kind,
            by: self.who(kept),
            by_bot: kept.by_bot,
            text: text.map(|text| Text::of_prose(&text.trimmed(), self.names)),
            files: if is_kept { kept.files.clone() } else { Vec::new() },
            changed_at: changed(kept).filter(|_| is_kept),
            deleted_at: kept.deleted,
            source: kept.source.clone(),
            under: under.map(|kept| (self.who(kept).name, kept.at)),
        }
    }

    fn who(&self, kept: &Kept) -> Who {
        match &kept.author {
            Some(author) if self.own == Some(author) => {
                Who { id: Some(author.clone()), name: people::author(self.names, &Author::Bot) }
            }
            Some(author) => person(self.names, author),
            None if kept.by_bot => Who { id: None, name: "A bot".to_owned() },
            None => Who { id: None, name: "Somebody".to_owned() },
        }
    }
}

/// When it was changed last, if it ever was.
fn changed(kept: &Kept) -> Option<Timestamp> {
    let last = kept.versions.last()?.since;
    (kept.kind == Kind::Said && last > kept.at).then_some(last)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::core::history::{Utterance, Version};
    use crate::core::moments::Moment;
    use crate::core::person::Person;
    use crate::core::record::{Format, Record, record_with_history, write};
    use crate::core::rehearsal::{ROOM, Rehearsal, prose};

    const BOT: &str = "U0BOT";

    fn at(minute: i64) -> Timestamp {
        "2024-02-28T17:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minute)
    }

    fn id(minute: i64) -> MessageId {
        MessageId::new(format!("{}.900000", at(minute).as_second()))
    }

    /// What somebody said so many minutes after five.
    fn said(minute: i64, by: &str, text: &str) -> Kept {
        Kept {
            source: Source { channel: ROOM.into(), message: id(minute), thread: None },
            at: at(minute),
            kind: Kind::Said,
            author: Some(by.into()),
            by_bot: false,
            files: Vec::new(),
            versions: vec![Version { since: at(minute), text: Some(prose(text)) }],
            deleted: None,
            reactions: Vec::new(),
        }
    }

    fn reply(to: i64, kept: Kept) -> Kept {
        Kept { source: Source { thread: Some(id(to)), ..kept.source }, ..kept }
    }

    fn changed_to(minute: i64, text: &str, mut kept: Kept) -> Kept {
        kept.versions.push(Version { since: at(minute), text: Some(prose(text)) });
        kept
    }

    fn deleted(minute: i64, kept: Kept) -> Kept {
        Kept { deleted: Some(at(minute)), ..kept }
    }

    /// Deleted, and its words were not kept.
    fn erased(minute: i64, mut kept: Kept) -> Kept {
        kept.versions.iter_mut().for_each(|version| version.text = None);
        deleted(minute, kept)
    }

    fn kind(kind: Kind, kept: Kept) -> Kept {
        Kept { kind, ..kept }
    }

    fn by_bot(kept: Kept) -> Kept {
        Kept { by_bot: true, ..kept }
    }

    fn file(name: &str, link: Option<&str>) -> Attached {
        Attached { name: name.to_owned(), link: link.map(ToOwned::to_owned) }
    }

    fn utterance(kept: &Kept) -> Utterance {
        Utterance {
            source: kept.source.clone(),
            at: kept.at,
            kind: kept.kind,
            author: kept.author.clone(),
            by_bot: kept.by_bot,
            text: kept.versions.first().unwrap().text.clone().unwrap(),
            files: kept.files.clone(),
            changed: None,
        }
    }

    /// The message that did something last.
    fn last_command(room: &Rehearsal, by: &str, text: &str) -> Kept {
        let recorded = room.incident().events.last().unwrap();
        Kept { source: recorded.source.clone().unwrap(), at: recorded.at, ..said(0, by, text) }
    }

    fn burning() -> Rehearsal {
        let mut room = Rehearsal::burning();
        room.records(Event::IntroPosted { message: id(0) });
        room
    }

    /// An hour with something of everything that can be said.
    fn everything() -> (Rehearsal, Vec<Kept>) {
        let mut room = burning();
        room.desk.captures = [("pushpin", Capture::Event), ("eyes", Capture::Moment(Moment::Detected))]
            .into_iter()
            .map(|(emoji, what)| (emoji.to_owned(), what))
            .collect();
        let mut all = vec![
            by_bot(said(0, BOT, "Welcome, here is what you can do")),
            kind(Kind::Joined, said(0, BOT, "joined")),
            kind(Kind::Topic, said(0, BOT, "[P2] CHECKOUT IS DOWN")),
            kind(Kind::Joined, said(1, "U0BOB", "<@U0BOB> joined")),
            kind(Kind::Joined, said(2, "U0CAROL", "<@U0CAROL> joined")),
        ];
        room.advance(SignedDuration::from_mins(2));
        room.bob(".note it began with the deploy").is_ok();
        all.push(last_command(&room, "U0BOB", ".note it began with the deploy"));
        let pinned = said(8, "U0CAROL", "the pool is full");
        let evidence = said(9, "U0CAROL", "I see the first errors");
        let not_pinned = said(10, "U0BOB", "a wrong lead");
        let pinned_then_changed = changed_to(40, "it was the 4.12 deploy", said(11, "U0BOB", "it was the 4.11 deploy"));
        room.advance(SignedDuration::from_mins(17));
        for (emoji, kept) in
            [("pushpin", &pinned), ("eyes", &evidence), ("pushpin", &not_pinned), ("pushpin", &pinned_then_changed)]
        {
            room.reacts("U0ALICE", emoji, &utterance(kept));
        }
        room.unreacts("U0ALICE", "pushpin", &utterance(&not_pinned));
        all.extend([
            said(4, "U0BOB", "the db is <slow> & *hot*\n# ask <@U0CAROL>"),
            reply(4, said(5, "U0CAROL", "since when? see <https://graphs.example/?a=1&b=2|the graph>")),
            Kept {
                files: vec![file("graph.png", Some("https://files.example/graph.png")), file("a <b>.log", None)],
                ..said(6, "U0DAVE", "")
            },
            changed_to(9, "it is the deploy", said(7, "U0ALICE", "it is teh deploy")),
            pinned,
            evidence,
            not_pinned,
            pinned_then_changed,
            erased(13, said(12, "U0DAVE", "password: hunter2")),
            by_bot(said(14, "U0ROBOT", "deploy of checkout 4.13 is through")),
            Kept { author: None, ..by_bot(said(15, "", "disk is full")) },
            by_bot(said(16, BOT, "Incident 1 is burning")),
            said(17, "U0ALICE", ".status"),
            said(18, "U0ALICE", ".status of the pizza"),
            said(19, "U0GINA", ".note guests may not write this"),
            said(20, "U0BOB", "<@U0BOT> .history"),
            kind(Kind::Topic, said(21, "U0BOB", "my <own> topic")),
            kind(Kind::Notice, said(22, "U0BOB", "pinned a message")),
            reply(16, said(23, "U0BOB", "thanks")),
            reply(-5, said(24, "U0BOB", "whatever that was")),
            said(25, "forgotten-0000000a", "[forgotten]"),
            kind(Kind::Left, said(26, "U0BOB", "left")),
            said(24 * 60, "U0CAROL", "good morning"),
        ]);
        room.desk.keep_deleted_text = false;
        room.advance(SignedDuration::from_hours(24));
        (room, all)
    }

    fn recorded(room: &Rehearsal, mut messages: Vec<Kept>) -> Record {
        messages.sort_by(|a, b| a.source.message.cmp(&b.source.message));
        let history = History { messages, is_whole: true };
        let mut names = room.people().clone();
        let bot = Person { standing: Standing::Bot, name: "Breaking".to_owned(), ..Person::unheard_of(BOT.into()) };
        names.insert(bot.id.clone(), bot);
        record_with_history(room.incident(), Some(&history), &names, &room.desk, room.now())
    }

    /// The timeline of a record that is written in that format.
    fn timeline(record: &Record, format: Format) -> String {
        let written = write(record, format);
        let (_, timeline) = written.split_once("Timeline").unwrap();
        timeline.to_owned()
    }

    /// What the timeline has of the messages, in Markdown.
    fn lines(room: &Rehearsal, messages: Vec<Kept>) -> Vec<String> {
        let record = recorded(room, messages);
        record.messages.unwrap().iter().map(|message| message.told().to_string()).collect()
    }

    #[test]
    fn what_was_said_stands_between_the_log_in_markdown() {
        let (room, all) = everything();
        insta::assert_snapshot!(timeline(&recorded(&room, all), Format::Markdown));
    }

    #[test]
    fn what_was_said_stands_between_the_log_in_html() {
        let (room, all) = everything();
        insta::assert_snapshot!(timeline(&recorded(&room, all), Format::Html));
    }

    #[test]
    fn what_was_said_is_beside_the_log_in_json() {
        let (room, all) = everything();
        let record = recorded(&room, all);
        let json: serde_json::Value = serde_json::from_str(&write(&record, Format::Json)).unwrap();
        let schema = serde_json::from_str(include_str!("../../../docs/incident.schema.json")).unwrap();
        assert_eq!(testing::schema::mistakes(&schema, &json), Vec::<String>::new());
        insta::assert_snapshot!(serde_json::to_string_pretty(&json["messages"]).unwrap());
    }

    #[test]
    fn deleted_words_are_told_only_where_they_are_kept() {
        let mut room = burning();
        let gone = || vec![Kept { files: vec![file("x.txt", None)], ..deleted(5, said(2, "U0DAVE", "hunter2")) }];
        assert_eq!(lines(&room, gone()), ["Dave: (deleted at 17:05)"]);
        room.desk.keep_deleted_text = true;
        assert_eq!(lines(&room, gone()), ["Dave: hunter2 (file: x.txt) (deleted at 17:05)"]);
        assert_eq!(lines(&room, vec![erased(5, said(2, "U0DAVE", "hunter2"))]), ["Dave: (deleted at 17:05)"]);
        let next_day = vec![deleted(25 * 60, changed_to(24 * 60, "hunter3", said(2, "U0DAVE", "hunter2")))];
        assert_eq!(
            lines(&room, next_day),
            ["Dave: hunter3 (changed at 2024-02-29 17:00 UTC) (deleted at 2024-02-29 18:00 UTC)"]
        );
    }

    #[test]
    fn a_deleted_command_that_did_something_is_in_the_log_alone() {
        let mut room = burning();
        room.bob(".note hello").is_ok();
        let command = last_command(&room, "U0BOB", ".note hello");
        assert_eq!(lines(&room, vec![erased(9, command)]), [""; 0]);
    }

    #[test]
    fn without_its_intro_on_record_every_bot_with_a_user_may_be_this_one() {
        let room = Rehearsal::burning();
        let all = vec![
            by_bot(said(1, BOT, "done")),
            by_bot(said(2, "U0ROBOT", "deployed")),
            Kept { author: None, ..by_bot(said(3, "", "disk is full")) },
            said(4, "U0BOB", "thanks"),
        ];
        assert_eq!(lines(&room, all), ["A bot: disk is full", "Bob: thanks"]);
    }

    #[test]
    fn who_comes_one_after_the_other_stands_in_one_line() {
        let room = burning();
        let users = ["U0ALICE", "U0BOB", "U0CAROL", "U0DAVE", "U0GINA", "U0OLGA", "U0DORA"];
        let comes = |n: i64, user: &&str| kind(Kind::Joined, said(n, user, "joined"));
        let told = |count: usize, more: Vec<Kept>| {
            let mut all: Vec<Kept> = (1..).zip(users.iter().take(count)).map(|(n, user)| comes(n, user)).collect();
            all.extend(more);
            let written = timeline(&recorded(&room, all), Format::Markdown);
            let lines = written.lines().filter_map(|line| line.split_once("· channel · "));
            lines.map(|(_, said)| said.to_owned()).collect::<Vec<String>>()
        };
        assert_eq!(told(1, Vec::new()), ["Alice joined"]);
        assert_eq!(told(3, vec![comes(20, &"U0BOB")]), ["Alice, Bob and Carol joined"]);
        assert_eq!(told(7, Vec::new()), ["Alice, Bob, Carol, Dave, Gina, Olga and 1 more joined"]);
        assert_eq!(
            told(2, vec![kind(Kind::Left, said(20, "U0BOB", "")), said(21, "U0BOB", "so"), comes(22, &"U0BOB")]),
            ["Alice and Bob joined", "Bob left", "Bob joined"]
        );
    }

    #[test]
    fn several_thousand_messages_are_told_and_where_it_ends_is_said() {
        let room = burning();
        let messages: Vec<Kept> = (1..=9_000).map(|n| said(n, "U0BOB", &format!("word {n} <b>"))).collect();
        let mut history = History { messages, is_whole: true };
        let mut told = |is_whole| {
            history.is_whole = is_whole;
            let record = record_with_history(room.incident(), Some(&history), room.people(), &room.desk, room.now());
            Format::ALL.map(|format| write(&record, format))
        };
        let end = "More was said than a record holds: what was said after 2024-03-05 23:00 UTC is in the channel alone. \
                   The log is whole.";
        let [markdown, json, html] = told(false);
        assert!(
            markdown.contains(end)
                && html.contains(end)
                && json.contains(r#""messages_end_at": "2024-03-05T23:00:00Z""#)
        );
        assert_eq!(html.matches("<tr class=\"message\">").count(), 9_000);
        let [markdown, json, _] = told(true);
        assert!(!markdown.contains("More was said") && !json.contains("messages_end_at"));
        assert_eq!(markdown.matches("· message · Bob: word ").count(), 9_000);
    }

    #[test]
    fn ordinary_messages_fit_as_many_as_are_told_at_most() {
        let ordinary = said(1, "U0BOB", &"x".repeat(300)).size();
        assert!((300..MOST_BYTES / MOST_MESSAGES).contains(&ordinary), "{ordinary}");
    }

    #[test]
    fn people_whose_names_are_needed_are_met_in_order() {
        let (_, all) = everything();
        let history = History { messages: all, is_whole: true };
        let people: Vec<&str> = history.people().into_iter().map(UserId::as_str).collect();
        assert_eq!(people.get(..4), Some(&[BOT, "U0BOB", "U0CAROL", "U0DAVE"][..]), "{people:?}");
        assert_eq!(people.iter().filter(|user| **user == "U0BOB").count(), 1);
    }
}
