//! Converting a plain table into a partitioned one while the service runs, and back.
//!
//! 1. A partitioned copy `<table>_v2` is created beside the plain table, empty, with key, index and leaves.
//! 2. From then on a trigger repeats every write of the plain table in the copy, within the same transaction.
//! 3. The older rows are copied in batches.
//! 4. Rows and checksums of both are compared in one snapshot.
//! 5. The two swap their names. The plain one stays as `<table>_plain`, and writes are now repeated there, so that
//!    reverting is the same swap in the other direction.
//!
//! The current phase of a table is read from the catalogue, so a conversion that was interrupted can be resumed. Both
//! triggers exist all the time and repeat direct writes only, so the exclusive lock covers only the swap of the names:
//! no trigger is created or dropped there, and no leaf is locked.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on should fail"))]

mod conversion;
mod copy;
mod finish;
mod mirror;
mod names;
mod prepare;
mod report;
mod session;
mod state;
mod swap;
mod verify;

pub use conversion::Conversion;
pub use names::PlainTable;
pub use report::{Checksum, ConvertError, ConvertOutcome, ConvertReport, LockTimes, Step, Watch};
pub use session::ConvertSettings;
