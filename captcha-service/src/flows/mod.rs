//! Rules of several steps. No HTTP type is known here.
//!
//! A rule is a method of the service that holds what it needs (`challenges`, `passes`, `assess`, `credentials`), one file
//! a rule; `services` builds them. Their fields are private to flows.

pub mod answer;
pub mod assess;
pub mod challenges;
pub mod change_picture;
pub mod credentials;
pub mod feedback;
pub mod issue;
mod pass_id;
pub mod passes;
mod services;
pub mod verify;

pub use services::{Services, SharedParts};
