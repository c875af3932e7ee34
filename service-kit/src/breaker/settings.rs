//! When a breaker opens, and how it closes.

use std::time::Duration;

/// The rules of one breaker.
#[derive(Debug, Clone, Copy)]
pub struct BreakerSettings {
    /// Failures in a row that open it; also the number of answers in a row that ask callers to come back later.
    pub consecutive_failures: u32,
    /// Share of failures among the outcomes of the window that opens it.
    pub failure_ratio: f64,
    /// The share does not count before the window holds this many outcomes.
    pub least_outcomes: u32,
    /// Minimum time in the open state, the first time; doubled each time a recovery fails.
    pub open_for: Duration,
    /// Upper bound of the doubled time.
    pub open_at_most: Duration,
    /// Concurrency limit (bulkhead); calls beyond it are rejected, which says nothing about the service.
    pub concurrency: u32,
    /// Healthy time that takes back one doubling.
    pub forgive_after: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            consecutive_failures: 5,
            failure_ratio: 0.5,
            least_outcomes: 20,
            open_for: Duration::from_millis(500),
            open_at_most: Duration::from_secs(15),
            concurrency: 64,
            forgive_after: Duration::from_secs(10),
        }
    }
}
