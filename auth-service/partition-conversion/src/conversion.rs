//! Conversion of one table: the steps that lead from its phase to the requested state.

use account_partitions::AccountPartitions;
use chrono::{DateTime, Utc};

use crate::names::PlainTable;
use crate::report::{self, ConvertError, ConvertOutcome, ConvertReport, Step, Watch};
use crate::session::{ConvertSettings, Session};
use crate::state::{self, Phase};
use crate::{copy, finish, mirror, prepare, swap, verify};

/// Conversion of one table of one database. Only one process may run it at a time.
pub struct Conversion<'a> {
    partitions: &'a AccountPartitions,
    table: PlainTable,
    settings: ConvertSettings,
}

impl<'a> Conversion<'a> {
    /// Creates a conversion of `table` in this database.
    pub fn new(partitions: &'a AccountPartitions, table: PlainTable, settings: ConvertSettings) -> Self {
        Self { partitions, table, settings }
    }

    /// Partitions the table; resumes an earlier run. Sign-ins get a leaf for each month that occurs and for each month
    /// of the policy of the partitions at `now`.
    ///
    /// # Errors
    /// [`ConvertError`]. Until the very end the plain table stays in use, also on errors.
    pub async fn convert(&self, now: DateTime<Utc>, watch: &mut Watch<'_>) -> Result<ConvertOutcome, ConvertError> {
        let Some(mut session) = self.open().await? else { return Ok(ConvertOutcome::Embedded) };
        let mut copied = copy::Copied::default();
        loop {
            match state::read_phase(&mut session).await? {
                Phase::Plain => {
                    report::report_step(self.table, watch, Step::Preparing)?;
                    prepare::check(&mut session).await?;
                    prepare::create_copy(&mut session).await?;
                }
                Phase::Stale => finish::drop_copy(&mut session, watch).await?,
                Phase::Copying { mirrored, position } => {
                    prepare::create_leaves(&mut session, self.partitions, now).await?;
                    if !mirrored {
                        mirror::install(&mut session, watch).await?;
                    }
                    copied = copy::copy(&mut session, self.partitions, now, position, watch).await?;
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
        match state::read_phase(&mut session).await? {
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
        match state::read_phase(&mut session).await? {
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
        if self.partitions.is_embedded() {
            Ok(None)
        } else {
            Session::open(self.partitions.database(), self.table, self.settings).await.map(Some)
        }
    }
}
