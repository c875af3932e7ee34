//! Limits on every route: which there are (a table in each service, changed by a policy file), and two gates that ask.
//!
//! The first gate is a middleware on each route. It stands before the body and the handler and asks about what a request
//! shows by itself: address, device, everything. The second is asked by extractors and handlers as soon as they
//! know whom a request is for: service client, user, account ([`SubjectLimits`]). Each is one call to the limiter.

mod clients;
mod config;
mod endpoint_limits;
mod file;
mod layer;
mod per;
mod policy_spec;
mod recorded_decisions;
mod subject_limits;
mod table;

pub use clients::Clients;
pub use config::{LimitsConfig, LimitsText};
pub(crate) use endpoint_limits::EndpointLimits;
pub use endpoint_limits::Limits;
pub use limiter_lib::{Consistency, Outage};
pub use per::Per;
pub(crate) use recorded_decisions::write_headers;
pub use subject_limits::{Reservation, SubjectLimits, TakenUnits, Usage};
pub use table::{DefaultPolicy, LimitTable};
