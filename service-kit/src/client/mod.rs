//! Calls to other services: the only place that builds a `reqwest::Client`. Bounded in time and size, every failure named.
//! [`ServiceClient`] calls our own services, typed by contracts; [`BackChannel`] calls hosts that are not ours.

mod back_channel;
mod call;
mod failure;
mod reach;
mod retries;

pub use back_channel::{BackAnswer, BackCall, BackChannel, BackChannelSettings, MAX_FOREIGN_ANSWER};
pub use call::{CallContext, Credentials, ServiceClient};
pub use failure::{CallError, FailureKind};
pub use reach::Reach;
