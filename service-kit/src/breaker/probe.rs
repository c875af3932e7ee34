//! The background probe: while the breaker is open it makes the real call with a made-up input, so that no user pays
//! for finding out that the service is back.

use std::time::Duration;

use super::machine::State;
use super::shared::Breaker;
use crate::client::{CallError, FailureKind};

/// How often and how long.
#[derive(Debug, Clone, Copy)]
pub struct ProbeSettings {
    /// Time between two probes while open; each wait is 75 to 125 % of it, so that replicas do not knock together.
    pub every: Duration,
    /// How long one may take.
    pub deadline: Duration,
}

/// Probes while `breaker` is open; run it for as long as the breaker lives. `call` is made anew for each probe; a
/// refusal counts as an answer.
pub async fn run<F>(breaker: Breaker, settings: ProbeSettings, call: F)
where
    F: AsyncFn() -> Result<(), CallError>,
{
    loop {
        breaker.opened().await;
        while matches!(breaker.state(), State::Open { .. }) {
            tokio::time::sleep(settings.every.mul_f64(0.75 + rand::random::<f64>() / 2.0)).await;
            let outcome = tokio::time::timeout(settings.deadline, call()).await;
            breaker.probed(match outcome {
                Ok(Ok(()) | Err(CallError::Refused(_))) => Ok(()),
                Ok(Err(CallError::Failed(kind))) => Err(kind),
                Err(_) => Err(FailureKind::ResponseTimeout),
            });
        }
    }
}
