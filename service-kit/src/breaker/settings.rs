//! When a breaker opens, and how it closes.

use std::time::Duration;

/// The rules of one breaker.
#[derive(Debug, Clone, Copy)]
pub struct BreakerSettings {
    /// Failures in a row that open it.
    pub consecutive_failures: u32,
    /// Share of failures among the outcomes of the window that opens it.
    pub failure_ratio: f64,
    /// Share of slow outcomes in the window that opens it.
    pub slow_ratio: f64,
    /// An outcome is slow from here on.
    pub slow_after: Duration,
    /// Neither share counts before the window holds this many outcomes.
    pub least_outcomes: u32,
    /// How long it stays open at least, the first time; doubled each time it has to open again.
    pub open_for: Duration,
    /// The longest it stays open without a fresh look.
    pub open_at_most: Duration,
    /// Calls under way at once while closed; more are turned away, which says nothing about the service.
    pub concurrency: u32,
    /// How long it must stay closed before one doubling is forgiven.
    pub forgive_after: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            consecutive_failures: 5,
            failure_ratio: 0.5,
            slow_ratio: 0.8,
            slow_after: Duration::from_millis(50),
            least_outcomes: 20,
            open_for: Duration::from_millis(500),
            open_at_most: Duration::from_secs(15),
            concurrency: 64,
            forgive_after: Duration::from_secs(30),
        }
    }
}
