//! The bots. Each has a service of its own, and as much time as it is given.

mod kinds;
mod run;

pub use kinds::all;
pub use run::Tally;
