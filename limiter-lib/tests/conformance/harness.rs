//! A store under test, and helpers to call it.

use std::{any::Any, sync::Arc, time::Duration};

use limiter_lib::{Action, Key, LimitRequest, Policy, Quota, Store, StoreError, StoreOutcome, StoreReplies};

/// A store under test. Cheap to clone.
#[derive(Clone)]
pub struct Harness {
    store: Arc<dyn Store>,
    /// Must outlive the store.
    _owner: Option<Arc<dyn Any + Send + Sync>>,
}

impl Harness {
    pub fn new(store: impl Store) -> Self {
        Self { store: Arc::new(store), _owner: None }
    }

    pub fn with(self, owner: impl Any + Send + Sync) -> Self {
        Self { _owner: Some(Arc::new(owner)), ..self }
    }

    /// Waits until the store decides, at most 10 s: it may have to connect first.
    pub async fn ready(self) -> Self {
        let probe = [LimitRequest::take(&slow(1), fresh_key(), 0)];
        let tries = async {
            while self.try_all(&probe).await.is_err() {
                tokio::time::sleep(Duration::from_millis(2)).await
            }
        };
        tokio::time::timeout(Duration::from_secs(10), tries).await.expect("the store decides within 10 s");
        self
    }

    async fn try_all(&self, requests: &[LimitRequest]) -> Result<StoreReplies, StoreError> {
        match self.store.decide_now(requests) {
            Some(replies) => Ok(replies),
            None => self.store.decide(requests).await,
        }
    }

    /// Requests several limits at once.
    pub async fn all(&self, requests: &[LimitRequest]) -> Vec<StoreOutcome> {
        let replies = self.try_all(requests).await.unwrap();
        assert_eq!(replies.len(), requests.len(), "one reply for each request");
        replies.into_iter().map(|reply| reply.outcome).collect()
    }

    /// Requests one limit.
    pub async fn one(&self, policy: &Policy, key: Key, action: Action) -> StoreOutcome {
        self.all(&[LimitRequest { policy: policy.clone(), key, action }]).await[0]
    }

    /// Takes units; `true` when they were admitted.
    pub async fn takes(&self, policy: &Policy, key: Key, cost: u32) -> bool {
        conforms(self.one(policy, key, Action::Take(cost)).await)
    }

    /// Whole units left.
    pub async fn left(&self, policy: &Policy, key: Key) -> u32 {
        policy.rule().remaining(until_idle(self.one(policy, key, Action::Take(0)).await))
    }
}

/// A name that no other test uses.
fn fresh_name() -> String {
    format!("p{:016x}", rand::random::<u64>())
}

/// A key that no other test uses.
pub fn fresh_key() -> Key {
    Key::part("test", &rand::random::<[u8; 16]>())
}

/// A unique policy over the text of a quota.
pub fn policy(quota: &str) -> Policy {
    Policy::new(&fresh_name(), quota.parse::<Quota>().unwrap()).unwrap()
}

/// `burst` units that do not refill while a test runs.
pub fn slow(burst: u32) -> Policy {
    policy(&format!("1/1h burst {burst}"))
}

pub fn conforms(outcome: StoreOutcome) -> bool {
    matches!(outcome, StoreOutcome::Conforms { .. })
}

pub fn granted(outcome: StoreOutcome) -> u32 {
    match outcome {
        StoreOutcome::Conforms { granted, .. } => granted,
        StoreOutcome::Exceeds { .. } => panic!("refused: {outcome:?}"),
    }
}

pub fn until_idle(outcome: StoreOutcome) -> u64 {
    match outcome {
        StoreOutcome::Conforms { until_idle, .. } => until_idle,
        StoreOutcome::Exceeds { .. } => panic!("refused: {outcome:?}"),
    }
}

pub fn wait(outcome: StoreOutcome) -> Duration {
    match outcome {
        StoreOutcome::Exceeds { wait } => limiter_lib::gcra::duration(wait),
        StoreOutcome::Conforms { .. } => panic!("admitted: {outcome:?}"),
    }
}
