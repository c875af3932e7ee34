//! The peers over Redis, as raw decisions: the work of each crate for one request, without HTTP.

use std::time::Duration;

use actix_extensible_rate_limit::backend::{Backend, SimpleInput, redis::RedisBackend};
use anyhow::ensure;
use limiter_lib::{Limiter, Policy, testing::RedisServer};

use crate::{
    closed::{self, Figures},
    exact::{ROUND, ROUNDS, deciding, print, store},
    raw::{self, KEYS},
    table::head,
};

const IN_FLIGHT: usize = 64;
/// Shorter for the peer that connects for each request: each connection blocks a port for a minute.
const SHORT: Duration = Duration::from_millis(250);
/// The same quota for all, as far as each can express it.
pub const UNITS: u32 = 10_000;
pub const PER: Duration = Duration::from_secs(86_400);

/// Prints this library beside its peers.
pub async fn measure() -> anyhow::Result<()> {
    let redis = RedisServer::start();
    let limiter = Limiter::new(store(&redis).await?);
    let policy = Policy::new("bench", raw::quota()?)?;
    let limitation = actix_limitation::Limiter::builder(redis.url()).limit(UNITS as usize).period(PER).build()?;
    let limitation = async move |random: u64| {
        let status = limitation.count(format!("limitation:{}", random % KEYS)).await;
        ensure!(status.is_ok(), "actix-limitation: {status:?}");
        Ok(())
    };
    let extensible = extensible(&redis.url()).await?;
    let extensible = async move |random: u64| {
        let key = (random % KEYS).to_string();
        let input = SimpleInput { interval: PER, max_requests: u64::from(UNITS), key };
        ensure!(extensible.request(input).await?.0.is_allowed(), "actix-extensible-rate-limit refuses");
        Ok(())
    };
    let load = format!(
        "{IN_FLIGHT} calls under way on one thread, {KEYS} random keys, all admitted; {ROUNDS} rounds of 1 s (0.25 s for \
         actix-limitation), medians. The peers count fixed windows, this library GCRA."
    );
    let columns = ["", "decisions/s", "p50 µs", "p99 µs", "client µs", "Redis µs", "ratio to this library"];
    head("Beside peers, over Redis", &load, &columns);
    let mut rounds: [Vec<Figures>; 3] = Default::default();
    for _ in 0..ROUNDS {
        let ours = deciding(&limiter, &policy, KEYS);
        rounds[0].push(closed::round(redis.id(), IN_FLIGHT, ROUND, ours).await?);
        rounds[1].push(closed::round(redis.id(), IN_FLIGHT, ROUND, extensible.clone()).await?);
        rounds[2].push(closed::round(redis.id(), IN_FLIGHT, SHORT, limitation.clone()).await?);
    }
    let names = ["this library", "actix-extensible-rate-limit 0.4", "actix-limitation 0.6"];
    for (name, figures) in names.iter().zip(&rounds) {
        print(name, figures, rounds[0].iter().map(|base| base.per_second));
    }
    Ok(())
}

/// The Redis backend of actix-extensible-rate-limit.
pub async fn extensible(url: &str) -> anyhow::Result<RedisBackend> {
    let manager = redis::aio::ConnectionManager::new(redis::Client::open(url)?).await?;
    Ok(RedisBackend::builder(manager).key_prefix(Some("extensible:")).build())
}
