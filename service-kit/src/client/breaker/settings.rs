//! Thresholds and times of a breaker.

use std::time::Duration;

/// Settings of one breaker.
#[derive(Debug, Clone, Copy)]
pub struct BreakerSettings {
    /// Failures in a row that open it; also the number of answers in a row that ask callers to retry later.
    pub consecutive_failures: u32,
    /// Share of failures among the outcomes of the window that opens it.
    pub failure_ratio: f64,
    /// Minimum number of outcomes in the window before the share counts.
    pub min_outcomes: u32,
    /// Minimum time in the open state, the first time; doubled each time a recovery fails.
    pub open_for: Duration,
    /// Upper bound of the doubled time.
    pub max_open: Duration,
    /// Concurrency limit (bulkhead); calls beyond it are rejected, which says nothing about the service.
    pub concurrency: u32,
    /// Healthy time that takes back one doubling.
    pub decay_interval: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            consecutive_failures: 5,
            failure_ratio: 0.5,
            min_outcomes: 20,
            open_for: Duration::from_millis(500),
            max_open: Duration::from_secs(15),
            concurrency: 64,
            decay_interval: Duration::from_secs(10),
        }
    }
}
