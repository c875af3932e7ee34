//! `partitions place`, `move-region`, `split-cell`: changing the cells of regions, and moving accounts there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use account_partitions::{
    AccountPartitions, Cell, PlacementChange, Rebalance, RebalanceProgress, find_region, rebalance,
};
use anyhow::bail;
use service_kit::server::stop_requested;
use service_kit::{Clock, SystemClock, console};

use super::say;

/// Interval of progress reports.
const REPORT_INTERVAL: Duration = Duration::from_secs(2);

/// Moves accounts that are not in a cell of their region, or only counts them.
pub(super) async fn place(partitions: &AccountPartitions, region: Option<&str>, dry_run: bool) -> anyhow::Result<()> {
    let region_map = partitions.load_region_map().await?;
    let region = region.map(|text| find_region(&region_map, text)).transpose()?;
    let cells: Vec<Cell> = partitions.list_cells().await?.into_keys().collect();
    let request = Rebalance { region_map: &region_map, cells: &cells, region: region.as_ref(), dry_run };
    let RebalanceProgress { seen, moved } = run(partitions, &request).await?;
    say(if dry_run { format!("would move {moved} of {seen} accounts") } else { format!("moved {moved} accounts") })
}

/// Assigns other cells to a region, and moves its accounts there.
pub(super) async fn move_region(
    partitions: &AccountPartitions,
    region: &str,
    to: &[i16],
    wait: Duration,
) -> anyhow::Result<()> {
    let change = account_partitions::move_region(partitions, region, to, SystemClock.now()).await?;
    let moved = move_accounts(partitions, &change, wait).await?;
    if let (Some(code), false) = (&change.region, wait.is_zero()) {
        partitions.forget_closed_cells(code).await?;
    }
    say(format!("moved {moved} accounts of {region}"))
}

/// Adds cells beside one that has become too large, and moves their share of accounts there.
pub(super) async fn split_cell(
    partitions: &AccountPartitions,
    cell: i16,
    into: usize,
    wait: Duration,
) -> anyhow::Result<()> {
    let change = account_partitions::split_cell(partitions, Cell::new(cell), into, SystemClock.now()).await?;
    let moved = move_accounts(partitions, &change, wait).await?;
    let new: Vec<String> = change.planned.iter().map(ToString::to_string).collect();
    say(format!("moved {moved} accounts to new cells {}", new.join(", ")))
}

/// Moves the accounts concerned, and late arrivals after `wait`: a running service learns of the new cells within a
/// minute, and until then places new accounts in the old ones.
async fn move_accounts(
    partitions: &AccountPartitions,
    change: &PlacementChange,
    wait: Duration,
) -> anyhow::Result<u64> {
    let request = change.rebalance();
    let first = run(partitions, &request).await?.moved;
    if wait.is_zero() {
        return Ok(first);
    }
    let text = humantime::format_duration(wait);
    console::note(format_args!("waiting {text} until all services know the new cells"));
    tokio::select! {
        () = tokio::time::sleep(wait) => Ok(first + run(partitions, &request).await?.moved),
        _ = stop_requested() => bail!("stopped while waiting; `partitions place` moves late arrivals"),
    }
}

/// Rebalances with progress on standard error; Ctrl-C stops it between two batches.
async fn run(partitions: &AccountPartitions, request: &Rebalance<'_>) -> anyhow::Result<RebalanceProgress> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let listener = tokio::spawn(async move {
        if stop_requested().await.is_ok() {
            flag.store(true, Ordering::Relaxed);
        }
    });
    let (started, mut reported) = (Instant::now(), Instant::now());
    let progress = rebalance(partitions, &SystemClock, request, |sum| {
        if reported.elapsed() >= REPORT_INTERVAL {
            reported = Instant::now();
            let rate = sum.moved as f64 / started.elapsed().as_secs_f64();
            console::note(format_args!("looked at {} accounts, moved {} ({rate:.0} a second)", sum.seen, sum.moved));
        }
        !stop.load(Ordering::Relaxed)
    })
    .await;
    listener.abort();
    let progress = progress?;
    if stop.load(Ordering::Relaxed) {
        bail!("stopped after {} accounts; `partitions place` goes on", progress.moved);
    }
    Ok(progress)
}
