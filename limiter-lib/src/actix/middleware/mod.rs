//! The middleware: checks a request, then admits, delays or refuses it.

mod admission;
mod builder;
mod refusal;
mod service;

pub use builder::{BODY_LIMIT, MAX_WAITING, RateLimit};
pub use refusal::{Reason, Refusal};
pub use service::RateLimitService;
