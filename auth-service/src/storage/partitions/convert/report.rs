//! What a conversion tells: while it runs, at its end, and when it cannot go on.

use std::fmt;
use std::ops::ControlFlow;
use std::time::Duration;

use super::names::PlainTable;
use crate::storage::error::StorageError;

/// Is told how it goes, and answers whether to go on. Asked between batches and between tries for a lock.
pub type Watch<'a> = dyn FnMut(Step) -> ControlFlow<()> + Send + 'a;

/// Where a conversion is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// Makes the empty copy.
    Preparing,
    /// Copies rows.
    Copying {
        /// Rows looked at so far, those of earlier runs included.
        rows: u64,
        /// How many there are in all, as the planner believes; 0 when it does not know.
        estimate: u64,
        /// Rows of this run per second.
        rate: f64,
    },
    /// Compares both tables.
    Verifying,
    /// Tries to get a lock.
    Locking {
        /// The how manieth time, from 1.
        attempt: u32,
    },
}

/// Rows of a table, and the sum of their hashes: the same for two tables that hold the same rows, in whatever order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    /// How many rows.
    pub rows: u64,
    /// Sum of 64-bit hashes of all columns.
    pub sum: String,
}

/// What a lock cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LockTimes {
    /// The longest wait of all tries; whoever came meanwhile waited behind it.
    pub waited: Duration,
    /// From the moment it was had until it was given back.
    pub held: Duration,
    /// How many tries it took; 0 when no lock was needed.
    pub attempts: u32,
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvertReport {
    /// Rows copied by this run.
    pub copied: u64,
    /// How long copying took.
    pub copying: Duration,
    /// The same for both tables.
    pub checksum: Checksum,
    /// The exclusive lock under which the tables exchanged their names.
    pub times: LockTimes,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The other table is in use now.
    Done(ConvertReport),
    /// The other table is gone.
    Finished {
        /// Whether the one that stays is partitioned.
        partitioned: bool,
        /// The exclusive lock under which the mirror was taken away.
        times: LockTimes,
    },
    /// It is already as it was asked to be.
    NothingToDo,
    /// SQLite has no partitions.
    Embedded,
}

/// Why it did not go on. The table that was in use is still in use.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// SQL failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Two would be in each other's way.
    #[error("another process is converting {table} at this moment; wait until it is done")]
    AlreadyRunning {
        /// Which table.
        table: PlainTable,
    },
    /// Whoever watches wanted it so.
    #[error(
        "stopped; {table} is in use as before. The same command goes on from here, `partitions finish` drops what was prepared"
    )]
    Stopped {
        /// Which table.
        table: PlainTable,
    },
    /// Somebody else uses the table without a break.
    #[error(
        "{table} could not be locked within {} s: {holders}. Nothing was changed; end that transaction, or wait for it, and give the same command again",
        patience.as_secs_f32()
    )]
    Busy {
        /// Which table.
        table: PlainTable,
        /// For how long it was tried.
        patience: Duration,
        /// Who has it.
        holders: String,
    },
    /// Making and renaming tables takes their owner.
    #[error("{table} belongs to the database role {owner}; connect as that role")]
    NotOwner {
        /// Which table.
        table: PlainTable,
        /// Whose it is.
        owner: String,
    },
    /// Something hangs on the table that would stay with the plain one.
    #[error("{table} cannot be exchanged while this hangs on it: {what}. Drop it first and make it again afterwards")]
    Entangled {
        /// Which table.
        table: PlainTable,
        /// Triggers, views and the like.
        what: String,
    },
    /// A value that no partition can be made for.
    #[error("no partition can be made for {what} in {table}; correct these rows first")]
    NoPlace {
        /// Which table.
        table: PlainTable,
        /// The value.
        what: String,
    },
    /// Somebody changed one of the tables behind the mirror.
    #[error("{table} and its copy differ ({difference}). `partitions finish` drops the copy; then begin again")]
    Differs {
        /// Which table.
        table: PlainTable,
        /// In what.
        difference: String,
    },
    /// The plain table was given up.
    #[error("there is no plain {table} to go back to: `partitions finish` has dropped it")]
    NothingKept {
        /// Which table.
        table: PlainTable,
    },
    /// There is nothing to convert.
    #[error("there is no table {table}; `migrate` makes it")]
    NoTable {
        /// Which table.
        table: PlainTable,
    },
    /// Hashes of whole rows came with PostgreSQL 14.
    #[error("this needs PostgreSQL 14 or newer")]
    OldServer,
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows, checksum {}", self.rows, self.sum)
    }
}

/// Tells `step`; an error when it was the last one.
pub(super) fn tell(table: PlainTable, watch: &mut Watch<'_>, step: Step) -> Result<(), ConvertError> {
    match watch(step) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ConvertError::Stopped { table }),
    }
}
