//! The script alone, as `redis-benchmark` drives it: the upper bound of Redis on this machine.

use std::process::Command;

use anyhow::{Context, ensure};
use limiter_lib::{Quota, store::redis::DECIDE, testing::RedisServer};

use crate::{
    cpu,
    table::{head, median, number, row},
};

/// Number of random keys in every measurement over Redis.
pub const KEYS: u64 = 100_000;

const ROUNDS: usize = 5;
const MARKER: &str = "bench:0:0";
/// The kind byte: take, as the last limit of a call.
const TAKE_LAST: &str = "\u{1}";

/// The shape of the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Calls sent before a reply is awaited.
    pub pipeline: usize,
    /// Decisions in one call.
    pub batch: usize,
}

/// The figures of one round.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    pub per_second: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    /// Processor time of Redis for one decision.
    pub redis_us: f64,
}

/// A Redis with the script loaded and the marker set.
pub struct Raw<'a> {
    redis: &'a RedisServer,
    hash: String,
}

/// Units that are refilled in 8.64 s each and suffice for all rounds: every decision is an admission and a write, and
/// no key expires meanwhile.
pub fn quota() -> anyhow::Result<Quota> {
    Ok("10000/1d".parse()?)
}

impl<'a> Raw<'a> {
    pub fn new(redis: &'a RedisServer) -> anyhow::Result<Self> {
        let loaded = redis.command(&["SCRIPT", "LOAD", DECIDE]);
        let hash = loaded.lines().nth(1).context("Redis does not load the script")?.to_owned();
        ensure!(redis.command(&["SET", "raw:{0}", MARKER]).starts_with("+OK"), "Redis does not write");
        Ok(Self { redis, hash })
    }

    /// Runs about `decisions` decisions over [`KEYS`] random keys on one connection of redis-benchmark.
    pub fn round(&self, shape: Shape, decisions: usize) -> anyhow::Result<Figures> {
        let rule = quota()?.rule();
        let (interval, tolerance) = (rule.interval.to_string(), rule.tolerance.to_string());
        let calls = decisions / shape.batch;
        let mut command = Command::new("redis-benchmark");
        command.args(["-p", &self.redis.port().to_string(), "-c", "1", "--csv"]);
        command.args(["-n", &calls.to_string(), "-P", &shape.pipeline.to_string(), "-r", &KEYS.to_string()]);
        command.args(["EVALSHA", &self.hash, &(shape.batch + 1).to_string(), "raw:{0}"]);
        // As long as a key of the library: 22 characters after the name.
        command.args(vec!["raw:{0}:bench:filler0000__rand_int__"; shape.batch]);
        command.args([MARKER, "0", &TAKE_LAST.repeat(shape.batch)]);
        command.args([interval.as_str(), &tolerance].repeat(shape.batch));
        let before = cpu::of_process(self.redis.id())?;
        let output = command.output().context("redis-benchmark is not here; it comes with redis-server")?;
        let used = cpu::of_process(self.redis.id())? - before;
        let text = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success() && !text.contains("ERR"), "redis-benchmark: {text}");
        // The name of the command is the first cell and may contain commas; the seven figures come last.
        let line = text.lines().last().context("redis-benchmark printed nothing")?;
        let cells: Vec<f64> = line.rsplit(',').take(7).filter_map(|cell| cell.trim_matches('"').parse().ok()).collect();
        let [_max, p99, _p95, p50, _min, _mean, per_second] = cells[..] else { anyhow::bail!("not figures: {line}") };
        Ok(Figures {
            per_second: per_second * shape.batch as f64,
            p50_us: p50 * 1_000.0,
            p99_us: p99 * 1_000.0,
            redis_us: used.as_secs_f64() * 1e6 / (calls * shape.batch) as f64,
        })
    }
}

/// Prints the throughput of the server.
pub fn measure() -> anyhow::Result<()> {
    let redis = RedisServer::start();
    let raw = Raw::new(&redis)?;
    raw.round(Shape { pipeline: 64, batch: 1 }, 400_000)?;
    let cases = [("1", 1, 1, 40_000), ("-P 64", 64, 1, 160_000), ("-P 256", 256, 1, 160_000)];
    let batched = [("-P 2, 64 decisions a call", 2, 64, 256_000), ("-P 2, 256 decisions a call", 2, 256, 256_000)];
    let load = format!(
        "`redis-benchmark -c 1 -r {KEYS}`, one limit a call unless noted, all admitted; {ROUNDS} rounds, medians"
    );
    head("The script alone", &load, &["calls under way", "decisions/s", "Redis µs", "ratio to -P 64"]);
    let cases: Vec<_> = cases.into_iter().chain(batched).collect();
    let mut rounds: Vec<Vec<Figures>> = vec![Vec::new(); cases.len()];
    for _ in 0..ROUNDS {
        for ((_, pipeline, batch, decisions), figures) in cases.iter().zip(&mut rounds) {
            figures.push(raw.round(Shape { pipeline: *pipeline, batch: *batch }, *decisions)?);
        }
    }
    for ((name, ..), figures) in cases.iter().zip(&rounds) {
        let ratios = figures.iter().zip(&rounds[1]).map(|(here, base)| here.per_second / base.per_second);
        row(
            name,
            &[
                number(median(figures.iter().map(|round| round.per_second))),
                number(median(figures.iter().map(|round| round.redis_us))),
                number(median(ratios)),
            ],
        );
    }
    Ok(())
}
