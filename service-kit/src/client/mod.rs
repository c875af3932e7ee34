//! Layer 3: calls to other services: the only place that builds a `reqwest::Client`. Bounded in time and size, every failure
//! classified. [`ServiceClient`] calls our own services, typed by contracts; [`ExternalClient`] calls external hosts.

pub mod breaker;
mod call;
mod egress_policy;
mod external_client;
mod failure;
pub(crate) mod metrics;
mod retries;
mod span;

pub use call::{CallContext, Credentials, ServiceClient};
pub use egress_policy::EgressPolicy;
pub use external_client::{
    ExternalClient, ExternalClientSettings, ExternalRequest, ExternalResponse, MAX_EXTERNAL_RESPONSE,
};
pub use failure::{CallError, FailureKind};
