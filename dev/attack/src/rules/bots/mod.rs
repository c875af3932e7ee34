//! The bots. Each has its own service and its own simulated time.

mod gains;
mod kinds;
mod run;
mod strategy;

pub use kinds::{Results, all};
pub use run::Tally;
