//! Changes of the cells of regions. Accounts stay where they are until `rebalance` moves them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use service_kit::database::DatabaseError;

use super::rebalance::Rebalance;
use crate::domain::Cell;
use crate::domain::regions::{MAX_CELLS, Plan, RegionCode, RegionMap};
use crate::storage::{AccountPartitions, LoadPlanOutcome};

/// Maximum number of target cells at once.
const MAX_TARGETS: usize = 64;

/// A change that is in force for new accounts.
#[derive(Debug, Clone)]
pub struct PlacementChange {
    /// Regions after the change.
    pub region_map: RegionMap,
    /// The region that was moved; `None` when the change concerns several.
    pub region: Option<RegionCode>,
    /// Cells with accounts that may belong elsewhere now.
    pub cells: Vec<Cell>,
    /// Cells that the plan names.
    pub planned: Vec<Cell>,
}

/// Reasons why cells were not changed.
#[derive(Debug, thiserror::Error)]
pub enum PlacementError {
    /// SQL failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The text is no code of a known region.
    #[error("there is no region {0:?}; `partitions load-regions` adds regions")]
    UnknownRegion(String),
    /// No region places accounts in this cell.
    #[error("no region keeps accounts in cell {0}; `partitions status` lists cells")]
    UnusedCell(Cell),
    /// The target cells of a region are too few, too many, or not allowed.
    #[error("name 1 to {MAX_TARGETS} cells by numbers from 1 on; 0 is the catch-all")]
    InvalidTargets,
    /// A cell cannot be split into this many.
    #[error("a cell can be split into 2 to {MAX_TARGETS}")]
    InvalidSplit,
    /// The installation would have too many cells.
    #[error("there would be more than {MAX_CELLS} cells; nothing was changed")]
    TooManyCells,
}

impl PlacementChange {
    /// The request to move the accounts concerned.
    pub fn rebalance(&self) -> Rebalance<'_> {
        Rebalance { region_map: &self.region_map, cells: &self.cells, region: self.region.as_ref(), dry_run: false }
    }
}

/// Loads a plan and creates the partitions of its cells. Returns the number of created ones.
///
/// # Errors
/// [`PlacementError::TooManyCells`], or when the database is unavailable.
pub async fn apply_plan(
    partitions: &AccountPartitions,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Result<u32, PlacementError> {
    match partitions.load_plan(plan).await? {
        LoadPlanOutcome::Loaded => Ok(partitions.ensure_leaves(now).await?),
        LoadPlanOutcome::TooManyCells => Err(PlacementError::TooManyCells),
    }
}

/// Finds the code of a region of this installation.
///
/// # Errors
/// [`PlacementError::UnknownRegion`].
pub fn find_region(region_map: &RegionMap, text: &str) -> Result<RegionCode, PlacementError> {
    let code = RegionCode::parse(text).filter(|code| region_map.regions.contains_key(code));
    code.ok_or_else(|| PlacementError::UnknownRegion(text.to_owned()))
}

/// Assigns other cells to a region; missing ones are created.
///
/// # Errors
/// [`PlacementError`].
pub async fn move_region(
    partitions: &AccountPartitions,
    region: &str,
    to: &[i16],
    now: DateTime<Utc>,
) -> Result<PlacementChange, PlacementError> {
    let code = find_region(&partitions.load_region_map().await?, region)?;
    let to: BTreeSet<Cell> = to.iter().copied().map(Cell::new).collect();
    if to.is_empty() || to.len() > MAX_TARGETS || to.iter().any(|cell| cell.number() < 1) {
        return Err(PlacementError::InvalidTargets);
    }
    let known = partitions.list_cells().await?;
    let mut plan = Plan::move_region(code.clone(), to.iter().copied().collect());
    plan.cells.retain(|cell, _| !known.contains_key(cell)); // existing cells keep their country and note
    apply_plan(partitions, &plan, now).await?;
    let region_map = partitions.load_region_map().await?;
    let moved = region_map.regions.get(&code);
    let known_cells = moved.into_iter().flat_map(|region| region.closed_cells.iter().chain(&region.open_cells));
    let cells = known_cells.copied().chain([Cell::UNPLACED]).collect();
    Ok(PlacementChange { region_map, region: Some(code), cells, planned: to.into_iter().collect() })
}

/// Adds cells beside `cell`, so that its accounts are in `into` cells once they are rebalanced.
///
/// # Errors
/// [`PlacementError`].
pub async fn split_cell(
    partitions: &AccountPartitions,
    cell: Cell,
    into: usize,
    now: DateTime<Utc>,
) -> Result<PlacementChange, PlacementError> {
    if !(2..=MAX_TARGETS).contains(&into) {
        return Err(PlacementError::InvalidSplit);
    }
    let (before, known) = (partitions.load_region_map().await?, partitions.list_cells().await?);
    let plan = Plan::split_cell(&before, &known, cell, into - 1).ok_or(PlacementError::UnusedCell(cell))?;
    apply_plan(partitions, &plan, now).await?;
    let region_map = partitions.load_region_map().await?;
    let cells: BTreeSet<Cell> =
        plan.regions.values().flat_map(|region| region.cells.iter().flatten()).copied().collect();
    let cells = cells.into_iter().filter(|cell| known.contains_key(cell)).collect();
    Ok(PlacementChange { region_map, region: None, cells, planned: plan.cells.into_keys().collect() })
}
