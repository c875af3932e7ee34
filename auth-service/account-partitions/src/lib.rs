//! Placement of accounts in cells, and partitions of accounts and sign-ins on PostgreSQL.
//!
//! | module | contents | imports |
//! |---|---|---|
//! | `domain` | cells, months, regions with their age policies, retention, alarms: pure rules | nothing |
//! | [`storage`] | SQL: leaves, expiry, leader lock, inventory, region map, moves | `domain` |
//! | `flows` | one run of maintenance, its hourly worker, changes of cells, moves of accounts | `domain`, `storage` |
//!
//! The root is for programs. [`storage`] also has what the SQL of others needs: the names and DDL
//! of the partitioned tables for auth-service, leaves and suffixes for `partition-conversion`.
//!
//! The tables themselves are created by the migrations of auth-service, which also opens the database and hands it in
//! as [`AccountPartitions`]. The embedded database has no partitions; placement and expiry work on both.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod domain;
mod flows;
pub mod storage;

pub use domain::regions::{
    AgePolicy, Country, MAX_CELLS, Plan, PlanError, PlannedCell, PlannedRegion, Region, RegionCode, RegionMap,
};
pub use domain::{
    Alarm, Bound, Cell, Leaf, MAX_LEAF_ROWS, MONTHS_AHEAD, MONTHS_KEPT, MaintenancePolicy, Month, OrphanTable,
    PartitionInventory, Severity, Table, alarms,
};
pub use flows::{
    MaintenanceRun, MaintenanceStatus, MaintenanceWorker, PlacementChange, PlacementError, Rebalance,
    RebalanceProgress, Steps, apply_plan, find_region, maintain_partitions, move_region, rebalance, split_cell,
};
pub use storage::{AccountPartitions, Lead, Leader, LoadPlanOutcome, MaintenanceReport, Partitioned};
