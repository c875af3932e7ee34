//! Random histories of two people with their devices and mailboxes, compared step by step with a reference model. The
//! tests of auth-service play them in process, the stories against real processes.
//!
//! Each module imports only those above it: `mail` (a mail as it arrives), `installation` (the service as a history sees
//! it), `budget`, `model`, `codes` and `addresses` (the reference), `history` (people, devices, memory), `operation`
//! (requests), `recovery` and `steps` (a step and its answer, or none), `choice` (the next step), `checks` (the end),
//! `batch`.

mod addresses;
mod batch;
mod budget;
mod checks;
mod choice;
mod codes;
mod history;
mod installation;
mod mail;
mod model;
mod operation;
mod recovery;
mod steps;

pub use batch::{Figures, Plan, play};
pub use installation::{Call, Installation, ORIGIN, Reply, Time};
pub use mail::Received;
