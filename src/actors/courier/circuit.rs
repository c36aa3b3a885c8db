//! What the courier knows of each destination: whether it answers, and how much is on its way there. A destination that
//! is away is tried by one call at a time, and never delays another.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::boundary::backoff::Backoff;
use crate::core::effect::{Class, Destination};

/// So many calls in a row without an answer open the circuit: then one call at a time tries whether it is back.
const CIRCUIT: u32 = 5;
/// So many effects at once are on their way to what is not the chat: nobody waits for them, and these systems count calls.
const BESIDE: usize = 4;
/// So many calls at once are on their way to the chat: more than its limits take, and fewer than a process may have
/// connections. Whoever waits for an answer goes before the others.
const CHAT: usize = 128;

/// Whether an effect may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Now.
    Go,
    /// Not before so long.
    Rest(Duration),
    /// When another one is back; its lane is told then.
    Queue,
}

/// The destinations.
#[derive(Debug, Default)]
pub struct Circuits(BTreeMap<Destination, Circuit>);

#[derive(Debug, Default)]
struct Circuit {
    /// Calls in a row that had no answer.
    silent: u32,
    /// Effects on their way.
    flying: usize,
    /// Lanes that wait for one of these to be back: by the class of what is first there, then in turn.
    queue: BTreeMap<(Class, u64), String>,
    /// Counts who queued.
    turn: u64,
    /// The pauses between tries while it is away.
    backoff: Backoff,
    /// No try before then.
    not_before: Option<Instant>,
}

impl Circuits {
    /// Whether an effect may leave for there. `pause` is how long a lane rests while another one tries.
    pub fn admits(&self, destination: Destination, pause: Duration, now: Instant) -> Admission {
        let Some(circuit) = self.0.get(&destination) else { return Admission::Go };
        let is_open = circuit.silent >= CIRCUIT;
        if is_open && circuit.flying > 0 {
            return Admission::Rest(pause);
        }
        if is_open && let Some(left) = circuit.not_before.and_then(|until| until.checked_duration_since(now)) {
            return Admission::Rest(left.max(Duration::from_millis(1)));
        }
        let most = if destination == Destination::Chat { CHAT } else { BESIDE };
        if circuit.flying >= most { Admission::Queue } else { Admission::Go }
    }

    /// The lane goes on when another one is back; `class` is that of its first effect.
    pub fn queue(&mut self, destination: Destination, class: Class, lane: &str) {
        let circuit = self.0.entry(destination).or_default();
        circuit.turn += 1;
        circuit.queue.insert((class, circuit.turn), lane.to_owned());
    }

    /// An effect leaves.
    pub fn leaves(&mut self, destination: Destination) {
        self.0.entry(destination).or_default().flying += 1;
    }

    /// An effect is back.
    pub fn is_back(&mut self, destination: Destination) {
        let circuit = self.0.entry(destination).or_default();
        circuit.flying = circuit.flying.saturating_sub(1);
    }

    /// The next lane that goes on, now that there may be room.
    pub fn next(&mut self, destination: Destination, now: Instant) -> Option<String> {
        if self.admits(destination, Duration::ZERO, now) != Admission::Go {
            return None;
        }
        self.0.get_mut(&destination)?.queue.pop_first().map(|(_, lane)| lane)
    }

    /// The destinations of which nothing is on its way.
    pub fn idle(&self) -> Vec<Destination> {
        self.0.iter().filter(|(_, circuit)| circuit.flying == 0).map(|(destination, _)| *destination).collect()
    }

    /// It answered, whatever it said.
    pub fn answered(&mut self, destination: Destination) {
        let circuit = self.0.entry(destination).or_default();
        if circuit.silent >= CIRCUIT {
            tracing::info!(destination = destination.word(), "it answers again");
        }
        (circuit.silent, circuit.backoff, circuit.not_before) = (0, Backoff::default(), None);
    }

    /// It did not. The chat is tried again as soon as anything's own pause is over, others at most after each pause.
    pub fn was_silent(&mut self, destination: Destination, first: Duration, longest: Duration, now: Instant) {
        let circuit = self.0.entry(destination).or_default();
        circuit.silent = circuit.silent.saturating_add(1);
        if circuit.silent == CIRCUIT {
            let destination = destination.word();
            tracing::warn!(destination, "it does not answer; one call at a time tries whether it is back");
        }
        if destination != Destination::Chat && circuit.silent >= CIRCUIT {
            circuit.not_before = Some(now + circuit.backoff.next(first, longest));
        }
    }

    /// Whether it does not answer any more.
    pub fn is_away(&self, destination: Destination) -> bool {
        self.0.get(&destination).is_some_and(|circuit| circuit.silent >= CIRCUIT)
    }

    /// Whether nothing is on its way.
    pub fn are_quiet(&self) -> bool {
        self.0.values().all(|circuit| circuit.flying == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_millis(800);

    #[test]
    fn one_that_is_away_is_tried_by_one_at_a_time_and_delays_no_other() {
        let (mut circuits, now) = (Circuits::default(), Instant::now());
        for _ in 0..CIRCUIT {
            assert_eq!(circuits.admits(Destination::Tracker, PAUSE, now), Admission::Go);
            circuits.leaves(Destination::Tracker);
            circuits.is_back(Destination::Tracker);
            circuits.was_silent(Destination::Tracker, PAUSE, PAUSE, now);
        }
        assert!(matches!(circuits.admits(Destination::Tracker, PAUSE, now), Admission::Rest(_)));
        let later = now + PAUSE + PAUSE;
        assert_eq!(circuits.admits(Destination::Tracker, PAUSE, later), Admission::Go);
        circuits.leaves(Destination::Tracker);
        assert_eq!(circuits.admits(Destination::Tracker, PAUSE, later), Admission::Rest(PAUSE));
        for other in [Destination::Chat, Destination::ReportPlatform] {
            assert_eq!(circuits.admits(other, PAUSE, now), Admission::Go);
        }
        circuits.is_back(Destination::Tracker);
        circuits.answered(Destination::Tracker);
        assert_eq!(circuits.admits(Destination::Tracker, PAUSE, now), Admission::Go);
    }

    #[test]
    fn what_is_not_the_chat_gets_few_at_once_and_the_rest_in_turn() {
        let (mut circuits, now) = (Circuits::default(), Instant::now());
        for _ in 0..BESIDE {
            circuits.leaves(Destination::Tracker);
            circuits.leaves(Destination::Chat);
        }
        assert_eq!(circuits.admits(Destination::Chat, PAUSE, now), Admission::Go);
        assert_eq!(circuits.admits(Destination::Tracker, PAUSE, now), Admission::Queue);
        circuits.queue(Destination::Tracker, Class::Optional, "tracker:1");
        circuits.queue(Destination::Tracker, Class::Optional, "tracker:2");
        assert_eq!(circuits.next(Destination::Tracker, now), None);
        circuits.is_back(Destination::Tracker);
        assert_eq!(circuits.next(Destination::Tracker, now).as_deref(), Some("tracker:1"));
        circuits.leaves(Destination::Tracker);
        assert_eq!(circuits.next(Destination::Tracker, now), None);
        circuits.is_back(Destination::Tracker);
        assert_eq!(circuits.next(Destination::Tracker, now).as_deref(), Some("tracker:2"));
        assert_eq!(circuits.next(Destination::Tracker, now), None);
    }

    #[test]
    fn the_chat_gets_many_at_once_and_then_answers_first() {
        let (mut circuits, now) = (Circuits::default(), Instant::now());
        for _ in 0..CHAT {
            assert_eq!(circuits.admits(Destination::Chat, PAUSE, now), Admission::Go);
            circuits.leaves(Destination::Chat);
        }
        assert_eq!(circuits.admits(Destination::Chat, PAUSE, now), Admission::Queue);
        for (class, lane) in [(Class::Housekeeping, "C1"), (Class::Answer, "C2"), (Class::Answer, "C3")] {
            circuits.queue(Destination::Chat, class, lane);
        }
        for expected in ["C2", "C3", "C1"] {
            circuits.is_back(Destination::Chat);
            assert_eq!(circuits.next(Destination::Chat, now).as_deref(), Some(expected));
            circuits.leaves(Destination::Chat);
        }
    }

    #[test]
    fn the_chat_is_tried_as_soon_as_anything_is_due() {
        let (mut circuits, now) = (Circuits::default(), Instant::now());
        for _ in 0..=CIRCUIT {
            circuits.was_silent(Destination::Chat, PAUSE, PAUSE, now);
        }
        assert_eq!(circuits.admits(Destination::Chat, PAUSE, now), Admission::Go);
    }
}
