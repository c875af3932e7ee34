//! The connection pool, and the one place where write transactions are begun, retried and committed.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use tokio::sync::{Mutex, MutexGuard};

use super::error::{StorageError, is_worth_a_retry};
use super::migrations;
use crate::domain::upkeep::UpkeepPolicy;

/// How often a write transaction runs at most when other writers are in its way.
const MAX_TRIES: u32 = 6;
/// Pause before the second try; it doubles from try to try.
const FIRST_PAUSE: Duration = Duration::from_millis(5);

/// Accounts, sessions and roles at rest.
#[derive(Clone)]
pub struct Store {
    pub(super) db: DatabaseConnection,
    /// SQLite takes one writer at a time and lets the others poll for its lock. Queueing inside this process is fair
    /// and costs no polling; other processes are still handled by the busy timeout. `None` on PostgreSQL.
    write_queue: Option<Arc<Mutex<()>>>,
    /// Which months of sign-ins there should be.
    policy: UpkeepPolicy,
}

impl Store {
    /// Opens a pool of at most `connections` to `url`, `sqlite://…` or `postgres://…`.
    ///
    /// # Errors
    /// When the URL cannot be read or the server cannot be reached.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, StorageError> {
        Ok(Self::new(service_kit::database::connect(url, connections).await?))
    }

    /// Closes the pool for every clone of this store. Leaves SQLite with one tidy file.
    pub async fn close(&self) {
        if let Err(error) = self.db.clone().close().await {
            tracing::warn!(%error, "the account database did not close in order");
        }
    }

    /// Stands on an open pool.
    pub fn new(db: DatabaseConnection) -> Self {
        let write_queue = (db.get_database_backend() == DbBackend::Sqlite).then(Arc::default);
        Self { db, write_queue, policy: UpkeepPolicy::default() }
    }

    /// The same store with another policy of months than the default one.
    #[must_use]
    pub fn with_policy(self, policy: UpkeepPolicy) -> Self {
        Self { policy, ..self }
    }

    /// Which months of sign-ins there should be.
    pub fn policy(&self) -> UpkeepPolicy {
        self.policy
    }

    /// Whether this is the embedded database rather than a server.
    pub fn is_embedded(&self) -> bool {
        self.write_queue.is_some()
    }

    /// Creates or updates the tables, inserts the system roles and the built-in regions, and makes the partitions that are
    /// needed at `now`. Two processes may do it at the same moment.
    ///
    /// # Errors
    /// When the database is away, or holds tables of another origin.
    pub async fn migrate(&self, now: DateTime<Utc>) -> Result<(), StorageError> {
        self.write(async |tx| migrations::run(tx).await).await?;
        self.ensure_leaves(now).await.map(drop)
    }

    /// Whether every migration of this build has been applied. Writes nothing.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn is_migrated(&self) -> Result<bool, StorageError> {
        Ok(migrations::none_is_pending(&self.db).await?)
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    /// When there is none.
    pub async fn ping(&self) -> Result<(), StorageError> {
        Ok(self.db.ping().await?)
    }

    /// Runs `work` in one write transaction and commits what it returns. When other writers were in the way
    /// (SQLITE_BUSY, 40001, a deadlock), everything runs again, so `work` must have no effect outside of `tx`.
    pub(super) async fn write<T>(
        &self,
        work: impl AsyncFn(&DatabaseTransaction) -> Result<T, DbErr>,
    ) -> Result<T, StorageError> {
        let mut pause = FIRST_PAUSE;
        for attempt in 1.. {
            match self.write_once(&work).await {
                Err(error) if attempt < MAX_TRIES && is_worth_a_retry(&error) => {
                    tracing::debug!(attempt, "another writer was in the way; trying again");
                    // Spread out by up to double, so that writers who met once do not meet again.
                    tokio::time::sleep(pause.mul_f64(1.0 + rand::random::<f64>())).await;
                    pause *= 2;
                }
                outcome => return Ok(outcome?),
            }
        }
        unreachable!("the last attempt returns")
    }

    /// This process's turn to write, where turns are needed.
    pub(super) async fn write_turn(&self) -> Option<MutexGuard<'_, ()>> {
        match &self.write_queue {
            Some(queue) => Some(queue.lock().await),
            None => None,
        }
    }

    async fn write_once<T>(&self, work: &impl AsyncFn(&DatabaseTransaction) -> Result<T, DbErr>) -> Result<T, DbErr> {
        let _turn = self.write_turn().await;
        let tx = self.db.begin_with_options(write_transaction(self.is_embedded())).await?;
        match work(&tx).await {
            Ok(value) => tx.commit().await.map(|()| value),
            Err(error) => {
                // The first failure is the one to tell; dropping the transaction rolls back in any case.
                if let Err(second) = tx.rollback().await {
                    tracing::debug!(error = %second, "rolling back failed as well");
                }
                Err(error)
            }
        }
    }
}

/// IMMEDIATE on SQLite: a deferred transaction that reads first fails for good when somebody writes in between.
fn write_transaction(embedded: bool) -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: embedded.then_some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    }
}

/// What both databases keep of an instant: PostgreSQL stores microseconds, and comparing a finer instant with its
/// stored self would find them different.
pub(super) fn stored(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}
