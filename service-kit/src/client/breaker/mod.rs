//! Circuit breaker: stops calls to a failing service, detects its recovery, and ramps calls up again.
//!
//! [`Machine`] is the pure state machine: time is an argument. [`Breaker`] shares one between tasks and counts calls by
//! [`Permit`]s, so that dropped calls are counted too. [`probe`] is the background task that calls the service while
//! the breaker is open, so that no user request serves as the probe; for services that cannot be probed there is
//! [`Breaker::unprobed`]. [`Upstream`] is all of it for a service of our own.

mod machine;
pub(super) mod metrics;
pub mod probe;
mod settings;
mod shared;
#[cfg(test)]
mod tests;
mod upstream;
mod window;

pub use machine::{Admission, Machine, Outcome, Rejection, State, Transition};
pub use settings::BreakerSettings;
pub use shared::{Breaker, BreakerError, BreakerReport, Permit};
pub use upstream::Upstream;
