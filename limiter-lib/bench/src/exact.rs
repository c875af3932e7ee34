//! Decisions over Redis: this library beside the script alone, and leased units beside exact ones.

use std::time::Duration;

use anyhow::ensure;
use limiter_lib::{
    Consistency, Key, LimitRequest, Limiter, Outcome, Policy, Store,
    store::{LeasedStore, RedisSettings, RedisStore},
    testing::RedisServer,
};

use crate::{
    closed::{self, Figures},
    raw::{self, KEYS, Raw, Shape},
    table::{head, median, number, row},
};

pub const ROUNDS: usize = 5;
pub const ROUND: Duration = Duration::from_secs(1);
const LEASED_KEYS: u64 = 1_000;

/// Prints the exact mode beside the script alone.
pub async fn measure() -> anyhow::Result<()> {
    let redis = RedisServer::start();
    let raw = Raw::new(&redis)?;
    raw.round(Shape { pipeline: 64, batch: 1 }, 400_000)?;
    let limiter = Limiter::new(store(&redis).await?);
    let policy = Policy::new("bench", raw::quota()?)?;
    closed::round(redis.id(), 256, ROUND, deciding(&limiter, &policy, KEYS)).await?;
    let load = format!(
        "One thread, one connection, callers in a closed loop, {KEYS} random keys, all admitted; {ROUNDS} rounds of 1 s, \
         medians. Before each round the script alone, with as many calls under way on one connection."
    );
    let columns = ["", "decisions/s", "p50 µs", "p99 µs", "client µs", "Redis µs", "ratio to the script alone"];
    head("Exact, over Redis", &load, &columns);
    for in_flight in [1, 64, 256] {
        let (mut rounds, mut bases) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let decisions = if in_flight == 1 { 40_000 } else { 160_000 };
            bases.push(raw.round(Shape { pipeline: in_flight, batch: 1 }, decisions)?);
            let decide = deciding(&limiter, &policy, KEYS);
            rounds.push(closed::round(redis.id(), in_flight, ROUND, decide).await?);
        }
        let of = |figure: fn(&raw::Figures) -> f64| number(median(bases.iter().map(figure)));
        let (speed, cost) = (of(|base| base.per_second), of(|base| base.redis_us));
        let (p50, p99) = (of(|base| base.p50_us), of(|base| base.p99_us));
        row(&format!("the script alone, {in_flight} under way"), &[speed, p50, p99, "–".into(), cost, number(1.0)]);
        print(&format!("this library, {in_flight} under way"), &rounds, bases.iter().map(|base| base.per_second));
    }
    Ok(())
}

/// Prints the leased mode beside the exact one.
pub async fn measure_leased() -> anyhow::Result<()> {
    let redis = RedisServer::start();
    let exact = Limiter::new(store(&redis).await?);
    let leased = Limiter::new(LeasedStore::new(store(&redis).await?));
    let policy = |name: &str| anyhow::Ok(Policy::new(name, "100000/1s".parse()?)?);
    let leasing = |name: &str, units| Ok::<_, anyhow::Error>(policy(name)?.consistency(Consistency::Leased { units }));
    let cases = [
        ("exact", exact, policy("bench")?),
        ("leased, 10 units at once", leased.clone(), leasing("ten", 10)?),
        ("leased, 100 units at once", leased, leasing("hundred", 100)?),
    ];
    let load = format!(
        "As before with 64 calls under way, over {LEASED_KEYS} random keys of 100,000 units a second; ratios to the exact \
         mode right before."
    );
    let columns = ["", "decisions/s", "p50 µs", "p99 µs", "client µs", "Redis µs", "ratio to exact"];
    head("Leased, over Redis", &load, &columns);
    let mut rounds: Vec<Vec<Figures>> = vec![Vec::new(); cases.len()];
    for _ in 0..ROUNDS {
        for ((_, limiter, policy), figures) in cases.iter().zip(&mut rounds) {
            let decide = deciding(limiter, policy, LEASED_KEYS);
            figures.push(closed::round(redis.id(), 64, ROUND, decide).await?);
        }
    }
    for ((name, ..), figures) in cases.iter().zip(&rounds) {
        print(name, figures, rounds[0].iter().map(|base| base.per_second));
    }
    Ok(())
}

/// A connected store.
pub async fn store(redis: &RedisServer) -> anyhow::Result<RedisStore> {
    let store = RedisStore::new(RedisSettings::from_url(&redis.url())?.connections(1))?;
    let probe = [LimitRequest::take(&Policy::new("ready", raw::quota()?)?, Key::everything(), 0)];
    for _ in 0..1_000 {
        if store.decide(&probe).await.is_ok() {
            return Ok(store);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    anyhow::bail!("the store does not connect")
}

/// Takes a unit of one of `keys` keys, which must be available.
pub fn deciding(
    limiter: &Limiter,
    policy: &Policy,
    keys: u64,
) -> impl AsyncFn(u64) -> anyhow::Result<()> + Clone + 'static {
    let (limiter, policy) = (limiter.clone(), policy.clone());
    async move |random| {
        let key = Key::part("bench", &(random % keys).to_le_bytes());
        let decision = limiter.check(&policy, key).await?;
        ensure!(decision.outcome == Outcome::Allow, "not admitted: {:?}", decision.outcome);
        Ok(())
    }
}

/// A row of medians; the ratio is to the baseline of each round.
pub fn print(name: &str, rounds: &[Figures], bases: impl IntoIterator<Item = f64>) {
    let of = |figure: fn(&Figures) -> f64| number(median(rounds.iter().map(figure)));
    let ratio = median(rounds.iter().zip(bases).map(|(round, base)| round.per_second / base));
    let (speed, p50, p99) = (of(|round| round.per_second), of(|round| round.p50_us), of(|round| round.p99_us));
    let (client, redis) = (of(|round| round.client_us), of(|round| round.redis_us));
    row(name, &[speed, p50, p99, client, redis, number(ratio)]);
}
