//! A process of the replay: this test program again, configured by its environment.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use limiter_lib::{
    Key, LimitRequest, Policy, Quota, Store, StoreError, StoreOutcome,
    store::redis::{RedisSettings, RedisStore},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    audit::with_logging,
    plan::Plan,
    replies::{self, Reply},
};

/// Concurrent tasks of a replica.
const TASKS: u64 = 48;

/// The configuration of a replica.
pub struct ReplicaConfig {
    pub url: String,
    pub seed: u64,
    pub number: u64,
    pub connections: usize,
    /// The offset of its wall clock, in seconds.
    pub offset: i64,
    /// Number of random calls to the server; 0 takes single units of one limit instead, until it refuses.
    pub calls: u64,
    /// The file for replies of the server.
    pub replies: String,
}

impl ReplicaConfig {
    const VARIABLE: &str = "REPLICA_ORDERS";

    pub fn variable(&self) -> (&'static str, String) {
        let Self { url, seed, number, connections, offset, calls, replies } = self;
        (Self::VARIABLE, format!("{url} {seed} {number} {connections} {offset} {calls} {replies}"))
    }

    #[expect(clippy::disallowed_methods, reason = "set by the test that starts this one as a child")]
    fn from_environment() -> Option<Self> {
        let text = std::env::var(Self::VARIABLE).ok()?;
        let words: Vec<&str> = text.splitn(7, ' ').collect();
        let number = |index: usize| words[index].parse::<u64>().unwrap();
        Some(Self {
            url: words[0].to_owned(),
            seed: number(1),
            number: number(2),
            connections: number(3) as usize,
            offset: words[4].parse().unwrap(),
            calls: number(5),
            replies: words[6].to_owned(),
        })
    }
}

#[test]
#[ignore = "a process of the replay, which starts it"]
fn replica() {
    let Some(config) = ReplicaConfig::from_environment() else { return };
    let settings = with_logging(RedisSettings::from_url(&config.url).unwrap().connections(config.connections));
    let replica = Arc::new(Replica {
        store: RedisStore::new(settings).unwrap(),
        plan: Plan::new(config.seed),
        replies: Mutex::new(BufWriter::with_capacity(1 << 14, File::create(&config.replies).unwrap())),
        left: AtomicU64::new(config.calls),
        cached: AtomicU64::new(0),
        errors: Mutex::default(),
        config,
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(replica.clone().work());
    replica.replies.lock().unwrap().flush().unwrap();
    let report =
        Report { cached: replica.cached.load(Ordering::SeqCst), errors: replica.errors.lock().unwrap().clone() };
    report.write(&replica.config.replies);
}

struct Replica {
    config: ReplicaConfig,
    store: RedisStore,
    plan: Plan,
    replies: Mutex<BufWriter<File>>,
    /// Calls left to be answered by the server.
    left: AtomicU64,
    /// Refusals from the cache.
    cached: AtomicU64,
    errors: Mutex<BTreeMap<String, u64>>,
}

impl Replica {
    async fn work(self: Arc<Self>) {
        let task = |number| {
            let replica = self.clone();
            tokio::spawn(async move {
                if replica.config.calls == 0 { replica.spend().await } else { replica.send_random(number).await }
            })
        };
        let tasks: Vec<_> = (0..TASKS).map(task).collect();
        for task in tasks {
            task.await.unwrap();
        }
    }

    /// Sends random calls, as an application does: cached refusals are not sent, except for one in four.
    async fn send_random(&self, task: u64) {
        let mut random = StdRng::seed_from_u64(self.config.seed ^ (self.config.number << 32 | task) << 8);
        while self.left.load(Ordering::Relaxed) > 0 {
            let (pairs, requests) = self.plan.call(&mut random);
            if random.random_ratio(3, 4) && self.store.decide_now(&requests).is_some() {
                self.cached.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                continue;
            }
            if self.send(&pairs, &requests).await.is_some() {
                let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            }
        }
    }

    /// Takes single units until none are left, from the common start on.
    async fn spend(&self) {
        let policy = spent(self.config.seed);
        while self.store.decide(&[LimitRequest::take(&policy, Key::everything(), 0)]).await.is_err() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        File::create(ready_file(Path::new(&self.config.replies))).unwrap();
        let start = start_file(Path::new(&self.config.replies));
        while !start.exists() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let requests = [LimitRequest::take(&policy, Key::everything(), 1)];
        loop {
            match self.send(&[0], &requests).await {
                Some(0..) => {}
                Some(_) => return,
                None => continue,
            }
        }
    }

    /// Sends a call and records the number in each reply. Returns the last one.
    async fn send(&self, pairs: &[u32], requests: &[LimitRequest]) -> Option<i64> {
        match self.store.decide(requests).await {
            Ok(replies) => {
                let (received_at, mut number) = (replies::now(self.config.offset), 0);
                let mut file = self.replies.lock().unwrap();
                for (pair, reply) in pairs.iter().zip(&replies) {
                    number = match reply.outcome {
                        StoreOutcome::Conforms { until_idle, .. } => until_idle as i64,
                        StoreOutcome::Exceeds { wait } => -(wait as i64),
                    };
                    replies::write(&mut file, Reply { pair: *pair, number, received_at });
                }
                Some(number)
            }
            Err(error) => {
                *self.errors.lock().unwrap().entry(error_kind(&error)).or_default() += 1;
                // The pause of a retrying client; without it an unavailable server would get a million calls a second.
                tokio::time::sleep(Duration::from_millis(1)).await;
                None
            }
        }
    }
}

/// The file that marks a replica as ready.
pub fn ready_file(replies: &Path) -> PathBuf {
    replies.with_extension("ready")
}

/// The file that starts all replicas of a folder.
pub fn start_file(replies: &Path) -> PathBuf {
    replies.with_file_name("go")
}

/// The limit that all replicas of a seed spend: `seed` units that practically never refill.
pub fn spent(seed: u64) -> Policy {
    let burst = u32::try_from(seed).unwrap();
    let quota = Quota::per_hour(1).unwrap().with_burst(burst).unwrap();
    Policy::new(&format!("spent-{burst}"), quota).unwrap()
}

fn error_kind(error: &StoreError) -> String {
    match error {
        StoreError::Timeout => "timeout".to_owned(),
        StoreError::Unreachable(_) => "unreachable".to_owned(),
        StoreError::Recovering => "recovering".to_owned(),
        other => format!("unforeseen_{}", other.to_string().replace(' ', "_")),
    }
}

/// The final report of a replica.
#[derive(Default)]
pub struct Report {
    /// Refusals from the cache.
    pub cached: u64,
    pub errors: BTreeMap<String, u64>,
}

impl Report {
    fn write(&self, replies: &str) {
        let errors: String = self.errors.iter().map(|(error_kind, count)| format!("{error_kind} {count}\n")).collect();
        std::fs::write(format!("{replies}.report"), format!("{}\n{errors}", self.cached)).unwrap();
    }

    /// Adds the report of a replica.
    pub fn add(&mut self, replies: &Path) {
        let text = std::fs::read_to_string(format!("{}.report", replies.display())).unwrap();
        let (cached, errors) = text.split_once('\n').unwrap();
        self.cached += cached.parse::<u64>().unwrap();
        for (error_kind, count) in errors.lines().filter_map(|line| line.split_once(' ')) {
            *self.errors.entry(error_kind.to_owned()).or_default() += count.parse::<u64>().unwrap();
        }
    }
}
