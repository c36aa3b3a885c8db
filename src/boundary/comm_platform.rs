//! What the rest of the program needs of a chat, in the core's words: effects go out, messages and channel events come
//! in, and people and channels can be asked about. Nothing here decides anything.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::core::effect::Effect;
use crate::core::history::{Chatter, Utterance};
use crate::core::ids::{ChannelId, GroupId, MessageId, Source, UserId};
use crate::core::inbound::{Inbound, Outcome};
use crate::core::message::Message;
use crate::core::person::Person;
use crate::core::prose::Prose;
use crate::core::tracking::changes::Synced;

/// A boxed future: it makes the traits below usable as `Arc<dyn …>`, and a recording double easy to write.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An entry of the outbox. It travels in the metadata of what is posted, so that a post can be found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutboxKey(pub i64);

impl fmt::Display for OutboxKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What is known of earlier attempts at an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It was never tried, or every attempt surely did nothing. After one doubtful attempt it is never fresh again:
    /// a call that was given up may still be done late.
    Fresh,
    /// An earlier attempt may have done it, or a part of it: look before repeating.
    MaybeDone {
        /// When the first such attempt began.
        since: Timestamp,
    },
}

/// What came of an effect that is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The message that was posted; the first when the text took several.
    pub message: Option<MessageId>,
    /// What goes back to the incident, for an effect that [reports back](Effect::reports_back).
    pub outcome: Option<Outcome>,
    /// How the incident's issue stands now, for an effect in the issue tracker.
    pub synced: Option<Box<Synced>>,
}

/// What a throttled call must wait for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pace {
    /// Only this channel was too fast with this method.
    Channel(ChannelId),
    /// The method is exhausted for the whole workspace.
    Method,
}

/// Why an effect is not known to be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Too fast. Surely not done, unless `begun`.
    #[error("{method} is throttled for {retry_after:?}")]
    Throttled {
        /// How long to wait.
        retry_after: Duration,
        /// Which of the platform's methods.
        method: &'static str,
        /// What else must wait.
        pace: Pace,
        /// A part of the effect was done before.
        begun: bool,
    },
    /// The call was sent and no usable answer came: it may have been done.
    #[error("{method} has an unknown outcome: {why}")]
    Unknown {
        /// Which of the platform's methods.
        method: &'static str,
        /// What happened instead of an answer.
        why: String,
    },
    /// Not done now; may work soon. Surely not done, unless `begun`.
    #[error("{method} did not work: {why}")]
    Transient {
        /// Which of the platform's methods.
        method: &'static str,
        /// What went wrong.
        why: String,
        /// A part of the effect may have been done.
        begun: bool,
    },
    /// Refused for good.
    #[error("refused ({code}): {sentence}")]
    Refused {
        /// The platform's own word for it.
        code: String,
        /// One sentence with the way out, for the person who waits or for the operator.
        sentence: String,
        /// Whether it is for the operator to mend (a scope, a token, an invitation) rather than for the person.
        operator: bool,
    },
}

impl SendError {
    /// Whether the next attempt must look before it repeats, that is, be given [`Doubt::MaybeDone`].
    pub fn leaves_doubt(&self) -> bool {
        match self {
            Self::Unknown { .. } => true,
            Self::Throttled { begun, .. } | Self::Transient { begun, .. } => *begun,
            Self::Refused { .. } => false,
        }
    }

    /// Whether nobody is left to be told: the message that was answered is gone, or the person who was to see it.
    pub fn concerns_nobody(&self) -> bool {
        let gone = [
            "bad_timestamp",
            "cannot_reply_to_message",
            "invalid_thread_ts",
            "message_not_found",
            "thread_not_found",
            "user_not_in_channel",
        ];
        matches!(self, Self::Refused { code, .. } if gone.contains(&code.as_str()))
    }

    /// Whether trying again cannot help.
    pub fn is_permanent(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// What it means for its incident that an effect was refused or given up, when that waits to hear.
    pub fn outcome(&self, effect: &Effect) -> Option<Outcome> {
        match (self, effect) {
            (Self::Refused { sentence, .. }, Effect::OpenChannel { .. }) => {
                Some(Outcome::ChannelRefused { why: sentence.clone() })
            }
            (Self::Refused { sentence, .. }, Effect::ArchiveChannel { .. }) => {
                Some(Outcome::ArchivingFailed { why: sentence.clone() })
            }
            (_, Effect::ArchiveChannel { .. }) => Some(Outcome::ArchivingFailed { why: self.to_string() }),
            (Self::Refused { sentence, .. }, Effect::DraftReport { .. }) => {
                Some(Outcome::ReportRefused { why: sentence.clone() })
            }
            _ => None,
        }
    }
}

/// Why a question was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// Too fast.
    #[error("{method} is throttled for {retry_after:?}")]
    Throttled {
        /// How long to wait.
        retry_after: Duration,
        /// Which of the platform's methods.
        method: &'static str,
    },
    /// No usable answer; may work soon.
    #[error("{method} gave no answer: {why}")]
    Unanswered {
        /// Which of the platform's methods.
        method: &'static str,
        /// What happened instead.
        why: String,
    },
    /// Refused for good.
    #[error("refused ({code}): {sentence}")]
    Refused {
        /// The platform's own word for it.
        code: String,
        /// One sentence for the operator, with the way out.
        sentence: String,
    },
}

/// Who the bot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// The bot's own user.
    pub user: UserId,
    /// The name by which it is invited.
    pub name: String,
    /// The workspace's id.
    pub team: String,
    /// The workspace's name.
    pub workspace: String,
    /// The workspace's address, with a slash at its end.
    pub url: String,
}

/// What the platform says of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelState {
    /// Which.
    pub id: ChannelId,
    /// Its name, without `#`.
    pub name: String,
    /// Its topic as readable text.
    pub topic: String,
    /// Whether it is archived.
    pub archived: bool,
    /// Whether the bot is in it.
    pub member: bool,
    /// Whether one must be invited to it.
    pub private: bool,
    /// Whether other organisations are in it.
    pub shared: bool,
}

/// Something that a person wrote, decoded. Whether it is a command is the core's to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Where.
    pub source: Source,
    /// Who.
    pub author: UserId,
    /// When (UTC), by the platform's clock.
    pub at: Timestamp,
    /// What; a mention of the bot in front of it is taken off.
    pub text: Prose,
    /// Whether the platform said that the author belongs to another organisation.
    pub from_outside: bool,
    /// Whether it was changed after it was sent: then nobody knows what it said at first.
    pub changed: bool,
}

impl Said {
    /// As it is recorded, once it is known to be a command or nearly one; `late` when it was found in the history and
    /// is too old, or was changed, and so is not run without asking.
    pub fn typed(self, late: bool) -> Inbound {
        let Self { source, author, at, text, from_outside, changed: _ } = self;
        Inbound::Typed { source, author, at, text, from_outside, late, on: None }
    }
}

/// What was missed in a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// What people wrote, oldest first.
    pub said: Vec<Said>,
    /// Whether that is all of it. When there was more than was asked for, the oldest is missing.
    pub complete: bool,
}

/// Makes the address of a message.
pub type Permalink = Box<dyn Fn(&Source) -> String + Send + Sync>;

/// A chat that people and the bot share.
pub trait CommPlatform: Send + Sync + 'static {
    /// Does an effect, as one visible outcome however often it is called with the same key. A doubtful one is looked
    /// up first. What is already so counts as done.
    ///
    /// The exception is [`Effect::Whisper`]: what only one person sees cannot be looked up, so a doubtful one is
    /// counted as done and not repeated.
    fn perform<'a>(
        &'a self,
        key: OutboxKey,
        effect: &'a Effect,
        doubt: Doubt,
    ) -> Pending<'a, Result<Receipt, SendError>>;

    /// Says something in the thread of a message at once, beside the outbox: only for telling that the database is
    /// away.
    fn say_at_once<'a>(&'a self, to: &'a Source, message: &'a Message) -> Pending<'a, Result<(), SendError>>;

    /// How the address of a message is made, for pages outside of the chat; `None` when the platform has none, or does
    /// not tell now.
    fn permalinks(&self) -> Pending<'_, Option<Permalink>> {
        Box::pin(std::future::ready(None))
    }

    /// Who the bot is. Asked once, then remembered.
    fn me(&self) -> Pending<'_, Result<Me, LookupError>>;

    /// What the platform knows of a person. Nobody of that id is a person of unknown standing, not an error.
    fn person<'a>(&'a self, user: &'a UserId) -> Pending<'a, Result<Person, LookupError>>;

    /// The people of a group.
    fn group<'a>(&'a self, group: &'a GroupId) -> Pending<'a, Result<Vec<UserId>, LookupError>>;

    /// What the platform says of a channel.
    fn channel<'a>(&'a self, channel: &'a ChannelId) -> Pending<'a, Result<ChannelState, LookupError>>;

    /// The page where people read a channel, when the platform has one.
    fn page<'a>(&'a self, _channel: &'a ChannelId) -> Pending<'a, Option<String>> {
        Box::pin(async { None })
    }

    /// The id that a message sent at that instant would have: where reading back begins when no message is known.
    fn message_at(&self, at: Timestamp) -> MessageId;

    /// The id that a message sent so long before this one would have.
    fn message_before(&self, message: &MessageId, by: SignedDuration) -> MessageId;

    /// Enters a public channel; being in it already is success.
    fn join<'a>(&'a self, channel: &'a ChannelId) -> Pending<'a, Result<(), LookupError>>;

    /// What people wrote in a channel and its threads after a message, at most `limit` of it.
    fn missed<'a>(
        &'a self,
        channel: &'a ChannelId,
        after: &'a MessageId,
        limit: usize,
    ) -> Pending<'a, Result<Missed, LookupError>>;

    /// A page of what stands in a channel's root, or in a thread, after a message: in the root the newest first.
    fn history<'a>(
        &'a self,
        channel: &'a ChannelId,
        thread: Option<&'a MessageId>,
        after: &'a MessageId,
        from: Option<String>,
    ) -> Pending<'a, Result<HistoryPage, LookupError>>;

    /// A message as it stands now; `None` when it is gone.
    fn message<'a>(
        &'a self,
        channel: &'a ChannelId,
        message: &'a MessageId,
    ) -> Pending<'a, Result<Option<Utterance>, LookupError>>;
}

/// Tells which channels are an incident's, so that a channel that was made without its answer arriving can be told
/// from one that has been used.
pub trait KnownChannels: Send + Sync + 'static {
    /// Whether the channel belongs to an incident on record. An error means that it cannot be told now.
    fn is_known<'a>(&'a self, channel: &'a ChannelId) -> Pending<'a, Result<bool, String>>;
}

/// Something that came in and must be recorded before it is acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The platform's own key of the event; a redelivery has the same.
    pub event_key: String,
    /// What.
    pub what: Arrived,
}

/// What came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrived {
    /// Somebody wrote something. It is for the intake to tell whether it is a command; most is not.
    Said(Said),
    /// A button was pressed, or something happened to a channel. Always recorded.
    Happened(Inbound),
}

/// A page of what stands in a channel or thread.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryPage {
    /// The messages; a thread's first message stands on each of the thread's pages.
    pub found: Vec<Found>,
    /// Where the next page begins; `None` when this is the last.
    pub next: Option<String>,
}

/// A message that stands in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The message.
    pub utterance: Utterance,
    /// Whether it was deleted, and only its place is left because of its thread.
    pub gone: bool,
    /// The emoji on it, each with who put it there.
    pub reactions: Vec<(String, UserId)>,
    /// Whether that is all of them.
    pub all_reactions: bool,
    /// The latest message of the thread that it begins, if it begins one.
    pub latest_reply: Option<MessageId>,
}

/// The arrival could not be recorded. The platform is not told that it arrived, and delivers it again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not recorded: {0}")]
pub struct NotTaken(pub String);

/// Takes what comes in.
pub trait Intake: Send + Sync + 'static {
    /// Records an arrival, or finds that it need not be. `Ok` acknowledges it to the platform. Many are taken at once:
    /// each is polled before the next one arrives, which keeps their order, and is never given up half-way but for its
    /// timeout.
    fn take(&self, arrival: Arrival) -> Pending<'_, Result<(), NotTaken>>;

    /// Takes what is acknowledged in any case. Must return at once.
    fn overhear(&self, _chatter: Chatter) {}

    /// Something may come after what is said later: a connection was lost with something on its way, or another one serves
    /// beside it.
    fn disordered(&self) {}

    /// A connection stands. After a gap, something may have been missed.
    fn listening(&self, _after_gap: bool) {}
}
