//! Connecting to SQLite (embedded) and PostgreSQL (servers) with the settings that both need to behave.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::sqlx::sqlite::{SqliteAutoVacuum, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{self, Connection, SqliteConnection};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbErr, RuntimeErr};

use crate::telemetry::sql;

/// How long a statement waits for a connection. Longer than a hiccup, shorter than callers wait for their answer.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// How often an SQLite file is opened at most while others are in the way.
const MAX_TRIES: u32 = 10;
/// Pause before the second try; it grows by as much from try to try.
const PAUSE: Duration = Duration::from_millis(20);

/// Opens a pool to `url`: `sqlite:///path/to/file` (created when absent) or `postgres://…`.
///
/// SQLite runs in WAL mode with a busy timeout, so that a command may write beside a running server. PostgreSQL plans
/// each statement for its own values: a generic plan on partitioned tables costs tens of milliseconds.
///
/// # Errors
/// When the URL cannot be read or the SQLite file cannot be opened. A PostgreSQL server is first met by the first
/// statement, which waits for it up to [`PATIENCE`].
pub async fn connect(url: &str, max_connections: u32) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(max_connections)
        .connect_timeout(PATIENCE)
        .acquire_timeout(PATIENCE)
        .sqlx_logging(false)
        .connect_lazy(url.starts_with("postgres")) // a server that is away at start is waited for by readiness
        .map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                // In WAL mode NORMAL answers before anything is on disk.
                .synchronous(SqliteSynchronous::Full)
                .auto_vacuum(SqliteAutoVacuum::Incremental)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(10))
                .pragma("cache_size", "-16384") // KiB per connection; the default is too small for an import
        })
        .map_sqlx_sqlite_pool_opts(|pool| {
            pool.before_acquire(|connection, _| is_clean(connection))
                .after_release(|connection, _| is_clean(connection))
        })
        .map_sqlx_postgres_opts(|postgres| postgres.options([("plan_cache_mode", "force_custom_plan")]));
    let mut tries = 1;
    let mut database = loop {
        match Database::connect(options.clone()).await {
            Err(error) if tries < MAX_TRIES && is_busy(&error) => tokio::time::sleep(PAUSE * tries).await,
            outcome => break outcome?,
        }
        tries += 1;
    };
    database.set_metric_callback(sql::ended);
    Ok(database)
}

/// Whether no transaction is open as far as the driver knows. After SQLITE_FULL, IOERR, NOMEM and INTERRUPT SQLite has rolled
/// back by itself, so COMMIT and ROLLBACK fail and the driver goes on counting one open transaction: every later one would be a
/// SAVEPOINT in a transaction that nobody ends, acknowledged and lost. Such a connection is closed.
fn is_clean(connection: &mut SqliteConnection) -> BoxFuture<'_, Result<bool, sqlx::Error>> {
    let clean = !connection.is_in_transaction();
    async move { Ok(clean) }.boxed()
}

/// SQLITE_BUSY: two processes that turn a new file to WAL at the same moment cannot wait for each other, so SQLite does not
/// let them try.
fn is_busy(error: &DbErr) -> bool {
    let DbErr::Conn(RuntimeErr::SqlxError(source)) = error else { return false };
    source.as_database_error().and_then(|database| database.code()).is_some_and(|code| code == "5")
}
