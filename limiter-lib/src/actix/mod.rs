//! Integration of the limiter with actix-web.
//!
//! [`RateLimit`] is the middleware: policies, each with a [`KeyBy`] for its subject. [`ClientAddress`] finds the client
//! behind proxies, [`Profile`] selects the header fields, and [`RateLimitStatus`] gives a handler the decisions,
//! further charges and refunds.

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
