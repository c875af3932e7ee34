//! Rate limits on every route: a table in each service, changed by a policy file, and checked at two points.
//!
//! The first is a middleware on each route, before body and handler. It counts by the request head: address, device,
//! everything. The second are [`SubjectLimits`], checked by extractors and handlers as soon as the subject of a request
//! is known: service client, user, account. Each check is one call to the limiter.

mod clients;
mod config;
mod endpoint_limits;
mod file;
mod layer;
mod per;
mod policy_spec;
mod recorded_decisions;
mod settings;
mod subject_limits;
mod table;

pub use clients::Clients;
pub use config::{LimitsConfig, LimitsText};
pub use endpoint_limits::Limits;
pub use limiter_lib::{Consistency, Outage};
pub use per::Per;
pub(super) use recorded_decisions::write_headers;
pub use subject_limits::{Reservation, SubjectLimits, TakenUnits, Usage};
pub use table::{DefaultPolicy, LimitTable, joined};
