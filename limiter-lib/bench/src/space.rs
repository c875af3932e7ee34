//! Memory per key, in this process and in Redis.

use std::process::Command;

use anyhow::{Context, ensure};
use governor::{DefaultKeyedRateLimiter, RateLimiter};
use limiter_lib::{Key, Limiter, MemoryStore, Policy, testing::RedisServer};

use crate::{
    closed, cpu,
    exact::{deciding, store},
    raw::{self, KEYS},
    table::{head, number, print_line, row},
};

/// Active keys in this process.
const ACTIVE: u64 = 1_000_000;
/// Capacity of the store for [`ACTIVE`] keys.
const CAPACITY: usize = 2_000_000;

/// Prints bytes per key; each in-process store in a separate process.
pub async fn measure() -> anyhow::Result<()> {
    let load = format!("{ACTIVE} active keys in process, each in a process of its own; {KEYS} in Redis.");
    head("Memory", &load, &["", "bytes a key", "ratio to governor, `u64` keys"]);
    let names = [
        ("governor-u64", "governor, `u64` keys: growth of resident memory"),
        ("governor-string", "governor, `String` keys of 13 bytes: growth of resident memory"),
        ("ours", "this library in process: growth of resident memory"),
    ];
    let mut base = f64::NAN;
    for (what, name) in names {
        let output = Command::new(std::env::current_exe()?).args(["space", what]).output()?;
        let text = String::from_utf8(output.stdout)?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let bytes: f64 = text.trim().parse().with_context(|| text.clone())?;
        base = if base.is_nan() { bytes } else { base };
        row(name, &[number(bytes), number(bytes / base)]);
    }
    let computed = MemoryStore::new(CAPACITY).capacity() as f64 * 16.0 / ACTIVE as f64;
    row("this library in process: 16 bytes a slot, by its capacity", &[number(computed), number(computed / base)]);
    let bytes = in_redis().await?;
    row("this library in Redis: growth of `used_memory`", &[number(bytes), number(bytes / base)]);
    Ok(())
}

/// Fills one store and prints the bytes for each key.
pub async fn fill(what: &str) -> anyhow::Result<()> {
    let (limiter, by_number, by_name);
    let before = cpu::resident(std::process::id())?;
    match what {
        "ours" => {
            limiter = Limiter::new(MemoryStore::new(CAPACITY));
            let policy = Policy::new("bench", raw::quota()?)?;
            let key = |number: u64| Key::part("bench", &number.to_le_bytes());
            for number in 0..ACTIVE {
                limiter.check(&policy, key(number)).await?;
            }
            let mut kept = 0;
            for number in 0..ACTIVE {
                kept +=
                    u64::from(limiter.check_cost(&policy, key(number), 0).await?.remaining < policy.quota().burst());
            }
            ensure!(kept * 1_000 >= ACTIVE * 990, "{kept} keys of {ACTIVE} are stored");
        }
        "governor-u64" => {
            by_number = DefaultKeyedRateLimiter::<u64>::keyed(hourly()?);
            (0..ACTIVE).for_each(|number| drop(by_number.check_key(&number)));
        }
        _ => {
            by_name = RateLimiter::<String, _, _>::keyed(hourly()?);
            (0..ACTIVE).for_each(|number| drop(by_name.check_key(&format!("user-{number:08}"))));
        }
    }
    let grown = cpu::resident(std::process::id())?.saturating_sub(before);
    print_line(&format!("{}", grown as f64 / ACTIVE as f64));
    Ok(())
}

fn hourly() -> anyhow::Result<governor::Quota> {
    Ok(governor::Quota::per_hour(10_000.try_into()?))
}

async fn in_redis() -> anyhow::Result<f64> {
    let redis = RedisServer::start();
    let limiter = Limiter::new(store(&redis).await?);
    let decide = deciding(&limiter, &Policy::new("bench", raw::quota()?)?, KEYS);
    // Allocates buffers before the measurement.
    closed::each(64, 0..1, decide.clone()).await?;
    let before = used_memory(&redis)?;
    closed::each(64, 1..KEYS, decide).await?;
    Ok((used_memory(&redis)? - before) / (KEYS - 1) as f64)
}

fn used_memory(redis: &RedisServer) -> anyhow::Result<f64> {
    let text = redis.command(&["INFO", "memory"]);
    let bytes = text.lines().find_map(|line| line.strip_prefix("used_memory:")).context("no used_memory")?;
    Ok(bytes.trim().parse()?)
}
