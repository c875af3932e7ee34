//! A store to ask, and what a promise needs to ask it.

use std::{any::Any, sync::Arc, time::Duration};

use limiter_lib::{Action, Key, LimitRequest, Policy, Quota, Store, StoreError, StoreOutcome, StoreReplies};

/// A store under test. Cheap to clone.
#[derive(Clone)]
pub struct Stand {
    store: Arc<dyn Store>,
    /// What must live as long as the store.
    _behind: Option<Arc<dyn Any + Send + Sync>>,
}

impl Stand {
    pub fn new(store: impl Store) -> Self {
        Self { store: Arc::new(store), _behind: None }
    }

    pub fn with(self, behind: impl Any + Send + Sync) -> Self {
        Self { _behind: Some(Arc::new(behind)), ..self }
    }

    /// Waits until the store decides: one behind a connection may have to find its place first. At most 10 s.
    pub async fn ready(self) -> Self {
        let look = [LimitRequest::take(&slow(1), fresh_key(), 0)];
        let tries = async {
            while self.try_all(&look).await.is_err() {
                tokio::time::sleep(Duration::from_millis(2)).await
            }
        };
        tokio::time::timeout(Duration::from_secs(10), tries).await.expect("the store decides within 10 s");
        self
    }

    async fn try_all(&self, asks: &[LimitRequest]) -> Result<StoreReplies, StoreError> {
        match self.store.decide_now(asks) {
            Some(answers) => Ok(answers),
            None => self.store.decide(asks).await,
        }
    }

    /// Asks several limits at once.
    pub async fn all(&self, asks: &[LimitRequest]) -> Vec<StoreOutcome> {
        let answers = self.try_all(asks).await.unwrap();
        assert_eq!(answers.len(), asks.len(), "one answer for each ask");
        answers.into_iter().map(|answer| answer.outcome).collect()
    }

    /// Asks one limit.
    pub async fn one(&self, policy: &Policy, key: Key, action: Action) -> StoreOutcome {
        self.all(&[LimitRequest { policy: policy.clone(), key, action }]).await[0]
    }

    /// Takes units: whether they were admitted.
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

/// A policy of its own over the text of a quota.
pub fn policy(quota: &str) -> Policy {
    Policy::new(&fresh_name(), quota.parse::<Quota>().unwrap()).unwrap()
}

/// `burst` units that do not come back while a test runs.
pub fn slow(burst: u32) -> Policy {
    policy(&format!("1/1h burst {burst}"))
}

pub fn conforms(answer: StoreOutcome) -> bool {
    matches!(answer, StoreOutcome::Conforms { .. })
}

pub fn granted(answer: StoreOutcome) -> u32 {
    match answer {
        StoreOutcome::Conforms { granted, .. } => granted,
        StoreOutcome::Exceeds { .. } => panic!("refused: {answer:?}"),
    }
}

pub fn until_idle(answer: StoreOutcome) -> u64 {
    match answer {
        StoreOutcome::Conforms { until_idle, .. } => until_idle,
        StoreOutcome::Exceeds { .. } => panic!("refused: {answer:?}"),
    }
}

pub fn wait(answer: StoreOutcome) -> Duration {
    match answer {
        StoreOutcome::Exceeds { wait } => limiter_lib::gcra::duration(wait),
        StoreOutcome::Conforms { .. } => panic!("admitted: {answer:?}"),
    }
}
