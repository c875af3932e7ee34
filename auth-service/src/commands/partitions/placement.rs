//! `partitions place`, `move-region`, `split-cell`: changing the cells of regions, and moving accounts there.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use service_kit::server::stop_requested;
use service_kit::{Clock, SystemClock, console};

use super::say;
use crate::domain::regions::{MAX_CELLS, Plan, RegionCode};
use crate::domain::{Cell, RegionMap};
use crate::flows::{Rebalance, RebalanceProgress, rebalance};
use crate::storage::{LoadPlanOutcome, Store};

/// Interval of progress reports.
const REPORT_INTERVAL: Duration = Duration::from_secs(2);
/// Maximum number of target cells at once.
const MAX_TARGETS: usize = 64;

/// Moves accounts that are not in a cell of their region, or only counts them.
pub(super) async fn place(store: &Store, region: Option<&str>, dry_run: bool) -> anyhow::Result<()> {
    let region_map = store.load_region_map().await?;
    let region = region.map(|text| known_region(&region_map, text)).transpose()?;
    let cells: Vec<Cell> = store.list_cells().await?.into_keys().collect();
    let request = Rebalance { region_map: &region_map, cells: &cells, region: region.as_ref(), dry_run };
    let RebalanceProgress { seen, moved } = run(store, &request).await?;
    say(if dry_run { format!("would move {moved} of {seen} accounts") } else { format!("moved {moved} accounts") })
}

/// Assigns other cells to a region, and moves its accounts there.
pub(super) async fn move_region(store: &Store, region: &str, to: &[i16], wait: Duration) -> anyhow::Result<()> {
    let before = store.load_region_map().await?;
    let code = known_region(&before, region)?;
    let to: BTreeSet<Cell> = to.iter().copied().map(Cell::new).collect();
    if to.is_empty() || to.len() > MAX_TARGETS || to.iter().any(|cell| cell.number() < 1) {
        bail!("name 1 to {MAX_TARGETS} cells by numbers from 1 on; 0 is the catch-all");
    }
    let known = store.list_cells().await?;
    let mut plan = Plan::move_region(code.clone(), to.into_iter().collect());
    plan.cells.retain(|cell, _| !known.contains_key(cell)); // existing cells keep their country and note
    apply(store, &plan).await?;
    let region_map = store.load_region_map().await?;
    let region = &region_map.regions[&code];
    let mut from: Vec<Cell> = region.closed_cells.iter().chain(&region.open_cells).copied().collect();
    from.push(Cell::UNPLACED);
    let request = Rebalance { region_map: &region_map, cells: &from, region: Some(&code), dry_run: false };
    let first = run(store, &request).await?;
    // A running service learns of the new cells within a minute; until then it places new accounts in the old ones.
    let last = if wait.is_zero() { RebalanceProgress::default() } else { again(store, &request, wait).await? };
    if !wait.is_zero() {
        store.forget_closed_cells(&code).await?;
    }
    say(format!("moved {} accounts of {code}", first.moved + last.moved))
}

/// Adds cells beside one that has become too large, and moves their share of accounts there.
pub(super) async fn split_cell(store: &Store, cell: i16, into: usize, wait: Duration) -> anyhow::Result<()> {
    let (cell, known) = (Cell::new(cell), store.list_cells().await?);
    if !(2..=MAX_TARGETS).contains(&into) {
        bail!("a cell can be split into 2 to {MAX_TARGETS}");
    }
    let before = store.load_region_map().await?;
    let plan = Plan::split_cell(&before, &known, cell, into - 1)
        .with_context(|| format!("no region keeps accounts in cell {cell}; `partitions status` lists cells"))?;
    apply(store, &plan).await?;
    let region_map = store.load_region_map().await?;
    let cells: BTreeSet<Cell> =
        plan.regions.values().flat_map(|region| region.cells.iter().flatten()).copied().collect();
    let cells: Vec<Cell> = cells.into_iter().filter(|cell| known.contains_key(cell)).collect();
    let request = Rebalance { region_map: &region_map, cells: &cells, region: None, dry_run: false };
    let first = run(store, &request).await?;
    let last = if wait.is_zero() { RebalanceProgress::default() } else { again(store, &request, wait).await? };
    let new: Vec<String> = plan.cells.keys().map(ToString::to_string).collect();
    say(format!("moved {} accounts to new cells {}", first.moved + last.moved, new.join(", ")))
}

async fn apply(store: &Store, plan: &Plan) -> anyhow::Result<()> {
    if store.load_plan(plan).await? == LoadPlanOutcome::TooManyCells {
        bail!("there would be more than {MAX_CELLS} cells; nothing was changed");
    }
    store.ensure_leaves(SystemClock.now()).await?;
    Ok(())
}

fn known_region(region_map: &RegionMap, text: &str) -> anyhow::Result<RegionCode> {
    let code = RegionCode::parse(text).filter(|code| region_map.regions.contains_key(code));
    code.with_context(|| format!("there is no region {text:?}; `partitions load-regions` adds regions"))
}

async fn again(store: &Store, request: &Rebalance<'_>, wait: Duration) -> anyhow::Result<RebalanceProgress> {
    let text = humantime::format_duration(wait);
    console::note(format_args!("waiting {text} until all services know the new cells"));
    tokio::select! {
        () = tokio::time::sleep(wait) => run(store, request).await,
        _ = stop_requested() => bail!("stopped while waiting; `partitions place` moves late arrivals"),
    }
}

/// Rebalances with progress on standard error; Ctrl-C stops it between two batches.
async fn run(store: &Store, request: &Rebalance<'_>) -> anyhow::Result<RebalanceProgress> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let listener = tokio::spawn(async move {
        if stop_requested().await.is_ok() {
            flag.store(true, Ordering::Relaxed);
        }
    });
    let (started, mut reported) = (Instant::now(), Instant::now());
    let progress = rebalance(store, &SystemClock, request, |sum| {
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
