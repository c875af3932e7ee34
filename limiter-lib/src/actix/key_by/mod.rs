//! The subject of a limit, derived from a request.

pub(crate) mod body;
mod parts;

pub use body::BodyField;
pub(crate) use body::BodyKinds;
pub use parts::KeyBy;
pub(crate) use parts::Subject;
