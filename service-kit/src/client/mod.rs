//! Calls to other services: the only place that builds a `reqwest::Client`. Typed by contracts, bounded in time and
//! size, every failure named.

mod call;
mod failure;

pub use call::{CallContext, Credentials, ServiceClient};
pub use failure::{CallError, FailureKind};
