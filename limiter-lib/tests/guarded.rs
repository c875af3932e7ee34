//! The guard: a decision in any case, by the policy's `Outage`, and a full settlement afterwards.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use limiter_lib::{
    Action, Consistency, Key, LimitRequest, Mode, Outage, Policy, Quota, Source, Store, StoreOutcome, StoreReplies,
    store::{GuardSettings, GuardedStore, RedisSettings, RedisStore},
    testing::RedisServer,
};

type Guarded = GuardedStore<RedisStore>;

fn guarded(redis: &RedisServer, replicas: Option<u32>) -> Guarded {
    guarded_with_grace(redis, replicas, GuardSettings::default().recovery_grace)
}

fn guarded_with_grace(redis: &RedisServer, replicas: Option<u32>, recovery_grace: Duration) -> Guarded {
    let store = RedisStore::new(RedisSettings::from_url(&redis.url()).unwrap().connections(1)).unwrap();
    let replicas_alive = store.replicas();
    // Generous, since a machine under test may be slow; the latency of decisions is measured by benchmarks.
    let deadline = Duration::from_millis(200);
    let settings = GuardSettings { deadline, replicas, recovery_grace, ..GuardSettings::default() };
    GuardedStore::new(store, replicas_alive, &settings)
}

/// `burst` units that practically never refill.
fn slow(name: &str, burst: u32) -> Policy {
    Policy::new(name, Quota::per_hour(1).unwrap().with_burst(burst).unwrap()).unwrap()
}

fn key(name: &str) -> Key {
    Key::part("test", name.as_bytes())
}

async fn decide(store: &impl Store, requests: &[LimitRequest]) -> StoreReplies {
    match store.decide_now(requests) {
        Some(replies) => replies,
        None => store.decide(requests).await.expect("a guarded store always answers"),
    }
}

async fn take(store: &impl Store, policy: &Policy, key: Key) -> bool {
    !decide(store, &[LimitRequest::take(policy, key, 1)]).await[0].exceeds()
}

async fn take_all(store: &impl Store, policy: &Policy, key: Key) -> u32 {
    let mut taken = 0;
    while take(store, policy, key).await {
        taken += 1;
    }
    taken
}

async fn wait_until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let tries = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), tries).await.unwrap_or_else(|_| panic!("not within 20 s: {what}"));
}

/// Waits until the store decides again.
async fn wait_until_available(store: &Guarded) {
    wait_until("the store decides", async || {
        let replies = decide(store, &[LimitRequest::take(&slow("probe", 1), key("probe"), 0)]).await;
        replies[0].source == Source::Store && !store.is_degraded()
    })
    .await;
}

/// Waits until the breaker is open.
async fn wait_until_open(store: &Guarded) {
    wait_until("the breaker is open", async || {
        decide(store, &[LimitRequest::take(&slow("probe", 1), key("probe"), 0)]).await;
        store.is_degraded()
    })
    .await;
}

#[tokio::test]
async fn without_redis_from_the_start_this_process_decides() {
    let mut redis = RedisServer::start();
    redis.kill();
    let store = guarded(&redis, None);
    let policy = slow("boot", 3);
    let first = decide(&store, &[LimitRequest::take(&policy, key("a"), 1)]).await;
    assert_eq!(first[0].source, Source::Fallback);
    assert_eq!(take_all(&store, &policy, key("a")).await, 2);
    redis.restart();
    wait_until_available(&store).await;
    assert!(!take(&store, &policy, key("a")).await, "units admitted without Redis are charged to it");
}

#[tokio::test]
async fn units_taken_before_the_first_connection_can_be_refunded_after_it() {
    let redis = RedisServer::start();
    let (store, policy) = (guarded(&redis, None), slow("early", 3));
    let first = decide(&store, &[LimitRequest::take(&policy, key("a"), 1)]).await;
    assert_eq!(first[0].source, Source::Fallback, "nothing is connected yet");
    // No requests meanwhile: the first reply of the store would trigger the charge.
    wait_until("there is a connection", async || redis.answers(&["ZCARD", "rl1:{replicas}"], ":1\r\n")).await;
    decide(&store, &[LimitRequest { policy: policy.clone(), key: key("a"), action: Action::Refund(1) }]).await;
    wait_until_available(&store).await;
    assert_eq!(take_all(&store, &policy, key("a")).await, 3);
}

#[tokio::test]
async fn in_an_outage_a_replica_has_its_share_of_the_remaining_units() {
    let mut redis = RedisServer::start();
    let store = guarded(&redis, Some(4));
    wait_until_available(&store).await;
    let policy = slow("share", 40);
    for _ in 0..20 {
        assert!(take(&store, &policy, key("a")).await);
    }
    redis.kill();
    wait_until_open(&store).await;
    assert_eq!(take_all(&store, &policy, key("a")).await, 5, "a quarter of the twenty remaining units");
    assert_eq!(take_all(&store, &policy, key("b")).await, 10, "a quarter of a whole burst");
}

#[tokio::test]
async fn units_admitted_by_replicas_in_an_outage_add_up_afterwards() {
    for state_survives in [false, true] {
        let mut redis = RedisServer::start();
        let (one, two) = (guarded(&redis, Some(2)), guarded(&redis, Some(2)));
        wait_until_available(&one).await;
        wait_until_available(&two).await;
        let policy = slow("sum", 40);
        for _ in 0..10 {
            assert!(take(&one, &policy, key("a")).await);
        }
        // The second replica caches the key as well.
        decide(&two, &[LimitRequest::take(&policy, key("a"), 0)]).await;
        if state_survives {
            redis.freeze()
        } else {
            redis.kill()
        }
        wait_until_open(&one).await;
        wait_until_open(&two).await;
        let meanwhile = take_all(&one, &policy, key("a")).await + take_all(&two, &policy, key("a")).await;
        assert_eq!(meanwhile, 30, "each takes half of the remaining units");
        if state_survives {
            redis.thaw()
        } else {
            redis.restart()
        }
        wait_until_available(&one).await;
        wait_until_available(&two).await;
        assert_eq!(
            take_all(&one, &policy, key("a")).await,
            0,
            "the burst is used up (state survives: {state_survives})"
        );
    }
}

#[tokio::test]
async fn each_policy_has_its_own_behaviour_in_an_outage() {
    let mut redis = RedisServer::start();
    redis.kill();
    let store = guarded(&redis, None);
    wait_until_open(&store).await;
    let allow = slow("allow", 1).outage(Outage::Allow);
    let deny = slow("deny", 1).outage(Outage::Deny);
    let local = slow("local", 1);
    for _ in 0..3 {
        assert!(take(&store, &allow, key("a")).await);
        assert!(!take(&store, &deny, key("a")).await);
    }
    let both = decide(&store, &[LimitRequest::take(&local, key("a"), 1), LimitRequest::take(&deny, key("a"), 1)]).await;
    assert!(!both[0].exceeds() && both[1].exceeds());
    assert!(take(&store, &local, key("a")).await, "a call that was refused took nothing");
    let shadow = deny.mode(Mode::Shadow);
    let both =
        decide(&store, &[LimitRequest::take(&local, key("b"), 1), LimitRequest::take(&shadow, key("b"), 1)]).await;
    assert!(!both[0].exceeds() && both[1].exceeds());
    assert!(!take(&store, &local, key("b")).await, "a limit in shadow does not affect the others");
}

#[tokio::test]
async fn local_and_shared_limits_take_all_or_nothing() {
    let redis = RedisServer::start();
    let store = guarded(&redis, Some(1));
    wait_until_available(&store).await;
    let (local, shared) = (slow("mine", 2).consistency(Consistency::Local), slow("ours", 1));
    let requests = [LimitRequest::take(&local, key("a"), 1), LimitRequest::take(&shared, key("a"), 1)];
    let exceeds = |replies: &StoreReplies| replies.iter().map(|reply| reply.exceeds()).collect::<Vec<_>>();
    assert_eq!(exceeds(&decide(&store, &requests).await), [false, false]);
    assert_eq!(exceeds(&decide(&store, &requests).await), [false, true]);
    assert!(take(&store, &local, key("a")).await, "the refused call refunded its unit");
    let requests = [LimitRequest::take(&shared, key("b"), 1), LimitRequest::take(&local, key("a"), 1)];
    assert_eq!(exceeds(&decide(&store, &requests).await), [false, true]);
    assert!(take(&store, &shared, key("b")).await, "the refused call took nothing of the shared limit");
}

#[tokio::test]
async fn replicas_count_each_other() {
    let redis = RedisServer::start();
    let stores: Vec<(RedisStore, Arc<AtomicU32>)> = (0..3)
        .map(|_| {
            let store = RedisStore::new(RedisSettings::from_url(&redis.url()).unwrap().connections(2)).unwrap();
            let replicas = store.replicas();
            (store, replicas)
        })
        .collect();
    wait_until("all three are counted", async || {
        for (store, _) in &stores {
            let _ = store.decide(&[LimitRequest::take(&slow("probe", 1), key("probe"), 0)]).await;
        }
        stores.iter().all(|(_, replicas)| replicas.load(Ordering::Relaxed) == 3)
    })
    .await;
}

#[test]
fn a_replica_is_counted_whichever_of_its_connections_is_used() {
    let redis = RedisServer::start();
    let stores = [(); 4]
        .map(|()| Arc::new(RedisStore::new(RedisSettings::from_url(&redis.url()).unwrap().connections(8)).unwrap()));
    // Each store is used from a separate thread, so each through another connection.
    let threads = stores.map(|store| {
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(wait_until("all four are counted", async || {
                let _ = store.decide(&[LimitRequest::take(&slow("probe", 1), key("probe"), 0)]).await;
                store.replicas().load(Ordering::Relaxed) == 4
            }));
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
}

#[tokio::test]
async fn a_charge_and_a_refund_survive_an_outage_too() {
    let mut redis = RedisServer::start();
    let store = guarded(&redis, Some(1));
    wait_until_available(&store).await;
    let policy = slow("charged", 10);
    redis.kill();
    wait_until_open(&store).await;
    let act = |action| [LimitRequest { policy: policy.clone(), key: key("a"), action }];
    decide(&store, &act(Action::Charge(7))).await;
    let replies = decide(&store, &act(Action::Refund(2))).await;
    assert!(matches!(replies[0].outcome, StoreOutcome::Conforms { .. }));
    redis.restart();
    wait_until_available(&store).await;
    assert_eq!(take_all(&store, &policy, key("a")).await, 5);
}

#[tokio::test]
async fn after_each_kill_of_redis_the_first_replica_back_gets_no_units_that_others_have_admitted() {
    let mut redis = RedisServer::start();
    // Long enough for a probe of each replica, even on a busy machine.
    let fleet: Vec<_> = (0..4).map(|_| guarded_with_grace(&redis, Some(4), Duration::from_secs(1))).collect();
    for store in &fleet {
        wait_until_available(store).await;
    }
    for kill in 0..6 {
        let policy = slow(&format!("kill-{kill}"), 40);
        redis.kill();
        for store in &fleet {
            wait_until_open(store).await;
        }
        let mut admitted = 0;
        for store in &fleet[1..] {
            admitted += take_all(store, &policy, key("a")).await;
        }
        assert_eq!(admitted, 30, "each its share");

        redis.restart();
        while fleet.iter().any(Guarded::is_degraded) {
            admitted += u32::from(take(&fleet[0], &policy, key("a")).await);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        admitted += take_all(&fleet[0], &policy, key("a")).await;
        assert_eq!(admitted, 40, "kill {kill}");
    }
}

/// Number of writes that the server has refused since its start.
fn refused_writes(redis: &RedisServer) -> u64 {
    let stats = redis.command(&["INFO", "errorstats"]);
    let count = stats.split_once("errorstat_OOM:count=").map_or("0", |(_, rest)| rest);
    count.split(|digit: char| !digit.is_ascii_digit()).next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

#[tokio::test]
async fn a_server_that_answers_reads_and_refuses_writes_is_not_taken_for_well() {
    let redis = RedisServer::start();
    let store = guarded(&redis, None);
    wait_until_available(&store).await;
    redis.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let policy = slow("full", 1000).outage(Outage::Deny); // nothing is charged afterwards, so only the probe can notice
    wait_until("the breaker is open", async || {
        take(&store, &policy, key("a")).await;
        store.is_degraded()
    })
    .await;
    let before = refused_writes(&redis);
    wait_until("three probes were refused", async || {
        assert!(store.is_degraded(), "it refuses every write");
        refused_writes(&redis) >= before + 3
    })
    .await;
    redis.command(&["CONFIG", "SET", "maxmemory", "0"]);
    wait_until_available(&store).await;
}
