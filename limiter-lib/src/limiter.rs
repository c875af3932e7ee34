//! The face of the library: ask about a request, get a decision.

use std::{sync::Arc, time::Duration};

use smallvec::smallvec;
use tracing::Instrument;

use crate::{
    decision::{Decision, Decisions, Outcome},
    gcra,
    key::Key,
    metrics,
    policy::Policy,
    store::{Action, LimitRequest, MAX_REQUESTS, Store, StoreError, StoreOutcome, StoreReplies, StoreReply},
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
    #[error("one call asks about 1 to {MAX_REQUESTS} limits, not {0}")]
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
    pub fn check(&self, policy: &Policy, key: Key) -> impl Future<Output = Result<Decision, CheckError>> {
        self.act(policy, key, Action::Take(1))
    }

    /// Takes `cost` units of one limit; 0 looks without taking.
    ///
    /// # Errors
    /// [`CheckError`].
    pub fn check_cost(
        &self,
        policy: &Policy,
        key: Key,
        cost: u32,
    ) -> impl Future<Output = Result<Decision, CheckError>> {
        self.act(policy, key, Action::Take(cost))
    }

    /// Asks several limits at once: all that enforce take their units, or none does.
    ///
    /// # Errors
    /// [`CheckError`].
    pub async fn check_all(&self, asks: &[LimitRequest]) -> Result<Decisions, CheckError> {
        if asks.is_empty() || asks.len() > MAX_REQUESTS {
            return Err(CheckError::Limits(asks.len()));
        }
        if let [ask] = asks {
            return Ok(Decisions { decisions: smallvec![self.act(&ask.policy, ask.key, ask.action).await?] });
        }
        asks.iter().try_for_each(|ask| possible(&ask.policy, ask.action))?;
        let answers = match self.store.decide_now(asks) {
            Some(answers) => answers,
            None => self.ask(asks).await?,
        };
        let decide = |(ask, answer): (&LimitRequest, &StoreReply)| decision(ask.policy.clone(), answer);
        Ok(Decisions { decisions: asks.iter().zip(&answers).map(decide).collect() })
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

    /// One limit: [`Limiter::check_all`] without what several need. No larger value is moved on the way of a decision that
    /// needs no waiting: each move costs as much as reading the clock.
    async fn act(&self, policy: &Policy, key: Key, action: Action) -> Result<Decision, CheckError> {
        if let Some(decision) = self.act_now(policy, key, action)? {
            return Ok(decision);
        }
        let ask = LimitRequest { policy: policy.clone(), key, action };
        let answers = self.ask(std::slice::from_ref(&ask)).await?;
        answers.first().map(|answer| decision(ask.policy, answer)).ok_or(CheckError::Limits(0))
    }

    /// Asks the store what cannot be said without waiting, in a span for whoever traces this deep.
    fn ask<'a>(&'a self, asks: &'a [LimitRequest]) -> impl Future<Output = Result<StoreReplies, StoreError>> + 'a {
        let policy = asks.first().map(|ask| ask.policy.name());
        self.store.decide(asks).instrument(tracing::debug_span!("limiter.store", policy, limits = asks.len()))
    }

    #[inline(always)]
    fn act_now(&self, policy: &Policy, key: Key, action: Action) -> Result<Option<Decision>, CheckError> {
        possible(policy, action)?;
        Ok(self.store.act_now(policy, key, action).map(|answer| decision(policy.clone(), &answer)))
    }
}

impl LimitRequest {
    /// Takes `cost` units if the limit allows them.
    pub fn take(policy: &Policy, key: Key, cost: u32) -> Self {
        Self { policy: policy.clone(), key, action: Action::Take(cost) }
    }
}

/// A cost above the burst would be refused forever.
#[inline(always)]
fn possible(policy: &Policy, action: Action) -> Result<(), CheckError> {
    match action {
        Action::Take(cost) if cost > policy.quota().burst() => {
            Err(CheckError::CostAboveBurst { policy: policy.name().to_owned(), cost })
        }
        _ => Ok(()),
    }
}

/// Says and counts what the answer means.
#[inline(always)]
fn decision(policy: Policy, answer: &StoreReply) -> Decision {
    let rule = policy.rule();
    let (outcome, remaining, reset_after) = match answer.outcome {
        StoreOutcome::Conforms { until_idle, .. } => {
            let outcome = match rule.delay(until_idle) {
                0 => Outcome::Allow,
                delay => Outcome::Delay(gcra::duration(delay)),
            };
            (outcome, rule.remaining(until_idle), until_idle)
        }
        StoreOutcome::Exceeds { wait } => (Outcome::Deny { retry_after: gcra::duration(wait) }, 0, wait),
    };
    let decision =
        Decision { policy, outcome, remaining, reset_after: gcra::duration(reset_after), source: answer.source };
    metrics::decided(&decision);
    decision
}
