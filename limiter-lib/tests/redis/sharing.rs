//! Replicas share one limit exactly.

use limiter_lib::{Action, LimitRequest, Mode, Source, Store, StoreOutcome, testing::RedisServer};

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn three_replicas_with_many_tasks_admit_exactly_the_burst() {
    let redis = RedisServer::start();
    let policy = slow("shared", 100);
    let mut tasks = Vec::new();
    for _ in 0..3 {
        let store = store(&redis.url());
        for _ in 0..8 {
            let (store, policy) = (store.clone(), policy.clone());
            tasks.push(tokio::spawn(async move { take_all(&store, &policy, key("one")).await }));
        }
    }
    let mut admitted = 0;
    for task in tasks {
        admitted += task.await.unwrap();
    }
    assert_eq!(admitted, 100);
}

#[tokio::test]
async fn a_refusal_is_cached_until_it_can_expire() {
    let redis = RedisServer::start();
    let store = store(&redis.url());
    let policy = slow("known", 1);
    assert!(eventually(async || take(&store, &policy, key("a")).await.ok()).await);
    assert_eq!(store.decide_now(&[LimitRequest::take(&policy, key("a"), 1)]), None, "an admission is not cached");
    assert!(!take(&store, &policy, key("a")).await.unwrap());
    let cached = store.decide_now(&[LimitRequest::take(&policy, key("a"), 1)]).expect("the refusal is cached");
    assert_eq!(cached[0].source, Source::DenyCache);
    assert!(matches!(cached[0].outcome, StoreOutcome::Exceeds { wait } if wait <= policy.rule().interval));
    assert_eq!(store.decide_now(&[LimitRequest::take(&policy, key("a"), 0)]), None, "a smaller cost may pass");
    assert_eq!(store.decide_now(&[LimitRequest::take(&policy, key("b"), 1)]), None, "another key is independent");

    let refund = [LimitRequest { policy: policy.clone(), key: key("a"), action: Action::Refund(1) }];
    store.decide(&refund).await.unwrap();
    assert!(take(&store, &policy, key("a")).await.unwrap(), "a refund clears the cached refusal");
}

#[tokio::test]
async fn a_refusal_is_over_when_its_wait_is_over() {
    let redis = RedisServer::start();
    let store = store(&redis.url());
    let policy = Policy::new("quick", Quota::per_second(20).unwrap().with_burst(2).unwrap()).unwrap();
    // An empty server has a grace period before it decides.
    eventually(async || left(&store, &policy, key("a")).await).await;
    let started = std::time::Instant::now();
    let mut admitted = 0;
    while started.elapsed() < Duration::from_millis(500) {
        admitted += u32::from(eventually(async || take(&store, &policy, key("a")).await.ok()).await);
        tokio::task::yield_now().await;
    }
    let most = 2.0 + 20.0 * started.elapsed().as_secs_f64();
    assert!(f64::from(admitted) <= most, "{admitted} of {most}");
    assert!(f64::from(admitted) >= most - 3.0, "{admitted} of {most}: refusals outlast their wait");
}

#[tokio::test]
async fn a_limit_in_shadow_refuses_nothing_and_takes_what_conforms() {
    let redis = RedisServer::start();
    let store = store(&redis.url());
    let (enforced, shadow) = (slow("enforced", 2), slow("shadow", 1).mode(Mode::Shadow));
    let requests = [LimitRequest::take(&enforced, key("a"), 1), LimitRequest::take(&shadow, key("a"), 1)];
    for expected in [[false, false], [false, true], [true, true]] {
        let replies = eventually(async || store.decide(&requests).await.ok()).await;
        assert_eq!([replies[0].exceeds(), replies[1].exceeds()], expected);
    }
}

#[tokio::test]
async fn several_limits_take_all_or_nothing() {
    let redis = RedisServer::start();
    let store = store(&redis.url());
    let (wide, narrow) = (slow("wide", 10), slow("narrow", 1));
    let requests = [LimitRequest::take(&wide, key("a"), 3), LimitRequest::take(&narrow, key("b"), 1)];
    eventually(async || store.decide(&requests).await.ok()).await;
    let replies = store.decide(&requests).await.unwrap();
    assert!(!replies[0].exceeds() && replies[1].exceeds());
    assert_eq!(left(&store, &wide, key("a")).await, Some(7), "the refused call took nothing");
}
