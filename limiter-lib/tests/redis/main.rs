//! The shared store over a real Redis of each test's own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod connecting;
mod loss;
mod sharing;

use std::{future::Future, sync::Arc, time::Duration};

use limiter_lib::{
    Action, Key, LimitRequest, Policy, Quota, Store, StoreError, StoreOutcome,
    store::redis::{RedisSettings, RedisStore},
};

/// A store of a replica of its own.
fn store(url: &str) -> Arc<RedisStore> {
    Arc::new(RedisStore::new(RedisSettings::from_url(url).unwrap().connections(1)).unwrap())
}

/// `burst` units that practically never come back.
fn slow(name: &str, burst: u32) -> Policy {
    Policy::new(name, Quota::per_hour(1).unwrap().with_burst(burst).unwrap()).unwrap()
}

fn key(name: &str) -> Key {
    Key::part("test", name.as_bytes())
}

/// Takes one unit: whether it was admitted.
async fn take(store: &RedisStore, policy: &Policy, key: Key) -> Result<bool, StoreError> {
    let asks = [LimitRequest::take(policy, key, 1)];
    let answers = match store.decide_now(&asks) {
        Some(answers) => answers,
        None => store.decide(&asks).await?,
    };
    Ok(matches!(answers[0].outcome, StoreOutcome::Conforms { .. }))
}

/// Takes until refused, and says how many were admitted.
async fn take_all(store: &RedisStore, policy: &Policy, key: Key) -> u32 {
    let mut admitted = 0;
    while eventually(async || take(store, policy, key).await.ok()).await {
        admitted += 1;
    }
    admitted
}

/// Whole units left, by the server.
async fn left(store: &RedisStore, policy: &Policy, key: Key) -> Option<u32> {
    let asks = [LimitRequest { policy: policy.clone(), key, action: Action::Take(0) }];
    match store.decide(&asks).await.ok()?[0].outcome {
        StoreOutcome::Conforms { until_idle, .. } => Some(policy.rule().remaining(until_idle)),
        StoreOutcome::Exceeds { .. } => Some(0),
    }
}

/// Tries until there is an answer, at most 10 s.
async fn eventually<T, F: Future<Output = Option<T>>>(mut attempt: impl FnMut() -> F) -> T {
    let tries = async {
        loop {
            if let Some(value) = attempt().await {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), tries).await.expect("there is an answer within 10 s")
}
