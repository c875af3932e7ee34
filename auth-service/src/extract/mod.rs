//! Extractors that are permissions: a handler that names one is unreachable without it.

mod attempt_limits;
mod bearer;
mod caller;
mod operator;
mod request_client;
mod request_location;

pub use attempt_limits::AttemptLimits;
pub use caller::{AnyAudienceClaims, Caller, CallerClaims, LogOutCaller, PermittedCaller, roles_not_read};
pub use operator::{AuditedCaller, OperatorCaller};
pub use request_client::RequestClient;
pub use request_location::RequestLocation;
