//! The shared store over a real cluster and under a real Sentinel.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod cluster;
mod sentinel;

use std::{cell::RefCell, future::Future, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use limiter_lib::{
    Key, LimitRequest, Policy, Quota, Store, StoreOutcome, StoreReplies,
    store::{RedisSettings, RedisStore},
};

fn store(url: &str) -> RedisStore {
    RedisStore::new(RedisSettings::from_url(url).unwrap().connections(1)).unwrap()
}

/// `burst` units that practically never refill.
fn slow(name: &str, burst: u32) -> Policy {
    Policy::new(name, Quota::per_hour(1).unwrap().with_burst(burst).unwrap()).unwrap()
}

fn key(number: u32) -> Key {
    Key::part("test", &number.to_be_bytes())
}

/// Retries until the store decides.
async fn decide(store: &RedisStore, requests: &[LimitRequest]) -> StoreReplies {
    let errors = RefCell::new(Vec::new());
    let attempts = eventually("the store decides", async || match store.decide_now(requests) {
        Some(replies) => Some(replies),
        None => store.decide(requests).await.map_err(|error| errors.borrow_mut().push(error.to_string())).ok(),
    });
    AssertUnwindSafe(attempts).catch_unwind().await.unwrap_or_else(|_| panic!("no decision: {:?}", errors.borrow()))
}

async fn take(store: &RedisStore, policy: &Policy, key: Key) -> bool {
    !decide(store, &[LimitRequest::take(policy, key, 1)]).await[0].exceeds()
}

/// Whole units left, by the server.
async fn left(store: &RedisStore, policy: &Policy, key: Key) -> u32 {
    match decide(store, &[LimitRequest::take(policy, key, 0)]).await[0].outcome {
        StoreOutcome::Conforms { until_idle, .. } => policy.rule().remaining(until_idle),
        StoreOutcome::Exceeds { .. } => 0,
    }
}

async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut attempt: impl FnMut() -> F) -> T {
    let tries = async {
        loop {
            if let Some(value) = attempt().await {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), tries).await.unwrap_or_else(|_| panic!("not within 60 s: {what}"))
}
