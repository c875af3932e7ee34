//! What a limiter says.

use std::time::Duration;

use smallvec::SmallVec;

use crate::policy::{Mode, Policy};

/// What one limit says of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The limit.
    pub policy: Policy,
    /// What it says; a limit in shadow says what it would have said.
    pub outcome: Outcome,
    /// Whole units left.
    pub remaining: u32,
    /// Until the whole burst is there again if nothing more comes. Of a denial that this process knew by itself: until
    /// the next attempt can succeed.
    pub reset_after: Duration,
    /// Who decided.
    pub source: Source,
}

/// What is to be done with the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Let it pass.
    Allow,
    /// Let it pass after this time: its place in the queue.
    Delay(Duration),
    /// Refuse it; the same request conforms after this time if nothing else comes.
    Deny {
        /// At least one tick.
        retry_after: Duration,
    },
}

/// Who decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The store that the policy asks for.
    Store,
    /// This process, which knew that the store would refuse.
    DenyCache,
    /// This process, out of units taken ahead.
    Lease,
    /// This process, while the store cannot decide.
    Fallback,
}

impl Source {
    /// The word in metrics.
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
    /// Whether this limit refuses the request; a limit in shadow never does.
    pub fn refuses(&self) -> bool {
        matches!(self.outcome, Outcome::Deny { .. }) && self.policy.get_mode() == Mode::Enforce
    }
}

/// What several limits say together: all of them took their units, or none that enforces did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decisions {
    /// One for each limit asked, in the order of asking.
    pub decisions: SmallVec<[Decision; 2]>,
}

impl Decisions {
    /// Whether the request may pass.
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

    /// How long an admitted request waits in the queues it passes.
    pub fn delay(&self) -> Duration {
        let enforced = self.decisions.iter().filter(|decision| decision.policy.get_mode() == Mode::Enforce);
        let delays = enforced.filter_map(|decision| match decision.outcome {
            Outcome::Delay(delay) => Some(delay),
            _ => None,
        });
        delays.max().unwrap_or_default()
    }
}
