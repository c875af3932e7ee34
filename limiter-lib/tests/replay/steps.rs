//! Steps of Redis's clock: forward admits at most one more burst, back admits no more and blocks no key.

use std::time::{Duration, Instant};

use limiter_lib::{
    Key, LimitRequest, Policy, Quota, Store, StoreOutcome,
    store::redis::{RedisSettings, RedisStore},
    testing::RedisServer,
};

use crate::clock::ShiftedClock;

const RATE: u32 = 50;
const BURST: u32 = 50;

struct Scenario {
    store: RedisStore,
    policy: Policy,
    clock: ShiftedClock,
    started: Instant,
    admitted: u32,
    _redis: RedisServer,
    _folder: tempfile::TempDir,
}

impl Scenario {
    /// A scenario with an exhausted limit.
    async fn exhausted() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ShiftedClock::new(folder.path(), "clock-redis");
        let redis = clock.redis();
        let store = RedisStore::new(RedisSettings::from_url(&redis.url()).unwrap().connections(1)).unwrap();
        let quota = Quota::per_second(RATE).unwrap().with_burst(BURST).unwrap();
        let policy = Policy::new("stepped", quota).unwrap();
        let started = Instant::now();
        let mut scenario = Self { store, policy, clock, started, admitted: 0, _redis: redis, _folder: folder };
        scenario.exhaust().await;
        scenario
    }

    /// Takes a unit; `true` when it was admitted.
    async fn take(&mut self) -> bool {
        let requests = [LimitRequest::take(&self.policy, Key::everything(), 1)];
        let tries = async {
            loop {
                if let Some(replies) = self.store.decide_now(&requests) {
                    return replies;
                }
                match self.store.decide(&requests).await {
                    Ok(replies) => return replies,
                    // An empty server has a grace period before it decides.
                    Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
                }
            }
        };
        let replies =
            tokio::time::timeout(Duration::from_secs(10), tries).await.expect("there is an answer within 10 s");
        let admitted = matches!(replies[0].outcome, StoreOutcome::Conforms { .. });
        self.admitted += u32::from(admitted);
        admitted
    }

    async fn exhaust(&mut self) -> u32 {
        let before = self.admitted;
        while self.take().await {}
        self.admitted - before
    }

    /// Takes units until `more` are admitted.
    async fn take_until_admitted(&mut self, more: u32) {
        let until = self.admitted + more;
        let work = async {
            while self.admitted < until {
                if !self.take().await {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(15), work)
            .await
            .expect("the key keeps its rate, long before 30 s are over");
    }

    /// Maximum number of units for the elapsed time and so many bursts.
    fn most(&self, bursts: u32) -> f64 {
        f64::from(bursts * BURST) + f64::from(RATE) * self.started.elapsed().as_secs_f64()
    }
}

#[tokio::test]
async fn a_clock_set_back_admits_no_more_and_blocks_no_key() {
    let mut scenario = Scenario::exhausted().await;
    for offset in [-30, -60] {
        scenario.clock.set(offset);
        scenario.take_until_admitted(RATE).await;
        assert!(f64::from(scenario.admitted) <= scenario.most(1), "{} of {}", scenario.admitted, scenario.most(1));
    }
}

#[tokio::test]
async fn a_clock_set_forward_admits_one_burst_more_at_most() {
    let mut scenario = Scenario::exhausted().await;
    scenario.clock.set(30);
    // A refusal cached by this replica stays for its whole wait.
    scenario.take_until_admitted(1).await;
    let burst = scenario.exhaust().await;
    assert!(burst >= BURST - 1, "the step was seen: {burst}");
    assert!(f64::from(scenario.admitted) <= scenario.most(2), "{} of {}", scenario.admitted, scenario.most(2));
    scenario.take_until_admitted(RATE).await;
    assert!(f64::from(scenario.admitted) <= scenario.most(2), "{} of {}", scenario.admitted, scenario.most(2));
}

#[tokio::test]
async fn a_clock_set_forward_and_back_admits_one_burst_more_at_most() {
    let mut scenario = Scenario::exhausted().await;
    for offset in [30, 0, 30, 0] {
        scenario.clock.set(offset);
        scenario.take_until_admitted(RATE / 5).await;
    }
    // The second step forward brought a burst as well.
    assert!(f64::from(scenario.admitted) <= scenario.most(3), "{} of {}", scenario.admitted, scenario.most(3));
}
