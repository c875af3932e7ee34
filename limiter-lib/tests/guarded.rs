//! The guard: an answer in any case, by the policy's way through an outage, and nothing forgotten afterwards.

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
    guarded_settling(redis, replicas, GuardSettings::default().settle_for)
}

fn guarded_settling(redis: &RedisServer, replicas: Option<u32>, settle_for: Duration) -> Guarded {
    let store = RedisStore::new(RedisSettings::from_url(&redis.url()).unwrap().connections(1)).unwrap();
    let replicas_alive = store.replicas();
    // A machine under test may be slow; how long a decision takes is measured elsewhere.
    let deadline = Duration::from_millis(200);
    let settings = GuardSettings { deadline, replicas, settle_for, ..GuardSettings::default() };
    GuardedStore::new(store, replicas_alive, &settings)
}

/// `burst` units that practically never come back.
fn slow(name: &str, burst: u32) -> Policy {
    Policy::new(name, Quota::per_hour(1).unwrap().with_burst(burst).unwrap()).unwrap()
}

fn key(name: &str) -> Key {
    Key::part("test", name.as_bytes())
}

async fn decide(store: &impl Store, asks: &[LimitRequest]) -> StoreReplies {
    match store.decide_now(asks) {
        Some(answers) => answers,
        None => store.decide(asks).await.expect("a guarded store always answers"),
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

async fn until<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let tries = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), tries).await.unwrap_or_else(|_| panic!("not within 20 s: {what}"));
}

/// Waits until the store decides by itself again.
async fn well(store: &Guarded) {
    until("the store decides", async || {
        let answers = decide(store, &[LimitRequest::take(&slow("look", 1), key("look"), 0)]).await;
        answers[0].source == Source::Store && !store.is_degraded()
    })
    .await;
}

/// Waits until the breaker is open.
async fn left_alone(store: &Guarded) {
    until("the store is left alone", async || {
        decide(store, &[LimitRequest::take(&slow("look", 1), key("look"), 0)]).await;
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
    well(&store).await;
    assert!(!take(&store, &policy, key("a")).await, "what was admitted without Redis is told to it");
}

#[tokio::test]
async fn what_was_taken_before_the_first_connection_can_be_given_back_after_it() {
    let redis = RedisServer::start();
    let (store, policy) = (guarded(&redis, None), slow("early", 3));
    let first = decide(&store, &[LimitRequest::take(&policy, key("a"), 1)]).await;
    assert_eq!(first[0].source, Source::Fallback, "nothing is connected yet");
    // Nobody asks meanwhile: the first answer of the store would have it told.
    until("there is a connection", async || redis.command(&["ZCARD", "rl1:{replicas}"]) == ":1\r\n").await;
    decide(&store, &[LimitRequest { policy: policy.clone(), key: key("a"), action: Action::Refund(1) }]).await;
    well(&store).await;
    assert_eq!(take_all(&store, &policy, key("a")).await, 3);
}

#[tokio::test]
async fn in_an_outage_a_replica_has_its_share_of_what_was_left() {
    let mut redis = RedisServer::start();
    let store = guarded(&redis, Some(4));
    well(&store).await;
    let policy = slow("share", 40);
    for _ in 0..20 {
        assert!(take(&store, &policy, key("a")).await);
    }
    redis.kill();
    left_alone(&store).await;
    assert_eq!(take_all(&store, &policy, key("a")).await, 5, "a quarter of the twenty that were left");
    assert_eq!(take_all(&store, &policy, key("b")).await, 10, "a quarter of a whole burst");
}

#[tokio::test]
async fn what_replicas_admit_in_an_outage_adds_up_afterwards() {
    for state_survives in [false, true] {
        let mut redis = RedisServer::start();
        let (one, two) = (guarded(&redis, Some(2)), guarded(&redis, Some(2)));
        well(&one).await;
        well(&two).await;
        let policy = slow("sum", 40);
        for _ in 0..10 {
            assert!(take(&one, &policy, key("a")).await);
        }
        // The second replica hears of the key as well.
        decide(&two, &[LimitRequest::take(&policy, key("a"), 0)]).await;
        if state_survives {
            redis.freeze()
        } else {
            redis.kill()
        }
        left_alone(&one).await;
        left_alone(&two).await;
        let meanwhile = take_all(&one, &policy, key("a")).await + take_all(&two, &policy, key("a")).await;
        assert_eq!(meanwhile, 30, "each takes half of what was left");
        if state_survives {
            redis.thaw()
        } else {
            redis.restart()
        }
        well(&one).await;
        well(&two).await;
        assert_eq!(
            take_all(&one, &policy, key("a")).await,
            0,
            "the burst is used up (state survives: {state_survives})"
        );
    }
}

#[tokio::test]
async fn each_policy_has_its_own_way_through_an_outage() {
    let mut redis = RedisServer::start();
    redis.kill();
    let store = guarded(&redis, None);
    left_alone(&store).await;
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
    assert!(!take(&store, &local, key("b")).await, "a limit in shadow keeps nothing from happening");
}

#[tokio::test]
async fn limits_of_this_process_and_shared_ones_take_all_or_nothing() {
    let redis = RedisServer::start();
    let store = guarded(&redis, Some(1));
    well(&store).await;
    let (local, shared) = (slow("mine", 2).consistency(Consistency::Local), slow("ours", 1));
    let asks = [LimitRequest::take(&local, key("a"), 1), LimitRequest::take(&shared, key("a"), 1)];
    let exceeds = |answers: &StoreReplies| answers.iter().map(|answer| answer.exceeds()).collect::<Vec<_>>();
    assert_eq!(exceeds(&decide(&store, &asks).await), [false, false]);
    assert_eq!(exceeds(&decide(&store, &asks).await), [false, true]);
    assert!(take(&store, &local, key("a")).await, "the refused call gave its unit back");
    let asks = [LimitRequest::take(&shared, key("b"), 1), LimitRequest::take(&local, key("a"), 1)];
    assert_eq!(exceeds(&decide(&store, &asks).await), [false, true]);
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
    until("all three are counted", async || {
        for (store, _) in &stores {
            let _ = store.decide(&[LimitRequest::take(&slow("look", 1), key("look"), 0)]).await;
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
    // Each store is used from a thread of its own, so each by another of its lanes.
    let threads = stores.map(|store| {
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(until("all four are counted", async || {
                let _ = store.decide(&[LimitRequest::take(&slow("look", 1), key("look"), 0)]).await;
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
    well(&store).await;
    let policy = slow("charged", 10);
    redis.kill();
    left_alone(&store).await;
    let act = |action| [LimitRequest { policy: policy.clone(), key: key("a"), action }];
    decide(&store, &act(Action::Charge(7))).await;
    let answers = decide(&store, &act(Action::Refund(2))).await;
    assert!(matches!(answers[0].outcome, StoreOutcome::Conforms { .. }));
    redis.restart();
    well(&store).await;
    assert_eq!(take_all(&store, &policy, key("a")).await, 5);
}

#[tokio::test]
async fn however_often_redis_is_killed_whoever_is_back_first_gets_nothing_that_others_have_admitted() {
    let mut redis = RedisServer::start();
    // Long enough that each replica has looked, however busy the machine is.
    let fleet: Vec<_> = (0..4).map(|_| guarded_settling(&redis, Some(4), Duration::from_secs(1))).collect();
    for store in &fleet {
        well(store).await;
    }
    for kill in 0..6 {
        let policy = slow(&format!("kill-{kill}"), 40);
        redis.kill();
        for store in &fleet {
            left_alone(store).await;
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

/// How often the server has refused a write since it began.
fn refused_writes(redis: &RedisServer) -> u64 {
    let stats = redis.command(&["INFO", "errorstats"]);
    let count = stats.split_once("errorstat_OOM:count=").map_or("0", |(_, rest)| rest);
    count.split(|digit: char| !digit.is_ascii_digit()).next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

#[tokio::test]
async fn a_server_that_answers_reads_and_refuses_writes_is_not_taken_for_well() {
    let redis = RedisServer::start();
    let store = guarded(&redis, None);
    well(&store).await;
    redis.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let policy = slow("full", 1000).outage(Outage::Deny); // nothing is charged afterwards, so only the probe can notice
    until("the breaker is open", async || {
        take(&store, &policy, key("a")).await;
        store.is_degraded()
    })
    .await;
    let before = refused_writes(&redis);
    until("three probes were refused", async || {
        assert!(store.is_degraded(), "it refuses every write");
        refused_writes(&redis) >= before + 3
    })
    .await;
    redis.command(&["CONFIG", "SET", "maxmemory", "0"]);
    well(&store).await;
}
