//! SQLite (embedded) and PostgreSQL (servers): one way to connect, and what makes an acknowledged write a durable one.

mod bounds;
mod file;
mod health;
mod open;
mod pooler;
mod probe;

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
pub use file::{DatabaseFile, sqlite_url};
pub use pooler::SessionParameters;

use health::WriteHealth;
use pooler::SessionCheck;

/// A pool of connections whose statements have time limits. A clone is one more handle to the same pool.
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
/// SQLite runs in WAL mode with a busy timeout, so that a command may write beside a running server.
///
/// # Errors
/// When the URL cannot be read or the SQLite file cannot be used. A PostgreSQL server is first met by the first statement.
pub async fn connect(url: &str, max_connections: u32, bounds: Bounds) -> Result<Database, DbErr> {
    let database = Database::open(url, max_connections, bounds).await?;
    if database.is_embedded() {
        open::open_first(&database.pool).await?;
    }
    Ok(database)
}

impl Database {
    /// A pool that connects when it is first used, also to a file on a disk that is full or read-only at the moment.
    ///
    /// # Errors
    /// When the URL cannot be read, or there is no SQLite file and none can be made.
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

    /// Says in metrics and logs what this database is for.
    #[must_use]
    pub fn named(self, name: &'static str) -> Self {
        self.writes.name(name);
        self
    }

    /// One connection that only reads what an SQLite file holds, also on a disk that is full or read-only. `None` on PostgreSQL.
    ///
    /// # Errors
    /// When it cannot be read in any way.
    pub async fn open_read_only(url: &str) -> Result<Option<Self>, DbErr> {
        if !url.starts_with("sqlite:") {
            return Ok(None);
        }
        let pool = Self::from(open::read_only(url).await?);
        Ok(Some(pool.with_bounds(Bounds::BATCH)))
    }

    /// The same pool with other time limits on what runs on it; those on locks stay as they were when it was opened.
    #[must_use]
    pub fn with_bounds(&self, bounds: Bounds) -> Self {
        Self { bounds, ..self.clone() }
    }

    /// Its time limits.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// The pool itself, whose statements have no time limit.
    pub fn pool(&self) -> &DatabaseConnection {
        &self.pool
    }

    /// `true` for SQLite.
    pub fn is_embedded(&self) -> bool {
        self.pool.get_database_backend() == DbBackend::Sqlite
    }

    /// `false` when the SQLite file was moved away or replaced since it was opened: what would be written to it would be gone
    /// with the next start.
    pub fn is_in_place(&self) -> bool {
        self.file.as_ref().is_none_or(DatabaseFile::is_in_place)
    }

    /// Begins a transaction that writes; [`Database::commit`] ends it.
    ///
    /// # Errors
    /// When there is no connection in time, or the file was moved away.
    pub async fn begin_write(&self, options: TransactionOptions) -> Result<DatabaseTransaction, DbErr> {
        self.in_place()?;
        self.begin_read(options).await
    }

    /// Begins a transaction.
    ///
    /// It is begun in a task of its own: a future that is dropped in the middle of BEGIN would leave a PostgreSQL connection
    /// in the pool inside a transaction that the driver does not know of.
    ///
    /// # Errors
    /// When there is no connection in time.
    pub async fn begin_read(&self, options: TransactionOptions) -> Result<DatabaseTransaction, DbErr> {
        let pool = self.pool.clone();
        let begun = tokio::spawn(async move { pool.begin_with_options(options).await }.in_current_span());
        tokio::select! {
            biased;
            rejection = self.sessions.rejection() => Err(rejection),
            begun = begun => begun.map_err(|error| io_error(io::Error::other(error)))?,
        }
    }

    /// Makes what was written durable. A transaction that cannot be committed is rolled back, and its connection closed.
    ///
    /// # Errors
    /// When it is not certain that it is durable.
    pub async fn commit(&self, transaction: DatabaseTransaction) -> Result<(), DbErr> {
        self.in_place()?;
        transaction.commit().await?;
        self.writes.committed();
        Ok(())
    }

    /// Notes that a write was given up because the database is unavailable for it. Reads say nothing about that.
    pub fn write_failed(&self, error: &(dyn Error + 'static)) {
        self.writes.failed(error);
    }

    /// `true` when the last write was made, and the next one would go to the file that was opened.
    pub fn is_writable(&self) -> bool {
        !self.writes.is_refused() && self.is_in_place()
    }

    /// Waits for `work` as long as a statement may take.
    ///
    /// # Errors
    /// Those of `work`, and when it is late.
    pub async fn statement<T>(&self, work: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        self.within(self.bounds.statement, work).await
    }

    /// Waits for `work` as long as a transaction with all its retries may take. What has not been committed by then is rolled
    /// back.
    ///
    /// # Errors
    /// Those of `work`, and when it is late.
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
        let late = || io_error(io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {bound:?}"))).into();
        tokio::select! {
            biased;
            rejection = self.sessions.rejection() => Err(rejection.into()),
            outcome = tokio::time::timeout(bound, work) => outcome.unwrap_or_else(|_| Err(late())),
        }
    }

    fn in_place(&self) -> Result<(), DbErr> {
        if self.is_in_place() { Ok(()) } else { Err(io_error(moved())) }
    }
}

/// A pool that was opened by other means, with the limits for background work.
impl From<DatabaseConnection> for Database {
    fn from(pool: DatabaseConnection) -> Self {
        let sessions = Arc::new(SessionCheck::not_needed()); // made from the options of a pool that has one
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

/// As a failure of the connection, so that it is answered as 503 like every other one.
fn io_error(error: io::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(sea_orm::sqlx::Error::Io(error).into()))
}

fn moved() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "the database file was moved away or replaced while it was open")
}
