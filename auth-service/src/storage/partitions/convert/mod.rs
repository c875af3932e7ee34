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

use chrono::{DateTime, Utc};

pub use names::PlainTable;
pub use report::{Checksum, ConvertError, ConvertOutcome, ConvertReport, LockTimes, Step, Watch};
pub use session::ConvertSettings;

use crate::storage::error::StorageError;
use crate::storage::store::Store;
use session::Session;
use state::Phase;

/// Conversion of one table of one database. Only one process may run it at a time.
pub struct Conversion<'a> {
    store: &'a Store,
    table: PlainTable,
    settings: ConvertSettings,
}

impl<'a> Conversion<'a> {
    /// Creates a conversion of `table` in the database of `store`.
    pub fn new(store: &'a Store, table: PlainTable, settings: ConvertSettings) -> Self {
        Self { store, table, settings }
    }

    /// Partitions the table; resumes an earlier run. Sign-ins get a leaf for each month that occurs and for each month
    /// of the store's policy at `now`.
    ///
    /// # Errors
    /// [`ConvertError`]. Until the very end the plain table stays in use, also on errors.
    pub async fn convert(&self, now: DateTime<Utc>, watch: &mut Watch<'_>) -> Result<ConvertOutcome, ConvertError> {
        let Some(mut session) = self.open().await? else { return Ok(ConvertOutcome::Embedded) };
        let mut copied = copy::Copied::default();
        loop {
            match session.phase().await? {
                Phase::Plain => {
                    report::report_step(self.table, watch, Step::Preparing)?;
                    prepare::check(&mut session).await?;
                    prepare::create_copy(&mut session).await?;
                }
                Phase::Stale => finish::drop_copy(&mut session, watch).await?,
                Phase::Copying { mirrored, position } => {
                    prepare::create_leaves(&mut session, self.store, now).await?;
                    if !mirrored {
                        mirror::install(&mut session, watch).await?;
                    }
                    copied = copy::copy(&mut session, self.store, now, position, watch).await?;
                }
                Phase::Ready => {
                    let checksum = verify::verify(&mut session, watch).await?;
                    let times = swap::to_partitioned(&mut session, watch).await?;
                    return Ok(ConvertOutcome::Done(ConvertReport {
                        copied: copied.rows,
                        copying: copied.took,
                        checksum,
                        times,
                    }));
                }
                Phase::Converted | Phase::Finishing | Phase::Partitioned => return Ok(ConvertOutcome::NothingToDo),
            }
        }
    }

    /// Swaps the kept plain table back; the partitioned one stays as the mirrored copy, so converting again needs only
    /// a comparison.
    ///
    /// # Errors
    /// [`ConvertError`]; the partitioned table stays in use until the very end.
    pub async fn revert(&self, watch: &mut Watch<'_>) -> Result<ConvertOutcome, ConvertError> {
        let Some(mut session) = self.open().await? else { return Ok(ConvertOutcome::Embedded) };
        match session.phase().await? {
            Phase::Converted => {
                let checksum = verify::verify(&mut session, watch).await?;
                let times = swap::to_plain(&mut session, watch).await?;
                let copying = std::time::Duration::ZERO;
                Ok(ConvertOutcome::Done(ConvertReport { copied: 0, copying, checksum, times }))
            }
            Phase::Finishing | Phase::Partitioned => Err(ConvertError::NothingKept { table: self.table }),
            Phase::Plain | Phase::Stale | Phase::Copying { .. } | Phase::Ready => Ok(ConvertOutcome::NothingToDo),
        }
    }

    /// Keeps the table in use and drops the other one with all triggers: the plain one after a conversion, the
    /// partitioned one after [`Self::revert`] or an unfinished conversion.
    ///
    /// # Errors
    /// [`ConvertError`].
    pub async fn finish(&self, watch: &mut Watch<'_>) -> Result<ConvertOutcome, ConvertError> {
        let Some(mut session) = self.open().await? else { return Ok(ConvertOutcome::Embedded) };
        match session.phase().await? {
            Phase::Plain | Phase::Partitioned => Ok(ConvertOutcome::NothingToDo),
            Phase::Converted | Phase::Finishing => finish::drop_kept(&mut session, watch)
                .await
                .map(|times| ConvertOutcome::Finished { partitioned: true, times }),
            Phase::Stale | Phase::Copying { .. } | Phase::Ready => {
                let times = finish::unmirror(&mut session, watch).await?;
                finish::drop_copy(&mut session, watch).await?;
                Ok(ConvertOutcome::Finished { partitioned: false, times })
            }
        }
    }

    /// `None` on the embedded database.
    async fn open(&self) -> Result<Option<Session>, ConvertError> {
        if self.store.is_embedded() {
            Ok(None)
        } else {
            Session::open(self.store, self.table, self.settings).await.map(Some)
        }
    }
}

impl Store {
    /// `true` while a conversion of `table` has begun and is not finished: a plain and a partitioned table are both
    /// kept up to date. Leaves must not be dropped meanwhile, because no trigger would repeat that in the other table.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn is_converting(&self, table: PlainTable) -> Result<bool, StorageError> {
        state::is_converting(&self.db, table).await
    }
}
