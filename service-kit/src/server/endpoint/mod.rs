//! Contracts on actix: reads the typed inputs of endpoints, writes their successes.

mod arguments;
mod input;
mod multipart;
mod read;
mod success;

pub use arguments::Arguments;
pub(super) use arguments::{Admitted, InOrder};
pub use input::Input;
pub(super) use input::{collect, require_type};
pub use success::Success;
