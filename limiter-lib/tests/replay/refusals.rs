//! What a replica refuses by itself the server would have refused.

use std::{sync::Arc, time::Instant};

use limiter_lib::{
    Action, Mode, Store, StoreOutcome,
    store::redis::{RedisSettings, RedisStore},
    testing::RedisServer,
};
use rand::{SeedableRng, rngs::StdRng};

use crate::plan::Plan;

/// Refusals known without asking that are tried on the server, by each of the tasks.
const TRIED: u32 = 1_500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_replica_refuses_by_itself_the_server_refuses_too() {
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
    let mut tried = 0;
    while tried < TRIED {
        let asks = plan.call(&mut random).1;
        let takes = |action| matches!(action, Action::Take(1..) | Action::Charge(_));
        if asks.len() > 1 || !takes(asks[0].action) || asks[0].policy.get_mode() == Mode::Shadow {
            continue;
        }
        let begun = Instant::now();
        let known = store.decide_now(&asks);
        let Ok(answers) = store.decide(&asks).await else {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            continue;
        };
        let Some(known) = known else { continue };
        tried += 1;
        let StoreOutcome::Exceeds { wait } = known[0].outcome else { panic!("only refusals are known") };
        let passed = begun.elapsed().as_micros() as u64 * 16;
        assert!(answers[0].exceeds() || passed >= wait, "{asks:?} passed though it had to wait for {wait} ticks");
    }
}
