//! The contract of stores, tested on each of them. A further store is one line in [`stores`].

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

mod harness;
mod several;
mod single;

use std::sync::{Arc, atomic::AtomicU32};

use harness::Harness;
use limiter_lib::{
    MemoryStore,
    store::{GuardSettings, GuardedStore, LeasedStore, RedisSettings, RedisStore},
    testing::RedisServer,
};

/// One test for each promise and store.
macro_rules! promises {
    ($make:expr => $($part:ident::{$($promise:ident),* $(,)?}),* $(,)?) => {$($(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $promise() {
            $part::$promise(&$make.ready().await).await;
        }
    )*)*};
}

macro_rules! stores {
    ($($store:ident: $make:expr,)*) => {$(
        mod $store {
            use super::*;

            promises! { $make =>
                single::{
                    the_burst_is_admitted_and_no_more,
                    the_returned_wait_is_right,
                    a_cost_of_the_whole_burst_passes_once,
                    a_cost_above_the_burst_never_passes,
                    peeking_takes_nothing,
                    up_to_takes_the_available_units,
                    a_charge_takes_down_to_an_empty_bucket,
                    a_refund_is_never_better_than_idle,
                    a_queue_delays_each_by_its_position,
                    policies_and_keys_are_independent,
                    tasks_at_once_share_exactly,
                },
                several::{
                    all_limits_take_or_none_does,
                    a_limit_in_shadow_counts_and_refuses_nothing,
                    a_limit_in_shadow_takes_although_another_refuses,
                    the_same_key_twice_in_a_call_counts_twice,
                    eight_limits_at_once,
                    replies_come_in_the_order_of_the_requests,
                    charges_refunds_and_partial_takes_happen_although_another_limit_refuses,
                    tasks_at_once_take_the_same_from_all_limits,
                },
            }
        }
    )*};
}

stores! {
    memory: Harness::new(MemoryStore::new(1 << 12)),
    guarded_memory: Harness::new(guarded(MemoryStore::new(1 << 12))),
    leased_memory: Harness::new(LeasedStore::new(MemoryStore::new(1 << 12))),
    redis: redis(),
}

fn guarded(store: MemoryStore) -> GuardedStore<MemoryStore> {
    GuardedStore::new(store, Arc::new(AtomicU32::new(1)), &GuardSettings::default())
}

/// The Redis of `TEST_REDIS_URL`, or a private one.
#[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
fn redis() -> Harness {
    // One connection: a further one that is not established yet would reply with an error.
    let store = |url: &str| RedisStore::new(RedisSettings::from_url(url).unwrap().connections(1)).unwrap();
    match std::env::var("TEST_REDIS_URL") {
        Ok(url) => Harness::new(store(&url)),
        Err(_) => {
            let server = RedisServer::start();
            Harness::new(store(&server.url())).with(server)
        }
    }
}
