//! Redis is gone for a while: everybody is answered at once, and all replicas together admit what the quota allows.

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

/// Length of an outage: 3 s, or as `OUTAGE_SECONDS` says.
fn length() -> Duration {
    let seconds = std::env::var("OUTAGE_SECONDS").map_or(3, |text| text.parse().expect("OUTAGE_SECONDS is a number"));
    Duration::from_secs(seconds)
}

/// Whether times are checked: only on a machine that does nothing else.
fn timed() -> bool {
    std::env::var_os("REPLAY_TIMED").is_some()
}

type Guarded = GuardedStore<RedisStore>;

/// A replica of its own, and its count of replicas.
fn guarded(url: &str, settings: &GuardSettings) -> (Guarded, Arc<AtomicU32>) {
    let store = RedisStore::new(RedisSettings::from_url(url).unwrap().connections(1)).unwrap();
    let count = store.replicas();
    (GuardedStore::new(store, count.clone(), settings), count)
}

fn limit() -> Policy {
    Policy::new("outage", Quota::per_second(RATE).unwrap().with_burst(BURST).unwrap()).unwrap()
}

/// What a task of a replica saw.
#[derive(Default)]
struct Seen {
    admitted: u64,
    decisions: u64,
    slowest: Duration,
    /// Of decisions that this process made because it knew that it had to.
    fallback: Vec<Duration>,
}

/// Asks until told to stop, a thousand times a second.
async fn press(store: Guarded, stop: Arc<AtomicBool>) -> Seen {
    let (policy, mut seen) = (limit(), Seen::default());
    let asks = [LimitRequest::take(&policy, Key::everything(), 1)];
    while !stop.load(Ordering::Relaxed) {
        let (begun, known) = (Instant::now(), store.is_degraded());
        let answers = match store.decide_now(&asks) {
            Some(answers) => answers,
            None => store.decide(&asks).await.expect("a guard always answers"),
        };
        let took = begun.elapsed();
        seen.decisions += 1;
        seen.admitted += u64::from(matches!(answers[0].outcome, StoreOutcome::Conforms { .. }));
        seen.slowest = seen.slowest.max(took);
        if known && answers[0].source == Source::Fallback {
            seen.fallback.push(took);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    seen
}

/// Waits for `so`, at most 10 s; says how long that took.
async fn until(mut so: impl AsyncFnMut() -> bool) -> Duration {
    let begun = Instant::now();
    while !so().await {
        assert!(begun.elapsed() < Duration::from_secs(10), "it has not come to that within 10 s");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    begun.elapsed()
}

/// Whether Redis decides for all of them.
async fn is_well(fleet: &[Guarded]) -> bool {
    let policy = Policy::new("well", Quota::per_second(1).unwrap()).unwrap();
    for store in fleet {
        let answers = store.decide(&[LimitRequest::take(&policy, Key::everything(), 0)]).await.unwrap();
        if store.is_degraded() || answers[0].source != Source::Store {
            return false;
        }
    }
    true
}

/// All spend a fresh limit together: exactly its burst is admitted.
async fn spend_exactly(fleet: &[Guarded], burst: u32) {
    let spend = |store: Guarded| async move {
        let (policy, mut admitted) = (spent(u64::from(burst)), 0);
        let asks = [LimitRequest::take(&policy, Key::everything(), 1)];
        while matches!(store.decide(&asks).await.unwrap()[0].outcome, StoreOutcome::Conforms { .. }) {
            admitted += 1;
        }
        admitted
    };
    let twice = fleet.iter().flat_map(|store| [store.clone(), store.clone()]);
    let tasks: Vec<_> = twice.map(|store| tokio::spawn(spend(store))).collect();
    let mut admitted = 0;
    for task in tasks {
        admitted += task.await.unwrap();
    }
    assert_eq!(admitted, burst, "exact again");
}

/// Puts load on a fleet, breaks what `breaks` breaks, mends it after a while, and checks what was seen meanwhile.
async fn outage(name: &str, fleet: &[Guarded], breaks: impl AsyncFnOnce(), mends: impl AsyncFnOnce()) {
    let stop = Arc::new(AtomicBool::new(false));
    let twice = fleet.iter().flat_map(|store| [store.clone(), store.clone()]);
    let tasks: Vec<_> = twice.map(|store| tokio::spawn(press(store, stop.clone()))).collect();
    let begun = Instant::now();
    breaks().await;
    tokio::time::sleep(length()).await;
    mends().await;
    let back = until(async || is_well(fleet).await).await;
    stop.store(true, Ordering::Relaxed);
    let lasted = begun.elapsed();
    let mut seen = Seen::default();
    for task in tasks {
        let one = task.await.unwrap();
        seen.admitted += one.admitted;
        seen.decisions += one.decisions;
        seen.slowest = seen.slowest.max(one.slowest);
        seen.fallback.extend(one.fallback);
    }
    spend_exactly(fleet, 1_000).await;
    report(name, lasted, back, seen);
}

fn report(name: &str, lasted: Duration, back: Duration, mut seen: Seen) {
    let quota = f64::from(RATE) * lasted.as_secs_f64();
    let part = (seen.admitted as f64 - f64::from(BURST)) / quota;
    seen.fallback.sort_unstable();
    let quantile = |of: f64| seen.fallback.get((seen.fallback.len() as f64 * of) as usize).copied().unwrap_or_default();
    println!(
        "{name} for {:.1} s: {} decisions, {} admitted ({part:.3} of the quota and a burst), slowest {:?}; {} made here, \
         median {:?}, p99 {:?}; Redis decides again {back:?} after it was back",
        lasted.as_secs_f64(),
        seen.decisions,
        seen.admitted,
        seen.slowest,
        seen.fallback.len(),
        quantile(0.5),
        quantile(0.99),
    );
    assert!(part <= 1.05, "the fleet admits {part:.3} of the quota");
    assert!(part >= 0.3, "the fleet goes on: {part:.3} of the quota");
    assert!(!seen.fallback.is_empty(), "this process decides");
    if timed() {
        assert!(seen.slowest <= Duration::from_millis(30), "the slowest decision took {:?}", seen.slowest);
        assert!(quantile(0.99) <= Duration::from_micros(20), "p99 is {:?}", quantile(0.99));
        assert!(back <= Duration::from_secs(1), "it took {back:?} until Redis decided again");
    }
}

/// A fleet that knows itself: each replica has counted all.
async fn fleet(url: &str) -> Vec<Guarded> {
    let made = (0..REPLICAS).map(|_| guarded(url, &GuardSettings::default()));
    let (fleet, counts): (Vec<_>, Vec<_>) = made.unzip();
    let counted = || counts.iter().all(|count| count.load(Ordering::Relaxed) == REPLICAS);
    until(async || is_well(&fleet).await && counted()).await;
    fleet
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_killed_everybody_is_answered_within_the_quota() {
    let redis = RedisServer::start();
    let fleet = fleet(&redis.url()).await;
    let redis = Mutex::new(redis);
    outage("killed", &fleet, async || redis.lock().unwrap().kill(), async || redis.lock().unwrap().restart()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_frozen_everybody_is_answered_within_the_quota() {
    let redis = RedisServer::start();
    let fleet = fleet(&redis.url()).await;
    outage("frozen", &fleet, async || redis.freeze(), async || redis.thaw()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_way_to_redis_swallows_all_everybody_is_answered_within_the_quota() {
    let redis = RedisServer::start();
    let proxy = Proxy::before(redis.port()).await;
    let fleet = fleet(&proxy.url()).await;
    outage("black-holed", &fleet, async || proxy.swallow(true), async || proxy.swallow(false)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_without_redis_decide_and_find_it_when_it_comes() {
    let mut redis = RedisServer::start();
    redis.kill();
    // Nobody can count replicas that have never met: how many there are is for the settings to say.
    let settings = GuardSettings { replicas: Some(REPLICAS), ..GuardSettings::default() };
    let fleet: Vec<_> = (0..REPLICAS).map(|_| guarded(&redis.url(), &settings).0).collect();
    outage("never there", &fleet, async || {}, async || redis.restart()).await;
}
