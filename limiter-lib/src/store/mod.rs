//! Where the theoretical arrival times lie, and what every store promises.
//!
//! Stores are layers: [`MemoryStore`] and [`RedisStore`] hold state, [`LeasedStore`] and [`GuardedStore`] stand on another.

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

/// The most limits that one call may ask about.
pub const MAX_REQUESTS: usize = 8;

/// What is asked of one limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitRequest {
    /// The limit.
    pub policy: Policy,
    /// Whom it counts.
    pub key: Key,
    /// What to do.
    pub action: Action,
}

/// What to do with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Take so many units if the limit allows them; 0 looks without taking. At most the burst.
    Take(u32),
    /// Take up to so many units, as many as there are.
    TakeUpTo(u32),
    /// Take units whether the limit allows them or not, down to an empty bucket: a cost that is known afterwards.
    Charge(u32),
    /// Give units back; a key is never better than idle.
    Refund(u32),
}

/// What one limit answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreReply {
    /// What the limit says.
    pub outcome: StoreOutcome,
    /// Who says so.
    pub source: Source,
}

/// What the limit says, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreOutcome {
    /// It conforms, or would have if another limit of the same call had not refused.
    Conforms {
        /// Until the key is idle again.
        until_idle: u64,
        /// How many units were taken; less than wanted only for [`Action::TakeUpTo`].
        granted: u32,
    },
    /// It does not conform.
    Exceeds {
        /// Until the same request conforms; at least 1.
        wait: u64,
    },
}

impl StoreReply {
    /// Whether the limit does not conform.
    pub fn exceeds(&self) -> bool {
        matches!(self.outcome, StoreOutcome::Exceeds { .. })
    }
}

/// One answer for each ask, in their order.
pub type StoreReplies = SmallVec<[StoreReply; 2]>;

/// Why a store could not decide. Never a decision: what happens to the request is for the policy to say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No answer in time.
    #[error("the store did not answer in time")]
    Timeout,
    /// No connection, or it broke. What was asked may or may not have been done.
    #[error("the store cannot be reached: {0}")]
    Unreachable(String),
    /// The store answered with an error; nothing was done.
    #[error("the store refused: {0}")]
    Refused(String),
    /// The store has lost its state and is being told what the replicas remember.
    #[error("the store is recovering its state")]
    Recovering,
    /// More calls wait for the store than may.
    #[error("too many calls wait for the store")]
    Overloaded,
    /// The breaker keeps calls from a store that has failed.
    #[error("the store has failed and is left alone for now")]
    Open,
}

impl StoreError {
    /// The word for traces: it names the kind and tells nothing else.
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

/// Something that decides.
///
/// All asks of one call are decided together: the units of all limits that enforce are taken, or those of none. Limits
/// in shadow take part by themselves: each takes its units if it conforms. A cost above the burst exceeds forever; the
/// [`Limiter`](crate::Limiter) does not let it through to here.
pub trait Store: Send + Sync + std::fmt::Debug + 'static {
    /// Decides; at most [`MAX_REQUESTS`].
    fn decide<'a>(&'a self, asks: &'a [LimitRequest]) -> StoreFuture<'a>;

    /// Decides without waiting where that is possible; `None` means ask [`Store::decide`], and nothing was done.
    fn decide_now(&self, _asks: &[LimitRequest]) -> Option<StoreReplies> {
        None
    }

    /// As [`Store::decide_now`] for a single limit, which is most of what is asked: nothing is gathered and nothing counted.
    fn act_now(&self, policy: &Policy, key: Key, action: Action) -> Option<StoreReply> {
        let ask = LimitRequest { policy: policy.clone(), key, action };
        self.decide_now(std::slice::from_ref(&ask))?.first().copied()
    }

    /// Begins to connect what the calls of this thread use, so that the first of them need not wait. Must be called in a
    /// runtime, which the connection then runs on.
    fn connect(&self) {}

    /// Begins to connect what no thread has connected yet, on the runtime of the caller.
    fn connect_all(&self) {}

    /// `true` when decisions are made together with the other replicas: every connection that was begun is there, the
    /// state is joined, and the replicas are counted.
    fn is_connected(&self) -> bool {
        true
    }

    /// Ticks until `key` is idle, as far as this process has been told; for whoever must go on without the store.
    fn cached_until_idle(&self, _policy: &Policy, _key: Key) -> Option<u64> {
        None
    }
}
