//! Rules of several steps. No HTTP type is known here.

pub mod answer;
pub mod assess;
pub mod change_picture;
pub mod credentials;
pub mod feedback;
pub mod issue;
mod pass_id;
pub mod verify;
