//! The limiter in an actix-web service.
//!
//! [`RateLimit`] is the middleware: policies, each with a [`KeyBy`] that says whom it counts. [`ClientAddress`] finds the
//! client behind proxies, [`Profile`] chooses the header fields, and [`RateLimitStatus`] lets a handler see the decisions,
//! charge more and give back.

mod address;
mod headers;
mod key_by;
mod middleware;
mod status;

pub use address::{ClientAddress, ForwardingHeader, InvalidNetworks, MAX_HEADER, MAX_HOPS, Networks};
pub use headers::{HeaderFields, Profile, retry_after};
pub use key_by::{BodyField, KeyBy};
pub use middleware::{BODY_LIMIT, MAX_WAITING, RateLimit, RateLimitService, Reason, Refusal};
pub use status::RateLimitStatus;
