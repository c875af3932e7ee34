//! Rules of several steps: maintenance of the partitions, and moves of accounts between cells.

mod maintenance;
mod maintenance_worker;
mod placement;
mod rebalance;

pub use maintenance::{MaintenanceRun, Steps, maintain_partitions};
pub use maintenance_worker::{MaintenanceStatus, MaintenanceWorker};
pub use placement::{PlacementChange, PlacementError, apply_plan, find_region, move_region, split_cell};
pub use rebalance::{Rebalance, RebalanceProgress, rebalance};
