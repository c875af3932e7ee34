//! An outage of Redis: every request is answered at once, and the replicas together stay within the quota.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use limiter_lib::{
    Key, LimitRequest, Policy, Quota, Source, Store, StoreOutcome,
    store::{
        guarded::{GuardSettings, GuardedStore},
        redis::{RedisSettings, RedisStore},
    },
    testing::RedisServer,
};

use crate::{proxy::Proxy, replica::spent};

const REPLICAS: u32 = 4;
const RATE: u32 = 1_000;
const BURST: u32 = 200;

/// Length of an outage: `OUTAGE_SECONDS`, 3 s by default.
#[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
fn length() -> Duration {
    let seconds = std::env::var("OUTAGE_SECONDS").map_or(3, |text| text.parse().expect("OUTAGE_SECONDS is a number"));
    Duration::from_secs(seconds)
}

/// `true` when times are checked: only on an otherwise idle machine.
#[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
fn timed() -> bool {
    std::env::var_os("REPLAY_TIMED").is_some()
}

type Guarded = GuardedStore<RedisStore>;

/// A replica, and its count of replicas.
fn guarded(url: &str, settings: &GuardSettings) -> (Guarded, Arc<AtomicU32>) {
    let store = RedisStore::new(RedisSettings::from_url(url).unwrap().connections(1)).unwrap();
    let count = store.replicas();
    (GuardedStore::new(store, count.clone(), settings), count)
}

fn limit() -> Policy {
    Policy::new("outage", Quota::per_second(RATE).unwrap().with_burst(BURST).unwrap()).unwrap()
}

/// Statistics of a task.
#[derive(Default)]
struct LoadStats {
    admitted: u64,
    decisions: u64,
    slowest: Duration,
    /// Latencies of fallback decisions while the breaker was open.
    fallback: Vec<Duration>,
}

/// Sends up to a thousand requests a second until stopped.
async fn send_load(store: Guarded, stop: Arc<AtomicBool>) -> LoadStats {
    let (policy, mut stats) = (limit(), LoadStats::default());
    let requests = [LimitRequest::take(&policy, Key::everything(), 1)];
    while !stop.load(Ordering::Relaxed) {
        let (started, was_degraded) = (Instant::now(), store.is_degraded());
        let replies = match store.decide_now(&requests) {
            Some(replies) => replies,
            None => store.decide(&requests).await.expect("a guard always answers"),
        };
        let latency = started.elapsed();
        stats.decisions += 1;
        stats.admitted += u64::from(matches!(replies[0].outcome, StoreOutcome::Conforms { .. }));
        stats.slowest = stats.slowest.max(latency);
        if was_degraded && replies[0].source == Source::Fallback {
            stats.fallback.push(latency);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    stats
}

/// Waits for the condition, at most 10 s; returns the time that took.
async fn wait_until(mut condition: impl AsyncFnMut() -> bool) -> Duration {
    let started = Instant::now();
    while !condition().await {
        assert!(started.elapsed() < Duration::from_secs(10), "the condition does not hold within 10 s");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    started.elapsed()
}

/// `true` when Redis decides for all replicas.
async fn is_available(fleet: &[Guarded]) -> bool {
    let policy = Policy::new("well", Quota::per_second(1).unwrap()).unwrap();
    for store in fleet {
        let replies = store.decide(&[LimitRequest::take(&policy, Key::everything(), 0)]).await.unwrap();
        if store.is_degraded() || replies[0].source != Source::Store {
            return false;
        }
    }
    true
}

/// All replicas spend fresh limits together: Redis never admits more than the burst, and exactly the burst once no reply
/// misses the deadline of the guard. One that does, on a machine under load, may have taken a unit in Redis, one here that
/// Redis is charged for, and one more if the answer to that charge is late as well.
async fn spend_exactly(fleet: &[Guarded]) {
    for attempt in 0..50 {
        let burst = 200 + attempt; // a limit of its own
        let twice = fleet.iter().flat_map(|store| [store.clone(), store.clone()]);
        let tasks: Vec<_> = twice.map(|store| tokio::spawn(spend(store, burst))).collect();
        let (mut admitted, mut late) = (0, 0);
        for task in tasks {
            let one = task.await.unwrap();
            (admitted, late) = (admitted + one.0, late + one.1);
        }
        assert!(admitted <= burst, "{admitted} of {burst} admitted");
        if late == 0 {
            assert_eq!(admitted, burst, "no reply was late");
            return;
        }
        wait_until(async || is_available(fleet).await).await;
    }
    panic!("some replies were late, fifty times in a row");
}

/// Takes units until one is refused; returns how many were admitted by Redis, and how many replies were late.
async fn spend(store: Guarded, burst: u64) -> (u64, u64) {
    let (policy, mut admitted, mut late) = (spent(burst), 0, 0);
    let requests = [LimitRequest::take(&policy, Key::everything(), 1)];
    while late < 10_000 {
        let reply = &store.decide(&requests).await.unwrap()[0];
        match (reply.source, &reply.outcome) {
            (Source::Fallback, _) => {
                late += 1;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            (_, StoreOutcome::Conforms { .. }) => admitted += 1,
            _ => break,
        }
    }
    (admitted, late)
}

/// Puts load on a fleet, runs `breaks` and after a while `mends`, and checks the statistics.
async fn outage(name: &str, fleet: &[Guarded], breaks: impl AsyncFnOnce(), mends: impl AsyncFnOnce()) {
    let stop = Arc::new(AtomicBool::new(false));
    let twice = fleet.iter().flat_map(|store| [store.clone(), store.clone()]);
    let tasks: Vec<_> = twice.map(|store| tokio::spawn(send_load(store, stop.clone()))).collect();
    let started = Instant::now();
    breaks().await;
    tokio::time::sleep(length()).await;
    mends().await;
    let back = wait_until(async || is_available(fleet).await).await;
    stop.store(true, Ordering::Relaxed);
    let lasted = started.elapsed();
    let mut stats = LoadStats::default();
    for task in tasks {
        let one = task.await.unwrap();
        stats.admitted += one.admitted;
        stats.decisions += one.decisions;
        stats.slowest = stats.slowest.max(one.slowest);
        stats.fallback.extend(one.fallback);
    }
    spend_exactly(fleet).await;
    report(name, lasted, back, stats);
}

fn report(name: &str, lasted: Duration, back: Duration, mut stats: LoadStats) {
    let quota = f64::from(RATE) * lasted.as_secs_f64();
    let part = (stats.admitted as f64 - f64::from(BURST)) / quota;
    stats.fallback.sort_unstable();
    let quantile =
        |of: f64| stats.fallback.get((stats.fallback.len() as f64 * of) as usize).copied().unwrap_or_default();
    println!(
        "{name} for {:.1} s: {} decisions, {} admitted ({part:.3} of the quota and a burst), slowest {:?}; {} made locally, \
         median {:?}, p99 {:?}; Redis decides again {back:?} after it was back",
        lasted.as_secs_f64(),
        stats.decisions,
        stats.admitted,
        stats.slowest,
        stats.fallback.len(),
        quantile(0.5),
        quantile(0.99),
    );
    assert!(part <= 1.05, "the fleet admits {part:.3} of the quota");
    assert!(part >= 0.3, "the fleet goes on: {part:.3} of the quota");
    assert!(!stats.fallback.is_empty(), "this process decides");
    if timed() {
        assert!(stats.slowest <= Duration::from_millis(30), "the slowest decision took {:?}", stats.slowest);
        assert!(quantile(0.99) <= Duration::from_micros(20), "p99 is {:?}", quantile(0.99));
        assert!(back <= Duration::from_secs(1), "it took {back:?} until Redis decided again");
    }
}

/// A fleet in which each replica has counted all.
async fn fleet(url: &str) -> Vec<Guarded> {
    let replicas = (0..REPLICAS).map(|_| guarded(url, &GuardSettings::default()));
    let (fleet, counts): (Vec<_>, Vec<_>) = replicas.unzip();
    let counted = || counts.iter().all(|count| count.load(Ordering::Relaxed) == REPLICAS);
    wait_until(async || is_available(&fleet).await && counted()).await;
    fleet
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_killed_every_request_is_answered_within_the_quota() {
    let redis = RedisServer::start();
    let fleet = fleet(&redis.url()).await;
    let redis = Mutex::new(redis);
    outage("killed", &fleet, async || redis.lock().unwrap().kill(), async || redis.lock().unwrap().restart()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_frozen_every_request_is_answered_within_the_quota() {
    let redis = RedisServer::start();
    let fleet = fleet(&redis.url()).await;
    outage("frozen", &fleet, async || redis.freeze(), async || redis.thaw()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_path_to_redis_is_black_holed_every_request_is_answered_within_the_quota() {
    let redis = RedisServer::start();
    let proxy = Proxy::before(redis.port()).await;
    let fleet = fleet(&proxy.url()).await;
    outage("black-holed", &fleet, async || proxy.black_hole(true), async || proxy.black_hole(false)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_without_redis_decide_and_connect_when_it_is_available() {
    let mut redis = RedisServer::start();
    redis.kill();
    // Replicas that never had Redis cannot count each other: the settings give their number.
    let settings = GuardSettings { replicas: Some(REPLICAS), ..GuardSettings::default() };
    let fleet: Vec<_> = (0..REPLICAS).map(|_| guarded(&redis.url(), &settings).0).collect();
    outage("never there", &fleet, async || {}, async || redis.restart()).await;
}
