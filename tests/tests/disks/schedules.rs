//! Random schedules of full and free disks, writes, SIGTERM and kill -9.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::small_disk::{Mechanism, SmallDisk};
use crate::stores::{Editors, Kind, Store};

const SCHEDULES: u64 = 20;
/// Concurrent schedules.
const CONCURRENCY: u64 = 4;
/// Maximum number of refused writes after there is room again, 100 ms apart.
const REFUSED_AFTER: u32 = 10;

struct Outcome {
    acknowledged: usize,
    refused: u32,
    lost: Vec<String>,
}

/// Runs one schedule, determined by its seed.
async fn run(seed: u64, editors: &Editors) -> Outcome {
    let mut rng = StdRng::seed_from_u64(seed);
    let kind = [Kind::Accounts, Kind::Films, Kind::Cinema][(seed % 3) as usize];
    let mechanism = if rng.random_bool(0.7) { Mechanism::SmallFileSystem } else { Mechanism::FileSizeLimit };
    let disk = SmallDisk::new(mechanism, 24);
    let mut store = Store::start(kind, disk.path(), editors).await;
    let (mut refused, rounds) = (0, rng.random_range(1..=2));
    for _ in 0..rounds {
        writes_are_acknowledged(&mut store, rng.random_range(1..=3)).await;
        disk.fill(&store.process);
        for _ in 0..rng.random_range(4..=8) {
            refused += u32::from(!store.write().await);
        }
        if rng.random_bool(0.4) {
            store.restart(if rng.random() { "TERM" } else { "KILL" }, disk.path(), editors);
            if disk.mechanism() == Mechanism::FileSizeLimit {
                disk.fill(&store.process);
            }
            store.shows_films().await;
            refused += u32::from(!store.write().await);
        }
        disk.free(&store.process);
        let mut tries = 0;
        while !store.write().await {
            tries += 1;
            assert!(
                tries < REFUSED_AFTER,
                "there is room, and writes are refused:\n{}",
                store.process.output().join("\n")
            );
            tokio::time::sleep(Duration::from_millis(100)).await; // between polls of a condition that has a bound
        }
        writes_are_acknowledged(&mut store, rng.random_range(1..=3)).await;
    }
    store.end(if rng.random() { "TERM" } else { "KILL" });
    Outcome { acknowledged: store.acknowledged(), refused, lost: store.lost(disk.path()).await }
}

async fn writes_are_acknowledged(store: &mut Store, count: u32) {
    for _ in 0..count {
        assert!(store.write().await, "there is room:\n{}", store.process.output().join("\n"));
    }
}

/// `DISKS_SEED` repeats one schedule by the seed that a failed test has printed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "set by whoever runs the tests, no setting of a program")]
async fn every_acknowledged_write_is_there_after_full_disks_sigterm_and_kill() {
    let repeated: Option<u64> = std::env::var("DISKS_SEED").ok().and_then(|seed| seed.parse().ok());
    let first = repeated.unwrap_or_else(|| rand::random_range(0..1_000_000));
    let count = if repeated.is_some() { 1 } else { SCHEDULES };
    eprintln!("seeds {first} to {}", first + count - 1);
    let editors = Editors::start().await;
    let (next, outcomes) = (AtomicU64::new(first), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..CONCURRENCY.min(count) {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= first + count {
                        return;
                    }
                    let outcome = runtime.block_on(run(seed, &editors));
                    outcomes.lock().expect("no schedule panics").push((seed, outcome));
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().expect("no schedule has panicked");
    let lost: Vec<_> = outcomes.iter().filter(|(_, outcome)| !outcome.lost.is_empty()).collect();
    let failures = lost.iter().map(|(seed, outcome)| format!("DISKS_SEED={seed} lost {:?}", outcome.lost));
    assert!(lost.is_empty(), "{}", failures.collect::<Vec<_>>().join("\n"));
    let sum = |part: fn(&Outcome) -> usize| outcomes.iter().map(|(_, outcome)| part(outcome)).sum::<usize>();
    let (acknowledged, refused) = (sum(|outcome| outcome.acknowledged), sum(|outcome| outcome.refused as usize));
    eprintln!("{acknowledged} writes acknowledged, {refused} refused, none lost");
    assert!(refused > 0 || count == 1, "no disk was ever full");
}
