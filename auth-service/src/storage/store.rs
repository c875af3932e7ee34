//! The connection pool, and the only place where write transactions are begun, retried and committed.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::{DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions};
use service_kit::database::{self, Bounds, Database};
use tokio::sync::{Mutex, MutexGuard};

use super::error::{StorageError, is_transient};
use super::migrations;
use crate::domain::partition_maintenance::MaintenancePolicy;

/// Maximum number of runs of a write transaction that conflicts with other writers.
const MAX_ATTEMPTS: u32 = 6;
/// Pause before the second run; it doubles with each run.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// Database of accounts, sessions and roles.
#[derive(Clone)]
pub struct Store {
    pub(super) db: Database,
    /// SQLite accepts one writer at a time and lets the others poll for its lock. Queueing inside this process is fair
    /// and needs no polling; other processes are handled by the busy timeout. `None` on PostgreSQL.
    write_queue: Option<Arc<Mutex<()>>>,
    /// Policy for the months of sign-ins.
    policy: MaintenancePolicy,
}

impl Store {
    /// Opens a pool of at most `connections` to `url`, `sqlite://…` or `postgres://…`, with time limits for batch work.
    ///
    /// # Errors
    /// When the URL cannot be read or the SQLite file cannot be used.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, StorageError> {
        Ok(Self::new(database::connect(url, connections, Bounds::BATCH).await?))
    }

    /// The same with time limits for requests, and without checking that the database is available.
    ///
    /// # Errors
    /// When the URL cannot be read, or there is no SQLite file and none can be created.
    pub async fn open(url: &str, connections: u32) -> Result<Self, StorageError> {
        Ok(Self::new(Database::open(url, connections, Bounds::REQUESTS).await?.named("accounts")))
    }

    /// Opens an SQLite file on a full or read-only disk. `None` on PostgreSQL.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn open_read_only(url: &str) -> Result<Option<Self>, StorageError> {
        Ok(Database::open_read_only(url).await?.map(Self::new))
    }

    /// Closes the pool for every clone of this store. SQLite is left with a single file.
    pub async fn close(&self) {
        if let Err(error) = self.db.pool().clone().close().await {
            tracing::warn!(%error, "the account database did not close in order");
        }
    }

    /// Wraps an open pool.
    pub fn new(db: impl Into<Database>) -> Self {
        let db = db.into();
        let write_queue = db.is_embedded().then(Arc::default);
        Self { db, write_queue, policy: MaintenancePolicy::default() }
    }

    /// The same store with time limits for batch work.
    #[must_use]
    pub fn for_batch(&self) -> Self {
        Self { db: self.db.with_bounds(Bounds::BATCH), ..self.clone() }
    }

    /// The same store with the given policy instead of the default one.
    #[must_use]
    pub fn with_policy(self, policy: MaintenancePolicy) -> Self {
        Self { policy, ..self }
    }

    /// Policy for the months of sign-ins.
    pub fn policy(&self) -> MaintenancePolicy {
        self.policy
    }

    /// `true` for the embedded database, `false` for a server.
    pub fn is_embedded(&self) -> bool {
        self.write_queue.is_some()
    }

    /// Creates or updates the tables, inserts the system roles and the built-in regions, and creates the partitions
    /// required at `now`. Safe to run in several processes at once.
    ///
    /// # Errors
    /// When the database is unavailable, or has tables of another origin.
    pub async fn migrate(&self, now: DateTime<Utc>) -> Result<(), StorageError> {
        let batch = self.for_batch();
        batch.write(async |tx| migrations::run(tx).await).await?;
        batch.ensure_leaves(now).await.map(drop)
    }

    /// `true` when all migrations of this build have been applied. Writes nothing.
    ///
    /// # Errors
    /// When the database is unavailable.
    pub async fn is_migrated(&self) -> Result<bool, StorageError> {
        Ok(self.db.statement(migrations::none_is_pending(self.db.pool())).await?)
    }

    /// Pings the database.
    ///
    /// # Errors
    /// When it does not respond.
    pub async fn ping(&self) -> Result<(), StorageError> {
        Ok(self.db.statement(self.db.pool().ping()).await?)
    }

    /// Runs `work` in one write transaction and commits its result. On a conflict with other writers (SQLITE_BUSY,
    /// 40001, a deadlock) everything runs again, so `work` must have no effect outside of `tx`.
    pub(super) async fn write<T>(
        &self,
        work: impl AsyncFn(&DatabaseTransaction) -> Result<T, DbErr>,
    ) -> Result<T, StorageError> {
        self.bounded_write(self.write_unbounded(work)).await
    }

    /// Runs a write within its time limit, and records when the database is unavailable for it.
    pub(super) async fn bounded_write<T>(
        &self,
        work: impl Future<Output = Result<T, StorageError>>,
    ) -> Result<T, StorageError> {
        let outcome = self.db.transaction(work).await;
        if let Err(error) = &outcome
            && error.is_unavailable()
        {
            self.db.write_failed(error);
        }
        outcome
    }

    /// `true` when the last write succeeded and the next one would go to the file that was opened.
    pub fn is_writable(&self) -> bool {
        self.db.is_writable()
    }

    /// Probes writes periodically while they are rejected, for as long as it is polled.
    pub async fn keep_probing_writes(self) {
        self.db.keep_probing_writes("UPDATE roles SET description = description WHERE system").await;
    }

    async fn write_unbounded<T>(
        &self,
        work: impl AsyncFn(&DatabaseTransaction) -> Result<T, DbErr>,
    ) -> Result<T, StorageError> {
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

    /// The write lock of this process, where one is needed.
    pub(super) async fn write_turn(&self) -> Option<MutexGuard<'_, ()>> {
        match &self.write_queue {
            Some(queue) => Some(queue.lock().await),
            None => None,
        }
    }

    async fn write_once<T>(&self, work: &impl AsyncFn(&DatabaseTransaction) -> Result<T, DbErr>) -> Result<T, DbErr> {
        let _turn = self.write_turn().await;
        let tx = self.db.begin_write(write_transaction(self.is_embedded())).await?;
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
pub(super) fn stored(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}
