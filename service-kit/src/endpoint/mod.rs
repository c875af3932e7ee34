//! Contracts on actix: mounts typed endpoints, reads their inputs, writes their successes.

mod arguments;
mod input;
mod multipart;
mod read;
mod redirects;
mod routes;
mod success;

pub use arguments::Arguments;
pub use input::Input;
pub(crate) use input::{collect, require_type};
pub use routes::{Mounted, Routes};
pub use success::Success;
