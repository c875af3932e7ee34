//! Partitioned tables on PostgreSQL: partition schemes, and adding and removing leaves while the service runs.
//!
//! `users` by cell (LIST), `sign_ins` by month (RANGE), the two directories by hash into a fixed number of leaves. One
//! level each, and never a DEFAULT partition: it would be scanned whenever a leaf is attached, and prevents leaves from
//! being detached concurrently.

mod analysis;
mod convert;
mod embedded;
mod expiry;
mod inventory;
mod leader;
mod leaves;
mod on_demand;
mod plans;
mod tables;

pub use convert::{
    Checksum, Conversion, ConvertError, ConvertOutcome, ConvertReport, ConvertSettings, LockTimes, PlainTable, Step,
    Watch,
};
pub use expiry::MaintenanceReport;
pub use leader::{Lead, Leader};
pub use plans::QueryPlan;

pub(in crate::storage) use tables::Partitioned;
