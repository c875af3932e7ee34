//! Attempts of a delivery.

use std::time::Duration;

use chrono::TimeDelta;

/// Delays before the second and later attempts, which hold no slot meanwhile.
const RETRY_DELAYS: [TimeDelta; 5] =
    [TimeDelta::minutes(1), TimeDelta::minutes(5), TimeDelta::minutes(30), TimeDelta::hours(2), TimeDelta::hours(12)];

/// Times of attempts, and bounds of the worker.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// Timeout of one attempt.
    pub attempt_timeout: Duration,
    /// Interval in which due mails are looked for: those of other processes, and repeated ones.
    pub poll_interval: Duration,
    /// Maximum time in which a stop waits for due mails.
    pub shutdown_timeout: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        let second = Duration::from_secs(1);
        Self { attempt_timeout: second * 20, poll_interval: second * 2, shutdown_timeout: second * 5 }
    }
}

/// Delay after the failed attempt number `attempts`, counted from 1. `None` after the last one.
pub(crate) fn delay_after(attempts: i16) -> Option<TimeDelta> {
    RETRY_DELAYS.get(usize::try_from(attempts).ok()?.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_has_six_attempts_within_15_hours() {
        let delays: Vec<_> = (1..).map_while(delay_after).collect();
        assert_eq!(delays, RETRY_DELAYS);
        assert!(delays.into_iter().sum::<TimeDelta>() < TimeDelta::hours(15));
        assert_eq!((delay_after(0), delay_after(6), delay_after(-1)), (None, None, None));
    }
}
