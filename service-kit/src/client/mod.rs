//! Calls to other services: the only place that builds a `reqwest::Client`. Bounded in time and size, every failure named.
//! [`ServiceClient`] calls our own services, typed by contracts; [`ExternalClient`] calls hosts that are not ours.

mod call;
mod egress_policy;
mod external_client;
mod failure;
mod retries;

pub use call::{CallContext, Credentials, ServiceClient};
pub use egress_policy::EgressPolicy;
pub use external_client::{
    ExternalClient, ExternalClientSettings, ExternalRequest, ExternalResponse, MAX_FOREIGN_ANSWER,
};
pub use failure::{CallError, FailureKind};
