//! Retries of what a database does not permit yet, such as migrations while it is unavailable.

use std::error::Error;
use std::time::Duration;

use crate::base::causes::causes;

/// Pause before the second attempt; it doubles with each attempt.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// Maximum pause between attempts.
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// Attempts after a first one has failed. Each new reason is logged as a warning: the database may be available by now
/// and reject the attempt for good.
#[derive(Debug)]
pub struct Retry {
    failure: &'static str,
    reason: String,
}

impl Retry {
    /// Logs the first failure. `failure` is a sentence that "yet; trying again" completes.
    pub fn after(failure: &'static str, error: &(dyn Error + 'static)) -> Self {
        let mut retry = Self { failure, reason: String::new() };
        retry.record(causes(error));
        retry
    }

    /// Repeats `attempt` until it succeeds.
    pub async fn run<F, Fut, E>(mut self, mut attempt: F)
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<(), E>>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::time::sleep(pause).await;
            match attempt().await {
                Ok(()) => return,
                Err(error) => self.record(causes(error.into().as_ref())),
            };
            pause = (pause * 2).min(MAX_PAUSE);
        }
    }

    /// Logs a failure; returns `true` when its reason is new.
    fn record(&mut self, reason: String) -> bool {
        if reason == self.reason {
            tracing::debug!(error = reason, "{} yet; trying again", self.failure);
            return false;
        }
        tracing::warn!(error = reason, "{} yet; trying again", self.failure);
        self.reason = reason;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_new_reason_is_a_warning_and_a_repeated_one_is_not() {
        let mut retry = Retry::after("the tables cannot be made", &io::Error::other("no connection"));
        assert!(!retry.record("no connection".to_owned()));
        assert!(retry.record("permission denied".to_owned()));
        assert!(!retry.record("permission denied".to_owned()));
        assert!(retry.record("no connection".to_owned()));
    }

    #[tokio::test]
    async fn attempts_go_on_until_one_succeeds() {
        let mut attempts = 0;
        let attempt = || {
            attempts += 1;
            let outcome = if attempts < 3 { Err(io::Error::other("not yet")) } else { Ok(()) };
            async { outcome }
        };
        Retry::after("the tables cannot be made", &io::Error::other("not yet")).run(attempt).await;
        assert_eq!(attempts, 3);
    }
}
