//! Retry budget: retries are a share of the calls, so that a failing service gets at most that much more load.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Retries earned by each call.
const PER_CALL: f64 = 0.1;
/// Retries earned per second, so that a client with few calls has some too.
const PER_SECOND: f64 = 1.0;
/// Maximum number of saved retries.
const MAX_SAVED: f64 = 20.0;

/// A token bucket, filled by calls and by time.
#[derive(Debug)]
pub(super) struct RetryBudget(Mutex<Tokens>);

#[derive(Debug)]
struct Tokens {
    left: f64,
    since: Instant,
}

impl RetryBudget {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Tokens { left: MAX_SAVED, since: Instant::now() }))
    }

    /// Counts a call.
    pub(super) fn deposit(&self) {
        self.with(|tokens| tokens.left = (tokens.left + PER_CALL).min(MAX_SAVED));
    }

    /// Takes one retry; `false` when there is none.
    pub(super) fn withdraw(&self) -> bool {
        self.with(|tokens| {
            let now = Instant::now();
            let passed: Duration = now.saturating_duration_since(tokens.since);
            tokens.left = (tokens.left + PER_SECOND * passed.as_secs_f64()).min(MAX_SAVED);
            tokens.since = now;
            let enough = tokens.left >= 1.0;
            if enough {
                tokens.left -= 1.0;
            }
            enough
        })
    }

    /// Locks; nothing that panics runs under the lock.
    fn with<T>(&self, work: impl FnOnce(&mut Tokens) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_are_a_tenth_of_the_calls_once_the_savings_are_spent() {
        let budget = RetryBudget::new();
        let retries = (0..10_000).filter(|_| {
            budget.deposit();
            budget.withdraw()
        });
        let retries = retries.count();
        assert!((1_000..=1_100).contains(&retries), "{retries}");
    }
}
