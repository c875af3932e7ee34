//! Rules of partition maintenance: required partitions, existing partitions, and alarms about the difference.

mod alarms;
mod inventory;
mod policy;

pub use alarms::{Alarm, MAX_LEAF_ROWS, Severity, alarms};
pub use inventory::{Bound, Leaf, OrphanTable, PartitionInventory, Table};
pub use policy::{MONTHS_AHEAD, MONTHS_KEPT, MaintenancePolicy};
