//! Slack's message ids: seconds and microseconds since 1970, `1709139600.000100`, unique within a channel. A button
//! press has no message; it gets an id of the same kind, with its presser behind a colon, so that it sorts by its time.

use jiff::Timestamp;

use crate::core::ids::{MessageId, UserId};

/// The id of a press at a time by a person.
pub fn of_press(action_ts: &str, presser: &UserId) -> MessageId {
    MessageId::new(format!("{action_ts}:{presser}"))
}

/// Who pressed, when the id is that of a press.
pub fn presser(message: &MessageId) -> Option<UserId> {
    message.as_str().split_once(':').map(|(_, user)| UserId::new(user))
}

/// The id as Slack's methods take it.
pub fn of(message: &MessageId) -> &str {
    message.as_str().split(':').next().unwrap_or_default()
}

/// Whether a text is an id as Slack writes it.
pub fn is_ts(text: &str) -> bool {
    text.split_once('.').is_some_and(|(seconds, fraction)| {
        let digits =
            |part: &str, most| !part.is_empty() && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit());
        digits(seconds, 12) && digits(fraction, 6)
    })
}

/// When the message was sent.
pub fn instant(message: &MessageId) -> Option<Timestamp> {
    let (seconds, fraction) = of(message).split_once('.')?;
    let nanos: i32 = format!("{fraction:0<6}").parse::<i32>().ok()?.checked_mul(1_000)?;
    Timestamp::new(seconds.parse().ok()?, nanos).ok()
}

/// The id that a message of that instant would have.
pub fn at(instant: Timestamp) -> String {
    let micros = instant.as_microsecond().max(0);
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}
