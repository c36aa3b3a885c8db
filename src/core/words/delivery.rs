//! Receipts: when each command was received and decided, when what followed was sent and confirmed, and what waits and why.

use jiff::{SignedDuration, Timestamp};

use crate::core::delivery::{Delivery, DeliveryEntry, Fate, Undecided};
use crate::core::effect::{Effect, Purpose};
use crate::core::ids::{ChannelId, MessageId, Source};
use crate::core::inbound::{Inbound, Outcome};
use crate::core::incident::Incident;
use crate::core::message::{Line, Message, Span};
use crate::core::when::spoken;
use crate::core::words::people::{self, Names};

/// A command is shown by at most so many characters: enough to know it again.
const COMMAND_CHARS: usize = 80;

/// What was not tried for so long waits for something else.
const SOON: SignedDuration = SignedDuration::from_secs(1);

/// The receipts of an incident, what waits first, then the latest at the end. `own` is the command that asks, which waits
/// for nothing but this answer.
pub fn delivery(
    incident: &Incident,
    delivery: &Delivery,
    own: Option<&Source>,
    names: &Names,
    now: Timestamp,
) -> Message {
    let telling = Telling { names, now };
    let is_own = |inbound: &Inbound| matches!(inbound, Inbound::Typed { source, .. } if Some(source) == own);
    let (aside, undecided): (Vec<&Undecided>, Vec<&Undecided>) = delivery
        .undecided
        .iter()
        .filter(|undecided| !is_own(&undecided.inbound))
        .partition(|undecided| undecided.set_aside.is_some());
    let (waiting, settled): (Vec<&DeliveryEntry>, Vec<&DeliveryEntry>) =
        delivery.entries.iter().partition(|entry| entry.fate == Fate::Waiting);
    let head = Line::new().bold("Delivery").text(format!(" of incident {}: ", incident.id));
    let head = match undecided.len() + waiting.len() {
        0 => head.text("nothing waits."),
        1 => head.text("one thing waits."),
        n => head.text(format!("{n} things wait.")),
    };
    let mut message = Message::from(head)
        .lines(waiting.iter().map(|entry| telling.waits(entry)))
        .lines(undecided.iter().map(|undecided| telling.undecided(undecided)))
        .lines(aside.iter().map(|undecided| telling.aside(undecided)));
    if settled.is_empty() {
        return message;
    }
    message = message.line("Done last, in UTC; + counts from when it was received:");
    for same in settled.chunk_by(|a, b| is_one_turn(a, b)) {
        let Some(first) = same.first() else { continue };
        let base = first.received_at.unwrap_or(first.decided_at);
        message = message.line(telling.turn(first, base)).lines(same.iter().map(|entry| telling.done(entry, base)));
    }
    message
}

/// Whether both follow from the same.
fn is_one_turn(a: &DeliveryEntry, b: &DeliveryEntry) -> bool {
    a.cause == b.cause && (a.cause.is_some() || a.decided_at == b.decided_at)
}

struct Telling<'a> {
    names: &'a Names,
    now: Timestamp,
}

impl Telling<'_> {
    /// `2024-02-28 17:01:05.120 · Alice: .point · decided +3 ms`.
    fn turn(&self, entry: &DeliveryEntry, base: Timestamp) -> Line {
        let line = self.cause(Line::new(), entry.cause.as_ref(), base);
        match entry.received_at {
            Some(received) => line.text(format!(" · decided {}", after(received, entry.decided_at))),
            None => line,
        }
    }

    /// When it came, linked to its message, and what it was.
    fn cause(&self, line: Line, cause: Option<&Inbound>, at: Timestamp) -> Line {
        let (label, line) = (precise(at), line);
        let Some(inbound) = cause else { return line.text(format!("{label} · by itself")) };
        let (source, author, text, typed_at, late) = match inbound {
            Inbound::Typed { source, author, text, at, late, .. } => (source, author, text, *at, *late),
            Inbound::Joined { user, .. } => {
                return line.text(format!("{label} · {} joined", people::name(self.names, user)));
            }
            other => return line.text(format!("{label} · {}", happened(other))),
        };
        let line = line.with(Span::Permalink { source: source.clone(), label });
        let line = line.text(format!(" · {}: ", people::name(self.names, author)));
        let line = line.prose(&people::named(self.names, text).one_line().cut(COMMAND_CHARS));
        let way = at.duration_since(typed_at);
        match late {
            true => line.text(" · found in the history"),
            false if way >= SignedDuration::from_secs(1) => {
                line.text(format!(" · received {} after it was typed", length(way)))
            }
            false => line,
        }
    }

    fn done(&self, entry: &DeliveryEntry, base: Timestamp) -> Line {
        let line = self.what(Line::item(), entry);
        let settled = entry.settled_at.unwrap_or(entry.decided_at);
        let tries = match entry.attempts {
            0 | 1 => String::new(),
            n => format!(", tried {}", times(n)),
        };
        let line = match (entry.fate, entry.sent_at) {
            (Fate::Replaced, _) => return line.text(" · a later one replaced it"),
            (_, Some(sent)) => line.text(format!(" · sent {}", after(base, sent))),
            (_, None) => line.text(" · "),
        };
        match entry.fate {
            Fate::Refused => {
                let line = line.text(format!(" · refused {}{tries}", after(base, settled)));
                match entry.last_error.as_deref().map(|why| why.strip_prefix("refused ").ok_or(why)) {
                    Some(Ok(code_and_why)) => line.text(format!(" {code_and_why}")),
                    Some(Err(why)) => line.text(format!(": {why}")),
                    None => line,
                }
            }
            _ => line.text(format!(" · confirmed {}{tries}", after(base, settled))),
        }
    }

    fn waits(&self, entry: &DeliveryEntry) -> Line {
        let line = self.what(Line::item(), entry);
        let line = line.text(format!(" waits for {}: ", self.since(entry.decided_at)));
        let line = match &entry.last_error {
            Some(why) => {
                let next = entry.next_attempt_at.duration_since(self.now);
                let next = if next.is_positive() { format!("in {}", length(next)) } else { "now".to_owned() };
                line.text(format!("tried {}, {why}, next try {next}", times(entry.attempts)))
            }
            None if self.now.duration_since(entry.decided_at) < SOON => line.text("about to be sent"),
            None => line.text("not tried yet, something else of its channel goes first"),
        };
        let base = entry.received_at.unwrap_or(entry.decided_at);
        self.cause(line.text(" (for "), entry.cause.as_ref(), base).text(")")
    }

    fn undecided(&self, undecided: &Undecided) -> Line {
        let line = Line::item().text(format!("Not decided for {}: ", self.since(undecided.received_at)));
        self.cause(line, Some(&undecided.inbound), undecided.received_at)
    }

    fn aside(&self, undecided: &Undecided) -> Line {
        let line = self.cause(Line::item().text("Not run: "), Some(&undecided.inbound), undecided.received_at);
        match &undecided.set_aside {
            Some(why) => line.text(format!(" ({why})")),
            None => line,
        }
    }

    fn since(&self, then: Timestamp) -> String {
        length(self.now.duration_since(then).max(SignedDuration::ZERO))
    }

    /// What was to be done; a message that stands is linked.
    fn what(&self, line: Line, entry: &DeliveryEntry) -> Line {
        let linked = |line: Line, words: &str, channel: &ChannelId, thread: Option<MessageId>| match &entry.receipt {
            Some(message) => line.with(Span::Permalink {
                source: Source { channel: channel.clone(), message: message.clone(), thread },
                label: words.to_owned(),
            }),
            None => line.text(words),
        };
        let thread_of = |to: &Source| Some(to.answer_thread().clone());
        let person = |user| people::name(self.names, user);
        match &entry.effect {
            Effect::React { reaction, .. } => line.text("reaction ").emoji(reaction.emoji()),
            Effect::Unreact { reaction, .. } => line.text("taking back of the reaction ").emoji(reaction.emoji()),
            Effect::Reply { to, .. } => linked(line, "reply in the thread", &to.channel, thread_of(to)),
            Effect::Attach { to, file, .. } => {
                linked(line, &format!("reply with {}", file.name), &to.channel, thread_of(to))
            }
            Effect::Whisper { to, .. } => line.text(format!("word to {} alone", person(to))),
            Effect::Post { channel, purpose, .. } => {
                let words = match purpose {
                    Purpose::Intro => "intro",
                    Purpose::Announcement => "announcement",
                    Purpose::Milestone => "post",
                    Purpose::ReportSection => "section of the report",
                    Purpose::Report => "word on the report's draft",
                    Purpose::Nag { .. } => "reminder",
                };
                linked(line, words, channel, None).text(" in ").channel(channel)
            }
            Effect::Rewrite { channel, .. } => line.text("change of a reminder in ").channel(channel),
            Effect::Remove { channel, .. } => line.text("removal of a reminder in ").channel(channel),
            Effect::OpenChannel { name } => line.text(format!("making of the channel {name}")),
            Effect::SetTopic { .. } => line.text("topic"),
            Effect::Invite { users, .. } => {
                let users: Vec<String> = users.iter().map(person).collect();
                line.text(format!("invitation of {}", users.join(", ")))
            }
            Effect::Pin { .. } => line.text("pin"),
            Effect::Bookmark { title, .. } => line.text(format!("bookmark {title}")),
            Effect::ArchiveChannel { .. } => line.text("archiving of the channel"),
            Effect::TrackOpen => line.text("tracking issue"),
            Effect::TrackSync => line.text("sync of the tracking issue"),
            Effect::DraftReport { .. } => line.text("draft of the report"),
        }
    }
}

/// What came in without being typed.
fn happened(inbound: &Inbound) -> &'static str {
    match inbound {
        Inbound::Typed { .. } => "somebody typed a command",
        Inbound::Reacted { .. } => "somebody reacted",
        Inbound::Joined { .. } => "somebody joined",
        Inbound::ChannelArchived { .. } => "the channel was archived",
        Inbound::ChannelUnarchived { .. } => "the channel was unarchived",
        Inbound::ChannelRenamed { .. } => "the channel was renamed",
        Inbound::ChannelDeleted { .. } => "the channel was deleted",
        Inbound::Came { outcome, .. } => match outcome {
            Outcome::ChannelOpened { .. } => "the channel was made",
            Outcome::ChannelRefused { .. } => "the channel could not be made",
            Outcome::IntroPosted { .. } => "the intro was posted",
            Outcome::ArchivingFailed { .. } => "the channel could not be archived",
            Outcome::NagPosted { .. } => "a reminder was posted",
            Outcome::Tracked { .. } => "the issue tracker answered",
            Outcome::ReportDrafted { .. } => "the report was drafted",
            Outcome::ReportRefused { .. } => "the report could not be drafted",
        },
    }
}

fn times(n: u32) -> String {
    match n {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    }
}

fn precise(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

fn after(base: Timestamp, at: Timestamp) -> String {
    format!("+{}", length(at.duration_since(base).max(SignedDuration::ZERO)))
}

/// A duration to the millisecond below a second, to a tenth below a minute: `12 ms`, `1.2 s`, `3 m`.
fn length(d: SignedDuration) -> String {
    let millis = d.as_millis();
    match millis {
        ..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{}.{} s", millis / 1_000, millis / 100 % 10),
        _ => spoken(d),
    }
}
