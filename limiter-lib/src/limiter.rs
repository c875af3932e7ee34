//! The face of the library: ask about a request, get a decision.

use std::{sync::Arc, time::Duration};

use smallvec::smallvec;

use crate::{
    decision::{Decision, Outcome, Verdict},
    gcra,
    key::Key,
    metrics,
    policy::Policy,
    store::{Action, Answer, Answered, Answers, Ask, MAX_ASKS, Store, StoreError},
};

/// Decides on requests over a store. Cheap to clone; clones share the store.
#[derive(Debug, Clone)]
pub struct Limiter {
    store: Arc<dyn Store>,
}

/// Why there is no decision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// A cost that the policy can never allow.
    #[error("a cost of {cost} is more than the burst of policy `{policy}`")]
    CostAboveBurst {
        /// The policy.
        policy: String,
        /// The cost.
        cost: u32,
    },
    /// More limits than a call may ask about, or none.
    #[error("one call asks about 1 to {MAX_ASKS} limits, not {0}")]
    Limits(usize),
    /// The store could not decide. Not a decision: a `GuardedStore` turns it into the policy's way through an outage.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Limiter {
    /// A limiter over `store`.
    pub fn new(store: impl Store) -> Self {
        Self { store: Arc::new(store) }
    }

    /// Takes one unit of one limit.
    ///
    /// # Errors
    /// [`CheckError`].
    pub async fn check(&self, policy: &Policy, key: Key) -> Result<Decision, CheckError> {
        self.check_cost(policy, key, 1).await
    }

    /// Takes `cost` units of one limit; 0 looks without taking.
    ///
    /// # Errors
    /// [`CheckError`].
    pub async fn check_cost(&self, policy: &Policy, key: Key, cost: u32) -> Result<Decision, CheckError> {
        let mut verdict = self.check_all(&[Ask::take(policy, key, cost)]).await?;
        verdict.decisions.pop().ok_or(CheckError::Limits(0))
    }

    /// Asks several limits at once: all that enforce take their units, or none does.
    ///
    /// # Errors
    /// [`CheckError`].
    pub async fn check_all(&self, asks: &[Ask]) -> Result<Verdict, CheckError> {
        if asks.is_empty() || asks.len() > MAX_ASKS {
            return Err(CheckError::Limits(asks.len()));
        }
        for ask in asks {
            if let Action::Take(cost) = ask.action
                && cost > ask.policy.quota().burst()
            {
                return Err(CheckError::CostAboveBurst { policy: ask.policy.name().to_owned(), cost });
            }
        }
        let answers = match self.store.decide_now(asks) {
            Some(answers) => answers,
            None => self.store.decide(asks).await?,
        };
        let verdict = verdict(asks, &answers);
        metrics::decided(&verdict);
        Ok(verdict)
    }

    /// Waits for `cost` units, at most `max_wait`; the last decision says whether they were taken. A queue's delay is
    /// waited for too.
    ///
    /// # Errors
    /// [`CheckError`].
    pub async fn acquire(
        &self,
        policy: &Policy,
        key: Key,
        cost: u32,
        max_wait: Duration,
    ) -> Result<Decision, CheckError> {
        let give_up = tokio::time::Instant::now() + max_wait;
        loop {
            let decision = self.check_cost(policy, key, cost).await?;
            let wait = match decision.outcome {
                Outcome::Allow => return Ok(decision),
                Outcome::Delay(delay) => {
                    // The units are taken: leaving now would waste them, so the bound is for the queue to keep.
                    tokio::time::sleep(delay).await;
                    return Ok(decision);
                }
                Outcome::Deny { retry_after } => retry_after,
            };
            if tokio::time::Instant::now() + wait > give_up {
                return Ok(decision);
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Takes units that were used in any case, down to an empty bucket.
    ///
    /// # Errors
    /// [`CheckError::Store`].
    pub async fn charge(&self, policy: &Policy, key: Key, units: u32) -> Result<Decision, CheckError> {
        self.act(policy, key, Action::Charge(units)).await
    }

    /// Gives units back.
    ///
    /// # Errors
    /// [`CheckError::Store`].
    pub async fn refund(&self, policy: &Policy, key: Key, units: u32) -> Result<Decision, CheckError> {
        self.act(policy, key, Action::Refund(units)).await
    }

    /// Makes the key idle again.
    ///
    /// # Errors
    /// [`CheckError::Store`].
    pub async fn reset(&self, policy: &Policy, key: Key) -> Result<Decision, CheckError> {
        self.act(policy, key, Action::Refund(policy.quota().burst())).await
    }

    async fn act(&self, policy: &Policy, key: Key, action: Action) -> Result<Decision, CheckError> {
        let asks = [Ask { policy: policy.clone(), key, action }];
        let mut verdict = self.check_all(&asks).await?;
        verdict.decisions.pop().ok_or(CheckError::Limits(0))
    }
}

impl Ask {
    /// Takes `cost` units if the limit allows them.
    pub fn take(policy: &Policy, key: Key, cost: u32) -> Self {
        Self { policy: policy.clone(), key, action: Action::Take(cost) }
    }
}

fn verdict(asks: &[Ask], answers: &Answers) -> Verdict {
    let mut verdict = Verdict { decisions: smallvec![] };
    verdict.decisions.extend(asks.iter().zip(answers).map(|(ask, answer)| decision(&ask.policy, answer)));
    verdict
}

fn decision(policy: &Policy, answer: &Answer) -> Decision {
    let rule = policy.rule();
    let (outcome, remaining, reset_after) = match answer.outcome {
        Answered::Conforms { until_idle, .. } => {
            let outcome = match rule.delay(until_idle) {
                0 => Outcome::Allow,
                delay => Outcome::Delay(gcra::duration(delay)),
            };
            (outcome, rule.remaining(until_idle), until_idle)
        }
        Answered::Exceeds { wait } => (Outcome::Deny { retry_after: gcra::duration(wait) }, 0, wait),
    };
    Decision {
        policy: policy.clone(),
        outcome,
        remaining,
        reset_after: gcra::duration(reset_after),
        source: answer.source,
    }
}
