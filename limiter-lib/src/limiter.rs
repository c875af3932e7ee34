//! The entry point of the library: checks requests against limits.

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

/// A check without a decision.
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
    /// More limits than a call may name, or none.
    #[error("one call checks 1 to {MAX_REQUESTS} limits, not {0}")]
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

    /// Takes `cost` units of one limit; 0 reads without taking.
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

    /// Checks several limits at once: all that enforce take their units, or none does.
    ///
    /// # Errors
    /// [`CheckError`].
    pub async fn check_all(&self, requests: &[LimitRequest]) -> Result<Decisions, CheckError> {
        if requests.is_empty() || requests.len() > MAX_REQUESTS {
            return Err(CheckError::Limits(requests.len()));
        }
        if let [request] = requests {
            return Ok(Decisions {
                decisions: smallvec![self.act(&request.policy, request.key, request.action).await?],
            });
        }
        requests.iter().try_for_each(|request| validate_cost(&request.policy, request.action))?;
        let replies = match self.store.decide_now(requests) {
            Some(replies) => replies,
            None => self.query_store(requests).await?,
        };
        let decide = |(request, reply): (&LimitRequest, &StoreReply)| decision(request.policy.clone(), reply);
        Ok(Decisions { decisions: requests.iter().zip(&replies).map(decide).collect() })
    }

    /// Waits for `cost` units, at most `max_wait`; the last decision is returned. The delay of a queue is waited for
    /// too.
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
        let deadline = tokio::time::Instant::now() + max_wait;
        loop {
            let decision = self.check_cost(policy, key, cost).await?;
            let wait = match decision.outcome {
                Outcome::Allow => return Ok(decision),
                Outcome::Delay(delay) => {
                    // The units are taken: giving up would waste them, so only the queue's own bound applies.
                    tokio::time::sleep(delay).await;
                    return Ok(decision);
                }
                Outcome::Deny { retry_after } => retry_after,
            };
            if tokio::time::Instant::now() + wait > deadline {
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

    /// Refunds units.
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

    /// One limit: [`Limiter::check_all`] without the overhead of several. No larger value is moved on the path of an
    /// immediate decision: each move costs as much as reading the clock.
    async fn act(&self, policy: &Policy, key: Key, action: Action) -> Result<Decision, CheckError> {
        if let Some(decision) = self.act_now(policy, key, action)? {
            return Ok(decision);
        }
        let request = LimitRequest { policy: policy.clone(), key, action };
        let replies = self.query_store(std::slice::from_ref(&request)).await?;
        replies.first().map(|reply| decision(request.policy, reply)).ok_or(CheckError::Limits(0))
    }

    /// Queries the store for a decision that is not immediate, in a debug span.
    fn query_store<'a>(
        &'a self,
        requests: &'a [LimitRequest],
    ) -> impl Future<Output = Result<StoreReplies, StoreError>> + 'a {
        let policy = requests.first().map(|request| request.policy.name());
        self.store.decide(requests).instrument(tracing::debug_span!("limiter.store", policy, limits = requests.len()))
    }

    #[inline(always)]
    fn act_now(&self, policy: &Policy, key: Key, action: Action) -> Result<Option<Decision>, CheckError> {
        validate_cost(policy, action)?;
        Ok(self.store.act_now(policy, key, action).map(|reply| decision(policy.clone(), &reply)))
    }
}

impl LimitRequest {
    /// Takes `cost` units if the limit allows them.
    pub fn take(policy: &Policy, key: Key, cost: u32) -> Self {
        Self { policy: policy.clone(), key, action: Action::Take(cost) }
    }
}

/// Rejects a cost above the burst, which would never conform.
#[inline(always)]
fn validate_cost(policy: &Policy, action: Action) -> Result<(), CheckError> {
    match action {
        Action::Take(cost) if cost > policy.quota().burst() => {
            Err(CheckError::CostAboveBurst { policy: policy.name().to_owned(), cost })
        }
        _ => Ok(()),
    }
}

/// Turns a reply into a decision and counts it.
#[inline(always)]
fn decision(policy: Policy, reply: &StoreReply) -> Decision {
    let rule = policy.rule();
    let (outcome, remaining, reset_after) = match reply.outcome {
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
        Decision { policy, outcome, remaining, reset_after: gcra::duration(reset_after), source: reply.source };
    metrics::record_decision(&decision);
    decision
}
