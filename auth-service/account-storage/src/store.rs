//! The connection pool and the health of the account database.

use std::sync::Arc;

use account_partitions::{AccountPartitions, Cell, MaintenancePolicy};
use accounts::RoleDefinitions;
use chrono::{DateTime, Utc};
use outbox::MailRows;
use sea_orm::{DatabaseTransaction, DbErr};
use service_kit::database::{self, Bounds, Database, DatabaseError, Transactions};
use tokio::sync::OwnedMutexGuard;

/// Database of accounts, sessions and roles.
#[derive(Clone)]
pub struct Store {
    pub(super) db: Database,
    pub(super) transactions: Transactions,
    partitions: AccountPartitions,
    /// Roles of an operator's file; `None` for the built-in ones alone.
    pub(super) roles: Option<Arc<RoleDefinitions>>,
}

impl Store {
    /// Opens a pool of at most `connections` to `url`, `sqlite://…` or `postgres://…`, with time limits for batch work.
    ///
    /// # Errors
    /// When the URL cannot be read or the SQLite file cannot be used.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, DatabaseError> {
        Ok(Self::new(database::connect(url, connections, Bounds::BATCH).await?))
    }

    /// The same with time limits for requests, and without checking that the database is available.
    ///
    /// # Errors
    /// When the URL cannot be read, or there is no SQLite file and none can be created.
    pub async fn open(url: &str, connections: u32) -> Result<Self, DatabaseError> {
        Ok(Self::new(Database::open(url, connections, Bounds::REQUESTS).await?.named("accounts")))
    }

    /// Opens an SQLite file on a full or read-only disk. `None` on PostgreSQL.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub async fn open_read_only(url: &str) -> Result<Option<Self>, DatabaseError> {
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
        Self::of(Transactions::new(db), MaintenancePolicy::default(), None)
    }

    fn of(transactions: Transactions, policy: MaintenancePolicy, roles: Option<Arc<RoleDefinitions>>) -> Self {
        let partitions = AccountPartitions::new(transactions.clone()).with_policy(policy);
        Self { db: transactions.database().clone(), transactions, partitions, roles }
    }

    /// The same store with time limits for batch work.
    #[must_use]
    pub fn for_batch(&self) -> Self {
        Self::of(self.transactions.with_bounds(Bounds::BATCH), self.partitions.policy(), self.roles.clone())
    }

    /// The same store with the given policy instead of the default one.
    #[must_use]
    pub fn with_policy(self, policy: MaintenancePolicy) -> Self {
        Self::of(self.transactions, policy, self.roles)
    }

    /// The same store, whose migration writes these roles instead of the built-in ones alone.
    #[must_use]
    pub fn with_roles(self, roles: Option<Arc<RoleDefinitions>>) -> Self {
        Self { roles, ..self }
    }

    /// Cells, months and regions of this database.
    pub fn partitions(&self) -> &AccountPartitions {
        &self.partitions
    }

    /// Outbox of this database, for the worker.
    pub fn mail_rows(&self) -> MailRows {
        MailRows::new(self.transactions.clone())
    }

    /// `true` for the embedded database, `false` for a server.
    pub fn is_embedded(&self) -> bool {
        self.db.is_embedded()
    }

    /// Pings the database.
    ///
    /// # Errors
    /// When it does not respond.
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        Ok(self.db.statement(self.db.pool().ping()).await?)
    }

    /// Runs `work` in one write transaction and commits its result; see [`Transactions::write`].
    pub(super) async fn write<T>(
        &self,
        work: impl AsyncFn(&DatabaseTransaction) -> Result<T, DbErr>,
    ) -> Result<T, DatabaseError> {
        self.transactions.write(work).await
    }

    /// Runs a write transaction that may insert an account into `cell`, whose partition is created when it is missing.
    pub(super) async fn write_in_cell<T>(
        &self,
        cell: Cell,
        work: impl AsyncFn(&DatabaseTransaction) -> Result<T, DbErr>,
    ) -> Result<T, DatabaseError> {
        self.partitions.write_in_cell(cell, work).await
    }

    /// The same for a history entry at time `at` and its month.
    pub(super) async fn write_in_month<T>(
        &self,
        at: DateTime<Utc>,
        work: impl AsyncFn(&DatabaseTransaction) -> Result<T, DbErr>,
    ) -> Result<T, DatabaseError> {
        self.partitions.write_in_month(at, work).await
    }

    /// Runs a write within its time limit, and records when the database is unavailable for it.
    pub(super) async fn bounded_write<T>(
        &self,
        work: impl Future<Output = Result<T, DatabaseError>>,
    ) -> Result<T, DatabaseError> {
        self.transactions.bounded_write(work).await
    }

    /// The write lock of this process, where one is needed.
    pub(super) async fn write_turn(&self) -> Option<OwnedMutexGuard<()>> {
        self.transactions.write_turn().await
    }

    /// `true` when the last write succeeded and the next one would go to the file that was opened.
    pub fn is_writable(&self) -> bool {
        self.db.is_writable()
    }

    /// Probes writes periodically while they are rejected, for as long as it is polled.
    pub async fn keep_probing_writes(self) {
        self.db.keep_probing_writes("UPDATE roles SET description = description WHERE system").await;
    }
}
