//! The import: reads lines, checks them, and writes accounts in batches.

use std::io;
use std::ops::ControlFlow;

use account_storage::{ImportBatch, ImportError, ImportProgress, ImportedUser, Store};
use accounts::{AuditContext, EmailPolicy};
use service_kit::Clock;
use service_kit::database::DatabaseError;

use crate::lines::{Line, Lines};
use crate::record::{LineError, RecordRules};
use crate::source::ImportFile;

/// Maximum number of accounts in a transaction.
const BATCH: usize = 500;
/// Maximum number of lines in a transaction: bad ones count, so that their progress is written as well.
const BATCH_LINES: u64 = 10_000;

/// An import into a database.
pub struct Importer<'a> {
    /// The database.
    pub store: &'a Store,
    /// Rule for addresses.
    pub emails: EmailPolicy,
    /// `true` takes the other system's word that an address is proved.
    pub trust_verified: bool,
    /// Current time.
    pub clock: &'a dyn Clock,
    /// The act of the operator: recorded once a run that imports something.
    pub act: &'a AuditContext,
}

/// Step of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportEvent {
    /// A line makes no account; the first line has the number 1.
    Rejected(u64, LineError),
    /// A batch is written.
    Progress(ImportProgress),
}

/// End of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportSummary {
    /// Progress, including that of earlier runs.
    pub progress: ImportProgress,
    /// `true` at the end of the file; `false` when it was stopped before.
    pub finished: bool,
}

/// Reasons why an import stopped. What was written before is kept, and the next run continues there.
#[derive(Debug, thiserror::Error)]
pub enum ImportFailure {
    /// The file cannot be read.
    #[error("the file cannot be read")]
    Read(#[from] io::Error),
    /// A batch was not written.
    #[error("a batch was not written")]
    Write(#[from] ImportError),
    /// SQL failed.
    #[error("the database cannot be read")]
    Storage(#[from] DatabaseError),
}

/// Lines that are written together.
#[derive(Default)]
struct Batch {
    users: Vec<ImportedUser>,
    /// Number of the line of each account.
    numbers: Vec<u64>,
    lines: u64,
    rejected: u64,
}

impl Importer<'_> {
    /// Imports a file from where the last run stopped. `watch` is called for each bad line and after each batch; it may
    /// stop the import between batches.
    ///
    /// # Errors
    /// [`ImportFailure`].
    pub async fn run(
        &self,
        file: &ImportFile,
        mut watch: impl FnMut(ImportEvent) -> ControlFlow<()>,
    ) -> Result<ImportSummary, ImportFailure> {
        let store = self.store.for_batch();
        store.partitions().ensure_leaves(self.clock.now()).await?;
        let region_map = store.partitions().load_region_map().await?;
        let mut progress = store.find_import(&file.fingerprint).await?;
        let mut act = Some(self.act);
        let mut lines = Lines::new(file.reader(progress.bytes)?, progress.bytes);
        loop {
            let (emails, trust_verified, now) = (self.emails, self.trust_verified, self.clock.now());
            let rules = RecordRules { emails, trust_verified, region_map: &region_map, now };
            let batch = read_batch(&mut lines, &rules, progress.lines, &mut watch)?;
            if batch.lines == 0 {
                return Ok(ImportSummary { progress, finished: true });
            }
            let written = store
                .import_users(&ImportBatch {
                    file: &file.fingerprint,
                    from: progress,
                    users: &batch.users,
                    rejected: batch.rejected,
                    to: (lines.offset, progress.lines + batch.lines),
                    act: act.take(),
                    at: now,
                })
                .await?;
            for index in &written.taken {
                let _ = watch(ImportEvent::Rejected(batch.numbers[*index], LineError::EmailTaken));
            }
            progress = written.progress;
            if watch(ImportEvent::Progress(progress)).is_break() {
                return Ok(ImportSummary { progress, finished: progress.bytes == file.length });
            }
        }
    }
}

/// Reads lines until the batch is full or the file ends. Empty lines are counted and make nothing.
fn read_batch(
    lines: &mut Lines<impl io::BufRead>,
    rules: &RecordRules<'_>,
    before: u64,
    watch: &mut impl FnMut(ImportEvent) -> ControlFlow<()>,
) -> io::Result<Batch> {
    let mut batch = Batch::default();
    while batch.users.len() < BATCH && batch.lines < BATCH_LINES {
        let Some(line) = lines.next()? else { break };
        batch.lines += 1;
        let number = before + batch.lines;
        let imported = match line {
            Line::TooLong => Err(LineError::TooLong),
            Line::Bytes(bytes) if bytes.trim_ascii().is_empty() => continue,
            Line::Bytes(bytes) => rules.read(&bytes),
        };
        match imported {
            Ok(imported) => {
                batch.users.push(imported);
                batch.numbers.push(number);
            }
            Err(error) => {
                batch.rejected += 1;
                let _ = watch(ImportEvent::Rejected(number, error));
            }
        }
    }
    Ok(batch)
}
