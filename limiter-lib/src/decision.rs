//! Decisions of a limiter.

use std::time::Duration;

use smallvec::SmallVec;

use crate::policy::{Mode, Policy};

/// The decision of one limit on one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The limit.
    pub policy: Policy,
    /// The outcome; of a limit in shadow, the one that it would have enforced.
    pub outcome: Outcome,
    /// Whole units left.
    pub remaining: u32,
    /// Time until the whole burst is available again if no more requests come. Of a denial out of the deny cache: until
    /// the next attempt can succeed.
    pub reset_after: Duration,
    /// The origin of the decision.
    pub source: Source,
}

/// Handling of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Admit it.
    Allow,
    /// Admit it after this time: its position in the queue.
    Delay(Duration),
    /// Refuse it; the same request conforms after this time if no other comes.
    Deny {
        /// At least one tick.
        retry_after: Duration,
    },
}

/// The origin of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The store that the policy names.
    Store,
    /// This process, from a cached refusal of the store.
    DenyCache,
    /// This process, out of leased units.
    Lease,
    /// This process, while the store cannot decide.
    Fallback,
}

impl Source {
    /// The label in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Store => "store",
            Self::DenyCache => "deny_cache",
            Self::Lease => "lease",
            Self::Fallback => "fallback",
        }
    }
}

impl Decision {
    /// `true` when this limit refuses the request; never for a limit in shadow.
    pub fn refuses(&self) -> bool {
        matches!(self.outcome, Outcome::Deny { .. }) && self.policy.get_mode() == Mode::Enforce
    }
}

/// The decisions of several limits together: all of them took their units, or none that enforces did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decisions {
    /// One for each requested limit, in the order of the requests.
    pub decisions: SmallVec<[Decision; 2]>,
}

impl Decisions {
    /// `true` when the request may pass.
    pub fn is_allowed(&self) -> bool {
        !self.decisions.iter().any(Decision::refuses)
    }

    /// The limits that refuse.
    pub fn violated(&self) -> impl Iterator<Item = &Decision> {
        self.decisions.iter().filter(|decision| decision.refuses())
    }

    /// The longest wait of the limits that refuse; `None` when the request may pass.
    pub fn retry_after(&self) -> Option<Duration> {
        let waits = self.violated().filter_map(|decision| match decision.outcome {
            Outcome::Deny { retry_after } => Some(retry_after),
            _ => None,
        });
        waits.max()
    }

    /// The wait of an admitted request in the queues it passes.
    pub fn delay(&self) -> Duration {
        let enforced = self.decisions.iter().filter(|decision| decision.policy.get_mode() == Mode::Enforce);
        let delays = enforced.filter_map(|decision| match decision.outcome {
            Outcome::Delay(delay) => Some(delay),
            _ => None,
        });
        delays.max().unwrap_or_default()
    }
}
