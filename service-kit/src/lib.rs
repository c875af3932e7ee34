//! Frame shared by all services, without business rules. In the order in which a request meets it:
//! [`request_middleware`] (request id, panics and errors to problems), [`limits`], [`endpoint`] (typed routes, inputs,
//! successes), [`pages`] for browsers; for outgoing calls [`client`] and [`breaker`].

pub mod accept_language;
pub mod breaker;
pub mod client;
pub mod clock;
pub mod console;
pub mod database;
pub mod endpoint;
pub mod error;
mod field_lists;
pub mod files;
mod graceful_listener;
pub mod health;
pub mod healthcheck;
pub mod limits;
mod logs;
pub mod metrics;
pub mod pages;
pub mod preconditions;
pub mod request_id;
pub mod request_middleware;
pub mod server;
pub mod settings;
pub mod telemetry;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

extern crate self as service_kit; // so that `#[trace]` works in here as well

pub use clock::{Clock, SystemClock};
pub use endpoint::{Input, Routes, Success};
pub use error::ApiError;
pub use health::Readiness;
pub use limits::{Limits, SubjectLimits};
pub use preconditions::Preconditions;
pub use request_id::RequestId;
/// Puts a span around a function: sync or async, free, in an `impl` or in a trait. Arguments are recorded only if named
/// in `fields(…)`. A failure that the function returns marks the span and logs nothing: it is logged once, where an
/// error becomes a reply. Client errors such as a 404 do not count as failures (see
/// [`ClassifyError`](telemetry::outcome::ClassifyError)).
///
/// ```
/// use service_kit::trace;
///
/// struct Shelf;
///
/// impl Shelf {
///     #[trace(fields(film.count = ids.len() as i64))]
///     async fn fetch(&self, ids: &[u64], password: &str) -> Result<Vec<String>, std::fmt::Error> {
///         # let _ = password;
///         Ok(ids.iter().map(ToString::to_string).collect())
///     }
/// }
/// ```
///
/// Numbers are exported as numbers when they are `i64`, and as text otherwise.
///
/// Failures are recognized only if the name of the return type ends in `Result`; otherwise write `err`. All other
/// arguments of `tracing::instrument` are accepted: `name = "…"`, `level = "trace"` for functions that run so often
/// that their spans would dominate.
pub use service_kit_macros::trace;

#[doc(hidden)]
pub use tracing::instrument as __instrument;
