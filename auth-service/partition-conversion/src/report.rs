//! Progress, results and errors of a conversion.

use std::fmt;
use std::ops::ControlFlow;
use std::time::Duration;

use service_kit::database::DatabaseError;

use crate::names::PlainTable;

/// Receives progress and returns `Break` to stop. Called between batches and before attempts to lock.
pub type Watch<'a> = dyn FnMut(Step) -> ControlFlow<()> + Send + 'a;

/// Step of a conversion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// Creating the empty copy.
    Preparing,
    /// Copying rows.
    Copying {
        /// Rows read so far, including those of earlier runs.
        rows: u64,
        /// The planner's estimate of all rows; 0 if unknown.
        estimate: u64,
        /// Rows of this run per second.
        rate: f64,
    },
    /// Comparing both tables.
    Verifying,
    /// Trying to get a lock.
    Locking {
        /// Number of the attempt, from 1.
        attempt: u32,
    },
}

/// Row count of a table and the sum of its row hashes: equal for two tables with the same rows in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    /// Number of rows.
    pub rows: u64,
    /// Sum of 64-bit hashes of all columns.
    pub sum: String,
}

/// Cost of a lock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LockTimes {
    /// Longest wait of all attempts; concurrent requests waited behind it.
    pub waited: Duration,
    /// Time from acquisition to release.
    pub held: Duration,
    /// Number of attempts; 0 when no lock was needed.
    pub attempts: u32,
}

/// Report of a completed conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvertReport {
    /// Rows copied by this run.
    pub copied: u64,
    /// Duration of copying.
    pub copying: Duration,
    /// Equal for both tables.
    pub checksum: Checksum,
    /// The exclusive lock for the swap of the names.
    pub times: LockTimes,
}

/// Result of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConvertOutcome {
    /// The other table is in use now.
    Done(ConvertReport),
    /// The other table was dropped.
    Finished {
        /// `true` when the remaining table is partitioned.
        partitioned: bool,
        /// The exclusive lock for the removal of the mirror.
        times: LockTimes,
    },
    /// The requested state is already reached.
    NothingToDo,
    /// SQLite has no partitions.
    Embedded,
}

/// Reasons why it stopped. The table in use stays in use.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// SQL failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Only one process at a time may convert a table.
    #[error("another process is converting {table} at this moment; wait until it is done")]
    AlreadyRunning {
        /// The table.
        table: PlainTable,
    },
    /// The callback requested it.
    #[error(
        "stopped; {table} is in use as before. The same command goes on from here, `partitions finish` drops what was prepared"
    )]
    Stopped {
        /// The table.
        table: PlainTable,
    },
    /// The table is locked by others all the time.
    #[error(
        "{table} could not be locked within {} s: {holders}. Nothing was changed; end that transaction, or wait for it, and give the same command again",
        timeout.as_secs_f32()
    )]
    Busy {
        /// The table.
        table: PlainTable,
        /// Time limit of the attempts.
        timeout: Duration,
        /// Holders of conflicting locks.
        holders: String,
    },
    /// Only the owner may create and rename these tables.
    #[error("{table} belongs to the database role {owner}; connect as that role")]
    NotOwner {
        /// The table.
        table: PlainTable,
        /// Its owner.
        owner: String,
    },
    /// Dependent objects would stay with the plain table.
    #[error("{table} cannot be exchanged while this hangs on it: {what}. Drop it first and make it again afterwards")]
    Entangled {
        /// The table.
        table: PlainTable,
        /// Triggers, views and other dependent objects.
        what: String,
    },
    /// A value for which no partition can be created.
    #[error("no partition can be made for {what} in {table}; correct these rows first")]
    NoPlace {
        /// The table.
        table: PlainTable,
        /// The value.
        what: String,
    },
    /// One of the tables was changed without the mirror.
    #[error("{table} and its copy differ ({difference}). `partitions finish` drops the copy; then begin again")]
    Differs {
        /// The table.
        table: PlainTable,
        /// Description of the difference.
        difference: String,
    },
    /// The plain table was dropped.
    #[error("there is no plain {table} to go back to: `partitions finish` has dropped it")]
    NothingKept {
        /// The table.
        table: PlainTable,
    },
    /// The table does not exist.
    #[error("there is no table {table}; `migrate` makes it")]
    NoTable {
        /// The table.
        table: PlainTable,
    },
    /// Hashes of whole rows require PostgreSQL 14.
    #[error("this needs PostgreSQL 14 or newer")]
    OldServer,
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows, checksum {}", self.rows, self.sum)
    }
}

/// Reports `step`; an error when the callback stops the conversion.
pub(crate) fn report_step(table: PlainTable, watch: &mut Watch<'_>, step: Step) -> Result<(), ConvertError> {
    match watch(step) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ConvertError::Stopped { table }),
    }
}
