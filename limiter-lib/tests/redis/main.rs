//! The shared store over a real, private Redis for each test.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod connecting;
mod loss;
mod sharing;

use std::{future::Future, sync::Arc, time::Duration};

use limiter_lib::{
    Action, Key, LimitRequest, Policy, Quota, Store, StoreError, StoreOutcome,
    store::redis::{RedisSettings, RedisStore},
};

/// The store of one replica.
fn store(url: &str) -> Arc<RedisStore> {
    Arc::new(RedisStore::new(RedisSettings::from_url(url).unwrap().connections(1)).unwrap())
}

/// `burst` units that practically never refill.
fn slow(name: &str, burst: u32) -> Policy {
    Policy::new(name, Quota::per_hour(1).unwrap().with_burst(burst).unwrap()).unwrap()
}

fn key(name: &str) -> Key {
    Key::part("test", name.as_bytes())
}

/// Takes one unit; `true` when it was admitted.
async fn take(store: &RedisStore, policy: &Policy, key: Key) -> Result<bool, StoreError> {
    let requests = [LimitRequest::take(policy, key, 1)];
    let replies = match store.decide_now(&requests) {
        Some(replies) => replies,
        None => store.decide(&requests).await?,
    };
    Ok(matches!(replies[0].outcome, StoreOutcome::Conforms { .. }))
}

/// Takes until refused; returns the number of admitted units.
async fn take_all(store: &RedisStore, policy: &Policy, key: Key) -> u32 {
    let mut admitted = 0;
    while eventually(async || take(store, policy, key).await.ok()).await {
        admitted += 1;
    }
    admitted
}

/// Whole units left, by the server.
async fn left(store: &RedisStore, policy: &Policy, key: Key) -> Option<u32> {
    let requests = [LimitRequest { policy: policy.clone(), key, action: Action::Take(0) }];
    match store.decide(&requests).await.ok()?[0].outcome {
        StoreOutcome::Conforms { until_idle, .. } => Some(policy.rule().remaining(until_idle)),
        StoreOutcome::Exceeds { .. } => Some(0),
    }
}

/// Tries until there is a result, at most 10 s.
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
