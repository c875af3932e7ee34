//! A process of the replay: this test program again, told by its environment what to do.

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
    answers::{self, Answer},
    audit::audited,
    plan::Plan,
};

/// Tasks of a replica that ask at the same time.
const TASKS: u64 = 48;

/// What a replica is to do.
pub struct Orders {
    pub url: String,
    pub seed: u64,
    pub number: u64,
    pub lanes: usize,
    /// What its wall clock is off by, in seconds.
    pub off: i64,
    /// Random calls to have answered by the server; 0 takes single units of one limit instead, until it refuses.
    pub calls: u64,
    /// Where to write what the server answered.
    pub answers: String,
}

impl Orders {
    const VARIABLE: &str = "REPLICA_ORDERS";

    pub fn variable(&self) -> (&'static str, String) {
        let Self { url, seed, number, lanes, off, calls, answers } = self;
        (Self::VARIABLE, format!("{url} {seed} {number} {lanes} {off} {calls} {answers}"))
    }

    fn given() -> Option<Self> {
        let text = std::env::var(Self::VARIABLE).ok()?;
        let words: Vec<&str> = text.splitn(7, ' ').collect();
        let number = |index: usize| words[index].parse::<u64>().unwrap();
        Some(Self {
            url: words[0].to_owned(),
            seed: number(1),
            number: number(2),
            lanes: number(3) as usize,
            off: words[4].parse().unwrap(),
            calls: number(5),
            answers: words[6].to_owned(),
        })
    }
}

#[test]
#[ignore = "a process of the replay, which starts it"]
fn replica() {
    let Some(orders) = Orders::given() else { return };
    let settings = audited(RedisSettings::from_url(&orders.url).unwrap().connections(orders.lanes));
    let replica = Arc::new(Replica {
        store: RedisStore::new(settings).unwrap(),
        plan: Plan::new(orders.seed),
        answers: Mutex::new(BufWriter::with_capacity(1 << 14, File::create(&orders.answers).unwrap())),
        left: AtomicU64::new(orders.calls),
        known: AtomicU64::new(0),
        errors: Mutex::default(),
        orders,
    });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(replica.clone().work());
    replica.answers.lock().unwrap().flush().unwrap();
    let report = Report { known: replica.known.load(Ordering::SeqCst), errors: replica.errors.lock().unwrap().clone() };
    report.write(&replica.orders.answers);
}

struct Replica {
    orders: Orders,
    store: RedisStore,
    plan: Plan,
    answers: Mutex<BufWriter<File>>,
    /// Calls that the server still has to answer.
    left: AtomicU64,
    /// Refusals known without asking.
    known: AtomicU64,
    errors: Mutex<BTreeMap<String, u64>>,
}

impl Replica {
    async fn work(self: Arc<Self>) {
        let task = |number| {
            let replica = self.clone();
            tokio::spawn(async move {
                if replica.orders.calls == 0 { replica.spend().await } else { replica.ask(number).await }
            })
        };
        let tasks: Vec<_> = (0..TASKS).map(task).collect();
        for task in tasks {
            task.await.unwrap();
        }
    }

    /// Random calls, as an application makes them: what is known is not asked. One in four is asked all the same.
    async fn ask(&self, task: u64) {
        let mut random = StdRng::seed_from_u64(self.orders.seed ^ (self.orders.number << 32 | task) << 8);
        while self.left.load(Ordering::Relaxed) > 0 {
            let (pairs, asks) = self.plan.call(&mut random);
            if random.random_ratio(3, 4) && self.store.decide_now(&asks).is_some() {
                self.known.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                continue;
            }
            if self.answer(&pairs, &asks).await.is_some() {
                let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            }
        }
    }

    /// Takes single units until there are no more, beginning when all may.
    async fn spend(&self) {
        let policy = spent(self.orders.seed);
        while self.store.decide(&[LimitRequest::take(&policy, Key::everything(), 0)]).await.is_err() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        File::create(ready(Path::new(&self.orders.answers))).unwrap();
        let go = go(Path::new(&self.orders.answers));
        while !go.exists() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let asks = [LimitRequest::take(&policy, Key::everything(), 1)];
        loop {
            match self.answer(&[0], &asks).await {
                Some(0..) => {}
                Some(_) => return,
                None => continue,
            }
        }
    }

    /// Has the server answer and writes down what it said: the number that it said to each ask. Gives the last one.
    async fn answer(&self, pairs: &[u32], asks: &[LimitRequest]) -> Option<i64> {
        match self.store.decide(asks).await {
            Ok(answers) => {
                let (came, mut said) = (answers::now(self.orders.off), 0);
                let mut file = self.answers.lock().unwrap();
                for (pair, answer) in pairs.iter().zip(&answers) {
                    said = match answer.outcome {
                        StoreOutcome::Conforms { until_idle, .. } => until_idle as i64,
                        StoreOutcome::Exceeds { wait } => -(wait as i64),
                    };
                    answers::write(&mut file, Answer { pair: *pair, said, came });
                }
                Some(said)
            }
            Err(error) => {
                *self.errors.lock().unwrap().entry(word(&error)).or_default() += 1;
                // As a client that comes again; without it a server that is gone would be asked a million times a second.
                tokio::time::sleep(Duration::from_millis(1)).await;
                None
            }
        }
    }
}

/// A file that says that a replica is ready.
pub fn ready(answers: &Path) -> PathBuf {
    answers.with_extension("ready")
}

/// A file that says to all replicas of a folder that they may begin.
pub fn go(answers: &Path) -> PathBuf {
    answers.with_file_name("go")
}

/// The limit that is spent by all replicas of a seed: `seed` units that practically never come back.
pub fn spent(seed: u64) -> Policy {
    let burst = u32::try_from(seed).unwrap();
    let quota = Quota::per_hour(1).unwrap().with_burst(burst).unwrap();
    Policy::new(&format!("spent-{burst}"), quota).unwrap()
}

fn word(error: &StoreError) -> String {
    match error {
        StoreError::Timeout => "timeout".to_owned(),
        StoreError::Unreachable(_) => "unreachable".to_owned(),
        StoreError::Recovering => "recovering".to_owned(),
        other => format!("unforeseen_{}", other.to_string().replace(' ', "_")),
    }
}

/// What a replica says at its end.
#[derive(Default)]
pub struct Report {
    /// Refusals known without asking.
    pub known: u64,
    pub errors: BTreeMap<String, u64>,
}

impl Report {
    fn write(&self, answers: &str) {
        let errors: String = self.errors.iter().map(|(word, count)| format!("{word} {count}\n")).collect();
        std::fs::write(format!("{answers}.report"), format!("{}\n{errors}", self.known)).unwrap();
    }

    /// Takes over what a replica wrote.
    pub fn add(&mut self, answers: &Path) {
        let text = std::fs::read_to_string(format!("{}.report", answers.display())).unwrap();
        let (known, errors) = text.split_once('\n').unwrap();
        self.known += known.parse::<u64>().unwrap();
        for (word, count) in errors.lines().filter_map(|line| line.split_once(' ')) {
            *self.errors.entry(word.to_owned()).or_default() += count.parse::<u64>().unwrap();
        }
    }
}
