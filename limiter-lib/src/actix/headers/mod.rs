//! Header fields of responses: `RateLimit-Policy`, `RateLimit`, `Retry-After` and the older `X-RateLimit-` fields.

mod draft;
mod fields;
mod legacy;
mod reported;
mod seconds;

pub use fields::{HeaderFields, Profile};
pub use seconds::retry_after;
