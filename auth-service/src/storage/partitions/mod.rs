//! Tables in partitions, on PostgreSQL: how they are cut, and how leaves come and go while the service runs.
//!
//! `users` by cell (LIST), `sign_ins` by month (RANGE), the two directories by hash into a fixed number of leaves. One
//! level each, and never a DEFAULT partition: it would have to be searched whenever a leaf is attached, and keeps leaves
//! from being detached concurrently.

mod convert;
mod leaves;
mod on_demand;
mod tables;

pub use convert::{
    Checksum, Conversion, ConvertError, ConvertReport, ConvertSettings, LockTimes, Outcome, PlainTable, Step, Watch,
};
pub(in crate::storage) use tables::Partitioned;
