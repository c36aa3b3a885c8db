//! What the destinations taught about their limits: after a 429 a method, in one channel or in all, rests as long as it
//! was told to, and is then used more slowly for a while. What is not the chat rests as a whole.

use std::collections::HashMap;
use std::mem::{Discriminant, discriminant};
use std::time::{Duration, Instant};

use crate::boundary::comm_platform::Pace;
use crate::core::effect::{Destination, Effect};

/// How long a lesson is remembered after the last throttling.
const REMEMBERED: Duration = Duration::from_secs(60);
/// The spacing that a first throttling teaches; another one doubles it. Slack's chat.postMessage takes about one message
/// a second in a channel.
const FIRST_SPACING: Duration = Duration::from_secs(1);
/// The widest spacing.
const WIDEST_SPACING: Duration = Duration::from_secs(8);

type Key = (Method, Option<String>);

/// What is throttled: the chat counts each kind of effect by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Method {
    OfChat(Discriminant<Effect>),
    Beside(Destination),
}

fn method(effect: &Effect) -> Method {
    match effect.destination() {
        Destination::Chat => Method::OfChat(discriminant(effect)),
        other => Method::Beside(other),
    }
}

/// The paces by method, in one lane or in all.
#[derive(Debug, Default)]
pub struct Paces {
    lessons: HashMap<Key, Lesson>,
}

#[derive(Debug)]
struct Lesson {
    not_before: Instant,
    spacing: Duration,
    taught: Instant,
}

impl Paces {
    /// The chat said that it was too fast.
    pub fn throttled(&mut self, lane: &str, effect: &Effect, pace: &Pace, retry_after: Duration, now: Instant) {
        let lane = match pace {
            Pace::Channel(_) => Some(lane.to_owned()),
            Pace::Method => None,
        };
        self.lessons.retain(|_, lesson| now.duration_since(lesson.taught) < REMEMBERED || lesson.not_before > now);
        let until = now + retry_after;
        self.lessons
            .entry((method(effect), lane))
            .and_modify(|lesson| {
                lesson.not_before = lesson.not_before.max(until);
                lesson.spacing = (lesson.spacing * 2).min(WIDEST_SPACING);
                lesson.taught = now;
            })
            .or_insert(Lesson { not_before: until, spacing: FIRST_SPACING, taught: now });
    }

    /// How long the effect must wait; `None` when it may leave at once.
    pub fn rest(&self, lane: &str, effect: &Effect, now: Instant) -> Option<Duration> {
        let kind = method(effect);
        [Some(lane.to_owned()), None]
            .into_iter()
            .filter_map(|lane| self.lessons.get(&(kind, lane)))
            .filter_map(|lesson| lesson.not_before.checked_duration_since(now))
            .filter(|pause| !pause.is_zero())
            .max()
    }

    /// The effect leaves now.
    pub fn used(&mut self, lane: &str, effect: &Effect, now: Instant) {
        if self.lessons.is_empty() {
            return;
        }
        let kind = method(effect);
        for key in [(kind, Some(lane.to_owned())), (kind, None)] {
            if let Some(lesson) = self.lessons.get_mut(&key) {
                if now.duration_since(lesson.taught) > REMEMBERED {
                    self.lessons.remove(&key);
                } else {
                    lesson.not_before = now + lesson.spacing;
                }
            }
        }
    }
}
