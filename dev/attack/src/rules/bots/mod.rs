//! The bots. Each has its own service and its own simulated time.

mod kinds;
mod run;

pub use kinds::all;
pub use run::Tally;
