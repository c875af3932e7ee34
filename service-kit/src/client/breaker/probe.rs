//! The background probe: the real call with a synthetic input.
//!
//! While the breaker is open it detects the recovery of the service, so that no user request has to. While it is closed
//! and idle it keeps the state accurate: otherwise a service that fails at night would be reported as reachable until
//! the first request of the morning.

use std::time::Duration;

use actix_web::{HttpMessage, HttpRequest};

use super::super::failure::{CallError, FailureKind};
use super::machine::State;
use super::shared::{Breaker, BreakerError};
use crate::base::request_id::RequestId;

/// Request id of probes. Any client can send it: see [`recognize`].
pub const REQUEST_ID: &str = "breaker-probe";

/// Marks a request as a verified probe.
pub(crate) struct Recognized;

/// Recognizes probes among the requests of an authenticated service: at two per second they would dominate log and
/// traces. The id alone proves nothing and hides nothing.
pub fn recognize(request: &HttpRequest) {
    let is_probe = request.extensions().get::<RequestId>().is_some_and(|id| id.as_str() == REQUEST_ID);
    if is_probe {
        request.extensions_mut().insert(Recognized);
    }
}

/// Intervals and deadline of the probe.
#[derive(Debug, Clone, Copy)]
pub struct ProbeSettings {
    /// Interval while the service is failing; jittered to 75 to 125 %, so that replicas do not probe in step.
    pub every: Duration,
    /// Idle time after which a closed breaker is probed.
    pub when_idle: Duration,
    /// Maximum duration of one probe.
    pub deadline: Duration,
}

/// Probes for as long as it is polled. `call` is invoked once per probe; a rejection by the service counts as an
/// answer.
pub async fn run<F, Fut>(breaker: Breaker, settings: ProbeSettings, call: F)
where
    F: Fn() -> Fut + Send,
    Fut: Future<Output = Result<(), CallError>> + Send,
{
    let mut failing = false;
    loop {
        let pause = if failing { settings.every } else { settings.when_idle };
        breaker.wait_for_opening(pause.mul_f64(0.75 + rand::random::<f64>() / 2.0)).await;
        if matches!(breaker.state(), State::Open { .. }) {
            let outcome = tokio::time::timeout(settings.deadline, call()).await;
            breaker.on_probe(match outcome {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => error.kind().map_or(Ok(()), Err),
                Err(_) => Err(FailureKind::ResponseTimeout),
            });
            failing = true;
        } else if failing || breaker.idle_for() >= settings.when_idle {
            let outcome = breaker.call(settings.deadline, call()).await;
            let failed = matches!(&outcome, Err(BreakerError::Called(error)) if error.kind().is_some());
            failing = failed || breaker.state() != State::Closed;
        }
    }
}
