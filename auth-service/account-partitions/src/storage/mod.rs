//! SQL behind [`AccountPartitions`]: partition schemes on PostgreSQL, adding and removing leaves while the service runs,
//! and the tables of regions and cells on both databases.
//!
//! `users` by cell (LIST), `sign_ins` by month (RANGE), the two directories by hash into a fixed number of leaves. One
//! level each, and never a DEFAULT partition: it would be scanned whenever a leaf is attached, and prevents leaves from
//! being detached concurrently.

mod account_partitions;
mod analysis;
mod conversion;
mod embedded;
mod entities;
mod expiry;
mod inventory;
mod leader;
mod leaves;
mod moves;
mod on_demand;
mod region_map;
mod tables;

pub use account_partitions::AccountPartitions;
pub use conversion::{COPY_SUFFIX, KEPT_SUFFIX};
pub use expiry::MaintenanceReport;
pub use leader::{Lead, Leader};
pub use leaves::{LEAF_LOCK, LeafDefinition};
pub use moves::{CellMember, DELETED, MAX_MOVED_TOGETHER, record_cell};
pub use region_map::{LoadPlanOutcome, insert_missing_regions};
pub use tables::Partitioned;
