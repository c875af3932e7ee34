//! A service of our own that this one calls: breaker, probe, and whether it accepts our credentials.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::super::failure::{CallError, FailureKind};
use super::machine::State;
use super::probe::{self, ProbeSettings};
use super::settings::BreakerSettings;
use super::shared::{Breaker, BreakerError, BreakerReport};

/// Interval of probes while the service is failing.
const PROBE_INTERVAL: Duration = Duration::from_millis(150);
/// Idle time after which a closed breaker is probed.
const IDLE_INTERVAL: Duration = Duration::from_millis(500);
/// Minimum time after which a retry makes sense.
const MIN_RETRY_AFTER: Duration = Duration::from_secs(1);

/// An upstream service. Clones share its state.
#[derive(Debug, Clone)]
pub struct Upstream {
    service: &'static str,
    settings: &'static str,
    breaker: Breaker,
    /// `true` when the service rejected our credentials at the last call: it answers, but is of no use.
    credentials_rejected: Arc<AtomicBool>,
}

impl Upstream {
    /// For the service `service`, with the default breaker `breaker`. `settings` are what an operator has to check when
    /// the service rejects our credentials.
    pub fn new(breaker: &'static str, service: &'static str, settings: &'static str) -> Self {
        let breaker = Breaker::new(breaker, BreakerSettings::default());
        Self { service, settings, breaker, credentials_rejected: Arc::default() }
    }

    /// Makes one call if the breaker allows it; see [`Breaker::call`].
    ///
    /// # Errors
    /// [`BreakerError::Rejected`] when the call was not made, otherwise the error of the call.
    pub async fn call<T>(
        &self,
        deadline: Duration,
        call: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, BreakerError> {
        self.breaker.call(deadline, call).await
    }

    /// Records the outcome of a call with our credentials. A failure without an answer says nothing about them.
    pub fn record_credentials<T>(&self, outcome: &Result<T, CallError>) {
        match outcome {
            Ok(_) => self.credentials_rejected.store(false, Ordering::Relaxed),
            Err(CallError::Refused(problem)) => self.record_rejection(&problem.code),
            Err(CallError::Failed(_) | CallError::RetryAfter { .. }) => {}
        }
    }

    /// Records that the service rejects our credentials; logs the first of a row.
    pub fn record_rejection(&self, code: &str) {
        if !self.credentials_rejected.swap(true, Ordering::Relaxed) {
            tracing::error!(code, "{} refuses this service; check {}", self.service, self.settings);
        }
    }

    /// State of the breaker.
    pub fn state(&self) -> State {
        self.breaker.state()
    }

    /// `true` while the service is known to be of no use. Reads the state of the breaker; makes no call.
    pub fn is_unavailable(&self) -> bool {
        self.credentials_rejected.load(Ordering::Relaxed) || matches!(self.breaker.state(), State::Open { .. })
    }

    /// Status, for status pages. While our credentials are rejected, that is the last failure.
    pub fn report(&self) -> BreakerReport {
        let report = self.breaker.report();
        let rejected = self.credentials_rejected.load(Ordering::Relaxed).then_some(FailureKind::Misconfigured);
        BreakerReport { last_failure: rejected.or(report.last_failure), ..report }
    }

    /// Time after which a retry makes sense.
    pub fn retry_after(&self) -> Duration {
        self.breaker.retry_after().max(MIN_RETRY_AFTER)
    }

    /// Probes with `call` whenever the result is informative; runs beside the server.
    pub async fn keep_probing<F, Fut>(&self, deadline: Duration, call: F)
    where
        F: Fn() -> Fut + Send,
        Fut: Future<Output = Result<(), CallError>> + Send,
    {
        let settings = ProbeSettings { every: PROBE_INTERVAL, when_idle: IDLE_INTERVAL, deadline };
        probe::run(self.breaker.clone(), settings, call).await;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused() -> Result<(), CallError> {
        let code = "client.rejected";
        let problem = json!({"type": code, "title": code, "status": 401, "code": code, "request_id": "one"});
        Err(CallError::Refused(serde_json::from_value(problem).unwrap()))
    }

    #[test]
    fn rejected_credentials_make_it_unavailable_until_a_call_succeeds() {
        let upstream = Upstream::new("other", "other-service", "its settings");
        assert!(!upstream.is_unavailable());
        upstream.record_credentials(&refused());
        assert!(upstream.is_unavailable());
        assert_eq!(upstream.report().last_failure, Some(FailureKind::Misconfigured));
        upstream.record_credentials::<()>(&Err(CallError::Failed(FailureKind::ResponseTimeout)));
        assert!(upstream.is_unavailable(), "no answer says nothing about the credentials");
        upstream.record_credentials(&Ok(()));
        assert!(!upstream.is_unavailable());
        assert_eq!(upstream.report().last_failure, None);
    }
}
