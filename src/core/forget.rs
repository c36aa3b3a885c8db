//! Forgetting a person: what they wrote and what they are called goes, what happened and when stays.
//!
//! Each text is replaced by one, in its place, so that the event keeps its shape: its chain of hashes holds on to it
//! ([`chain`](crate::data)).

use super::commands::slug;
use super::event::{Author, Event, Recorded};
use super::ids::{MessageId, Source, UserId};
use super::inbound::Inbound;
use super::prose::{Piece, Prose};

/// What stands where a person's words stood.
pub const WORDS: &str = "[forgotten]";

/// How the ids begin that stand for people who were forgotten. No chat makes such ids.
const PREFIX: &str = "forgotten-";

/// Who stands for a forgotten person; `tag` tells several apart, and must not be made from who they were.
pub fn placeholder(tag: u32) -> UserId {
    UserId::new(format!("{PREFIX}{tag:08x}"))
}

/// Whether that id stands for a person who was forgotten.
pub fn is_forgotten(user: &UserId) -> bool {
    is_placeholder_id(user.as_str())
}

fn is_placeholder_id(text: &str) -> bool {
    text.strip_prefix(PREFIX).is_some_and(|tag| tag.len() == 8 && tag.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether a text is one that stands for a forgotten one.
pub fn is_placeholder(text: &str) -> bool {
    // A press of a button is called by its time and its presser.
    let id = text.rsplit_once(':').map_or(text, |(_, behind)| behind);
    text == WORDS || is_placeholder_id(id)
}

/// One person, to be forgotten.
#[derive(Clone, Debug)]
pub struct Forget<'a> {
    /// Who.
    pub user: &'a UserId,
    /// Who stands for them from now on; see [`placeholder`].
    pub by: &'a UserId,
}

impl Forget<'_> {
    /// The events of an incident without this person and their words; each event keeps its place and its shape. What
    /// others wrote about them in plain words stays.
    pub fn events(&self, events: &[Recorded]) -> Vec<Recorded> {
        // A channel may be named after the title that they gave.
        let slugs: Vec<String> = events
            .iter()
            .filter(|recorded| self.is_author(recorded))
            .filter_map(|recorded| match &recorded.event {
                Event::Declared { title, .. } => Some(slug(&title.readable())),
                _ => None,
            })
            .filter(|slug| !slug.is_empty())
            .collect();
        let mut captured: Option<&Recorded> = None;
        let forgotten = events.iter().map(|original| {
            let mut recorded = original.clone();
            if writer(original, captured) == Some(self.user) {
                words(&mut recorded.event);
            }
            captured = Some(original);
            if self.is_author(&recorded) {
                recorded.author = Author::Person(self.by.clone());
            }
            self.mentions(&mut recorded.event);
            if let Some(name) = channel_name(&mut recorded.event)
                && slugs.iter().any(|slug| name.contains(slug))
            {
                WORDS.clone_into(name);
            }
            if let Some(source) = &mut recorded.source {
                self.source(source);
            }
            recorded
        });
        forgotten.collect()
    }

    fn is_author(&self, recorded: &Recorded) -> bool {
        matches!(&recorded.author, Author::Person(author) if author == self.user)
    }

    /// Something that came in, when it has anything of theirs.
    pub fn inbound(&self, inbound: &Inbound) -> Option<Inbound> {
        let mut changed = inbound.clone();
        match &mut changed {
            Inbound::Typed { source, author, text, .. } => {
                *text = if author == self.user { without_words(text) } else { self.unmentioned(text) };
                self.id(author);
                self.source(source);
            }
            Inbound::Joined { user, .. } | Inbound::Reacted { by: user, .. } => self.id(user),
            Inbound::ChannelArchived { by, .. } | Inbound::ChannelUnarchived { by, .. } => {
                by.iter_mut().for_each(|user| self.id(user));
            }
            Inbound::ChannelRenamed { .. } | Inbound::ChannelDeleted { .. } | Inbound::Came { .. } => {}
        }
        (changed != *inbound).then_some(changed)
    }

    /// The name of a message or an event of the chat: that of a button's press has the presser in it.
    pub fn key(&self, key: &str) -> String {
        let mut parts: Vec<&str> = key.split(':').collect();
        for part in &mut parts {
            if *part == self.user.as_str() {
                *part = self.by.as_str();
            }
        }
        parts.join(":")
    }

    fn source(&self, source: &mut Source) {
        source.message = MessageId::new(self.key(source.message.as_str()));
    }

    fn id(&self, user: &mut UserId) {
        if user == self.user {
            *user = self.by.clone();
        }
    }

    fn mentions(&self, event: &mut Event) {
        if let Event::RoleTaken { user, .. } | Event::Captured { author: Some(user), .. } = event {
            self.id(user);
        }
        for prose in proses(event) {
            *prose = self.unmentioned(prose);
        }
    }

    /// A text of the history: without a word of theirs, or without naming them.
    pub fn text(&self, text: &Prose, is_theirs: bool) -> Prose {
        if is_theirs { without_words(text) } else { self.unmentioned(text) }
    }

    fn unmentioned(&self, prose: &Prose) -> Prose {
        let pieces = prose.pieces().iter().map(|piece| match piece {
            Piece::Person(user) if user == self.user => Piece::Person(self.by.clone()),
            other => other.clone(),
        });
        pieces.collect()
    }
}

/// Who wrote what is in an event: its author, but for what was captured. `before` is the event before it.
fn writer<'r>(recorded: &'r Recorded, before: Option<&'r Recorded>) -> Option<&'r UserId> {
    let capture = match (&recorded.event, before) {
        (Event::Captured { .. }, _) => Some(recorded),
        (Event::ActionItemAdded { .. } | Event::FactorFound { .. }, Some(before)) => {
            let belongs = before.source == recorded.source && before.seq + 1 == recorded.seq;
            Some(before).filter(|_| belongs)
        }
        _ => None,
    };
    match (capture.map(|capture| &capture.event), &recorded.author) {
        (Some(Event::Captured { author, .. }), _) => author.as_ref(),
        (_, Author::Person(author)) => Some(author),
        (_, Author::Bot) => None,
    }
}

/// Replaces everything that its author wrote.
fn words(event: &mut Event) {
    for prose in proses(event) {
        *prose = without_words(prose);
    }
    if let Event::CodeChanged { url: words } | Event::Canceled { why: Some(words) } = event {
        WORDS.clone_into(words);
    }
}

/// Piece by piece, so that it keeps its shape. Whom it mentions is not said by its words.
fn without_words(prose: &Prose) -> Prose {
    let pieces = prose.pieces().iter().map(|piece| match piece {
        Piece::Text(_) => Piece::Text(WORDS.to_owned()),
        Piece::Link(_, label) => Piece::Link(WORDS.to_owned(), label.as_ref().map(|_| WORDS.to_owned())),
        Piece::Person(_) | Piece::Channel(..) => piece.clone(),
    });
    pieces.collect()
}

/// The name of the incident's channel.
fn channel_name(event: &mut Event) -> Option<&mut String> {
    match event {
        Event::Declared { channel_name: name, .. } | Event::Opened { name, .. } | Event::ChannelRenamed { name } => {
            Some(name)
        }
        _ => None,
    }
}

/// What was written in it. Every kind is named, so that a new one is not left out.
fn proses(event: &mut Event) -> Vec<&mut Prose> {
    match event {
        Event::Declared { title: text, .. }
        | Event::Titled { title: text }
        | Event::Summarized { text }
        | Event::Notified { text }
        | Event::FactorFound { text }
        | Event::Noted { text }
        | Event::Captured { text, .. }
        | Event::ComponentAdded { name: text }
        | Event::ComponentRemoved { name: text }
        | Event::AffectedAdded { name: text }
        | Event::AffectedRemoved { name: text } => vec![text],
        Event::Blocked { whom: text, reason: more, .. } | Event::ActionItemAdded { title: text, detail: more } => {
            std::iter::once(text).chain(more).collect()
        }
        Event::Prioritized { reason, .. } => reason.iter_mut().collect(),
        Event::Opened { .. }
        | Event::IntroPosted { .. }
        | Event::RoleTaken { .. }
        | Event::Acknowledged { .. }
        | Event::Mitigated { .. }
        | Event::Unmitigated
        | Event::Resolved { .. }
        | Event::Unresolved
        | Event::Restarted
        | Event::Canceled { .. }
        | Event::Uncanceled
        | Event::MomentSet { .. }
        | Event::MomentCleared { .. }
        | Event::CaptureSeconded { .. }
        | Event::CaptureLeft { .. }
        | Event::Uncaptured { .. }
        | Event::ArchivalAnnounced { .. }
        | Event::ArchivalPostponed { .. }
        | Event::ArchivingFailed { .. }
        | Event::ArchivingRepeated
        | Event::Unblocked { .. }
        | Event::CodeChanged { .. }
        | Event::ReviewStepped { .. }
        | Event::ReadyForReview
        | Event::Completed
        | Event::Archived
        | Event::Unarchived
        | Event::ChannelArchived
        | Event::ChannelUnarchived
        | Event::ChannelRenamed { .. }
        | Event::Nagged { .. }
        | Event::NagPosted { .. }
        | Event::Snoozed { .. }
        | Event::Unsnoozed { .. }
        | Event::IssueLinked { .. }
        | Event::ActionItemTracked { .. }
        | Event::IssueMoved { .. }
        | Event::ReportAsked
        | Event::ReportDrafted { .. }
        | Event::ReportRefused { .. }
        | Event::Forgotten { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::core::incident::Role;

    fn recorded(author: &str, event: Event) -> Recorded {
        let source = Source { channel: "C1".into(), message: format!("1.000001:{author}").into(), thread: None };
        let author = Author::Person(author.into());
        Recorded { seq: 1, at: Timestamp::UNIX_EPOCH, author, source: Some(source), event }
    }

    #[test]
    fn what_was_captured_is_its_writers_and_not_who_captured_its() {
        let captured = |author: &str| Event::Captured {
            what: crate::core::capture::Capture::ActionItem,
            at: Timestamp::UNIX_EPOCH,
            author: Some(author.into()),
            text: "the words".into(),
        };
        let item = || Event::ActionItemAdded { title: "the words".into(), detail: None };
        let events = |author: &str, reactor: &str| {
            let second = Recorded { seq: 2, ..recorded(reactor, item()) };
            vec![recorded(reactor, captured(author)), second]
        };
        let by = placeholder(7);
        let user = UserId::new("U0BOB");
        let forget = Forget { user: &user, by: &by };
        for (author, reactor, words) in [("U0BOB", "U0ALICE", WORDS), ("U0ALICE", "U0BOB", "the words")] {
            let forgotten = forget.events(&events(author, reactor));
            let [first, second] = forgotten.as_slice() else { panic!("{forgotten:?}") };
            let Event::Captured { author: now, text, .. } = &first.event else { panic!("{first:?}") };
            assert_eq!((text.readable().as_str(), now.as_ref() == Some(&by)), (words, author == "U0BOB"));
            assert!(matches!(&second.event, Event::ActionItemAdded { title, .. } if title.readable() == words));
            assert_eq!(first.author == Author::Person(by.clone()), reactor == "U0BOB");
        }
    }

    fn mention(of: &str) -> Prose {
        let pieces = [
            Piece::Text("ask ".into()),
            Piece::Person(of.into()),
            Piece::Text(" about ".into()),
            Piece::Link("https://example.com/private".into(), Some("my page".into())),
        ];
        pieces.into_iter().collect()
    }

    #[test]
    fn a_persons_words_go_and_what_happened_stays() {
        let (alice, by) = ("U0ALICE".into(), placeholder(0x2a));
        assert_eq!(by.as_str(), "forgotten-0000002a");
        let forget = Forget { user: &alice, by: &by };
        let title = "Checkout, by Alice";
        let events = [
            recorded(
                "U0ALICE",
                Event::Declared {
                    desk: "main".into(),
                    title: title.into(),
                    level: crate::core::ids::Level(1),
                    channel_name: "breaking-1-checkout-by-alice".into(),
                },
            ),
            recorded("U0BOB", Event::RoleTaken { role: Role::Comms, user: "U0ALICE".into() }),
            recorded("U0BOB", Event::Noted { text: mention("U0ALICE") }),
            recorded("U0ALICE", Event::Noted { text: mention("U0BOB") }),
            recorded("U0ALICE", Event::CodeChanged { url: "https://example.com/alice".into() }),
            recorded("U0BOB", Event::Opened { channel: "C1".into(), name: "breaking-1-checkout-by-alice_2".into() }),
            recorded("U0BOB", Event::Noted { text: "only mine".into() }),
        ];
        let after = forget.events(&events);
        insta::assert_snapshot!(serde_json::to_string_pretty(&after).unwrap());
        assert_eq!(after.last(), events.last());
        assert_eq!(forget.events(&after), after, "a second time changes nothing");
    }

    #[test]
    fn what_stands_for_something_forgotten_is_told_from_the_rest() {
        for placeholder in [WORDS, "forgotten-0000002a", "1709139660.123456:forgotten-0000002a"] {
            assert!(is_placeholder(placeholder), "{placeholder}");
        }
        for other in ["", "forgotten", "forgotten-2a", "forgotten-0000002g", "[forgotten] and more", "U0ALICE"] {
            assert!(!is_placeholder(other), "{other}");
        }
    }

    #[test]
    fn what_came_in_is_forgotten_too() {
        let (alice, by) = ("U0ALICE".into(), placeholder(1));
        let forget = Forget { user: &alice, by: &by };
        let joined = |user: &str| Inbound::Joined { channel: "C1".into(), user: user.into() };
        assert_eq!(forget.inbound(&joined("U0ALICE")), Some(joined("forgotten-00000001")));
        assert_eq!(forget.inbound(&joined("U0BOB")), None);
        assert_eq!(forget.key("press:1.0:U0ALICE"), "press:1.0:forgotten-00000001");
        assert_eq!(forget.key("press:1.0:U0ALICE2"), "press:1.0:U0ALICE2");
    }
}
