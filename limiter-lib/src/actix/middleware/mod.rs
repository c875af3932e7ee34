//! The middleware: ask about a request, then let it pass, let it wait or refuse it.

mod admission;
mod builder;
mod refusal;
mod service;

pub use builder::{BODY_LIMIT, MAX_WAITING, RateLimit};
pub use refusal::{Reason, Refusal};
pub use service::RateLimitService;
