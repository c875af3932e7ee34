//! Leases: their stated bound, under adversarial schedules.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

use std::{collections::VecDeque, sync::Arc, time::Duration};

use limiter_lib::{
    Clock, Consistency, Key, LimitRequest, Policy, Quota, Source, Store, StoreOutcome, StoreReplies,
    store::{LeasedStore, MemoryStore, RedisSettings, RedisStore, StoreFuture},
    testing::RedisServer,
};
use proptest::prelude::*;

const LEASE: Duration = Duration::from_millis(200);

/// One store that several replicas lease from.
#[derive(Debug, Clone)]
struct Shared(Arc<MemoryStore>);

impl Store for Shared {
    fn decide<'a>(&'a self, requests: &'a [LimitRequest]) -> StoreFuture<'a> {
        self.0.decide(requests)
    }
}

struct Fleet {
    clock: Clock,
    replicas: Vec<LeasedStore<Shared>>,
    policy: Policy,
    key: Key,
    /// Admitted units with their time, in ticks.
    admitted: Vec<(u64, u32)>,
}

impl Fleet {
    fn new(replicas: usize, quota: Quota, units: u32) -> Self {
        let clock = Clock::manual();
        let shared = Shared(Arc::new(MemoryStore::with_clock(64, clock.clone())));
        let lease = |_| LeasedStore::with_clock(shared.clone(), LEASE, clock.clone());
        let policy = Policy::new("leased", quota).unwrap().consistency(Consistency::Leased { units });
        Self {
            replicas: (0..replicas).map(lease).collect(),
            clock,
            policy,
            key: Key::everything(),
            admitted: Vec::new(),
        }
    }

    /// Sends one request for `cost` units to a replica; `true` when it was admitted.
    fn request(&mut self, replica: usize, cost: u32) -> bool {
        let requests = [LimitRequest::take(&self.policy, self.key, cost)];
        let admitted = !decide(&self.replicas[replica], &requests)[0].exceeds();
        if admitted {
            self.admitted.push((self.clock.now(), cost));
        }
        admitted
    }

    fn drain(&mut self, replica: usize) {
        while self.request(replica, 1) {}
    }

    /// Maximum number of units by which any window of time exceeds `burst + rate * T`.
    fn excess(&self) -> f64 {
        let rule = self.policy.rule();
        let mut worst: f64 = 0.0;
        for (first, (from, _)) in self.admitted.iter().enumerate() {
            let mut units = 0;
            for (to, cost) in &self.admitted[first..] {
                units += cost;
                let allowed = (rule.tolerance + (to - from)) as f64 / rule.interval as f64;
                worst = worst.max(f64::from(units) - allowed);
            }
        }
        worst
    }

    /// The bound in the documentation.
    fn bound(&self) -> f64 {
        let Consistency::Leased { units } = self.policy.get_consistency() else { unreachable!("the policy leases") };
        let in_a_lease = LEASE.as_secs_f64() * 16e6 / self.policy.rule().interval as f64;
        (self.replicas.len() as f64 * f64::from(units)).min(in_a_lease)
    }
}

/// Decides without a runtime: in memory nothing waits.
fn decide(store: &impl Store, requests: &[LimitRequest]) -> StoreReplies {
    store.decide_now(requests).unwrap_or_else(|| {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match store.decide(requests).as_mut().poll(&mut context) {
            std::task::Poll::Ready(replies) => replies.expect("memory always answers"),
            std::task::Poll::Pending => panic!("memory does not wait"),
        }
    })
}

#[test]
fn replicas_that_hoard_and_spend_at_once_stay_within_the_bound_and_reach_it() {
    let quota = Quota::per_second(100).unwrap().with_burst(50).unwrap();
    let mut fleet = Fleet::new(4, quota, 5);
    // Each takes a lease and spends one unit of it; then, just before the leases expire, all are spent at once.
    for replica in 0..4 {
        fleet.request(replica, 1);
    }
    fleet.admitted.clear();
    fleet.clock.advance(LEASE - Duration::from_millis(1));
    for replica in 0..4 {
        fleet.drain(replica);
    }
    let (excess, bound) = (fleet.excess(), fleet.bound());
    assert!(excess <= bound, "{excess} over, {bound} promised");
    assert!(excess > bound / 2.0, "{excess} over: the schedule is not the worst one any more");
}

#[test]
fn a_lease_that_is_over_is_worth_nothing() {
    let quota = Quota::per_hour(1).unwrap().with_burst(10).unwrap();
    let mut fleet = Fleet::new(1, quota, 10);
    assert!(fleet.request(0, 1));
    fleet.clock.advance(LEASE);
    assert!(!fleet.request(0, 1), "the nine units of the lease are lost");
}

#[test]
fn a_spent_lease_asks_the_store_once_for_many_requests() {
    #[derive(Debug)]
    struct Counting(MemoryStore, Arc<std::sync::atomic::AtomicU32>);
    impl Store for Counting {
        fn decide<'a>(&'a self, requests: &'a [LimitRequest]) -> StoreFuture<'a> {
            self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            self.0.decide(requests)
        }
    }
    let calls = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let clock = Clock::manual();
    let store = Counting(MemoryStore::with_clock(64, clock.clone()), calls.clone());
    let leased = LeasedStore::with_clock(store, LEASE, clock);
    let policy =
        Policy::new("many", Quota::per_second(100).unwrap()).unwrap().consistency(Consistency::Leased { units: 20 });
    let sources: Vec<Source> =
        (0..100).map(|_| decide(&leased, &[LimitRequest::take(&policy, Key::everything(), 1)])[0].source).collect();
    assert_eq!(calls.load(std::sync::atomic::Ordering::Relaxed), 5);
    assert_eq!(sources.iter().filter(|source| **source == Source::Lease).count(), 95);
    for _ in 0..50 {
        assert!(decide(&leased, &[LimitRequest::take(&policy, Key::everything(), 1)])[0].exceeds());
    }
    assert_eq!(calls.load(std::sync::atomic::Ordering::Relaxed), 6, "a refusal is cached until it can expire");
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_of_one_replica_never_hold_more_than_one_lease() {
    let redis = RedisServer::start();
    let store = RedisStore::new(RedisSettings::from_url(&redis.url()).unwrap()).unwrap();
    let leased = Arc::new(LeasedStore::with_clock(store, Duration::from_secs(60), Clock::new()));
    let quota = Quota::per_hour(1).unwrap().with_burst(1_000).unwrap();
    let policy = Policy::new("tasks", quota).unwrap().consistency(Consistency::Leased { units: 7 });
    let tasks = (0..16).map(|_| {
        let (leased, policy) = (leased.clone(), policy.clone());
        tokio::spawn(async move {
            let mut admitted = VecDeque::new();
            loop {
                let requests = [LimitRequest::take(&policy, Key::everything(), 1)];
                let replies = match leased.decide_now(&requests) {
                    Some(replies) => replies,
                    None => match leased.decide(&requests).await {
                        Ok(replies) => replies,
                        // The first calls fail while the connection is being established.
                        Err(_) => continue,
                    },
                };
                match replies[0].outcome {
                    StoreOutcome::Conforms { .. } => admitted.push_back(()),
                    StoreOutcome::Exceeds { .. } => return admitted.len(),
                }
                tokio::task::yield_now().await;
            }
        })
    });
    let mut admitted = 0;
    for task in tasks.collect::<Vec<_>>() {
        admitted += task.await.unwrap();
    }
    assert_eq!(admitted, 1_000, "with a single replica no unit is lost or granted twice");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_schedule_exceeds_the_bound(
        rate in 1u32..2_000,
        burst in 1u32..60,
        units in 2u32..30,
        replicas in 1usize..6,
        steps in prop::collection::vec((0usize..6, 1u32..5, prop_oneof![Just(0u64), 0u64..3_000, 150_000u64..260_000], any::<bool>()), 1..250),
    ) {
        let quota = Quota::per_second(rate).unwrap().with_burst(burst).unwrap();
        let mut fleet = Fleet::new(replicas, quota, units.min(burst));
        for (replica, cost, wait, drain) in steps {
            fleet.clock.advance(Duration::from_micros(wait));
            let replica = replica % replicas;
            if drain { fleet.drain(replica) } else { fleet.request(replica, cost.min(units).min(burst)); }
        }
        let bound = fleet.bound();
        prop_assert!(fleet.excess() <= bound + 1e-6, "{} over, {} promised", fleet.excess(), bound);
    }
}
