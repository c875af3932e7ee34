//! What a response says of the limits: `RateLimit-Policy`, `RateLimit`, `Retry-After` and their relatives.

mod draft;
mod fields;
mod legacy;
mod seconds;

pub use fields::{HeaderFields, Profile};
pub use seconds::retry_after;
