//! Extractors that are permissions: a handler that names one is unreachable without it.

mod bearer;
mod caller;
mod client_place;
mod service_caller;
mod visit;

pub use caller::{AdminCaller, Caller, LeavingCaller};
pub use client_place::ClientPlace;
pub use service_caller::ServiceCaller;
pub use visit::ClientVisit;
