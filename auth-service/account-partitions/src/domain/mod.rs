//! Pure rules: required partitions, existing partitions, alarms about the difference, and the cell of each account.

mod alarm;
mod alarms;
mod cell;
mod inventory;
mod month;
mod policy;
pub mod regions;

pub use alarm::{Alarm, MAX_LEAF_ROWS, Severity};
pub use alarms::alarms;
pub use cell::Cell;
pub use inventory::{Bound, Leaf, OrphanTable, PartitionInventory, Table};
pub use month::Month;
pub use policy::{MONTHS_AHEAD, MONTHS_KEPT, MaintenancePolicy};
