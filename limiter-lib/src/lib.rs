#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

#[cfg(feature = "actix")]
pub mod actix;
pub mod clock;
mod counters;
pub mod decision;
pub mod gcra;
#[doc = include_str!("guide.md")]
pub mod guide {}
pub mod key;
pub mod limiter;
mod metrics;
pub mod policy;
pub mod quota;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;

pub use clock::Clock;
pub use decision::{Decision, Decisions, Outcome, Source};
pub use key::Key;
pub use limiter::{CheckError, Limiter};
pub use metrics::describe_metrics;
pub use policy::{Consistency, InvalidName, Mode, Outage, Overflow, Policy};
pub use quota::{InvalidQuota, Quota};
pub use store::{Action, LimitRequest, MemoryStore, Store, StoreError, StoreOutcome, StoreReplies, StoreReply};
