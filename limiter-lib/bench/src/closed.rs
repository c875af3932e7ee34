//! Callers in a closed loop on one thread: each sends the next call on a reply, as handlers of one actix worker do.

use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::ensure;
use tokio::task::{JoinHandle, LocalSet};

use crate::cpu;

/// The figures of one round.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    pub per_second: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    /// Processor time of the calling thread for one decision, with this loop.
    pub client_us: f64,
    /// Processor time of Redis for one decision.
    pub redis_us: f64,
}

/// Keeps `in_flight` calls of `decide` in flight for `time`; each gets a random number. `redis` is a process id.
pub async fn round(
    redis: u32,
    in_flight: usize,
    time: Duration,
    decide: impl AsyncFn(u64) -> anyhow::Result<()> + Clone + 'static,
) -> anyhow::Result<Figures> {
    let times = Rc::new(RefCell::new(Vec::<u32>::with_capacity(1 << 20)));
    let (client_before, redis_before) = (cpu::of_this_thread()?, cpu::of_process(redis)?);
    let started = Instant::now();
    let local = LocalSet::new();
    let callers: Vec<_> = (0..in_flight)
        .map(|caller| {
            let (decide, times) = (decide.clone(), times.clone());
            local.spawn_local(async move {
                let (mut random, mut last) = (Random::new(caller as u64), started);
                while last - started < time {
                    decide(random.next()).await?;
                    let now = Instant::now();
                    times.borrow_mut().push(u32::try_from((now - last).as_nanos()).unwrap_or(u32::MAX));
                    last = now;
                    // Decisions that need no reply from Redis would starve the other tasks of the thread.
                    if times.borrow().len().is_multiple_of(1_024) {
                        tokio::task::yield_now().await;
                    }
                }
                anyhow::Ok(())
            })
        })
        .collect();
    local.run_until(join(callers)).await?;
    let elapsed = started.elapsed();
    let (client, redis) = (cpu::of_this_thread()? - client_before, cpu::of_process(redis)? - redis_before);
    let mut times = times.take();
    ensure!(!times.is_empty(), "no decisions");
    times.sort_unstable();
    let at = |share: f64| f64::from(times[((times.len() - 1) as f64 * share) as usize]) / 1_000.0;
    let each = |whole: Duration| whole.as_secs_f64() * 1e6 / times.len() as f64;
    Ok(Figures {
        per_second: times.len() as f64 / elapsed.as_secs_f64(),
        p50_us: at(0.5),
        p99_us: at(0.99),
        client_us: each(client),
        redis_us: each(redis),
    })
}

/// Calls `decide` once with each of `numbers`, `in_flight` at a time.
pub async fn each(
    in_flight: usize,
    numbers: std::ops::Range<u64>,
    decide: impl AsyncFn(u64) -> anyhow::Result<()> + Clone + 'static,
) -> anyhow::Result<()> {
    let next = Rc::new(RefCell::new(numbers));
    let local = LocalSet::new();
    let callers: Vec<_> = (0..in_flight)
        .map(|_| {
            let (decide, next) = (decide.clone(), next.clone());
            local.spawn_local(async move {
                loop {
                    let Some(number) = next.borrow_mut().next() else { return anyhow::Ok(()) };
                    decide(number).await?;
                }
            })
        })
        .collect();
    local.run_until(join(callers)).await
}

async fn join(callers: Vec<JoinHandle<anyhow::Result<()>>>) -> anyhow::Result<()> {
    for caller in callers {
        caller.await??;
    }
    Ok(())
}

/// SplitMix64: random enough to pick keys, at almost no cost.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}
