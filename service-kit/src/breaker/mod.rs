//! A circuit breaker: it leaves a failing service alone, notices when it is back, and lets calls return gently.
//!
//! [`Machine`] is the state machine, pure: time comes in as an argument. [`Breaker`] shares one between tasks and
//! counts calls by [`Permit`]s, so that a call that is dropped half-way is counted too. [`probe`] is the background
//! task that asks the service itself while the breaker is open, so that no user pays for finding out; services that cannot be
//! asked so have [`Breaker::unprobed`].

mod machine;
pub mod probe;
mod settings;
mod shared;
#[cfg(test)]
mod tests;
mod window;

pub use machine::{Admission, Machine, Outcome, Rejection, State, Transition};
pub use settings::BreakerSettings;
pub(crate) use shared::LOG_TARGET;
pub use shared::{Breaker, BreakerError, BreakerReport, Permit};
