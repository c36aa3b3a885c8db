//! Answers that stay true for some minutes.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long an answer is taken for true.
pub(super) const FRESH: Duration = Duration::from_secs(600);
/// So many answers are kept at most; then all are forgotten, which costs a question each.
const MOST: usize = 2_000;

/// What was asked and what was answered, bounded.
#[derive(Debug)]
pub(super) struct Remembered<K, V> {
    answers: Mutex<HashMap<K, (Instant, V)>>,
}

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self { answers: Mutex::new(HashMap::new()) }
    }
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    /// The answer, while it is fresh.
    pub(super) fn fresh(&self, key: &K) -> Option<V> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(key).filter(|(at, _)| at.elapsed() < FRESH).map(|(_, value)| value.clone())
    }

    /// The answer, however old.
    pub(super) fn last(&self, key: &K) -> Option<V> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(key).map(|(_, value)| value.clone())
    }

    /// Keeps an answer.
    pub(super) fn keep(&self, key: K, value: V) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= MOST {
            answers.clear();
        }
        answers.insert(key, (Instant::now(), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_a_bound() {
        let remembered = Remembered::default();
        for i in 0..3 * MOST {
            remembered.keep(i, i);
            assert_eq!(remembered.fresh(&i), Some(i));
        }
        assert!(remembered.answers.lock().unwrap().len() <= MOST);
        remembered.keep(0, 7);
        assert_eq!((remembered.last(&0), remembered.last(&MOST.pow(2))), (Some(7), None));
    }
}
