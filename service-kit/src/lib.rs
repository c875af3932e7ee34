//! What every service needs and no business word, in the order a request meets it: [`request_middleware`] (request id, panic and
//! error to problem), [`limits`], [`endpoint`] (typed routes, inputs, successes), [`pages`] for browsers, and beside them the ways out: [`client`]
//! and [`breaker`].

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
/// Puts a span around a function: sync or async, free, in an `impl` or in a trait. No argument is recorded unless it is
/// named in `fields(…)`, and a failure that the function returns marks the span, without a line in the log: that is
/// written once, where an error becomes a reply. What a caller has earned, such as a 404, is no failure:
/// [`Outcome`](telemetry::outcome::Outcome) tells.
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
/// The function must return a type whose name ends in `Result` for its failures to be seen; write `err` for others, and
/// everything else that `tracing::instrument` understands: `name = "…"`, `level = "trace"` for what runs so often that
/// its spans would be most of all.
pub use service_kit_macros::trace;

#[doc(hidden)]
pub use tracing::instrument as __instrument;
