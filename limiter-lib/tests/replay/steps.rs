//! The clock of Redis is set: forward gives one burst at most, back gives nothing and stops nobody.

use std::time::{Duration, Instant};

use limiter_lib::{
    Key, LimitRequest, Policy, Quota, Store, StoreOutcome,
    store::redis::{RedisSettings, RedisStore},
    testing::RedisServer,
};

use crate::clock::ShiftedClock;

const RATE: u32 = 50;
const BURST: u32 = 50;

struct Scene {
    store: RedisStore,
    policy: Policy,
    clock: ShiftedClock,
    begun: Instant,
    admitted: u32,
    _redis: RedisServer,
    _folder: tempfile::TempDir,
}

impl Scene {
    /// A limit that is used up.
    async fn used_up() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ShiftedClock::new(folder.path(), "clock-redis");
        let redis = clock.redis();
        let store = RedisStore::new(RedisSettings::from_url(&redis.url()).unwrap().connections(1)).unwrap();
        let quota = Quota::per_second(RATE).unwrap().with_burst(BURST).unwrap();
        let policy = Policy::new("stepped", quota).unwrap();
        let begun = Instant::now();
        let mut scene = Self { store, policy, clock, begun, admitted: 0, _redis: redis, _folder: folder };
        scene.use_up().await;
        scene
    }

    /// Takes a unit: whether it was admitted.
    async fn take(&mut self) -> bool {
        let asks = [LimitRequest::take(&self.policy, Key::everything(), 1)];
        let tries = async {
            loop {
                if let Some(answers) = self.store.decide_now(&asks) {
                    return answers;
                }
                match self.store.decide(&asks).await {
                    Ok(answers) => return answers,
                    // An empty server gives replicas time to tell before it decides.
                    Err(_) => tokio::time::sleep(Duration::from_millis(2)).await,
                }
            }
        };
        let answers =
            tokio::time::timeout(Duration::from_secs(10), tries).await.expect("there is an answer within 10 s");
        let admitted = matches!(answers[0].outcome, StoreOutcome::Conforms { .. });
        self.admitted += u32::from(admitted);
        admitted
    }

    async fn use_up(&mut self) -> u32 {
        let before = self.admitted;
        while self.take().await {}
        self.admitted - before
    }

    /// Goes on until `more` are admitted.
    async fn go_on(&mut self, more: u32) {
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

    /// The most that time and so many bursts allow.
    fn most(&self, bursts: u32) -> f64 {
        f64::from(bursts * BURST) + f64::from(RATE) * self.begun.elapsed().as_secs_f64()
    }
}

#[tokio::test]
async fn a_clock_set_back_admits_no_more_and_stops_nobody() {
    let mut scene = Scene::used_up().await;
    for offset in [-30, -60] {
        scene.clock.set(offset);
        scene.go_on(RATE).await;
        assert!(f64::from(scene.admitted) <= scene.most(1), "{} of {}", scene.admitted, scene.most(1));
    }
}

#[tokio::test]
async fn a_clock_set_forward_admits_one_burst_more_at_most() {
    let mut scene = Scene::used_up().await;
    scene.clock.set(30);
    // What this replica knows to be refused stays so for as long as it was said to.
    scene.go_on(1).await;
    let burst = scene.use_up().await;
    assert!(burst >= BURST - 1, "the step was seen: {burst}");
    assert!(f64::from(scene.admitted) <= scene.most(2), "{} of {}", scene.admitted, scene.most(2));
    scene.go_on(RATE).await;
    assert!(f64::from(scene.admitted) <= scene.most(2), "{} of {}", scene.admitted, scene.most(2));
}

#[tokio::test]
async fn a_clock_set_forward_and_back_admits_one_burst_more_at_most() {
    let mut scene = Scene::used_up().await;
    for offset in [30, 0, 30, 0] {
        scene.clock.set(offset);
        scene.go_on(RATE / 5).await;
    }
    // The second step forward brought a burst as well.
    assert!(f64::from(scene.admitted) <= scene.most(3), "{} of {}", scene.admitted, scene.most(3));
}
