//! Rounds, medians and ratios. Plain and partitioned alternate, so that noise of the machine affects both.

use std::time::{Duration, Instant};

use crate::server::Db;

/// Cost of one execution.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// Processor time of the backend, µs.
    pub cpu: f64,
    /// Median time until the response, µs.
    pub p50: f64,
    /// 99th percentile of it, µs.
    pub p99: f64,
}

/// Both sides of a comparison; ratios are partitioned to plain.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    /// The median round of the plain side.
    pub plain: Cost,
    /// The median round of the partitioned side.
    pub partitioned: Cost,
    /// Median of the rounds' ratios of processor time.
    pub ratio: f64,
    /// Minimum and maximum of them.
    pub spread: (f64, f64),
}

/// Runs `work` with the numbers `from..from + count` and measures.
pub async fn cost(
    db: &Db,
    from: usize,
    count: usize,
    mut work: impl AsyncFnMut(usize) -> anyhow::Result<()>,
) -> anyhow::Result<Cost> {
    let before = db.cpu().await?;
    let mut times = Vec::with_capacity(count);
    for number in from..from + count {
        let begun = Instant::now();
        work(number).await?;
        times.push(begun.elapsed());
    }
    let used = db.cpu().await?.saturating_sub(before);
    times.sort_unstable();
    let at = |share: f64| micros(times[((count - 1) as f64 * share) as usize]);
    Ok(Cost { cpu: micros(used) / count as f64, p50: at(0.5), p99: at(0.99) })
}

/// Executions of each side of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct Rounds {
    /// Rounds that count; one more before them warms caches.
    pub rounds: usize,
    /// Executions of the plain side in a round.
    pub plain: usize,
    /// Executions of the partitioned side in a round.
    pub partitioned: usize,
}

/// Below this number of accounts the run is a quick one, with fewer executions.
pub const FEW_ACCOUNTS: usize = 1_000_000;

impl Rounds {
    /// A quarter of the executions where there are few accounts.
    pub const fn with(self, accounts: usize) -> Self {
        let divisor = if accounts < FEW_ACCOUNTS { 4 } else { 1 };
        Self { plain: self.plain / divisor, partitioned: self.partitioned / divisor, ..self }
    }
}

/// Compares both sides. Numbers continue from round to round, so that each execution may insert its own row.
pub async fn pair(
    rounds: Rounds,
    (plain_db, mut plain): (&Db, impl AsyncFnMut(usize) -> anyhow::Result<()>),
    (partitioned_db, mut partitioned): (&Db, impl AsyncFnMut(usize) -> anyhow::Result<()>),
) -> anyhow::Result<Pair> {
    let (mut one, mut other, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=rounds.rounds {
        let here = cost(plain_db, round * rounds.plain, rounds.plain, &mut plain).await?;
        let there = cost(partitioned_db, round * rounds.partitioned, rounds.partitioned, &mut partitioned).await?;
        if round > 0 {
            one.push(here);
            other.push(there);
            ratios.push(there.cpu / here.cpu);
        }
    }
    let (ratio, spread) = median(&mut ratios);
    Ok(Pair { plain: middle(one), partitioned: middle(other), ratio, spread })
}

fn middle(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by(|one, other| one.cpu.total_cmp(&other.cpu));
    costs[costs.len() / 2]
}

/// The median, and the minimum and maximum.
pub fn median(values: &mut [f64]) -> (f64, (f64, f64)) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], (values[0], values[values.len() - 1]))
}

/// A long statement, run once.
#[derive(Debug, Clone, Copy, Default)]
pub struct Job {
    /// Time until it was done, ms.
    pub wall: f64,
    /// Processor time of the backend, ms.
    pub cpu: f64,
    /// Write-ahead log, MiB.
    pub wal: f64,
}

/// Measures a long piece of work.
pub async fn job(db: &Db, work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<Job> {
    let (cpu, wal, begun) = (db.cpu().await?, db.wal().await?, Instant::now());
    work.await?;
    let wall = micros(begun.elapsed()) / 1000.0;
    let used = micros(db.cpu().await?.saturating_sub(cpu)) / 1000.0;
    Ok(Job { wall, cpu: used, wal: (db.wal().await? - wal) as f64 / f64::from(1 << 20) })
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
