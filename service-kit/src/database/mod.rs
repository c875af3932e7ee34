//! Layer 4: SQLite (embedded) and PostgreSQL (servers): connecting, time limits, write transactions, classes of errors,
//! and durability of acknowledged writes.

mod bounds;
mod error;
mod file;
mod health;
pub(crate) mod metrics;
mod open;
mod pooler;
mod probe;
mod retry;
mod statements;
mod transactions;

use std::error::Error;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::prelude::async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement, TransactionOptions, TransactionTrait,
};
use tracing::Instrument;

pub use bounds::Bounds;
pub use error::{DatabaseError, is_ddl_conflict, is_write_conflict};
pub use file::{DatabaseFile, sqlite_url};
pub use pooler::SessionParameters;
pub use retry::Retry;
pub use transactions::{Transactions, WriteRetries, WriteTransaction, stored_time};

use health::WriteHealth;
use pooler::SessionCheck;

/// A pool of connections whose statements have time limits. Clones share the pool.
#[derive(Debug, Clone)]
pub struct Database {
    pool: DatabaseConnection,
    file: Option<DatabaseFile>,
    bounds: Bounds,
    writes: Arc<WriteHealth>,
    sessions: Arc<SessionCheck>,
}

/// Opens a pool to `url`: `sqlite:///path/to/file` (created when absent) or `postgres://…`.
///
/// SQLite runs in WAL mode with a busy timeout, so that a command may write while a server is running.
///
/// # Errors
/// When the URL is invalid or the SQLite file cannot be used. PostgreSQL servers are first contacted by the first
/// statement.
pub async fn connect(url: &str, max_connections: u32, bounds: Bounds) -> Result<Database, DbErr> {
    let database = Database::open(url, max_connections, bounds).await?;
    if database.is_embedded() {
        open::open_first(&database.pool).await?;
    }
    Ok(database)
}

impl Database {
    /// A pool that connects on first use, also to a file on a disk that is full or read-only at the moment.
    ///
    /// # Errors
    /// When the URL is invalid, or there is no SQLite file and none can be created.
    pub async fn open(url: &str, max_connections: u32, bounds: Bounds) -> Result<Self, DbErr> {
        let file = match url.starts_with("sqlite:") {
            true => DatabaseFile::open(url).map_err(io_error)?,
            false => None,
        };
        let writes = Arc::new(WriteHealth::new());
        let sessions =
            Arc::new(if url.starts_with("sqlite:") { SessionCheck::not_needed() } else { SessionCheck::pending() });
        let pool = open::pool(url, max_connections, bounds, file.as_ref(), &writes, &sessions).await?;
        Ok(Self { pool, file, bounds, writes, sessions })
    }

    /// Sets the name of this database in metrics and logs.
    #[must_use]
    pub fn named(self, name: &'static str) -> Self {
        self.writes.name(name);
        self
    }

    /// A single read-only connection to an SQLite file, also on a disk that is full or read-only. `None` on PostgreSQL.
    ///
    /// # Errors
    /// When it cannot be read in any mode.
    pub async fn open_read_only(url: &str) -> Result<Option<Self>, DbErr> {
        if !url.starts_with("sqlite:") {
            return Ok(None);
        }
        let pool = Self::from(open::read_only(url).await?);
        Ok(Some(pool.with_bounds(Bounds::BATCH)))
    }

    /// The same pool with other time limits on its statements; those on locks stay as opened.
    #[must_use]
    pub fn with_bounds(&self, bounds: Bounds) -> Self {
        Self { bounds, ..self.clone() }
    }

    /// Time limits.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// The pool without time limits on statements.
    pub fn pool(&self) -> &DatabaseConnection {
        &self.pool
    }

    /// `true` for SQLite.
    pub fn is_embedded(&self) -> bool {
        self.pool.get_database_backend() == DbBackend::Sqlite
    }

    /// `false` when the SQLite file was moved or replaced since it was opened: further writes would be lost with the
    /// next start.
    pub fn is_in_place(&self) -> bool {
        self.file.as_ref().is_none_or(DatabaseFile::is_in_place)
    }

    /// Begins a write transaction; [`Database::commit`] ends it.
    ///
    /// # Errors
    /// When there is no connection in time, or the file was moved.
    pub async fn begin_write(&self, options: TransactionOptions) -> Result<DatabaseTransaction, DbErr> {
        self.in_place()?;
        self.begin_read(options).await
    }

    /// Begins a transaction.
    ///
    /// BEGIN runs in its own task: a future dropped in the middle of it would return a PostgreSQL connection to the
    /// pool inside a transaction unknown to the driver.
    ///
    /// # Errors
    /// When there is no connection in time.
    pub async fn begin_read(&self, options: TransactionOptions) -> Result<DatabaseTransaction, DbErr> {
        self.connectable()?;
        let pool = self.pool.clone();
        let begin = tokio::spawn(async move { pool.begin_with_options(options).await }.in_current_span());
        tokio::select! {
            biased;
            rejection = self.sessions.rejection() => Err(rejection),
            transaction = begin => transaction.map_err(|error| io_error(io::Error::other(error)))?,
        }
    }

    /// Commits durably. A transaction that cannot be committed is rolled back, and its connection closed.
    ///
    /// # Errors
    /// When durability is not certain.
    pub async fn commit(&self, transaction: DatabaseTransaction) -> Result<(), DbErr> {
        self.in_place()?;
        transaction.commit().await?;
        self.writes.committed();
        Ok(())
    }

    /// Records a failed write because the database is unavailable for writes. Reads do not affect write health.
    pub fn write_failed(&self, error: &(dyn Error + 'static)) {
        self.writes.failed(error);
    }

    /// `true` when the last write succeeded and the file is still the one that was opened.
    pub fn is_writable(&self) -> bool {
        !self.writes.is_refused() && self.is_in_place()
    }

    /// Runs `work` within the time limit of a statement.
    ///
    /// # Errors
    /// Those of `work`, and when the limit is exceeded.
    pub async fn statement<T>(&self, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        self.within(self.bounds.statement, work).await
    }

    /// Runs `work` within the time limit of a transaction with all its retries. What has not been committed by then is
    /// rolled back.
    ///
    /// # Errors
    /// Those of `work`, and when the limit is exceeded.
    pub async fn transaction<T, E>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, E>
    where
        E: From<DbErr>,
    {
        self.within(self.bounds.transaction, work).await
    }

    async fn within<T, E: From<DbErr>>(
        &self,
        bound: Duration,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        self.connectable()?;
        let late = || io_error(io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {bound:?}"))).into();
        tokio::select! {
            biased;
            rejection = self.sessions.rejection() => Err(rejection.into()),
            outcome = tokio::time::timeout(bound, work) => outcome.unwrap_or_else(|_| Err(late())),
        }
    }

    /// Fails while a new connection is needed and the file cannot be written. Such a connection would be rejected, SQLite
    /// can wait for seconds while it is opened, and as long as it is open no other can write, also after the disk can.
    fn connectable(&self) -> Result<(), DbErr> {
        let is_useless = |file: &DatabaseFile| self.writes.needs_connection() && !file.may_be_written();
        if self.file.as_ref().is_some_and(is_useless) {
            return Err(io_error(io::ErrorKind::ReadOnlyFilesystem.into()));
        }
        Ok(())
    }

    fn in_place(&self) -> Result<(), DbErr> {
        if self.is_in_place() { Ok(()) } else { Err(io_error(moved())) }
    }
}

/// A pool opened by other means, with the limits for background work.
impl From<DatabaseConnection> for Database {
    fn from(pool: DatabaseConnection) -> Self {
        let sessions = Arc::new(SessionCheck::not_needed()); // derived from a pool that has been checked
        Self { pool, file: None, bounds: Bounds::BATCH, writes: Arc::new(WriteHealth::new()), sessions }
    }
}

#[async_trait]
impl ConnectionTrait for Database {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.in_place()?;
        self.statement(self.pool.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.in_place()?;
        self.statement(self.pool.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.statement(self.pool.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.statement(self.pool.query_all_raw(statement)).await
    }
}

/// As a connection failure, so that the response is 503 as for all others.
fn io_error(error: io::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(sea_orm::sqlx::Error::Io(error).into()))
}

fn moved() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the database file was moved away or replaced while it was open")
}
