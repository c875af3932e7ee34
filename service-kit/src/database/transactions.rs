//! Write transactions of one database: the only place where they are begun, retried and committed.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::{DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::error::{DatabaseError, is_write_conflict};
use super::{Bounds, Database};

/// Maximum number of runs of a write transaction that conflicts with other writers.
const MAX_ATTEMPTS: u32 = 6;
/// Pause before the second run; it doubles with each run.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// Write transactions of one database. Clones share its pool and its queue of writers.
#[derive(Debug, Clone)]
pub struct Transactions {
    db: Database,
    /// SQLite accepts one writer at a time and lets the others poll for its lock. Queueing inside this process is fair
    /// and needs no polling; other processes are handled by the busy timeout. `None` on PostgreSQL.
    write_queue: Option<Arc<Mutex<()>>>,
}

impl Transactions {
    /// Transactions of this database.
    pub fn new(db: impl Into<Database>) -> Self {
        let db = db.into();
        let write_queue = db.is_embedded().then(Arc::default);
        Self { db, write_queue }
    }

    /// The same transactions with other time limits.
    #[must_use]
    pub fn with_bounds(&self, bounds: Bounds) -> Self {
        Self { db: self.db.with_bounds(bounds), ..self.clone() }
    }

    /// The database, for single statements.
    pub fn database(&self) -> &Database {
        &self.db
    }

    /// Runs `work` in one write transaction and commits its result. On a conflict with other writers (SQLITE_BUSY,
    /// 40001, a deadlock) everything runs again, so `work` must have no effect outside of `tx`.
    ///
    /// # Errors
    /// Those of `work`, and when the database is unavailable.
    pub async fn write<T>(
        &self,
        work: impl AsyncFn(&DatabaseTransaction) -> Result<T, DbErr>,
    ) -> Result<T, DatabaseError> {
        self.bounded_write(self.write_unbounded(work)).await
    }

    /// Runs a write within its time limit, and records when the database is unavailable for it.
    ///
    /// # Errors
    /// Those of `work`, and when the limit is exceeded.
    pub async fn bounded_write<T>(
        &self,
        work: impl Future<Output = Result<T, DatabaseError>>,
    ) -> Result<T, DatabaseError> {
        self.db.transaction(work).await.inspect_err(|error| self.record_failure(error))
    }

    /// Records the failure of a write when the database is unavailable for it.
    pub fn record_failure(&self, error: &DatabaseError) {
        if error.is_unavailable() {
            self.db.write_failed(error);
        }
    }

    /// Begins a write transaction when it is its turn. One attempt; see [`WriteRetries`].
    ///
    /// # Errors
    /// When there is no connection in time, another process writes, or the file was moved.
    pub async fn begin(&self) -> Result<WriteTransaction, DbErr> {
        let turn = self.write_turn().await;
        let tx = self.db.begin_write(write_options(self.db.is_embedded())).await?;
        Ok(WriteTransaction { db: self.db.clone(), tx, _turn: turn })
    }

    /// The write lock of this process, where one is needed.
    pub async fn write_turn(&self) -> Option<OwnedMutexGuard<()>> {
        match &self.write_queue {
            Some(queue) => Some(Arc::clone(queue).lock_owned().await),
            None => None,
        }
    }

    async fn write_unbounded<T>(
        &self,
        work: impl AsyncFn(&DatabaseTransaction) -> Result<T, DbErr>,
    ) -> Result<T, DatabaseError> {
        let mut retries = WriteRetries::default();
        loop {
            match self.write_once(&work).await {
                Ok(value) => return Ok(value),
                Err(error) => retries.pause_after(error).await?,
            }
        }
    }

    async fn write_once<T>(&self, work: &impl AsyncFn(&DatabaseTransaction) -> Result<T, DbErr>) -> Result<T, DbErr> {
        let write = self.begin().await?;
        match work(write.connection()).await {
            Ok(value) => write.commit().await.map(|()| value),
            Err(error) => {
                // The first error is the one to report; dropping the transaction rolls back in any case.
                if let Err(second) = write.tx.rollback().await {
                    tracing::debug!(error = %second, "rolling back failed as well");
                }
                Err(error)
            }
        }
    }
}

/// A write transaction, with the turn of this process on SQLite. Rolled back when dropped.
#[derive(Debug)]
pub struct WriteTransaction {
    db: Database,
    tx: DatabaseTransaction,
    _turn: Option<OwnedMutexGuard<()>>, // after `tx`: the next writer begins when this one has ended
}

impl WriteTransaction {
    /// Connection for statements.
    pub const fn connection(&self) -> &DatabaseTransaction {
        &self.tx
    }

    /// Commits durably.
    ///
    /// # Errors
    /// When durability is not certain.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.db.commit(self.tx).await
    }
}

/// Attempts of one write that conflicts with other writers.
#[derive(Debug)]
pub struct WriteRetries {
    attempt: u32,
    pause: Duration,
}

impl Default for WriteRetries {
    fn default() -> Self {
        Self { attempt: 1, pause: FIRST_PAUSE }
    }
}

impl WriteRetries {
    /// Waits after a conflict, so that the write may run again.
    ///
    /// # Errors
    /// Any other error, and the conflict of the last attempt.
    pub async fn pause_after(&mut self, error: DbErr) -> Result<(), DatabaseError> {
        if self.attempt >= MAX_ATTEMPTS || !is_write_conflict(&error) {
            return Err(error.into());
        }
        tracing::debug!(attempt = self.attempt, %error, "the write conflicted with another one; trying again");
        // Jitter of up to 100 %, so that writers that conflicted once do not conflict again.
        tokio::time::sleep(self.pause.mul_f64(1.0 + rand::random::<f64>())).await;
        self.pause *= 2;
        self.attempt += 1;
        Ok(())
    }
}

/// IMMEDIATE on SQLite: a deferred transaction that reads first fails for good after a write in between.
fn write_options(embedded: bool) -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: embedded.then_some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    }
}

/// Truncates an instant to the precision of both databases: PostgreSQL stores microseconds, and a finer instant would
/// differ from its stored value.
pub fn stored_time(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}
