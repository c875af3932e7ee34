//! Whom a limit counts, told from a request.

pub(crate) mod body;
mod parts;

pub use body::BodyField;
pub(crate) use body::Reading;
pub use parts::KeyBy;
pub(crate) use parts::Subject;
