//! Decisions in this process: the table beside governor's, and a cached refusal.

use std::{hint::black_box, time::Duration};

use anyhow::ensure;
use governor::{DefaultKeyedRateLimiter, RateLimiter, middleware::StateInformationMiddleware};
use limiter_lib::{Action, Key, Limiter, MemoryStore, Outcome, Policy, Quota, Store, testing::RedisServer};

use crate::{
    closed::Random,
    cpu,
    exact::store,
    table::{head, median, number, row},
};

const ROUNDS: usize = 7;
const DECISIONS: u64 = 2_000_000;

/// Prints decisions over `MemoryStore` beside governor's.
pub async fn measure() -> anyhow::Result<()> {
    let load = format!(
        "One thread, {DECISIONS} decisions a round over random keys, all admitted; processor time, medians of {ROUNDS} \
         rounds. This library is asked through `Limiter::check`. Governor's keyed limiter is asked with its default store \
         and clock."
    );
    head("In process", &load, &["", "ns, 1,000 keys", "ratio", "ns, 100,000 keys", "ratio"]);
    let (small, large) = (Bench::new(1_000)?, Bench::new(100_000)?);
    let mut rounds: Vec<[Vec<f64>; 8]> = vec![Default::default(); 2];
    for _ in 0..ROUNDS {
        for (bench, rounds) in [&small, &large].into_iter().zip(&mut rounds) {
            for (round, figures) in bench.round().await?.into_iter().zip(rounds) {
                figures.push(round);
            }
        }
    }
    let names = [
        "the loop alone, with its random numbers",
        "governor, `u64` keys",
        "governor, `u64` keys, telling what is left",
        "governor, our `Key`s made before",
        "this library's table alone, `Key`s made before",
        "this library, `Key`s made before",
        "governor, `String` keys made before",
        "this library, `Key`s made of these `String`s",
    ];
    // Each beside the case of governor with the same input.
    let bases = [1, 1, 1, 1, 3, 3, 6, 6];
    for (index, (name, base)) in names.iter().zip(bases).enumerate() {
        let cells = rounds.iter().flat_map(|rounds| {
            let ratios = rounds[index].iter().zip(&rounds[base]).map(|(here, base)| here / base);
            [number(median(rounds[index].iter().copied())), number(median(ratios))]
        });
        row(name, &cells.collect::<Vec<_>>());
    }
    Ok(())
}

struct Bench {
    count: u64,
    keys: Vec<Key>,
    names: Vec<String>,
    numbers: Vec<u64>,
    store: MemoryStore,
    limiter: Limiter,
    policy: Policy,
    by_number: DefaultKeyedRateLimiter<u64>,
    by_key: DefaultKeyedRateLimiter<Key>,
    with_state: DefaultKeyedRateLimiter<u64, StateInformationMiddleware>,
    by_name: DefaultKeyedRateLimiter<String>,
}

impl Bench {
    fn new(count: u64) -> anyhow::Result<Self> {
        let names: Vec<String> = (0..count).map(|number| format!("user-{number:08}")).collect();
        Ok(Self {
            count,
            keys: names.iter().map(|name| Key::user(name)).collect(),
            names,
            numbers: (0..count).map(|number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect(),
            store: MemoryStore::new(usize::try_from(count)? * 2),
            limiter: Limiter::new(MemoryStore::new(usize::try_from(count)? * 2)),
            policy: Policy::new("bench", Quota::per_second(1_000)?.with_burst(1_000_000)?)?,
            by_number: RateLimiter::keyed(governor_quota()?),
            by_key: RateLimiter::keyed(governor_quota()?),
            with_state: RateLimiter::keyed(governor_quota()?).with_middleware(),
            by_name: RateLimiter::keyed(governor_quota()?),
        })
    }

    /// Nanoseconds of a decision in each case.
    async fn round(&self) -> anyhow::Result<[f64; 8]> {
        let at = |index: u64| usize::try_from(index).unwrap_or_default();
        Ok([
            self.each(async |index| black_box(index) < self.count).await?,
            self.each(async |index| self.by_number.check_key(&self.numbers[at(index)]).is_ok()).await?,
            self.each(async |index| self.admits_with_state(&self.numbers[at(index)])).await?,
            self.each(async |index| self.by_key.check_key(&self.keys[at(index)]).is_ok()).await?,
            self.each(async |index| self.takes(self.keys[at(index)])).await?,
            self.each(async |index| self.admits(self.keys[at(index)]).await).await?,
            self.each(async |index| self.by_name.check_key(&self.names[at(index)]).is_ok()).await?,
            self.each(async |index| self.admits(Key::user(&self.names[at(index)])).await).await?,
        ])
    }

    fn admits_with_state(&self, number: &u64) -> bool {
        let state = self.with_state.check_key(number);
        state.is_ok_and(|state| black_box(state.remaining_burst_capacity()) > 0)
    }

    fn takes(&self, key: Key) -> bool {
        self.store.act_now(&self.policy, key, Action::Take(1)).is_some_and(|reply| !reply.exceeds())
    }

    async fn admits(&self, key: Key) -> bool {
        self.limiter.check(&self.policy, key).await.is_ok_and(|decision| decision.outcome == Outcome::Allow)
    }

    async fn each(&self, admits: impl AsyncFn(u64) -> bool) -> anyhow::Result<f64> {
        let mut random = Random::new(DECISIONS);
        let mut admitted = 0;
        let before = cpu::of_this_thread()?;
        for _ in 0..DECISIONS {
            admitted += u64::from(admits(random.below(self.count)).await);
        }
        let used = cpu::of_this_thread()? - before;
        ensure!(admitted == DECISIONS, "{} refused", DECISIONS - admitted);
        Ok(nanos_each(used))
    }
}

fn nanos_each(used: Duration) -> f64 {
    used.as_secs_f64() * 1e9 / DECISIONS as f64
}

fn governor_quota() -> anyhow::Result<governor::Quota> {
    let (rate, burst) = (1_000.try_into()?, 1_000_000.try_into()?);
    Ok(governor::Quota::per_second(rate).allow_burst(burst))
}

/// Prints the cost of a refusal while it is cached.
pub async fn measure_denied() -> anyhow::Result<()> {
    let load = format!(
        "One key that has used up its units, asked by one thread {DECISIONS} times a round; processor time, medians of \
         {ROUNDS} rounds."
    );
    head("A refused hot key", &load, &["", "ns", "ratio to governor"]);
    let redis = RedisServer::start();
    let over_redis = Limiter::new(store(&redis).await?);
    let in_process = Limiter::new(MemoryStore::new(1_000));
    let policy = Policy::new("bench", "1/1d".parse()?)?;
    let hourly = governor::Quota::per_hour(1.try_into()?);
    let governor = RateLimiter::keyed(hourly);
    let name = "user-00000000".to_owned();
    let key = Key::user(&name);
    for limiter in [&over_redis, &in_process] {
        while limiter.check(&policy, key).await?.outcome == Outcome::Allow {}
    }
    while governor.check_key(&name).is_ok() {}
    let mut rounds: [Vec<f64>; 3] = Default::default();
    for _ in 0..ROUNDS {
        rounds[0].push(refused(async || governor.check_key(&name).is_err()).await?);
        for (limiter, rounds) in [&over_redis, &in_process].into_iter().zip(&mut rounds[1..]) {
            let refuses = async || limiter.check(&policy, key).await.is_ok_and(|decision| decision.refuses());
            rounds.push(refused(refuses).await?);
        }
    }
    let names = ["governor, keyed", "this library over Redis", "this library in process"];
    for (name, figures) in names.iter().zip(&rounds) {
        let ratios = figures.iter().zip(&rounds[0]).map(|(here, base)| here / base);
        row(name, &[number(median(figures.iter().copied())), number(median(ratios))]);
    }
    Ok(())
}

async fn refused(refuses: impl AsyncFn() -> bool) -> anyhow::Result<f64> {
    let mut refused = 0;
    let before = cpu::of_this_thread()?;
    for _ in 0..DECISIONS {
        refused += u64::from(refuses().await);
    }
    let used = cpu::of_this_thread()? - before;
    ensure!(refused == DECISIONS, "{} admitted", DECISIONS - refused);
    Ok(nanos_each(used))
}
