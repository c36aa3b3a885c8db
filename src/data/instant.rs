//! Instants as they are stored: whole microseconds since 1970, UTC.

use std::borrow::Cow;

use jiff::Timestamp;

use super::StoreError;
use crate::core::event::Event;

/// The number that is stored.
pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// The instant of that number.
pub(super) fn from_micros(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|why| StoreError::corrupt("an instant", why))
}

/// The instant without what is finer than a microsecond. Microseconds reach both ends of jiff's range, so the other
/// branch does not happen.
pub(super) fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// The event with its instants as they are stored.
pub(super) fn whole_event(event: &Event) -> Cow<'_, Event> {
    let at = match event {
        Event::Acknowledged { at }
        | Event::Mitigated { at }
        | Event::Resolved { at }
        | Event::MomentSet { at, .. }
        | Event::Snoozed { until: at, .. }
        | Event::Captured { at, .. }
        | Event::ArchivalAnnounced { end: at }
        | Event::ArchivalPostponed { spoken: at } => *at,
        _ => return Cow::Borrowed(event),
    };
    if whole(at) == at {
        return Cow::Borrowed(event);
    }
    let mut event = event.clone();
    match &mut event {
        Event::Acknowledged { at }
        | Event::Mitigated { at }
        | Event::Resolved { at }
        | Event::MomentSet { at, .. }
        | Event::Snoozed { until: at, .. }
        | Event::Captured { at, .. }
        | Event::ArchivalAnnounced { end: at }
        | Event::ArchivalPostponed { spoken: at } => *at = whole(*at),
        _ => {}
    }
    Cow::Owned(event)
}

/// How a received time sorts among message ids, which the chat writes as seconds with six decimals.
pub(super) fn sort_key(at: Timestamp) -> String {
    let micros = at.as_microsecond().max(0);
    format!("{:010}.{:06}", micros / 1_000_000, micros % 1_000_000)
}
