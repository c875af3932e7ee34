//! Refusals from the cache of a replica are refusals of the server too.

use std::{sync::Arc, time::Instant};

use limiter_lib::{
    Action, Mode, Store, StoreOutcome,
    store::redis::{RedisSettings, RedisStore},
    testing::RedisServer,
};
use rand::{SeedableRng, rngs::StdRng};

use crate::plan::Plan;

/// Number of cached refusals that each task checks on the server.
const CHECKED: u32 = 1_500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_also_refuses_what_a_replica_refuses_from_its_cache() {
    let redis = RedisServer::start();
    let plan = Arc::new(Plan::new(rand::random()));
    let store = || Arc::new(RedisStore::new(RedisSettings::from_url(&redis.url()).unwrap()).unwrap());
    let stores = [store(), store(), store()];
    let tasks: Vec<_> = (0..12).map(|task| tokio::spawn(work(stores[task % 3].clone(), plan.clone()))).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

async fn work(store: Arc<RedisStore>, plan: Arc<Plan>) {
    let mut random = StdRng::seed_from_u64(rand::random());
    let mut checked = 0;
    while checked < CHECKED {
        let requests = plan.call(&mut random).1;
        let takes = |action| matches!(action, Action::Take(1..) | Action::Charge(_));
        if requests.len() > 1 || !takes(requests[0].action) || requests[0].policy.get_mode() == Mode::Shadow {
            continue;
        }
        let started = Instant::now();
        let cached = store.decide_now(&requests);
        let Ok(replies) = store.decide(&requests).await else {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            continue;
        };
        let Some(cached) = cached else { continue };
        checked += 1;
        let StoreOutcome::Exceeds { wait } = cached[0].outcome else { panic!("only refusals are cached") };
        let passed = started.elapsed().as_micros() as u64 * 16;
        assert!(replies[0].exceeds() || passed >= wait, "{requests:?} passed though it had to wait for {wait} ticks");
    }
}
