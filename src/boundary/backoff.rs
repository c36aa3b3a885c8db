//! Pauses between attempts: they double up to a bound, with full jitter, so that many that failed together do not come
//! back together.

use std::time::Duration;

/// The pauses of one thing that is tried again and again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The pause after one more failure: anything up to `first`, doubled for each earlier failure, at most `longest`.
    pub fn next(&mut self, first: Duration, longest: Duration) -> Duration {
        let bound = first.saturating_mul(1 << self.failures.min(16)).min(longest);
        self.failures = self.failures.saturating_add(1);
        bound.mul_f64(rand::random_range(0.0..=1.0))
    }

    /// How often it failed.
    pub fn failures(self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_bound_and_never_beyond() {
        let (first, longest) = (Duration::from_millis(500), Duration::from_secs(30));
        let mut backoff = Backoff::default();
        for failures in 0..100_u32 {
            let pause = backoff.next(first, longest);
            assert!(pause <= longest.min(first.saturating_mul(1 << failures.min(16))), "{failures}: {pause:?}");
        }
        assert_eq!(backoff.failures(), 100);
    }
}
