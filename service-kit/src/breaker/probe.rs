//! The background probe: the real call with a made-up input.
//!
//! While the breaker is open it finds out whether the service is back, so that no user pays for finding out. While it
//! is not, and nobody has called for a while, it keeps the breaker's word true: without it a service that dies at
//! night would be called reachable until the first visitor of the morning.

use std::time::Duration;

use actix_web::{HttpMessage, HttpRequest};

use super::machine::State;
use super::shared::{Breaker, BreakerError};
use crate::client::{CallError, FailureKind};
use crate::request_id::RequestId;

/// The request id of probes. Anybody can write it: see [`recognize`].
pub const REQUEST_ID: &str = "breaker-probe";

/// A request that is a probe for sure.
pub(crate) struct Recognized;

/// Recognizes probes among the requests of a caller that has proved to be a service of ours: twice a second, they would be
/// most of the log and of all traces. The id alone proves nothing, and hides nothing.
pub fn recognize(request: &HttpRequest) {
    let is_probe = request.extensions().get::<RequestId>().is_some_and(|id| id.as_str() == REQUEST_ID);
    if is_probe {
        request.extensions_mut().insert(Recognized);
    }
}

/// How often and how long.
#[derive(Debug, Clone, Copy)]
pub struct ProbeSettings {
    /// Time between two probes while something is wrong; each wait is 75 to 125 % of it, so that replicas do not knock
    /// together.
    pub every: Duration,
    /// While all is well: ask when nobody has for this long.
    pub when_idle: Duration,
    /// How long one may take.
    pub deadline: Duration,
}

/// Probes for as long as it is polled. `call` is made anew for each probe; a refusal counts as an answer.
pub async fn run<F, Fut>(breaker: Breaker, settings: ProbeSettings, call: F)
where
    F: Fn() -> Fut + Send,
    Fut: Future<Output = Result<(), CallError>> + Send,
{
    let mut uneasy = false;
    loop {
        let pause = if uneasy { settings.every } else { settings.when_idle };
        breaker.wait_for_opening(pause.mul_f64(0.75 + rand::random::<f64>() / 2.0)).await;
        if matches!(breaker.state(), State::Open { .. }) {
            let outcome = tokio::time::timeout(settings.deadline, call()).await;
            breaker.on_probe(match outcome {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => error.kind().map_or(Ok(()), Err),
                Err(_) => Err(FailureKind::ResponseTimeout),
            });
            uneasy = true;
        } else if uneasy || breaker.idle_for() >= settings.when_idle {
            let outcome = breaker.call(settings.deadline, call()).await;
            let failed = matches!(&outcome, Err(BreakerError::Called(error)) if error.kind().is_some());
            uneasy = failed || breaker.state() != State::Closed;
        }
    }
}
