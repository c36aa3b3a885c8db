//! What became of what came in and of what was to be done outside: the receipts that `.delivery` shows.

use jiff::Timestamp;

use super::effect::Effect;
use super::ids::{MessageId, UserId};
use super::inbound::Inbound;

/// What became of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It waits.
    Waiting,
    /// It was done.
    Sent,
    /// It was refused for good.
    Refused,
    /// A later one made it needless.
    Replaced,
}

/// The receipt of an effect. Instants are in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryEntry {
    /// What was to be done.
    pub effect: Effect,
    /// The lane in which it keeps its order.
    pub lane: String,
    /// What came in and caused it, unless that was pruned or the bot acted by itself.
    pub cause: Option<Inbound>,
    /// When that was received.
    pub received_at: Option<Timestamp>,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// What became of it.
    pub fate: Fate,
    /// When the attempt that settled it began.
    pub sent_at: Option<Timestamp>,
    /// When the chat confirmed or refused it, or a later one replaced it.
    pub settled_at: Option<Timestamp>,
    /// The message that it became.
    pub receipt: Option<MessageId>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is to be tried next, while it waits.
    pub next_attempt_at: Timestamp,
    /// What came of the last attempt that did not do it.
    pub last_error: Option<String>,
}

/// Something that came in and led to nothing yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// What came in.
    pub inbound: Inbound,
    /// When (UTC).
    pub received_at: Timestamp,
    /// Why it never will; `None` while it waits.
    pub set_aside: Option<String>,
}

/// The receipts of an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// What came in and led to nothing yet, in the order in which it is run.
    pub undecided: Vec<Undecided>,
    /// The last effects and those that wait, in the order in which they were decided.
    pub entries: Vec<DeliveryEntry>,
}

impl Delivery {
    /// Everybody whose command is in it, and whom its effects concern.
    pub fn people(&self) -> impl Iterator<Item = &UserId> {
        let causes = self.entries.iter().filter_map(|entry| entry.cause.as_ref());
        let authors = causes.chain(self.undecided.iter().map(|undecided| &undecided.inbound));
        let authors = authors.flat_map(|inbound| match inbound {
            Inbound::Typed { author, text, .. } => std::iter::once(author).chain(text.people()).collect(),
            Inbound::Joined { user, .. } => vec![user],
            _ => Vec::new(),
        });
        let concerned = self.entries.iter().flat_map(|entry| match &entry.effect {
            Effect::Invite { users, .. } => users.as_slice(),
            Effect::Whisper { to, .. } => std::slice::from_ref(to),
            _ => &[],
        });
        authors.chain(concerned)
    }
}
