//! Limits on every route: which there are (a table in each service, changed by a policy file), and two gates that ask.
//!
//! The first gate is a middleware on each route. It stands before the body and the handler and asks about what a request
//! shows by itself: address, device, everything. The second is asked by extractors and handlers as soon as they
//! know whom a request is for: service client, user, account ([`Gate`]). Each is one call to the limiter.

mod clients;
mod config;
mod draft;
mod file;
mod gate;
mod layer;
mod per;
mod running;
mod said;
mod table;

pub use clients::Clients;
pub use config::{LimitsConfig, LimitsText};
pub use gate::{Gate, Reservation, Taken, Use};
pub use limiter_lib::{Consistency, Outage};
pub use per::Per;
pub(crate) use running::EndpointLimits;
pub use running::Limits;
pub(crate) use said::speak;
pub use table::{DefaultPolicy, LimitTable};
