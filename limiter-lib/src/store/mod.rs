//! Stores of theoretical arrival times, and the contract of all stores.
//!
//! Stores are layers: [`MemoryStore`] and [`RedisStore`] hold state, [`LeasedStore`] and [`GuardedStore`] wrap another.

pub mod guarded;
pub mod leased;
pub mod memory;
pub mod redis;

use std::{future::Future, pin::Pin};

pub use guarded::{GuardSettings, GuardedStore};
pub use leased::LeasedStore;
pub use memory::MemoryStore;
pub use redis::{InvalidRedis, RedisSettings, RedisStore};
use smallvec::SmallVec;

use crate::{decision::Source, key::Key, policy::Policy};

/// Maximum number of limits in one call.
pub const MAX_REQUESTS: usize = 8;

/// A request to one limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitRequest {
    /// The limit.
    pub policy: Policy,
    /// The subject it counts.
    pub key: Key,
    /// The action on the key.
    pub action: Action,
}

/// An action on a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Take so many units if the limit allows them; 0 reads without taking. At most the burst.
    Take(u32),
    /// Take up to so many units, as many as are available.
    TakeUpTo(u32),
    /// Take units unconditionally, down to an empty bucket: a cost that is known only afterwards.
    Charge(u32),
    /// Refund units; a key is never better than idle.
    Refund(u32),
}

/// The reply of one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreReply {
    /// The outcome.
    pub outcome: StoreOutcome,
    /// The origin of the outcome.
    pub source: Source,
}

/// The outcome of a request to one limit, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreOutcome {
    /// It conforms, or would have if another limit of the same call had not refused.
    Conforms {
        /// Until the key is idle again.
        until_idle: u64,
        /// Units taken; less than wanted only for [`Action::TakeUpTo`].
        granted: u32,
    },
    /// It does not conform.
    Exceeds {
        /// Until the same request conforms; at least 1.
        wait: u64,
    },
}

impl StoreReply {
    /// `true` when the request does not conform.
    pub fn exceeds(&self) -> bool {
        matches!(self.outcome, StoreOutcome::Exceeds { .. })
    }
}

/// One reply for each request, in their order.
pub type StoreReplies = SmallVec<[StoreReply; 2]>;

/// A store that could not decide. Never a decision: the policy determines the handling of the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No reply in time.
    #[error("the store did not answer in time")]
    Timeout,
    /// No connection, or it broke. The request may or may not have been executed.
    #[error("the store cannot be reached: {0}")]
    Unreachable(String),
    /// The store replied with an error; nothing was executed.
    #[error("the store refused: {0}")]
    Refused(String),
    /// The store has lost its state, and the replicas are restoring it.
    #[error("the store is recovering its state")]
    Recovering,
    /// The queue of calls to the store is full.
    #[error("the queue of calls to the store is full")]
    Overloaded,
    /// The breaker is open: the store has failed.
    #[error("the store has failed and its breaker is open")]
    Open,
}

impl StoreError {
    /// The kind of the error, for traces (`error.type`).
    pub const fn error_type(&self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Unreachable(_) => "unreachable",
            Self::Refused(_) => "refused",
            Self::Recovering => "recovering",
            Self::Overloaded => "overloaded",
            Self::Open => "open",
        }
    }
}

/// A future on the heap, as stores return it.
pub type StoreFuture<'a> = Pin<Box<dyn Future<Output = Result<StoreReplies, StoreError>> + Send + 'a>>;

/// A store that decides.
///
/// All requests of one call are decided together: the units of all limits that enforce are taken, or those of none.
/// Limits in shadow are independent: each takes its units if it conforms. A cost above the burst never conforms; the
/// [`Limiter`](crate::Limiter) rejects it before.
pub trait Store: Send + Sync + std::fmt::Debug + 'static {
    /// Decides; at most [`MAX_REQUESTS`].
    fn decide<'a>(&'a self, requests: &'a [LimitRequest]) -> StoreFuture<'a>;

    /// Decides without waiting where that is possible; on `None` nothing was executed and [`Store::decide`] is needed.
    fn decide_now(&self, _requests: &[LimitRequest]) -> Option<StoreReplies> {
        None
    }

    /// As [`Store::decide_now`] for a single limit, the common case: no collection is built.
    fn act_now(&self, policy: &Policy, key: Key, action: Action) -> Option<StoreReply> {
        let request = LimitRequest { policy: policy.clone(), key, action };
        self.decide_now(std::slice::from_ref(&request))?.first().copied()
    }

    /// Starts the connection that calls of this thread use, so that the first of them need not wait. Must be called in
    /// a runtime, which the connection then runs on.
    fn connect(&self) {}

    /// Starts all connections that no thread has started yet, on the runtime of the caller.
    fn connect_all(&self) {}

    /// `true` when decisions are shared with the other replicas: every started connection is established, the state is
    /// joined, and the replicas are counted.
    fn is_connected(&self) -> bool {
        true
    }

    /// Ticks until `key` is idle by the last cached reply of the store; the starting point of decisions without it.
    fn cached_until_idle(&self, _policy: &Policy, _key: Key) -> Option<u64> {
        None
    }
}
