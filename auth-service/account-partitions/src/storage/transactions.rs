//! Write transactions on the database of accounts: the only place where they are begun, retried and committed.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::{DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions};
use service_kit::database::{Bounds, Database};
use tokio::sync::{Mutex, MutexGuard};

use super::error::{DatabaseError, is_transient};

/// Maximum number of runs of a write transaction that conflicts with other writers.
const MAX_ATTEMPTS: u32 = 6;
/// Pause before the second run; it doubles with each run.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// Write transactions of one database. Clones share its pool and its queue of writers.
#[derive(Clone)]
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
        let outcome = self.db.transaction(work).await;
        if let Err(error) = &outcome
            && error.is_unavailable()
        {
            self.db.write_failed(error);
        }
        outcome
    }

    /// The write lock of this process, where one is needed.
    pub async fn write_turn(&self) -> Option<MutexGuard<'_, ()>> {
        match &self.write_queue {
            Some(queue) => Some(queue.lock().await),
            None => None,
        }
    }

    async fn write_unbounded<T>(
        &self,
        work: impl AsyncFn(&DatabaseTransaction) -> Result<T, DbErr>,
    ) -> Result<T, DatabaseError> {
        let mut pause = FIRST_PAUSE;
        for attempt in 1.. {
            match self.write_once(&work).await {
                Err(error) if attempt < MAX_ATTEMPTS && is_transient(&error) => {
                    tracing::debug!(attempt, "another writer was in the way; trying again");
                    // Jitter of up to 100 %, so that writers that conflicted once do not conflict again.
                    tokio::time::sleep(pause.mul_f64(1.0 + rand::random::<f64>())).await;
                    pause *= 2;
                }
                outcome => return Ok(outcome?),
            }
        }
        unreachable!("the last attempt returns")
    }

    async fn write_once<T>(&self, work: &impl AsyncFn(&DatabaseTransaction) -> Result<T, DbErr>) -> Result<T, DbErr> {
        let _turn = self.write_turn().await;
        let tx = self.db.begin_write(write_transaction(self.db.is_embedded())).await?;
        match work(&tx).await {
            Ok(value) => self.db.commit(tx).await.map(|()| value),
            Err(error) => {
                // The first error is the one to report; dropping the transaction rolls back in any case.
                if let Err(second) = tx.rollback().await {
                    tracing::debug!(error = %second, "rolling back failed as well");
                }
                Err(error)
            }
        }
    }
}

/// IMMEDIATE on SQLite: a deferred transaction that reads first fails for good after a write in between.
fn write_transaction(embedded: bool) -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: embedded.then_some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    }
}

/// Truncates an instant to the precision of both databases: PostgreSQL stores microseconds, and a finer instant would
/// differ from its stored value.
pub fn stored(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}
