//! What every service needs, without business rules, in layers. Each imports only those before it:
//!
//! 1. `base`: [time](Clock), [request ids](RequestId), [errors](ApiError), [sealed values](Sealer), [`secret_hash`],
//!    [`settings`], [`files`], [`console`] output, [`accept_language`]
//! 2. [`telemetry`]: traces, logs, the recorder of metrics
//! 3. [`client`]: calls to other services and external hosts, classified failures, the circuit [`breaker`](client::breaker)
//! 4. [`database`]: SQLite and PostgreSQL
//! 5. [`server`]: connections, request middleware, [limits](server::limits), typed endpoints, [pages](server::pages),
//!    [readiness](Readiness), graceful shutdown
//!
//! Types that most files of a service name are re-exported here.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod base;
pub mod client;
pub mod database;
pub mod server;
pub mod telemetry;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

extern crate self as service_kit; // so that `#[trace]` works in here as well

pub use base::clock::{Clock, SystemClock};
pub use base::error::ApiError;
pub use base::request_id::RequestId;
pub use base::sealer::Sealer;
pub use base::{accept_language, causes, console, files, io_error, secret_hash, settings};
pub use server::endpoint::{Input, Success};
pub use server::limits::{Limits, SubjectLimits};
pub use server::preconditions::Preconditions;
pub use server::readiness::Readiness;
pub use server::routes::Routes;
/// Puts a span around a function: sync or async, free, in an `impl` or in a trait. Arguments are recorded only if named
/// in `fields(…)`. A failure that the function returns marks the span and logs nothing: it is logged once, where an
/// error becomes a reply. Client errors such as a 404 do not count as failures (see
/// [`ClassifyError`](telemetry::outcome::ClassifyError)).
///
/// ```
/// use service_kit::trace;
///
/// struct Records;
///
/// impl Records {
///     #[trace(fields(record.count = ids.len() as i64))]
///     async fn fetch(&self, ids: &[u64], secret: &str) -> Result<Vec<String>, std::fmt::Error> {
///         # let _ = secret;
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
